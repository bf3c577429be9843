/*
 * data-merge="text": puts the text where the cursor was last in a text field of the form around it, or in the editor
 * that writes one (static/js/editor.js).
 */
const FIELDS = "textarea, input[name=subject]";
let last = null;

// The field that somebody is in: itself, or the one that an editor writes.
const fieldOf = (element) =>
  element?.matches(FIELDS) ? element : document.getElementById(element?.closest("[data-writes]")?.dataset.writes);

document.addEventListener("focusout", (event) => {
  last = fieldOf(event.target) ?? last;
});
document.addEventListener("mousedown", (event) => {
  // The field keeps its focus, and so its cursor.
  if (event.target.closest("[data-merge]")) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-merge]");
  if (!button) return;
  const form = button.closest("form");
  const here = [fieldOf(document.activeElement), last].find((field) => field && form.contains(field));
  const field = here ?? form.querySelector("textarea");
  if (field.hidden) {
    field.dispatchEvent(new CustomEvent("insert-text", { detail: button.dataset.merge }));
    return;
  }
  field.focus();
  field.setRangeText(button.dataset.merge, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

/* data-merge="text": puts the text where the cursor was last in a text field of the form around it. */
const FIELDS = "textarea, input[name=subject]";
let last = null;

document.addEventListener("focusout", (event) => {
  if (event.target.matches(FIELDS)) last = event.target;
});
document.addEventListener("mousedown", (event) => {
  // The field keeps its focus, and so its cursor.
  if (event.target.closest("[data-merge]")) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-merge]");
  if (!button) return;
  const form = button.closest("form");
  const here = [document.activeElement, last].find((field) => field?.matches(FIELDS) && form.contains(field));
  const field = here ?? form.querySelector("textarea");
  field.focus();
  field.setRangeText(button.dataset.merge, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

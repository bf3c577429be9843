/*
 * Names behind an @ in a textarea[data-mentions]: offers the people whose checkboxes stand in the same form
 * ([name="readers"], the label is the name). Arrows choose, Enter or Tab takes, Escape closes. Without it, one
 * types the name.
 */
const LIST = "mentions";
const MOST = 6;
let open = null;

const names = (field) =>
  [...field.form.querySelectorAll('[name="readers"]')].map((box) => box.closest("label").textContent.trim());

// What was typed behind the last @ before the cursor, if it may still be a name.
const typed = (field) => {
  const match = /(?:^|[^\w.])@([^@\n]{0,40})$/.exec(field.value.slice(0, field.selectionStart));
  return match ? match[1] : null;
};

const close = () => {
  open?.list.remove();
  open?.field.removeAttribute("aria-activedescendant");
  open?.field.removeAttribute("aria-controls");
  open = null;
};

const choose = (index) => {
  open.chosen = index;
  [...open.list.children].forEach((item, at) => item.setAttribute("aria-selected", at === index));
  open.field.setAttribute("aria-activedescendant", `${LIST}-${index}`);
};

const take = (name) => {
  const { field } = open;
  const end = field.selectionStart;
  const start = end - typed(field).length;
  field.setRangeText(`${name} `, start, end, "end");
  close();
  field.focus();
};

const offer = (field) => {
  const begun = typed(field);
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const found = begun === null ? [] : names(field)
    .filter((name) => fold(name).split(" ").some((_, at, words) => words.slice(at).join(" ").startsWith(fold(begun))))
    .slice(0, MOST);
  close();
  if (!found.length || found.includes(begun.trim())) return;
  const list = document.createElement("ul");
  list.id = LIST;
  list.className = "mentions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Colleagues");
  found.forEach((name, at) => {
    const item = document.createElement("li");
    item.id = `${LIST}-${at}`;
    item.setAttribute("role", "option");
    item.textContent = name;
    // Not on click: the field would lose the focus before.
    item.addEventListener("pointerdown", (event) => { event.preventDefault(); take(name); });
    list.append(item);
  });
  field.after(list);
  field.setAttribute("aria-controls", LIST);
  open = { field, list, chosen: 0 };
  choose(0);
};

document.addEventListener("input", (event) => {
  if (event.target.matches?.("textarea[data-mentions]")) offer(event.target);
});
document.addEventListener("focusout", (event) => {
  if (open && event.target === open.field) close();
});
// Before other keys of the page hear of it.
document.addEventListener("keydown", (event) => {
  if (!open || event.target !== open.field || event.isComposing) return;
  const count = open.list.children.length;
  if (event.key === "ArrowDown") choose((open.chosen + 1) % count);
  else if (event.key === "ArrowUp") choose((open.chosen + count - 1) % count);
  else if (event.key === "Enter" || event.key === "Tab") take(open.list.children[open.chosen].textContent);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

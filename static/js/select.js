/*
 * Selecting rows of a list for actions on many.
 *
 * <form data-select method="post" action="…">
 *   head box    <input type="checkbox" data-select-all aria-label="Select all on this page">
 *   row box     <input type="checkbox" name="ids" value="42" aria-label="Select …"> inside .c-check, or with data-pick
 *   bar         <div class="bulk" data-bulk hidden> with <b data-bulk-count>, and <button type="button" data-bulk-clear>
 *   everything  in the bar <button type="button" data-select-offer data-select-everything hidden>
 *               and <input type="hidden" name="everything" value=""> (becomes "1")
 * A list that is drawn again by a GET (a filter, a refresh) keeps what is selected and still there, if it has an id.
 * Shift-click selects the rows between. Real checkboxes: without JavaScript the form works as it is.
 */
const PICK = ":is(.c-check input[name], input[data-pick])";
const boxes = (area) => [...area.querySelectorAll(PICK)].filter((box) => !box.disabled);
let last = null;

const setEverything = (area, on) => {
  const field = area.querySelector("[name=everything]");
  if (field) field.value = on ? "1" : "";
};

const sync = (area) => {
  const all = boxes(area);
  const picked = all.filter((box) => box.checked);
  const head = area.querySelector("[data-select-all]");
  const everything = area.querySelector("[name=everything]")?.value === "1";
  if (head) {
    head.checked = all.length > 0 && picked.length === all.length;
    head.indeterminate = picked.length > 0 && picked.length < all.length;
  }
  const bar = area.querySelector("[data-bulk]");
  if (bar) bar.hidden = picked.length === 0;
  for (const count of area.querySelectorAll("[data-bulk-count]")) {
    count.textContent = everything ? count.dataset.total || "All selected" : `${picked.length} selected`;
  }
  const offer = area.querySelector("[data-select-offer]");
  if (offer) offer.hidden = everything || all.length === 0 || picked.length < all.length;
  for (const row of area.querySelectorAll("tbody tr")) {
    row.classList.toggle("selected", Boolean(row.querySelector(PICK)?.checked));
  }
};

document.addEventListener("click", (event) => {
  const area = event.target.closest("[data-select]");
  if (!area) return;
  if (event.target.matches(PICK)) {
    const all = boxes(area);
    const [from, to] = [all.indexOf(last), all.indexOf(event.target)];
    if (event.shiftKey && from >= 0) {
      for (const box of all.slice(Math.min(from, to), Math.max(from, to) + 1)) box.checked = event.target.checked;
    }
    last = event.target;
    setEverything(area, false);
    sync(area);
  }
  if (event.target.closest("[data-bulk-clear]")) {
    for (const box of boxes(area)) box.checked = false;
    setEverything(area, false);
    sync(area);
  }
  if (event.target.closest("[data-select-everything]")) {
    setEverything(area, true);
    sync(area);
  }
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-select-all]")) return;
  const area = event.target.closest("[data-select]");
  for (const box of boxes(area)) box.checked = event.target.checked;
  setEverything(area, false);
  sync(area);
});

const syncAll = () => document.querySelectorAll("[data-select]").forEach(sync);
const picked = new Map();
document.addEventListener("htmx:beforeSwap", (event) => {
  picked.clear();
  if (event.detail.requestConfig.verb !== "get") return;
  for (const area of document.querySelectorAll("[data-select][id]")) {
    picked.set(area.id, new Set(boxes(area).filter((box) => box.checked).map((box) => box.value)));
  }
});
document.addEventListener("htmx:afterSettle", () => {
  for (const [id, values] of picked) {
    for (const box of boxes(document.getElementById(id) ?? document.createElement("div"))) {
      if (values.has(box.value)) box.checked = true;
    }
  }
  picked.clear();
  syncAll();
});
addEventListener("pageshow", syncAll);
syncAll();

/*
 * Single-key shortcuts. Never in a field, never while a dialog is open, off when <body> has no data-shortcuts.
 *
 * /        focuses the search field ([data-search], else .field-search input)
 * j k      next and previous row (rows of .grid, .card, or [data-row]): focuses its first link; Enter opens it;
 *          on a page without rows it follows a[data-key="j"] and "k": the next and previous record
 * x        clicks the row's checkbox;  Esc clears the selection
 * g then…  follows <a data-go="c">
 * ?        opens the dialog #shortcuts
 * any key  clicks the element with data-row-key="d" of the row that has the focus, else the first visible
 *          element with data-key="n"
 */
const FIELD = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";
const ROWS = ".grid tbody tr, .board .card, [data-row]";
const $ = (selector, from = document) => from.querySelector(selector);
let leader = false;

const visible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

const step = (by) => {
  const rows = [...document.querySelectorAll(ROWS)].filter(visible);
  if (!rows.length) {
    // A record: the neighbor in the list one came from.
    document.querySelector(`a[data-key="${by > 0 ? "j" : "k"}"]`)?.click();
    return;
  }
  const now = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[Math.max(0, Math.min(rows.length - 1, now < 0 ? 0 : now + by))];
  const target = row.querySelector("a[href]") ?? row;
  target.focus();
  row.scrollIntoView({ block: "nearest" });
};

const ACTIONS = {
  "/": () => $("[data-search], .field-search input")?.focus(),
  j: () => step(1),
  k: () => step(-1),
  x: () => document.activeElement.closest(ROWS)?.querySelector("input[type=checkbox]")?.click(),
  "?": () => $("#shortcuts")?.showModal(),
  Escape: () => $("[data-bulk]:not([hidden]) [data-bulk-clear]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (!("shortcuts" in document.body.dataset)) return;
  if ($("dialog[open]") || $(".menu:popover-open")) return;
  const named = [...document.querySelectorAll(`[data-key="${CSS.escape(event.key)}"]`)].find(visible);
  // Escape leaves from within a field too, where the page says whereto.
  if (event.target.closest?.(FIELD) && !(event.key === "Escape" && named)) return;
  // Enter on a link or button is that link's or button's.
  if (event.key === "Enter" && event.target.closest?.("a[href], button, summary, label")) return;
  if (leader) {
    leader = false;
    const link = $(`a[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
    return;
  }
  if (event.key === "g") {
    leader = true;
    setTimeout(() => { leader = false; }, 1500);
    return;
  }
  const ofRow = document.activeElement.closest(ROWS)?.querySelector(`[data-row-key="${CSS.escape(event.key)}"]`);
  const target = ofRow ?? named;
  const click = target && (() => target.click());
  const action = event.key === "Escape" ? click ?? ACTIONS.Escape : ACTIONS[event.key] ?? click;
  if (!action) return;
  if (event.key !== "Escape") event.preventDefault();
  action();
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-shortcuts-switch]")) return;
  const on = event.target.checked;
  document.body.toggleAttribute("data-shortcuts", on);
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `shortcuts=${on ? "on" : "off"}; path=/; max-age=31536000; samesite=lax${secure}`;
});

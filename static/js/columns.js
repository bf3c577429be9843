/*
 * Long columns of a board: cards far out of view leave the page, and are back before they are scrolled to.
 *
 * <main class="board"> … <ol class="cards"> <li class="card" data-card="42" data-version="7" data-name="…"> … [data-pick]
 *
 * Where ten of them were stands one <li class="parked" data-cards="42 43 …">, as high as they were. It keeps their boxes
 * (what is selected stays selected, counted and sent) and their names (for the search of the browser and for readers of
 * the screen; either scrolls there). What does not leave: the first and the last card of a column; the one with the
 * focus and those beside it, so that Tab, J and K find the next; one that is dragged, on its way, or has its menu open.
 *
 * A card that arrives while it is there already, in view or not, is shown once: as its newest version.
 */
const AT_ONCE = 10;
const STAYS = ".sortable-chosen, .moving, :has(:popover-open)";
const parked = new WeakMap();

const park = (rows) => {
  const [first, last] = [rows[0], rows.at(-1)];
  const cards = rows.map(({ row }) => row);
  const place = document.createElement("li");
  place.className = "parked";
  place.dataset.cards = cards.map((card) => card.dataset.card).join(" ");
  place.style.height = `${last.box.bottom - first.box.top}px`;
  const names = document.createElement("span");
  names.className = "sr";
  names.textContent = cards.map((card) => card.dataset.name).join(", ");
  const boxes = document.createElement("span");
  boxes.hidden = true;
  place.append(names, boxes);
  first.row.before(place);
  parked.set(place, cards.map((card) => {
    const box = card.querySelector("[data-pick]");
    const label = box?.parentElement;
    if (box) boxes.append(box);
    card.remove();
    return { card, box, label };
  }));
};

const bringBack = (place) => {
  const kept = parked.get(place);
  for (const { box, label } of kept) label?.prepend(box);
  place.replaceWith(...kept.map(({ card }) => card));
};

const tidy = (column) => {
  const rows = [...column.children]
    .filter((row) => row.matches(".card, .parked"))
    .map((row) => ({ row, box: row.getBoundingClientRect() }));
  const focused = rows.findIndex(({ row }) => row.matches(":focus-within"));
  let far = [];
  const leave = () => {
    // A few are not worth it, as when a page is scrolled line by line.
    if (far.length >= AT_ONCE) for (let at = 0; at < far.length; at += AT_ONCE) park(far.slice(at, at + AT_ONCE));
    far = [];
  };
  rows.forEach(({ row, box }, at) => {
    const screens = Math.max(-box.bottom, box.top - innerHeight) / innerHeight;
    const needed = at === 0 || at === rows.length - 1 || (focused >= 0 && Math.abs(at - focused) <= 1);
    if (row.matches(".parked")) {
      leave();
      if (needed || screens < 1) bringBack(row);
    } else if (needed || screens < 2 || row.matches(STAYS)) {
      leave();
    } else {
      if (far.length && far.at(-1).row.nextElementSibling !== row) leave();
      far.push({ row, box });
    }
  });
  leave();
};
const tidyAll = () => document.querySelectorAll(".board .cards").forEach(tidy);

document.addEventListener("scroll", tidyAll, { capture: true, passive: true });
addEventListener("resize", tidyAll);
document.addEventListener("htmx:afterSettle", tidyAll);
document.addEventListener("focusin", (event) => {
  const column = event.target.closest(".board .cards");
  if (column) tidy(column);
});

document.addEventListener("htmx:load", ({ detail: { elt: card } }) => {
  if (!card.matches?.(".board .card")) return;
  const id = CSS.escape(card.dataset.card);
  for (const place of document.querySelectorAll(`.parked[data-cards~="${id}"]`)) bringBack(place);
  for (const other of document.querySelectorAll(`.board .card[data-card="${id}"]`)) {
    if (other === card) continue;
    const older = Number(other.dataset.version) < Number(card.dataset.version) ? other : card;
    older.remove();
  }
});

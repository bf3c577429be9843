/*
 * Moving cards between the columns of a board: by drag, by the card's menu, or by M on a focused card.
 * Load it after Sortable, in the scripts block of the page:
 *   <script src="{% static 'vendor/sortablejs-1.15.7/Sortable.min.js' %}" defer></script>
 *   <script type="module" src="{% static 'js/board.js' %}"></script>
 *
 * <main class="board scroll" data-board data-move-url="…" data-can-move>   data-can-move only for who may move
 *   <section class="col"> … <span class="muted num" data-col-count>12</span>
 *     <ol class="cards" data-stage="3" data-stage-name="Replied">
 *       <li class="card" id="card-42" data-card="42" data-version="7" data-name="Amara Okafor">
 *         <a class="card-t" href="…">
 *         <button class="btn icon-btn card-m" form="card-page" formaction="…" aria-label="Move or act on Amara Okafor">
 *   <form id="card-page" hidden>   without JavaScript the button leads to the card's own page
 *   <div class="menu" id="card-menu" popover data-card-menu>   one for all cards; it goes into the card that is opened
 *     <button value="4" data-move>Phone screen</button> …
 *     data-of="version" is filled with data-version of the card; data-href and data-action with its numbers in place
 *     of the zeros, the card's first and then its stage's; data-page with the address of its own page.
 *     data-when="open", "closed" or "new" (never moved): only for such cards. data-sheet: opens in #sheet.
 *
 * The card moves at once; then POST data-move-url with card, stage and version. Answer 200 with the new
 * <li class="card" …> (it replaces the old one), or 204. Answer 409 or
 * 422 with a sentence: the card goes back, and the sentence is shown. Answer 409 with <p data-refusal>sentence</p> and
 * the card as it is now, with data-in="(its stage)": it is put there. Where the list has data-rejects, the form behind
 * the menu's <a data-href="…" data-reject> is asked for instead: it says why. Answer with HX-Retarget, as for a question
 * in #sheet: the card goes back until it is answered. A toast with Undo comes from HX-Trigger.
 *
 * Undo is posted from here: answered with the card as it is now, it goes to where it was, and nothing else is drawn
 * again; answered with anything else, the columns are.
 */
const MOVE = "[data-board][data-can-move]";
const known = new WeakSet();
const pending = new Map();

const live = document.createElement("div");
live.className = "sr";
live.setAttribute("aria-live", "assertive");
document.body.append(live);

// The head counts the whole stage, of which the column may show only a part: so it is changed by one, not recounted.
const count = (cards, by) => {
  const number = cards.closest(".col")?.querySelector("[data-col-count]");
  if (number && /^\d+$/.test(number.textContent.trim())) number.textContent = String(Number(number.textContent) + by);
};
const recount = (from, to) => {
  if (from === to) return;
  count(from, -1);
  count(to, 1);
};

// The menu, wherever it stands now: a card that is drawn again may have taken it along.
const menus = new WeakMap();
const menuOf = (board) => {
  if (!menus.has(board)) menus.set(board, board.querySelector("[data-card-menu]"));
  return menus.get(board);
};

// Puts the card's numbers into the menu, and shows what can be done with such a card.
const fill = (menu, card) => {
  const { card: id, version, in: stage } = card.dataset;
  const is = { open: !("closed" in card.dataset), closed: "closed" in card.dataset, new: version === "0" };
  const address = (pattern) => pattern.replace("/0/", `/${id}/`).replace("/0/", `/${stage}/`);
  for (const part of menu.querySelectorAll("[data-when]")) part.hidden = !is[part.dataset.when];
  for (const field of menu.querySelectorAll("[data-of]")) field.value = card.dataset[field.dataset.of] ?? "";
  for (const form of menu.querySelectorAll("[data-action]")) form.action = address(form.dataset.action);
  for (const link of menu.querySelectorAll("[data-href]")) link.href = address(link.dataset.href);
  for (const link of menu.querySelectorAll("[data-page]")) link.href = card.querySelector(".card-m").formAction;
};

// Before the browser acts on the press: the button of the card opens the menu, which by now stands in the card.
document.addEventListener("click", (event) => {
  const opener = event.target.closest(`${MOVE} .card-m`);
  const menu = opener && menuOf(opener.closest(MOVE));
  if (!menu) return;
  const card = opener.closest(".card");
  if (menu.matches(":popover-open") && menu.parentElement === opener.parentElement) return;
  fill(menu, card);
  opener.after(menu);
  for (const other of document.querySelectorAll(`[popovertarget="${menu.id}"]`)) other.removeAttribute("popovertarget");
  opener.type = "button";
  opener.setAttribute("popovertarget", menu.id);
}, true);

// What opens in the sheet: the dialog is asked for, and the link works as a link with Ctrl.
document.addEventListener("click", (event) => {
  const link = event.target.closest(`${MOVE} [data-card-menu] [data-sheet]`);
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  link.closest("[popover]").hidePopover();
  window.htmx.ajax("GET", link.href, { source: link, target: "#sheet" });
});

// Into a stage that rejects: the card stays where it is until the form has been answered.
const ask = (link, column) => {
  const address = new URL(link.href);
  address.searchParams.set("stage", column.dataset.stage);
  address.searchParams.set("next", location.pathname + location.search);
  window.htmx.ajax("GET", address.pathname + address.search, { source: link, target: "#sheet" });
};

// Where a card was: a hidden line, whatever becomes of its neighbors meanwhile. It stays as long as the move may be undone.
const MOST_MARKS = 3;
const marks = [];
const mark = (card) => {
  const place = document.createElement("li");
  place.hidden = true;
  place.dataset.was = card.dataset.card;
  card.after(place);
  marks.push(place);
  if (marks.length > MOST_MARKS) marks.shift().remove();
  return place;
};

const send = async (card, place) => {
  const board = card.closest(MOVE);
  const column = card.closest("[data-stage]");
  const { card: id, version, name } = card.dataset;
  const menu = menuOf(board);
  const why = "rejects" in column.dataset && column !== place.parentElement && !("closed" in card.dataset) && menu.querySelector("[data-reject]");
  if (why) {
    fill(menu, card);
    place.replaceWith(card);
    ask(why, column);
    return;
  }
  const focused = card.contains(document.activeElement) || document.activeElement === document.body;
  recount(place.parentElement, column);
  pending.set(card, place);
  card.classList.add("moving");
  live.textContent = `${name} moved to ${column.dataset.stageName}.`;
  await window.htmx.ajax("POST", board.dataset.moveUrl, {
    source: card,
    target: card,
    swap: "outerHTML",
    values: { card: id, stage: column.dataset.stage, version, next: location.pathname + location.search },
  });
  card.classList.remove("moving");
  pending.delete(card);
  const now = document.querySelector(`[data-card="${CSS.escape(id)}"]`);
  // Whoever moved it by keys was scrolled there already; whoever dragged it goes on with the next one.
  if (focused) now?.querySelector("a[href]")?.focus({ preventScroll: true });
};

const back = (card, because = "the move was refused") => {
  const place = pending.get(card);
  if (!place) return;
  recount(card.parentElement, place.parentElement);
  place.replaceWith(card);
  live.textContent = `${card.dataset.name} went back: ${because}.`;
};

// Somebody else was faster: the card goes to where it is now.
const correct = (card, now, text) => {
  const column = card.closest(MOVE).querySelector(`[data-stage="${CSS.escape(now.dataset.in)}"]`);
  if (!column) return back(card);
  recount(card.parentElement, column);
  card.remove();
  column.prepend(now);
  window.htmx.process(now);
  now.querySelector("a[href]")?.focus();
  live.textContent = text;
  return undefined;
};

// What a toast tells is taken back. The focus goes along with the card, and only keys scroll to it.
let undoing;
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-toast] form");
  const button = form?.querySelector("[data-undo]");
  const board = button && document.querySelector(MOVE);
  // The style guide's board stands for itself.
  if (!board?.querySelector("#columns")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  undoing = { focus: button === document.activeElement, preventScroll: !button.matches(":focus-visible") };
  form.closest("[data-toast]").remove();
  const values = { next: location.pathname + location.search };
  window.htmx.ajax("POST", form.action, { source: board, target: "#columns", swap: "outerHTML", values });
}, true);
const reload = (board) =>
  window.htmx.ajax("GET", location.pathname + location.search, { source: board, target: "#columns", swap: "outerHTML" });
const takeBack = (board, answer) => {
  const now = answer.querySelector("body > .card");
  const id = now && CSS.escape(now.dataset.card);
  const old = now && board.querySelector(`[data-card="${id}"], .parked[data-cards~="${id}"]`);
  const column = now && board.querySelector(`[data-stage="${CSS.escape(now.dataset.in)}"]`);
  if (!old || !column) {
    reload(board);
    return;
  }
  recount(old.parentElement, column);
  const place = [...column.querySelectorAll(`[data-was="${id}"]`)].at(-1);
  if (place) place.replaceWith(now);
  else column.prepend(now);
  window.htmx.process(now);
  // Takes the older one away, also where it is out of view.
  window.htmx.trigger(now, "htmx:load");
  if (undoing.focus) now.querySelector("a[href]").focus(undoing);
};

document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig, xhr } = event.detail;
  if (requestConfig.elt.matches(MOVE) && requestConfig.verb === "post" && xhr.status < 400) {
    event.detail.shouldSwap = false;
    takeBack(requestConfig.elt, new DOMParser().parseFromString(xhr.responseText, "text/html"));
    return;
  }
  // An Undo that came too late: what the card says is not what it is.
  if (requestConfig.elt.matches(MOVE) && requestConfig.verb === "post" && xhr.status === 409 && !pending.has(requestConfig.elt)) {
    reload(requestConfig.elt);
    return;
  }
  if (pending.has(requestConfig.elt) && xhr.getResponseHeader("HX-Retarget")) {
    back(requestConfig.elt, "there is a question first");
    return;
  }
  if (![409, 422].includes(xhr.status) || !pending.has(requestConfig.elt)) return;
  event.detail.shouldSwap = false;
  event.detail.isError = false;
  const answer = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const text = (answer.querySelector("[data-refusal]") ?? answer.body).textContent.trim();
  document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind: "error" } }));
  const now = answer.querySelector(".card");
  if (now) correct(requestConfig.elt, document.adoptNode(now), text);
  else back(requestConfig.elt);
});
for (const type of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(type, (event) => back(event.detail.requestConfig.elt));
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest(`${MOVE} [data-move]`);
  if (!choice) return;
  event.preventDefault();
  const card = choice.closest(".card");
  const column = card.closest(MOVE).querySelector(`[data-stage="${CSS.escape(choice.value)}"]`);
  choice.closest("[popover]")?.hidePopover();
  if (!column || column === card.parentElement) return;
  const place = mark(card);
  column.prepend(card);
  card.querySelector("a[href]")?.focus();
  card.scrollIntoView({ block: "nearest", inline: "nearest" });
  send(card, place);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "m" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!("shortcuts" in document.body.dataset) || event.target.closest("input, textarea, select")) return;
  const opener = document.activeElement.closest(`${MOVE} .card`)?.querySelector(".card-m");
  if (!opener) return;
  event.preventDefault();
  opener.focus();
  opener.click();
  const here = opener.closest(".card").parentElement.dataset.stage;
  const moves = [...menuOf(opener.closest(MOVE)).querySelectorAll("[data-move]")].filter((move) => move.checkVisibility());
  // Cards mostly go on to the next stage.
  const at = moves.findIndex((move) => move.value === here);
  (moves[at + 1] ?? moves[at - 1])?.focus();
});

// Up and down through an open menu of a card, as in menus of an app; Tab works as well.
const STEPS = { ArrowDown: (at, last) => (at < last ? at + 1 : 0), ArrowUp: (at, last) => (at > 0 ? at - 1 : last), Home: () => 0, End: (at, last) => last };
document.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  const menu = step && event.target.closest(`${MOVE} .card`)?.querySelector(".menu:popover-open");
  if (!menu) return;
  const lines = [...menu.querySelectorAll("a[href], button")].filter((line) => line.checkVisibility());
  event.preventDefault();
  lines[step(lines.indexOf(document.activeElement), lines.length - 1)]?.focus();
});

const start = (board) => {
  for (const column of board.querySelectorAll("[data-stage]")) {
    if (known.has(column)) continue;
    known.add(column);
    let place;
    window.Sortable.create(column, {
      group: "board",
      draggable: ".card",
      filter: ".menu, .card-m, .card-p",
      preventOnFilter: false,
      ghostClass: "ghosting",
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150,
      delay: 150,
      delayOnTouchOnly: true,
      onStart: ({ item }) => { place = mark(item); },
      onEnd: ({ item, from, to }) => {
        if (from === to) place.replaceWith(item);
        else send(item, place);
      },
    });
  }
};
const startAll = () => document.querySelectorAll(MOVE).forEach(start);
document.addEventListener("htmx:afterSettle", startAll);
startAll();

/*
 * The command palette: Ctrl-K or Cmd-K opens <dialog data-palette>.
 *
 * Options are <li role="option" id="…"> in its listbox. data-href: goes there; else the option is clicked,
 * so that data-open and data-theme-set work in it. Where the dialog has data-src, its answer to ?q=… (more
 * options) replaces what stands in [data-palette-found].
 */
const dialog = document.querySelector("[data-palette]");
const input = dialog?.querySelector("input");
const list = dialog?.querySelector("[role=listbox]");
const shown = () => [...list.querySelectorAll("[role=option]")].filter((option) => !option.hidden);
let asking;
// The question whose answer is shown; whether Enter was pressed before it came, and the option chosen by arrow.
let answered = "";
let isEntered = false;
let picked = null;
const question = () => input.value.trim();

const choose = (index) => {
  const options = shown();
  for (const option of list.querySelectorAll("[role=option]")) option.setAttribute("aria-selected", "false");
  dialog.querySelector(".cmd-none").hidden = options.length > 0;
  if (!options.length) {
    input.removeAttribute("aria-activedescendant");
    return;
  }
  const option = options[(index + options.length) % options.length];
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", option.id);
};

const filter = () => {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let heading = null;
  for (const item of list.children) {
    if (item.classList.contains("cmd-h")) {
      heading = item;
      heading.hidden = true;
    } else {
      const text = item.textContent.toLowerCase();
      const isFound = "found" in item.dataset && answered === question();
      item.hidden = !isFound && !words.every((word) => text.includes(word));
      if (!item.hidden && heading) heading.hidden = false;
    }
  }
  choose(Math.max(0, shown().indexOf(picked)));
};

const find = async () => {
  const { src } = dialog.dataset;
  const asked = question();
  if (!src) return;
  const answer = asked
    ? await fetch(`${src}?q=${encodeURIComponent(asked)}`, { headers: { "HX-Request": "true" } }).catch(() => null)
    : null;
  if (question() !== asked) return;
  for (const old of list.querySelectorAll("[data-found]")) old.remove();
  if (answer?.ok) {
    const found = new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html");
    const options = [...found.querySelectorAll("li")];
    for (const option of options) option.dataset.found = "";
    list.prepend(...options);
  }
  answered = asked;
  filter();
  if (isEntered) chosen()?.click();
  isEntered = false;
};

const chosen = () => shown().find((option) => option.ariaSelected === "true");

const run = (option) => {
  dialog.close();
  if (option.dataset.href) location.assign(option.dataset.href);
};

if (dialog) {
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (!dialog.open) dialog.showModal();
  });
  // Before it opens: "toggle" comes later than what a quick hand types.
  dialog.addEventListener("beforetoggle", (event) => {
    if (event.newState !== "open") return;
    input.value = "";
    isEntered = false;
    picked = null;
    filter();
    find();
  });
  input.addEventListener("input", () => {
    isEntered = false;
    picked = null;
    filter();
    clearTimeout(asking);
    asking = setTimeout(find, 150);
  });
  input.addEventListener("keydown", (event) => {
    const now = shown().indexOf(chosen());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(now + (event.key === "ArrowDown" ? 1 : -1));
      picked = chosen() ?? null;
    }
    if (event.key === "Enter") {
      event.preventDefault();
      // What is on its way may stand before what is there.
      if (picked || !dialog.dataset.src || answered === question()) chosen()?.click();
      else isEntered = true;
    }
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) run(option);
  });
  filter();
}

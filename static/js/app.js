/*
 * Behavior of every page, bound to data attributes by delegated listeners, so that it survives htmx swaps.
 *
 * data-open="id"            opens the <dialog> with that id; a click on its backdrop closes it
 * <dialog data-show>        opens by itself when it arrives in the page (swapped in by htmx)
 * data-confirm="text"       on a form, its button, or an hx- button: asks first. Also data-confirm-title,
 *                           data-confirm-verb (the button's words), data-confirm-danger
 * data-autosubmit           on a form: sends it when a field changes (while typing, where it has hx-get)
 * data-dismiss              closes the [data-toast] around it
 * data-copy="text"          copies the text (or, left empty, the text of the element before)
 * data-theme-set="dark"     light, dark or auto; kept in a cookie. data-density-set="compact" likewise
 * data-side                 opens and closes the side bar on a phone
 * data-drop                 a .drop around a file field: takes dropped files, names them in [data-drop-names]
 * data-fill="id"            puts the button's value into the field with that id
 * data-while-typing         on a form with hx-get: an answer that is under way is not shown when somebody types in it
 * data-focus                gets the focus when it arrives (the summary of a form's errors)
 *
 * A toast from JavaScript or from an HX-Trigger header: event "toast" with {text, kind, undo_url}.
 */
const root = document.documentElement;
const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
const remember = (name, value) => {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax${secure}`;
};

/* Toasts */
const TOAST_MS = 8000;
const MOST_TOASTS = 3;
const toasts = () => $("#toasts");

// A popover is above open dialogs; shown again, it is above the newest.
const raise = () => {
  const box = toasts();
  if (!box?.showPopover) return;
  box.popover = "manual";
  if (box.matches(":popover-open")) box.hidePopover();
  box.showPopover();
};

const expire = (toast) => {
  if (toast.classList.contains("error")) return;
  let timer;
  const start = () => { timer = setTimeout(() => toast.remove(), TOAST_MS); };
  const stop = () => clearTimeout(timer);
  toast.addEventListener("mouseenter", stop);
  toast.addEventListener("focusin", stop);
  toast.addEventListener("mouseleave", start);
  toast.addEventListener("focusout", start);
  start();
};

const button = (text, attributes) => {
  const element = document.createElement("button");
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

const toast = ({ text, kind = "", undo_url: undo = "" }) => {
  const element = document.createElement("div");
  element.className = kind === "error" ? "toast error" : "toast";
  element.dataset.toast = "";
  const words = document.createElement("span");
  words.textContent = text;
  element.append(words);
  if (undo) {
    const form = document.createElement("form");
    form.method = "post";
    form.action = undo;
    const token = document.createElement("input");
    token.type = "hidden";
    token.name = "csrfmiddlewaretoken";
    token.value = csrf();
    form.append(token, button("Undo", { type: "submit", "data-undo": "" }));
    element.append(form);
  }
  element.append(button("✕", { type: "button", class: "toast-x", "data-dismiss": "", "aria-label": "Close" }));
  toasts().append(element);
  while (toasts().children.length > MOST_TOASTS) toasts().firstElementChild.remove();
  raise();
  expire(element);
};
document.addEventListener("toast", (event) => {
  for (const one of [].concat(event.detail.toasts ?? event.detail)) toast(one);
});

/* htmx */
const csrf = () => $('meta[name="csrf-token"]')?.content ?? "";
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = csrf();
  // htmx sends the button that was pressed last along with whatever follows; a field that changes presses none.
  const { triggeringEvent: cause, formData } = event.detail;
  if (cause?.type === "change") formData.delete("do");
});

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-while-typing]");
  if (form && event.target.matches("input")) window.htmx.trigger(form, "htmx:abort");
});

// What is chosen in a menu closes it: a morph would leave it open.
document.addEventListener("htmx:beforeRequest", (event) => {
  const chosen = event.detail.requestConfig.triggeringEvent?.type;
  if (chosen === "click" || chosen === "submit") event.target.closest(".menu:popover-open")?.hidePopover();
});

const plain = (html) => new DOMParser().parseFromString(html, "text/html").body.textContent.trim();
const REFUSALS = {
  401: "You are signed out. Reload the page to sign in.",
  403: "You may not do this, or the page was open for too long. Reload it.",
  404: "This is no longer here. Reload the page.",
  413: "This file is too large.",
  414: "This search is too long for an address. Shorten it, or keep a part of it as a smart pool and search by that.",
  429: "Too many requests. Wait a moment and try again.",
};
document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  const id = xhr.getResponseHeader("X-Request-ID");
  let text = REFUSALS[xhr.status] ?? "Something broke on our side. Nothing was saved.";
  if (xhr.status === 409) text = plain(xhr.responseText) || text;
  if (xhr.status >= 500 && id) text += ` (${id})`;
  toast({ text, kind: "error" });
});
document.addEventListener("htmx:sendError", () =>
  toast({ text: "There is no connection. Nothing was saved.", kind: "error" }));
document.addEventListener("htmx:timeout", () =>
  toast({ text: "The answer took too long. Check whether it was saved.", kind: "error" }));

// A page that is being left asks for nothing by itself any more: each answer to its polling would lead away anew, and a
// slow page never come.
let leaving = false;
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.xhr.getResponseHeader("HX-Redirect")) leaving = true;
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!leaving || event.detail.requestConfig.triggeringEvent) return;
  event.preventDefault();
  event.stopImmediatePropagation();
});
addEventListener("pageshow", () => {
  leaving = false;
});

// What a press changes is not asked for again while it is on its way, or while its answer leads to another page: htmx
// would send the second press of a double click after the first.
const asked = new WeakSet();
const isPress = ({ verb, triggeringEvent }) => verb !== "get" && ["click", "submit"].includes(triggeringEvent?.type);
document.addEventListener("htmx:confirm", (event) => {
  if (!isPress(event.detail) || !asked.has(event.detail.elt)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (isPress(event.detail.requestConfig)) asked.add(event.detail.elt);
});
document.addEventListener("htmx:afterRequest", (event) => {
  setTimeout(() => asked.delete(event.detail.elt), event.detail.xhr.getResponseHeader("HX-Redirect") ? 4000 : 0);
});

let running = 0;
let loading;
const line = (on) => {
  const element = $("[data-loading]");
  if (!element) return;
  element.hidden = !on;
  element.classList.toggle("on", on);
};
document.addEventListener("htmx:beforeRequest", () => {
  running += 1;
  loading ??= setTimeout(() => line(true), 300);
});
document.addEventListener("htmx:afterRequest", () => {
  running = Math.max(0, running - 1);
  if (running) return;
  clearTimeout(loading);
  loading = undefined;
  line(false);
});

/* Confirm */
const confirmed = new WeakSet();
const ask = (source, proceed) => {
  const dialog = $("#confirm");
  const { confirm, confirmTitle, confirmVerb, confirmDanger } = source.dataset;
  $("#confirm-title").textContent = confirmTitle;
  $("#confirm-text").textContent = confirm || source.getAttribute("hx-confirm") || "";
  const yes = $("[data-confirm-yes]");
  yes.textContent = confirmVerb || source.textContent.trim().slice(0, 40) || "Continue";
  yes.classList.toggle("danger", confirmDanger !== undefined);
  dialog.returnValue = "no";
  dialog.addEventListener("close", () => { if (dialog.returnValue === "yes") proceed(); }, { once: true });
  dialog.showModal();
};
document.addEventListener("submit", (event) => {
  const form = event.target;
  const source = [event.submitter, form].find((element) => element?.dataset.confirm);
  if (!source || confirmed.delete(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { submitter } = event;
  ask(submitter?.dataset.confirm ? submitter : form, () => {
    confirmed.add(form);
    form.requestSubmit(submitter);
  });
}, true);
document.addEventListener("htmx:confirm", (event) => {
  const source = event.detail.elt;
  const wants = (source.dataset.confirm && source.tagName !== "FORM") || event.detail.question;
  if (!wants) return;
  event.preventDefault();
  ask(source, () => event.detail.issueRequest(true));
});

/* A form that is on its way is not sent twice; after a while it may be, as when the answer was a file. */
const sent = new WeakSet();
const busy = new Set();
const free = () => {
  for (const element of busy) element.removeAttribute("aria-busy");
  busy.clear();
};
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post") return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.add(form);
  setTimeout(() => { sent.delete(form); free(); }, 4000);
  if (!submitter) return;
  busy.add(submitter);
  submitter.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", (event) => { if (event.persisted) free(); });

/* Clicks */
const copy = async (source) => {
  await navigator.clipboard.writeText(source.dataset.copy || source.previousElementSibling?.textContent.trim() || "");
  toast({ text: "Copied." });
};
const setChoice = (name, value) => {
  root.dataset[name] = value;
  remember(name, value);
  for (const element of $$(`button[data-${name}-set]`)) {
    element.setAttribute("aria-pressed", String(element.dataset[`${name}Set`] === value));
  }
};
const side = (open) => {
  const bar = $("#side");
  bar?.classList.toggle("open", open);
  $("[data-side]")?.setAttribute("aria-expanded", String(open));
};
const showDialog = (dialog) => {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  if (toasts()?.querySelector(".toast")) raise();
};
const outside = (dialog, { clientX: x, clientY: y }) => {
  const box = dialog.getBoundingClientRect();
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
};

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  // Enter in a field "clicks" the first button at 0,0: only real clicks close a dialog.
  if (event.target.matches("dialog[open]") && event.detail && outside(event.target, event)) event.target.close();
  if (!at("#side, [data-side]") && $("#side.open")) side(false);

  const opener = at("[data-open]");
  if (opener) {
    opener.closest("[popover]")?.hidePopover();
    opener.closest("dialog")?.close();
    showDialog(document.getElementById(opener.dataset.open));
  }
  if (at("[data-theme-set]")) setChoice("theme", at("[data-theme-set]").dataset.themeSet);
  if (at("[data-density-set]")) setChoice("density", at("[data-density-set]").dataset.densitySet);
  if (at("[data-side]")) {
    event.preventDefault();
    side(!$("#side").classList.contains("open"));
  }
  if (at("[data-dismiss]")) at("[data-toast]")?.remove();
  if (at("[data-copy]")) copy(at("[data-copy]"));
  if (at("[data-fill]")) {
    const field = document.getElementById(at("[data-fill]").dataset.fill);
    field.value = at("[data-fill]").value;
    field.focus();
  }
  // Not for a form: losing the focus would make htmx forget which of its buttons was clicked.
  if (at(".menu :is([hx-get], [hx-post]):not(form)")) at(".menu").hidePopover();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && $("#side.open")) {
    side(false);
    $("[data-side]").focus();
  }
  const inField = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, [contenteditable]");
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && !event.shiftKey && !inField) {
    const undo = $$("[data-undo]").at(-1);
    if (undo) {
      event.preventDefault();
      undo.click();
    }
  }
});

/* Filters that send themselves */
let typing;
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-autosubmit]");
  if (form && event.target.type !== "search") form.requestSubmit();
});
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-autosubmit][hx-get]");
  if (!form || !event.target.matches("input[type=search], input[type=text]")) return;
  clearTimeout(typing);
  typing = setTimeout(() => form.requestSubmit(), 250);
});
// Empty fields stay out of the address.
document.addEventListener("formdata", (event) => {
  if (event.target.method !== "get") return;
  const { formData } = event;
  for (const name of new Set(formData.keys())) {
    const filled = formData.getAll(name).filter((value) => value !== "");
    formData.delete(name);
    for (const value of filled) formData.append(name, value);
  }
});

/* Dropped files */
const dropzone = (event) => event.target.closest?.("[data-drop]");
const nameFiles = (zone) => {
  const names = $("[data-drop-names]", zone);
  const files = [...$("input[type=file]", zone).files];
  if (names) names.textContent = files.map((file) => file.name).join(", ");
};
for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(type, (event) => {
    const zone = dropzone(event);
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("over", type === "dragenter" || type === "dragover");
    if (type !== "drop") return;
    const field = $("input[type=file]", zone);
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
document.addEventListener("change", (event) => { if (event.target.type === "file" && dropzone(event)) nameFiles(dropzone(event)); });

/* Where the browser has no anchor positioning, put an opened menu below its button. */
if (!CSS.supports("position-area: bottom")) {
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    const opener = event.newState === "open" && menu.id && $(`[popovertarget="${menu.id}"]`);
    if (!opener) return;
    const box = opener.getBoundingClientRect();
    const over = box.bottom + menu.offsetHeight > innerHeight;
    menu.style.position = "fixed";
    menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${over ? Math.max(8, box.top - menu.offsetHeight - 8) : box.bottom}px`;
  }, true);
}

/* What arrives, at load and in swaps */
const arrive = (from) => {
  for (const dialog of $$("dialog[data-show]", from)) showDialog(dialog);
  $("[data-focus]", from)?.focus();
};
document.addEventListener("htmx:load", (event) => {
  const element = event.detail.elt;
  if (element.matches?.("dialog[data-show]")) showDialog(element);
  if (element.matches?.("[data-focus]")) element.focus();
  arrive(element);
});
if (/Mac|iP(hone|ad)/.test(navigator.platform)) {
  for (const key of $$("[data-mod-key]")) key.textContent = key.textContent.replace("Ctrl ", "⌘");
}
arrive(document);
for (const element of $$("[data-toast]")) expire(element);
if ($("#toasts .toast")) raise();

/*
 * A textarea[data-editor] becomes an editor (Squire) with a small toolbar; the field itself is hidden and keeps what
 * is sent: the signs of campaigns/services/markup.py (**bold**, *italic*, [words](address), lists), one line a block.
 * Fires "input" on the field as one types. "insert-text" on the field puts its detail where the cursor was.
 * Without it, one types the signs.
 */
import Squire from "../vendor/squire-2.4.8/squire.mjs";

const KEPT = new Set(["DIV", "P", "BR", "B", "STRONG", "I", "EM", "A", "UL", "OL", "LI"]);
const DROPPED = new Set(["SCRIPT", "STYLE", "HEAD", "TITLE", "TEMPLATE", "IFRAME", "OBJECT"]);
const ADDRESS = /^(https?:\/\/|mailto:)[^\s()]+$/;

/* HTML from outside (a paste) as the few tags that a mail has. */
const cleaned = (html) => {
  // Styles and handlers are dropped below; named so, the policy would report each of them.
  const plain = html
    .replace(/\b(?:style|on[a-z]+)\s*=/gi, "data-dropped=")
    .replace(/<(\/?)(?:style|script)\b/gi, "<$1template");
  const found = new DOMParser().parseFromString(plain, "text/html");
  const keep = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
    const fragment = document.createDocumentFragment();
    if (node.nodeType !== Node.ELEMENT_NODE || DROPPED.has(node.tagName)) return fragment;
    const inside = [...node.childNodes].map(keep);
    if (!KEPT.has(node.tagName)) {
      fragment.append(...inside);
      return fragment;
    }
    const made = document.createElement(node.tagName);
    if (node.tagName === "A") {
      const address = node.getAttribute("href") ?? "";
      if (!ADDRESS.test(address)) {
        fragment.append(...inside);
        return fragment;
      }
      made.setAttribute("href", address);
    }
    made.append(...inside);
    return made;
  };
  const fragment = document.createDocumentFragment();
  fragment.append(...[...found.body.childNodes].map(keep));
  return fragment;
};

/* From signs to elements. */
const ESCAPED = /\\([\\*[\]])/g;
const INLINE = /\[([^[\]\n]+)\]\((https?:\/\/[^\s()]+|mailto:[^\s()]+)\)|\*\*(\S|\S[^*\n]*?\S)\*\*|(?<![*\w])\*(\S|\S[^*\n]*?\S)\*(?![*\w])/;
const ASIDE = { "\\": "\ue000", "*": "\ue001", "[": "\ue002", "]": "\ue003" };
const BACK = Object.fromEntries(Object.entries(ASIDE).map(([sign, aside]) => [aside, sign]));
const back = (text) => text.replace(/[\ue000-\ue003]/g, (aside) => BACK[aside]);

const drawn = (text, into) => {
  const match = INLINE.exec(text);
  if (!match) return into.append(back(text));
  const [whole, words, address, bold, italic] = match;
  into.append(back(text.slice(0, match.index)));
  const made = document.createElement(address ? "a" : bold ? "b" : "i");
  if (address) made.setAttribute("href", address);
  drawn(words ?? bold ?? italic, made);
  into.append(made);
  drawn(text.slice(match.index + whole.length), into);
};

const elements = (text) => {
  const root = document.createDocumentFragment();
  let list = null;
  for (const line of text.split("\n")) {
    const item = /^(?:([-•])|(\d{1,3})[.)]) +(.*)$/.exec(line);
    const tag = item && (item[1] ? "UL" : "OL");
    if (!item) list = null;
    else if (list?.tagName !== tag) root.append((list = document.createElement(tag)));
    const block = document.createElement(item ? "li" : "div");
    const words = (item ? item[3] : line).replace(ESCAPED, (_, sign) => ASIDE[sign]);
    if (words) drawn(words, block);
    else block.append(document.createElement("br"));
    (list ?? root).append(block);
  }
  return root;
};

/* From elements to signs. */
const around = (sign, words) => words.replace(/^(\s*)([^]*?)(\s*)$/, (_, before, inner, after) => (inner ? `${before}${sign}${inner}${sign}${after}` : before + after));

const signs = (node) => {
  if (node.nodeType === Node.TEXT_NODE) return node.data.replace(/[\u200b\n]/g, "").replace(/\u00a0/g, " ").replace(/[\\*[\]]/g, "\\$&");
  const inside = [...node.childNodes].map(signs).join("");
  switch (node.tagName) {
    case "BR": return node.nextSibling ? "\n" : "";
    case "B": case "STRONG": return around("**", inside);
    case "I": case "EM": return around("*", inside);
    case "A": return node.textContent === node.getAttribute("href") ? node.textContent : `[${inside}](${node.getAttribute("href")})`;
    default: return inside;
  }
};

const lines = (root) =>
  [...root.children].flatMap((block) => {
    if (!["UL", "OL"].includes(block.tagName)) return [signs(block)];
    return [...block.children].map((item, at) => `${block.tagName === "UL" ? "-" : `${at + 1}.`} ${signs(item)}`);
  });

/* Outlines of Lucide, as the pages have them. */
const FACES = {
  bold: "M6 12h9a4 4 0 0 1 0 8H7a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1h7a4 4 0 0 1 0 8",
  italic: "M19 4h-9M14 20H5M15 4L9 20",
  bulleted: "M3 5h.01M3 12h.01M3 19h.01M8 5h13M8 12h13M8 19h13",
  numbered: "M11 5h10M11 12h10M11 19h10M4 4h1v5M4 9h2M6.5 20H3.4c0-1 2.6-1.925 2.6-3.5a1.5 1.5 0 0 0-2.6-1.02",
  link: "M10 13a5 5 0 0 0 7.54.54l3-3a5 5 0 0 0-7.07-7.07l-1.72 1.71M14 11a5 5 0 0 0-7.54-.54l-3 3a5 5 0 0 0 7.07 7.07l1.71-1.71",
};

const outline = (face) => {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  const looks = { class: "icon", width: 16, height: 16, viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" };
  for (const [attribute, value] of Object.entries(looks)) svg.setAttribute(attribute, value);
  path.setAttribute("d", FACES[face]);
  svg.append(path);
  return svg;
};

const BUTTONS = [
  ["Bold", "bold", (editor) => (editor.hasFormat("B") ? editor.removeBold() : editor.bold())],
  ["Italic", "italic", (editor) => (editor.hasFormat("I") ? editor.removeItalic() : editor.italic())],
  ["Bulleted list", "bulleted", (editor) => (editor.hasFormat("UL") ? editor.removeList() : editor.makeUnorderedList())],
  ["Numbered list", "numbered", (editor) => (editor.hasFormat("OL") ? editor.removeList() : editor.makeOrderedList())],
];

const linkField = (editor) => {
  const field = document.createElement("input");
  field.type = "url";
  field.placeholder = "Link: https://… then Enter";
  field.setAttribute("aria-label", "Address of the link; Enter sets it");
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (ADDRESS.test(field.value)) editor.makeLink(field.value);
    else if (!field.value) editor.removeLink();
    field.value = "";
    editor.focus();
  });
  return field;
};

const toolbar = (editor, name) => {
  const bar = document.createElement("div");
  bar.className = "editor-bar";
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", `Looks of ${name}`);
  for (const [label, face, act] of BUTTONS) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn ghost sm", title: label });
    button.append(outline(face));
    button.setAttribute("aria-label", label);
    // The editor keeps its focus, and so its selection.
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => act(editor));
    bar.append(button);
  }
  bar.append(outline("link"), linkField(editor));
  return bar;
};

const enhance = (field) => {
  if (field.hidden) return;
  const label = field.labels[0];
  const name = label?.textContent.trim() || "Text";
  const place = document.createElement("div");
  place.className = "editor-text";
  for (const [attribute, value] of [["role", "textbox"], ["aria-multiline", "true"], ["tabindex", "0"]])
    place.setAttribute(attribute, value);
  if (field.getAttribute("aria-describedby")) place.setAttribute("aria-describedby", field.getAttribute("aria-describedby"));
  if (field.getAttribute("aria-invalid")) place.setAttribute("aria-invalid", field.getAttribute("aria-invalid"));
  if (label) {
    // The label names the editor from now on.
    label.id ||= `${field.id}-label`;
    place.setAttribute("aria-labelledby", label.id);
    label.removeAttribute("for");
    label.addEventListener("click", () => place.focus());
  } else place.setAttribute("aria-label", name);
  place.dataset.writes = field.id;
  const box = document.createElement("div");
  box.className = "editor";
  field.after(box);
  box.append(place);
  // What the field holds is made here, not read from HTML.
  let beginning = null;
  const editor = new Squire(place, { sanitizeToDOMFragment: (html) => beginning ?? cleaned(html) });
  beginning = elements(field.value);
  editor.setHTML(field.value);
  beginning = null;
  box.prepend(toolbar(editor, name));
  field.hidden = true;
  // A hidden field could not be pointed at; the server asks for it.
  field.required = false;
  editor.addEventListener("input", () => {
    field.value = lines(place).join("\n").trim();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  field.addEventListener("insert-text", (event) => {
    editor.focus();
    editor.insertPlainText(event.detail);
  });
};

const enhanceAll = (root) => root.querySelectorAll("textarea[data-editor]").forEach(enhance);
enhanceAll(document);
document.addEventListener("htmx:load", (event) => enhanceAll(event.detail.elt));

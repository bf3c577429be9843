/* data-while-visible: what asks again by itself rests while nobody looks at the tab. */
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.elt.matches("[data-while-visible]")) event.preventDefault();
});

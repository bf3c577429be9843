/* A form with `data-own-zone` holds a select `zone`: on the first visit the page is asked for again with the
   zone of this device, if that is another one. Whoever chose a zone keeps it. */
const form = document.querySelector("form[data-own-zone]");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (form && own && !new URLSearchParams(location.search).has("zone")) {
  const option = [...form.zone.options].find((one) => one.value === own);
  if (option && !option.selected) {
    option.selected = true;
    form.requestSubmit();
  }
}

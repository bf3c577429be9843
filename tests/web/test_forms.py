"""Every form: label above, hint and error tied to the field, a summary that leads to the fields."""

import re

from crm.web.styleguide import SampleForm


def flat(form: SampleForm) -> str:
    """The form's HTML with white space as the browser sees it."""
    return re.sub(r"\s+", " ", str(form))


def test_hint_and_error_are_tied_to_the_field():
    html = str(SampleForm({"name": ""}))

    assert re.search(r'<input[^>]*aria-describedby="id_name_helptext id_name_error"', html)
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert re.search(r'<input[^>]*aria-invalid="true"[^>]*id="id_name"', html)


def test_summary_links_to_the_fields_and_takes_the_focus():
    html = flat(SampleForm({"name": ""}))

    assert 'role="alert" tabindex="-1" data-focus' in html
    assert '<a href="#id_name">Name</a>: This field is required.' in html
    assert '<a href="#id_stop">A reply stops</a>' in html


def test_form_without_errors_has_no_summary():
    assert "error-summary" not in str(SampleForm())


def test_optional_fields_say_so_and_checkboxes_carry_their_label():
    html = flat(SampleForm())

    assert 'Note <span class="optional">optional</span>' in html
    assert "<span>Tell me when this person replies</span></label>" in html


def test_groups_are_fieldsets_with_a_legend():
    html = str(SampleForm())

    assert "<legend>A reply stops</legend>" in html


def test_values_are_escaped():
    assert "<script>" not in str(SampleForm({"name": "<script>", "email": '"><script>'}))

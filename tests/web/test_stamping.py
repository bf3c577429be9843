"""A piece of template that is rendered once and filled for each row."""

from types import SimpleNamespace

from django.template import Context, Template
from django.utils.safestring import mark_safe

ROWS = [
    SimpleNamespace(name='<b> & "quotes"', cell=mark_safe("<i>ready</i>"), number=7),
    SimpleNamespace(name="{{ name }} \\1", cell="<i>raw</i>", number=None),
]


def render(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


def test_stamp_fills_each_row_and_escapes_what_is_not_html():
    source = "{% stamp rows %}<li title=\"{% slot 'name' %}\">{% slot 'cell' %}{{ rows|length }}</li>{% endstamp %}"

    assert render(source, rows=ROWS) == (
        '<li title="&lt;b&gt; &amp; &quot;quotes&quot;"><i>ready</i>2</li>'
        '<li title="{{ name }} \\1">&lt;i&gt;raw&lt;/i&gt;2</li>'
    )


def test_stamp_of_no_rows_is_nothing():
    assert render("{% stamp rows %}<li>{% slot 'name' %}</li>{% endstamp %}", rows=[]) == ""


def test_stamp_shows_what_is_no_text():
    assert render("{% stamp rows %}{% slot 'number' %};{% endstamp %}", rows=ROWS) == "7;None;"


def test_stamp_takes_a_name_twice_and_words_without_any():
    source = "{% stamp rows %}{% slot 'number' %}-{% slot 'number' %} {% endstamp %}"

    assert render(source, rows=ROWS[:1]) == "7-7 "
    assert render("{% stamp rows %}x{% endstamp %}", rows=ROWS) == "xx"

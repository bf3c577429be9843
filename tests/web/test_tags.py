"""What templates say about people, times and shares."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.template import Context, Template
from django.utils import translation

from crm.web.templatetags.web import ago, hue, icon, initials, percent

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def render(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Amara Okafor", "AO"),
        ("noor van dijk", "ND"),
        ("Cher", "C"),
        ("  ", "?"),
        ("Élodie (she) Ørn", "ÉØ"),
        ("李 小龙", "李小"),
    ],
)
def test_initials(name, expected):
    assert initials(name) == expected


def test_hue_is_stable_and_one_of_eight():
    assert hue("Amara Okafor") == hue("Amara Okafor")
    assert {hue(number) for number in range(40)} == {f"hue-{number}" for number in range(1, 9)}


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=23), "23 h"),
        (timedelta(days=1), "1 d"),
        (timedelta(days=13), "13 d"),
        (timedelta(days=14), "2 w"),
        (timedelta(days=55), "7 w"),
        (timedelta(days=56), "26 Sep 2026"),
        (-timedelta(minutes=5), "in 5 min"),
        (-timedelta(hours=5), "in 5 h"),
        (-timedelta(days=3), "in 3 d"),
        (-timedelta(days=90), "19 Feb 2027"),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_ago(passed, expected):
    assert ago(NOW - passed) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 21), "today"),
        (date(2026, 11, 18), "3 d"),
        (date(2026, 11, 22), "in 1 d"),
        (None, ""),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_ago_of_a_day(day, expected):
    assert ago(day) == expected


@time_machine.travel(NOW, tick=False)
def test_moment_has_the_full_time_as_its_title():
    assert render("{% moment at %}", at=NOW - timedelta(hours=2)) == (
        '<time class="muted" datetime="2026-11-21T10:00:00+00:00" '
        'title="21 Nov 2026, 10:00">2 h</time>'
    )
    assert render("{% moment at %}", at=None) == ""


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(1, 3, "33 %"), (3, 3, "100 %"), (0, 5, "0 %"), (1, 0, "—"), (None, 5, "—")],
)
def test_percent(part, whole, expected):
    assert percent(part, whole) == expected


def test_icon_is_hidden_from_screen_readers_and_on_one_line():
    svg = icon("users")

    assert 'aria-hidden="true"' in svg
    assert "\n" not in svg


def test_ring_stays_between_empty_and_full():
    assert 'stroke-dasharray="100 100"' in render("{% ring 140 'hue-2' %}")
    assert 'stroke-dasharray="0 100"' in render("{% ring -3 %}")


def test_ring_escapes_its_class():
    assert "<script>" not in render("{% ring 1 evil %}", evil='"><script>')


def test_dialog_wraps_its_content():
    html = render(
        '{% dialog id="tag" title=title %}<p>{{ words }}</p>{% enddialog %}',
        title="Tag <3> people",
        words="a < b",
    )

    assert '<dialog id="tag" class="dialog " aria-labelledby="tag-title">' in html
    assert "Tag &lt;3&gt; people" in html
    assert "<p>a &lt; b</p>" in html


def test_drawer_is_a_dialog_at_the_side():
    assert 'class="drawer ' in render('{% drawer id="d" title="T" %}x{% enddrawer %}')


def test_numbers_read_the_same_in_every_language():
    with translation.override("de"):
        assert 'stroke-dasharray="45 100"' in render("{% ring 45 %}")

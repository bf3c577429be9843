"""The signs of a mail's text: what is drawn, what stays plain, and what must not become anything."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.services.markup import TAGS, quote, to_html, to_plain


@pytest.mark.parametrize(
    ("text", "html", "plain"),
    [
        ("Hi there", "<p>Hi there</p>", "Hi there"),
        ("a\nb\n\nc", "<p>a<br>b</p>\n<p>c</p>", "a\nb\n\nc"),
        ("a\r\n\r\nb", "<p>a</p>\n<p>b</p>", "a\n\nb"),
        ("**bold** and *soft*", "<p><b>bold</b> and <i>soft</i></p>", "bold and soft"),
        ("2 * 3 * 4 = 24", "<p>2 * 3 * 4 = 24</p>", "2 * 3 * 4 = 24"),
        ("a*b*c and **", "<p>a*b*c and **</p>", "a*b*c and **"),
        (
            "See [our team](https://acme.example/team?a=1&b=2).",
            '<p>See <a href="https://acme.example/team?a=1&amp;b=2">our team</a>.</p>',
            "See our team (https://acme.example/team?a=1&b=2).",
        ),
        (
            "[**Call**](mailto:a@b.example)",
            '<p><a href="mailto:a@b.example"><b>Call</b></a></p>',
            "Call (a@b.example)",
        ),
        (
            "https://acme.example",
            '<p><a href="https://acme.example">https://acme.example</a></p>',
            "https://acme.example",
        ),
        ("- one\n- two", "<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("We offer:\n1. time\n2. pay", "<p>We offer:</p>\n<ol><li>time</li><li>pay</li></ol>", "We offer:\n1. time\n2. pay"),
        (r"\*\*not bold\*\*", "<p>**not bold**</p>", "**not bold**"),
        (r"a \\ b", "<p>a \\ b</p>", "a \\ b"),
    ],
)  # fmt: skip
def test_signs_are_drawn(text, html, plain):
    assert (to_html(text), to_plain(text)) == (html, plain)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        '[x](https://a.example/"onmouseover="alert(1))',
        "[x](data:text/html,<b>)",
        "<img src=x onerror=alert(1)>",
        "**<b onclick=x>**",
        "<a href=javascript:x>x</a>",
    ],
)
def test_nothing_else_becomes_html(text):
    tags = " ".join(re.findall(r"<[^>]*>", to_html(text)))

    assert set(re.findall(r"</?(\w+)", tags)) <= TAGS
    assert not re.search(r"\son\w+=|(?:javascript|data):", tags)


@pytest.mark.parametrize(
    "value", ["[Click](https://evil.example)", "**Amara**", "*x*", "\\", "- a", "a\\*b"]
)
def test_a_value_is_characters_only(value):
    assert to_plain(quote(value)) == value
    assert "<b>" not in to_html(f"Hi {quote(value)}")
    assert "<i>" not in to_html(f"Hi {quote(value)}")
    assert ">Click<" not in to_html(f"Hi {quote(value)}")


@given(st.text())
@settings(max_examples=200)
def test_every_value_comes_out_as_it_went_in(value):
    clean = "".join(sign for sign in value if not "\ue000" <= sign <= "\ue011" and sign != "\r")
    assert to_plain(quote(clean)) == clean


@pytest.mark.parametrize("sign", ["*", "**", "[", "](", "[a](https://", "\\", "- \n", "*a "])
def test_no_text_hangs(sign):
    began = time.process_time()
    to_html(sign * 20_000)
    to_plain(sign * 20_000)

    assert time.process_time() - began < 20

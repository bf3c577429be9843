"""HTML from outside, made safe to show or plain to read."""

from html import unescape

import nh3
from inscriptis import get_text
from inscriptis.model.config import ParserConfig
from lxml.etree import ParserError  # type: ignore[import-untyped]

TAGS = {
    *(
        "a",
        "b",
        "blockquote",
        "br",
        "code",
        "div",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "hr",
        "i",
        "li",
        "ol",
    ),
    *("p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr"),
    *("u", "ul"),
}


def clean_html(html: str) -> str:
    """`html` without scripts, styles, forms, attributes and pictures: a remote picture reports the reader."""
    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags={"script", "style", "title", "head"},
        attributes={"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )


def text_of_html(html: str) -> str:
    """`html` as plain text; "" where there is nothing to read."""
    if not html.strip():
        return ""
    try:
        text = get_text(html, ParserConfig(display_links=False)).strip()
    except (ParserError, ValueError, RecursionError):
        text = ""
    # What is nested too deeply to be laid out still has words.
    return text or unescape(nh3.clean(html, tags=set())).strip()

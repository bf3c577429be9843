"""The few signs that give a mail's text its looks: **bold**, *italic*, [words](address), lists, paragraphs.

Texts are stored as people read them, so that they stay plain where nothing draws them; the editor in the browser
writes the same signs (static/js/editor.js). A backslash before a sign makes it a character like any other.
"""

import re
from collections.abc import Callable

import nh3
from django.utils.html import escape, urlize

_SIGNS = re.compile(r"[\\*\[\]]")
# Kept aside while the rest is read: characters that no text holds (private use).
_ASIDE = {"\\": "\ue000", "*": "\ue001", "[": "\ue002", "]": "\ue003"}
_KEPT_ASIDE = re.compile("[\ue000-\ue011]")
_BACK = {ord(aside): sign for sign, aside in _ASIDE.items()}
_ESCAPED = re.compile(r"\\([\\*\[\]])")
# Each is bounded, so that no text takes long (and none spans a line).
_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\((https?://[^\s()]{1,1000}|mailto:[^\s()]{1,300})\)")
_BOLD = re.compile(r"\*\*(?=\S)([^*\n]{1,1000}?)(?<=\S)\*\*")
_ITALIC = re.compile(r"(?<![*\w])\*(?=\S)([^*\n]{1,1000}?)(?<=\S)\*(?![*\w])")
_BULLET, _NUMBER = re.compile(r"^[-•] +"), re.compile(r"^\d{1,3}[.)] +")

# What a mail of ours may consist of. The same tags as the editor offers, and those that we write ourselves.
TAGS = {"a", "b", "br", "em", "i", "li", "ol", "p", "strong", "ul"}


def quote(value: str) -> str:
    """A merge value as characters only: nobody's name becomes a link."""
    return _SIGNS.sub(lambda match: f"\\{match.group()}", value)


def to_plain(text: str) -> str:
    """`text` for the plain part, and wherever it is shown without looks."""
    if not _SIGNS.search(text):
        return _KEPT_ASIDE.sub("", _lines(text))
    aside = _put_aside(_lines(text))
    aside = _LINK.sub(lambda match: _plain_link(match.group(1), match.group(2)), aside)
    return _ITALIC.sub(r"\1", _BOLD.sub(r"\1", aside)).translate(_BACK)


def _plain_link(words: str, address: str) -> str:
    address = address.removeprefix("mailto:")
    return address if words == address else f"{words} ({address})"


def to_html(text: str) -> str:
    """`text` as HTML: paragraphs and lists, every character escaped, cleaned once more at the end."""
    blocks = re.split(r"\n{2,}", _lines(text).strip())
    html = "\n".join(_block(block.split("\n")) for block in blocks if block.strip())
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )


def _block(lines: list[str]) -> str:
    """A paragraph; runs of lines that begin as items become lists."""
    parts: list[str] = []
    run: list[str] = []
    kind = ""
    for line in [*lines, None]:
        following = _kind(line) if line is not None else "end"
        if following != kind and run:
            parts.append(_close(kind, run))
            run = []
        kind = following
        if line is not None:
            run.append(line)
    return "\n".join(parts)


def _kind(line: str) -> str:
    if _BULLET.match(line):
        return "ul"
    return "ol" if _NUMBER.match(line) else "p"


def _close(kind: str, lines: list[str]) -> str:
    if kind == "p":
        return f"<p>{'<br>'.join(_inline(line) for line in lines)}</p>"
    begins = _BULLET if kind == "ul" else _NUMBER
    items = "".join(f"<li>{_inline(begins.sub('', line))}</li>" for line in lines)
    return f"<{kind}>{items}</{kind}>"


def _inline(line: str) -> str:
    links: list[str] = []

    def keep(match: "re.Match[str]") -> str:
        words = _emphasis(escape(match.group(1)))
        links.append(f'<a href="{escape(match.group(2))}">{words}</a>')
        return f"\ue010{len(links) - 1}\ue011"

    html = _emphasis(urlize(_LINK.sub(keep, _put_aside(line)), autoescape=True))
    html = re.sub("\ue010(\\d+)\ue011", lambda match: links[int(match.group(1))], html)
    return html.translate(_BACK)


def _emphasis(html: str) -> str:
    return _ITALIC.sub(r"<i>\1</i>", _BOLD.sub(r"<b>\1</b>", html))


def _lines(text: str) -> str:
    """Forms send lines as the web ends them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _put_aside(text: str) -> str:
    text = _KEPT_ASIDE.sub("", text)
    put: Callable[[re.Match[str]], str] = lambda match: _ASIDE[match.group(1)]  # noqa: E731
    return _ESCAPED.sub(put, text)

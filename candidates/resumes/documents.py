"""What is read out of a file: its lines in reading order, its links, and what a person should be told of it."""

import re
import unicodedata
from dataclasses import dataclass, field

# Beyond these no résumé goes; what is left out is said.
MOST_PAGES = 40
MOST_CHARACTERS = 200_000
MOST_LINKS = 200

# Letters that print as nothing: soft hyphen, zero-width and direction marks, byte order mark.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SPACES = re.compile(r"[^\S\n\t]+")


class Unreadable(Exception):
    """The file is refused; the text is a sentence for the user."""


@dataclass(slots=True)
class Line:
    """One line of text. `size` is its letters' height in points, 0 where the format does not say."""

    text: str
    size: float = 0.0
    page: int = 1


@dataclass(slots=True)
class Document:
    """A file's lines, link targets and pages, and the notices that its review shows."""

    kind: str
    lines: list[Line] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    pages: int = 1
    notices: list[str] = field(default_factory=list)
    characters: int = 0

    def add(self, text: str, *, size: float = 0.0, page: int = 1) -> None:
        """Add what may be several lines, cleaned; quietly nothing once there is too much."""
        for piece in text.splitlines() or [""]:
            cleaned = clean(piece)
            if self.characters > MOST_CHARACTERS:
                self.notice(
                    f"The text is very long: its first {MOST_CHARACTERS:,} letters were read."
                )
                return
            if cleaned or (self.lines and self.lines[-1].text):
                self.lines.append(Line(cleaned, size, page))
                self.characters += len(cleaned) + 1

    def add_link(self, target: str) -> None:
        target = clean(target)[:500]
        if target and len(self.links) < MOST_LINKS and target not in self.links:
            self.links.append(target)

    def notice(self, sentence: str) -> None:
        if sentence not in self.notices:
            self.notices.append(sentence)

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def is_empty(self) -> bool:
        """Whether there is no text to speak of: a scan, a photo, a blank page."""
        return sum(letter.isalnum() for letter in self.text) < 30


def clean(text: str) -> str:
    """`text` in composed form, without letters that print as nothing, and with plain spaces.

    Ligatures are taken apart; other compatibility forms too, for addresses are written in full-width letters.
    """
    text = _CONTROL.sub("", _INVISIBLE.sub("", text))
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _SPACES.sub(" ", text).strip()

"""The text, taken apart into signs and terms; each knows its place, so that an error can point there."""

import re
from dataclasses import dataclass, replace

from candidates.queries.search.tree import QueryError

LONGEST = 4000
_SPACE = re.compile(r"\s+")
_FIELD = re.compile(r"([A-Za-z_][\w.-]*):(?!//)")
_QUOTES = {"“": "”", "„": "“", '"': '"'}
# What ends a value that is not quoted. A comma or & ends it too where lists are written.
_BARE = re.compile(r"[^\s()\"“”„,&]+")
_BETWEEN = re.compile(r"[,&]*(?:\s+[-–—&+/|,]+(?=\s+\S))*")
# From the country or the trunk on: with a + or a nought; several words only, for one word is a term anyway.
_NUMBER = re.compile(r"(?:\+|0)\d+(?:[ ./-]{1,3}(?:\(0\) ?)?\d+)+(?![^\s)])")
_FEWEST_DIGITS = 6
# Amounts and days hold no list.
_WHOLE = re.compile(r"[^\s()\"“”„]+")


@dataclass(frozen=True)
class Token:
    """One part of the text: `kind` is "(", ")", "AND", "OR", "NOT", "field" or "value"."""

    kind: str
    text: str
    at: int
    length: int
    is_quoted: bool = False


class Reader:
    """Reads tokens one after the other; what a value looks like depends on the field before it."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise QueryError(f"A search has at most {LONGEST:,} letters.", at=LONGEST)
        self.text, self.at = text, 0

    def skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def peek(self) -> Token | None:
        """The next sign, field or word, without moving on."""
        self.skip()
        at, rest = self.at, self.text[self.at :]
        if not rest:
            return None
        if rest[0] in "()":
            return Token(rest[0], rest[0], at, 1)
        word = _WHOLE.match(rest)
        if word and word[0] in {"AND", "OR", "NOT"}:
            return Token(word[0], word[0], at, len(word[0]))
        if rest[0] == "-" and len(rest) > 1 and not rest[1].isspace() and rest[1] not in ")-":
            return Token("NOT", "-", at, 1)
        field = _FIELD.match(rest)
        if field:
            return Token("field", field[1], at, len(field[0]))
        return Token("value", rest, at, 0)

    def take(self, token: Token) -> None:
        self.at = token.at + token.length

    def value(self, *, is_whole: bool = False) -> Token | None:
        """The value that stands here, quoted or bare; None where there is none."""
        at = self.at
        sign = self.text[at : at + 1]
        if sign in _QUOTES:
            end = self.text.find(_QUOTES[sign], at + 1)
            if end < 0:
                raise QueryError("A quote is opened here and not closed.", at=at, length=1)
            self.at = end + 1
            return Token("value", self.text[at + 1 : end], at, self.at - at, is_quoted=True)
        found = (_WHOLE if is_whole else _BARE).match(self.text, at)
        if found is None:
            return None
        self.at = found.end()
        return Token("value", found[0], at, self.at - at)

    def number(self) -> Token | None:
        """A phone number that stands here as people write it, with blanks and signs: one term, as if quoted."""
        found = _NUMBER.match(self.text, self.at)
        if found is None or sum(map(str.isdigit, found[0])) < _FEWEST_DIGITS:
            return None
        at, self.at = self.at, found.end()
        return Token("value", found[0], at, self.at - at, is_quoted=True)

    def with_tail(self, value: Token, tail: str) -> Token:
        """The bare value that was just read with what follows it, where that matches `tail`, a regular expression."""
        found = re.compile(tail).match(self.text, self.at) if tail else None
        if found is None or value.is_quoted:
            return value
        self.at = found.end()
        return replace(value, text=value.text + found[0], length=self.at - value.at)

    def take_between(self) -> None:
        """Move over the commas and &s that end a word, and over signs that stand alone before another one."""
        found = _BETWEEN.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def takes(self, sign: str) -> bool:
        """Move over `sign` if it stands here and something follows it at once."""
        after = self.text[self.at + 1 : self.at + 2]
        if (
            self.text[self.at : self.at + 1] != sign
            or not after
            or after.isspace()
            or after in "()"
        ):
            return False
        self.at += 1
        return True

"""Where the words of a search stand in a text: what to mark, found as the search itself finds it.

`marks_of(prepared)` says which terms are looked for in which field; `Marks.spans(text, "company")` gives their
places. Words that the search excludes are marked nowhere.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from candidates.folding import PUNCTUATION, fold
from candidates.queries.search.compiling import Prepared
from candidates.queries.search.terms import LIKENESS, Term, read_term
from candidates.queries.search.tree import NEGATIONS, Combine, Condition, Group, Node

# The fields whose words stand in a row of the list, those of where somebody worked and learned, and those that are looked
# up in long texts.
SHOWN = ("name", "title", "company", "city", "skill")
HISTORY = ("past_title", "past_company", "school")
LONG = ("note", "resume")
# Signs that are letters at the end of a word: C++ and C#.
_SPELLED = {"+": "plus", "#": "sharp"}
_PARTS = frozenset(PUNCTUATION) - set(_SPELLED)
# From where to where, in characters of the text.
Span = tuple[int, int]


@dataclass(frozen=True)
class _Spelled:
    """A text as the index spells it, and for each of its characters the place in the text that it is from."""

    text: str
    places: Sequence[int]

    def span(self, start: int, end: int) -> Span:
        """A stretch of the spelled text, which is not empty, as a stretch of the text itself."""
        after = self.places[end] if end < len(self.places) else self.places[-1] + 1
        return self.places[start], max(after, self.places[end - 1] + 1)


@dataclass(frozen=True)
class Sought:
    """Terms of which any is to be marked. `is_whole`: words that only begin so are not found, as in long texts."""

    terms: tuple[Term, ...]
    is_whole: bool = False

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        found = [self._of(term) for term in self.terms if not term.is_like]
        # The longest first: of "java" and "java*" the one that holds more.
        return re.compile("|".join(sorted(found, key=len, reverse=True))) if found else None

    def _of(self, term: Term) -> str:
        words = " +".join(map(re.escape, term.words))
        is_whole = term.is_exact or (self.is_whole and not term.is_beginning)
        return rf"(?<!\S){words}" + (r"(?!\S)" if is_whole else "")

    def spans(self, text: str) -> list[Span]:
        """Where the terms stand in `text`, in order and apart from each other."""
        if not self.terms or not text:
            return []
        spelled = _spell(text)
        found = [spelled.span(*match.span()) for match in self._matches(spelled.text)]
        return _joined(found)

    def _matches(self, spelled: str) -> Iterator[re.Match[str]]:
        if self._pattern:
            yield from self._pattern.finditer(spelled)
        for term in self.terms:
            if term.is_like:
                exchanged = set(term.exchanged())
                for word in re.finditer(r"\S+", spelled):
                    if word.group() in exchanged or any(
                        _is_like(one, word.group()) for one in term.words
                    ):
                        yield word

    def is_in(self, text: str) -> bool:
        return bool(self.spans(text))


NOTHING_SOUGHT = Sought(())


@dataclass(frozen=True)
class Marks:
    """What a search looks for in each field of a row, in positions and schools ("history": all of them), in notes and résumés."""

    sought: Mapping[str, Sought] = field(default_factory=dict)
    # Names that references such as `skill:` ask for, by the field.
    named: Mapping[str, frozenset[str]] = field(default_factory=dict)
    # Terms that may stand anywhere: where the row shows none of them, a long text may.
    anywhere: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sought or self.named)

    def terms(self, within: str) -> tuple[Term, ...]:
        """What is looked for in the field `within`."""
        return self.sought.get(within, NOTHING_SOUGHT).terms

    def spans(self, text: str, within: str) -> list[Span]:
        """Where to mark `text`, which is what the field `within` holds."""
        if text in self.named.get(within, ()):
            return [(0, len(text))]
        return self.sought.get(within, NOTHING_SOUGHT).spans(text)


def marks_of(prepared: Prepared) -> Marks:
    """What to mark in the people that this query finds; nothing where it finds nobody or asks for no words."""
    if prepared.problems:
        return Marks()
    terms: dict[str, list[Term]] = {}
    named: dict[str, set[str]] = {}
    for one in _wanted(prepared.query.where):
        if one.field in {"text", *SHOWN, *HISTORY, *LONG} - {"skill"} and one.operator in {
            "any",
            "all",
        }:
            terms.setdefault(one.field, []).extend(map(read_term, one.values))
        elif one.field == "skill":
            # As many as the query names, or as begin so: "py*" stands for names that begin with it.
            for value in one.values:
                name = prepared.names.get((one.field, value), "")
                if value.endswith("*"):
                    terms.setdefault("skill", []).extend(_beginning(value))
                elif name:
                    named.setdefault("skill", set()).add(name)
    anywhere = tuple(terms.pop("text", ()))
    sought = {}
    for key in (*SHOWN, *HISTORY, *LONG):
        own = (*terms.get(key, ()), *anywhere)
        if key in LONG:
            # Likeness is looked for in the record alone.
            own = tuple(term for term in own if not term.is_like)
        if own:
            sought[key] = Sought(own, is_whole=key in LONG)
    if told := [term for key in HISTORY if key in sought for term in sought[key].terms]:
        sought["history"] = Sought(tuple(dict.fromkeys(told)))
    return Marks(sought, {key: frozenset(names) for key, names in named.items()}, anywhere)


def _beginning(value: str) -> Iterable[Term]:
    return [read_term(value)] if any(letter.isalnum() for letter in value) else []


def _wanted(node: Node, *, is_wanted: bool = True) -> Iterator[Condition]:
    """The conditions that must or may hold: not those that must not."""
    if isinstance(node, Condition):
        if is_wanted and node.operator not in NEGATIONS:
            yield node
        return
    is_wanted = is_wanted and node.combine != Combine.NONE
    for part in node.parts if isinstance(node, Group) else ():
        yield from _wanted(part, is_wanted=is_wanted)


def _spell(text: str) -> _Spelled:
    spelled: list[str] = []
    places: list[int] = []
    before = ""
    for place, raw in enumerate(text):
        if raw.isspace() or raw in _PARTS:
            letters = " "
        elif raw in _SPELLED:
            is_part = "a" <= before <= "z" or "0" <= before <= "9" or (before == raw == "+")
            letters = _SPELLED[raw] if is_part else " "
        else:
            letters = _folded(raw)
        before = raw if raw in _SPELLED else letters[-1:] or before
        spelled.append(letters)
        places += [place] * len(letters)
    return _Spelled("".join(spelled), places)


@cache
def _folded(letter: str) -> str:
    return fold(letter)


def _joined(spans: list[Span]) -> list[Span]:
    """In order, with those that overlap as one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _is_like(term: str, word: str) -> bool:
    """Whether a word looks like the term, as the database counts it: by shared groups of three letters."""
    own = _threes(term)
    return len(own & _threes(word)) >= LIKENESS * len(own)


def _threes(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}

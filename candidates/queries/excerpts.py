"""Why a person is in the list whose row does not show it: the position or school that holds the words, or a few words around
what a note or a résumé says."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Func, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Greatest, JSONObject, Left, Substr

from candidates.folding import fold
from candidates.models import Candidate, Education, Resume, WorkExperience
from candidates.queries.people import PersonRow
from candidates.queries.search.marking import HISTORY, LONG, Marks, Sought
from candidates.queries.search.terms import Term
from candidates.queries.timeline import visible_notes
from crm.accounts.models import User

# Characters before what was found, and all that is shown.
_BEFORE, _LENGTH = 40, 140
# What the text is from: as a label, and in a sentence.
_NAMES = {
    "held": ("Position", "a position"),
    "past": ("Past position", "a past position"),
    "school": ("School", "a school"),
    "note": ("Note", "a note"),
    "resume": ("Résumé", "the résumé"),
}
# Letters with accents that Unicode may write as two: what follows a letter then.
_ACCENT = "[\u0300-\u036f]*"
_LATIN = [*range(0xC0, 0x250), *range(0x1E00, 0x1F00)]
# Looking back before each letter would take ten times as long as beginning with what is no letter.
_START, _END = "(?:^|[^[:alnum:]])", "(?![[:alnum:]])"
_SIGNS = {"plus": r"(?:\+|plus)", "sharp": "(?:#|sharp)"}


@dataclass(frozen=True)
class Excerpt:
    """Words that were found, and of what kind the text is that holds them."""

    kind: str
    text: str

    @property
    def label(self) -> str:
        return _NAMES[self.kind][0]

    @property
    def place(self) -> str:
        """Where they were found, such as “a note”."""
        return _NAMES[self.kind][1]

    @property
    def within(self) -> str:
        """The field whose marks they get, as in `Marks`."""
        return self.kind if self.kind in LONG else "history"


def excerpts_of(
    people: Sequence[PersonRow], marks: Marks, *, viewer: User
) -> Mapping[int, Excerpt]:
    """An excerpt for each person whose row does not show the words itself: one query, none where all rows do.

    Long texts are only looked at by a regular expression, where they are: none is fetched whole.
    """
    shows = {term: Sought((term,)) for term in marks.anywhere}
    unseen = {person.pk: _unseen(person, marks, shows) for person in people}
    wanted = [pk for pk, terms in unseen.items() if any(terms.values())]
    terms = {kind: {term for pk in wanted for term in unseen[pk][kind]} for kind in LONG}
    kinds = [kind for kind in LONG if terms[kind]]
    if not wanted:
        return {}
    texts: dict[str, tuple[QuerySet[Any], str]] = {
        "note": (visible_notes(viewer), "body"),
        "resume": (Resume.objects.filter(state=Resume.State.ACCEPTED), "text"),
    }
    newest = [_newest(*texts[kind], terms[kind]) for kind in kinds]
    people_found = Candidate.objects.filter(pk__in=wanted).order_by()
    excerpts: dict[int, Excerpt] = {}
    columns = (ArraySubquery(_positions()), ArraySubquery(_schools()), *newest)
    for pk, positions, schools, *found in people_found.values_list("pk", *columns):
        if told := _of_history(positions, schools, unseen[pk], set(marks.anywhere)):
            excerpts[pk] = told
        for kind, piece in zip(kinds, found, strict=True):
            text = _shortened(**piece) if piece else ""
            if pk not in excerpts and marks.spans(text, kind):
                excerpts[pk] = Excerpt(kind, text)
    return excerpts


def _unseen(
    person: PersonRow, marks: Marks, shows: Mapping[Term, Sought]
) -> dict[str, frozenset[Term]]:
    """Terms that the row does not show, by the field that may hold them."""
    texts = [person.full_name, person.headline, person.company, person.city, *person.skill_names]
    seen = {term for term, sought in shows.items() if any(map(sought.is_in, texts))}
    return {kind: frozenset(marks.terms(kind)) - seen for kind in (*HISTORY, *LONG)}


_HELD = ("title", "company", "is_current", "start_year", "start_month", "end_year", "end_month")
_LEARNED = ("school", "degree", "field", "start_year", "end_year")


def _positions() -> QuerySet[Any]:
    held = WorkExperience.objects.filter(candidate=OuterRef("pk"))
    return held.values(position=JSONObject(**{name: name for name in _HELD}))


def _schools() -> QuerySet[Any]:
    learned = Education.objects.filter(candidate=OuterRef("pk"))
    return learned.values(learned=JSONObject(**{name: name for name in _LEARNED}))


def _of_history(
    positions: Iterable[Mapping[str, Any]],
    schools: Iterable[Mapping[str, Any]],
    unseen: Mapping[str, frozenset[Term]],
    anywhere: set[Term],
) -> Excerpt | None:
    """The newest position, or else school, that holds what is looked for there; present ones only for words anywhere."""
    for position in (WorkExperience(**held) for held in positions):
        titles, companies = unseen["past_title"], unseen["past_company"]
        if position.is_current:
            titles, companies = titles & anywhere, companies & anywhere
        if _holds(position.title, titles) or _holds(position.company, companies):
            kind = "held" if position.is_current else "past"
            return Excerpt(kind, _joined(position, position.period))
    for education in (Education(**learned) for learned in schools):
        if _holds(education.school, unseen["school"]) or _holds(
            education.subject, unseen["school"] & anywhere
        ):
            return Excerpt("school", _joined(education, education.period))
    return None


def _holds(text: str, terms: frozenset[Term]) -> bool:
    return bool(terms) and Sought(tuple(terms)).is_in(text)


def _joined(*parts: object) -> str:
    return ", ".join(filter(None, map(str, parts)))


def _newest(texts: QuerySet[Any], column: str, terms: Iterable[Term]) -> Subquery:
    """Of the person's newest text that holds one of the terms, the piece around it, and how the text begins."""
    place = Func(
        F(column), Value(_pattern(terms)), function="regexp_instr", output_field=IntegerField()
    )
    piece = Substr(column, Greatest(F("place") - _BEFORE, Value(1)), _LENGTH)
    return Subquery(
        texts.filter(candidate=OuterRef("pk"))
        .annotate(place=place)
        .filter(place__gt=0)
        .order_by("-pk")
        .values(piece=JSONObject(text=piece, beginning=Left(column, _LENGTH)))[:1]
    )


def _pattern(terms: Iterable[Term]) -> str:
    """A regular expression of PostgreSQL that finds the terms in a text that is not folded."""
    return "(?:" + "|".join(sorted(map(_of_term, terms))) + ")"


def _of_term(term: Term) -> str:
    words = "[^[:alnum:]]+".join(map(_of_word, term.words))
    return _START + words + ("" if term.is_beginning else _END)


def _of_word(word: str) -> str:
    """The word as people write it: with accents and capitals, C++ for "cplusplus"."""
    parts = re.split("(plus|sharp)", word)
    return "".join(_SIGNS.get(part) or "".join(map(_of_letter, part)) for part in parts)


@cache
def _of_letter(letter: str) -> str:
    written = {letter, letter.upper(), *_accented().get(letter, "")}
    single = "".join(sorted(one for one in written if len(one) == 1))
    return f"[{single}]{_ACCENT}"


@cache
def _accented() -> dict[str, str]:
    """Letters of Latin scripts with accents, by the one that they are folded to."""
    found: dict[str, str] = {}
    for letter in map(chr, _LATIN):
        if len(plain := fold(letter)) == 1:
            found[plain] = found.get(plain, "") + letter
    return found


def _shortened(text: str, beginning: str) -> str:
    """The piece from one space to another, with dots where the text goes on."""
    words = " ".join(text.split())
    if text != beginning[: len(text)]:
        words = "… " + words.partition(" ")[2]
    if len(text) == _LENGTH:
        words = words.rpartition(" ")[0] + " …"
    return words

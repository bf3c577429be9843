"""Scoring one person against what a job asks for: terms that add up to the score, and questions about what is not known.

Nothing is read from a database here. Each term says how well the person fits in one respect, from 0 to 1, and how much
it counts; the score is their weighted mean, of a hundred. Of what the record does not say nobody can know: such a term
counts `UNKNOWN` and asks a question instead. Only what the job asks for has a term. Names, pictures, ages, sexes and
origins are no part of it, and a score hides nobody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from candidates.services.gazetteer import Place, kilometers

# How much a term counts of which nothing is known: less than a fit, more than none.
UNKNOWN = 0.4
# A skill near the one that is asked for.
RELATED = 0.5
# A skill that nobody has confirmed yet.
UNCONFIRMED = 0.9
# By how many levels somebody is off.
OFF_BY = (1.0, 0.6, 0.3)
_LEVELS = (
    (5, ("chief", "cto", "ceo", "cfo", "coo", "vp", "vice president", "head", "director")),
    (4, ("lead", "principal", "staff", "manager", "teamlead")),
    (3, ("senior", "sr", "expert")),
    (1, ("junior", "jr", "intern", "trainee", "graduate", "working student", "apprentice")),
)
_SPOKEN = {"a1": 0.2, "a2": 0.3, "b1": 0.5, "b2": 0.8, "c1": 1.0, "c2": 1.0, "native": 1.0}


@dataclass(frozen=True)
class SkillWanted:
    """A skill of the job; `related` are the ids of skills near it, with their names."""

    skill: int
    name: str
    is_must: bool
    related: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """What a job asks for, and how much each thing counts."""

    job: int
    skills: tuple[SkillWanted, ...] = ()
    seniority: int | None = None
    place: Place | None = None
    within_km: int = 50
    working: str = ""
    languages: tuple[tuple[str, str], ...] = ()
    starts_by: date | None = None
    weights: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SkillHeld:
    is_confirmed: bool
    is_stale: bool


@dataclass(frozen=True)
class Facts:
    """What a record says of one person, as far as a job may ask for it."""

    pk: int
    called: str
    headline: str = ""
    skills: dict[int, SkillHeld] = field(default_factory=dict)
    city: str = ""
    country: str = ""
    latitude: float | None = None
    longitude: float | None = None
    working: str = ""
    languages: dict[str, str] = field(default_factory=dict)
    starts_on: date | None = None
    past: str = ""
    past_worth: float | None = None


@dataclass(frozen=True)
class Term:
    """One respect: what it is about, why it fits so well (0 to 1, None: not known), and how much it counts."""

    label: str
    reason: str
    weight: int
    fit: float | None
    question: str = ""

    @property
    def percent(self) -> int:
        return round(100 * (UNKNOWN if self.fit is None else self.fit))


def score_of_terms(terms: Sequence[Term]) -> int | None:
    """The score, 0 to 100, that these terms add up to; None where the job asks for nothing that counts.

    Of whole percents, as they are shown: whoever adds them up gets the same.
    """
    whole = sum(term.weight for term in terms)
    return round(sum(term.weight * term.percent for term in terms) / whole) if whole else None


def terms_of(facts: Facts, wanted: Wanted) -> tuple[Term, ...]:
    """The terms of one person, those that count most first."""
    found = [
        *(_skill(facts, one, wanted) for one in wanted.skills),
        *_seniority(facts, wanted),
        *_place(facts, wanted),
        *_working(facts, wanted),
        *_languages(facts, wanted),
        *_start(facts, wanted),
        *_past(facts, wanted),
    ]
    return tuple(sorted((term for term in found if term.weight), key=lambda term: -term.weight))


def _skill(facts: Facts, one: SkillWanted, wanted: Wanted) -> Term:
    weight = wanted.weights["must" if one.is_must else "nice"]
    held = facts.skills.get(one.skill)
    if held is not None:
        question = f"Is {facts.called}’s {one.name} still fresh?" if held.is_stale else ""
        reason = "confirmed" if held.is_confirmed else "on the record, not confirmed"
        return Term(one.name, reason, weight, 1.0 if held.is_confirmed else UNCONFIRMED, question)
    near = sorted(name for skill, name in one.related.items() if skill in facts.skills)
    question = f"Does {facts.called} know {one.name}?"
    if near:
        return Term(
            one.name, f"not on the record, but {near[0]} is near it", weight, RELATED, question
        )
    return Term(one.name, "not on the record", weight, 0.0, question)


def level_of_title(title: str) -> int | None:
    """The seniority that a title says: 1 junior to 5 head; 2 where it says none; None without a title."""
    words = f" {' '.join(title.casefold().replace('.', ' ').replace(',', ' ').split())} "
    if not words.strip():
        return None
    return next(
        (level for level, names in _LEVELS if any(f" {name} " in words for name in names)), 2
    )


def _seniority(facts: Facts, wanted: Wanted) -> Iterable[Term]:
    if wanted.seniority is None:
        return
    level = level_of_title(facts.headline)
    if level is None:
        yield Term(
            "Seniority", "no title on the record", wanted.weights["seniority"], None,
            f"What does {facts.called} do at present?",
        )  # fmt: skip
        return
    off = abs(level - wanted.seniority)
    words = "as asked for" if not off else ("above" if level > wanted.seniority else "below")
    fit = OFF_BY[off] if off < len(OFF_BY) else 0.0
    yield Term("Seniority", f"“{facts.headline}”: {words}", wanted.weights["seniority"], fit)


def _place(facts: Facts, wanted: Wanted) -> Iterable[Term]:
    if wanted.place is None or wanted.working == "remote":
        return
    weight, place = wanted.weights["place"], wanted.place
    if facts.latitude is not None and facts.longitude is not None:
        way = kilometers(place.latitude, place.longitude, facts.latitude, facts.longitude)
        if way <= wanted.within_km:
            fit = 1.0
        elif way <= 2 * wanted.within_km:
            fit = 0.6
        else:
            fit = 0.3 if facts.country == place.country else 0.1
        yield Term("Place", f"{facts.city}, {way:,.0f} km from {place.name}", weight, fit)
    elif facts.country and facts.country != place.country:
        yield Term("Place", f"lives in {facts.country}, the job is in {place}", weight, 0.1)
    else:
        where = "town not known" if facts.country else "nothing on the record"
        yield Term("Place", where, weight, None, f"Could {facts.called} work in {place.name}?")


def _working(facts: Facts, wanted: Wanted) -> Iterable[Term]:
    if not wanted.working or wanted.working == "any":
        return
    weight = wanted.weights["working"]
    if not facts.working:
        yield Term(
            "Way of working", "nothing on the record", weight, None,
            f"Does {facts.called} want to work {wanted.working}?",
        )  # fmt: skip
    elif facts.working in {wanted.working, "any"}:
        yield Term("Way of working", f"wants {wanted.working}", weight, 1.0)
    else:
        near = "hybrid" in {facts.working, wanted.working}
        words = f"wants {facts.working}, the job is {wanted.working}"
        yield Term("Way of working", words, weight, 0.5 if near else 0.1)


def _languages(facts: Facts, wanted: Wanted) -> Iterable[Term]:
    for name, folded in wanted.languages:
        weight, level = wanted.weights["language"], facts.languages.get(folded)
        if level is None:
            yield Term(
                name, "nothing on the record", weight, None, f"Does {facts.called} speak {name}?"
            )
        elif not level:
            yield Term(
                name,
                "spoken, level not known",
                weight,
                0.7,
                f"How well is {facts.called}’s {name}?",
            )
        else:
            yield Term(name, f"level {level.upper()}", weight, _SPOKEN.get(level, 0.7))


def _start(facts: Facts, wanted: Wanted) -> Iterable[Term]:
    if wanted.starts_by is None:
        return
    weight = wanted.weights["start"]
    if facts.starts_on is None:
        yield Term(
            "Availability",
            "nothing on the record",
            weight,
            None,
            f"When could {facts.called} start?",
        )
        return
    late = facts.starts_on - wanted.starts_by
    fit = 1.0 if late <= timedelta() else (0.6 if late <= timedelta(days=45) else 0.2)
    yield Term("Availability", f"could start on {facts.starts_on:%-d %b %Y}", weight, fit)


def _past(facts: Facts, wanted: Wanted) -> Iterable[Term]:
    """Who was never considered has no term: it speaks neither for nor against them."""
    if facts.past_worth is not None:
        yield Term("Past processes", facts.past, wanted.weights["past"], facts.past_worth)

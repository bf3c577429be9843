"""Before people are put on a sequence: who is written to, who is not and why, who lacks data, and on which days."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Rows
from dataclasses import dataclass, field
from datetime import datetime

from campaigns import clock
from campaigns.models import Sequence
from campaigns.services import enrolling, foreseeing, opening, previewing
from campaigns.services.entering import CONTACTED
from campaigns.services.languages import language_name
from campaigns.services.opening import FirstMail
from campaigns.services.plans import Plan
from campaigns.services.previewing import FILLABLE
from candidates.models import Candidate, CompanyRule
from candidates.queries.company_rules import concerns_of
from candidates.services.candidates import edit_candidate
from crm.accounts.models import User
from crm.tenancy.bulk import among

NAMES_SHOWN = 20
# So many who lack data are listed, with a box to fill each value in.
LACKING_SHOWN = 50
SAMPLES = 5
# Whoever was contacted lately is one group, whenever and by whomever it was.
SOFT_REASON = "Was contacted lately."


@dataclass
class Refusal:
    """One reason, and the people it keeps out, each with what is special about them."""

    reason: str
    people: list[tuple[Candidate, str]] = field(default_factory=list)
    count: int = 0
    # Whether the recruiter may decide otherwise.
    is_soft: bool = False

    @property
    def hidden(self) -> int:
        return self.count - len(self.people)


@dataclass(frozen=True)
class Missing:
    """A person who lacks values that a mail needs; each as merge field, label, and whether it is filled in here."""

    candidate: Candidate
    fields: list[tuple[str, str, bool]]


@dataclass
class Preflight:
    """What enrolling would do now."""

    sequence: Sequence
    enrolled: int
    refusals: list[Refusal]
    # The first of them.
    missing: list[Missing]
    missing_count: int
    # None: it takes longer than the page may, which asks for it once it is open.
    plan: Plan | None
    samples: list[Candidate]
    # With how many of them the days ahead were played through.
    played: int
    # When this was so, and whether that is past: the page may be opened again and again.
    at: datetime
    is_kept: bool = False
    # What to know of some who are written to all the same.
    warnings: list[Refusal] = field(default_factory=list)
    # How many are written to in which language, by code; empty where no mail is in several.
    languages: Mapping[str, int] = field(default_factory=dict)
    # Of a few what each gets first; none of many.
    first_mails: list[FirstMail] = field(default_factory=list)

    @property
    def in_languages(self) -> list[tuple[str, int]]:
        """The languages by name with their numbers, the most frequent first, the common text last."""
        found = sorted(self.languages.items(), key=lambda one: (not one[0], -one[1]))
        return [(language_name(code) or "the common text", count) for code, count in found]

    @property
    def left_out(self) -> int:
        return sum(refusal.count for refusal in self.refusals)

    @property
    def complete(self) -> int:
        """Who gets every mail as it stands."""
        return self.enrolled - self.missing_count

    @property
    def missing_hidden(self) -> int:
        return self.missing_count - len(self.missing)

    @property
    def not_played(self) -> int:
        return self.enrolled - self.played

    @property
    def reached_about(self) -> datetime | None:
        """When the first mail reaches the last one, if all go on at the pace of those who were played through."""
        if not self.plan or not self.plan.started_by or not self.played:
            return None
        try:
            return self.at + (self.plan.started_by - self.at) * (self.enrolled / self.played)
        except OverflowError:
            return None

    @property
    def soft(self) -> int:
        return sum(refusal.count for refusal in self.refusals if refusal.is_soft)


def preflight(
    sequence: Sequence,
    ids: list[int],
    *,
    viewer: User,
    despite_contact: bool = False,
    lines: Mapping[int, str] | None = None,
    patient: bool = False,
) -> Preflight:
    """Check `ids` and foresee the days ahead, in any case if somebody is `patient`; `lines` begin the first mails of
    these people. Changes nothing.
    """
    result = enrolling.check_candidates(sequence, ids, despite_contact=despite_contact)
    refused = {pk for pk, _ in result.refused}
    wanted = among(pk for pk in ids if pk not in refused)
    accepted = list(
        Candidate.objects.filter(pk__in=wanted)
        .defer("search_text", "provenance")
        .order_by("full_name", "pk")
    )
    missing = lacking(sequence, accepted)
    # The plan keeps the order in which they were chosen: that is the order they start in.
    place = {pk: number for number, pk in enumerate(ids)}
    return Preflight(
        sequence=sequence,
        enrolled=result.enrolled,
        refusals=_by_reason(result.refused),
        missing=missing[:LACKING_SHOWN],
        missing_count=len(missing),
        plan=foreseeing.foresee(
            sequence, sorted(accepted, key=lambda one: place[one.pk]), patient=patient
        ),
        samples=samples_of(accepted),
        played=len(accepted),
        at=clock.now(),
        warnings=_by_reason(warnings_of(accepted)),
        languages=previewing.count_languages(sequence.current_steps(), accepted),
        first_mails=opening.first_mails(sequence, accepted, lines or {}, viewer=viewer)
        if len(accepted) <= opening.MOST
        else [],
    )


def warnings_of(people: Iterable[Candidate]) -> list[tuple[int, str]]:
    """Of whom among those who are written to a company rule warns, and what it says; a person may be named several times."""
    return [
        (pk, concern.sentence)
        for pk, concerns in concerns_of(person.pk for person in people).items()
        for concern in concerns
        if concern.effect == CompanyRule.Effect.WARN
    ]


def lacking(sequence: Sequence, people: Iterable[Candidate]) -> list[Missing]:
    """Who of these people lacks a value that a mail needs."""
    steps = list(sequence.current_steps())
    found = previewing.find_missing(steps, people, sender=sequence.sender)
    return [Missing(candidate, fields) for candidate, fields in found.items()]


def samples_of(people: Rows[Candidate]) -> list[Candidate]:
    """Some of them from all over, to look at."""
    return list(people[:: max(1, len(people) // SAMPLES)][:SAMPLES])


def fill_in(values: Mapping[tuple[int, str], str], *, by: User) -> int:
    """Write values that were typed for people who lack them into their records; returns how many people."""
    typed: dict[int, dict[str, str]] = defaultdict(dict)
    for (candidate_id, name), value in values.items():
        if value.strip() and name in FILLABLE:
            typed[candidate_id][FILLABLE[name]] = value.strip()[:120]
    for candidate in Candidate.objects.filter(pk__in=typed):
        edit_candidate(candidate, by=by, **typed[candidate.pk])
    return len(typed)


def _by_reason(refused: list[tuple[int, str]]) -> list[Refusal]:
    """The refusals grouped, the most frequent reason first, each with its first names."""
    groups: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for pk, sentence in refused:
        is_soft = sentence.startswith(CONTACTED)
        groups[SOFT_REASON if is_soft else sentence].append((pk, sentence if is_soft else ""))
    return refusals_of({reason: (len(rows), rows[:NAMES_SHOWN]) for reason, rows in groups.items()})


def refusals_of(
    groups: Mapping[str, tuple[int, Rows[tuple[int, str]]]],
) -> list[Refusal]:
    """For each reason how many it keeps out and its first ids: with names, the most frequent first."""
    shown = [pk for _, rows in groups.values() for pk, _ in rows]
    people = Candidate.objects.in_bulk(shown)
    refusals = [
        Refusal(
            reason,
            [(people[pk], special) for pk, special in rows if pk in people],
            count,
            is_soft=reason == SOFT_REASON,
        )
        for reason, (count, rows) in groups.items()
    ]
    # By name where numbers are equal: of what was stored no order is kept.
    return sorted(refusals, key=lambda refusal: (-refusal.count, refusal.reason))

"""Matching people with a job: who is looked at, what their records say, the best fits first.

Every number is explained by the terms that add up to it (`scoring`), nobody is left out for a score,
and equal scores stand in an order that no name, id or date decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, QuerySet, Sum, Value, When

from candidates.models import (
    Candidate,
    CandidatePlace,
    CandidatePreference,
    CandidateSkill,
    PoolMembership,
    Skill,
    SpokenLanguage,
    TalentPool,
)
from candidates.queries import people_settings
from candidates.services.gazetteer import find_place
from candidates.services.identifying import fold
from candidates.services.skills.taxonomy import related
from crm.tenancy.bulk import among, among_texts
from crm.tenancy.models import Membership
from pipelines.models import Candidacy, Job, JobSkill, MatchCriteria, Stage
from pipelines.queries.proposals import Proposal, warn
from pipelines.services.matching.scoring import (
    Facts,
    SkillHeld,
    SkillWanted,
    Term,
    Wanted,
    score_of_terms,
    terms_of,
)

# So many people are scored at once; of more, those with the most of the wanted skills first.
MOST_SCORED = 500
_REACHED = {Stage.Kind.SCREEN: 0.5, Stage.Kind.INTERVIEW: 0.8, Stage.Kind.OFFER: 1.0}


@dataclass(frozen=True)
class Match:
    """One person: the score with its terms, what to ask, and what speaks against writing now (no part of the score)."""

    candidate: Candidate
    score: int | None
    terms: tuple[Term, ...]
    warnings: tuple[str, ...] = ()

    @property
    def questions(self) -> list[str]:
        return [term.question for term in self.terms if term.question]


@dataclass(frozen=True)
class Matches:
    """People matched with a job, the best fits first; `people` is how many there were to look at.

    So many of them, `before`, stand before these rows: they have more of the wanted skills on record.
    """

    rows: list[Match]
    people: int
    before: int = 0


def is_matching_on() -> bool:
    """Whether the organization wants scores at all."""
    return people_settings().shows_match


def criteria_of(job: Job) -> MatchCriteria:
    """What the job asks for beside skills; an unsaved row with the defaults if nobody said."""
    return MatchCriteria.objects.filter(job=job).first() or MatchCriteria(job=job)


def wanted_of(job: Job) -> Wanted:
    """What the job asks for, ready to be scored with: three queries."""
    criteria = criteria_of(job)
    rows = list(
        JobSkill.objects.filter(job=job).select_related("skill").order_by("need", "skill__name")
    )
    near = {row.skill_id: related(row.skill.shipped_as or row.skill.name) for row in rows}
    names = frozenset[str]().union(*near.values())
    ids = dict(
        Skill.objects.filter(shipped_as__in=among_texts(names)).values_list("shipped_as", "pk")
        if names
        else ()
    )
    skills = tuple(
        SkillWanted(
            row.skill_id,
            row.skill.name,
            row.need == JobSkill.Need.MUST,
            {ids[name]: name for name in near[row.skill_id] if name in ids},
        )
        for row in rows
    )
    weights = ("must", "nice", "seniority", "place", "working", "language", "start", "past")
    return Wanted(
        job=job.pk,
        skills=skills,
        seniority=criteria.seniority,
        place=find_place(job.place) if job.place else None,
        within_km=criteria.within_km,
        working=job.remote,
        languages=tuple((name, fold(name)) for name in criteria.languages),
        starts_by=criteria.starts_by,
        weights={name: getattr(criteria, f"{name}_weight") for name in weights},
    )


def people_of_pools(pools: Iterable[TalentPool]) -> "QuerySet[Candidate]":
    """Everybody in any of these pools."""
    members = PoolMembership.objects.filter(pool__in=list(pools), candidate=OuterRef("pk"))
    return Candidate.objects.filter(Exists(members))


def people_of_job_pools(job: Job) -> "QuerySet[Candidate]":
    """Everybody in the pools that the job looks into."""
    return people_of_pools(TalentPool.objects.filter(job_pools__job=job, archived_at=None))


def match_job(
    job: Job,
    people: "QuerySet[Candidate]",
    membership: Membership,
    *,
    first: int = 0,
    most: int = MOST_SCORED,
) -> Matches:
    """Match these people with the job, and warn as far as the member may know: a fixed number of queries.

    Of more than `most` people so many are scored: those among whom number `first` is, counted from the one with the
    most of the wanted skills on record; the last ones, where there are not as many. All are counted.
    """
    wanted = wanted_of(job)
    # Hired here and still here: not to be asked.
    free = people.exclude(candidacies__in=Candidacy.objects.filter(job=job, closed_at=None))
    count = free.count()
    before = min(first, max(0, count - 1)) // most * most
    ids = (
        _most_skilled(free, wanted, before, most)
        if count > most
        else list(free.values_list("pk", flat=True))
    )
    matches = match_people(wanted, ids)
    told = {match.candidate.pk: Proposal(match.candidate) for match in matches}
    warn(list(told.values()), job, membership)
    rows = [replace(match, warnings=tuple(told[match.candidate.pk].warnings)) for match in matches]
    return Matches(rows, count, before)


def _most_skilled(
    people: "QuerySet[Candidate]", wanted: Wanted, before: int, most: int
) -> list[int]:
    """`most` people after so many `before` them: who has the most of the wanted skills, musts first, then the warmest.

    Holders of such skills are found over the skills' index, and only where they do not suffice all others.
    """
    worth = Case(
        *(
            When(skill=one.skill, then=Value(wanted.weights["must" if one.is_must else "nice"]))
            for one in wanted.skills
        ),
        default=Value(0),
        output_field=IntegerField(),
    )
    asked = [one.skill for one in wanted.skills]
    held = CandidateSkill.objects.filter(skill__in=asked)
    ranked = (
        held.filter(candidate__in=people.values("pk"))
        .values("candidate")
        .annotate(points=Sum(worth), heat=Sum("candidate__heat") / Count("pk"))
        .order_by("-points", "-heat", "candidate")
    )
    ids = [row["candidate"] for row in ranked[before : before + most]]
    if len(ids) < most:
        after = 0 if ids else before - ranked.count()
        rest = people.exclude(Exists(held.filter(candidate=OuterRef("pk")))).order_by(
            "-heat", "-pk"
        )
        ids += rest.values_list("pk", flat=True)[after : after + most - len(ids)]
    return ids


def match_people(wanted: Wanted, candidate_ids: Sequence[int]) -> list[Match]:
    """Score these people, the best fits first: six queries, constant in people."""
    people = {
        person.pk: person
        for person in Candidate.objects.filter(pk__in=among(candidate_ids)).defer("search_text")
    }
    facts = facts_of(people, wanted)
    matches = []
    for pk, person in people.items():
        terms = terms_of(facts[pk], wanted)
        matches.append(Match(person, score_of_terms(terms), terms))
    return sorted(
        matches, key=lambda match: (-(match.score or 0), _lot(wanted.job, match.candidate.pk))
    )


def _lot(job: int, candidate: int) -> bytes:
    """Where somebody stands among equals: drawn anew for each job, and always the same there."""
    return blake2b(f"{job}:{candidate}".encode(), digest_size=8).digest()


def facts_of(people: dict[int, Candidate], wanted: Wanted) -> dict[int, Facts]:
    """What the records say of these people: five queries."""
    ids = list(people)
    asked = {one.skill for one in wanted.skills} | {
        skill for one in wanted.skills for skill in one.related
    }
    skills: dict[int, dict[int, SkillHeld]] = {}
    for row in CandidateSkill.objects.filter(candidate__in=among(ids), skill__in=asked):
        held = SkillHeld(row.is_verified, row.is_stale)
        skills.setdefault(row.candidate_id, {})[row.skill_id] = held
    places = {
        row.candidate_id: row for row in CandidatePlace.objects.filter(candidate__in=among(ids))
    }
    wishes = {
        row.candidate_id: row
        for row in CandidatePreference.objects.filter(candidate__in=among(ids))
    }
    spoken: dict[int, dict[str, str]] = {}
    rows = SpokenLanguage.objects.filter(candidate__in=among(ids)).order_by()
    for pk, name, level in rows.values_list("candidate", "normalized", "level"):
        spoken.setdefault(pk, {})[name] = level
    past = _past(ids, wanted.job)
    facts = {}
    for pk, person in people.items():
        place, wish = places.get(pk), wishes.get(pk)
        words, worth = past.get(pk, ("", None))
        facts[pk] = Facts(
            pk=pk,
            called=person.called,
            headline=person.headline,
            skills=skills.get(pk, {}),
            city=place.name if place else person.city,
            country=person.country or (place.country if place else ""),
            latitude=place.latitude if place else None,
            longitude=place.longitude if place else None,
            working=wish.remote if wish else "",
            languages=spoken.get(pk, {}),
            starts_on=wish.starts_on if wish else None,
            past=words,
            past_worth=worth,
        )
    return facts


def _past(ids: Sequence[int], job: int) -> dict[int, tuple[str, float]]:
    """How far these people came for other jobs: the furthest counts."""
    rows = (
        Candidacy.objects.filter(candidate__in=among(ids))
        .exclude(job=job)
        .filter(job__is_confidential=False)
        .values_list("candidate", "job__title", "stage__kind")
        .annotate(reached=_furthest())
    )
    found: dict[int, tuple[str, float]] = {}
    for pk, title, kind, reached in rows:
        if kind == Stage.Kind.HIRED:
            fact = (f"hired before, for {title}", 1.0)
        elif reached:
            name = Stage.Kind(_BY_RANK[reached]).label.lower()
            fact = (f"came to {name} for {title}", _REACHED[_BY_RANK[reached]])
        elif kind == Stage.Kind.REJECTED:
            fact = (f"rejected early for {title}", 0.2)
        else:
            continue
        if pk not in found or fact[1] > found[pk][1]:
            found[pk] = fact
    return found


_BY_RANK = {1: Stage.Kind.SCREEN, 2: Stage.Kind.INTERVIEW, 3: Stage.Kind.OFFER}


def _furthest() -> Case:
    """1 to 3 for a candidacy that once came to screen, interview, offer; 0 for one that came nowhere."""
    reached = [
        When(
            Exists(Candidacy.objects.filter(pk=OuterRef("pk"), stage_changes__to__kind=kind)),
            then=Value(rank),
        )
        for rank, kind in sorted(_BY_RANK.items(), reverse=True)
    ]
    return Case(*reached, default=Value(0), output_field=IntegerField())

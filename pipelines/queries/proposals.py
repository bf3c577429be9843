"""Whom a job's shortlist proposes, with the reasons, and what to know before acting.

People of the job's pools, those who came close on similar jobs, and whoever the query or the skills find. The
number of statements is the same for ten and for a thousand people. Nobody is left out for what we do not know:
an unknown place is a warning, not a filter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from candidates.models import (
    Candidate,
    CandidateSkill,
    CompanyRule,
    EmailAddress,
    PoolMembership,
    Snooze,
    Suppression,
)
from candidates.queries.company_rules import concerns_of
from candidates.services.identifying import fold
from candidates.services.suppressing import suppressed_reasons
from crm.tenancy.bulk import among
from crm.tenancy.models import Membership
from pipelines.models import Candidacy, Job, JobSkill, Stage, StageChange
from pipelines.queries.access import readable_candidacies, readable_jobs

# So many people are looked at from each way in, and so many are proposed.
MOST_LOOKED_AT = 1000
MOST_PROPOSED = 60
RECENTLY = timedelta(days=14)
# Whoever got so far and was then rejected came close.
CLOSE_KINDS = (Stage.Kind.INTERVIEW, Stage.Kind.OFFER)
# What each reason counts in the order of the list; skills decide, then how close somebody came before.
MUST, NICE, CLOSE, POOL = 4, 1, 5, 2
BLOCKING = frozenset({Suppression.Reason.OBJECTED, Suppression.Reason.ERASED})


@dataclass
class Proposal:
    """One person: why they are proposed, what speaks against writing now, and how they rank."""

    candidate: Candidate
    reasons: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    points: int = 0
    is_contactable: bool = True
    # How well the record fits what the job asks for, in percent; none where nobody wants scores.
    score: int | None = None


def propose(job: Job, membership: Membership, *, q: str = "") -> list[Proposal]:
    """Those who are not on the job yet, the most fitting first."""
    skills = {row.skill_id: row for row in job.job_skills.select_related("skill")}
    pools = _from_pools(job)
    close = _who_came_close(job, membership, skills)
    ids = {*pools, *close, *_found(q), *_skilled(skills)}
    ids -= set(Candidacy.objects.filter(job=job).values_list("candidate_id", flat=True))
    if q:
        ids &= set(_found(q, among_ids=ids))
    proposals = {
        person.pk: Proposal(person)
        for person in Candidate.objects.filter(pk__in=among(ids))
        .exclude(status__in=[Candidate.Status.HIRED])
        .select_related("owner")
        .defer("search_text", "provenance")
    }
    _say_skills(proposals, skills)
    for pk, proposal in proposals.items():
        if pk in close:
            proposal.reasons.append(f"Came close for {close[pk]}")
            proposal.points += CLOSE
        if pk in pools:
            proposal.reasons.append(f"In the pool {pools[pk]}")
            proposal.points += POOL
    ranked = sorted(proposals.values(), key=lambda one: (-one.points, one.candidate.pk))
    chosen = ranked[:MOST_PROPOSED]
    warn(chosen, job, membership)
    return chosen


def _from_pools(job: Job) -> dict[int, str]:
    rows = (
        PoolMembership.objects.filter(pool__job_pools__job=job, pool__archived_at=None)
        .order_by("-added_at", "-id")
        .values_list("candidate_id", "pool__name")
    )
    return dict(reversed(list(rows[:MOST_LOOKED_AT])))


def _who_came_close(
    job: Job, membership: Membership, skills: dict[int, JobSkill]
) -> dict[int, str]:
    """Rejected late on a job of the same title or with skills in common: to the job's name."""
    similar = (
        readable_jobs(membership)
        .exclude(pk=job.pk)
        .filter(Q(title__iexact=job.title) | Q(job_skills__skill__in=list(skills)))
    )
    reached = StageChange.objects.filter(
        candidacy__job__in=similar.values("pk"),
        candidacy__stage__kind=Stage.Kind.REJECTED,
        to__kind__in=CLOSE_KINDS,
    ).order_by("-at", "-id")
    rows = reached.values_list("candidacy__candidate", "candidacy__job__title")
    return dict(reversed(list(rows[:MOST_LOOKED_AT])))


def _found(q: str, *, among_ids: Iterable[int] | None = None) -> list[int]:
    words = fold(q).split()
    if not words:
        return []
    people = Candidate.objects.all()
    if among_ids is not None:
        people = people.filter(pk__in=among(among_ids))
    for word in words:
        people = people.filter(search_text__contains=word)
    return list(people.order_by("-pk").values_list("pk", flat=True)[:MOST_LOOKED_AT])


def _skilled(skills: dict[int, JobSkill]) -> list[int]:
    """Whoever has one of the skills that are a must."""
    musts = [pk for pk, row in skills.items() if row.need == JobSkill.Need.MUST]
    if not musts:
        return []
    rows = CandidateSkill.objects.filter(skill__in=musts).order_by("-candidate")
    return list(rows.values_list("candidate_id", flat=True)[:MOST_LOOKED_AT])


def _say_skills(proposals: dict[int, Proposal], skills: dict[int, JobSkill]) -> None:
    held: dict[int, set[int]] = {}
    rows = CandidateSkill.objects.filter(candidate__in=among(proposals), skill__in=list(skills))
    for candidate_id, skill_id in rows.values_list("candidate_id", "skill_id"):
        held.setdefault(candidate_id, set()).add(skill_id)
    musts = [pk for pk, row in skills.items() if row.need == JobSkill.Need.MUST]
    for pk, mine in held.items():
        has = [skills[skill].skill.name for skill in skills if skill in mine]
        must = sum(skill in mine for skill in musts)
        proposal = proposals[pk]
        proposal.points += MUST * must + NICE * (len(mine) - must)
        of = f" ({must} of {len(musts)} musts)" if musts else ""
        proposal.reasons.append(f"{', '.join(has)}{of}")


# Warnings


def warn(proposals: Sequence[Proposal], job: Job, membership: Membership) -> None:
    """Say of each what to know before adding or writing; a fixed number of statements for all."""
    people = {one.candidate.pk: one for one in proposals}
    _warn_of_reach(people)
    _warn_of_companies(people)
    _warn_of_snoozes(people)
    _warn_of_jobs(people, job, membership)
    now = timezone.now()
    for one in proposals:
        last = one.candidate.last_contacted_at
        if last and last > now - RECENTLY:
            days = (now - last).days
            ago = f"{days} days ago" if days > 1 else "yesterday" if days else "today"
            one.warnings.append(f"Contacted {ago}")
        if job.place and not one.candidate.place:
            one.warnings.append("Place unknown")


def _warn_of_reach(people: dict[int, Proposal]) -> None:
    addresses: dict[int, list[str]] = {pk: [] for pk in people}
    rows = EmailAddress.objects.filter(candidate__in=among(people))
    for row in rows.only("candidate_id", "normalized", "state"):
        if row.is_usable:
            addresses[row.candidate_id].append(row.normalized)
    suppressed = suppressed_reasons(
        ("email", address) for mine in addresses.values() for address in mine
    )
    for pk, one in people.items():
        said = [suppressed.get(("email", address), set()) for address in addresses[pk]]
        if one.candidate.status == Candidate.Status.DO_NOT_CONTACT:
            one.warnings.append("Do not contact")
        elif not addresses[pk]:
            one.warnings.append("No address that works")
        elif any(said):
            objected = any(reasons & BLOCKING for reasons in said)
            one.warnings.append("Objected to contact" if objected else "Unsubscribed or bounced")
        else:
            continue
        one.is_contactable = False


def _warn_of_companies(people: dict[int, Proposal]) -> None:
    for pk, concerns in concerns_of(people).items():
        people[pk].warnings += [concern.sentence for concern in concerns]
        if any(concern.effect == CompanyRule.Effect.BLOCK for concern in concerns):
            people[pk].is_contactable = False


def _warn_of_snoozes(people: dict[int, Proposal]) -> None:
    snoozed = Snooze.objects.filter(
        candidate__in=among(people), ended_at=None, candidate__status=Candidate.Status.NOT_NOW
    )
    for row in snoozed.select_related("reason"):
        because = f": {row.because}" if row.because else ""
        people[row.candidate_id].warnings.append(f"Not now until {row.until_on:%-d %b}{because}")
        people[row.candidate_id].is_contactable = False


def _warn_of_jobs(people: dict[int, Proposal], job: Job, membership: Membership) -> None:
    candidacies = (
        readable_candidacies(membership)
        .filter(candidate__in=among(people))
        .exclude(stage__kind=Stage.Kind.HIRED)
        .select_related("job", "stage", "rejection_reason")
        .order_by("-entered_stage_at", "-pk")
    )
    for row in candidacies:
        one = people[row.candidate_id]
        if row.closed_at is None:
            one.warnings.append(f"On {row.job} now: {row.stage}")
        elif row.job_id == job.pk:
            because = f", {row.rejection_reason}" if row.rejection_reason else ""
            one.warnings.append(f"Was on this job already: {row.stage}{because}")
        elif row.rejection_reason:
            one.warnings.append(f"Rejected for {row.job}: {row.rejection_reason}")

"""Tags and skills: words that are the same whatever their case or accents."""

from collections.abc import Iterable
from typing import TypeVar

from django.db import connection, transaction
from django.utils import timezone

from candidates.models import (
    Candidate,
    CandidateSkill,
    CandidateTag,
    Evidence,
    Label,
    Skill,
    Tag,
    Touchpoint,
)
from candidates.services.identifying import fold
from candidates.services.provenance import by_hand
from candidates.services.searching import refresh_search_text
from candidates.services.skills.resolving import skills_named
from candidates.services.timeline import add_touchpoints
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.scope import current_organization

AnyLabel = TypeVar("AnyLabel", bound=Label)


@transaction.atomic
def labels_named(model: type[AnyLabel], names: Iterable[str]) -> list[AnyLabel]:
    """The labels with these names, in their order; those that are new are made, with the spelling given."""
    spelled: dict[str, str] = {}
    for name in names:
        name = " ".join(name.split())[:60]
        if name:
            spelled.setdefault(fold(name)[:60], name)
    model.objects.bulk_create(
        [model(name=name, normalized=normalized) for normalized, name in spelled.items()],
        ignore_conflicts=True,
    )
    found = {
        label.normalized: label for label in model.objects.filter(normalized__in=list(spelled))
    }
    return [found[normalized] for normalized in spelled]


@transaction.atomic
def add_skill(candidate: Candidate, name: str, *, by: User) -> Skill:
    """Write down that the candidate can do this: the skill that the word means."""
    (skill,) = skills_named([name])
    CandidateSkill.objects.bulk_create(
        [
            CandidateSkill(
                candidate=candidate,
                skill=skill,
                evidence=Evidence.CONFIRMED,
                verified_at=timezone.now(),
                verified_by=by,
                **by_hand(by).as_columns(),
            )
        ],
        ignore_conflicts=True,
    )
    refresh_search_text([candidate.pk])
    record("candidate.skill_added", candidate, by=by, skill=skill.pk)
    return skill


@transaction.atomic
def remove_skill(candidate: Candidate, skill: Skill, *, by: User) -> None:
    """Strike the skill out."""
    candidate.candidate_skills.filter(skill=skill).delete()
    refresh_search_text([candidate.pk])
    record("candidate.skill_removed", candidate, by=by, skill=skill.pk)


@transaction.atomic
def tag_candidates(tag: Tag, candidate_ids: Iterable[int], *, by: User) -> list[int]:
    """Put the tag on those people who do not carry it; return who got it: what an Undo takes back."""
    with connection.cursor() as cursor:
        # Through the candidate table: row-level security leaves out ids of other organizations.
        cursor.execute(
            "INSERT INTO candidates_candidatetag (organization_id, tag_id, candidate_id)"
            " SELECT organization_id, %s, id FROM candidates_candidate"
            " WHERE organization_id = %s AND id = ANY(%s)"
            " ON CONFLICT (organization_id, candidate_id, tag_id) DO NOTHING RETURNING candidate_id",
            [tag.pk, current_organization().pk, list(candidate_ids)],
        )
        tagged = [candidate_id for (candidate_id,) in cursor.fetchall()]
    if tagged:
        add_touchpoints(tagged, Touchpoint.Kind.TAG, f"Tagged {tag.name}", actor=by)
        record("tag.added", tag, by=by, count=len(tagged))
    return tagged


@transaction.atomic
def untag_candidates(tag: Tag, candidate_ids: Iterable[int], *, by: User) -> int:
    """Take the tag off these people; return how many carried it."""
    rows = CandidateTag.objects.filter(tag=tag, candidate_id__in=list(candidate_ids))
    untagged = list(rows.values_list("candidate_id", flat=True))
    rows.delete()
    if untagged:
        add_touchpoints(untagged, Touchpoint.Kind.TAG, f"Untagged {tag.name}", actor=by)
        record("tag.removed", tag, by=by, count=len(untagged))
    return len(untagged)

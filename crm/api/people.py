"""Candidates and pools as the API tells them: nothing that the member's own pages would not show."""

from typing import Any

from django.utils import timezone

from candidates.models import Candidate, TalentPool
from candidates.queries import (
    PersonRow,
    custom_values_of,
    pools_of,
    skills_of,
    tags_of,
    visible_notes,
)
from candidates.queries.warmth import score_of
from candidates.services.exporting.people import plain_value
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.roles import READERS, Role
from crm.web.links import absolute
from pipelines.queries import candidacies_of

# What a record tells to everybody who may open it; the rest is for those who read all candidates.
_SHARED = ("full_name", "headline", "company", "city", "country")
_OWN = (
    *("preferred_name", "status", "lawful_basis", "salary_expectation"),
    *("created_at", "updated_at", "last_contacted_at", "last_replied_at"),
)
_VALUE = ("text", "number", "currency", "day", "yes")


def row_of(person: PersonRow) -> dict[str, Any]:
    """A row of the list."""
    owner = {"id": person.owner_id, "name": person.owner} if person.owner_id else None
    return {
        "id": person.pk,
        **{name: getattr(person, name) for name in _SHARED},
        "status": person.status,
        "owner": owner,
        "warmth": score_of(person.heat, timezone.now()),
        "next_due_on": person.next_due_on,
        "url": absolute(person.get_absolute_url()),
    }


def record_of(candidate: Candidate, membership: Membership) -> dict[str, Any]:
    """The record as far as the member reads it; a dozen queries whatever it holds."""
    told: dict[str, Any] = {
        "id": candidate.pk,
        **{name: getattr(candidate, name) for name in _SHARED},
        "url": absolute(candidate.get_absolute_url()),
        "skills": [row.skill.name for row in skills_of(candidate)],
        "links": list(candidate.links.order_by("pk").values_list("url", flat=True)),
        "candidacies": [
            {
                "id": card.pk,
                "job": {"id": card.job_id, "name": card.job.title},
                "stage": card.stage.name,
                "created_at": card.created_at,
                "closed_at": card.closed_at,
            }
            for card in candidacies_of(candidate, membership)
        ],
    }
    if membership.role in READERS:
        told |= _rest_of(candidate, membership)
    return told


def _rest_of(candidate: Candidate, membership: Membership) -> dict[str, Any]:
    by_rank = ("-is_primary", "pk")
    emails = candidate.emails.order_by(*by_rank).values("address", "is_primary", "state")
    notes = visible_notes(membership.user).filter(candidate=candidate).select_related("author")
    return {
        **{name: getattr(candidate, name) for name in _OWN},
        "source": candidate.source.name if candidate.source else None,
        "owner": _member(candidate.owner),
        "warmth": score_of(candidate.heat, timezone.now()),
        "emails": list(emails),
        "phones": list(candidate.phones.order_by(*by_rank).values("number", "is_primary")),
        "tags": [{"id": tag.pk, "name": tag.name} for tag in tags_of(candidate)],
        "pools": [{"id": row.pool_id, "name": row.pool.name} for row in pools_of(candidate)],
        "fields": _fields_of(candidate, Role(membership.role)),
        "notes": [
            {
                "id": note.pk,
                "body": note.body,
                "author": str(note.author) if note.author else "",
                "is_private": note.is_private,
                "created_at": note.created_at,
            }
            for note in notes.order_by("-created_at", "-pk")
        ],
    }


def _fields_of(candidate: Candidate, role: Role) -> list[dict[str, Any]]:
    told = []
    for held in custom_values_of(candidate.pk, role=role):
        kind = type(held.field).Kind(held.field.kind)
        values = []
        for value in held.values:
            columns = [getattr(value, name) for name in _VALUE]
            chosen = value.option.name if value.option else None
            member = value.member.email if value.member else None
            values.append(plain_value(kind, (*columns, chosen, member)))
        told.append({"key": held.field.key, "label": held.field.name, "values": values})
    return told


def pool_of(pool: Any) -> dict[str, Any]:
    """A pool as `page_of_pools` gives it."""
    found: TalentPool = pool
    return {
        "id": found.pk,
        "name": found.name,
        "description": found.description,
        "owner": _member(found.owner),
        "is_smart": found.is_smart,
        "people": pool.people,
        "new_people": pool.new_people,
        "url": absolute(found.get_absolute_url()),
    }


def _member(user: User | None) -> dict[str, Any] | None:
    return {"id": user.pk, "name": str(user)} if user else None

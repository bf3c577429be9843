"""Writing the timeline: one touchpoint for each thing that happened between us and a candidate."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models.functions import Greatest
from django.utils import timezone

from candidates.models import Candidate, Note, Touchpoint
from candidates.queries import CONTACT_KINDS
from crm.accounts.models import User
from crm.tenancy.bulk import array_of
from crm.tenancy.scope import current_organization

# What moves `last_replied_at`: a person answered, not a machine.
REPLY_KINDS = frozenset({Touchpoint.Kind.MAIL_RECEIVED})


def add_touchpoint(
    candidate: Candidate,
    kind: Touchpoint.Kind,
    summary: str,
    *,
    actor: User | None = None,
    body: str = "",
    note: Note | None = None,
    link: str = "",
    at: datetime | None = None,
    changes: list[list[str]] | None = None,
) -> Touchpoint:
    """Add an entry, and move the candidate's `last_contacted_at` or `last_replied_at` where it is one.

    `changes` are those of an edit: name of the field, value before, value after. A longer summary is cut: the timeline must not refuse what has already happened.
    """
    at = at or timezone.now()
    moved = {}
    if kind in CONTACT_KINDS:
        moved["last_contacted_at"] = Greatest("last_contacted_at", at)
    elif kind in REPLY_KINDS:
        moved["last_replied_at"] = Greatest("last_replied_at", at)
    if moved:
        Candidate.objects.filter(pk=candidate.pk).update(**moved)
    return Touchpoint.objects.create(
        candidate=candidate,
        kind=kind,
        summary=_one_line(summary),
        actor=actor,
        body=body,
        note=note,
        link=link,
        at=at,
        changes=changes or None,
    )


def add_touchpoints(
    candidate_ids: Sequence[int],
    kind: Touchpoint.Kind,
    summary: str,
    *,
    actor: User | None = None,
    link: str = "",
) -> None:
    """The same entry for many candidates, in one statement. Not for contacts and replies."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO candidates_touchpoint"
            " (organization_id, candidate_id, kind, at, actor_id, summary, body, link)"
            " SELECT %s, id, %s, %s, %s, %s, '', %s FROM unnest(%s::bigint[]) AS id",
            [
                current_organization().pk,
                kind,
                timezone.now(),
                actor.pk if actor else None,
                _one_line(summary),
                link,
                array_of(candidate_ids),
            ],
        )


def _one_line(summary: str) -> str:
    words = " ".join(summary.split())
    return words if len(words) <= 300 else f"{words[:299]}…"

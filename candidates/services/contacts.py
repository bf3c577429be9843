"""Contacts that happened outside Rapport, logged by hand: calls, messages, meetings."""

from datetime import datetime

from django.db import transaction
from django.db.models import DateTimeField, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from candidates.models import Candidate, ChangeSet, Touchpoint
from candidates.queries import CONTACT_KINDS
from candidates.services.editing import undoable
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

Kind = Touchpoint.Kind
BY_HAND = (Kind.CALL, Kind.TEXT, Kind.SOCIAL, Kind.MEETING)


class NotByHand(DomainError):
    def __init__(self) -> None:
        super().__init__("Only calls, messages and meetings are logged by hand.")


class NotYours(DomainError):
    def __init__(self) -> None:
        super().__init__("Only who logged this can remove it.")


@transaction.atomic
def log_contact(
    candidate: Candidate,
    *,
    kind: Touchpoint.Kind | str,
    summary: str,
    by: User,
    body: str = "",
    at: datetime | None = None,
) -> Touchpoint:
    """Put a call, message or meeting on the timeline: it counts as a contact."""
    if kind not in BY_HAND:
        raise NotByHand
    touchpoint = add_touchpoint(
        candidate, Kind(kind), summary, actor=by, body=body, at=at or timezone.now()
    )
    record("contact.logged", touchpoint, by=by, candidate=candidate.pk, kind=str(kind))
    return touchpoint


def remove_contact(touchpoint: Touchpoint, *, by: User) -> ChangeSet:
    """Take a contact off the timeline that one logged by mistake; the last contact moves back.

    It moves to the latest that is left there, or to what an import told of.
    """
    if touchpoint.actor_id != by.pk:
        raise NotYours
    if touchpoint.kind not in BY_HAND:
        raise NotByHand
    candidate = touchpoint.candidate
    title = f"Removed a {touchpoint.get_kind_display().lower()}".replace("linkedin", "LinkedIn")
    with undoable(candidate, title, models=[Touchpoint, Candidate], by=by) as change_set:
        record("contact.removed", touchpoint, by=by, candidate=candidate.pk)
        Touchpoint.objects.filter(pk=touchpoint.pk).delete()
        left = Touchpoint.objects.filter(candidate=candidate, kind__in=CONTACT_KINDS)
        latest = left.order_by("-at").values_list("at", flat=True).first()
        # The greatest of what there is: NULL only where both are.
        Candidate.objects.filter(pk=candidate.pk).update(
            last_contacted_at=Greatest(
                Value(latest, output_field=DateTimeField()), "imported_contact_at"
            )
        )
    return change_set

"""Leaving people alone until a day, with a reason; on that day they are back on somebody's list.

The one rule of the status: a snooze sets Not now, and its end sets back what the status was, unless
somebody has set another one meanwhile; that ends the snooze at once.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import transaction
from django.db.models import F, Func, JSONField, QuerySet, Value
from django.utils import timezone

from candidates.models import (
    Candidate,
    Notification,
    NotNowReason,
    Snooze,
    Task,
    Touchpoint,
)
from candidates.services.notifying import notify
from candidates.services.provenance import by_hand
from candidates.services.tasks import add_task
from candidates.services.timeline import add_touchpoints
from candidates.signals import candidates_snoozed
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.models import Membership
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError

NOT_NOW = Candidate.Status.NOT_NOW
BATCH = 500


class SnoozeInThePast(DomainError):
    def __init__(self) -> None:
        super().__init__("A snooze lasts at least until tomorrow. Choose a day that lies ahead.")


@transaction.atomic
def snooze_candidates(
    candidate_ids: Iterable[int],
    *,
    until: date,
    by: User,
    reason: NotNowReason | None = None,
    note: str = "",
) -> list[int]:
    """Leave these people alone until a day; return who is. Whoever must never be contacted is left out.

    Who is snoozed already gets the new day. Their running sequences pause.
    """
    if until <= timezone.localdate():
        raise SnoozeInThePast
    wanted = Candidate.objects.filter(pk__in=list(candidate_ids)).exclude(
        status=Candidate.Status.DO_NOT_CONTACT
    )
    ids = list(wanted.order_by("pk").values_list("pk", flat=True))
    candidates_snoozed.send(Snooze, candidate_ids=ids, until=until, by=by)
    people = list(
        wanted.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).only("status")
    )
    running = {one.candidate_id: one for one in _open().filter(candidate__in=ids)}
    _open().filter(candidate__in=ids).update(ended_at=timezone.now())
    Snooze.objects.bulk_create(
        Snooze(
            candidate=person,
            until_on=until,
            reason=reason,
            note=note.strip()[:200],
            status_before=_before(person, running.get(person.pk)),
            created_by=by,
        )
        for person in people
    )
    snoozed = [person.pk for person in people]
    _set_status(Candidate.objects.filter(pk__in=snoozed), NOT_NOW, by)
    because = ": ".join(filter(None, [reason.name if reason else "", note.strip()]))
    words = f"Not now until {until:%-d %b %Y}" + (f" · {because}" if because else "")
    add_touchpoints(snoozed, Touchpoint.Kind.STATUS, words, actor=by)
    record("candidate.snoozed", current_organization(), by=by, count=len(snoozed))
    return snoozed


def _before(person: Candidate, running: Snooze | None) -> str:
    """What a new snooze goes back to: of one that is prolonged, what the first one found."""
    if person.status == NOT_NOW and running:
        return running.status_before
    return Candidate.Status.NURTURING if person.status == NOT_NOW else person.status


def _open() -> QuerySet[Snooze]:
    return Snooze.objects.filter(ended_at=None)


def snooze_of(candidate: Candidate) -> Snooze | None:
    """The candidate's snooze, if it holds."""
    if candidate.status != NOT_NOW:
        return None
    found: Snooze | None = (
        _open().filter(candidate=candidate).select_related("reason", "created_by").first()
    )
    return found


@transaction.atomic
def wake_candidates(candidate_ids: Sequence[int], *, by: User | None) -> list[int]:
    """End the snoozes of these people before or on their day; return who is back."""
    list(
        Candidate.objects.filter(pk__in=list(candidate_ids))
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk")
    )
    back = [
        snooze.candidate_id
        for snooze in _open()
        .filter(candidate__in=list(candidate_ids), candidate__status=NOT_NOW)
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
        if _set_back(snooze, by)
    ]
    end_snoozes(candidate_ids)
    if back:
        add_touchpoints(back, Touchpoint.Kind.STATUS, "Back from snooze", actor=by)
        record("candidate.woken", current_organization(), by=by, count=len(back))
    return back


def _set_back(snooze: Snooze, by: User | None) -> int:
    person = Candidate.objects.filter(pk=snooze.candidate_id, status=NOT_NOW)
    return _set_status(person, snooze.status_before, by)


def _set_status(people: QuerySet[Candidate], status: str, by: User | None) -> int:
    entry = Value({"status": by_hand(by).as_json()}, output_field=JSONField())
    provenance = Func(F("provenance"), entry, arg_joiner=" || ", template="(%(expressions)s)")
    return people.update(status=status, provenance=provenance, updated_at=timezone.now())


def end_snoozes(candidate_ids: Sequence[int]) -> None:
    """The status says something else now: forget the day."""
    _open().filter(candidate__in=list(candidate_ids)).update(ended_at=timezone.now())


@transaction.atomic
def return_due(today: date | None = None) -> int:
    """Bring back whose day has come: a task for the owner, or who snoozed them. Safe to run twice."""
    due = list(
        _open()
        .filter(until_on__lte=today or timezone.localdate())
        .select_related("candidate__owner", "created_by", "reason")
        .order_by("pk")[:BATCH]
    )
    back = set(wake_candidates([snooze.candidate_id for snooze in due], by=None))
    for snooze in due:
        if snooze.candidate_id in back:
            _welcome(snooze)
    return len(due)


def _welcome(snooze: Snooze) -> None:
    person = snooze.candidate
    assignee = _first_member(person.owner, snooze.created_by)
    because = f" ({snooze.because})" if snooze.because else ""
    add_task(
        title=f"Ask {person.full_name} again{because}",
        candidate=person,
        assignee=assignee,
        due_on=snooze.until_on,
        origin=Task.Origin.SNOOZE,
    )
    notify(
        assignee,
        kind=Notification.Kind.RETURNED,
        text=f"{person} is back from snooze{because}",
        link=f"candidates/{person.pk}/",
        candidate=person,
    )


def _first_member(*users: User | None) -> User | None:
    """The first of these who is still here."""
    here = Membership.objects.filter(
        organization=current_organization(), user__in=[user for user in users if user]
    )
    members = set(here.filter(user__is_active=True).values_list("user", flat=True))
    return next((user for user in users if user and user.pk in members), None)

"""The worker's part: claim one outbox row, check for the last time, hand it over, record what happened.

Three short transactions round one provider call that happens outside any. A worker may die anywhere:
before the hand-over the row goes back to the queue; after it, whether the provider has the mail is
unknown, so the row becomes ambiguous and is never sent again by itself. The claim's moment tells a
slow worker that its row was meanwhile given to another.
"""

import logging
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db.models import Exists, OuterRef, Q

from campaigns import clock, faults
from campaigns.models import Enrollment, Message, MessageEvent, Sender, SendingRules, Sequence
from campaigns.outcomes import Fate, Outcome, of_opening_error, of_sending_error
from campaigns.services import (
    bouncing,
    candidacy_mails,
    composing,
    disclosing,
    enrolling,
    last_check,
    pacing,
    settling,
    sharing,
)
from campaigns.services.holding import note_hold
from campaigns.services.last_check import Kind, Never, PassOver, Wait
from campaigns.services.routing import Route, route_of
from campaigns.services.sending_rules import locked_rules
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 6
# Waits before tries 2 to 6: full jitter below these ceilings keeps six tries within 24 hours.
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (2, 10, 45, 180, 600))
State = Message.State


@dataclass(frozen=True)
class Claim:
    """One row, taken by this worker at this moment."""

    message_id: int
    claimed_at: datetime


@dataclass(frozen=True)
class Parcel:
    """What the provider call needs, read before it: it must not ask the database."""

    message: Message
    mail: EmailMultiAlternatives
    route: Route


@dataclass
class DeliveryReport:
    """What one turn did: how many mails ended in which state, and how many have to wait after all."""

    states: Counter[Message.State] = field(default_factory=Counter)
    not_now: int = 0

    @property
    def taken(self) -> int:
        return self.states.total() + self.not_now


def deliver_due(
    organization: Organization, *, limit: int = 25, seconds: float = 45
) -> DeliveryReport:
    """Send what is due in `organization`, up to a number and a time, so that others get their turn.

    Opens its own transactions: call it outside any organization, as tasks and commands do.
    """
    report = DeliveryReport()
    passed_over: set[int] = set()
    deadline = time.monotonic() + seconds
    with acting_in(organization):
        if pacing.organization_obstacle():
            return report
    while report.taken < limit and time.monotonic() < deadline:
        claim = _claim(organization, passed_over)
        if claim is None:
            break
        state = _send(organization, claim)
        if state is None:
            passed_over.add(claim.message_id)
            report.not_now += 1
        else:
            report.states[state] += 1
    return report


def _claim(organization: Organization, passed_over: set[int]) -> Claim | None:
    """Take one row that is due and may go: `queued` to `sending`, in a transaction of its own."""
    faults.reach("before claim")
    now = clock.now()
    with acting_in(organization, durable=True):
        # Without joins, so that the index on `due_at` is followed to the first row and no further.
        free = Sender.objects.filter(
            Q(blocked_until=None) | Q(blocked_until__lte=now), paused_at=None
        ).values_list("pk", flat=True)
        active = Sequence.objects.filter(state=Sequence.State.ACTIVE).values_list("pk", flat=True)
        running = Enrollment.objects.filter(
            pk=OuterRef("enrollment"), state=Enrollment.State.ACTIVE, sequence__in=list(active)
        )
        message = (
            Message.objects.filter(
                ~Q(pk__in=passed_over),
                # Nothing of the organization goes while its own cap is full.
                ~Exists(SendingRules.objects.filter(blocked_until__gt=now)),
                Q(enrollment=None) | Exists(running),
                due_at__lte=now,
                sender__in=list(free),
                direction=Message.Direction.OUT,
                state=State.QUEUED,
            )
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .order_by("due_at", "pk")
            .first()
        )
        if message is None:
            return None
        message.state = State.SENDING
        message.claimed_at = now
        message.handed_at = None
        message.attempts += 1
        message.save(update_fields=["state", "claimed_at", "handed_at", "attempts"])
    faults.reach("after claim")
    return Claim(message.pk, now)


def _send(organization: Organization, claim: Claim) -> Message.State | None:
    """Returns what the mail has become; None if it has to wait, or is not ours any more."""
    with acting_in(organization, durable=True):
        checked = _check(organization, claim)
    if not isinstance(checked, Parcel):
        return checked
    faults.reach("after check")
    outcome = hand_over(checked)
    faults.reach("before record")
    with acting_in(organization, durable=True):
        state = _record(claim, outcome)
    faults.reach("after record")
    return state


def _check(organization: Organization, claim: Claim) -> Parcel | Message.State | None:
    """The last check, in the same second as the sending; freezes what will be sent.

    Locks the enrollment first, as whoever takes in a reply does: a reply that came before is seen.
    """
    message = settling.lock(claim.message_id)
    if message is None or not _is_ours(message, claim):
        return None
    organization.refresh_from_db()
    kind = last_check.kind_of(message)
    verdict = last_check.check(message, kind)
    if isinstance(verdict, Never):
        return _cancel(message, verdict)
    if isinstance(verdict, PassOver):
        return _pass_over(message, verdict)
    if isinstance(verdict, Wait):
        _requeue(message)
        return None
    # The rules before the sender, always: caps of the whole organization are counted one after the other.
    rules = locked_rules()
    sender = (
        Sender.objects.select_for_update(of=("self",), no_key=True)
        .select_related("account")
        .get(messages=message.pk)
    )
    message.to_domain = composing.domain_of(message.to_address)
    pace = pacing.Pace(message, sender, rules, clock.now())
    because = pace.hold() or _write(message, sender)
    if because:
        _requeue(message, waits_for=because)
        return None
    return _wrap(message, kind, pace, organization)


def _write(message: Message, sender: Sender) -> str:
    """Give the mail of a step its words as they are now; returns what it lacks, for which it then waits."""
    enrollment = message.enrollment
    if enrollment is None or message.step is None:
        return ""
    before = composing.last_sent([enrollment]).get(enrollment.pk)
    written = composing.write(message, message.step, enrollment.candidate, sender, before=before)
    if not written.missing:
        if written.items or message.attempts > 1:
            sharing.note_shared(message, written.items, by=enrollment.enrolled_by)
        return ""
    enrolling.hold_for_data(enrollment, written.missing)
    note_hold(enrollment.waits_for, enrollment=enrollment, message=message)
    return enrollment.waits_for


def _wrap(message: Message, kind: Kind, pace: pacing.Pace, organization: Organization) -> Parcel:
    """Count a mail that goes, and freeze it as it goes."""
    sender, route = pace.sender, route_of(pace.sender)
    message.message_id = composing.message_id_of(message, sender)
    message.handed_at = pace.now
    message.handed_through = sender.account if route.knows_again else None
    message.waits_for = ""
    message.save()
    pace.count()
    notice = "" if kind is Kind.NOTICE else disclosing.carry(message, sender)
    links = sharing.track(message, counts_clicks=pace.rules.counts_clicks)
    mail = composing.compose(message, sender, organization, notice=notice, links=links)
    if kind is Kind.CANDIDACY:
        candidacy_mails.add_calendar(message, mail, backend=route.backend or "")
    return Parcel(message, mail, route)


def _is_ours(message: Message, claim: Claim) -> bool:
    return message.state == State.SENDING and message.claimed_at == claim.claimed_at


def _requeue(message: Message, *, waits_for: str = "") -> None:
    """Give the row back untried; what blocks it keeps it from being claimed at once again."""
    message.state = State.QUEUED
    message.attempts -= 1
    message.waits_for = waits_for[:200]
    message.save(update_fields=["state", "attempts", "waits_for", "due_at"])


def _cancel(message: Message, verdict: Never) -> Message.State:
    if verdict.is_open:
        settling.fail(message, verdict.problem)
        return State.FAILED
    message.state, message.problem = State.CANCELLED, verdict.problem
    message.save(update_fields=["state", "problem"])
    if message.enrollment and verdict.ends:
        enrolling.stop(message.enrollment, verdict.ends, reached=verdict.reached)
    return State.CANCELLED


def _pass_over(message: Message, verdict: PassOver) -> Message.State:
    message.state, message.problem, message.waits_for = State.CANCELLED, verdict.because, ""
    message.save(update_fields=["state", "problem", "waits_for"])
    if message.enrollment:
        note_hold(verdict.because, enrollment=message.enrollment, message=message)
        enrolling.go_on(message.enrollment)
    return State.CANCELLED


def hand_over(parcel: Parcel) -> Outcome:
    """The provider call. Opening apart from sending tells “never connected” from “unknown”."""
    mail, connection = parcel.mail, None
    try:
        connection = parcel.route.connect()
        connection.open()
    except Exception as error:
        _log(error)
        if connection:
            _close(connection)
        return of_opening_error(error)
    try:
        faults.reach("before hand-over")
        count = connection.send_messages([mail])
        faults.reach("after hand-over")
    except Exception as error:
        _log(error)
        return of_sending_error(error)
    finally:
        _close(connection)
    if not count:
        return Outcome(Fate.REFUSED, "The mail backend sent nothing.")
    provider_id = getattr(getattr(mail, "anymail_status", None), "message_id", None)
    return Outcome(Fate.ACCEPTED, provider_id=str(provider_id or ""))


def _close(connection: Any) -> None:
    try:
        connection.close()
    except Exception as error:
        _log(error)


def _log(error: Exception) -> None:
    # The text of the error may hold addresses.
    logger.warning("mail.handover_failed error=%s", type(error).__name__)


def _record(claim: Claim, outcome: Outcome) -> Message.State | None:
    """Write down what happened, unless somebody has settled the row meanwhile."""
    message = settling.lock(claim.message_id)
    if message is None or message.claimed_at != claim.claimed_at:
        return None
    if outcome.fate is Fate.ACCEPTED:
        message.provider_id = outcome.provider_id[:200]
        settling.settle_taken(message)
        return State(message.state)
    if message.state != State.SENDING:
        # The sweep or a report was faster. What is certain now does not undo what was planned since.
        return None
    if outcome.fate is Fate.UNKNOWN:
        settling.settle(message, State.AMBIGUOUS, problem=outcome.sentence)
        pacing.pause_if_unclear(message.sender_id)
    elif outcome.fate is Fate.BOUNCED:
        settling.fail(message, outcome.sentence, is_gone=True)
        bouncing.note_event(
            message, MessageEvent.Kind.BOUNCED, event_id=f"refused:{message.pk}:{message.attempts}"
        )
        bouncing.mark_bounced(message, message.to_address)
    elif outcome.fate is Fate.REFUSED:
        settling.fail(message, outcome.sentence)
        pacing.pause_if_refused(message.sender_id)
    elif outcome.fate is Fate.LOCKED_OUT:
        _retry_later(message, outcome, counts=False)
        pacing.pause(message.sender_id, because=outcome.sentence)
    elif message.attempts >= MAX_ATTEMPTS:
        settling.fail(message, f"Given up after {MAX_ATTEMPTS} tries. {outcome.sentence}")
    else:
        _retry_later(message, outcome, counts=True)
    return State(message.state)


def backoff(attempt: int) -> timedelta:
    """How long to wait after try `attempt`: anything below the ceiling, so that failures do not come back together."""
    ceiling = BACKOFF[min(attempt, len(BACKOFF)) - 1]
    return ceiling * random.random()  # noqa: S311 - spreads load, guards nothing


def _retry_later(message: Message, outcome: Outcome, *, counts: bool) -> None:
    """Not accepted for certain: back to the queue, which frees its place under the cap."""
    wait = backoff(message.attempts)
    if outcome.retry_after is not None:
        wait += timedelta(seconds=outcome.retry_after)
    message.handed_at = None
    if message.enrollment and message.enrollment.state == Enrollment.State.STOPPED:
        # It ended while the mail was with the provider: nobody would take it up again.
        message.state, message.waits_for = State.CANCELLED, ""
        message.problem = message.enrollment.ended_because
        message.save(update_fields=["state", "handed_at", "waits_for", "problem"])
        if message.sender_id:
            pacing.free_place(message.sender_id)
        return
    message.state = State.QUEUED
    if counts:
        message.due_at = clock.now() + wait
        message.waits_for = f"Try {message.attempts + 1} of {MAX_ATTEMPTS}. {outcome.sentence}"[
            :200
        ]
    else:
        message.attempts -= 1
    message.save(update_fields=["state", "handed_at", "due_at", "waits_for", "attempts"])
    if message.sender_id:
        pacing.free_place(message.sender_id)
    if message.sender_id and outcome.retry_after:
        # It is the sender's rate that the provider minds, not this one mail.
        pacing.slow_down(
            message.sender_id, seconds=outcome.retry_after, because="The provider asks for patience"
        )
    note_hold(
        message.waits_for or outcome.sentence,
        until=message.due_at,
        message=message,
        enrollment=message.enrollment,
    )

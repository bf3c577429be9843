"""Who may send now: an organization that may, and a sender within its window, cap and gap.

A sender's next free moment is kept in its row, so that it outlives broker and workers; the row's lock
makes parallel workers count one after the other.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from campaigns import clock
from campaigns.models import Enrollment, Message, MessageEvent, Sender, SendingRules
from campaigns.schedule import Window, next_open
from campaigns.services import guarding, limits, locating
from campaigns.services.holding import GOES, look_again, note_hold
from candidates.models import Notification
from candidates.services.notifying import admins, notify_all
from crm.audit.services import record
from crm.tenancy.models import Membership
from crm.tenancy.scope import current_organization

DAY = timedelta(hours=24)
ALL_PAUSED = "Sending is paused for the whole organization"
CAP = "The sender's cap of"
# The longest wait between two mails, as a multiple of the sender's gap.
LONGEST_GAP = 1.5
# So many mails of unknown fate in a row are no accident: the provider is in trouble.
UNCLEAR_IN_A_ROW = 5
# Nor so many that the server takes from nobody.
REFUSED_IN_A_ROW = 5
JUDGED_BY = timedelta(days=7)

_keeps_hours: ContextVar[bool] = ContextVar("keeps_hours", default=True)


@contextmanager
def at_any_hour() -> Iterator[None]:
    """Let mail go outside the senders' hours: for the local mode, where days pass at the press of a button."""
    token = _keeps_hours.set(False)
    try:
        yield
    finally:
        _keeps_hours.reset(token)


def organization_obstacle() -> str:
    """Why the organization being acted in sends nothing at all now; "" if it may send."""
    organization = current_organization()
    if organization.sending_paused_at or organization.closed_at:
        return ALL_PAUSED
    if not organization.postal_address.strip():
        # Commercial mail without one is unlawful in many places; no mail goes rather than such a one.
        return "The organization has no postal address yet: add it under Settings"
    return ""


class Pace:
    """Whether a locked mail may go `now`, its sender and the organization's rules locked; and what follows if it does.

    What is full says so in its row, and until when: then nothing more is taken up for it in vain.
    """

    def __init__(
        self, message: Message, sender: Sender, rules: SendingRules, now: datetime
    ) -> None:
        self.message, self.sender, self.rules, self.now = message, sender, rules, now
        self.of_organization = limits.of_organization(rules)
        self.of_sender = limits.of_sender(sender)
        self.of_domain = limits.of_domain(message.to_domain, rules)
        self.of_person = limits.of_person(message.candidate_id, rules)
        caps = [*self.of_organization, *self.of_sender]
        if message.enrollment and keeps_hours():
            caps += [*self.of_domain, *self.of_person]
        self.ledger = limits.MailLedger(caps, now)

    def hold(self) -> str:
        """Why the mail must wait; "" if it may go."""
        sender = self.sender
        if because := why_paused(sender) or why_blocked(sender, self.now):
            return because
        if _has_left(sender):
            because = f"{sender.user} has left the organization"
            pause(sender.pk, because=because)
            return f"The sender is paused: {because}"
        if full := self._wait_of(self.of_organization):
            return _block_organization(self.rules, sender, full)
        if full := self._wait_of(self.of_sender):
            return _block(sender, until=full.until, because=full.because)
        if self.message.enrollment is None or not keeps_hours():
            return ""
        return self._hold_step(self.message.enrollment)

    def count(self) -> None:
        """The mail is handed over: when is the next one's turn?"""
        self.ledger.count()
        if full := self._wait_of(self.of_organization):
            _block_organization(self.rules, self.sender, full)
        if full := self._wait_of(self.of_sender):
            _block(self.sender, until=full.until, because=full.because)
        elif self.sender.gap_seconds:
            # Not as regular as a machine, and never earlier than the gap.
            gap = self.sender.gap_seconds * random.uniform(1, LONGEST_GAP)  # noqa: S311
            self.sender.blocked_until = self.now + timedelta(seconds=gap)
            self.sender.blocked_because = f"One mail every {self.sender.gap_seconds} seconds"
            self.sender.save(update_fields=["blocked_until", "blocked_because"])

    def _wait_of(self, caps: list[limits.Cap]) -> limits.Wait | None:
        return limits.wait_of(caps, self.ledger, self.now)

    def _hold_step(self, enrollment: Enrollment) -> str:
        """Hours, domain and contact budget of the mail of a sequence; none of them binds a mail written by hand."""
        message, sender = self.message, self.sender
        person, sequence = enrollment.candidate, enrollment.sequence
        place = locating.locate_if_asked([person], [sequence], self.rules)[person.pk]
        hours = locating.hours_of(sequence, sender, place, self.rules)
        opens = next_open(self.now, hours.window, hours.quiet)
        if opens > self.now:
            return rest(message, sender, until=opens, because=outside(hours))
        if wait := self._wait_of(self.of_domain):
            others = Message.objects.filter(
                state=Message.State.QUEUED, to_domain=message.to_domain, due_at__lt=wait.until
            )
            others.exclude(enrollment=None).update(
                due_at=wait.until, waits_for=until_words(sender, wait.until, wait.because)
            )
        else:
            wait = self._wait_of(self.of_person)
        return rest(message, sender, until=wait.until, because=wait.because) if wait else ""


def why_paused(sender: Sender) -> str:
    return f"The sender is paused: {sender.paused_because}"[:200] if sender.paused_at else ""


def why_blocked(sender: Sender, now: datetime) -> str:
    """What keeps everything from going out from a sender for a while, as its row says; "" if nothing does."""
    if sender.blocked_until and sender.blocked_until > now:
        return until_words(sender, sender.blocked_until, sender.blocked_because)
    return ""


def why_full(rules: SendingRules, sender: Sender, now: datetime) -> str:
    """The same of all mail of the organization, which its own cap keeps back."""
    if rules.blocked_until and rules.blocked_until > now:
        caps = limits.of_organization(rules)
        return until_words(sender, rules.blocked_until, caps[0].because) if caps else ""
    return ""


def outside(hours: locating.Hours) -> str:
    return f"Outside the {'recipient' if hours.of_recipient else 'sender'}'s hours"


def keeps_hours() -> bool:
    """Whether mail keeps to hours and budgets now: always, but where days pass at the press of a button."""
    return _keeps_hours.get()


def rest(message: Message, sender: Sender, *, until: datetime, because: str) -> str:
    """Let a locked mail alone wait until a moment; returns the sentence that says so."""
    message.due_at = until
    sentence = until_words(sender, until, because)
    if message.waits_for != sentence:
        note_hold(because, until=until, enrollment=message.enrollment, message=message)
    return sentence


def _has_left(sender: Sender) -> bool:
    if sender.user_id is None:
        return False
    return not Membership.objects.filter(
        user=sender.user_id, user__is_active=True, organization=sender.organization_id
    ).exists()


def _block_organization(rules: SendingRules, sender: Sender, wait: limits.Wait) -> str:
    sentence = until_words(sender, wait.until, wait.because)
    if rules.blocked_until != wait.until:
        rules.blocked_until = wait.until
        rules.save(update_fields=["blocked_until"])
        note_hold(wait.because, until=wait.until)
    waiting = Message.objects.filter(state=Message.State.QUEUED, due_at__lte=wait.until)
    waiting.exclude(waits_for=sentence).update(waits_for=sentence)
    return sentence


def _block(sender: Sender, *, until: datetime, because: str) -> str:
    sentence = until_words(sender, until, because)
    if (sender.blocked_until, sender.blocked_because) != (until, because):
        sender.blocked_until, sender.blocked_because = until, because
        sender.save(update_fields=["blocked_until", "blocked_because"])
        note_hold(because, until=until, sender=sender)
    waiting = Message.objects.filter(sender=sender, state=Message.State.QUEUED, due_at__lte=until)
    waiting.exclude(waits_for=sentence).update(waits_for=sentence)
    return sentence


def slow_down(sender_id: int, *, seconds: int, because: str) -> None:
    """The provider asked for patience: nothing more is handed to it for so long, whatever is queued."""
    until = clock.now() + timedelta(seconds=seconds)
    sender = (
        Sender.objects.select_for_update(of=("self",), no_key=True).filter(pk=sender_id).first()
    )
    if sender and (sender.blocked_until is None or sender.blocked_until < until):
        _block(sender, until=until, because=because)


def until_words(sender: Sender, until: datetime, because: str) -> str:
    local = until.astimezone(Window.of(sender).zone)
    return f"{because}{GOES}{local:%a %d %b, %H:%M}"[:200]


def free(sender: Sender) -> None:
    """Forget when a sender is free again: its window, cap or gap was changed by hand."""
    Sender.objects.filter(pk=sender.pk).update(blocked_until=None, blocked_because="")
    now = clock.now()
    mails = Message.objects.filter(sender=sender, state=Message.State.QUEUED)
    look_again(mails, now)
    mails.filter(due_at__lte=now).update(waits_for="")
    let_ask_again(Enrollment.objects.filter(sequence__sender=sender), now)


def let_ask_again(enrollments: QuerySet[Enrollment], now: datetime) -> None:
    """Who was told to start later asks now: what they waited for has changed."""
    enrollments.filter(
        state=Enrollment.State.ACTIVE,
        started_at=None,
        next_at__gt=now,
        waits_for__contains=Enrollment.STARTS,
    ).update(next_at=now)


def free_place(sender_id: int) -> None:
    """A mail did not go after all: whoever waits for its place under a cap is looked at again."""
    # The rules before the sender, as whoever counts locks them.
    SendingRules.objects.exclude(blocked_until=None).update(blocked_until=None)
    Sender.objects.filter(pk=sender_id, blocked_because__startswith=CAP).update(
        blocked_until=None, blocked_because=""
    )


def pause(sender_id: int | None, *, because: str) -> None:
    """Stop a sender until somebody resumes it, once, however many mails fail."""
    if sender_id is None:
        return
    running = Sender.objects.filter(pk=sender_id, paused_at=None)
    if running.update(paused_at=clock.now(), paused_because=because[:200]):
        sender = Sender.objects.select_related("user").get(pk=sender_id)
        record("sender.paused", sender)
        notify_all(
            [sender.user, *admins()],
            kind=Notification.Kind.SENDER,
            text=f"The sender {sender.address} stopped: {because}",
            link="settings/senders/",
        )
        note_hold(f"The sender is paused: {because}", sender=sender)


def pause_if_unclear(sender_id: int | None) -> None:
    """Pause a sender whose latest mails all ended in doubt, before hundreds do."""
    latest = Message.objects.filter(sender=sender_id, handed_at__gt=clock.now() - DAY).order_by(
        "-handed_at"
    )
    states = list(latest.values_list("state", flat=True)[:UNCLEAR_IN_A_ROW])
    if states == [Message.State.AMBIGUOUS] * UNCLEAR_IN_A_ROW:
        pause(sender_id, because=f"{UNCLEAR_IN_A_ROW} mails in a row ended in doubt")


def pause_if_refused(sender_id: int | None) -> None:
    """Pause a sender whose latest mails were all refused: it can hardly be each of them, and there may be hundreds more."""
    tried = Message.objects.filter(
        sender=sender_id,
        claimed_at__gt=clock.now() - DAY,
        state__in=(Message.State.SENT, Message.State.AMBIGUOUS, Message.State.FAILED),
    )
    states = list(tried.order_by("-claimed_at").values_list("state", flat=True)[:REFUSED_IN_A_ROW])
    if states == [Message.State.FAILED] * REFUSED_IN_A_ROW:
        pause(sender_id, because=f"{REFUSED_IN_A_ROW} mails in a row were refused")


def pause_if_unwelcome(sender_id: int | None) -> None:
    """Pause a sender whose mails of a week bounce, or are called spam, more often than the limit."""
    if sender_id is None:
        return
    counts = Message.objects.filter(
        sender=sender_id, created_at__gt=clock.now() - JUDGED_BY
    ).aggregate(
        gone=Count(
            "pk", filter=Q(handed_at__isnull=False) | Q(state=Message.State.FAILED), distinct=True
        ),
        bounced=Count("pk", filter=Q(events__kind=MessageEvent.Kind.BOUNCED), distinct=True),
        complained=Count("pk", filter=Q(events__kind=MessageEvent.Kind.COMPLAINED), distinct=True),
    )
    because = guarding.broken_limit(**counts)
    if because:
        pause(sender_id, because=f"within a week {because}")

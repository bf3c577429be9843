"""Deciding about many mails at once that are in doubt, or were refused: exactly those that somebody has seen."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from campaigns.models import Enrollment, Message
from campaigns.queries import DOUBTFUL, doubtful_mails
from campaigns.services import permissions, reconciling, settling
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.bulk import among

State = Message.State
# So many at once; the others stand on the page after these.
MOST = 500
# Why something is not done to a mail, to go on after a number.
OTHERWISE = "decided about already, or tried again since"
HAS_LEFT = "to people who have left the sequence meanwhile, or are on one again"


@dataclass(frozen=True)
class Seen:
    """A mail as it stood on the page: taken up again since, it is another question."""

    pk: int
    taken: int

    def __str__(self) -> str:
        return f"{self.pk}-{self.taken}"


@dataclass
class Decided:
    """How many it was done to, and why not to the others."""

    done: int = 0
    left: Counter[str] = field(default_factory=Counter)


def waiting_for_a_word() -> dict[str, list[Seen]]:
    """By state, the newest mails that somebody must decide about; however many there are of the other."""
    mails = doubtful_mails().order_by("-created_at", "-pk").values_list("pk", "claimed_at")
    return {
        state: [seen_of(pk, claimed_at) for pk, claimed_at in mails.filter(state=state)[:MOST]]
        for state in DOUBTFUL
    }


def seen_of(pk: int, claimed_at: datetime | None) -> Seen:
    return Seen(pk, int(claimed_at.timestamp() * 1_000_000) if claimed_at else 0)


def read_seen(text: str) -> list[Seen]:
    """What `Seen` was written as, one after the other; whatever else stands there is none."""
    pairs = (word.partition("-") for word in text.split())
    found = [
        Seen(int(pk), int(taken))
        for pk, _, taken in pairs
        if pk.isdecimal() and taken.isdecimal() and len(pk) < 19
    ]
    return list(dict.fromkeys(found))[:MOST]


@transaction.atomic
def resend_all(seen: Iterable[Seen], *, state: Message.State, by: User) -> Decided:
    """Queue these again that are in this state still, and have not been taken up since they were seen."""
    decided, done = Decided(), []
    may_send: dict[int | None, bool] = {None: True}
    for mail in _lock(seen, {state}, decided):
        if mail.sender and mail.sender_id not in may_send:
            may_send[mail.sender_id] = permissions.may_send(mail.sender, by)
        if not may_send[mail.sender_id]:
            decided.left[f"from {mail.sender}, in whose name you may not send"] += 1
            continue
        try:
            reconciling.queue_again(mail, by=by)
        except reconciling.MustNotBeSent:
            decided.left[HAS_LEFT] += 1
        else:
            done.append(mail.pk)
    return _recorded("message.resent_all", decided, done, by=by)


@transaction.atomic
def mark_all_sent(seen: Iterable[Seen], *, by: User) -> Decided:
    """Settle these as sent that are in doubt still."""
    decided, done = Decided(), []
    for mail in _lock(seen, {State.AMBIGUOUS}, decided):
        settling.settle(mail, State.SENT)
        done.append(mail.pk)
    return _recorded("message.marked_all_sent", decided, done, by=by)


def _recorded(action: str, decided: Decided, done: list[int], *, by: User) -> Decided:
    decided.done = len(done)
    if done:
        record(action, by=by, mails=done)
    return decided


def _lock(
    seen: Iterable[Seen], states: Collection[Message.State], decided: Decided
) -> list[Message]:
    """The mails as they were seen, locked after the enrollments of their people: the order that everybody keeps."""
    taken = {one.pk: one for one in seen}
    outgoing = Message.objects.filter(direction=Message.Direction.OUT, pk__in=among(taken))
    people = among(outgoing.exclude(candidate=None).values_list("candidate", flat=True))
    enrollments = {
        one.pk: one
        for one in Enrollment.objects.filter(candidate__in=people)
        .select_related("sequence__sender", "candidate")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    }
    locked = (
        outgoing.select_related("step", "candidate", "sender__user", "member")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    found = []
    for mail in locked:
        # Whoever was merged meanwhile has other enrollments, which are not locked.
        is_held = mail.enrollment_id is None or mail.enrollment_id in enrollments
        if mail.state in states and is_held and seen_of(mail.pk, mail.claimed_at) == taken[mail.pk]:
            if mail.enrollment_id:
                mail.enrollment = enrollments[mail.enrollment_id]
            found.append(mail)
    if others := len(taken) - len(found):
        decided.left[OTHERWISE] += others
    return found

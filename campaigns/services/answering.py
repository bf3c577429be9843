"""What a recruiter makes of somebody's answer, in one click: each choice does all that follows from it."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from campaigns.inbound.intents import Intent
from campaigns.models import Enrollment, Message, Sequence
from campaigns.schedule import Window
from campaigns.services import bouncing, enrolling, timing
from campaigns.services.unsubscribing import unsubscribe_candidate
from candidates.models import Candidate, EmailAddress, NotNowReason, Task, Touchpoint
from candidates.services.identifying import normalize_email
from candidates.services.rows import save_row
from candidates.services.snoozing import snooze_candidates
from candidates.services.tasks import complete_tasks
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

# Wishes that have a time limit by law: the task that such a reply makes ends with these words.
WISHES: dict[str, str] = {
    Intent.REMOVE_ME: "seems to want no more mail",
    Intent.ERASE_ME: "seems to want their data deleted",
}
# Somebody waits for a word: whoever wants to talk, and whoever was so kind as to name somebody.
OWED = {Intent.INTERESTED, Intent.REFERRAL}


class NotAReply(DomainError):
    def __init__(self) -> None:
        super().__init__("This mail is no answer of a person whom you know.")


class AddressKnown(DomainError):
    def __init__(self) -> None:
        super().__init__("This address is on the record already.")


@dataclass(frozen=True, kw_only=True)
class Rest:
    """Until when somebody is left alone, why, and which sequence takes up the thread then."""

    until: date
    reason: NotNowReason | None = None
    sequence: Sequence | None = None


@transaction.atomic
def sort_reply(message: Message, intent: Intent, *, by: User, rest: Rest | None = None) -> Message:
    """Say what a received mail wants, and do it. Saying it again replaces the word; what was done stays done.

    `rest` goes with NOT_NOW. Everything but what is owed an answer (`OWED`) also closes the task that the reply
    made; what another reply wishes stays owed.
    """
    candidate = message.candidate
    if candidate is None or message.direction != Message.Direction.IN:
        raise NotAReply
    if rest and rest.sequence:
        # Before the enrollments, as whoever puts a sequence away or moves its people locks both.
        Sequence.objects.select_for_update(of=("self",), no_key=True).get(pk=rest.sequence.pk)
    enrolling.lock_running(candidate)
    message = Message.objects.select_for_update(of=("self",), no_key=True).get(pk=message.pk)
    message.intent, message.sorted_at, message.sorted_by = intent, timezone.now(), by
    message.save(update_fields=["intent", "sorted_at", "sorted_by"])
    add_touchpoint(
        candidate,
        Touchpoint.Kind.STATUS,
        f"Reply read as: {Message.Intent(intent).label.lower()}",
        actor=by,
    )
    if intent is Intent.NOT_NOW and rest:
        _let_rest(message, candidate, rest, by=by)
    elif intent in {Intent.REMOVE_ME, Intent.ERASE_ME}:
        unsubscribe_candidate(candidate, also=message.from_address, by=by)
    elif intent is Intent.WRONG_PERSON:
        bouncing.mark_wrong(candidate, message.from_address)
    if intent not in OWED:
        _close_tasks(candidate, by=by)
    record("reply.sorted", message, by=by, intent=str(intent))
    return message


def _let_rest(message: Message, candidate: Candidate, rest: Rest, *, by: User) -> None:
    """Snooze; a nurture sequence answers them on the first business day after, when they are back."""
    if rest.sequence:
        enrolled = enrolling.enroll(rest.sequence, [candidate.pk], by=by, despite_contact=True)
        if enrolled.refused:
            raise DomainError(
                f"{candidate} cannot go on “{rest.sequence}”: {enrolled.refused[0][1]}"
            )
    snooze_candidates([candidate.pk], until=rest.until, by=by, reason=rest.reason)
    if rest.sequence:
        # They may have been on it before: of those that run there is one.
        enrollment = Enrollment.objects.select_for_update(of=("self",), no_key=True).get(
            sequence=rest.sequence, candidate=candidate, state__in=enrolling.RUNNING
        )
        # Snoozing holds what runs. This one waits for its day instead.
        enrollment.state = Enrollment.State.ACTIVE
        enrollment.next_at = timing.after_rest(rest.until, Window.of(rest.sequence.sender))
        enrollment.waits_for = timing.rest_words(rest.until)
        enrollment.takes_up = message
        enrollment.save(update_fields=["state", "next_at", "waits_for", "takes_up"])


def _close_tasks(candidate: Candidate, *, by: User) -> None:
    waiting = Task.objects.filter(candidate=candidate, origin=Task.Origin.REPLY, done_at=None)
    unsorted = Message.objects.filter(
        candidate=candidate, direction=Message.Direction.IN, sorted_at=None
    )
    for wished in set(unsorted.values_list("suggested_intent", flat=True)) & WISHES.keys():
        waiting = waiting.exclude(title__endswith=WISHES[wished])
    complete_tasks(list(waiting.values_list("pk", flat=True)), by=by)


@transaction.atomic
def keep_address(message: Message, *, by: User) -> EmailAddress:
    """Put the address that a candidate wrote from on their record."""
    if message.candidate is None:
        raise NotAReply
    normalized = normalize_email(message.from_address) or ""
    if EmailAddress.objects.filter(candidate=message.candidate, normalized=normalized).exists():
        raise AddressKnown
    row = EmailAddress(candidate=message.candidate)
    save_row(row, by=by, address=message.from_address, state=EmailAddress.State.VALID)
    return row

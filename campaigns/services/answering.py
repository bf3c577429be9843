"""What a recruiter makes of somebody's answer, in one click: each choice does all that follows from it."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q
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
        bouncing.mark_wrong(candidate, _read_at(message, candidate))
    if intent not in OWED:
        _close_tasks(candidate, by=by)
    record("reply.sorted", message, by=by, intent=str(intent))
    return message


def _read_at(message: Message, candidate: Candidate) -> list[str]:
    """Where whoever wrote this gets the candidate's mail: where they write from, and where the mail went that it answers."""
    ids = f"{message.references} {message.in_reply_to}".split()
    bare = [identifier.strip("<>") for identifier in ids]
    sent = Message.objects.filter(
        candidate=candidate,
        direction=Message.Direction.OUT,
        handed_at__isnull=False,
        created_at__lte=message.created_at,
    ).order_by("-handed_at", "-pk")
    original = sent.filter(Q(message_id__in=ids) | Q(provider_id__in=[*ids, *bare])).first()
    if original is None and message.enrollment:
        original = sent.filter(enrollment=message.enrollment).first()
    return [message.from_address, *([original.to_address] if original else [])]


def _let_rest(message: Message, candidate: Candidate, rest: Rest, *, by: User) -> None:
    """Snooze; a nurture sequence answers them on the first business day after, when they are back."""
    if rest.sequence:
        # Who waits on it already only gets another day.
        waiting = rest.sequence.enrollments.filter(candidate=candidate, state__in=enrolling.RUNNING)
        wanted = [] if waiting.exists() else [candidate.pk]
        terms = enrolling.Admission(by, despite_contact=True, despite_rest=True)
        enrolled = enrolling.admit(rest.sequence, wanted, terms)
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
        day = timing.after_rest(rest.until, Window.of(rest.sequence.sender))
        # Snoozing holds what runs. This one waits for its day instead.
        enrollment.state, enrollment.stop_reason = Enrollment.State.ACTIVE, ""
        # A mail of it that is still to come goes on that day, and plans what follows.
        enrollment.next_at = None if enrolling.is_written_to(enrollment) else day
        enrollment.waits_for = timing.rest_words(rest.until)
        enrollment.takes_up = message
        enrollment.save(update_fields=["state", "stop_reason", "next_at", "waits_for", "takes_up"])
        enrollment.messages.filter(state=Message.State.QUEUED).update(
            due_at=day, waits_for=enrollment.waits_for
        )


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

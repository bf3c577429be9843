"""Mail that comes in: whose it is, whether a human wrote it, and what follows from that."""

import logging
import re
from dataclasses import replace
from datetime import timedelta
from functools import reduce
from hashlib import sha256
from operator import or_

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from campaigns import signing
from campaigns.inbound.bounces import in_words
from campaigns.inbound.classifying import (
    Writer,
    is_marked,
    is_report,
    tells_of_absence,
    who_wrote,
)
from campaigns.inbound.forwards import forwarded
from campaigns.inbound.intents import suggest_intent
from campaigns.inbound.parsing import Mail, parse
from campaigns.models import Enrollment, Mailbox, Message
from campaigns.services import enrolling, filing, reports, settling, stopping, threads
from campaigns.services.absences import take_automatic
from campaigns.services.addressing import Place, find_places
from campaigns.services.answering import WISHES
from campaigns.services.telling import answerer_of, tell_timeline, today
from campaigns.services.unsubscribing import unsubscribe_writer
from campaigns.signals import message_received
from candidates.models import Candidate, EmailAddress, Notification, Suppression, Task, Touchpoint
from candidates.services import suppressing
from candidates.services.identifying import normalize_email
from candidates.services.notifying import notify
from candidates.services.tasks import add_task
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from pipelines.services.interviews.replying import take_reply

logger = logging.getLogger(__name__)

# How long a mail that names no mail of ours still counts as an answer of somebody whom we wrote to.
ANSWER_WINDOW = timedelta(days=90)
_IDENTIFIER = re.compile(r"<[^<>\s]+>")


class UnknownRecipient(LookupError):
    """The mail is for none of the organizations here."""


def receive(raw: bytes, *, recipients: tuple[str, ...] = ()) -> Message | None:
    """Take in one mail as it came, word for word. Finds its organization itself: call it outside any.

    `recipients` are the envelope's, where they are known; else the headers' count. It comes into each conversation
    that it answers, once. Returns the stored message, the first of several, or None where nothing is kept (a bounce, an
    unsubscription, a calendar's answer, an erased person's mail); raises UnknownRecipient for somebody else's.
    Receiving the same mail again changes nothing: after an error it may come again.
    """
    mail = parse(raw, recipients=recipients)
    places = find_places(mail)
    if not places:
        logger.warning("mail.received_for_nobody recipients=%s", len(mail.recipients))
        raise UnknownRecipient
    taken = [_receive_at(place, mail, raw) for place in places]
    return next(filter(None, taken), None)


def _receive_at(place: Place, mail: Mail, raw: bytes) -> Message | None:
    with acting_in(place.organization):
        if _take_calendar(mail):
            return None
        filer = filing.member_behind(place.filed_by) if place.filed_by else None
        return _file(mail, place, raw, by=filer) if filer else _take_in(mail, place, raw)


def _file(mail: Mail, place: Place, raw: bytes, *, by: User) -> Message | None:
    """A copy that a member sent to their own address: of a mail that they wrote, or of one that they got.

    What somebody else wrote came by a rule of the member's mailbox, and is that person's mail.
    """
    if not filing.is_from_us(mail.from_address):
        return _take_in(mail, place, raw, since=None)
    people = filing.people_written_to(mail)
    if people:
        return filing.keep_sent(mail, people, message_id=_id_of(mail, raw), by=by)
    inner = forwarded(mail)
    if inner is None or filing.is_from_us(inner.from_address):
        filing.tell_nobody_known(mail, by=by)
        return None
    return _take_in(inner, place, raw, since=None)


def receive_from_mailbox(
    organization: Organization, raw: bytes, *, mailbox: Mailbox | None = None
) -> Message | None:
    """Take in one mail of a member's own mailbox, in the organization that it is read for.

    Kept only if its writer is a candidate there, or it answers a mail of this organization's: of anybody else's
    mail nothing is stored, not even that it came.
    """
    mail = parse(raw)
    if _take_calendar(mail):
        return None
    places = find_places(mail)
    here = [place for place in places if place.organization == organization]
    if places and not here:
        return None
    taken = []
    for found in here or [Place(organization)]:
        place = replace(found, mailbox=mailbox)
        is_answer = place.message_id is not None or who_wrote(mail) is Writer.BOUNCE
        if is_answer or _writer_known_to_us(mail, since=None):
            taken.append(_take_in(mail, place, raw, since=None))
    return next(filter(None, taken), None)


def _take_calendar(mail: Mail) -> bool:
    """Hand down what the calendar of an interviewer or a candidate answers; of its mail nothing is kept."""
    return bool(mail.calendar) and take_reply(mail.calendar, from_address=mail.from_address)


def _take_in(
    mail: Mail, place: Place, raw: bytes, *, since: timedelta | None = ANSWER_WINDOW
) -> Message | None:
    if signing.read_message_ids(mail.message_id):
        # Our own mail, forwarded back to us: no answer, whoever sent it.
        return None
    writer = who_wrote(mail)
    original = _original(mail, place, writer)
    if place.message_id and original is None:
        # We did write that mail, and have erased the person since.
        return None
    if writer is Writer.BOUNCE and original:
        reports.take_bounce(mail, original)
        return None
    if writer is Writer.BOUNCE and not reports.is_about_us(mail, place):
        logger.warning("mail.bounce_unmatched")
        return None
    if writer is Writer.COMPLAINT:
        reports.take_complaint(original, raw)
        return None
    if place.wants_out and original:
        unsubscribe_writer(original)
        return None
    message_id = _id_of(mail, raw)
    candidate = original.candidate if original else None
    # A report that names no mail of ours proves nothing, whoever seems to have written it.
    if original is None and writer is not Writer.BOUNCE:
        candidate = _writer_known_to_us(mail, since=since)
    if candidate is None and _is_erased(mail.from_address):
        return None
    if original and candidate and _is_from_us(mail, candidate):
        if writer is not Writer.HUMAN:
            return None
        return filing.keep_in_thread(mail, original, candidate, message_id=message_id)
    if original and original.state in settling.OPEN:
        _settle_arrived(original)
    # Before anything is read or written: a worker that checks the same enrollment waits, then sees it all.
    running = enrolling.lock_running(candidate) if candidate else []
    known = _known(message_id, candidate)
    if known and candidate and known.candidate_id is None:
        return _give(known, candidate, running, matched_by=place.matched_by or "sender")
    if known:
        _end_answered(known, original, running, writer)
        return known
    message = _store(mail, message_id, original, candidate, writer, place)
    if candidate is None:
        record("message.unmatched", message)
    elif writer is Writer.HUMAN:
        _take_answer(message, candidate, running)
    else:
        pauses = writer is Writer.AUTOMATIC
        take_automatic(message, candidate, running, pauses=pauses, is_sure=is_marked(mail))
    return message


def _settle_arrived(original: Message) -> None:
    """What somebody answers has arrived, whatever was in doubt."""
    locked = settling.lock(original.pk)
    if locked:
        settling.settle_taken(locked)


def _end_answered(
    known: Message, original: Message | None, running: list[Enrollment], writer: Writer
) -> None:
    """The mail is on the record already, and answers another sequence of the same person's too: that one ends as well."""
    answered = original.enrollment_id if original else None
    if writer is not Writer.HUMAN or answered in {None, known.enrollment_id}:
        return
    ending = [one.pk for one in running if one.pk == answered and one.sequence.stops_on_reply]
    if enrolling.end(ending, Enrollment.StopReason.REPLIED):
        record("message.received", known, stopped=len(ending))


def _id_of(mail: Mail, raw: bytes) -> str:
    """Its Message-ID, or one made of what it is."""
    return mail.message_id or f"<{sha256(raw).hexdigest()}@received>"


def _known(message_id: str, candidate: Candidate | None) -> Message | None:
    """The same mail taken in before: for this person, or for nobody yet. What it is for others is another mail."""
    received = Message.objects.select_for_update(of=("self",), no_key=True)
    same = received.filter(direction=Message.Direction.IN, message_id=message_id)
    if candidate:
        same = same.filter(Q(candidate=candidate) | Q(candidate=None))
    known: Message | None = same.order_by(F("candidate").asc(nulls_last=True)).first()
    return known


def _original(mail: Mail, place: Place, writer: Writer) -> Message | None:
    """The mail of ours that this one answers, or reports on."""
    sent = Message.objects.filter(direction=Message.Direction.OUT).select_related(
        "candidate", "enrollment__sequence__owner", "sender"
    )
    if place.message_id:
        by_reference: Message | None = sent.filter(pk=place.message_id).first()
        return by_reference
    # Some providers put their own Message-ID on our mails; it came back with their acceptance.
    ids = f"{mail.references} {mail.in_reply_to}".split()
    if writer is Writer.BOUNCE:
        ids += _IDENTIFIER.findall(mail.enclosed)
    bare = [identifier.strip("<>") for identifier in ids]
    if not ids:
        return None
    named = sent.filter(Q(provider_id__in=[*ids, *bare]) | Q(message_id__in=ids))
    # Not sorted by the database: it would read all mails in their order until it met one of these.
    return min(named, key=lambda message: message.pk, default=None)


def _is_from_us(mail: Mail, candidate: Candidate) -> bool:
    """Whether one of us wrote into the candidate's thread; a member may be the candidate themselves."""
    normalized = normalize_email(mail.from_address) or ""
    is_theirs = EmailAddress.objects.filter(candidate=candidate, normalized=normalized).exists()
    return not is_theirs and filing.is_from_us(mail.from_address)


def _writer_known_to_us(mail: Mail, *, since: timedelta | None) -> Candidate | None:
    """Somebody who writes to us without answering a certain mail; with `since` only whom we wrote to lately, or who is
    on a sequence."""
    email: EmailAddress | None = (
        EmailAddress.objects.filter(normalized=normalize_email(mail.from_address) or "")
        .select_related("candidate")
        .first()
    )
    if email is None or since is None:
        return email.candidate if email else None
    written = Message.objects.filter(
        candidate=email.candidate_id,
        direction=Message.Direction.OUT,
        handed_at__gt=timezone.now() - since,
    )
    running = Enrollment.objects.filter(candidate=email.candidate_id, state__in=enrolling.RUNNING)
    return email.candidate if written.exists() or running.exists() else None


def _is_erased(address: str) -> bool:
    return suppressing.is_suppressed("email", address, reasons=[Suppression.Reason.ERASED])


def _store(
    mail: Mail,
    message_id: str,
    original: Message | None,
    candidate: Candidate | None,
    writer: Writer,
    place: Place,
) -> Message:
    matched_by = place.matched_by or ("provider" if original else "sender" if candidate else "")
    text = f"{in_words(mail.statuses)}\n\n{mail.text}".strip()
    if mail.attachments:
        text = f"{text}\n\n[Attached, not kept: {', '.join(mail.attachments)}]".strip()
    message = Message(
        direction=Message.Direction.IN,
        state=Message.State.RECEIVED,
        candidate=candidate,
        enrollment=original.enrollment if original else None,
        sender=original.sender if original else None,
        from_address=mail.from_address,
        to_address=next(iter(mail.recipients), "")[:254],
        subject=mail.subject[:300],
        body_text=text,
        body_html=mail.html,
        message_id=message_id,
        in_reply_to=mail.in_reply_to,
        references=mail.references,
        is_automatic=writer is not Writer.HUMAN,
        suggested_intent=(suggest_intent(mail.text) or "") if writer is Writer.HUMAN else "",
        matched_by=matched_by,
        member=place.mailbox.user if place.mailbox else None,
    )
    begins_private = bool(place.mailbox and place.mailbox.begins_private)
    readers = threads.join(message, after=original, begins_private=begins_private)
    message.save()
    threads.let_read([message], readers)
    return message


def _take_answer(message: Message, candidate: Candidate, running: list[Enrollment]) -> None:
    """A human answered: what stops on that stops, and somebody answers."""
    ending = stopping.ended_by(message, running)
    enrolling.end([enrollment.pk for enrollment in ending], Enrollment.StopReason.REPLIED)
    tell_timeline(message, candidate, Touchpoint.Kind.MAIL_RECEIVED, running)
    normalized = normalize_email(message.from_address) or ""
    theirs = EmailAddress.objects.filter(candidate=candidate, normalized=normalized)
    is_known = theirs.exists()
    # Who reads there in the person's stead may write once more.
    theirs.exclude(state=EmailAddress.State.WRONG).update(state=EmailAddress.State.VALID)
    title = f"Answer {candidate.full_name}"
    wish = WISHES.get(message.suggested_intent, "")
    if wish:
        title = f"{candidate.full_name} {wish}"
    elif not is_known:
        title += f", who wrote from {message.from_address}"
    answerer = answerer_of(message, candidate, running)
    _give_task(title, candidate, answerer, wish=wish)
    notify(
        answerer,
        kind=Notification.Kind.REPLY,
        text=f"{candidate} replied{_about(message)}{_going_on(running, ending)}",
        link=f"candidates/{candidate.pk}/",
        candidate=candidate,
    )
    record("message.received", message, stopped=len(ending))
    message_received.send(Message, message=message)


def _give_task(title: str, candidate: Candidate, assignee: User | None, *, wish: str = "") -> None:
    """One open task for all answers of a person, and one of its own for each wish."""
    waiting = Task.objects.filter(candidate=candidate, origin=Task.Origin.REPLY, done_at=None)
    of_wishes = [Q(title__endswith=one) for one in ([wish] if wish else WISHES.values())]
    is_wish = reduce(or_, of_wishes)
    if not waiting.filter(is_wish if wish else ~is_wish).exists():
        add_task(
            title=title,
            candidate=candidate,
            assignee=assignee,
            due_on=today(),
            origin=Task.Origin.REPLY,
        )


def _about(message: Message) -> str:
    if message.is_private:
        return " in a private thread"
    return f": {message.subject or 'without a subject'}"


def _going_on(running: list[Enrollment], ending: list[Enrollment]) -> str:
    """What does not stop on the answer: whoever answers knows that more mail follows."""
    names = [f"“{one.sequence}”" for one in running if one not in ending]
    return f" · {', '.join(names)} {'goes' if len(names) == 1 else 'go'} on" if names else ""


@transaction.atomic
def match(message: Message, candidate: Candidate, *, by: User) -> Message:
    """Give an unmatched mail to a candidate, from the triage list: as if it had been matched at once."""
    running = enrolling.lock_running(candidate)
    locked: Message = Message.objects.select_for_update(of=("self",), no_key=True).get(
        pk=message.pk
    )
    if locked.candidate_id is None:
        _give(locked, candidate, running, matched_by="hand")
        record("message.matched", locked, by=by)
    return locked


def _give(
    message: Message, candidate: Candidate, running: list[Enrollment], *, matched_by: str
) -> Message:
    """Let a locked mail that was nobody's be the candidate's, with all that follows from it."""
    message.candidate, message.matched_by = candidate, matched_by
    readers = threads.join(message)
    message.save(update_fields=["candidate", "matched_by", "is_private", "member"])
    threads.let_read([message], readers)
    if not message.is_automatic:
        _take_answer(message, candidate, running)
    elif is_report(message.subject):
        reports.take_given(message, candidate)
        tell_timeline(message, candidate, Touchpoint.Kind.AUTO_REPLY, running)
    else:
        pauses = tells_of_absence(message.subject, message.body_text)
        take_automatic(message, candidate, running, pauses=pauses)
    return message

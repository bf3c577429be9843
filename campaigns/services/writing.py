"""One mail to one person, written by hand: through the same outbox as everything else."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from campaigns.models import Message, Sender, Template
from campaigns.services import (
    composing,
    enrolling,
    markup,
    permissions,
    rendering,
    sharing,
    threads,
)
from campaigns.services.reaching import address_for
from candidates.models import Candidate
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

# How long after the first a second one like it is the same form sent again.
SENT_TWICE = timedelta(minutes=10)


class CannotWrite(DomainError):
    """The person must not be written to, or the text is not ready."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What is written: `answers` is the mail of theirs that it answers."""

    sender: Sender
    subject: str
    body: str
    answers: Message | None = None
    template: Template | None = None


@transaction.atomic
def write_mail(candidate: Candidate, letter: Letter, *, by: User) -> Message:
    """Queue a mail; it leaves as soon as the sender may send. Raises CannotWrite with the reason.

    A form that is sent twice writes it once: the mail that is there already comes back.
    """
    permissions.refuse_others(letter.sender, by)
    enrolling.lock_running(candidate)
    Candidate.objects.select_for_update(of=("self",), no_key=True).filter(pk=candidate.pk).first()
    answers = letter.answers if _is_theirs(letter.answers, candidate) else None
    address = address_for(candidate, answers=answers)
    if address.obstacle:
        raise CannotWrite(f"{candidate}: {address.obstacle}")
    subject = rendering.render(letter.subject, candidate, sender=letter.sender)
    body = rendering.render(letter.body, candidate, sender=letter.sender, quote=markup.quote)
    missing = dict.fromkeys([*subject.missing, *body.missing])
    if missing:
        raise CannotWrite(f"There is no value for {', '.join(missing)}. Write it into the text.")
    message = Message(
        direction=Message.Direction.OUT,
        state=Message.State.QUEUED,
        candidate=candidate,
        sender=letter.sender,
        template=letter.template,
        from_address=letter.sender.address,
        to_address=address.address,
        subject=" ".join(subject.text.split())[: composing.SUBJECT_LENGTH],
        body_text=markup.to_plain(body.text),
        body_html=markup.to_html(body.text),
        due_at=timezone.now(),
        member=by,
    )
    if answers:
        chain = [*answers.references.split(), answers.message_id][-10:]
        message.in_reply_to = answers.message_id
        message.references = " ".join(dict.fromkeys(filter(None, chain)))
    if same := _written_already(message):
        return same
    readers = threads.join(message, after=answers)
    message.save()
    threads.let_read([message], readers)
    sharing.note_shared(message, body.items, by=by)
    record("mail.written", message, by=by, is_answer=answers is not None)
    return message


def _written_already(message: Message) -> Message | None:
    """The same words from the same member to the same person, some minutes ago: nobody means to say them twice."""
    failed = (Message.State.CANCELLED, Message.State.FAILED)
    written = Message.objects.exclude(state__in=failed)
    same: Message | None = written.filter(
        direction=Message.Direction.OUT,
        enrollment=None,
        candidate=message.candidate,
        sender=message.sender,
        member=message.member,
        to_address=message.to_address,
        subject=message.subject,
        body_text=message.body_text,
        in_reply_to=message.in_reply_to,
        created_at__gt=timezone.now() - SENT_TWICE,
    ).first()
    return same


def _is_theirs(mail: Message | None, candidate: Candidate) -> bool:
    return bool(
        mail
        and mail.candidate_id == candidate.pk
        and mail.direction == Message.Direction.IN
        and not mail.is_automatic
    )


def subject_of_answer(mail: Message) -> str:
    subject = mail.subject.strip()
    return subject if subject.lower().startswith("re:") else f"Re: {subject}".strip()

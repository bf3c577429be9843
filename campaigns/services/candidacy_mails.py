"""Mails that candidacies ask for: into the outbox, and out of it again as long as they wait."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone

from campaigns.models import CandidacyMail, Message, Sender
from campaigns.services import permissions
from campaigns.services.reaching import Address, Obstacle, reach
from campaigns.services.rendering import render
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.mails import attach_calendar
from pipelines.models import Candidacy
from pipelines.signals import MailAnswer, MailWish

Out, State = Message.Direction.OUT, Message.State
# What a rejection's mails are called; opening the candidacy again calls them back.
REJECTION = "rejection"


@transaction.atomic
def queue_mail(candidacy: Candidacy, wish: MailWish, *, by: User | None) -> MailAnswer:
    """Put the mail into the outbox, written now and sent when it is due; or say why not."""
    if CandidacyMail.objects.filter(candidacy=candidacy, key=wish.key).exists():
        return MailAnswer(is_queued=True, words="The mail was written already.")
    person = candidacy.candidate
    found = reach([person], is_expected=wish.is_expected)[person.pk]
    draft = _draft(candidacy, wish, found, _senders(by), by=by)
    if isinstance(draft, str):
        return MailAnswer(is_queued=False, words=f"No mail was written: {draft}.")
    message = Message.objects.create(
        direction=Out,
        state=State.QUEUED,
        candidate=person,
        sender=draft.sender,
        from_address=draft.sender.address,
        to_address=draft.to_address,
        subject=" ".join(draft.subject.split())[:300],
        body_text=draft.body,
        due_at=wish.due_at,
        member=by,
    )
    CandidacyMail.objects.create(
        message=message,
        candidacy=candidacy,
        key=wish.key,
        calendar=wish.calendar,
        calendar_method=wish.calendar_method,
        is_expected=wish.is_expected,
    )
    record("candidacy.mail_queued", candidacy, by=by)
    if wish.due_at <= timezone.now():
        return MailAnswer(is_queued=True, words="A mail is on its way.")
    return MailAnswer(is_queued=True, words=f"A mail waits until {wish.due_at:%-d %b}.")


def foresee_mails(
    candidacies: Sequence[Candidacy], wish: MailWish, *, by: User | None
) -> dict[int, str]:
    """Why `queue_mail` would not write, by the ids of the candidacies; asked once for all of them."""
    senders = _senders(by)
    found = reach([one.candidate for one in candidacies], is_expected=wish.is_expected)
    drafts = {
        one.pk: _draft(one, wish, found[one.candidate_id], senders, by=by) for one in candidacies
    }
    return {pk: f"no mail: {draft}" for pk, draft in drafts.items() if isinstance(draft, str)}


@dataclass(frozen=True)
class _Draft:
    sender: Sender
    to_address: str
    subject: str
    body: str


def _draft(
    candidacy: Candidacy,
    wish: MailWish,
    found: Address | Obstacle,
    senders: Sequence[Sender],
    *,
    by: User | None,
) -> _Draft | str:
    """The mail as it would be written, or in words why it cannot be, to go on after a colon."""
    sender = _sender_for(candidacy, by, senders)
    if sender is None:
        return "there is no sender that you may send from. Add one in the settings"
    if isinstance(found, Obstacle):
        return found.sentence[:1].lower() + found.sentence[1:].rstrip(".")
    subject = render(wish.subject, candidacy.candidate, sender=sender)
    body = render(wish.body, candidacy.candidate, sender=sender)
    if missing := [*subject.missing, *body.missing]:
        return f"{missing[0]} has no value here"
    return _Draft(sender, found.address, subject.text, body.text)


def _senders(by: User | None) -> list[Sender]:
    """Those that `by` may send from; a rule or the candidate acts in the organization's name, from any."""
    found = permissions.senders_for(by) if by else Sender.objects.all()
    return list(found.filter(paused_at=None).order_by("pk"))


def _sender_for(candidacy: Candidacy, by: User | None, senders: Sequence[Sender]) -> Sender | None:
    """Of these the one of whoever acts, else of the job's owner, else everybody's, else the first."""
    for user_id in (by.pk if by else None, candidacy.job.owner_id):
        for sender in senders:
            if user_id and sender.user_id == user_id:
                return sender
    everybodys = (sender for sender in senders if sender.user_id is None)
    return next(everybodys, senders[0] if senders else None)


@transaction.atomic
def call_back(candidacy: Candidacy, *, because: str) -> int:
    """Cancel what a rejection has written and what has not gone; return how many mails."""
    waiting = Message.objects.filter(
        Message.can_be_called_back,
        candidacy_mails__candidacy=candidacy,
        candidacy_mails__key__startswith=REJECTION,
    )
    ids = list(waiting.values_list("pk", flat=True))
    # Again by state: a worker may have handed one over since.
    return Message.objects.filter(Message.can_be_called_back, pk__in=ids).update(
        state=State.CANCELLED, problem=because[:300]
    )


def why_not_written(message: Message) -> str:
    """The last check of a mail that a candidacy asked for: why it must not go, or nothing. Sets its address."""
    wished = CandidacyMail.objects.filter(message=message).first()
    if message.candidate is None or wished is None:
        return ""
    found = reach([message.candidate], is_expected=wished.is_expected)[message.candidate.pk]
    if isinstance(found, Obstacle):
        return found.sentence
    message.to_address = found.address
    return ""


def add_calendar(message: Message, mail: EmailMultiAlternatives, *, backend: str) -> None:
    """Let the mail carry the entry for calendars that was wished for with it."""
    wished = CandidacyMail.objects.filter(message=message).exclude(calendar="").first()
    if wished:
        attach_calendar(mail, wished.calendar, wished.calendar_method, backend=backend)

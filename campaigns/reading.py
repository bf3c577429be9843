"""Who reads the words of a mail: every page, list and file asks here.

That a mail was written or came, and when, is known to all; subject and text of a private one only to its member and
whom they named. Copies of a mail, such as the entry of a timeline, hold no words as long as it is private.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.inbound.quotes import cut_quotes
from campaigns.models import MailReader, Message, PersonalMail, Step
from candidates.models import Candidate, Touchpoint
from crm.accounts.models import User

TIMELINE_BODY = 10_000
PRIVATE = "A private mail with"
_LINK = re.compile(r"sequences/mails/(\d+)/")


def readable_mails(viewer: User) -> QuerySet[Message]:
    """Every mail but private ones that are not the viewer's, nor shared with them."""
    shared = MailReader.objects.filter(message=OuterRef("pk"), user=viewer)
    found: QuerySet[Message] = Message.objects.filter(
        Q(is_private=False) | Q(member=viewer) | Exists(shared)
    )
    return found


def readable_readers(viewer: User) -> QuerySet[MailReader]:
    found: QuerySet[MailReader] = MailReader.objects.filter(message__in=readable_mails(viewer))
    return found


def readable_personal_mails(viewer: User) -> QuerySet[PersonalMail]:
    """What was written for one person's step, but where their thread of that sequence is private to others."""
    hidden = Message.objects.exclude(pk__in=readable_mails(viewer).values("pk")).filter(
        candidate=OuterRef("candidate"), enrollment__sequence=OuterRef("step__sequence")
    )
    found: QuerySet[PersonalMail] = PersonalMail.objects.exclude(Exists(hidden))
    return found


def is_thread_hidden(step: Step, candidate: Candidate, viewer: User) -> bool:
    """Whether what this person gets on the step's sequence is private to others."""
    return bool(hidden_threads(step, [candidate.pk], viewer))


def hidden_threads(step: Step, candidate_ids: Iterable[int], viewer: User) -> set[int]:
    """Of whom among these what they get on the step's sequence is private to others."""
    theirs = Message.objects.filter(
        candidate__in=list(candidate_ids), enrollment__sequence=step.sequence_id
    ).exclude(pk__in=readable_mails(viewer).values("pk"))
    return set(theirs.values_list("candidate_id", flat=True))


def veil(mails: Iterable[Message], viewer: User) -> None:
    """Take the words out of those that the viewer may not read: for showing, never to be saved.

    One query, and only where some are private and not the viewer's.
    """
    others = [mail for mail in mails if mail.is_private and mail.member_id != viewer.pk]
    if not others:
        return
    shared = set(
        MailReader.objects.filter(
            message__in=[mail.pk for mail in others], user=viewer
        ).values_list("message_id", flat=True)
    )
    for mail in others:
        if mail.pk not in shared:
            mail.subject, mail.body_text, mail.body_html = private_words(mail), "", ""
            mail.suggested_intent = ""


def private_words(mail: Message) -> str:
    return f"{PRIVATE} {mail.candidate}"


@dataclass(frozen=True)
class Entry:
    """What a timeline says of a mail."""

    summary: str
    body: str
    link: str


def entry_of(mail: Message) -> Entry:
    """The entry as it is stored: without words as long as the mail is private."""
    if mail.is_private:
        return Entry(private_words(mail), "", mail_link(mail))
    enrollment = mail.enrollment
    link = f"sequences/{enrollment.sequence_id}/" if enrollment else mail_link(mail)
    return Entry(*words_of(mail), link)


def words_of(mail: Message) -> tuple[str, str]:
    """Subject and text as a timeline shows them to whoever may read them."""
    if mail.direction == Message.Direction.OUT:
        doubt = " (whether it arrived is unclear)" if mail.state == Message.State.AMBIGUOUS else ""
        return f"{mail.subject or 'Mail without a subject'}{doubt}", mail.body_text[:TIMELINE_BODY]
    unnamed = "Automatic answer" if mail.is_automatic else "Answered without a subject"
    return mail.subject or unnamed, cut_quotes(mail.body_text)[:TIMELINE_BODY]


def mail_link(mail: Message) -> str:
    return f"sequences/mails/{mail.pk}/"


def reveal(entries: Iterable[Touchpoint], viewer: User) -> None:
    """Give entries of private mails their words again for whoever may read them; one query, and only if there are any."""
    private: dict[int, Touchpoint] = {
        int(found[1]): entry
        for entry in entries
        if entry.summary.startswith(PRIVATE) and (found := _LINK.fullmatch(entry.link))
    }
    if not private:
        return
    for mail in readable_mails(viewer).filter(pk__in=list(private), is_private=True):
        entry = private[mail.pk]
        entry.summary, entry.body = words_of(mail)
        entry.is_revealed = True

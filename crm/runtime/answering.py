"""Answering a mail of the local mailbox as its recipient, through the doors that providers use in production."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, make_msgid

from anymail.inbound import AnymailInboundMessage
from anymail.signals import AnymailInboundEvent, EventType, inbound
from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, resolve
from django.utils import timezone

from crm.runtime.models import MailboxMessage
from crm.runtime.reading import Mail, find_origins
from crm.web.errors import DomainError

INTERESTED = (
    "Hi,\n\nthanks for writing, this sounds interesting. "
    "I would be happy to hear more. Could we talk on Thursday afternoon?\n\nBest regards"
)
NOT_NOW = (
    "Hello,\n\nthank you, but this is not the right time for me. "
    "Feel free to ask again in half a year.\n\nKind regards"
)


class NotAnswerable(DomainError):
    def __init__(self) -> None:
        super().__init__("This mail is from Rapport itself: nobody reads answers to it.")


class NoUnsubscribeLink(DomainError):
    def __init__(self) -> None:
        super().__init__(
            "This mail has no List-Unsubscribe header, so there is nothing to post to."
        )


def reply(stored: MailboxMessage, text: str) -> None:
    """Answer by hand, as any mail program would: quoted, and in the thread."""
    mail = Mail.of(stored)
    answer = _answer_to(stored, mail, subject=_re(mail.header("Subject")))
    answer.set_content(f"{text.strip()}\n\n{_quote(mail)}")
    _arrive(answer.as_bytes())


def reply_interested(stored: MailboxMessage) -> None:
    reply(stored, INTERESTED)


def reply_not_now(stored: MailboxMessage) -> None:
    reply(stored, NOT_NOW)


def answer_out_of_office(stored: MailboxMessage) -> None:
    """The automatic answer of a mailbox whose owner is away for a week (RFC 3834)."""
    mail = Mail.of(stored)
    back = timezone.localdate() + timedelta(days=7)
    answer = _answer_to(stored, mail, subject=f"Automatic reply: {mail.header('Subject')}")
    answer["Auto-Submitted"] = "auto-replied"
    answer["Precedence"] = "bulk"
    answer.set_content(
        f"Thank you for your message.\n\nI am out of the office and will be back on "
        f"{back:%d %B %Y}. Your mail is not forwarded.\n"
    )
    _arrive(answer.as_bytes())


_REPORT = """\
From: Mail Delivery System <mailer-daemon@{domain}>
To: {answer_address}
Subject: Undelivered Mail Returned to Sender
Date: {date}
Message-ID: {message_id}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="report"

--report
Content-Type: text/plain; charset=utf-8

<{address}>: 550 5.1.1 No such user here

--report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.{domain}

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such user here

--report
Content-Type: text/rfc822-headers

Message-ID: {original_id}

--report--
"""


def bounce(stored: MailboxMessage) -> None:
    """What a mail server says of an address that it does not know (RFC 3464)."""
    domain = stored.to_address.rpartition("@")[2]
    report = _REPORT.format(
        domain=domain,
        answer_address=_answer_address(Mail.of(stored)),
        date=format_datetime(timezone.now()),
        message_id=make_msgid(domain=domain),
        address=stored.to_address,
        original_id=stored.message_id,
    )
    _arrive(report.replace("\n", "\r\n").encode())


def unsubscribe(stored: MailboxMessage) -> None:
    """Post to the one-click link like a mail program's button: no cookie, no page (RFC 8058)."""
    path = Mail.of(stored).unsubscribe_path
    try:
        match = resolve(path, urlconf=settings.ROOT_URLCONF)
    except Resolver404 as error:
        raise NoUnsubscribeLink from error
    request = HttpRequest()
    request.method = "POST"
    request.path = request.path_info = path
    request.POST = QueryDict("List-Unsubscribe=One-Click")
    match.func(request, *match.args, **match.kwargs)


@dataclass(frozen=True)
class QuickAnswer:
    """A button under a mail."""

    label: str
    icon: str
    done: str
    act: Callable[[MailboxMessage], None]


QUICK_ANSWERS: dict[str, QuickAnswer] = {
    "interested": QuickAnswer("Interested", "thumbs-up", "Answered: interested", reply_interested),
    "not_now": QuickAnswer("Not now", "calendar-clock", "Answered: not now", reply_not_now),
    "out_of_office": QuickAnswer(
        "Out of office", "tree-palm", "Out-of-office answer sent", answer_out_of_office
    ),
    "bounce": QuickAnswer("Bounce", "undo-2", "Bounced", bounce),
    "unsubscribe": QuickAnswer("Unsubscribe", "mail-x", "Unsubscribed", unsubscribe),
}


def answer(stored: MailboxMessage, *, quick: str = "", text: str = "") -> str:
    """Give one of the quick answers, or reply with `text`; returns what was done, in words."""
    if quick:
        QUICK_ANSWERS[quick].act(stored)
        done = QUICK_ANSWERS[quick].done
    else:
        reply(stored, text)
        done = "Answered"
    MailboxMessage.objects.filter(pk=stored.pk).update(answered_with=done)
    return done


def _answer_address(mail: Mail) -> str:
    if not mail.answer_address:
        raise NotAnswerable
    return mail.answer_address


def _answer_to(stored: MailboxMessage, mail: Mail, *, subject: str) -> EmailMessage:
    """An empty mail from the recipient back to us, threaded by its headers."""
    origin = find_origins([stored]).get(stored.pk)
    answer = EmailMessage(policy=SMTP)
    answer["From"] = formataddr((origin.candidate if origin else "", stored.to_address))
    answer["To"] = _answer_address(mail)
    answer["Subject"] = subject
    answer["Date"] = format_datetime(timezone.now())
    answer["Message-ID"] = make_msgid(domain=stored.to_address.rpartition("@")[2])
    answer["In-Reply-To"] = stored.message_id
    chain = [*mail.header("References").split(), stored.message_id]
    answer["References"] = " ".join(dict.fromkeys(chain))
    return answer


def _re(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _quote(mail: Mail) -> str:
    quoted = "\n".join(f"> {line}".rstrip() for line in mail.text.splitlines())
    return f"On {mail.header('Date') or 'an earlier day'}, {mail.writer} wrote:\n{quoted}\n"


def _arrive(raw: bytes) -> None:
    """Hand the mail to whoever takes in what a provider's webhook brings."""
    message = AnymailInboundMessage.parse_raw_mime_bytes(raw)  # type: ignore[no-untyped-call]
    message.envelope_sender = str(message["From"])
    message.envelope_recipient = str(message["To"])
    event = AnymailInboundEvent(  # type: ignore[no-untyped-call]
        event_type=EventType.INBOUND,
        timestamp=timezone.now(),
        event_id=str(message["Message-ID"]),
        message=message,
    )
    inbound.send(sender=MailboxMessage, event=event, esp_name="Local mailbox")

"""The local mailbox: a mail backend that keeps every mail on this machine, where it can be read and answered."""

from collections.abc import Iterable, Sequence
from email.message import Message
from email.utils import parseaddr

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from campaigns.signing import read_reply_address
from crm.runtime.models import MailboxMessage
from crm.web.mails import ORGANIZATION


class MailboxBackend(BaseEmailBackend):
    """Accepts each mail once per recipient, as a mail server would."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            mime = message.message()
            raw = mime.as_bytes()
            MailboxMessage.objects.bulk_create(
                MailboxMessage(
                    to_address=parseaddr(recipient)[1].lower(),
                    from_address=parseaddr(str(mime["From"]))[1].lower(),
                    subject=message.subject[:300],
                    message_id=str(mime["Message-ID"])[:255],
                    organization_slug=_slug(mime),
                    raw=raw,
                )
                for recipient in message.recipients()
            )
        return len(email_messages)


def _slug(mime: Message) -> str:
    """Whose mail it is: it says so, or answers to it arrive at an address with the organization's slug."""
    if said := str(mime[ORGANIZATION] or ""):
        return said
    answers = read_reply_address(parseaddr(str(mime["Reply-To"] or ""))[1])
    return answers.slug if answers else ""


def wipe(addresses: Iterable[str]) -> int:
    """Delete the mails to or from `addresses`, as an erased person's; returns how many."""
    wanted = {address.lower() for address in addresses}
    by_address = MailboxMessage.objects.filter(
        to_address__in=wanted
    ) | MailboxMessage.objects.filter(from_address__in=wanted)
    return by_address.delete()[0]

"""A small SMTP and LMTP listener for mail that comes back: for a mail server in front that hands over to it.

It takes mail for our own inbound domain alone, relays nothing, and says 250 only after the mail is stored.
"""

import asyncio
import logging
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import connections

from campaigns.services.receiving import UnknownRecipient, receive

logger = logging.getLogger(__name__)

LARGEST = 25 * 1024 * 1024  # bytes, as most providers allow
TAKEN, UNKNOWN, LATER = "250 2.0.0 Taken", "550 5.1.1 Nobody here", "451 4.3.0 Try again later"


class Inbox:
    """What aiosmtpd asks for each mail."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.rpartition("@")[2].lower() != settings.INBOUND_DOMAIN.lower():
            return "550 5.7.1 We do not relay"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        raw = envelope.original_content or b""
        answer = await asyncio.to_thread(take, raw, tuple(envelope.rcpt_tos))
        # LMTP answers once for each recipient (RFC 2033, 4.2).
        count = len(envelope.rcpt_tos) if isinstance(server, LMTP) else 1
        return "\r\n".join([answer] * count)


def take(raw: bytes, recipients: tuple[str, ...]) -> str:
    """Store one mail; returns the answer to give."""
    try:
        receive(raw, recipients=recipients)
    except UnknownRecipient:
        return UNKNOWN
    except Exception:
        # The server in front keeps it and comes again: nothing is lost.
        logger.exception("mail_not_taken_in")
        return LATER
    finally:
        # Threads come and go: none keeps a connection.
        connections.close_all()
    return TAKEN


class Door(Controller):
    """The listener, in a thread of its own: `start()`, `stop()`."""

    def __init__(self, *, hostname: str, port: int, speaks_lmtp: bool) -> None:
        self.speaks_lmtp = speaks_lmtp
        super().__init__(Inbox(), hostname=hostname, port=port)

    def factory(self) -> Any:
        kind = LMTP if self.speaks_lmtp else SMTP
        return kind(self.handler, data_size_limit=LARGEST, enable_SMTPUTF8=True)

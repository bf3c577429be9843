"""Signed references to our own mails, in reply addresses, Message-IDs, links and providers' metadata.

Only Rapport can make them, so whoever holds one may be answered without any other credential.
"""

import hmac
import re
from base64 import b32encode
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
# Mail servers may change the case of a local part, so references use one case only.
_TOKEN = re.compile(r"([0-9a-z]{1,13})-([0-9a-z]{1,13})-([a-z2-7]{26})")
_MESSAGE_ID = re.compile(r"<([0-9a-z]{1,13})\.([0-9a-z]{1,13})\.([a-z2-7]{26})@[^>\s]*>", re.I)
_LOCAL_PART = re.compile(r"([a-z0-9][a-z0-9-]*)(?:\+([ruf])([0-9a-z]{1,9})([a-z2-7]{13}))?", re.I)


class Purpose(StrEnum):
    REPLY = "reply"
    MESSAGE_ID = "message-id"
    UNSUBSCRIBE = "unsubscribe"
    REPORT = "report"
    # Of a member, not of a mail: where they send copies to.
    FILE = "file"


_TAGS = {purpose[0]: purpose for purpose in (Purpose.REPLY, Purpose.UNSUBSCRIBE, Purpose.FILE)}


@dataclass(frozen=True)
class Reference:
    """One of our mails: whose, and which. Of a member's address also its version: raising that makes older ones void."""

    organization_id: int
    message_id: int
    version: int = 0


@dataclass(frozen=True)
class ReplyAddress:
    """What the local part of an inbound address says, before its signature was checked."""

    slug: str
    purpose: Purpose | None
    message_id: int
    signature: str

    def is_signed_for(self, organization_id: int, *, version: int = 0) -> bool:
        if self.purpose is None:
            return False
        reference = Reference(organization_id, self.message_id, version)
        return hmac.compare_digest(self.signature, _sign(self.purpose, reference, 13))


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def _sign(purpose: Purpose, reference: Reference, length: int) -> str:
    text = f"{purpose}:{reference.organization_id}:{reference.message_id}"
    if reference.version:
        text += f":{reference.version}"
    mac = hmac.digest(settings.FIELD_KEY.encode(), text.encode(), "sha256")
    return b32encode(mac).decode().lower()[:length]


def _verified(
    purpose: Purpose, organization: str, message: str, signature: str
) -> Reference | None:
    reference = Reference(int(organization, 36), int(message, 36))
    if hmac.compare_digest(signature, _sign(purpose, reference, len(signature))):
        return reference
    return None


def token(purpose: Purpose, reference: Reference) -> str:
    """130 bits of signature on `reference`, fit for a path or a header."""
    organization, message = _base36(reference.organization_id), _base36(reference.message_id)
    return f"{organization}-{message}-{_sign(purpose, reference, 26)}"


def read_token(purpose: Purpose, text: str) -> Reference | None:
    """What `token` signed for this purpose, or None."""
    match = _TOKEN.fullmatch(text)
    return _verified(purpose, *match.groups()) if match else None


def message_id(reference: Reference, *, domain: str) -> str:
    """The Message-ID of one of our mails: the same on every attempt."""
    organization, message = _base36(reference.organization_id), _base36(reference.message_id)
    return f"<{organization}.{message}.{_sign(Purpose.MESSAGE_ID, reference, 26)}@{domain}>"


def read_message_ids(header: str) -> list[Reference]:
    """Our own mails among the Message-IDs in `header`, the last one first."""
    found = [
        _verified(Purpose.MESSAGE_ID, *(part.lower() for part in match.groups()))
        for match in _MESSAGE_ID.finditer(header)
    ]
    return [reference for reference in reversed(found) if reference]


def reply_address(reference: Reference, *, slug: str, purpose: Purpose = Purpose.REPLY) -> str:
    """Where answers come back to. Its local part has 64 characters at most (RFC 5321, 4.5.3.1.1):
    a slug of 40, a letter for the purpose, nine digits, and 65 bits of signature."""
    tag = f"{purpose[0]}{_base36(reference.message_id)}{_sign(purpose, reference, 13)}"
    return f"{slug}+{tag}@{settings.INBOUND_DOMAIN}"


def read_reply_address(address: str) -> ReplyAddress | None:
    """What an address at our inbound domain says; None for any other address."""
    local, _, domain = address.strip().lower().rpartition("@")
    if domain != settings.INBOUND_DOMAIN.lower():
        return None
    match = _LOCAL_PART.fullmatch(local)
    if not match:
        # An unreadable tag still says whose mail it is.
        slug = local.partition("+")[0]
        return ReplyAddress(slug, None, 0, "") if slug else None
    slug, kind, number, signature = match.groups()
    if not kind:
        return ReplyAddress(slug, None, 0, "")
    return ReplyAddress(slug, _TAGS[kind], int(number, 36), signature)

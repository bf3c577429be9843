"""What a delivery report says of an address: gone for good, or trouble that may pass (RFC 3463, RFC 3464)."""

import re
from collections.abc import Iterable

from campaigns.inbound.parsing import DeliveryStatus, Mail

# Codes that say that there is no such mailbox; 5.2.1: disabled for good.
_NO_SUCH_MAILBOX = re.compile(r"5\.(?:1\.(?:[01236]|10)|2\.1)$")
# Codes that mean this or something else: here the words decide. 5.4.1: how Microsoft refuses unknown people.
_UNCLEAR = frozenset({"", "5.0.0", "5.5.0", "5.4.1"})
_NO_SUCH_MAILBOX_WORDS = re.compile(
    r"user (?:unknown|not found)|unknown user|no such (?:user|recipient|mailbox|person)|does not exist"
    r"|recipient .{0,40}(?:not found|rejected)|address .{0,40}not found|account .{0,40}disabled"
    r"|mailbox (?:unavailable|not found)|invalid mailbox|doesn.t have an? .{0,30}account|not listed in"
    r"|no mailbox here|unrouteable address|inactive e-?mail",
    re.I,
)
_TEMPORARY = re.compile(r"delayed|will (?:keep trying|retry)|temporary|warning", re.I)


def statuses_of(mail: Mail, *, recipient: str = "") -> tuple[DeliveryStatus, ...]:
    """The report's blocks, one a recipient; of a report without the format what its words say of `recipient`."""
    named = mail.header("x-failed-recipients").strip().lower()
    return mail.statuses or (guess_status(mail.subject, mail.text, recipient=named or recipient),)


def guess_status(subject: str, text: str, *, recipient: str) -> DeliveryStatus:
    """What the words of a report say of `recipient`."""
    match = re.search(r"\b[45]\.\d{1,3}\.\d{1,3}\b", text)
    return DeliveryStatus(
        recipient=recipient,
        action="delayed" if _TEMPORARY.search(subject) else "failed",
        status=match.group() if match else "",
        diagnostic=" ".join(text.split())[:300],
    )


def in_words(statuses: Iterable[DeliveryStatus]) -> str:
    """The blocks as text that `guess_status` reads, a line each."""
    return "\n".join(
        " ".join([f"{one.recipient}:", one.action, one.status, one.diagnostic]) for one in statuses
    )


def is_hard(status: DeliveryStatus) -> bool:
    """Whether there is no such mailbox; a full one, a policy or a broken name server may pass."""
    if status.status.startswith("4."):
        return False
    if _NO_SUCH_MAILBOX.match(status.status):
        return True
    return status.status in _UNCLEAR and bool(_NO_SUCH_MAILBOX_WORDS.search(status.diagnostic))

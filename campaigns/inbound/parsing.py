"""From bytes to a Mail. Mail from outside is often broken; nothing here may raise on it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

from campaigns.inbound.texts import clean_html, text_of_html

BODY_LENGTH = 200_000
# Parts that prove who wrote; nobody attached them.
SIGNATURES = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)
RECIPIENT_HEADERS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Forwarded-To")
# Postgres refuses NUL; the other control characters mean nothing in a mail.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class DeliveryStatus:
    """One recipient's block of a delivery report (RFC 3464)."""

    recipient: str
    action: str
    status: str
    diagnostic: str


@dataclass(frozen=True)
class Mail:
    """What we need of one received mail."""

    headers: dict[str, list[str]]
    recipients: tuple[str, ...]
    from_name: str
    from_address: str
    subject: str
    message_id: str
    in_reply_to: str
    references: str
    content_type: str
    report_type: str
    text: str
    html: str
    attachments: tuple[str, ...] = ()
    # What a calendar sent along (RFC 5545), as an answer to an invitation.
    calendar: str = ""
    statuses: tuple[DeliveryStatus, ...] = ()
    # The headers of the mail that a report is about, and what follows of it.
    enclosed: str = ""

    def header(self, name: str) -> str:
        """The first header of that name, "" if there is none."""
        return next(iter(self.headers.get(name.lower(), [])), "")


@dataclass
class _Content:
    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    calendars: list[str] = field(default_factory=list)
    statuses: list[DeliveryStatus] = field(default_factory=list)
    enclosed: list[str] = field(default_factory=list)


def parse(raw: bytes, *, recipients: tuple[str, ...] = ()) -> Mail:
    """Read one mail. `recipients` are the envelope's; the headers' count too."""
    message = message_from_bytes(raw)
    headers: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        headers.setdefault(name.lower(), []).append(_decode(str(value)))
    content = _Content()
    _collect(message, content)
    html = "\n".join(content.htmls)[:BODY_LENGTH]
    text = "\n".join(content.texts)[:BODY_LENGTH].strip() or text_of_html(html)
    from_name, from_address = _author(headers)
    return Mail(
        headers=headers,
        recipients=(*recipients, *_recipients(headers)),
        from_name=from_name,
        from_address=from_address,
        subject=" ".join(_first(headers, "subject").split()),
        message_id=_one_id(_first(headers, "message-id")),
        in_reply_to=_one_id(_first(headers, "in-reply-to")),
        references=" ".join(_first(headers, "references").split()),
        content_type=message.get_content_type(),
        report_type=str(message.get_param("report-type") or "").lower(),
        text=text,
        html=clean_html(html) if html else "",
        attachments=tuple(content.attachments),
        calendar=next(iter(content.calendars), "")[:BODY_LENGTH],
        statuses=tuple(content.statuses),
        enclosed="\n".join(content.enclosed)[:BODY_LENGTH],
    )


def _first(headers: dict[str, list[str]], name: str) -> str:
    return next(iter(headers.get(name, [])), "")


def _decode(value: str) -> str:
    # Bytes that should have been encoded come as surrogates.
    value = _guess(value.encode("utf-8", "surrogateescape"))
    try:
        return _clean(str(make_header(decode_header(value))))
    except (LookupError, ValueError):
        return _clean(value)


def _guess(raw: bytes) -> str:
    """Text that does not say how it is encoded, or says it wrongly: mostly one of these two."""
    try:
        return raw.decode("utf-8")
    except UnicodeError:
        return raw.decode("cp1252", "replace")


def _clean(text: str) -> str:
    # Lone surrogates stand for bytes that nobody could decode.
    return _CONTROLS.sub("", text.encode("utf-8", "replace").decode("utf-8", "replace"))


def _author(headers: dict[str, list[str]]) -> tuple[str, str]:
    for name in ("from", "sender", "return-path"):
        for display, address in getaddresses(headers.get(name, [])):
            if "@" in address:
                return display[:200], address.strip().lower()[:254]
    return "", ""


def _recipients(headers: dict[str, list[str]]) -> Iterator[str]:
    for name in RECIPIENT_HEADERS:
        for _, address in getaddresses(headers.get(name.lower(), [])):
            if "@" in address:
                yield address.strip().lower()


def _one_id(value: str) -> str:
    """The first identifier; some programs put more, or a comment, into the header, or fold it in the middle."""
    match = re.search(r"<[^<>\s]+>", value)
    return (match.group() if match else "".join(value.split()))[:255]


def _collect(part: Message, content: _Content) -> None:
    kind = part.get_content_type()
    if kind == "message/delivery-status":
        content.statuses += _statuses(part)
    elif kind in {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"}:
        content.enclosed.append(_clean(_enclosed(part)))
    elif part.is_multipart():
        for child in part.get_payload():
            if isinstance(child, Message):
                _collect(child, content)
    elif kind in SIGNATURES:
        return
    elif kind == "text/calendar" and not part.get_filename():
        content.calendars.append(_text(part))
    elif part.get_filename() or part.get_content_disposition() == "attachment":
        content.attachments.append(_decode(part.get_filename() or kind)[:200])
    elif kind == "text/html":
        content.htmls.append(_text(part))
    elif kind == "text/plain":
        content.texts.append(_text(part))


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    try:
        text = payload.decode(charset)
    except (LookupError, UnicodeError):
        text = _guess(payload)
    return _clean(text.replace("\r\n", "\n"))


def _statuses(part: Message) -> Iterator[DeliveryStatus]:
    blocks = part.get_payload()
    for block in blocks if isinstance(blocks, list) else []:
        if not isinstance(block, Message):
            continue
        recipient = str(block.get("Final-Recipient") or block.get("Original-Recipient") or "")
        if recipient:
            yield DeliveryStatus(
                recipient=recipient.rpartition(";")[2].strip().strip("<>").lower()[:254],
                action=str(block.get("Action") or "").strip().lower(),
                status=str(block.get("Status") or "").strip().partition(" ")[0],
                diagnostic=_clean(" ".join(str(block.get("Diagnostic-Code") or "").split())),
            )


def _enclosed(part: Message) -> str:
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n".join(str(child) for child in payload)
    return _text(part) or str(payload)

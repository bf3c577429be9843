"""What became of a mail that was handed to a provider, told from the error that came back.

The question is always: may the provider have accepted it? Only a clear no allows another try.
"""

import re
import smtplib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto

import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailError,
    AnymailRecipientsRefused,
)
from django.core.exceptions import ImproperlyConfigured

LONGEST_PATIENCE = 24 * 3600
# Where a sender has sent too much for now, and is not told for how long.
USUAL_PATIENCE = 15 * 60
TOO_MANY_REQUESTS = 429
# What a server answers to the size of a mail, which it is told together with the sender (RFC 1870).
TOO_LARGE = 552


class AccountUnusable(ImproperlyConfigured):
    """A mail account that cannot be used, with a sentence for its owner."""


class Fate(Enum):
    """The classes of outcome."""

    ACCEPTED = auto()
    REFUSED = auto()  # this mail, for ever
    BOUNCED = auto()  # this address does not exist
    RETRY = auto()  # not accepted, may be later
    LOCKED_OUT = auto()  # the provider does not let this sender in
    UNKNOWN = auto()  # may have been accepted


@dataclass(frozen=True)
class Outcome:
    """A fate, with a sentence for the recruiter."""

    fate: Fate
    sentence: str = ""
    retry_after: int | None = None
    provider_id: str = ""


# Bad destination mailbox or domain (RFC 3463, 3.2), or the words servers use for it.
_NO_SUCH_MAILBOX = re.compile(
    r"\b5\.1\.(?:[01236]|10)\b|user unknown|unknown user|no such (?:user|recipient|mailbox)"
    r"|mailbox (?:unavailable|not found)|recipient .{0,40}not (?:found|exist)|address rejected",
    re.I,
)
# The account's own limit of a day or an hour.
_SENT_TOO_MUCH = re.compile(
    r"\b5\.4\.5\b|(?:sending|message|sender|daily|hourly) (?:limit|quota|rate)[\w ]{0,20}exceeded"
    r"|exceeded [\w ]{0,30}(?:sending|daily|hourly) (?:limit|quota)|too many (?:messages|recipients) (?:sent )?(?:today|per day)",
    re.I,
)
# What is said of the recipient's mailbox, which may have a limit too (RFC 3463, 3.3).
_OF_MAILBOX = re.compile(r"\b[45]\.2\.\d")


def of_opening_error(error: Exception) -> Outcome:
    """No mail was handed over yet: the provider could not be reached, or did not let us in."""
    outcome = of_sending_error(error)
    if outcome.fate in {Fate.LOCKED_OUT, Fate.RETRY}:
        return outcome
    return Outcome(Fate.RETRY, "The mail server could not be reached.")


def of_sending_error(error: Exception) -> Outcome:
    """What `error`, raised while a mail was handed over, says of that mail."""
    if isinstance(error, smtplib.SMTPException):
        return _of_smtp(error)
    if isinstance(error, AnymailConfigurationError | ImproperlyConfigured):
        said = str(error) if isinstance(error, AccountUnusable) else ""
        return Outcome(Fate.LOCKED_OUT, said or "The mail provider is not set up.")
    if isinstance(error, AnymailError):
        return _of_anymail(error)
    if isinstance(error, ConnectionRefusedError):
        return Outcome(Fate.RETRY, "The mail server refused the connection.")
    if isinstance(error, ValueError | TypeError):
        # Raised while the mail was built: nothing left this process.
        return Outcome(Fate.REFUSED, "The mail could not be built.")
    return Outcome(Fate.UNKNOWN, "The connection broke before the mail server answered.")


def _of_smtp(error: smtplib.SMTPException) -> Outcome:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Outcome(Fate.LOCKED_OUT, "The mail server refused the password.")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()), (550, b""))
        return _of_reply(code, text, recipient=True)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Outcome(Fate.LOCKED_OUT, "The mail server does not offer what the settings ask for.")
    if isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code != TOO_LARGE:
        outcome = _of_reply(error.smtp_code, error.smtp_error)
        if outcome.fate is Fate.REFUSED:
            # It is not this mail that the server minds: it would say the same of every other.
            return Outcome(Fate.LOCKED_OUT, outcome.sentence)
        return outcome
    if isinstance(error, smtplib.SMTPResponseException):
        return _of_reply(error.smtp_code, error.smtp_error)
    return Outcome(Fate.UNKNOWN, "The connection broke before the mail server answered.")


def _of_reply(code: int, text: bytes | str, *, recipient: bool = False) -> Outcome:
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    sentence = f"The mail server said: {code} {' '.join(said.split())}"[:300]
    has_sent_too_much = bool(_SENT_TOO_MUCH.search(said)) and not _OF_MAILBOX.search(said)
    if code in {530, 535} or (code >= 500 and has_sent_too_much):
        return Outcome(Fate.LOCKED_OUT, sentence)
    if 400 <= code < 500:
        return Outcome(Fate.RETRY, sentence, USUAL_PATIENCE if has_sent_too_much else None)
    if code >= 500:
        gone = recipient and _NO_SUCH_MAILBOX.search(said)
        return Outcome(Fate.BOUNCED if gone else Fate.REFUSED, sentence)
    return Outcome(Fate.UNKNOWN, sentence)


def _of_anymail(error: AnymailError) -> Outcome:
    if isinstance(error, AnymailRecipientsRefused):
        return Outcome(Fate.REFUSED, "The mail provider refuses this recipient.")
    if not isinstance(error, AnymailAPIError):
        return Outcome(Fate.REFUSED, "The mail provider cannot send such a mail.")
    status = getattr(error, "status_code", None)
    if status is None:
        if isinstance(error, requests.ConnectTimeout) or _never_connected(error):
            return Outcome(Fate.RETRY, "The mail provider could not be reached.")
        return Outcome(Fate.UNKNOWN, "The connection broke before the mail provider answered.")
    sentence = f"The mail provider answered {status}."
    if status in {401, 402, 403}:
        return Outcome(Fate.LOCKED_OUT, sentence)
    if status in {408, 425, TOO_MANY_REQUESTS, 503}:
        retry_after = _retry_after(error)
        if retry_after is None and status == TOO_MANY_REQUESTS:
            retry_after = USUAL_PATIENCE
        return Outcome(Fate.RETRY, sentence, retry_after)
    if 400 <= status < 500:
        return Outcome(Fate.REFUSED, sentence)
    # 500, 502, 504, or a success that cannot be read: it may have been accepted behind the error.
    return Outcome(Fate.UNKNOWN, sentence)


def _never_connected(error: Exception) -> bool:
    """Whether the connection was never made (requests says so only inside urllib3's text)."""
    return isinstance(error, requests.ConnectionError) and any(
        sign in str(error) for sign in ("NewConnectionError", "NameResolutionError")
    )


def _retry_after(error: AnymailAPIError) -> int | None:
    headers = getattr(getattr(error, "response", None), "headers", {})
    return seconds_of(str(headers.get("Retry-After", "")))


def seconds_of(retry_after: str) -> int | None:
    """The patience that a Retry-After header asks for: seconds, or a date (RFC 9110, 10.2.3)."""
    if retry_after.isdecimal():
        return min(int(retry_after), LONGEST_PATIENCE)
    try:
        until = parsedate_to_datetime(retry_after)
    except (TypeError, ValueError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    wait = (until - datetime.now(UTC)).total_seconds()
    return max(0, min(int(wait), LONGEST_PATIENCE))

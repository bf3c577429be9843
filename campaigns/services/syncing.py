"""Looking into members' mailboxes over IMAP: mail of people who are candidates here is kept, of nobody else.

The mailbox is opened read-only (EXAMINE) and mail is fetched with PEEK, so nothing in it ever changes: no mail
becomes read. First come the headers of what is new; only what belongs to somebody known is fetched whole. A mail
that came in through another door is known by its Message-ID.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from imaplib import IMAP4
from ssl import SSLCertVerificationError
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone
from imap_tools import AND, BaseMailBox
from imap_tools.errors import ImapToolsError, MailboxLoginError

from campaigns import signing
from campaigns.inbound.parsing import Mail, parse
from campaigns.models import Mailbox
from campaigns.services import receiving
from campaigns.services.connecting import open_mailbox
from campaigns.services.hosts import HostRefused
from candidates.models import EmailAddress, Notification
from candidates.services.identifying import normalize_email
from candidates.services.notifying import notify
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from crm.tenancy.sealing import Unsealable

logger = logging.getLogger(__name__)

TIMEOUT = 20
# A turn looks at so many mails, so that every mailbox gets its turn; the next turn goes on there.
BATCH = 200
# And begins no further mail after so long: a server may answer, and be slow.
LONGEST_TURN = timedelta(minutes=1)
EVERY = timedelta(minutes=1)
# Another worker leaves a mailbox alone for so long while one is at it.
CLAIM = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)
# So many folders are named where the one that is looked for is not there.
FOLDERS_NAMED = 10
# In so many turns a mail is tried on which our own code fails.
TRIES = 3


@dataclass
class SyncReport:
    """What one turn did: mails whose headers were read, those that were kept, those still to look at, those that
    could not be taken in."""

    seen: int = 0
    kept: int = 0
    behind: int = 0
    passed_over: int = 0
    problem: str = ""


class _MailFailed(Exception):
    """A mail could not be taken in."""


class _LockedOut(Exception):
    """The server does not let us in: trying again does not help."""


def due_mailboxes() -> list[tuple[int, int]]:
    """(organization, mailbox) of all that are due. Outside any organization."""
    due: list[tuple[int, int]] = []
    for organization in Organization.objects.filter(closed_at=None).order_by("pk"):
        with acting_in(organization):
            waiting = Mailbox.objects.filter(next_sync_at__lte=timezone.now())
            due += [(organization.pk, pk) for pk in waiting.values_list("pk", flat=True)]
    return due


def sync_mailbox(organization: Organization, mailbox_id: int) -> SyncReport | None:
    """Look at what is new in one mailbox; None if it is not due or another worker has it.

    Outside any organization, and outside any transaction while the server is asked.
    """
    with acting_in(organization):
        due = Mailbox.objects.filter(pk=mailbox_id, next_sync_at__lte=timezone.now())
        if not due.update(next_sync_at=timezone.now() + CLAIM, tried_at=timezone.now()):
            return None
        mailbox = Mailbox.objects.select_related("user").get(pk=mailbox_id)
    report = SyncReport()
    try:
        with _opened(mailbox) as box:
            for folder in mailbox.folders:
                _look_into(box, folder, mailbox, organization, report)
    except _LockedOut as error:
        report.problem = str(error)
        _stop(organization, mailbox, report)
    except (ImapToolsError, IMAP4.error, OSError) as error:
        logger.warning("mailbox.unreachable error=%s", type(error).__name__)
        report.problem = (
            "The certificate of the mail server is not valid for its name."
            if isinstance(error, SSLCertVerificationError)
            else "The mail server could not be reached, or broke off."
        )
        _wait(organization, mailbox, report)
    except _MailFailed:
        report.problem = "A mail could not be taken in. It is tried again."
        _wait(organization, mailbox, report)
    else:
        _finish(organization, mailbox, report)
    return report


@contextmanager
def _opened(mailbox: Mailbox) -> Iterator[BaseMailBox]:
    try:
        password = mailbox.open_secret()
        box = open_mailbox(mailbox.host, mailbox.port, mailbox.security, timeout=TIMEOUT)
    except Unsealable as error:
        raise _LockedOut("The password cannot be read. Enter it again.") from error
    except HostRefused as error:
        raise _LockedOut(str(error)) from error
    try:
        box.login(mailbox.username, password, initial_folder=None)
    except MailboxLoginError as error:
        box.client.shutdown()
        raise _LockedOut("The mail server refused the user's name or the password.") from error
    try:
        yield box
    finally:
        try:
            box.logout()
        except (ImapToolsError, IMAP4.error, OSError):
            logger.info("mailbox.logout_failed")


def _look_into(
    box: BaseMailBox,
    folder: str,
    mailbox: Mailbox,
    organization: Organization,
    report: SyncReport,
) -> None:
    """One folder, from where the last turn ended; after each mail the place is written down."""
    if not box.folder.exists(folder):
        there = ", ".join(f"“{known.name}”" for known in box.folder.list()[:FOLDERS_NAMED])
        raise _LockedOut(f"There is no folder “{folder}” in the mailbox. There are: {there}.")
    status = box.folder.status(folder, ["UIDVALIDITY"])
    box.folder.set(folder, readonly=True)
    validity, last = mailbox.positions.get(folder, [0, 0])
    if validity != status["UIDVALIDITY"]:
        # The server counts anew: what is known already is recognized by its Message-ID.
        validity, last = status["UIDVALIDITY"], 0
    uids = _new_uids(box, mailbox, last)
    for number, uid in enumerate(uids):
        # One in any case, or a slow server would never be done.
        if number and (number == BATCH or _is_over(mailbox)):
            report.behind += len(uids) - number
            break
        report.seen += 1
        _take(box, uid, mailbox, organization, report)
        mailbox.positions[folder] = [validity, uid]
        _note_place(organization, mailbox)
    if not uids:
        mailbox.positions[folder] = [validity, last]


def _is_over(mailbox: Mailbox) -> bool:
    return mailbox.tried_at is not None and mailbox.tried_at + LONGEST_TURN <= timezone.now()


def _take(
    box: BaseMailBox, uid: int, mailbox: Mailbox, organization: Organization, report: SyncReport
) -> None:
    """One mail. The server is asked between the transactions, never inside one."""
    head, concerns_us = _fetch(box, uid, headers_only=True), False
    with _stumbling(mailbox, report), acting_in(organization):
        concerns_us = bool(head) and _concerns_us(parse(head), mailbox)
    raw = _fetch(box, uid, headers_only=False) if concerns_us else b""
    if raw:
        with _stumbling(mailbox, report), acting_in(organization):
            kept = receiving.receive_from_mailbox(organization, raw, mailbox=mailbox)
            report.kept += kept is not None


@contextmanager
def _stumbling(mailbox: Mailbox, report: SyncReport) -> Iterator[None]:
    """A mail on which our own code fails is tried again in later turns, then passed over: others wait behind it.

    A database that is away is no mail's fault.
    """
    try:
        yield
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("mailbox.mail_failed")
        if mailbox.failures < TRIES:
            raise _MailFailed from error
        report.passed_over += 1


def _new_uids(box: BaseMailBox, mailbox: Mailbox, last: int) -> list[int]:
    """Numbers of mails after `last`, in order; "n:*" always names the last mail, new or not."""
    since = mailbox.since.date()
    found = box.uids(AND(uid=f"{last + 1}:*", date_gte=since))
    return sorted(uid for uid in map(int, found) if uid > last)


def _fetch(box: BaseMailBox, uid: int, *, headers_only: bool) -> bytes:
    """The mail as it is, without marking it as read; nothing where it has been deleted. Raises _MailFailed."""
    part = "BODY.PEEK[HEADER]" if headers_only else "BODY.PEEK[]"
    status, items = box.client.uid("fetch", str(uid), f"({part})")
    if status != "OK":
        # A server that is throttled or in trouble says NO: that is no mail that is not there.
        logger.warning("mailbox.mail_refused")
        raise _MailFailed
    for item in items:
        if isinstance(item, tuple):
            return bytes(item[1])
    return b""


def _concerns_us(head: Mail, mailbox: Mailbox) -> bool:
    """By the headers alone: whether it answers us, is from somebody known, or reports on a mail."""
    if _is_ignored(head.from_address, mailbox):
        return False
    if signing.read_message_ids(f"{head.references} {head.in_reply_to}"):
        return True
    if head.content_type == "multipart/report" or head.header("x-failed-recipients"):
        return True
    normalized = normalize_email(head.from_address) or ""
    return bool(normalized) and EmailAddress.objects.filter(normalized=normalized).exists()


def _is_ignored(address: str, mailbox: Mailbox) -> bool:
    lines = {line.strip().lower().lstrip("@") for line in mailbox.ignored.splitlines()}
    return bool({address, address.rpartition("@")[2]} & (lines - {""}))


def _note_place(organization: Organization, mailbox: Mailbox) -> None:
    with acting_in(organization):
        Mailbox.objects.filter(pk=mailbox.pk).update(positions=mailbox.positions)


def _save(organization: Organization, mailbox: Mailbox, report: SyncReport, **values: Any) -> None:
    with acting_in(organization):
        Mailbox.objects.filter(pk=mailbox.pk).update(
            positions=mailbox.positions,
            seen_count=F("seen_count") + report.seen,
            kept_count=F("kept_count") + report.kept,
            behind=report.behind,
            problem=report.problem[:300],
            **values,
        )


def _finish(organization: Organization, mailbox: Mailbox, report: SyncReport) -> None:
    """All of it was looked at, or as much as fits into a turn: then the next one begins at once."""
    now = timezone.now()
    if report.passed_over:
        report.problem = "A mail could not be taken in, and was passed over."
        with acting_in(organization):
            _tell(
                mailbox,
                f"{report.problem} Look into {mailbox.address} yourself for what may be missing.",
            )
    done = {} if report.behind else {"synced_at": now}
    following = now if report.behind else now + EVERY
    _save(organization, mailbox, report, failures=0, next_sync_at=following, **done)


def _wait(organization: Organization, mailbox: Mailbox, report: SyncReport) -> None:
    pause = min(EVERY * 2 ** min(mailbox.failures, 8), LONGEST_PAUSE)
    following = timezone.now() + pause
    _save(organization, mailbox, report, failures=F("failures") + 1, next_sync_at=following)


def _stop(organization: Organization, mailbox: Mailbox, report: SyncReport) -> None:
    """Only a person can help. They are told, once."""
    with acting_in(organization), transaction.atomic():
        _save(organization, mailbox, report, failures=F("failures") + 1, next_sync_at=None)
        _tell(mailbox, f"Your mailbox {mailbox.address} is no longer looked into: {report.problem}")


def _tell(mailbox: Mailbox, text: str) -> None:
    notify(mailbox.user, kind=Notification.Kind.SENDER, text=text, link="settings/mailboxes/")

"""Mail accounts of an organization, members' mailboxes, and the secrets of both."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from smtplib import SMTPException

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from campaigns import outcomes
from campaigns.models import MailAccount, Mailbox, Sender
from campaigns.services import pacing
from campaigns.services.routing import route_through
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.sealing import is_sealed_with_first_key
from crm.web.errors import DomainError


class NameTaken(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is one called {name} already.")


class AccountUsed(DomainError):
    def __init__(self, account: MailAccount) -> None:
        super().__init__(f"Senders go out through {account}. Choose another way for them first.")


@transaction.atomic
def save_account(account: MailAccount, *, secret: str, by: User) -> MailAccount:
    """Add or change an account. An empty `secret` leaves the one that is there."""
    _save(account, secret)
    account.problem = ""
    account.save(update_fields=["problem"])
    for sender in Sender.objects.filter(account=account):
        pacing.free(sender)
    record("mail_account.saved", account, by=by)
    return account


@transaction.atomic
def save_mailbox(mailbox: Mailbox, *, secret: str, by: User) -> Mailbox:
    """Add or change a mailbox, and look into it at once."""
    if mailbox.pk is None:
        mailbox.user = by
    elif _points_elsewhere(mailbox):
        # Places in another mailbox say nothing of this one.
        mailbox.positions = {}
    mailbox.next_sync_at, mailbox.failures, mailbox.problem = timezone.now(), 0, ""
    _save(mailbox, secret)
    record("mailbox.saved", mailbox, by=by)
    return mailbox


def _points_elsewhere(mailbox: Mailbox) -> bool:
    before = Mailbox.objects.get(pk=mailbox.pk)
    return (before.host, before.username) != (mailbox.host, mailbox.username)


def _save(row: MailAccount | Mailbox, secret: str) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise NameTaken(str(row)) from error
    if secret:
        # Bound to the row, which must have its number first.
        row.keep_secret(secret)
        row.save(update_fields=["secret"])


@transaction.atomic
def remove_account(account: MailAccount, *, by: User) -> None:
    try:
        record("mail_account.removed", account, by=by)
        account.delete()
    except ProtectedError as error:
        raise AccountUsed(account) from error


@transaction.atomic
def stop_mailbox(mailbox: Mailbox, *, by: User) -> None:
    """Look into it no more. What was kept of it stays."""
    Mailbox.objects.filter(pk=mailbox.pk).update(next_sync_at=None, problem="")
    record("mailbox.stopped", mailbox, by=by)


@transaction.atomic
def remove_mailbox(mailbox: Mailbox, *, by: User) -> None:
    record("mailbox.removed", mailbox, by=by)
    mailbox.delete()


@dataclass(frozen=True)
class Check:
    """Whether an account lets us in, and the sentence to show."""

    is_ok: bool
    sentence: str


def check_account(account: MailAccount) -> Check:
    """Sign in without sending anything. Providers have no such door: theirs is only seen to be complete."""
    problem, connection = "", None
    try:
        connection = route_through(account).connect()
        connection.open()
    except Exception as error:
        problem = outcomes.of_opening_error(error).sentence
    if connection:
        with suppress(OSError, SMTPException):
            connection.close()
    at: datetime = timezone.now()
    MailAccount.objects.filter(pk=account.pk).update(checked_at=at, problem=problem)
    if problem:
        return Check(is_ok=False, sentence=problem)
    if account.kind == MailAccount.Kind.SMTP:
        return Check(is_ok=True, sentence="The mail server lets us in.")
    return Check(is_ok=True, sentence="Complete. The first mail shows whether the key is right.")


@transaction.atomic
def reseal_all() -> int:
    """Seal every secret of the organization being acted in with the first key; returns how many were not."""
    count = 0
    for model in (MailAccount, Mailbox):
        for row in model.objects.select_for_update().exclude(secret=""):
            if not is_sealed_with_first_key(row.secret):
                row.keep_secret(row.open_secret())
                row.save(update_fields=["secret"])
                count += 1
    return count

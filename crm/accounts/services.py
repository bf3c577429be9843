"""Mails about accounts: queued by requests, sent by the worker."""

import logging
from datetime import timedelta

from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.utils import timezone

from crm.accounts.models import AccountMail, User
from crm.web.links import absolute, site_reverse
from crm.web.mails import send_mail

logger = logging.getLogger(__name__)

# After that a mail about an account helps nobody.
GIVE_UP_AFTER = timedelta(hours=24)


def queue_mail(kind: AccountMail.Kind, email: str) -> AccountMail:
    """Have a mail of `kind` sent to `email`, whoever that is."""
    return AccountMail.objects.create(kind=kind, email=email.strip().lower())


def _reset_link(user: User) -> str:
    path = site_reverse(
        "account_reset_password_from_key",
        uidb36=user_pk_to_url_str(user),
        key=default_token_generator.make_token(user),
    )
    return absolute(path)


def _send(mail: AccountMail) -> None:
    user = User.objects.filter(email=mail.email, is_active=True).first()
    if mail.kind != AccountMail.Kind.RESET:
        if user:
            send_mail(f"email/{mail.kind}", to=mail.email, context={"user": user})
    elif user:
        context = {"user": user, "link": _reset_link(user)}
        send_mail("email/password_reset", to=mail.email, context=context)
    else:
        send_mail("email/nobody_signs_in", to=mail.email, context={"email": mail.email})


@transaction.atomic
def _claim_next_mail() -> AccountMail | None:
    """Count a try of the mail that waits longest, and put off the next one. A worker that dies leaves it at that."""
    mail = (
        AccountMail.objects.select_for_update(skip_locked=True)
        .filter(due_at__lte=timezone.now())
        .order_by("due_at")
        .first()
    )
    if mail is not None:
        mail.attempts += 1
        mail.due_at = timezone.now() + timedelta(minutes=min(2**mail.attempts, 60))
        mail.save(update_fields=["attempts", "due_at"])
    return mail


def send_next_mail() -> bool:
    """Send the mail that waits longest, and forget it. False: none is due.

    Safe to run in many workers at once; a mail that could not be sent, for whatever reason, is tried
    again later, for a day. No lock and no transaction is held while the mail server is spoken to.
    """
    mail = _claim_next_mail()
    if mail is None:
        return False
    try:
        _send(mail)
    except Exception:
        # Whatever it is, the mails behind this one must not wait for it.
        logger.warning("account mail not sent id=%s kind=%s", mail.pk, mail.kind, exc_info=True)
        if mail.due_at < mail.created_at + GIVE_UP_AFTER:
            return True
    mail.delete()
    return True

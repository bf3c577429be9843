"""What a sender's mail goes out through: this installation's mail server, or an account of the organization's."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend

from campaigns.models import MailAccount, Security, Sender
from campaigns.outcomes import AccountUnusable
from campaigns.services.hosts import HostRefused, check_host
from crm.tenancy.sealing import Unsealable

Kind = MailAccount.Kind
SMTP_BACKEND = "campaigns.services.connecting.SmtpBackend"
# How Anymail calls the key of each provider, where it is not `api_key`.
KEY_NAMES = {Kind.POSTMARK: "server_token", Kind.MAILJET: "secret_key"}
# How long a provider delivers what comes twice with one key only once: as far as its documentation promises that.
KNOWS_AGAIN = {Kind.RESEND: timedelta(hours=24)}
BACKENDS = {Kind.RESEND: "campaigns.resend.EmailBackend"}
_UNREADABLE = "The password of the sender's mail account cannot be read. Enter it again."


@dataclass(frozen=True)
class Route:
    """A mail backend and its options; read inside the transaction, opened outside of it."""

    backend: str | None = None
    options: dict[str, Any] = field(default_factory=dict, repr=False)
    problem: str = ""
    # For how long it knows a mail again that is handed over twice; None: not at all.
    knows_again: timedelta | None = None

    def connect(self) -> BaseEmailBackend:
        """Not opened yet. Raises AccountUnusable where the account cannot be used, OSError where that passes."""
        if self.problem:
            raise AccountUnusable(self.problem)
        if self.backend == SMTP_BACKEND:
            try:
                check_host(self.options["host"], self.options["port"])
            except HostRefused as error:
                raise AccountUnusable(str(error)) from error
        connection: BaseEmailBackend = get_connection(self.backend, **self.options)
        return connection


def route_of(sender: Sender) -> Route:
    """The route of `sender`. In local mode mail never leaves this machine, whatever is set."""
    if sender.account is None or settings.DEMO_MAILBOX:
        return Route()
    return route_through(sender.account)


def route_through(account: MailAccount) -> Route:
    try:
        secret = account.open_secret()
    except Unsealable:
        return Route(problem=_UNREADABLE)
    if account.kind == Kind.SMTP:
        return Route(SMTP_BACKEND, _smtp_options(account, secret))
    options = {KEY_NAMES.get(Kind(account.kind), "api_key"): secret}
    if account.kind == Kind.MAILGUN:
        options["sender_domain"] = account.domain
    if account.kind == Kind.MAILJET:
        options["api_key"] = account.username
    kind = Kind(account.kind)
    backend = BACKENDS.get(kind, f"anymail.backends.{kind}.EmailBackend")
    return Route(backend, options, knows_again=KNOWS_AGAIN.get(kind))


def _smtp_options(account: MailAccount, secret: str) -> dict[str, Any]:
    return {
        "host": account.host,
        "port": account.port,
        "username": account.username,
        "password": secret,
        "use_ssl": account.security == Security.TLS,
        "use_tls": account.security == Security.STARTTLS,
        "timeout": settings.EMAIL_TIMEOUT,
    }

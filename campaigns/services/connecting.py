"""Connections to the mail servers that members name: only to an address that was looked at, and by a true name.

A name may lead elsewhere a moment after it was checked, so it is resolved once, and what was found is connected to.
"""

import imaplib
import smtplib
import socket
import ssl
from typing import Any

from django.core.mail.backends import smtp
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted

from campaigns.models import Security
from campaigns.services.hosts import HostRefused, addresses_of


def connect(host: str, port: int, timeout: float | None, source: Any = None) -> socket.socket:
    """A connection to the first address of the host that answers; raises HostRefused, or the last one's OSError."""
    problem: OSError | None = None
    for address in addresses_of(host, port):
        try:
            return socket.create_connection((address, port), timeout, source)
        except OSError as error:
            problem = error
    raise problem or OSError(f"{host} has no address.")


class _Imap(imaplib.IMAP4):
    def _create_socket(self, timeout: float | None) -> socket.socket:
        return connect(self.host, self.port, timeout)


class _ImapOverTls(imaplib.IMAP4_SSL):
    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = connect(self.host, self.port, timeout)
        wrapped: socket.socket = self.ssl_context.wrap_socket(plain, server_hostname=self.host)
        return wrapped


def open_mailbox(host: str, port: int, security: str, *, timeout: float) -> BaseMailBox:
    """An IMAP server, before anybody signs in. Its certificate must be valid for its name."""
    mailbox: BaseMailBox = _DOORS[Security(security)](host, port, timeout=timeout)
    return mailbox


class _OverTls(MailBox):
    def _get_mailbox_client(self) -> imaplib.IMAP4:
        context = ssl.create_default_context()
        return _ImapOverTls(self._host, self._port, ssl_context=context, timeout=self._timeout)


class _WithStartTls(MailBoxStartTls):
    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client = _Imap(self._host, self._port, timeout=self._timeout)
        client.starttls(ssl.create_default_context())
        return client


class _Unencrypted(MailBoxUnencrypted):
    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return _Imap(self._host, self._port, timeout=self._timeout)


_DOORS = {
    Security.TLS: _OverTls,
    Security.STARTTLS: _WithStartTls,
    Security.NONE: _Unencrypted,
}


class _Smtp(smtplib.SMTP):
    def _get_socket(self, host: str, port: int, timeout: float | None) -> socket.socket:
        try:
            return connect(host, port, timeout, self.source_address)
        except HostRefused as error:
            # It was checked a moment ago: to whoever sends, a server that is away.
            raise ConnectionRefusedError(str(error)) from error


class _SmtpOverTls(smtplib.SMTP_SSL, _Smtp):
    """Wraps the socket that `_Smtp` opens."""


class SmtpBackend(smtp.EmailBackend):
    """Django's, by connections of ours."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SmtpOverTls if self.use_ssl else _Smtp

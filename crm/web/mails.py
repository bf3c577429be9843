"""Rapport's own mails to its users: notices, links. Mails to candidates are made by campaigns."""

import logging
from enum import StrEnum
from smtplib import SMTPException
from typing import Any

import css_inline
from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)

FAILURES = (OSError, SMTPException, AnymailError)

# RFC 3834: nothing and nobody should answer these by itself.
AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
# Whose business a mail is about, for people and mailboxes that sort their mail.
ORGANIZATION = "X-Rapport-Organization"


def build_mail(
    template: str, *, to: str, context: dict[str, Any], organization: str = ""
) -> EmailMultiAlternatives:
    """The mail of `<template>.txt` and `<template>.html` to one address. The text's first line is the subject.

    `organization` is the slug of the one that it is about; mails about an account alone have none.
    """
    text = render_to_string(f"{template}.txt", context)
    subject, _, body = text.partition("\n")
    html = css_inline.inline(render_to_string(f"{template}.html", context))
    message = EmailMultiAlternatives(
        subject=subject.strip(),
        body=body.strip() + "\n",
        to=[to],
        headers=AUTOMATIC | ({ORGANIZATION: organization} if organization else {}),
    )
    message.attach_alternative(html, "text/html")
    return message


def send_mail(template: str, *, to: str, context: dict[str, Any], organization: str = "") -> None:
    """Send what `build_mail` makes."""
    build_mail(template, to=to, context=context, organization=organization).send()


class Fate(StrEnum):
    """What became of a mail that was handed over."""

    SENT = "sent"
    # The server could not be reached: it has nothing, the mail may be sent again.
    NOT_SENT = "not_sent"
    # It broke off, or refused: whether the mail went is unknown, or sending it again is of no use.
    UNKNOWN = "unknown"


def attach_calendar(
    mail: EmailMultiAlternatives, calendar: str, method: str, *, backend: str = ""
) -> None:
    """Make `mail` carry an entry that calendars show with its buttons (RFC 6047).

    As an alternative of the text, which mail programs look for, and as a file, for those that do not.
    Providers' interfaces take files only: `backend` says by which one it goes, if not by the usual one.
    """
    if not (backend or settings.EMAIL_BACKEND).startswith("anymail."):
        mail.attach_alternative(calendar, f"text/calendar; method={method}")
    mail.attach(
        "invite.ics", calendar.encode(), f'text/calendar; method={method}; name="invite.ics"'
    )


def hand_over(mail: EmailMultiAlternatives) -> Fate:
    """Send one mail, and tell whether it may be sent again. Call it outside any transaction."""
    connection = get_connection()
    try:
        connection.open()
    except FAILURES:
        logger.warning("mail server not reached", exc_info=True)
        return Fate.NOT_SENT
    try:
        return Fate.SENT if connection.send_messages([mail]) else Fate.UNKNOWN
    except FAILURES:
        logger.warning("whether a mail went is unknown", exc_info=True)
        return Fate.UNKNOWN
    finally:
        connection.close()

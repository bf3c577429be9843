"""Rapport's own mails to its users: notices, links. Mails to candidates are made by campaigns."""

from typing import Any

import css_inline
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

# RFC 3834: nothing and nobody should answer these by itself.
AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


def build_mail(template: str, *, to: str, context: dict[str, Any]) -> EmailMultiAlternatives:
    """The mail of `<template>.txt` and `<template>.html` to one address. The text's first line is the subject."""
    text = render_to_string(f"{template}.txt", context)
    subject, _, body = text.partition("\n")
    html = css_inline.inline(render_to_string(f"{template}.html", context))
    message = EmailMultiAlternatives(
        subject=subject.strip(), body=body.strip() + "\n", to=[to], headers=AUTOMATIC
    )
    message.attach_alternative(html, "text/html")
    return message


def send_mail(template: str, *, to: str, context: dict[str, Any]) -> None:
    """Send what `build_mail` makes."""
    build_mail(template, to=to, context=context).send()

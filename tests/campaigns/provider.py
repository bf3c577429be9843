"""A mail provider for tests: accepts mails into a list, or does what a test's script says."""

from collections.abc import Callable, Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

accepted: list[EmailMessage] = []
# Called before and after the provider accepts a mail; may raise.
before_accepting: Callable[[EmailMessage], None] | None = None
after_accepting: Callable[[EmailMessage], None] | None = None
opening: Callable[[], None] | None = None


def reset() -> None:
    global before_accepting, after_accepting, opening  # noqa: PLW0603
    accepted.clear()
    before_accepting = after_accepting = opening = None


class Backend(BaseEmailBackend):
    def open(self) -> None:
        if opening:
            opening()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for mail in email_messages:
            if before_accepting:
                before_accepting(mail)
            mail.message()
            accepted.append(mail)
            if after_accepting:
                after_accepting(mail)
        return len(email_messages)

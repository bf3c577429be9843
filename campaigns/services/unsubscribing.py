"""One click ends all mail to a person. The token is the only credential; it never expires."""

from campaigns.models import Message


def token_for(message: Message) -> str:
    """The token of the unsubscribe link in `message`."""
    raise NotImplementedError


def unsubscribe(token: str) -> bool:
    """Suppress the person behind `token` and stop what runs; outside any organization.

    False if the token names nobody (any more); saying it twice changes nothing.
    """
    raise NotImplementedError

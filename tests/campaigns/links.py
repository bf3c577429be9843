"""The links that a mail carries."""

from campaigns import signing
from campaigns.models import Message
from campaigns.services import composing


def unsubscribe_token(message: Message) -> str:
    """The token of the unsubscribe link in `message`."""
    return signing.token(signing.Purpose.UNSUBSCRIBE, composing.reference_of(message))

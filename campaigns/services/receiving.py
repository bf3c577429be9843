"""Mail that comes in: whose it is, whether a human wrote it, and what follows from that."""

from campaigns.models import Message


def receive(raw: bytes, *, recipients: tuple[str, ...] = ()) -> Message | None:
    """Take in one mail as it came, word for word. Finds its organization itself: call it outside any.

    `recipients` are the envelope's, where they are known; else the headers' count. Returns the stored
    message, or None where nothing is kept (a bounce, an unsubscription, an erased person).
    Receiving the same mail again changes nothing.
    """
    raise NotImplementedError

"""Short messages after an act: on the next page, or at once where htmx asked for a part of one."""

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

UNDO = "undo:"


def notify(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Tell the user what was done; `undo` is the path that takes it back when it is posted to."""
    messages.success(request, text, extra_tags=f"{UNDO}{undo}" if undo else "")


def undo_path(message: Message) -> str:
    """Where to post to take back what `message` tells of, or nothing."""
    tags = message.extra_tags or ""
    return tags.removeprefix(UNDO) if tags.startswith(UNDO) else ""

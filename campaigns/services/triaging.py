"""Received mail that found nobody, and is nobody's (whose it is, `receiving.match` takes in)."""

from django.db import transaction

from campaigns.models import Message
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError


class MailSettled(DomainError):
    def __init__(self) -> None:
        super().__init__("Somebody has dealt with this mail already.")


@transaction.atomic
def dismiss(message: Message, *, by: User) -> Message:
    """Take it off the list. It stays stored until retention takes it."""
    message = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
    if message.state != Message.State.RECEIVED or message.candidate_id:
        raise MailSettled
    message.state = Message.State.CANCELLED
    message.save(update_fields=["state"])
    record("mail.dismissed", message, by=by)
    return message

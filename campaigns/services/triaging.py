"""Received mail that found nobody, and is nobody's (whose it is, `receiving.match` takes in)."""

import re

from django.db import transaction

from campaigns.models import Message
from candidates.services.duplicates.finding import Lookalike, find_lookalikes
from candidates.services.duplicates.keys import facts_from
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

# A name alone is a guess that somebody is about to judge: lower than where pairs begin.
ALIKE = 30


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


def writers_like(message: Message) -> list[Lookalike]:
    """Who is here that may have written a mail from an address that nobody has: by mailbox, or by name.

    Of an address such as anna.meier@example.com the words are taken for a name.
    """
    local = message.from_address.partition("@")[0].partition("+")[0]
    words = [word for word in re.split(r"[._-]+", local) if word.isalpha()]
    name = " ".join(word.capitalize() for word in words) if len(words) > 1 else ""
    facts = facts_from(name=name, emails=[message.from_address])
    return find_lookalikes(facts, at_least=ALIKE, is_reading=True)

"""Received mail that found nobody, and is nobody's (whose it is, `receiving.match` takes in)."""

import re
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from campaigns.inbound import phrases
from campaigns.models import Message
from campaigns.services.receiving import match
from candidates.models import Candidate
from candidates.services.candidates import create_candidate
from candidates.services.duplicates.finding import Lookalike, find_lookalikes
from candidates.services.duplicates.keys import facts_from
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

# Answers carry the subject behind these, in the languages of the corpus.
_PREFIXES = re.compile(rf"^(?:(?:{phrases.ANSWERED}|{phrases.FORWARDED})\s*:\s*)+", re.I)
SUBJECT_WINDOW = timedelta(days=30)
MOST_HINTS = 5
# A name alone is a guess that somebody is about to judge: far lower than where pairs begin, and the address is one
# that the person is not known by in any case.
ALIKE = 5


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
    facts = facts_from(name=name_in(message.from_address), emails=[message.from_address])
    return find_lookalikes(facts, at_least=ALIKE, is_reading=True)


def name_in(address: str) -> str:
    """The name that an address such as anna.meier@example.com is made of; "" for one word alone."""
    local = address.partition("@")[0].partition("+")[0]
    words = [word for word in re.split(r"[._-]+", local) if word.isalpha()]
    return " ".join(word.capitalize() for word in words) if len(words) > 1 else ""


def asked_under_subject(message: Message) -> list[Candidate]:
    """People whom we lately wrote a mail of that subject: a hint for a person, never a match by itself."""
    subject = _PREFIXES.sub("", message.subject).strip()
    if not subject:
        return []
    written = Message.objects.filter(
        direction=Message.Direction.OUT,
        subject__iexact=subject,
        is_private=False,
        handed_at__gt=timezone.now() - SUBJECT_WINDOW,
    )
    people = Candidate.objects.filter(pk__in=written.values("candidate"))
    return list(people.order_by("full_name", "pk")[:MOST_HINTS])


@transaction.atomic
def add_writer(message: Message, *, full_name: str, by: User) -> Candidate:
    """Make a record of who wrote, with the address, and put the mail on its timeline."""
    if message.candidate_id or message.state != Message.State.RECEIVED:
        raise MailSettled
    candidate = create_candidate(
        by=by,
        full_name=full_name,
        emails=[message.from_address],
        summary="Added because they wrote to us",
        learned_from="",
    )
    match(message, candidate, by=by)
    return candidate

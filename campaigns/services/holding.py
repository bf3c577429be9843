"""The log of what was held back: written once where the reason is new, read when somebody asks why."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from campaigns.models import Enrollment, Hold, Message, Sender, Sequence
from crm.tenancy.bulk import insert_rows

# In the words of a mail that rests until a moment.
GOES = ": goes "
SEQUENCE_PAUSED = "The sequence is paused"


def note_hold(
    because: str,
    *,
    until: datetime | None = None,
    enrollment: Enrollment | None = None,
    message: Message | None = None,
    sequence: Sequence | None = None,
    sender: Sender | None = None,
) -> None:
    """Write down that something waits."""
    Hold.objects.create(
        because=because[:200],
        until=until,
        enrollment=enrollment,
        message=message,
        sequence=sequence,
        sender=sender,
    )


def note_holds(held: Iterable[tuple[int, str, datetime | None]], *, at: datetime) -> None:
    """The same for many: the id of an enrollment, why it waits, and until when."""
    held = list(held)
    if held:
        insert_rows(
            Hold,
            {
                "enrollment_id": [enrollment_id for enrollment_id, _, _ in held],
                "because": [because[:200] for _, because, _ in held],
                "until": [until for _, _, until in held],
            },
            at=at,
        )


def hold_sequences(sequences: "QuerySet[Sequence]") -> list[Sequence]:
    """Pause those of them that run, and write it down; returns which were paused."""
    running = sequences.filter(state=Sequence.State.ACTIVE).order_by("pk")
    paused = [
        sequence
        for sequence in running
        if running.filter(pk=sequence.pk).update(state=Sequence.State.PAUSED)
    ]
    for sequence in paused:
        note_hold(SEQUENCE_PAUSED, sequence=sequence)
    return paused


def look_again(mails: "QuerySet[Message]", now: datetime) -> None:
    """What a limit sent to rest is due now, and checked anew: the limit has changed.

    Not what rests for the person's sake, which its enrollment says.
    """
    # Who is sent to rest along with somebody else has no hold of their own, only the words.
    resting = mails.filter(
        Q(holds__isnull=False) | Q(waits_for__contains=GOES),
        state=Message.State.QUEUED,
        due_at__gt=now,
        enrollment__waits_for="",
    )
    Message.objects.filter(pk__in=resting.values("pk")).update(due_at=now, waits_for="")

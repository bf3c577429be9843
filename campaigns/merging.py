"""What becomes of mails and sequences when people are merged: one sequence runs on, the one that began first."""

from collections.abc import Sequence as Ids

from campaigns.models import Enrollment, Message, MessageEvent
from campaigns.services import enrolling
from candidates.models import Touchpoint
from candidates.services.merging.rules import Merge, MergeRules, follow
from candidates.services.timeline import add_touchpoints
from crm.web.errors import DomainError

StopReason = Enrollment.StopReason


class MailsInTheAir(DomainError):
    """Two mails of one sequence are being handed over at this very moment."""

    def __init__(self) -> None:
        super().__init__("Mails to both records are being sent right now. Try again in a minute.")


def lock_enrollments(candidate_ids: Ids[int]) -> None:
    """Enrollments first, then candidates: the order that sending, replies and unsubscribing keep."""
    rows = Enrollment.objects.select_for_update(of=("self",)).filter(candidate__in=candidate_ids)
    list(rows.order_by("pk").values_list("pk"))


def merge_enrollments(merge: Merge) -> None:
    """The earliest running enrollment goes on; the others end, and what they had queued is cancelled."""
    everywhere = Enrollment.objects.filter(candidate__in=merge.everybody).select_related("sequence")
    rows = list(everywhere.order_by("enrolled_at", "pk"))
    running = [row for row in rows if row.state in enrolling.RUNNING]
    for row in running[1:]:
        enrolling.end([row.pk], StopReason.MERGED)
        add_touchpoints(
            [merge.survivor],
            Touchpoint.Kind.SEQUENCE,
            f"Taken off the sequence “{row.sequence}”: another record was on "
            f"“{running[0].sequence}” already",
            actor=merge.by,
            link=f"sequences/{row.sequence_id}/",
        )
    by_sequence: dict[int, list[Enrollment]] = {}
    for row in rows:
        by_sequence.setdefault(row.sequence_id, []).append(row)
    for of_sequence in by_sequence.values():
        if len(of_sequence) > 1:
            _merge_sequence(of_sequence, running[0] if running else None)
    Enrollment.objects.filter(candidate__in=merge.losers).update(candidate=merge.survivor)


def _merge_sequence(rows: list[Enrollment], running: Enrollment | None) -> None:
    """One row a person and sequence: the running one, else the one whose mail is in the air, else the latest.

    Its mails count as sent for the row that stays, so that nobody gets a step twice.
    """
    flying = set(
        Message.objects.filter(enrollment__in=rows, state=Message.State.SENDING).values_list(
            "enrollment", flat=True
        )
    )
    kept = max(rows, key=lambda row: (row == running, row.pk in flying, row.enrolled_at, row.pk))
    others = [row for row in rows if row != kept]
    if flying - {kept.pk}:
        raise MailsInTheAir
    written = set(
        kept.messages.filter(direction=Message.Direction.OUT).values_list("step", flat=True)
    )
    for message in Message.objects.filter(enrollment__in=others).order_by("pk"):
        counts = message.direction == Message.Direction.IN or message.step_id not in written
        message.enrollment = kept if counts else None
        written.add(message.step_id)
        message.save(update_fields=["enrollment"])
    Enrollment.objects.filter(pk__in=[row.pk for row in others]).delete()


def move_messages(merge: Merge) -> None:
    Message.objects.filter(candidate__in=merge.losers).update(candidate=merge.survivor)


RULES = MergeRules(
    {Enrollment: merge_enrollments, Message: move_messages, MessageEvent: follow},
    lock=lock_enrollments,
)

"""What becomes of mails and sequences when people are merged: one sequence runs on, the one that began first."""

from collections.abc import Sequence as Ids

from django.db.models import Exists, OuterRef, Q

from campaigns.models import (
    CandidacyMail,
    CarriedNotice,
    ContentClick,
    Enrollment,
    Hold,
    MailReader,
    Message,
    MessageEvent,
    PersonalMail,
    SharedContent,
)
from campaigns.services import enrolling
from candidates.models import Touchpoint
from candidates.services.merging.rules import Merge, MergeRules, follow
from candidates.services.timeline import add_touchpoints

StopReason, State, OUT = Enrollment.StopReason, Message.State, Message.Direction.OUT
# A mail of these states has reached the person, or may.
GONE = frozenset({State.SENDING, State.SENT, State.AMBIGUOUS})


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
    """One row a person and sequence: the running one, else the latest.

    What went out for the others counts as its own, so that nobody gets a step twice. A mail that a worker has
    taken but not yet handed over is called back where the step has gone out already.
    """
    kept = max(rows, key=lambda row: (row == running, row.enrolled_at, row.pk))
    others = [row for row in rows if row != kept]
    written: set[int | None] = set(
        kept.messages.filter(direction=OUT).values_list("step", flat=True)
    )
    mails = Message.objects.select_for_update(of=("self",)).filter(enrollment__in=others)
    for mail in mails.order_by("pk"):
        counts = mail.direction != OUT or (mail.state in GONE and mail.step_id not in written)
        mail.enrollment = kept if counts else None
        if mail.direction == OUT and counts:
            written.add(mail.step_id)
        elif mail.state == State.SENDING and mail.handed_at is None:
            mail.state, mail.problem = State.CANCELLED, StopReason.MERGED.label
        mail.save(update_fields=["enrollment", "state", "problem"])
    Enrollment.objects.filter(pk__in=[row.pk for row in others]).delete()


def move_personal_mails(merge: Merge) -> None:
    """What was written for the survivor stands; else the latest that was written for another."""
    rows = PersonalMail.objects.filter(candidate__in=merge.everybody)
    kept: dict[int, PersonalMail] = {}
    for row in rows.order_by("written_at", "pk"):
        if row.step_id not in kept or kept[row.step_id].candidate_id != merge.survivor:
            kept[row.step_id] = row
    rows.exclude(pk__in=[row.pk for row in kept.values()]).delete()
    rows.update(candidate=merge.survivor)


def move_messages(merge: Merge) -> None:
    """What came for several of them, as one mail, is kept once."""
    received = Message.objects.filter(
        candidate__in=merge.everybody, direction=Message.Direction.IN
    ).exclude(message_id="")
    kept = Q(candidate=merge.survivor) | Q(pk__lt=OuterRef("pk"))
    same = received.filter(kept, message_id=OuterRef("message_id"))
    received.filter(Exists(same), candidate__in=merge.losers).delete()
    Message.objects.filter(candidate__in=merge.losers).update(candidate=merge.survivor)


def move_shared(merge: Merge) -> None:
    """What was shown to any of them was shown to the survivor: each mail keeps its own rows."""
    SharedContent.objects.filter(candidate__in=merge.losers).update(candidate=merge.survivor)


def foretell(candidate_ids: Ids[int]) -> list[str]:
    """Which sequence goes on where several run."""
    running = (
        Enrollment.objects.filter(candidate__in=candidate_ids, state__in=enrolling.RUNNING)
        .order_by("enrolled_at", "pk")
        .values_list("sequence__name", flat=True)
    )
    first, *others = [*running] or [""]
    ending = ", ".join(f"“{name}”" for name in others)
    return (
        [f"The sequence “{first}” goes on; {ending} ends, with its queued mail."] if others else []
    )


RULES = MergeRules(
    {
        Enrollment: merge_enrollments,
        Message: move_messages,
        MailReader: follow,
        MessageEvent: follow,
        CandidacyMail: follow,
        CarriedNotice: follow,
        Hold: follow,
        SharedContent: move_shared,
        ContentClick: follow,
        PersonalMail: move_personal_mails,
    },
    lock=enrolling.lock_whatever_is_about,
    foretell=foretell,
)

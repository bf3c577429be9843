"""People who are held because a mail lacks a value of theirs: which it is, and that they go on once it is there."""

from collections.abc import Iterable
from contextlib import suppress

from campaigns.models import Enrollment, Message, Step
from campaigns.services import composing, enrolling, resuming, wording
from campaigns.services.reaching import Obstacle, reach
from campaigns.services.rendering import Sources
from crm.tenancy.bulk import among

BATCH = 500


def lacking(held: Iterable[Enrollment]) -> dict[int, tuple[str, ...]]:
    """For each of these enrollments the merge fields that its next mail lacks as text and record are now.

    Of who waits for no mail nothing is said.
    """
    held = list(held)
    steps = _waiting_for(held)
    words = wording.wordings(
        (steps[one.pk], one.candidate_id) for one in held if _is_mail(steps.get(one.pk))
    )
    sources = Sources(one.candidate_id for one in held)
    return {
        one.pk: composing.draft(
            words[steps[one.pk].pk, one.candidate_id],
            one.candidate,
            one.sequence.sender,
            before=None,
            sources=sources,
        ).missing
        for one in held
        if _is_mail(steps.get(one.pk))
    }


def _waiting_for(held: Iterable[Enrollment]) -> dict[int, Step]:
    """The step whose mail each waits for: one that is queued already, or the next."""
    following = {one.pk: one.next_step for one in held if one.next_step}
    queued = Message.objects.filter(
        enrollment__in=among(one.pk for one in held), state=Message.State.QUEUED
    ).select_related("step")
    waiting = {mail.enrollment_id: mail.step for mail in queued if mail.enrollment_id and mail.step}
    return following | waiting


def _is_mail(step: Step | None) -> bool:
    return step is not None and step.kind == Step.Kind.MAIL


def go_on_filled(candidate_ids: Iterable[int] | None = None) -> int:
    """Let whoever lacked a value go on who has it now, all or of these people; returns how many enrollments.

    Whoever must not be written to at present stays held.
    """
    held = Enrollment.objects.filter(
        state=Enrollment.State.PAUSED, stop_reason=Enrollment.StopReason.MISSING_DATA
    )
    if candidate_ids is not None:
        held = held.filter(candidate__in=among(candidate_ids))
    held = held.select_related("candidate", "next_step", "sequence__sender").order_by("pk")
    count, last = 0, 0
    while batch := list(held.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        count += _go_on(batch)
    return count


def _go_on(held: list[Enrollment]) -> int:
    lacks = lacking(held)
    # Who waits for no mail lacks no field of one: it was an address.
    filled = [one for one in held if not lacks.get(one.pk)]
    reached = reach([one.candidate for one in filled])
    ready = [one for one in filled if not isinstance(reached[one.candidate_id], Obstacle)]
    for enrollment in ready:
        # Stopped since it was read.
        with suppress(enrolling.EnrollmentEnded):
            resuming.resume(enrollment, by=None)
    return len(ready)

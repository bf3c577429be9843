"""A step that is paused: whoever reaches it waits there, in every version of the sequence; all others go on."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns import clock
from campaigns.models import Enrollment, Message, Sequence, Step
from campaigns.services import enrolling, permissions
from campaigns.services.holding import note_holds
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.bulk import among

State = Enrollment.State


@transaction.atomic
def pause_step(step: Step, *, by: User | None) -> int:
    """Hold whoever reaches the step, and those whose mail of it is queued; returns how many were at once."""
    sequence = _locked_sequence(step)
    _in_every_version(step).update(paused_at=clock.now())
    queued = Enrollment.objects.filter(_has_mail_of(step), sequence=sequence, state=State.ACTIVE)
    ids = _lock(queued)
    because = enrolling.paused_words(step)
    Enrollment.objects.filter(pk__in=among(ids)).update(
        state=State.PAUSED, stop_reason=Enrollment.StopReason.STEP_PAUSED, waits_for=because
    )
    note_holds(((pk, because, None) for pk in ids), at=clock.now())
    record("step.paused", step, by=by, sequence=sequence.pk)
    return len(ids)


@transaction.atomic
def resume_step(step: Step, *, by: User | None) -> int:
    """Let whoever waits at the step go on; returns how many."""
    sequence = _locked_sequence(step)
    permissions.refuse_others(sequence.sender, by)
    _in_every_version(step).update(paused_at=None)
    held = Enrollment.objects.filter(
        Q(next_step__lineage=step.lineage) | _has_mail_of(step),
        sequence=sequence,
        state=State.PAUSED,
        stop_reason=Enrollment.StopReason.STEP_PAUSED,
    )
    ids = _lock(held)
    Enrollment.objects.filter(pk__in=among(ids)).update(
        state=State.ACTIVE, stop_reason="", waits_for=""
    )
    record("step.resumed", step, by=by, sequence=sequence.pk)
    return len(ids)


def _locked_sequence(step: Step) -> Sequence:
    locked: Sequence = (
        Sequence.objects.select_for_update(of=("self",))
        .select_related("sender")
        .get(pk=step.sequence_id)
    )
    return locked


def _in_every_version(step: Step) -> QuerySet[Step]:
    same: QuerySet[Step] = Step.objects.filter(sequence=step.sequence_id, lineage=step.lineage)
    return same


def _has_mail_of(step: Step) -> Exists:
    return Exists(
        Message.objects.filter(
            enrollment=OuterRef("pk"), state=Message.State.QUEUED, step__lineage=step.lineage
        )
    )


def _lock(people: QuerySet[Enrollment]) -> list[int]:
    """In the one order that everybody uses."""
    locked = people.select_for_update(of=("self",), no_key=True).order_by("pk")
    return [enrollment.pk for enrollment in locked]

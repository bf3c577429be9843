"""Versions of a sequence: whoever is on it keeps the steps they joined, unless somebody moves them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q

from campaigns import clock
from campaigns.models import Enrollment, Message, PersonalMail, Sequence, Step, StepVariant
from campaigns.services import enrolling, locating, permissions, timing
from campaigns.services.locating import Hours
from campaigns.services.sending_rules import sending_rules
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.bulk import among

# What moving people to other steps may change.
MOVED = ("version", "next_step_id", "next_at", "state", "stop_reason", "ended_at", "waits_for")


@dataclass(frozen=True)
class VersionUse:
    """How many people are on a version."""

    number: int
    running: int


def older_versions(sequence: Sequence) -> list[VersionUse]:
    """The versions before the current one that people are still on, the newest first."""
    running = Enrollment.objects.filter(
        sequence=sequence, version__lt=sequence.version, state__in=enrolling.RUNNING
    )
    counts = running.order_by().values("version").annotate(running=Count("pk"))
    return [VersionUse(row["version"], row["running"]) for row in counts.order_by("-version")]


def is_in_use(sequence: Sequence) -> bool:
    """Whether a change of the current version would change what somebody on it was promised, or got."""
    here = Enrollment.objects.filter(
        sequence=sequence, version=sequence.version, state__in=enrolling.RUNNING
    )
    written = Message.objects.filter(step__sequence=sequence, step__version=sequence.version)
    # Nobody was promised anything by a draft.
    promised = Q(Exists(here)) & ~Q(state=Sequence.State.DRAFT)
    used = Sequence.objects.filter(promised | Q(Exists(written)), pk=sequence.pk)
    return bool(used.exists())


def branch(sequence: Sequence, *, by: User | None) -> dict[int, Step]:
    """Make a new version of a locked sequence if somebody is on the current one; returns each step's copy.

    Changes that follow one another before anybody joins make one version together. What was written for one person
    counts in it too, but for who stays on the version before.
    """
    if not is_in_use(sequence):
        return {}
    stay = Enrollment.objects.filter(
        sequence=sequence, candidate=OuterRef("candidate"), state__in=enrolling.RUNNING
    )
    steps = list(sequence.current_steps().prefetch_related("variants"))
    sequence.version += 1
    sequence.save(update_fields=["version"])
    copies = {}
    for step in steps:
        variants = list(step.variants.all())
        old, step.pk, step.version = step.pk, None, sequence.version
        step._state.adding = True
        step.save()
        copies[old] = step
        StepVariant.objects.bulk_create(
            StepVariant(
                step=step,
                letter=one.letter,
                language=one.language,
                subject=one.subject,
                body=one.body,
            )
            for one in variants
        )
        _copy_personal(PersonalMail.objects.filter(~Exists(stay), step=old), step)
    record("sequence.version_made", sequence, by=by, version=sequence.version)
    return copies


@transaction.atomic
def move_people(sequence: Sequence, *, by: User | None) -> int:
    """Put everybody who is on an older version on the current one; returns how many.

    Each goes on with the first step after the last that they have got, so nobody gets one twice; what is
    queued goes out with the new words. When the next step is due stays as it was. What is queued of a step that
    is no longer among them does not go: its people wait for their next one.
    """
    sequence = (
        Sequence.objects.select_for_update(of=("self",))
        .select_related("sender")
        .get(pk=sequence.pk)
    )
    permissions.refuse_others(sequence.sender, by)
    people = list(
        Enrollment.objects.filter(
            sequence=sequence, version__lt=sequence.version, state__in=enrolling.RUNNING
        )
        .select_related("candidate")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    if not people:
        return 0
    steps = list(sequence.current_steps())
    before = _as_they_are(people)
    done = _done(sequence, people)
    for enrollment in people:
        _put_on(enrollment, sequence, steps, done[enrollment.pk])
    _call_mails_back(sequence, steps, people)
    _save_changed(people, before)
    _take_mails_along(steps, people)
    record("sequence.people_moved", sequence, by=by, version=sequence.version, count=len(people))
    return len(people)


def _as_they_are(people: list[Enrollment]) -> list[dict[str, Any]]:
    return [{name: getattr(one, name) for name in MOVED} for one in people]


def _save_changed(people: list[Enrollment], before: list[dict[str, Any]]) -> None:
    """Save what is other than `before`: a statement for all to whom the same has happened, which is most of them."""
    alike: dict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
    for one, was in zip(people, before, strict=True):
        changed = tuple((name, getattr(one, name)) for name in MOVED)
        alike[tuple(pair for pair in changed if pair[1] != was[pair[0]])].append(one.pk)
    for changed, ids in alike.items():
        if changed:
            Enrollment.objects.filter(pk__in=among(ids)).update(**dict(changed))


def _done(sequence: Sequence, people: list[Enrollment]) -> dict[int, set[UUID]]:
    """Which steps each of these has behind them: mails written, and whatever stood before their next step."""
    done: dict[int, set[UUID]] = defaultdict(set)
    mails = Message.objects.filter(
        direction=Message.Direction.OUT, enrollment__in=among(one.pk for one in people)
    ).exclude(step=None)
    for enrollment_id, lineage in mails.values_list("enrollment", "step__lineage"):
        done[enrollment_id].add(lineage)
    old: dict[int, list[Step]] = defaultdict(list)
    for step in sequence.steps.filter(version__lt=sequence.version).order_by("position"):
        old[step.version].append(step)
    for enrollment in people:
        for step in old[enrollment.version]:
            if step.pk == enrollment.next_step_id:
                break
            done[enrollment.pk].add(step.lineage)
    return done


def _put_on(enrollment: Enrollment, sequence: Sequence, steps: list[Step], done: set[UUID]) -> None:
    reached = max((step.position for step in steps if step.lineage in done), default=0)
    enrollment.version = sequence.version
    enrollment.next_step = next((step for step in steps if step.position > reached), None)
    if enrollment.next_step is None and enrollment.next_at:
        enrollment.sequence = sequence
        enrolling.plan(enrollment, None)
    elif enrollment.stop_reason == Enrollment.StopReason.STEP_PAUSED:
        # The step that they waited at may be gone. One that still is paused holds them again.
        enrollment.state = Enrollment.State.ACTIVE
        enrollment.stop_reason = enrollment.waits_for = ""


def _call_mails_back(sequence: Sequence, steps: list[Step], people: list[Enrollment]) -> None:
    """Cancel what is queued of steps that are gone, or are no mails any more, and plan what comes instead."""
    mails = [step.lineage for step in steps if step.kind == Step.Kind.MAIL]
    queued = Message.objects.filter(
        enrollment__in=among(enrollment.pk for enrollment in people),
        state=Message.State.QUEUED,
        step__isnull=False,
    )
    gone = queued.exclude(step__lineage__in=mails)
    ids = set(gone.values_list("enrollment", flat=True))
    if not ids:
        return
    gone.update(
        state=Message.State.CANCELLED,
        waits_for="",
        problem="Its step was taken out of the sequence",
    )
    waiting = [one for one in people if one.pk in ids and one.next_at is None]
    hours = _hours_of(sequence, waiting)
    for one in waiting:
        enrolling.plan(one, one.next_step, hours[one.candidate_id])


def _hours_of(sequence: Sequence, people: list[Enrollment]) -> dict[int, Hours]:
    """By candidate, when these people of one sequence may be written to."""
    rules = sending_rules()
    places = locating.locate_if_asked([one.candidate for one in people], [sequence], rules)
    return {
        candidate: locating.hours_of(sequence, sequence.sender, place, rules)
        for candidate, place in places.items()
    }


def line_up(sequence: Sequence) -> None:
    """Let everybody who is on a locked draft wait for its first step: nobody has begun, whatever its steps were before.

    Without a step they stay, and wait for the first one that comes. Who rests until a day rests until then.
    """
    if sequence.state != Sequence.State.DRAFT:
        return
    first = sequence.current_steps().first()
    people = list(
        Enrollment.objects.filter(sequence=sequence, state__in=enrolling.RUNNING)
        .select_related("candidate")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    before = _as_they_are(people)
    hours = _hours_of(sequence, people) if first else {}
    now = clock.now()
    for one in people:
        one.next_step = first
        if first and not one.waits_for:
            one.next_at = timing.due_of(first, now, hours[one.candidate_id])
    _save_changed(people, before)


def _take_mails_along(steps: list[Step], people: list[Enrollment]) -> None:
    """Queued mails, and what was written for one person, belong to the same step of the new version."""
    ids = among(enrollment.pk for enrollment in people)
    candidates = [enrollment.candidate_id for enrollment in people]
    for step in steps:
        if step.kind != Step.Kind.MAIL:
            continue
        Message.objects.filter(
            enrollment__in=ids, state=Message.State.QUEUED, step__lineage=step.lineage
        ).update(step=step)
        own = PersonalMail.objects.filter(step__lineage=step.lineage, candidate__in=candidates)
        _copy_personal(own.exclude(step=step).order_by("-written_at"), step)


def _copy_personal(mails: Iterable[PersonalMail], step: Step) -> None:
    """Let what was written for one person count for `step`, where nothing else is written for them."""
    PersonalMail.objects.bulk_create(
        (
            PersonalMail(
                step=step,
                candidate_id=mail.candidate_id,
                subject=mail.subject,
                body=mail.body,
                written_by_id=mail.written_by_id,
                written_at=mail.written_at,
            )
            for mail in mails
        ),
        ignore_conflicts=True,
    )

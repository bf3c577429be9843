"""Writing sequences: their steps, and starting, pausing and putting them away."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone

from campaigns import clock
from campaigns.models import Enrollment, Message, Sender, Sequence, Step, StepVariant
from campaigns.services import enrolling, pacing, permissions, rendering, versions
from campaigns.services.holding import hold_sequences, look_again
from candidates.models import TalentPool, Touchpoint
from candidates.services.timeline import add_touchpoints
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError


class SequenceNameTaken(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is a sequence named “{name}” already. Choose another name.")


class SequenceArchived(DomainError):
    def __init__(self, sequence: Sequence) -> None:
        super().__init__(f"“{sequence}” is archived: it can be read, not changed or started.")


class SequenceNotReady(DomainError):
    """Something in the steps would keep a mail from being written."""

    def __init__(self, problems: "list[StepProblem]") -> None:
        super().__init__(" ".join(str(problem) for problem in problems))


class StepInUse(DomainError):
    """A change that would send somebody a step twice, or take back what was sent."""


@dataclass(frozen=True)
class StepDetails:
    """What is said of a step."""

    kind: str
    wait_business_days: int = 0
    subject: str = ""
    body: str = ""
    task_title: str = ""
    on_date: date | None = None
    pool: TalentPool | None = None
    pool_act: str = ""
    # Other wordings of a mail, as subject and text.
    variants: tuple[tuple[str, str], ...] = ()
    # The mail in other languages: code, subject and text of each.
    translations: tuple[tuple[str, str, str], ...] = ()

    @property
    def columns(self) -> dict[str, Any]:
        """What stands in the step's own row."""
        others = {"variants", "translations"}
        return {name: value for name, value in vars(self).items() if name not in others}


@dataclass(frozen=True)
class StepProblem:
    """What is wrong with a step, and where."""

    step: Step | None
    text: str

    def __str__(self) -> str:
        return f"Step {self.step.position}: {self.text}" if self.step else self.text


def find_problems(steps: list[Step]) -> list[StepProblem]:
    """Everything that keeps these steps, in their order, from being sent."""
    if not steps:
        return [StepProblem(None, "A sequence needs at least one step.")]
    problems = []
    has_thread = False
    for step in steps:
        texts = [step.task_title]
        if step.kind == Step.Kind.MAIL:
            texts = [step.subject, step.body]
            if not step.body.strip():
                problems.append(StepProblem(step, "The mail is empty."))
            if not step.subject and not has_thread:
                sentence = "The first mail needs a subject: there is no thread to reply in."
                problems.append(StepProblem(step, sentence))
            has_thread = True
        elif step.kind == Step.Kind.TASK and not step.task_title:
            problems.append(StepProblem(step, "The task needs a title."))
        elif step.kind == Step.Kind.POOL and (step.pool is None or step.pool.archived_at):
            problems.append(StepProblem(step, "The talent pool is gone. Choose another one."))
        problems += _misspelled(step, *texts)
    return problems


def _misspelled(step: Step, *texts: str) -> list[StepProblem]:
    return [StepProblem(step, str(problem)) for text in texts for problem in rendering.check(text)]


def _locked(sequence: Sequence) -> Sequence:
    sequence = Sequence.objects.select_for_update().get(pk=sequence.pk)
    if sequence.state == Sequence.State.ARCHIVED:
        raise SequenceArchived(sequence)
    return sequence


def _save(sequence: Sequence) -> None:
    try:
        with transaction.atomic():
            sequence.save()
    except IntegrityError as error:
        raise SequenceNameTaken(sequence.name) from error


@transaction.atomic
def create_sequence(
    *, name: str, sender: Sender, owner: User | None = None, by: User | None, **rules: Any
) -> Sequence:
    """A draft without steps. `owner` gets the tasks that its steps and replies make; `rules` are its other fields."""
    sequence = Sequence(name=name, sender=sender, owner=owner or by, **rules)
    _save(sequence)
    record("sequence.created", sequence, by=by)
    return sequence


@transaction.atomic
def edit_sequence(sequence: Sequence, *, by: User, **fields: Any) -> Sequence:
    """Set fields of the sequence: its name, sender, owner, hours and rules.

    Mails in the queue keep their sender, unless it is one that `by` may not send from.
    """
    sequence = _locked(sequence)
    before = sequence.sender
    for name, value in fields.items():
        setattr(sequence, name, value)
    _refuse_others(sequence, by=by)
    _save(sequence)
    if before != sequence.sender and not permissions.may_send(before, by):
        Message.objects.filter(
            enrollment__sequence=sequence, sender=before, state=Message.State.QUEUED
        ).update(sender=sequence.sender, from_address=sequence.sender.address)
    now = clock.now()
    look_again(Message.objects.filter(enrollment__sequence=sequence), now)
    pacing.let_ask_again(sequence.enrollments.all(), now)
    record("sequence.edited", sequence, by=by)
    return sequence


def _refuse_others(sequence: Sequence, *, by: User | None) -> None:
    """What is said in a colleague's name is changed by who may say it. Drafts say nothing yet: starting one is refused."""
    if sequence.state != Sequence.State.DRAFT:
        permissions.refuse_others(sequence.sender, by)


def _keep_runnable(sequence: Sequence) -> None:
    """An active sequence must not be changed into one that cannot send."""
    if sequence.state != Sequence.State.ACTIVE:
        return
    problems = find_problems(list(sequence.current_steps().select_related("pool")))
    if problems:
        raise SequenceNotReady(problems)


@transaction.atomic
def add_step(
    sequence: Sequence, details: StepDetails, *, by: User | None, moves: bool = False
) -> Step:
    """Append a step. `moves`: the people on the sequence get it too; else those who join from now on do."""
    sequence = _locked(sequence)
    _refuse_others(sequence, by=by)
    versions.branch(sequence, by=by)
    last = sequence.current_steps().aggregate(last=Max("position"))["last"] or 0
    step: Step = Step.objects.create(
        sequence=sequence, version=sequence.version, position=last + 1, **details.columns
    )
    _set_variants(step, details)
    # Who is on this version without a next step has the last mail still in the queue.
    Enrollment.objects.filter(
        sequence=sequence,
        version=sequence.version,
        state__in=enrolling.RUNNING,
        next_step=None,
    ).update(next_step=step)
    return _changed(sequence, step, "step.added", by=by, moves=moves)


@transaction.atomic
def edit_step(step: Step, details: StepDetails, *, by: User, moves: bool = False) -> Step:
    """Change a step of the version that people join. What is written or sent stays as it is."""
    sequence, step = _open(step, by=by)
    before = {name: getattr(step, name) for name in details.columns}
    changed = sorted(name for name, value in details.columns.items() if before[name] != value)
    for name in changed:
        setattr(step, name, getattr(details, name))
    if "kind" in changed:
        # Whoever got the mail has not made the call: it is another step from now on.
        step.lineage = uuid4()
    step.save()
    _set_variants(step, details)
    return _changed(sequence, step, "step.edited", by=by, moves=moves, fields=changed)


@transaction.atomic
def move_step(step: Step, *, up: bool, by: User, moves: bool = False) -> Step:
    """Let a step change places with the one before or after it."""
    steps = list(step.sequence.current_steps())
    place = next((index for index, other in enumerate(steps) if other.pk == step.pk), 0)
    if not 0 <= (place - 1 if up else place + 1) < len(steps):
        return step
    sequence, step = _open(step, by=by)
    steps = list(sequence.current_steps())
    other = steps[place - 1 if up else place + 1]
    step.position, other.position = other.position, step.position
    Step.objects.bulk_update([step, other], ["position"])
    return _changed(sequence, step, "step.moved", by=by, moves=moves, position=step.position)


@transaction.atomic
def delete_step(step: Step, *, by: User, moves: bool = False) -> None:
    """Take a step out. `moves`: people who wait for it go on to the next one, or are done.

    Nobody has begun a draft: its people wait for its first step, and for one that is added where none is left.
    """
    sequence, step = _open(step, by=by)
    later = sequence.current_steps().filter(position__gt=step.position)
    following = later.first()
    waiting = Enrollment.objects.filter(next_step=step)
    if following is None and sequence.state != Sequence.State.DRAFT:
        # Whose mail of the step before is still in the queue ends when that has gone.
        waiting.exclude(next_at=None).update(
            state=Enrollment.State.FINISHED, next_at=None, waits_for="", ended_at=timezone.now()
        )
    waiting.update(next_step=following)
    position, step_id = step.position, step.pk
    step.delete()
    later.order_by().update(position=F("position") - 1)
    _settle_people(sequence, by=by, moves=moves)
    record("step.deleted", by=by, sequence=sequence.pk, step=step_id, position=position)


def _open(step: Step, *, by: User | None) -> tuple[Sequence, Step]:
    """The step, ready to be changed: its copy, where a new version had to be made."""
    sequence = _locked(step.sequence)
    _refuse_others(sequence, by=by)
    if step.version != sequence.version:
        raise StepInUse(
            f"Step {step.position} belongs to version {step.version}, which people are still on. "
            f"Change it in version {sequence.version}, which people join now."
        )
    copies = versions.branch(sequence, by=by)
    return sequence, copies.get(step.pk) or Step.objects.select_for_update().get(pk=step.pk)


def _set_variants(step: Step, details: StepDetails) -> None:
    step.variants.all().delete()
    StepVariant.objects.bulk_create(
        StepVariant(step=step, letter=letter, subject=subject, body=body)
        for letter, (subject, body) in zip("BCD", details.variants, strict=False)
    )
    StepVariant.objects.bulk_create(
        StepVariant(step=step, language=language, subject=subject, body=body)
        for language, subject, body in details.translations
    )


def _settle_people(sequence: Sequence, *, by: User | None, moves: bool) -> None:
    """Once the steps are others: may they go out, and where are the people now?"""
    _keep_runnable(sequence)
    versions.line_up(sequence)
    if moves:
        versions.move_people(sequence, by=by)


def _changed(
    sequence: Sequence, step: Step, event: str, *, by: User | None, moves: bool, **said: Any
) -> Step:
    _settle_people(sequence, by=by, moves=moves)
    record(event, step, by=by, sequence=sequence.pk, **said)
    return step


@transaction.atomic
def activate_sequence(sequence: Sequence, *, by: User | None) -> Sequence:
    """Start it, or let it go on: from now on its people are written to."""
    sequence = _locked(sequence)
    if sequence.state == Sequence.State.ACTIVE:
        return sequence
    permissions.refuse_others(sequence.sender, by)
    problems = find_problems(list(sequence.current_steps().select_related("pool")))
    if problems:
        raise SequenceNotReady(problems)
    sequence.state = Sequence.State.ACTIVE
    sequence.save(update_fields=["state"])
    record("sequence.activated", sequence, by=by)
    return sequence


@transaction.atomic
def pause_sequence(sequence: Sequence, *, by: User | None) -> Sequence:
    """Hold everything: people keep their place, nothing leaves until it goes on."""
    sequence = _locked(sequence)
    if not hold_sequences(Sequence.objects.filter(pk=sequence.pk)):
        raise DomainError(f"“{sequence}” is not running, so there is nothing to pause.")
    sequence.state = Sequence.State.PAUSED
    record("sequence.paused", sequence, by=by)
    return sequence


@transaction.atomic
def archive_sequence(sequence: Sequence, *, by: User) -> Sequence:
    """Put it away for good: whoever is still on it is stopped, what was sent stays readable."""
    sequence = _locked(sequence)
    running = Enrollment.objects.filter(sequence=sequence, state__in=enrolling.RUNNING)
    people = dict(running.select_for_update().order_by("pk").values_list("pk", "candidate_id"))
    enrolling.end(list(people), Enrollment.StopReason.MANUAL)
    add_touchpoints(
        list(people.values()),
        Touchpoint.Kind.SEQUENCE,
        f"Taken off the sequence “{sequence}”: it was archived",
        actor=by,
        link=f"sequences/{sequence.pk}/",
    )
    sequence.state = Sequence.State.ARCHIVED
    sequence.save(update_fields=["state"])
    record("sequence.archived", sequence, by=by, stopped=len(people))
    return sequence

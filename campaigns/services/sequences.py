"""Writing sequences: their steps, and starting, pausing and putting them away."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone

from campaigns.models import Enrollment, Message, Sender, Sequence, Step
from campaigns.services import enrolling, rendering
from candidates.models import Touchpoint
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
        if step.kind == Step.Kind.TASK:
            if not step.task_title:
                problems.append(StepProblem(step, "The task needs a title."))
            problems += _misspelled(step, step.task_title)
            continue
        if not step.body.strip():
            problems.append(StepProblem(step, "The mail is empty."))
        if not step.subject and not has_thread:
            problems.append(
                StepProblem(step, "The first mail needs a subject: there is no thread to reply in.")
            )
        has_thread = True
        problems += _misspelled(step, step.subject, step.body)
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
    *, name: str, sender: Sender, owner: User | None = None, by: User | None
) -> Sequence:
    """A draft without steps. `owner` gets the tasks that its steps and replies make."""
    sequence = Sequence(name=name, sender=sender, owner=owner or by)
    _save(sequence)
    record("sequence.created", sequence, by=by)
    return sequence


@transaction.atomic
def edit_sequence(
    sequence: Sequence, *, name: str, sender: Sender, owner: User | None, by: User
) -> Sequence:
    """Rename it, or change who writes or who owns it. Mails in the queue keep their sender."""
    sequence = _locked(sequence)
    sequence.name, sequence.sender, sequence.owner = name, sender, owner
    _save(sequence)
    record("sequence.edited", sequence, by=by)
    return sequence


def _keep_runnable(sequence: Sequence) -> None:
    """An active sequence must not be changed into one that cannot send."""
    if sequence.state != Sequence.State.ACTIVE:
        return
    problems = find_problems(list(sequence.steps.order_by("position")))
    if problems:
        raise SequenceNotReady(problems)


@transaction.atomic
def add_step(sequence: Sequence, details: StepDetails, *, by: User | None) -> Step:
    """Append a step. People already on the sequence get it too; those who finished do not."""
    sequence = _locked(sequence)
    last = sequence.steps.aggregate(last=Max("position"))["last"] or 0
    step: Step = Step.objects.create(sequence=sequence, position=last + 1, **vars(details))
    # Who is on it without a next step has the last mail still in the queue.
    Enrollment.objects.filter(
        sequence=sequence, state__in=enrolling.RUNNING, next_step=None
    ).update(next_step=step)
    _keep_runnable(sequence)
    record("step.added", step, by=by, sequence=sequence.pk)
    return step


@transaction.atomic
def edit_step(step: Step, details: StepDetails, *, by: User) -> Step:
    """Change a step for everyone who has not got it yet; what is written or sent stays as it is."""
    sequence = _locked(step.sequence)
    step = Step.objects.select_for_update().get(pk=step.pk)
    if step.kind != details.kind and _has_run(step):
        raise StepInUse(
            f"Step {step.position} has gone to people, so it stays a {step.get_kind_display().lower()}. "
            "Add a new step instead."
        )
    before = {name: getattr(step, name) for name in vars(details)}
    changed = sorted(name for name, value in vars(details).items() if before[name] != value)
    for name in changed:
        setattr(step, name, getattr(details, name))
    if changed:
        step.save(update_fields=changed)
        _keep_runnable(sequence)
        record("step.edited", step, by=by, sequence=sequence.pk, fields=changed)
    return step


def _has_run(step: Step) -> bool:
    return bool(Message.objects.filter(step=step).exists())


@transaction.atomic
def move_step(step: Step, *, up: bool, by: User) -> Step:
    """Let a step change places with the one before or after it, while nobody is on the sequence."""
    sequence = _locked(step.sequence)
    if Enrollment.objects.filter(sequence=sequence, state__in=enrolling.RUNNING).exists():
        raise StepInUse(
            "People are on this sequence: changing the order now could send them a step twice, "
            "or none. Add a step at the end, or copy the text into another step."
        )
    steps = list(Step.objects.select_for_update().filter(sequence=sequence).order_by("position"))
    place = next(index for index, other in enumerate(steps) if other.pk == step.pk)
    neighbour = place - 1 if up else place + 1
    if not 0 <= neighbour < len(steps):
        return step
    step, other = steps[place], steps[neighbour]
    step.position, other.position = other.position, step.position
    Step.objects.bulk_update([step, other], ["position"])
    _keep_runnable(sequence)
    record("step.moved", step, by=by, sequence=sequence.pk, position=step.position)
    return step


@transaction.atomic
def delete_step(step: Step, *, by: User) -> None:
    """Take a step out that nobody got. People who waited for it go on to the next one, or are done."""
    sequence = _locked(step.sequence)
    step = Step.objects.select_for_update().get(pk=step.pk)
    if _has_run(step):
        raise StepInUse(
            f"Step {step.position} has gone to people, so it stays for the record. "
            "Edit its text, or archive the sequence."
        )
    later = sequence.steps.filter(position__gt=step.position)
    following = later.order_by("position").first()
    waiting = Enrollment.objects.filter(next_step=step)
    if following is None:
        # Whose mail of the step before is still in the queue ends when that has gone.
        waiting.exclude(next_at=None).update(
            state=Enrollment.State.FINISHED, next_at=None, waits_for="", ended_at=timezone.now()
        )
    waiting.update(next_step=following)
    position, step_id = step.position, step.pk
    step.delete()
    later.update(position=F("position") - 1)
    _keep_runnable(sequence)
    record("step.deleted", by=by, sequence=sequence.pk, step=step_id, position=position)


@transaction.atomic
def activate_sequence(sequence: Sequence, *, by: User | None) -> Sequence:
    """Start it, or let it go on: from now on its people are written to."""
    sequence = _locked(sequence)
    if sequence.state == Sequence.State.ACTIVE:
        return sequence
    problems = find_problems(list(sequence.steps.order_by("position")))
    if problems:
        raise SequenceNotReady(problems)
    sequence.state = Sequence.State.ACTIVE
    sequence.save(update_fields=["state"])
    _explain_queued(sequence, "")
    record("sequence.activated", sequence, by=by)
    return sequence


@transaction.atomic
def pause_sequence(sequence: Sequence, *, by: User | None) -> Sequence:
    """Hold everything: people keep their place, nothing leaves until it goes on."""
    sequence = _locked(sequence)
    if sequence.state != Sequence.State.ACTIVE:
        raise DomainError(f"“{sequence}” is not running, so there is nothing to pause.")
    sequence.state = Sequence.State.PAUSED
    sequence.save(update_fields=["state"])
    _explain_queued(sequence, "The sequence is paused")
    record("sequence.paused", sequence, by=by)
    return sequence


def _explain_queued(sequence: Sequence, waits_for: str) -> None:
    Message.objects.filter(enrollment__sequence=sequence, state=Message.State.QUEUED).update(
        waits_for=waits_for
    )


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

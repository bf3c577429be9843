"""Putting candidates on sequences, and taking them off."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns import clock
from campaigns.models import AutoEnrollment, Enrollment, Message, Sequence, Step
from campaigns.services import entering, locating, permissions, timing
from campaigns.services.locating import Hours
from campaigns.services.reaching import reach
from campaigns.services.sending_rules import sending_rules
from candidates.models import Candidate, Task, Touchpoint
from candidates.services.tasks import drop_tasks
from candidates.services.timeline import add_touchpoint, add_touchpoints
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.bulk import among
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError
from pipelines.models import Candidacy

# Still on the sequence: being sent, or held.
RUNNING = (Enrollment.State.ACTIVE, Enrollment.State.PAUSED)
# Held for these reasons, it goes on as soon as they are gone.
GO_ON_BY_THEMSELVES = (
    Enrollment.StopReason.MISSING_DATA,
    Enrollment.StopReason.NOT_TOLD,
    Enrollment.StopReason.STEP_PAUSED,
)
# Where no mail arrives, or the sequence goes on with another record, what colleagues were asked to do is still to be done.
OTHER_WAYS = frozenset(
    {
        Enrollment.StopReason.BOUNCED,
        Enrollment.StopReason.LEFT_COMPANY,
        Enrollment.StopReason.NO_ADDRESS,
        Enrollment.StopReason.MERGED,
    }
)
# A mail of these states is still to come.
IN_FLIGHT = (Message.State.QUEUED, Message.State.SENDING)
CHUNK = 1000


class SequenceNotReady(DomainError):
    """Nobody joins a sequence that could not write to them."""


class EnrollmentEnded(DomainError):
    """What has ended is not taken up again: the person may have asked for that."""

    def __init__(self, enrollment: Enrollment) -> None:
        super().__init__(
            f"{enrollment.candidate} has already left this sequence "
            f"({enrollment.ended_because or 'all steps are done'})."
        )


@dataclass
class EnrollResult:
    """How many were enrolled, and who was not, with a sentence that says why."""

    enrolled: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Admission:
    """Who enrolls, and what of the rules is set aside: people contacted lately, or at rest, may be enrolled knowingly."""

    by: User | None
    despite_contact: bool = False
    despite_rest: bool = False
    auto: AutoEnrollment | None = None


def check_candidates(
    sequence: Sequence, candidate_ids: Iterable[int], *, despite_contact: bool = False
) -> EnrollResult:
    """What `enroll` would do now, without doing it: for the preview."""
    result = EnrollResult()
    for chunk in _chunks(candidate_ids):
        accepted = _accept(sequence, chunk, result, Admission(None, despite_contact))
        result.enrolled += len(accepted)
    return result


def enroll(
    sequence: Sequence,
    candidate_ids: Iterable[int],
    *,
    by: User | None,
    despite_contact: bool = False,
) -> EnrollResult:
    """Put candidates on `sequence`. Refuses, one by one, who must not or cannot be written to.

    The first step is due in the next window; nothing goes out before the sequence is active.
    """
    return admit(sequence, candidate_ids, Admission(by, despite_contact=despite_contact))


@transaction.atomic
def admit(sequence: Sequence, candidate_ids: Iterable[int], admission: Admission) -> EnrollResult:
    """As `enroll`, by a person or by a rule."""
    # One at a time: whoever enrolls the same pool at the same moment sees who joined.
    sequence = (
        Sequence.objects.select_for_update(of=("self",), no_key=True)
        .select_related("sender")
        .get(pk=sequence.pk)
    )
    permissions.refuse_others(sequence.sender, admission.by)
    first = _first_step(sequence)
    wanted = list(dict.fromkeys(candidate_ids))
    _lock_candidates(wanted)
    result = EnrollResult()
    for chunk in _chunks(wanted):
        accepted = _accept(sequence, chunk, result, admission)
        _insert(sequence, first, accepted, admission)
        result.enrolled += len(accepted)
    if wanted:
        record(
            "sequence.enrolled",
            sequence,
            by=admission.by,
            enrolled=result.enrolled,
            refused=len(result.refused),
        )
    return result


def _chunks(candidate_ids: Iterable[int]) -> Iterator[list[int]]:
    wanted = list(dict.fromkeys(candidate_ids))
    for start in range(0, len(wanted), CHUNK):
        yield wanted[start : start + CHUNK]


def _insert(
    sequence: Sequence, first: Step, accepted: list[Candidate], admission: Admission
) -> None:
    now, rules = clock.now(), sending_rules()
    places = locating.locate_if_asked(accepted, [sequence], rules)
    Enrollment.objects.bulk_create(
        Enrollment(
            sequence=sequence,
            version=sequence.version,
            candidate=candidate,
            next_step=first,
            next_at=timing.due_of(
                first,
                now,
                locating.hours_of(sequence, sequence.sender, places[candidate.pk], rules),
            ),
            enrolled_by=admission.by,
            auto=admission.auto,
        )
        for candidate in accepted
    )
    add_touchpoints(
        [candidate.pk for candidate in accepted],
        Touchpoint.Kind.SEQUENCE,
        f"Put on the sequence “{sequence}”",
        actor=admission.by,
        link=_path(sequence),
    )


def _lock_candidates(candidate_ids: list[int]) -> None:
    """Of two sequences that want the same person at the same moment, the later one sees the other."""
    people = Candidate.objects.select_for_update(of=("self",), no_key=True)
    list(people.filter(pk__in=candidate_ids).order_by("pk").values_list("pk"))


def _first_step(sequence: Sequence) -> Step:
    first: Step | None = sequence.current_steps().first()
    if first is None:
        raise SequenceNotReady(f"“{sequence}” has no steps yet. Add one before enrolling people.")
    if sequence.state == Sequence.State.ARCHIVED:
        raise SequenceNotReady(f"“{sequence}” is archived. Choose another sequence.")
    return first


def _accept(
    sequence: Sequence, candidate_ids: list[int], result: EnrollResult, admission: Admission
) -> list[Candidate]:
    """Who of `candidate_ids` may join; the others go to `result.refused`."""
    candidates = {
        candidate.pk: candidate
        for candidate in Candidate.objects.filter(pk__in=candidate_ids).defer("search_text")
    }
    people = list(candidates.values())
    refusals = entering.refusals(sequence, people, despite_contact=admission.despite_contact)
    reached = reach(people, despite_rest=admission.despite_rest)
    accepted = []
    for candidate_id in candidate_ids:
        candidate = candidates.get(candidate_id)
        if candidate is None:
            result.refused.append((candidate_id, "No such candidate."))
            continue
        refusal = refusals.get(candidate_id) or getattr(reached[candidate_id], "sentence", "")
        if refusal:
            result.refused.append((candidate_id, refusal))
        else:
            accepted.append(candidate)
    return accepted


@transaction.atomic
def stop(
    enrollment: Enrollment,
    reason: Enrollment.StopReason,
    *,
    reached: str = "",
    by: User | None = None,
) -> Enrollment:
    """End it for `reason`, and cancel what is queued. An ended enrollment stays as it is."""
    enrollment = lock(enrollment)
    if enrollment.state in RUNNING:
        end([enrollment.pk], reason, reached=reached)
        enrollment.refresh_from_db()
        because = enrollment.ended_because
        add_touchpoint(
            enrollment.candidate,
            Touchpoint.Kind.SEQUENCE,
            f"Taken off the sequence “{enrollment.sequence}”: {because[0].lower()}{because[1:]}",
            actor=by,
            link=_path(enrollment.sequence),
        )
        record("enrollment.stopped", enrollment, by=by, reason=reason.value)
    return enrollment


def end(enrollment_ids: list[int], reason: Enrollment.StopReason, *, reached: str = "") -> int:
    """End locked, running enrollments, cancel their queued mails and drop their tasks; says nothing to anybody.

    `reached` is the stage that ends them, where one does.
    """
    ended: int = Enrollment.objects.filter(pk__in=enrollment_ids, state__in=RUNNING).update(
        state=Enrollment.State.STOPPED,
        stop_reason=reason,
        reached=reached,
        ended_at=clock.now(),
        next_step=None,
        next_at=None,
        waits_for="",
    )
    Message.objects.filter(Message.can_be_called_back, enrollment__in=enrollment_ids).update(
        state=Message.State.CANCELLED, waits_for="", problem=reason.label
    )
    if enrollment_ids and reason not in OTHER_WAYS:
        ids = among(enrollment_ids)
        people = Enrollment.objects.filter(pk__in=ids).values("candidate")
        running = Enrollment.objects.filter(candidate=OuterRef("candidate"), state__in=RUNNING)
        # Whose task it is of several sequences nobody knows.
        _drop_tasks(Task.objects.filter(~Exists(running), candidate__in=people), reason)
    return ended


def drop_tasks_of(candidate: Candidate, reason: Enrollment.StopReason) -> None:
    """What sequences that are through had asked colleagues to do for the person is not needed any more."""
    _drop_tasks(Task.objects.filter(candidate=candidate), reason)


def _drop_tasks(tasks: QuerySet[Task], reason: Enrollment.StopReason) -> None:
    # One that somebody made a habit of is theirs.
    asked = tasks.filter(origin=Task.Origin.SEQUENCE, done_at=None, repeat_unit="")
    drop_tasks(list(asked.values_list("pk", flat=True)), because=reason.label.lower())


def lock_running(candidate: Candidate) -> list[Enrollment]:
    """The candidate's running enrollments, locked in the one order that everybody uses."""
    return list(
        Enrollment.objects.filter(candidate=candidate, state__in=RUNNING)
        .select_related("sequence")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )


def lock_whatever_is_about(candidate_ids: Iterable[int]) -> None:
    """Candidacies, then enrollments: the order in which a move on a board takes them. The people themselves come after."""
    people = among(candidate_ids)
    for rows in (Candidacy.objects, Enrollment.objects):
        of_people = rows.select_for_update(of=("self",)).filter(candidate__in=people)
        list(of_people.order_by("pk").values_list("pk"))


@transaction.atomic
def pause(enrollment: Enrollment, *, by: User | None = None, because: str = "") -> Enrollment:
    """Hold it until somebody resumes it; what is queued waits."""
    enrollment = lock(enrollment)
    if enrollment.state == Enrollment.State.ACTIVE:
        enrollment.state = Enrollment.State.PAUSED
        enrollment.waits_for = because[:200] or "Paused by hand"
        enrollment.save(update_fields=["state", "waits_for"])
        record("enrollment.paused", enrollment, by=by)
    return enrollment


@transaction.atomic
def pause_all_of(candidate_ids: Iterable[int], *, because: str, by: User | None = None) -> int:
    """Hold whatever runs for these people until somebody resumes it; returns how many enrollments.

    Also what is held already, but would go on by itself.
    """
    running = (
        Enrollment.objects.filter(
            Q(state=Enrollment.State.ACTIVE)
            | Q(state=Enrollment.State.PAUSED, stop_reason__in=GO_ON_BY_THEMSELVES),
            candidate__in=list(candidate_ids),
        )
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    ids = [enrollment.pk for enrollment in running]
    if ids:
        Enrollment.objects.filter(pk__in=ids).update(
            state=Enrollment.State.PAUSED, stop_reason="", waits_for=because[:200]
        )
        record("enrollment.paused", current_organization(), by=by, count=len(ids))
    return len(ids)


def go_on(enrollment: Enrollment) -> None:
    """Plan the next step of a locked enrollment whose mail has gone, or finish it.

    Not while another mail of it is still to come, which does so once it has gone: somebody had an earlier one sent again.
    """
    if enrollment.state not in RUNNING or enrollment.next_at or is_written_to(enrollment):
        return
    plan(enrollment, enrollment.next_step)
    enrollment.save(update_fields=["next_step", "next_at", "state", "ended_at", "waits_for"])


def is_written_to(enrollment: Enrollment) -> bool:
    """Whether a mail of it is still to come."""
    return bool(enrollment.messages.filter(state__in=IN_FLIGHT).exists())


def plan(enrollment: Enrollment, step: Step | None, hours: Hours | None = None) -> None:
    """Set when `step` is due, counted from now; without one the enrollment is finished."""
    now = clock.now()
    enrollment.next_step = step
    if enrollment.state == Enrollment.State.ACTIVE:
        # It waits for its day alone: until when a mail was put off is over. What a paused one waits for still holds it.
        enrollment.waits_for = ""
    if step:
        enrollment.next_at = timing.due_of(step, now, hours or timing.hours_for(enrollment))
    else:
        enrollment.next_at = None
        enrollment.state = Enrollment.State.FINISHED
        enrollment.ended_at = now
        enrollment.waits_for = ""


def hold_for_data(enrollment: Enrollment, missing: Iterable[str]) -> None:
    """Pause a locked enrollment because merge fields have no value: nobody gets “Hi ,”. See `filling`."""
    enrollment.state = Enrollment.State.PAUSED
    enrollment.stop_reason = Enrollment.StopReason.MISSING_DATA
    enrollment.waits_for = f"Needs data: {', '.join(missing)}"[:200]
    enrollment.save(update_fields=["state", "stop_reason", "waits_for"])


def hold_until_told(enrollment: Enrollment, sentence: str) -> None:
    """Pause a locked enrollment until its person was told where the data came from: then it goes on by itself."""
    enrollment.state = Enrollment.State.PAUSED
    enrollment.stop_reason = Enrollment.StopReason.NOT_TOLD
    enrollment.waits_for = sentence[:200]
    enrollment.save(update_fields=["state", "stop_reason", "waits_for"])


def hold_at_step(enrollment: Enrollment, step: Step) -> None:
    """Pause a locked enrollment at a step that is paused; see `halting`."""
    enrollment.state = Enrollment.State.PAUSED
    enrollment.stop_reason = Enrollment.StopReason.STEP_PAUSED
    enrollment.waits_for = paused_words(step)
    enrollment.save(update_fields=["state", "stop_reason", "waits_for"])


def paused_words(step: Step) -> str:
    return f"Step {step.position} is paused"


def postpone(enrollments: Iterable[Enrollment], *, until: datetime, because: str) -> None:
    """Let locked enrollments rest until a moment: the next step, or the mail that is queued."""
    for enrollment in enrollments:
        if enrollment.state == Enrollment.State.PAUSED:
            # Somebody, or a missing value, holds it: that stays the reason.
            continue
        if enrollment.next_at:
            enrollment.next_at = max(enrollment.next_at, until)
        enrollment.waits_for = because[:200]
        enrollment.save(update_fields=["next_at", "waits_for"])
        Message.objects.filter(
            enrollment=enrollment, state=Message.State.QUEUED, due_at__lt=until
        ).update(due_at=until, waits_for=because[:200])


def lock(enrollment: Enrollment) -> Enrollment:
    """The enrollment as it is now, locked."""
    locked: Enrollment = (
        Enrollment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("candidate", "sequence__sender")
        .get(pk=enrollment.pk)
    )
    return locked


def _path(sequence: Sequence) -> str:
    return f"sequences/{sequence.pk}/"

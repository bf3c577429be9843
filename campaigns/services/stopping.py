"""What ends a sequence for a person, as far as the sequence decides: answers, other mail, interviews, bounces, stages.

What the person, the law or a colleague decides (unsubscribing, a complaint, “do not contact”, erasing, stopping by hand)
ends every sequence and is no choice of any: see `reaching`, `bouncing`, `unsubscribing` and `enrolling`.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.expressions import Combinable
from django.utils.text import get_text_list

from campaigns.models import Enrollment, Message, Sequence
from campaigns.services import enrolling
from campaigns.services.holding import note_hold
from campaigns.services.reaching import Obstacle, reach
from candidates.folding import fold
from candidates.models import Candidate, Touchpoint
from candidates.services.timeline import add_touchpoints
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.bulk import among
from pipelines.models import Candidacy, Interview, Stage

StopReason = Enrollment.StopReason
# What somebody lacks whose mail came back and whose sequence goes on all the same.
ADDRESS = "an e-mail address that works"


@dataclass(frozen=True)
class End:
    """Why a sequence is over for somebody: by a stage, which one."""

    reason: Enrollment.StopReason
    reached: str = ""


def ended_by(mail: Message, running: Iterable[Enrollment]) -> list[Enrollment]:
    """Those of somebody's enrollments that the mail which they wrote ends."""
    return [one for one in running if _ends(one.sequence, mail)]


def _ends(sequence: Sequence, mail: Message) -> bool:
    answered = mail.enrollment
    is_reply = answered is not None and answered.sequence_id == sequence.pk
    return sequence.stops_on_reply if is_reply else sequence.stops_on_other_mail


def drop_tasks_after(mail: Message) -> None:
    """Whoever has answered need not be called, also where the sequence was through; but where one goes on all the same."""
    if mail.candidate is None or (mail.enrollment and not mail.enrollment.sequence.stops_on_reply):
        return
    going = Enrollment.objects.filter(candidate=mail.candidate, state__in=enrolling.RUNNING)
    if not going.exists():
        enrolling.drop_tasks_of(mail.candidate, StopReason.REPLIED)


@transaction.atomic
def stop_for_interview(candidate: Candidate, *, by: User | None) -> int:
    """End what stops on a booked interview with the person; returns how many enrollments."""
    ending = [one for one in enrolling.lock_running(candidate) if one.sequence.stops_on_interview]
    for enrollment in ending:
        enrolling.stop(enrollment, StopReason.INTERVIEW, by=by)
    return len(ending)


def ends_at_stages() -> Exists:
    """Whether the person of a candidacy is on a sequence that some stage ends: see `extensions.register_watch`."""
    return Exists(_at_stages().filter(candidate=OuterRef("candidate")))


def _at_stages() -> "QuerySet[Enrollment]":
    nowhere = Q(sequence__stop_kinds=[], sequence__stop_names=[])
    running: QuerySet[Enrollment] = Enrollment.objects.filter(~nowhere, state__in=enrolling.RUNNING)
    return running


def stop_at_stage(candidate_ids: Iterable[int], stage: Stage, *, by: User | None) -> int:
    """End what stops at the stage that these people have come into, and say so; returns how many enrollments.

    In the transaction of the move. As many statements for many people as for one on the same sequence.
    """
    running = (
        _at_stages()
        .filter(candidate__in=among(candidate_ids))
        .select_related("sequence")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    ending: dict[Sequence, list[Enrollment]] = defaultdict(list)
    for enrollment in running:
        if enrollment.sequence.stops_at(stage):
            ending[enrollment.sequence].append(enrollment)
    ids = [one.pk for people in ending.values() for one in people]
    if ids:
        enrolling.end(ids, StopReason.STAGE, reached=stage.name)
    for sequence, people in ending.items():
        add_touchpoints(
            [one.candidate_id for one in people],
            Touchpoint.Kind.SEQUENCE,
            f"Taken off the sequence “{sequence}”: reached the stage “{stage}”",
            actor=by,
            link=f"sequences/{sequence.pk}/",
        )
        record(
            "enrollment.stopped",
            sequence,
            by=by,
            reason=StopReason.STAGE.value,
            stage=stage.pk,
            count=len(people),
        )
    return len(ids)


def what_stays_stopped(candidacy_ids: Iterable[int]) -> str:
    """Which sequences have ended by the stages where these candidacies are: moving them back takes up none of them."""
    came = "candidate__candidacies__entered_stage_at"
    found = Enrollment.objects.filter(
        stop_reason=StopReason.STAGE,
        ended_at__gte=F(came),
        candidate__candidacies__in=among(candidacy_ids),
    )
    names = found.order_by("sequence__name").values_list("sequence__name", flat=True).distinct()
    stopped = get_text_list([f"“{name}”" for name in names], "and")
    return f"Sequences that have stopped with it stay so: {stopped}." if stopped else ""


def what_ended(enrollment: Enrollment) -> End | None:
    """What has happened to the person since they joined that their sequence stops on, as its rules are now.

    Asked once more in the second in which a mail goes: of what came while somebody joined, or before a rule was made,
    nobody was told. One query.
    """
    sequence = enrollment.sequence
    happened: dict[StopReason, Combinable] = {}
    answers = _answers(sequence)
    if answers is not None:
        happened[StopReason.REPLIED] = Exists(answers)
    if sequence.stops_on_interview:
        booked = Interview.objects.filter(
            candidacy__candidate=OuterRef("candidate"),
            state=Interview.State.BOOKED,
            booked_at__gte=OuterRef("enrolled_at"),
        )
        happened[StopReason.INTERVIEW] = Exists(booked)
    if sequence.stop_kinds or sequence.stop_names:
        happened[StopReason.STAGE] = Subquery(_stages(sequence).values("stage__name")[:1])
    if not happened:
        return None
    asked = {f"is_{reason.value}": what for reason, what in happened.items()}
    found = Enrollment.objects.filter(pk=enrollment.pk).annotate(**asked).values(*asked).get()
    for reason in happened:
        if value := found[f"is_{reason.value}"]:
            return End(reason, value if reason == StopReason.STAGE else "")
    return None


def _answers(sequence: Sequence) -> "QuerySet[Message] | None":
    """What a human wrote since somebody joined, as far as the sequence stops on it."""
    own = Q(enrollment__sequence=sequence)
    wanted = {
        (True, True): Q(),
        (True, False): own,
        (False, True): ~own,
    }.get((sequence.stops_on_reply, sequence.stops_on_other_mail))
    if wanted is None:
        return None
    answers: QuerySet[Message] = Message.objects.filter(
        wanted,
        candidate=OuterRef("candidate"),
        direction=Message.Direction.IN,
        is_automatic=False,
        created_at__gte=OuterRef("enrolled_at"),
    )
    return answers


def _stages(sequence: Sequence) -> "QuerySet[Candidacy]":
    """Candidacies that came, since somebody joined, into the stage of the sequence's where they are."""
    names = [fold(name) for name in sequence.stop_names]
    called = Func(F("stage__name"), function="candidates_fold", output_field=TextField())
    there: QuerySet[Candidacy] = (
        Candidacy.objects.alias(called=called)
        .filter(
            Q(stage__kind__in=sequence.stop_kinds) | Q(called__in=names),
            candidate=OuterRef("candidate"),
            entered_stage_at__gte=OuterRef("enrolled_at"),
        )
        .order_by("-entered_stage_at")
    )
    return there


def bounce(running: Iterable[Enrollment], candidate: Candidate) -> None:
    """Mail to an address came back, which is given up: end these locked enrollments, or let them go on elsewhere.

    Where no other address is left, those that go on wait until there is one.
    """
    running = list(running)
    enrolling.end([one.pk for one in running if one.sequence.stops_on_bounce], StopReason.BOUNCED)
    going = [
        one
        for one in running
        if not one.sequence.stops_on_bounce and one.state == Enrollment.State.ACTIVE
    ]
    if not going:
        return
    found = reach([candidate])[candidate.pk]
    if isinstance(found, Obstacle) and found.reason == StopReason.BOUNCED:
        for enrollment in going:
            hold_for_address(enrollment)
            note_hold(enrollment.waits_for, enrollment=enrollment)


def waits_for_address(sequence: Sequence, found: object) -> bool:
    """Whether somebody whose mail came back stays on the sequence until there is another address."""
    is_gone = isinstance(found, Obstacle) and found.reason == StopReason.BOUNCED
    return is_gone and not sequence.stops_on_bounce


def hold_for_address(enrollment: Enrollment) -> None:
    """Pause a locked enrollment until the person has an address that works: see `filling`."""
    enrolling.hold_for_data(enrollment, [ADDRESS])

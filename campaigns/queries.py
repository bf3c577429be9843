"""What pages ask of sequences and mail: counts in one query per page, never one per row."""

from collections.abc import Iterable
from collections.abc import Sequence as Rows
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from campaigns import replies
from campaigns.answered import GONE, follows_an_answer, has_replied
from campaigns.models import Enrollment, Message, Sender, Sequence, Step
from candidates.folding import fold
from candidates.models import Candidate, TalentPool
from candidates.queries.search import ANY_READER, find_people, words_query
from crm.accounts.models import User
from crm.web.ids import is_id
from crm.web.pagination import CappedCount, capped_count
from pipelines.models import Stage

ON_THE_WAY = (Message.State.QUEUED, Message.State.SENDING)
DOUBTFUL = (Message.State.AMBIGUOUS, Message.State.FAILED)


# More names than anybody reads through are not offered to choose from.
MOST_NAMES = 200


def stage_names(chosen: Iterable[str] = ()) -> list[str]:
    """How stages of jobs are called, each name once however it is spelled; those that are chosen as they were."""
    called = (
        Stage.objects.filter(pipeline__pool=None).order_by("name").values_list("name").distinct()
    )
    names = {fold(name): name for (name,) in called[:MOST_NAMES]}
    names |= {fold(name): name for name in chosen}
    return [names[key] for key in sorted(names)]


@dataclass
class SequenceNumbers:
    """How a sequence does. Reply rate: people who answered, of the people it wrote to."""

    steps: int = 0
    active: int = 0
    paused: int = 0
    finished: int = 0
    stopped: int = 0
    replied: int = 0
    contacted: int = 0

    @property
    def people(self) -> int:
        return self.active + self.paused + self.finished + self.stopped

    @property
    def running(self) -> int:
        return self.active + self.paused

    @property
    def reply_rate(self) -> int | None:
        """In whole percent; None while nobody was written to."""
        return round(100 * self.replied / self.contacted) if self.contacted else None


def count_sequences(sequences: Iterable[Sequence]) -> dict[int, SequenceNumbers]:
    """The numbers of each sequence, in two queries however many there are."""
    numbers = {sequence.pk: SequenceNumbers() for sequence in sequences}
    state = Enrollment.State
    written_to = Message.objects.filter(
        enrollment=OuterRef("pk"), direction=Message.Direction.OUT, state__in=GONE
    )
    enrolled = (
        Enrollment.objects.filter(sequence__in=numbers)
        .values("sequence_id")
        .annotate(
            active=Count("pk", filter=Q(state=state.ACTIVE)),
            paused=Count("pk", filter=Q(state=state.PAUSED)),
            finished=Count("pk", filter=Q(state=state.FINISHED)),
            stopped=Count("pk", filter=Q(state=state.STOPPED)),
            replied=Count("pk", filter=has_replied()),
            contacted=Count("pk", filter=Exists(written_to)),
        )
    )
    for row in enrolled:
        counts = {name: count for name, count in row.items() if name != "sequence_id"}
        vars(numbers[row["sequence_id"]]).update(counts)
    current = Step.objects.filter(sequence__in=numbers, version=F("sequence__version"))
    steps = current.order_by().values("sequence_id")
    for of_sequence in steps.annotate(steps=Count("pk")):
        numbers[of_sequence["sequence_id"]].steps = of_sequence["steps"]
    return numbers


@dataclass
class StepNumbers:
    """How many people are at a step, or had it."""

    waiting: int = 0
    queued: int = 0
    sent: int = 0
    doubtful: int = 0
    replied: int = 0


def count_steps(sequence: Sequence) -> dict[UUID, StepNumbers]:
    """The numbers of each step of `sequence` by its lineage, over all versions, in three queries."""
    numbers: dict[UUID, StepNumbers] = {}

    def of(lineage: UUID) -> StepNumbers:
        return numbers.setdefault(lineage, StepNumbers())

    people = Enrollment.objects.filter(sequence=sequence)
    running = people.filter(state__in=(Enrollment.State.ACTIVE, Enrollment.State.PAUSED))
    waiting = running.exclude(next_step=None).values("next_step__lineage")
    for row in waiting.annotate(count=Count("pk")):
        of(row["next_step__lineage"]).waiting = row["count"]
    mails = Message.objects.filter(
        direction=Message.Direction.OUT, enrollment__sequence=sequence
    ).exclude(step=None)
    for mail in mails.values("step__lineage").annotate(
        queued=Count("pk", filter=Q(state__in=ON_THE_WAY)),
        sent=Count("pk", filter=Q(state=Message.State.SENT)),
        doubtful=Count("pk", filter=Q(state__in=DOUBTFUL)),
    ):
        step = of(mail["step__lineage"])
        step.queued, step.sent, step.doubtful = mail["queued"], mail["sent"], mail["doubtful"]
    # A reply counts for the last step that the person had got, also where others followed.
    last_step = (
        Message.objects.filter(
            ~follows_an_answer(),
            enrollment=OuterRef("pk"),
            direction=Message.Direction.OUT,
            state__in=GONE,
        )
        .order_by("-handed_at", "-pk")
        .values("step__lineage")[:1]
    )
    replied = people.filter(has_replied()).annotate(last_step=Subquery(last_step))
    for reply in replied.values("last_step").annotate(count=Count("pk")):
        if reply["last_step"]:
            of(reply["last_step"]).replied = reply["count"]
    return numbers


def enrollments_of(sequence: Sequence, *, state: str = "") -> QuerySet[Enrollment]:
    """The people on a sequence, or those in `state`; also `replied`, and `missing_data`, which is a reason."""
    people: QuerySet[Enrollment] = Enrollment.objects.filter(sequence=sequence)
    people = people.select_related("candidate", "next_step", "enrolled_by")
    if state == Enrollment.StopReason.REPLIED:
        return people.filter(has_replied())
    if state == Enrollment.StopReason.MISSING_DATA:
        return people.filter(stop_reason=state)
    return people.filter(state=state) if state in Enrollment.State else people


def latest_mails(enrollments: Rows[Enrollment]) -> dict[int, Message]:
    """For each of these people the mail that was made last, without its text."""
    people = {enrollment.pk: enrollment for enrollment in enrollments}
    mails = (
        Message.objects.filter(direction=Message.Direction.OUT, enrollment__in=enrollments)
        .select_related("sender")
        .defer("body_text", "body_html", "references")
        .order_by("enrollment_id", "-created_at", "-pk")
        .distinct("enrollment_id")
    )
    latest = {mail.enrollment_id: mail for mail in mails if mail.enrollment_id}
    for enrollment_id, mail in latest.items():
        mail.enrollment = people[enrollment_id]
    return latest


def doubtful_mails() -> QuerySet[Message]:
    """What went wrong or may have: somebody must look.

    Not what was refused to who has left the sequence: there is nothing left to decide.
    """
    has_left = Q(state=Message.State.FAILED, enrollment__state=Enrollment.State.STOPPED)
    mails: QuerySet[Message] = Message.objects.filter(
        ~has_left, direction=Message.Direction.OUT, state__in=DOUBTFUL
    )
    mails = mails.select_related("candidate", "sender", "step", "enrollment__sequence")
    return mails.defer("body_text", "body_html", "references")


def unmatched_mails() -> QuerySet[Message]:
    """Received mail of which nobody knows whose it is."""
    mails: QuerySet[Message] = Message.objects.filter(
        direction=Message.Direction.IN, state=Message.State.RECEIVED, candidate=None
    )
    return mails


@dataclass(frozen=True)
class TriageCounts:
    doubtful: CappedCount
    unmatched: CappedCount
    replies: CappedCount


def count_triage(viewer: User) -> TriageCounts:
    """What waits for a person, for the tabs of the sequences' pages."""
    return TriageCounts(
        capped_count(doubtful_mails()),
        capped_count(unmatched_mails()),
        capped_count(replies.open_answers(viewer)),
    )


@dataclass(frozen=True)
class SenderUse:
    """How much of a sender's cap is used."""

    sent: int = 0
    queued: int = 0


def use_of_senders(senders: Iterable[Sender]) -> dict[int, SenderUse]:
    """What each sender sent in the last 24 hours, and what waits, in one query."""
    since = timezone.now() - timedelta(hours=24)
    rows = (
        Message.objects.filter(direction=Message.Direction.OUT, sender__in=list(senders))
        .filter(Q(handed_at__gt=since) | Q(state=Message.State.QUEUED))
        .values("sender_id")
        .annotate(
            sent=Count("pk", filter=Q(handed_at__gt=since)),
            queued=Count("pk", filter=Q(state=Message.State.QUEUED)),
        )
    )
    return {row["sender_id"]: SenderUse(row["sent"], row["queued"]) for row in rows}


def candidates_named(query: str) -> list[Candidate]:
    """A handful of people whose name, address, title or company holds the words of `query`: to choose one."""
    found = find_people(words_query(query), searcher=ANY_READER)
    ids = found.order_by("-created_at", "-id").values_list("pk", flat=True)[:8]
    return list(Candidate.objects.filter(pk__in=list(ids)).order_by("full_name", "pk"))


def preview_candidate(sequence: Sequence, chosen: str) -> Candidate | None:
    """Whom a preview is for: the chosen person, else one on the sequence, else the newest of all."""
    candidate = Candidate.objects.filter(pk=chosen).first() if is_id(chosen) else None
    if candidate:
        return candidate
    enrolled = Enrollment.objects.filter(sequence=sequence).order_by("-enrolled_at", "-pk")
    first: Enrollment | None = enrolled.select_related("candidate").first()
    if first:
        return first.candidate
    return Candidate.objects.order_by("-created_at", "-pk").first()


def pools_with_sizes() -> QuerySet[TalentPool]:
    """The pools one may enroll, each with its `size`."""
    pools: QuerySet[TalentPool] = TalentPool.objects.filter(archived_at=None)
    return pools.annotate(size=Count("memberships"))

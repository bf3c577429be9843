"""Yes, maybe or no to somebody on the shortlist."""

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower
from django.utils import timezone

from candidates.models import Notification, Touchpoint
from candidates.services.notifying import MORNING, notify, notify_all
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.queries import zone_of
from crm.web.errors import DomainError
from pipelines.models import Candidacy, Job, JobMember, Review
from pipelines.queries import unblinded_among
from pipelines.services.reviews.blinding import is_blind

Answer = Review.Answer


class NotOnShortlist(DomainError):
    def __init__(self) -> None:
        super().__init__("This person is no longer on the shortlist. Nothing was changed.")


class AnswerUnclear(DomainError):
    """The answer could not be read; `problem` is the sentence that says why."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)


# The sheets of one page.
MOST_SHEETS = 100


def shortlist(job: Job) -> QuerySet[Candidacy]:
    """Whom the hiring managers of the job are asked about, the longest waiting first."""
    return (
        Candidacy.objects.filter(_is_on_shortlist(), job=job)
        .select_related("candidate", "stage", "job")
        .order_by("shortlisted_at", "pk")
    )


def progress(job: Job, *, email: str) -> tuple[int, int]:
    """Of how many sheets of the page the reviewer with this address has answered, and how many there are."""
    shown = shortlist(job)[:MOST_SHEETS].values_list("pk", "stage")
    seen = dict(shown)
    answers = Review.objects.filter(candidacy__in=list(seen), email=email.lower())
    given = answers.values_list("candidacy_id", "stage_id")
    return sum(seen[pk] == stage for pk, stage in given), len(seen)


@transaction.atomic
def answer(
    candidacy: Candidacy, *, email: str, says: Review.Answer, comment: str, by: User | None
) -> Review:
    """Keep what the reviewer with this address says, instead of an earlier answer at this stage."""
    candidacy = (
        Candidacy.objects.select_for_update(of=("self",))
        .select_related("candidate", "stage", "job__owner")
        .get(pk=candidacy.pk)
    )
    if candidacy.shortlisted_at is None or candidacy.closed_at or candidacy.job.is_closed:
        raise NotOnShortlist
    blind = is_blind(candidacy, unblinded_among([candidacy]))
    review, is_new = Review.objects.update_or_create(
        candidacy=candidacy,
        stage=candidacy.stage,
        email=email.lower(),
        defaults={
            "by": by,
            "answer": says,
            "comment": comment.strip(),
            "was_blind": blind,
            "at": timezone.now(),
        },
    )
    words = f"{review.who}: {says.label.lower()} for {candidacy.job.told_as}"
    add_touchpoint(
        candidacy.candidate,
        Touchpoint.Kind.REVIEW,
        words,
        actor=by,
        body=review.comment,
        link=f"jobs/candidacies/{candidacy.pk}/",
    )
    notify_all(
        [candidacy.job.owner, candidacy.shortlisted_by],
        kind=Notification.Kind.DECISION,
        text=f"{review.who}: {says.label.lower()} to {candidacy.candidate} for {candidacy.job}",
        link=f"jobs/candidacies/{candidacy.pk}/",
        candidate=candidacy.candidate,
        by=by,
    )
    record("review.answered", review, by=by, candidacy=candidacy.pk, answer=says, first=is_new)
    return review


def tell_reviewers() -> None:
    """Tell hiring managers in the morning how many people wait for their answer; at most once a day and job."""
    now = timezone.now()
    due: dict[tuple[int, str], JobMember] = {}
    for member in _awaited():
        local = now.astimezone(zone_of(member.user))
        if local.time() >= MORNING:
            due[member.user_id, f"review:{member.job_id}:{local.date()}"] = member
    told = Notification.objects.filter(
        kind=Notification.Kind.REVIEW,
        user__in={user_id for user_id, _ in due},
        key__in={key for _, key in due},
    )
    for user_id, key in set(due) - set(told.values_list("user_id", "key")):
        member = due[user_id, key]
        waiting: int = member.waiting  # type: ignore[attr-defined]
        people = "1 person waits" if waiting == 1 else f"{waiting:,} people wait"
        notify(
            member.user,
            kind=Notification.Kind.REVIEW,
            text=f"{people} for your answer: {member.job}",
            link=f"review/{member.job_id}/",
            key=key,
        )


def _awaited() -> QuerySet[JobMember]:
    """The hiring managers whose answer somebody waits for, each with how many on the job: `waiting`."""
    answered = Review.objects.filter(
        candidacy=OuterRef("pk"),
        stage=OuterRef("stage"),
        email=Lower(OuterRef(OuterRef("user__email"))),
    )
    waiting = (
        Candidacy.objects.filter(_is_on_shortlist(), ~Exists(answered), job=OuterRef("job"))
        .order_by()
        .values("job")
        .annotate(number=Count("pk"))
    )
    return (
        JobMember.objects.filter(role=JobMember.Role.HIRING_MANAGER)
        .annotate(waiting=Subquery(waiting.values("number")))
        .filter(waiting__gt=0)
        .select_related("user", "job")
        .order_by("pk")
    )


def _is_on_shortlist() -> Q:
    """Of candidacies: the managers are asked about them; no more once they or their job are closed."""
    return Q(shortlisted_at__isnull=False, closed_at=None) & ~Q(job__status__in=Job.CLOSED)

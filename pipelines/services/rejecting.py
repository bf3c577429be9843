"""Rejecting with a reason: a mail later, a pool to be remembered in, and back again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from candidates.models import RejectionReason, TalentPool
from crm.accounts.models import User
from crm.tenancy.bulk import among
from crm.web.errors import DomainError
from pipelines.models import Candidacy, Job, Stage
from pipelines.services.candidacies import (
    CandidacyClosed,
    StaleCandidacy,
    WrongStage,
    enter_stage,
    lock_card,
)
from pipelines.services.keeping import keep_in_pools
from pipelines.services.many import ManyMoved, move_many
from pipelines.services.wishing import wish_mail
from pipelines.signals import MailAnswer, MailWish

# A "no" that comes within the hour reads as if nobody had looked.
LONGEST_DELAY_DAYS = 30


class NoRejectedStage(DomainError):
    """Somewhere the card must go."""

    def __init__(self, job: Job) -> None:
        super().__init__(
            f"The job “{job}” has no stage of the kind Rejected. Add one to its stages first."
        )


@dataclass(frozen=True)
class Farewell:
    """The mail that tells somebody of the rejection, some days later."""

    subject: str
    body: str
    after_days: int = 0

    def due_at(self, now: datetime) -> datetime:
        return now + timedelta(days=self.after_days)


@dataclass(frozen=True)
class Rejected:
    """The candidacy as it is now, and what became of the mail (None: none was wanted)."""

    candidacy: Candidacy
    mail: MailAnswer | None = None


def reject_candidacy(
    candidacy: Candidacy,
    *,
    by: User | None,
    reason: RejectionReason | None = None,
    note: str = "",
    to: Stage | None = None,
    keep_in: Iterable[TalentPool] = (),
    farewell: Farewell | None = None,
    version: int | None = None,
) -> Rejected:
    """Close the candidacy in `to`, or the job's first rejected stage.

    `keep_in` are pools for those who came close: the pool says which job they were considered for.
    Runs in the transaction that acting in an organization always opens.
    """
    lock_card(candidacy)
    if version is not None and version != candidacy.version:
        raise StaleCandidacy(candidacy)
    if candidacy.closed_at:
        raise CandidacyClosed(candidacy)
    to = to or rejected_stage(candidacy.job)
    if to.pipeline_id != candidacy.job.pipeline_id or to.kind != Stage.Kind.REJECTED:
        raise WrongStage(to)
    enter_stage(
        candidacy,
        to,
        by=by,
        action="rejected",
        verb="Moved",
        reason=reason,
        note=note.strip()[:300],
    )
    keep_in_pools(keep_in, [candidacy], job=candidacy.job, by=by)
    return Rejected(candidacy, _say_farewell(candidacy, farewell, by=by) if farewell else None)


@dataclass(frozen=True)
class RejectedMany:
    """Which cards moved and which did not; how many mails wait, and why the others were not written."""

    moved: ManyMoved
    mails: int = 0
    unsent: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What a user is told beside how many were rejected."""
        waiting = "1 mail is" if self.mails == 1 else f"{self.mails} mails are"
        told = [f"{waiting} in the outbox."] if self.mails else []
        return " ".join(filter(None, [*told, *self.unsent, self.moved.words]))


@transaction.atomic
def reject_many(
    job: Job,
    seen: Mapping[int, int],
    *,
    by: User,
    reason: RejectionReason | None = None,
    note: str = "",
    to: Stage | None = None,
    keep_in: Iterable[TalentPool] = (),
    farewell: Farewell | None = None,
) -> RejectedMany:
    """Close these cards (id to the version that was seen) as one act, which `undo_many` takes back.

    Who cannot go stays, is neither written to nor remembered, and is told (see `move_many`).
    """
    to = to or rejected_stage(job)
    if to.kind != Stage.Kind.REJECTED:
        raise WrongStage(to)
    moved = move_many(job, seen, to=to, by=by, reason=reason, note=note.strip()[:300])
    gone = list(
        Candidacy.objects.filter(pk__in=among(moved.versions))
        .select_related("candidate", "job", "stage")
        .order_by("pk")
    )
    if not gone:
        return RejectedMany(moved)
    keep_in_pools(keep_in, gone, job=job, by=by)
    answers = [_say_farewell(card, farewell, by=by) for card in gone] if farewell else []
    unsent = dict.fromkeys(answer.words for answer in answers if not answer.is_queued)
    return RejectedMany(moved, sum(answer.is_queued for answer in answers), tuple(unsent))


def rejected_stage(job: Job) -> Stage:
    """Where rejected people of the job go."""
    found: Stage | None = (
        Stage.objects.filter(pipeline=job.pipeline_id, kind=Stage.Kind.REJECTED)
        .order_by("position")
        .first()
    )
    if found is None:
        raise NoRejectedStage(job)
    return found


def _say_farewell(candidacy: Candidacy, farewell: Farewell, *, by: User | None) -> MailAnswer:
    wish = MailWish(
        subject=farewell.subject,
        body=farewell.body,
        due_at=farewell.due_at(timezone.now()),
        key=f"rejection:{candidacy.version}",
    )
    return wish_mail(candidacy, wish, by=by)

"""Putting people on a job, and moving them through its stages: the history is never lost."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from candidates.models import RejectionReason, TalentPool, Touchpoint
from candidates.services.merging.rules import lock_above
from candidates.services.timeline import add_touchpoint, add_touchpoints
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError
from pipelines import extensions
from pipelines.models import Candidacy, Card, Job, PoolPlace, Scorecard, Stage, StageChange
from pipelines.services.keeping import let_go
from pipelines.services.planning import note_entry
from pipelines.signals import (
    candidacies_closed,
    candidacy_moved,
    mail_unwanted,
    stage_entered,
)

CardT = TypeVar("CardT", bound=Card)


class JobClosed(DomainError):
    """Nobody joins a job that is filled or cancelled."""

    def __init__(self, job: Job) -> None:
        super().__init__(
            f"The job “{job}” is {job.get_status_display().lower()}. Open it again before adding people."
        )


class NoJobChosen(DomainError):
    """People are put on one of the jobs that are not closed."""

    def __init__(self) -> None:
        super().__init__("Choose one of the open jobs. Nobody was added.")


class NoPoolChosen(DomainError):
    """Everybody in a pool can be added as long as the pool is in use."""

    def __init__(self) -> None:
        super().__init__("Choose one of the pools in use. Nobody was added.")


class NobodyInPool(DomainError):
    def __init__(self, pool: TalentPool) -> None:
        super().__init__(f"Nobody is in the pool “{pool}” yet. Choose another one.")


class CandidacyClosed(DomainError):
    """Who was hired or rejected moves on only after being reopened."""

    def __init__(self, candidacy: Candidacy) -> None:
        super().__init__(
            f"{candidacy.candidate} is already in “{candidacy.stage}”, which closed the candidacy. "
            "Reopen it first."
        )


class LeftPool(DomainError):
    """Who has left the pool stands in its stages no longer."""

    def __init__(self, place: PoolPlace) -> None:
        super().__init__(
            f"{place.candidate} is no longer in the pool “{place.pool}”. Reload the board."
        )


class StaleCandidacy(DomainError):
    """Somebody else moved the card since the page was drawn."""

    def __init__(self, candidacy: Card) -> None:
        super().__init__(
            f"Somebody else has moved {candidacy.candidate} to “{candidacy.stage}” meanwhile. "
            "Look at the card again before you move it."
        )


class WrongStage(DomainError):
    """A stage of another pipeline."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(f"“{stage}” is not one of the stages here.")


class BoardChanged(DomainError):
    """A move that names no stage or card of the board: the stages were edited since the page was drawn."""

    def __init__(self) -> None:
        super().__init__("The stages here have changed. Reload the board.")


class ScorecardMissing(DomainError):
    """The stage asks for a word before somebody goes on from it."""

    def __init__(self, candidacy: Candidacy) -> None:
        super().__init__(
            f"“{candidacy.stage}” asks for a scorecard. Fill one in for {candidacy.candidate} "
            "before the card goes on; rejecting and moving back need none."
        )


@transaction.atomic
def add_to_job(
    job: Job,
    candidate_ids: Iterable[int],
    *,
    by: User | None,
    origin: Candidacy.Origin = Candidacy.Origin.SOURCED,
) -> int:
    """Put those who are not considered yet into the job's first stage; return how many. Set-based."""
    if job.is_closed:
        raise JobClosed(job)
    first = job.first_stage
    ids = list(candidate_ids)
    # Coming into a stage may end sequences: whoever locks both takes what sends before the people.
    lock_above(ids)
    with connection.cursor() as cursor:
        # Through the candidate table: row-level security leaves out ids of other organizations.
        cursor.execute(
            "WITH added AS ("
            " INSERT INTO pipelines_candidacy (organization_id, job_id, candidate_id, stage_id, origin,"
            " entered_stage_at, created_by_id, created_at, version)"
            " SELECT organization_id, %(job)s, id, %(stage)s, %(origin)s, %(now)s, %(by)s, %(now)s, 0"
            " FROM candidates_candidate"
            " WHERE organization_id = %(organization)s AND id = ANY(%(ids)s)"
            " ON CONFLICT (organization_id, job_id, candidate_id) DO NOTHING"
            " RETURNING id, organization_id, candidate_id"
            "), history AS ("
            " INSERT INTO pipelines_stagechange (organization_id, candidacy_id, to_id, by_id, at)"
            " SELECT organization_id, id, %(stage)s, %(by)s, %(now)s FROM added"
            " RETURNING id, organization_id, candidacy_id"
            "), planned AS ("
            " INSERT INTO pipelines_rulerun"
            " (organization_id, rule_id, candidacy_id, change_id, due_at, state, outcome)"
            " SELECT history.organization_id, rule.id, candidacy_id, history.id,"
            " %(now)s + rule.after_hours * interval '1 hour', 'waiting', ''"
            " FROM history JOIN pipelines_stagerule rule"
            " ON rule.organization_id = history.organization_id AND rule.stage_id = %(stage)s"
            " AND rule.paused_at IS NULL"
            ") SELECT candidate_id FROM added",
            {
                "job": job.pk,
                "stage": first.pk,
                "origin": origin,
                "now": timezone.now(),
                "by": by.pk if by else None,
                "organization": current_organization().pk,
                "ids": ids,
            },
        )
        added = [candidate_id for (candidate_id,) in cursor.fetchall()]
    if added:
        add_touchpoints(
            added,
            Touchpoint.Kind.STAGE,
            f"Added to {job.told_as}: {first.name}",
            actor=by,
            link=job.path,
        )
        record("candidacy.added", job, by=by, count=len(added))
        stage_entered.send(Candidacy, candidate_ids=added, to=first, by=by)
    return len(added)


def move_card(card: CardT, *, to: Stage, by: User | None, version: int | None = None) -> CardT:
    """Move the card, under a lock; `version` is the one the mover saw.

    Runs in the transaction that acting in an organization always opens; it refuses before it
    writes, so it needs no savepoint. Entering a hired or rejected stage closes a candidacy.
    """
    lock_card(card)
    if to.pipeline_id != card.stage.pipeline_id:
        raise WrongStage(to)
    refuse_stale(card, version)
    if to.pk == card.stage_id:
        return card
    refuse_closed(card)
    if isinstance(card, Candidacy):
        refuse_without_scorecard(card, to)
    return enter_stage(card, to, by=by, action="moved", verb="Moved")


def refuse_stale(card: Card, version: int | None) -> None:
    """Nobody acts on a card that looks different by now; `version` is the one that was seen, None if none was."""
    if version is not None and version != card.version:
        raise StaleCandidacy(card)


def refuse_closed(card: Card) -> None:
    """Only who is still considered, or still in the pool, moves."""
    if not card.closed_at:
        return
    if isinstance(card, PoolPlace):
        raise LeftPool(card)
    if isinstance(card, Candidacy):
        raise CandidacyClosed(card)


def refuse_without_scorecard(candidacy: Candidacy, to: Stage) -> None:
    """Where the stage asks for a scorecard, nobody goes on from it without one."""
    stage = candidacy.stage
    goes_on = to.position > stage.position and to.kind != Stage.Kind.REJECTED
    if not (stage.requires_scorecard and goes_on):
        return
    handed_in = Scorecard.objects.filter(
        candidacy=candidacy, stage=stage, submitted_at__isnull=False
    )
    if not handed_in.exists():
        raise ScorecardMissing(candidacy)


def reopen_candidacy(
    candidacy: Candidacy, *, by: User | None, to: Stage | None = None
) -> Candidacy:
    """Take back that somebody was hired or rejected: into `to`, or the stage the card came from."""
    lock_card(candidacy)
    if not candidacy.closed_at:
        return candidacy
    to = to or _stage_before_closing(candidacy)
    if to.pipeline_id != candidacy.job.pipeline_id or to.is_closing:
        raise WrongStage(to)
    return enter_stage(candidacy, to, by=by, action="reopened", verb="Reopened", is_return=True)


def undo_move(card: CardT, *, by: User | None, version: int) -> CardT:
    """Take the last move back, unless the card was moved again since; both moves stay in the history.

    One that led to another job leads back to the job before; one out of a rejected stage brings its reason back;
    one that rejected takes the person out of the pools that they were put in for it.
    """
    lock_card(card)
    if version != card.version:
        raise StaleCandidacy(card)
    changes = card.moves().select_related("origin", "to").order_by("-at", "-id")
    last, before = [*changes[:2], None, None][:2]
    if last is None or last.origin is None:
        return card
    reason, note = None, ""
    if isinstance(card, Candidacy):
        if last.origin.pipeline_id != card.job.pipeline_id:
            card.job = _job_before(card, last.origin)
            card.created_at = _on_since(card, last.origin.pipeline_id)
            card.shortlisted_at = last.was_shortlisted_at
            card.shortlisted_by_id = last.was_shortlisted_by_id
        let_go([last], job=card.job, by=by)
        if before and last.origin.is_closing:
            reason, note = before.rejection_reason, before.note
    else:
        refuse_closed(card)
    return enter_stage(
        card,
        last.origin,
        by=by,
        action="moved",
        verb="Moved back",
        reason=reason,
        note=note,
        is_return=True,
    )


def _job_before(candidacy: Candidacy, stage: Stage) -> Job:
    job: Job = Job.objects.get(pipeline=stage.pipeline_id)
    if Candidacy.objects.filter(job=job, candidate=candidacy.candidate_id).exists():
        raise StaleCandidacy(candidacy)
    return job


def _on_since(candidacy: Candidacy, pipeline_id: int) -> datetime:
    """When the candidacy came on the job with these stages."""
    arrivals = candidacy.stage_changes.filter(to__pipeline=pipeline_id).exclude(
        origin__pipeline=pipeline_id
    )
    since: datetime | None = arrivals.order_by("-at", "-id").values_list("at", flat=True).first()
    return since or candidacy.created_at


@transaction.atomic
def rate_candidacy(candidacy: Candidacy, *, rating: int | None, by: User) -> Candidacy:
    """Give the person from 1 to 5 stars for this job, or none."""
    lock_card(candidacy)
    candidacy.rating = rating
    candidacy.save(update_fields=["rating"])
    record("candidacy.rated", candidacy, by=by)
    return candidacy


@transaction.atomic
def add_to_shortlist(candidacy_ids: Iterable[int], *, job: Job, by: User) -> int:
    """Let the hiring managers look at these open candidacies of the job; return how many are new to them."""
    rows = Candidacy.objects.filter(
        job=job, pk__in=list(candidacy_ids), shortlisted_at=None, closed_at=None
    )
    count = rows.update(shortlisted_at=timezone.now(), shortlisted_by=by)
    if count:
        record("candidacy.shortlisted", job, by=by, count=count)
    return count


@transaction.atomic
def drop_from_shortlist(candidacy_ids: Iterable[int], *, job: Job, by: User) -> int:
    """Take these off the shortlist; return how many were on it."""
    rows = Candidacy.objects.filter(job=job, pk__in=list(candidacy_ids))
    count = rows.exclude(shortlisted_at=None).update(shortlisted_at=None, shortlisted_by=None)
    if count:
        record("candidacy.unshortlisted", job, by=by, count=count)
    return count


def lock_card(card: Card) -> None:
    """Hold the row until the transaction ends, and bring `card` up to what it says now of its place."""
    rows: QuerySet[Any] = type(card)._default_manager.select_for_update(of=("self",))
    fields = ["stage_id", "entered_stage_at", "closed_at", "version"]
    if isinstance(card, Candidacy):
        fields += ["job_id", "shortlisted_at", "shortlisted_by_id"]
        rows = rows.annotate(is_watched=extensions.is_watched())
    now = rows.only(*fields).get(pk=card.pk)
    # What is loaded already of stage and job stays, where it still is that one.
    for name in (*fields, "is_watched"):
        setattr(card, name, getattr(now, name))


def enter_stage(
    card: CardT,
    to: Stage,
    *,
    by: User | None,
    action: str,
    verb: str,
    reason: RejectionReason | None = None,
    note: str = "",
    is_return: bool = False,
) -> CardT:
    """Put the locked card into `to` and tell it. Whether that is allowed has been asked before.

    `is_return` says that it takes an earlier move back: for the stage's rules nobody has entered anew.
    """
    origin, now = card.stage, timezone.now()
    card.stage = to
    card.entered_stage_at = now
    card.closed_at = now if to.is_closing else None
    card.version += 1
    if isinstance(card, Candidacy):
        card.rejection_reason, card.rejection_note = reason, note
    card.save(update_fields=card.MOVED)
    note_entry(
        card, origin=origin, to=to, by=by, at=now, reason=reason, note=note, is_return=is_return
    )
    add_touchpoint(
        card.candidate,
        Touchpoint.Kind.STAGE,
        f"{verb} from {origin.name} to {to.name} · {card.told_as}",
        actor=by,
        link=card.told_at,
        at=now,
    )
    record(f"{card.RECORDED_AS}.{action}", card, by=by, origin=origin.pk, to=to.pk)
    if isinstance(card, Candidacy):
        tell_apps([card], origin, to, by=by, verb=verb)
        if to.is_closing and not origin.is_closing:
            candidacies_closed.send(Candidacy, candidacies=[card], by=by)
    return card


def tell_apps(
    candidacies: Iterable[Candidacy], origin: Stage, to: Stage, *, by: User | None, verb: str
) -> None:
    """Let higher apps know that locked candidacies have moved this way."""
    watched = []
    for candidacy in candidacies:
        if origin.kind == Stage.Kind.REJECTED and to.kind != origin.kind:
            mail_unwanted.send(Candidacy, candidacy=candidacy, because=f"{verb} to {to.name}")
        candidacy_moved.send(Candidacy, candidacy=candidacy, origin=origin, to=to, by=by)
        if candidacy.is_watched:
            watched.append(candidacy.candidate_id)
    if watched:
        stage_entered.send(Candidacy, candidate_ids=watched, to=to, by=by)


def _stage_before_closing(candidacy: Candidacy) -> Stage:
    last = (
        StageChange.objects.filter(candidacy=candidacy, to=candidacy.stage_id)
        .exclude(origin=None)
        .select_related("origin")
        .order_by("-at", "-id")
        .first()
    )
    here = candidacy.job.pipeline_id
    if last and last.origin and not last.origin.is_closing and last.origin.pipeline_id == here:
        return last.origin
    return candidacy.job.first_stage

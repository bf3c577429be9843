"""Scorecards: filled in by whoever spoke with the candidate, read by colleagues once they gave their own word."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from candidates.models import Touchpoint
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError
from pipelines.models import Candidacy, Criterion, Scorecard, ScorecardRating, Stage, StageChange


class ScorecardOfAnother(DomainError):
    """A scorecard is its author's word."""

    def __init__(self) -> None:
        super().__init__("This scorecard is a colleague's. Fill in your own.")


class VerdictMissing(DomainError):
    """A scorecard without a verdict says nothing."""

    def __init__(self) -> None:
        super().__init__("Choose a verdict before you hand the scorecard in.")


@dataclass(frozen=True)
class Judged:
    """What one criterion got: from 1 to 4, or None where it was not looked at."""

    score: int | None
    note: str = ""


def criteria_for(stage: Stage) -> list[Criterion]:
    """What is judged at this stage, in order: its own criteria, and those of every stage."""
    rows = Criterion.objects.filter(pipeline=stage.pipeline_id).order_by("position", "pk")
    return [row for row in rows if row.stage_id in {None, stage.pk}]


def stages_to_judge(candidacy: Candidacy) -> QuerySet[Stage]:
    """Those of the job, and those that the candidacy was in on jobs before: a word said there can be changed."""
    been_in = StageChange.objects.filter(candidacy=candidacy).values("to")
    return Stage.objects.filter(Q(pipeline=candidacy.job.pipeline_id) | Q(pk__in=been_in))


@transaction.atomic
def save_scorecard(
    candidacy: Candidacy,
    *,
    stage: Stage,
    by: User,
    verdict: str = "",
    summary: str = "",
    judged: Mapping[int, Judged] | None = None,
    submit: bool = False,
) -> Scorecard:
    """Keep `by`'s scorecard for one stage; `judged` by the criterion's id. `submit` hands it in.

    One that is handed in can still be changed by its author; it stays handed in.
    """
    Candidacy.objects.select_for_update(no_key=True).get(pk=candidacy.pk)
    card, _ = Scorecard.objects.get_or_create(candidacy=candidacy, stage=stage, author=by)
    card.verdict, card.summary = verdict, summary.strip()
    is_first = submit and card.submitted_at is None
    if (submit or card.submitted_at) and not verdict:
        raise VerdictMissing
    if is_first:
        card.submitted_at = timezone.now()
    card.save()
    _judge(card, stage, judged or {})
    if is_first:
        add_touchpoint(
            candidacy.candidate,
            Touchpoint.Kind.STAGE,
            f"Scorecard for {stage.name} · {candidacy.job.told_as}",
            actor=by,
            link=candidacy.job.path,
        )
        record("scorecard.submitted", candidacy, by=by, stage=stage.pk)
    return card


def _judge(card: Scorecard, stage: Stage, judged: Mapping[int, Judged]) -> None:
    kept = {row.criterion_id: row for row in card.ratings.all()}
    for criterion in criteria_for(stage):
        said = judged.get(criterion.pk, Judged(None))
        row = kept.pop(criterion.pk, None) or ScorecardRating(scorecard=card, criterion=criterion)
        row.name, row.score, row.note = criterion.name, said.score, said.note.strip()[:500]
        row.save()

"""What jobs add to the pages of candidates and pools: the Jobs card, the Stage column, buttons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from candidates import panels
from candidates.models import Candidate, TalentPool
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, MEMBERS
from pipelines import queries
from pipelines.forms import BY_HAND
from pipelines.models import PoolPlace, Stage
from pipelines.templatetags.pipelines import stage_ring


def register() -> None:
    """Called once, when the apps are ready."""
    panels.register_panel(
        "pipelines/panels/jobs.html", load_jobs, panels.CANDIDATE_SIDE, order=20, roles=MEMBERS
    )
    panels.register_panel(
        "pipelines/panels/places.html", load_places, panels.CANDIDATE_SIDE, order=21
    )
    panels.register_panel("pipelines/panels/pool.html", load_pool, panels.POOL_HEADER, order=40)
    panels.register_panel(
        "pipelines/panels/bulk.html", load_bulk, panels.CANDIDATES_BULK, order=40, roles=EDITORS
    )
    panels.register_column("Stage", "pipelines/panels/stage.html", load_stages)
    panels.register_pool_column("Stage", "pipelines/panels/stage.html", load_pool_stages)


def load_jobs(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any] | None:
    """The candidate's candidacies, each with the stages it may go to, and the jobs to be put on."""
    cards = queries.candidacies_of(candidate, request.membership)
    may_edit = request.membership.role in EDITORS
    jobs = queries.open_jobs(request.membership) if may_edit else []
    on = {card.job_id for card in cards}
    choices = [job for job in jobs if job.pk not in on]
    if not cards and not choices:
        return None
    stages = queries.stages_by_pipeline({card.job.pipeline_id for card in cards})
    rows = [(card, stages[card.job.pipeline_id]) for card in cards]
    return {
        "rows": rows,
        "choices": choices,
        "origins": BY_HAND,
        "candidate": candidate,
        "may_move": may_edit,
    }


def load_pool(pool: TalentPool, request: OrganizationRequest) -> dict[str, Any] | None:
    may_edit = request.membership.role in EDITORS
    jobs = list(queries.open_jobs(request.membership)) if may_edit else []
    staged = queries.staged_pool(pool)
    may_put_on = jobs and not pool.archived_at
    return {"jobs": jobs if may_put_on else [], "pool": pool, "staged": staged}


def load_places(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any] | None:
    """Where the candidate stands in pools with stages, each with the stages they may go to."""
    places = list(
        PoolPlace.objects.filter(candidate=candidate, closed_at=None)
        .select_related("pool", "stage")
        .order_by("pool__name")
    )
    if not places:
        return None
    stages = queries.stages_by_pipeline({place.stage.pipeline_id for place in places})
    rows = [(place, stages[place.stage.pipeline_id]) for place in places]
    may_move = request.membership.role in EDITORS
    return {"rows": rows, "candidate": candidate, "may_move": may_move}


def load_bulk(subject: None, request: OrganizationRequest) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class StageCell:
    """Where somebody stands: in which stage of which job or pool."""

    job: str
    stage: str
    ring: SafeString


def load_pool_stages(
    pool: TalentPool, candidate_ids: Sequence[int], request: OrganizationRequest
) -> dict[int, StageCell] | None:
    """Where the people of a pool with stages stand in it; None for a pool without."""
    if queries.staged_pool(pool) is None:
        return None
    places = PoolPlace.objects.filter(
        pool=pool, closed_at=None, candidate__in=list(candidate_ids)
    ).select_related("stage")
    return {
        place.candidate_id: StageCell(pool.name, place.stage.name, stage_ring(place.stage))
        for place in places
    }


def load_stages(candidate_ids: Sequence[int], request: OrganizationRequest) -> dict[int, StageCell]:
    """For each candidate the stage of the newest open candidacy."""
    rings: dict[Stage, SafeString] = {}
    cells = {}
    newest = queries.newest_open_stages(candidate_ids, request.membership)
    for candidate_id, (job, stage) in newest.items():
        if stage not in rings:
            rings[stage] = stage_ring(stage)
        cells[candidate_id] = StageCell(job, stage.name, rings[stage])
    return cells

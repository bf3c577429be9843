"""Finding what a page is about among what its reader may see; anything else is 404."""

from typing import TypeVar

from django.db.models import Model
from django.http import Http404
from django.shortcuts import get_object_or_404

from candidates.models import TalentPool
from crm.tenancy.requests import OrganizationRequest
from pipelines import queries
from pipelines.models import Candidacy, Job, Pipeline, PoolPlace, Stage, StagedPool

RowT = TypeVar("RowT", bound=Model)


def job_or_404(request: OrganizationRequest, pk: int) -> Job:
    """A job that the member may open."""
    readable = queries.readable_jobs(request.membership).select_related("owner")
    return get_object_or_404(readable, pk=pk)


def held(request: OrganizationRequest, row: RowT) -> RowT:
    """The row as it is now; where the request is to change it, nobody else does until the request ends."""
    rows = type(row)._default_manager
    if request.method == "POST":
        return rows.select_for_update(no_key=True).get(pk=row.pk)
    return row


def card_or_404(request: OrganizationRequest, pk: int, **only: object) -> Candidacy:
    """A candidacy that the member is shown, with all that its card shows."""
    readable = queries.readable_jobs(request.membership)
    shown = queries.cards().filter(queries.shown_to(request.membership), job__in=readable)
    return get_object_or_404(shown.filter(**only), pk=pk)


def pool_or_404(pk: int) -> TalentPool:
    return get_object_or_404(TalentPool.objects.select_related("owner"), pk=pk)


def staged_or_404(pk: int) -> StagedPool:
    """A pool that has stages."""
    staged = queries.staged_pool(pool_or_404(pk))
    if staged is None:
        raise Http404
    return staged


def place_or_404(pk: int, **only: object) -> PoolPlace:
    """Where somebody stands in a pool, with all that the card shows."""
    return get_object_or_404(queries.places().filter(**only), pk=pk)


def pipeline_or_404(request: OrganizationRequest, pk: int) -> Pipeline:
    """A template, a pool's pipeline, or that of a job which the member may open."""
    hidden = Job.objects.exclude(pk__in=queries.readable_jobs(request.membership).values("pk"))
    return get_object_or_404(Pipeline.objects.exclude(jobs__in=hidden), pk=pk)


def stage_or_404(request: OrganizationRequest, pk: int) -> Stage:
    """A stage of a pipeline that the member may open."""
    stage = get_object_or_404(Stage.objects.select_related("pipeline"), pk=pk)
    pipeline_or_404(request, stage.pipeline_id)
    return stage

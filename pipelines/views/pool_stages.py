"""Pools with stages: giving a pool some, its board and table, and the moving of cards."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from candidates.models import TalentPool
from candidates.views.reminders import reminder_page
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, READERS, RECRUITERS, roles_allowed
from crm.web.responses import redirect_for, safe_next
from crm.web.toasts import notify
from pipelines import queries
from pipelines.forms import MoveForm, PoolStagesForm
from pipelines.models import Stage, StagedPool
from pipelines.services import candidacies, pool_stages
from pipelines.views.access import place_or_404, pool_or_404, staged_or_404
from pipelines.views.boards import (
    Head,
    board_page,
    card_back,
    more_cards,
    move_all,
    moved,
    selection,
    table_page,
    undo_all,
    url_of,
)


def _head(request: OrganizationRequest, staged: StagedPool) -> Head:
    def head(stages: list[queries.StageCount], layout: str) -> dict[str, Any]:
        return {
            "pool": staged.pool,
            "pipeline": staged.pipeline,
            "page_template": "pipelines/pool_page.html",
            "layout": layout,
            "wanted": queries.CardFilter.of(request.GET, request.membership),
            "owners": queries.owners_on(staged),
            "total": sum(total for _, _, total in stages),
        }

    return head


@require_GET
@roles_allowed(READERS)
def board(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Who stands where in the pool; of one without stages the way to give it some."""
    pool = pool_or_404(pk)
    staged = queries.staged_pool(pool)
    if staged is None:
        return _ask_for_stages(request, pool, PoolStagesForm())
    return board_page(request, staged, _head(request, staged))


@require_GET
@roles_allowed(READERS)
def table(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The board's people as a list."""
    pool = pool_or_404(pk)
    staged = queries.staged_pool(pool)
    if staged is None:
        return redirect("pool_stages:board", pk)
    return table_page(request, staged, _head(request, staged))


@require_GET
@roles_allowed(READERS)
def more(request: OrganizationRequest, pk: int, stage_pk: int) -> HttpResponse:
    """The next cards of one column."""
    return more_cards(request, staged_or_404(pk), stage_pk)


@require_POST
@roles_allowed(RECRUITERS)
def give(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Give the pool its own copy of a template's stages."""
    pool = pool_or_404(pk)
    form = PoolStagesForm(request.POST)
    if not form.is_valid():
        return _ask_for_stages(request, pool, form)
    staged = pool_stages.give_stages(pool, by=request.user, template=form.cleaned_data["template"])
    notify(request, f"{pool} has stages now. Everybody starts in the first one.")
    return redirect(url_of(staged))


@require_POST
@roles_allowed(RECRUITERS)
def remove(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Take the pool's stages away; who is in it stays."""
    staged = staged_or_404(pk)
    pool_stages.remove_stages(staged, by=request.user)
    notify(request, f"{staged} has no stages any more. Everybody is still in the pool.")
    return redirect(staged.pool)


@roles_allowed(EDITORS)
def remind(request: OrganizationRequest, pk: int, stage_pk: int) -> HttpResponse:
    """The same task for several colleagues, about everybody in one stage of the pool."""
    staged = staged_or_404(pk)
    stage = get_object_or_404(Stage, pk=stage_pk, pipeline=staged.pipeline_id)
    return reminder_page(
        request,
        about=f"{staged} · {stage}",
        link=f"pools/{pk}/table/?stage={stage_pk}",
        back=url_of(staged),
    )


@require_POST
@roles_allowed(EDITORS)
def move(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Move one card of the pool, and answer with the card as it is now."""
    staged = staged_or_404(pk)
    stages = list(staged.pipeline.stages.order_by("position"))
    form = MoveForm(request.POST, stages=stages)
    if not form.is_valid():
        raise candidacies.BoardChanged
    wanted = form.cleaned_data
    place = place_or_404(wanted["card"], pool=pk)
    return moved(request, staged, place, stages, to=wanted["stage"], version=wanted["version"])


@require_POST
@roles_allowed(EDITORS)
def move_selected(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Move the selected cards to one stage: one act, which one Undo takes back."""
    staged = staged_or_404(pk)
    to, cards = selection(request, staged)
    move_all(request, staged, cards, to=to)
    return redirect_for(request, safe_next(request, url_of(staged)))


@require_POST
@roles_allowed(EDITORS)
def undo_selected(request: OrganizationRequest, pk: int, token: str) -> HttpResponse:
    """Take back what was done with several cards at once."""
    return undo_all(request, staged_or_404(pk), token)


@require_POST
@roles_allowed(EDITORS)
def undo(request: OrganizationRequest, pk: int, version: int) -> HttpResponse:
    """Take back the move that led to `version`."""
    place = place_or_404(pk)
    candidacies.undo_move(place, by=request.user, version=version)
    notify(request, f"{place.candidate} is back in {place.stage}.")
    return card_back(request, staged_or_404(place.pool_id), place_or_404(pk))


def _ask_for_stages(
    request: OrganizationRequest, pool: TalentPool, form: PoolStagesForm
) -> HttpResponse:
    status = 422 if form.errors else 200
    context = {"pool": pool, "form": form}
    return render(request, "pipelines/pool_stages.html", context, status=status)

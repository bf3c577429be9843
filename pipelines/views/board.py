"""A job's board and table, and the moving of cards."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from candidates.models import CustomField
from candidates.queries import custom_values_of
from candidates.views.reminders import reminder_page
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, MEMBERS, Role, roles_allowed
from crm.web.responses import redirect_for, safe_next, wants_fragment
from crm.web.toasts import notify
from pipelines import queries
from pipelines.forms import MoveForm
from pipelines.models import Candidacy, Job, Stage
from pipelines.services import candidacies, taking_off
from pipelines.services.interviews.ending import what_stays_ended
from pipelines.views.access import card_or_404, job_or_404
from pipelines.views.boards import (
    Head,
    board_page,
    card_back,
    more_cards,
    move_all,
    moved,
    routes_of,
    selection,
    table_page,
    undo_all,
    url_of,
)
from pipelines.views.hiring import ask_before_hiring, is_asked
from pipelines.views.rejecting import ask_why, ask_why_of_many


def job_context(
    request: OrganizationRequest, job: Job, stages: list[queries.StageCount], *, layout: str
) -> dict[str, Any]:
    """What the head of a job's pages shows: counts of everybody, whatever is filtered."""
    kinds = [(stage, total) for stage, _, total in stages]
    return {
        "job": job,
        "owner": job,
        "page_template": "pipelines/job_page.html",
        "routes": routes_of(job),
        "layout": layout,
        "wanted": queries.CardFilter.of(request.GET, request.membership),
        "owners": queries.owners_on(job),
        "origins": Candidacy.Origin.choices,
        "team": [member.user for member in job.members.select_related("user")],
        "salary": job.salary if queries.may_see_salary(job, request.membership) else "",
        "custom": []
        if wants_fragment(request)
        else custom_values_of(
            job.pk, role=Role(request.membership.role), subject=CustomField.Subject.JOB
        ),
        "hired": sum(number for stage, number in kinds if stage.kind == Stage.Kind.HIRED),
        "in_process": sum(number for stage, number in kinds if not stage.is_closing),
        "total": sum(number for _, number in kinds),
    }


def _head(request: OrganizationRequest, job: Job) -> Head:
    return lambda stages, layout: job_context(request, job, stages, layout=layout)


@roles_allowed(MEMBERS)
def board(request: OrganizationRequest, pk: int) -> HttpResponse:
    job = job_or_404(request, pk)
    return board_page(request, job, _head(request, job))


@roles_allowed(MEMBERS)
def more(request: OrganizationRequest, pk: int, stage_pk: int) -> HttpResponse:
    """The next cards of one column."""
    return more_cards(request, job_or_404(request, pk), stage_pk)


@roles_allowed(EDITORS)
def remind(request: OrganizationRequest, pk: int, stage_pk: int) -> HttpResponse:
    """The same task for several colleagues, about everybody in one stage of the job."""
    job = job_or_404(request, pk)
    stage = get_object_or_404(Stage, pk=stage_pk, pipeline=job.pipeline_id)
    return reminder_page(
        request,
        about=f"{job.told_as} · {stage}",
        link=f"jobs/{pk}/table/?stage={stage_pk}",
        back=url_of(job),
    )


@roles_allowed(EDITORS)
def remind_job(request: OrganizationRequest, pk: int) -> HttpResponse:
    """A task about the job itself, for one or several colleagues."""
    job = job_or_404(request, pk)
    return reminder_page(request, about=job.told_as, link=job.path, back=url_of(job))


@roles_allowed(MEMBERS)
def table(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The board's people as a list, all of them or those in one stage."""
    job = job_or_404(request, pk)
    return table_page(request, job, _head(request, job))


@require_POST
@roles_allowed(EDITORS)
def move(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Move one card of the job, and answer with the card as it is now; into a rejected stage by a form."""
    stages = list(Stage.objects.filter(pipeline__jobs=pk).order_by("position"))
    if not stages:
        raise Http404
    form = MoveForm(request.POST, stages=stages)
    if not form.is_valid():
        raise candidacies.BoardChanged
    wanted = form.cleaned_data
    card = card_or_404(request, wanted["card"], job=pk)
    back = safe_next(request, url_of(card.job))
    if wanted["stage"].kind == Stage.Kind.REJECTED and not card.closed_at:
        return ask_why(request, card, wanted["stage"], back)
    question = ask_before_hiring(request, card.job, [card.pk], to=wanted["stage"], back=back)
    if question:
        return question
    answer = moved(request, card.job, card, stages, to=wanted["stage"], version=wanted["version"])
    return redirect_for(request, back) if is_asked(request) else answer


@require_POST
@roles_allowed(EDITORS)
def move_selected(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Move the selected cards to one stage: one act, which one Undo takes back."""
    job = job_or_404(request, pk)
    to, cards = selection(request, job)
    back = safe_next(request, url_of(job))
    if to.kind == Stage.Kind.REJECTED:
        return ask_why_of_many(request, job, to, cards, back)
    question = ask_before_hiring(request, job, cards, to=to, back=back)
    if question:
        return question
    move_all(request, job, cards, to=to)
    return redirect_for(request, back)


@require_POST
@roles_allowed(EDITORS)
def undo_selected(request: OrganizationRequest, pk: int, token: str) -> HttpResponse:
    """Take back what was done with several cards at once."""
    return undo_all(request, job_or_404(request, pk), token)


@require_POST
@roles_allowed(EDITORS)
def undo(request: OrganizationRequest, pk: int, version: int) -> HttpResponse:
    """Take back the move that led to `version`."""
    card = card_or_404(request, pk)
    ended = what_stays_ended([card.pk])
    candidacies.undo_move(card, by=request.user, version=version)
    notify(request, f"{card.candidate} is back in {card.stage}. {ended}".strip())
    return card_back(request, card.job, card_or_404(request, pk))


@require_POST
@roles_allowed(EDITORS)
def reopen(request: OrganizationRequest, pk: int) -> HttpResponse:
    card = card_or_404(request, pk)
    ended = what_stays_ended([card.pk])
    candidacies.reopen_candidacy(card, by=request.user)
    notify(request, f"{card.candidate} is back in {card.stage}. {ended}".strip())
    return redirect(safe_next(request, url_of(card.job)))


@require_POST
@roles_allowed(EDITORS)
def remove(request: OrganizationRequest, pk: int) -> HttpResponse:
    card = card_or_404(request, pk)
    token = taking_off.remove_from_job(card, by=request.user)
    undo = reverse("pipelines:put_back", args=[card.job_id, token])
    notify(request, f"{card.candidate} was taken off {card.job}.", undo=undo)
    return redirect(safe_next(request, url_of(card.job)))


@require_POST
@roles_allowed(EDITORS)
def put_back(request: OrganizationRequest, pk: int, token: str) -> HttpResponse:
    """Take it back that somebody was taken off the job."""
    job = job_or_404(request, pk)
    card = taking_off.put_back(job, token, by=request.user)
    notify(request, f"{card.candidate} is back in {card.stage}.")
    return redirect(safe_next(request, url_of(job)))

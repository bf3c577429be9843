"""A job's board and table, and the moving of cards."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST

from candidates.models import CustomField
from candidates.queries import custom_values_of
from candidates.views.reminders import reminder_page
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, MEMBERS, Role, roles_allowed
from crm.web.responses import (
    fragment_or_page,
    fragment_or_redirect,
    redirect_for,
    safe_next,
    wants_fragment,
)
from crm.web.toasts import notify
from pipelines import queries
from pipelines.forms import ManyMovesForm, MoveForm
from pipelines.models import Candidacy, Job, Stage
from pipelines.services import candidacies, many
from pipelines.views.access import card_or_404, job_or_404
from pipelines.views.rejecting import ask_why, ask_why_of_many


def job_context(
    request: OrganizationRequest, job: Job, stages: list[queries.StageCount], *, layout: str
) -> dict[str, Any]:
    """What the head of a job's pages shows: counts of everybody, whatever is filtered."""
    kinds = [(stage, total) for stage, _, total in stages]
    return {
        "job": job,
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


def stage_buttons(stages: list[Stage]) -> SafeString:
    """The buttons of a card's menu: the same in all cards of a job, so rendered once, without indents."""
    buttons = render_to_string("pipelines/board.html#stage_buttons", {"stages": stages})
    return mark_safe(" ".join(buttons.split()))  # noqa: S308 - rendered, hence escaped


@roles_allowed(MEMBERS)
def board(request: OrganizationRequest, pk: int) -> HttpResponse:
    job = job_or_404(request, pk)
    columns = queries.board_columns(job, queries.CardFilter.of(request.GET, request.membership))
    queries.veil((card for one in columns for card in one.cards), request.membership)
    stages = [queries.StageCount(one.stage, one.number, one.total) for one in columns]
    context = {
        **job_context(request, job, stages, layout="board"),
        "columns": columns,
        "stage_buttons": stage_buttons([column.stage for column in columns]),
    }
    return fragment_or_page(request, "pipelines/board.html#columns", context)


@roles_allowed(MEMBERS)
def more(request: OrganizationRequest, pk: int, stage_pk: int) -> HttpResponse:
    """The next cards of one column; a whole page of them is the table's."""
    job = job_or_404(request, pk)
    stages = list(Stage.objects.filter(pipeline=job.pipeline_id).order_by("position"))
    stage = next((stage for stage in stages if stage.pk == stage_pk), None)
    if stage is None:
        raise Http404
    if not wants_fragment(request):
        return redirect(f"{reverse('pipelines:table', args=[pk])}?stage={stage.pk}")
    page = queries.more_cards(
        stage, request.GET.get("cursor", ""), queries.CardFilter.of(request.GET, request.membership)
    )
    queries.veil(page.rows, request.membership)
    context = {
        "job": job,
        "column": queries.Column(stage, 0, cards=page.rows, next_cursor=page.next_cursor),
        "stage_buttons": stage_buttons(stages),
    }
    return render(request, "pipelines/board.html#cards", context)


@roles_allowed(EDITORS)
def remind(request: OrganizationRequest, pk: int, stage_pk: int) -> HttpResponse:
    """The same task for several colleagues, about everybody in one stage of the job."""
    job = job_or_404(request, pk)
    stage = get_object_or_404(Stage, pk=stage_pk, pipeline=job.pipeline_id)
    return reminder_page(
        request,
        about=f"{job.told_as} · {stage}",
        link=f"jobs/{pk}/table/?stage={stage_pk}",
        back=reverse("pipelines:board", args=[pk]),
    )


@roles_allowed(EDITORS)
def remind_job(request: OrganizationRequest, pk: int) -> HttpResponse:
    """A task about the job itself, for one or several colleagues."""
    job = job_or_404(request, pk)
    return reminder_page(request, about=job.told_as, link=job.path, back=_url(job))


@roles_allowed(MEMBERS)
def table(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The board's people as a list, all of them or those in one stage."""
    job = job_or_404(request, pk)
    wanted = queries.CardFilter.of(request.GET, request.membership)
    stages = queries.stages_with_counts(job.pipeline_id, wanted)
    people = wanted.apply(Candidacy.objects.filter(job=job))
    chosen = next(
        (stage for stage, _, _ in stages if str(stage.pk) == request.GET.get("stage")), None
    )
    if chosen:
        people = people.filter(stage=chosen)
    page = queries.page_of_cards(people, cursor=request.GET.get("cursor", ""))
    queries.veil(page.rows, request.membership)
    context = {
        **job_context(request, job, stages, layout="table"),
        "matching": sum(number for _, number, _ in stages),
        "page": page,
        "stages": stages,
        "chosen": chosen,
        "stage_buttons": stage_buttons([stage for stage, _, _ in stages]),
    }
    return fragment_or_page(request, "pipelines/table.html#list", context)


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
    if wanted["stage"].kind == Stage.Kind.REJECTED and not card.closed_at:
        return ask_why(request, card, wanted["stage"], safe_next(request, _url(card.job)))
    before = card.version
    try:
        candidacies.move_candidacy(
            card, to=wanted["stage"], by=request.user, version=wanted["version"]
        )
    except candidacies.StaleCandidacy as refusal:
        return _card_as_it_is(request, card, stages, refusal)
    if card.version != before:
        undo = reverse("pipelines:undo", args=[card.pk, card.version])
        notify(request, f"{card.candidate} moved to {card.stage}.", undo=undo)
    context = {"card": card, "job": card.job, "stage_buttons": stage_buttons(stages)}
    return fragment_or_redirect(
        request, "pipelines/board.html#card", context, to=safe_next(request, _url(card.job))
    )


def _card_as_it_is(
    request: OrganizationRequest,
    card: Candidacy,
    stages: list[Stage],
    refusal: candidacies.StaleCandidacy,
) -> HttpResponse:
    """409 with the sentence and the card where it is now: the board puts it there. A page tells the sentence."""
    if not wants_fragment(request):
        raise refusal
    context = {
        "card": card,
        "job": card.job,
        "stage_buttons": stage_buttons(stages),
        "refusal": str(refusal),
    }
    return render(request, "pipelines/board.html#refused", context, status=409)


@require_POST
@roles_allowed(EDITORS)
def move_selected(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Move the selected cards to one stage: one act, which one Undo takes back."""
    job = job_or_404(request, pk)
    stages = list(Stage.objects.filter(pipeline=job.pipeline_id).order_by("position"))
    form = ManyMovesForm(request.POST, stages=stages)
    if not form.is_valid():
        raise candidacies.BoardChanged
    to, cards = form.cleaned_data["stage"], form.cleaned_data["cards"]
    if to.kind == Stage.Kind.REJECTED:
        return ask_why_of_many(request, job, to, cards, safe_next(request, _url(job)))
    done = many.move_many(job, cards, to=to, by=request.user)
    if done.versions:
        token = many.undo_token(done.versions, by=request.user)
        count = len(done.versions)
        text = f"{count} {'card' if count == 1 else 'cards'} moved to {to}."
        undo = reverse("pipelines:undo_selected", args=[pk, token])
        notify(request, f"{text} {done.words}".strip(), undo=undo)
    elif done.words:
        notify(request, f"Nothing was moved. {done.words}")
    return redirect_for(request, safe_next(request, _url(job)))


@require_POST
@roles_allowed(EDITORS)
def undo_selected(request: OrganizationRequest, pk: int, token: str) -> HttpResponse:
    """Take back what was done with several cards at once."""
    job = job_or_404(request, pk)
    versions = many.read_undo_token(token, by=request.user)
    done = many.undo_many(job, versions, by=request.user)
    count = len(done.versions)
    back = "1 card is" if count == 1 else f"{count} cards are"
    notify(request, f"{back} back. {done.words}".strip())
    return redirect(safe_next(request, _url(job)))


@require_POST
@roles_allowed(EDITORS)
def undo(request: OrganizationRequest, pk: int, version: int) -> HttpResponse:
    """Take back the move that led to `version`."""
    card = card_or_404(request, pk)
    candidacies.undo_move(card, by=request.user, version=version)
    notify(request, f"{card.candidate} is back in {card.stage}.")
    return redirect(safe_next(request, _url(card.job)))


@require_POST
@roles_allowed(EDITORS)
def reopen(request: OrganizationRequest, pk: int) -> HttpResponse:
    card = card_or_404(request, pk)
    candidacies.reopen_candidacy(card, by=request.user)
    notify(request, f"{card.candidate} is back in {card.stage}.")
    return redirect(safe_next(request, _url(card.job)))


@require_POST
@roles_allowed(EDITORS)
def remove(request: OrganizationRequest, pk: int) -> HttpResponse:
    card = card_or_404(request, pk)
    candidacies.remove_from_job(card, by=request.user)
    notify(request, f"{card.candidate} was taken off {card.job}.")
    return redirect(safe_next(request, _url(card.job)))


def _url(job: Job) -> str:
    return reverse("pipelines:board", args=[job.pk])

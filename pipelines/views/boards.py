"""Boards and tables of cards, whose ever they are: what the pages of jobs and of pools with stages share."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from crm.tenancy.requests import OrganizationRequest
from crm.web.responses import fragment_or_page, fragment_or_redirect, safe_next, wants_fragment
from crm.web.toasts import notify
from pipelines import queries
from pipelines.forms import ManyMovesForm
from pipelines.models import Card, Job, Stage
from pipelines.queries import StageOwner
from pipelines.services import candidacies, many
from pipelines.services.interviews.ending import what_stays_ended
from pipelines.views.hiring import is_asked

NAMES = ("board", "table", "more", "remind", "move", "move_selected", "undo", "undo_selected")
OF_JOBS = {name: f"pipelines:{name}" for name in NAMES}
OF_POOLS = {name: f"pool_stages:{name}" for name in NAMES}

# What the head of the page shows beside the cards: given the stages with their counts, and the layout.
Head = Callable[[list[queries.StageCount], str], dict[str, Any]]


def routes_of(owner: StageOwner) -> Mapping[str, str]:
    """The names of the board's addresses."""
    return OF_JOBS if isinstance(owner, Job) else OF_POOLS


def url_of(owner: StageOwner) -> str:
    return reverse(routes_of(owner)["board"], args=[owner.pk])


def card_context(owner: StageOwner, stages: list[Stage]) -> dict[str, Any]:
    """What each card of the board needs beside itself."""
    return {
        "owner": owner,
        "job": owner if isinstance(owner, Job) else None,
        "routes": routes_of(owner),
        "stage_buttons": stage_buttons(stages),
    }


def stage_buttons(stages: list[Stage]) -> SafeString:
    """The buttons of a card's menu: the same in all cards of a board, so rendered once, without indents."""
    buttons = render_to_string("pipelines/board.html#stage_buttons", {"stages": stages})
    return mark_safe(" ".join(buttons.split()))  # noqa: S308 - rendered, hence escaped


def board_page(request: OrganizationRequest, owner: StageOwner, head: Head) -> HttpResponse:
    columns = queries.board_columns(owner, queries.CardFilter.of(request.GET, request.membership))
    _veil(request, owner, [card for one in columns for card in one.cards])
    stages = [queries.StageCount(one.stage, one.number, one.total) for one in columns]
    context = {
        **head(stages, "board"),
        **card_context(owner, [column.stage for column in columns]),
        "columns": columns,
    }
    return fragment_or_page(request, "pipelines/board.html#columns", context)


def more_cards(request: OrganizationRequest, owner: StageOwner, stage_pk: int) -> HttpResponse:
    """The next cards of one column; a whole page of them is the table's."""
    stages = list(Stage.objects.filter(pipeline=owner.pipeline_id).order_by("position"))
    stage = next((stage for stage in stages if stage.pk == stage_pk), None)
    if stage is None:
        raise Http404
    if not wants_fragment(request):
        return redirect(f"{reverse(routes_of(owner)['table'], args=[owner.pk])}?stage={stage.pk}")
    wanted = queries.CardFilter.of(request.GET, request.membership)
    page = queries.more_cards(owner, stage, request.GET.get("cursor", ""), wanted)
    _veil(request, owner, page.rows)
    column = queries.Column(stage, 0, cards=page.rows, next_cursor=page.next_cursor)
    context = {**card_context(owner, stages), "column": column}
    return render(request, "pipelines/board.html#cards", context)


def table_page(request: OrganizationRequest, owner: StageOwner, head: Head) -> HttpResponse:
    """The board's people as a list, all of them or those in one stage."""
    wanted = queries.CardFilter.of(request.GET, request.membership)
    there = queries.cards_on(owner)
    stages = queries.stages_with_counts(owner.pipeline_id, wanted, of=there.model)
    people = wanted.apply(there)
    chosen = next(
        (stage for stage, _, _ in stages if str(stage.pk) == request.GET.get("stage")), None
    )
    if chosen:
        people = people.filter(stage=chosen)
    page = queries.page_of_cards(people, cursor=request.GET.get("cursor", ""))
    _veil(request, owner, page.rows)
    context = {
        **head(stages, "table"),
        **card_context(owner, [stage for stage, _, _ in stages]),
        "matching": sum(number for _, number, _ in stages),
        "page": page,
        "stages": stages,
        "chosen": chosen,
    }
    return fragment_or_page(request, "pipelines/table.html#list", context)


def moved(
    request: OrganizationRequest,
    owner: StageOwner,
    card: Card,
    stages: list[Stage],
    *,
    to: Stage,
    version: int,
) -> HttpResponse:
    """Move the card, and answer with the card as it is now; with 409 where somebody else was faster."""
    before = card.version
    context = {"card": card, **card_context(owner, stages)}
    try:
        candidacies.move_card(card, to=to, by=request.user, version=version)
    except candidacies.StaleCandidacy as refusal:
        # In a dialog there is no card to be put right.
        if not wants_fragment(request) or is_asked(request):
            raise
        refused = {**context, "refusal": str(refusal)}
        return render(request, "pipelines/board.html#refused", refused, status=409)
    if card.version != before:
        undo = reverse(routes_of(owner)["undo"], args=[card.pk, card.version])
        notify(request, f"{card.candidate} moved to {card.stage}.", undo=undo)
    back = safe_next(request, url_of(owner))
    return fragment_or_redirect(request, "pipelines/board.html#card", context, to=back)


def card_back(request: OrganizationRequest, owner: StageOwner, card: Card) -> HttpResponse:
    """After an Undo: the card as it is now for the board, which puts it back; everyone else is sent there."""
    context = {"card": card, "job": owner if isinstance(owner, Job) else None}
    back = safe_next(request, url_of(owner))
    return fragment_or_redirect(request, "pipelines/board.html#card", context, to=back)


def selection(request: OrganizationRequest, owner: StageOwner) -> tuple[Stage, dict[int, int]]:
    """Where the selected cards are to go, and which version of each was seen."""
    stages = list(Stage.objects.filter(pipeline=owner.pipeline_id).order_by("position"))
    form = ManyMovesForm(request.POST, stages=stages)
    if not form.is_valid():
        raise candidacies.BoardChanged
    return form.cleaned_data["stage"], form.cleaned_data["cards"]


def move_all(
    request: OrganizationRequest, owner: StageOwner, cards: dict[int, int], *, to: Stage
) -> None:
    """Move these cards as one act, which one Undo takes back, and tell it."""
    done = many.move_many(owner, cards, to=to, by=request.user)
    if done.versions:
        token = many.undo_token(done.versions, by=request.user)
        count = len(done.versions)
        text = f"{count} {'card' if count == 1 else 'cards'} moved to {to}."
        undo = reverse(routes_of(owner)["undo_selected"], args=[owner.pk, token])
        notify(request, f"{text} {done.words}".strip(), undo=undo)
    elif done.words:
        notify(request, f"Nothing was moved. {done.words}")
    elif done.there:
        notify(request, f"They are in {to} already.")


def undo_all(request: OrganizationRequest, owner: StageOwner, token: str) -> HttpResponse:
    """Take back what was done with several cards at once."""
    versions = many.read_undo_token(token, by=request.user)
    ended = what_stays_ended(versions) if isinstance(owner, Job) else ""
    done = many.undo_many(owner, versions, by=request.user)
    count = len(done.versions)
    back = "1 card is" if count == 1 else f"{count} cards are"
    notify(request, " ".join(filter(None, [f"{back} back.", done.words, ended])))
    return redirect(safe_next(request, url_of(owner)))


def _veil(request: OrganizationRequest, owner: StageOwner, cards: Any) -> None:
    """Blind stages are those of jobs; hiring managers, whom they hide people from, see no pools."""
    if isinstance(owner, Job):
        queries.veil(cards, request.membership)

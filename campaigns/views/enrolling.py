"""Putting people on a sequence: whom, which sequence, who is left out and why, then the one button that does it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns.forms import EnrollForm, typed_values
from campaigns.models import Sequence
from campaigns.queries import count_sequences, pools_with_sizes
from campaigns.services import (
    checking,
    enrolling,
    many_people,
    opening,
    permissions,
    preflighting,
)
from campaigns.tasks import ring
from candidates.forms.selection import selected_ids
from candidates.models import BulkAct, TalentPool
from candidates.services.bulk import SMALL, freeze, frozen_ids, start
from candidates.tasks import work_on_bulk_act
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import RECRUITERS, roles_allowed
from crm.web.ids import is_id, read_id
from crm.web.queues import ring as ring_queue
from crm.web.responses import fragment_or_page, safe_next, wants_fragment
from crm.web.toasts import notify


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def enroll(request: OrganizationRequest) -> HttpResponse:
    """Three pages under one address. Only a POST with `confirm` enrolls: a selection of people is posted too.

    The check freezes whom it counted, of a pool as well; `confirm` acts on exactly those.
    """
    asked = _asked(request)
    form = EnrollForm(asked, by=request.user)
    if not form.is_valid():
        wrong = bool(asked.get("confirm"))
        return _choose(request, form, asked, status=422 if wrong else 200)
    # Before anybody is checked, or a value is filled in, for what would be refused.
    permissions.refuse_others(form.cleaned_data["sequence"].sender, request.user)
    ids = form.candidate_ids()
    if request.method == "GET" and len(ids) > SMALL:
        # Many are frozen in a row, which looking must not write: the page's button does.
        return _choose(request, form, asked, status=200)
    if request.method == "POST":
        _fill_in(request)
    if request.method == "POST" and asked.get("confirm"):
        if any(opening.problem_of(line) for line in _lines(asked).values()):
            return _check(request, form, ids, asked, status=422)
        return _enroll(request, form.cleaned_data["sequence"], ids, asked)
    return _check(request, form, ids, asked)


@require_POST
@roles_allowed(RECRUITERS)
def days(request: OrganizationRequest) -> HttpResponse:
    """The days ahead, which the page of the check asks for once it is open; without JavaScript the page with them.

    Changes nothing.
    """
    asked = _asked(request)
    form = EnrollForm(asked, by=request.user)
    if not form.is_valid():
        return _choose(request, form, asked, status=422)
    permissions.refuse_others(form.cleaned_data["sequence"].sender, request.user)
    return _check(request, form, form.candidate_ids(), asked, patient=True)


def _check(
    request: OrganizationRequest,
    form: EnrollForm,
    ids: list[int],
    asked: QueryDict,
    *,
    status: int = 200,
    patient: bool = False,
) -> HttpResponse:
    """Who can be enrolled: of a few at once, of many in the background. Whoever is `patient` waits for the days ahead."""
    sequence: Sequence = form.cleaned_data["sequence"]
    pool: TalentPool | None = form.cleaned_data["pool"]
    frozen = asked.get("candidates") or freeze(ids, by=request.user)
    if len(ids) <= SMALL:
        found = preflighting.preflight(
            sequence,
            ids,
            viewer=request.user,
            despite_contact=_despite(asked),
            lines=_lines(asked),
            patient=patient,
        )
        return _checked_page(
            request,
            found,
            frozen=frozen,
            pool=pool,
            despite_contact=_despite(asked),
            status=status,
            part="#days" if patient else "",
        )
    act = checking.check_many(
        sequence,
        ids,
        frozen=frozen,
        despite_contact=_despite(asked),
        pool=pool,
        by=request.user,
    )
    ring_queue(work_on_bulk_act, request.organization.pk, act.pk)
    return redirect(act)


@require_GET
@roles_allowed(RECRUITERS)
def checked(request: OrganizationRequest, pk: int) -> HttpResponse:
    """What the check of many has found, for whoever asked for it: theirs is the selection."""
    act = get_object_or_404(BulkAct.objects.defer("candidate_ids"), pk=pk)
    is_theirs = act.action == checking.CHECK.name and act.created_by_id == request.user.pk
    if not is_theirs or act.state != BulkAct.State.DONE:
        return redirect(act)
    sequence = get_object_or_404(
        Sequence.objects.select_related("sender"), pk=act.chosen["sequence"]
    )
    return _checked_page(
        request,
        checking.preflight_of(act, sequence),
        frozen=act.chosen["frozen"],
        pool=TalentPool.objects.filter(pk=act.chosen["pool"]).first(),
        despite_contact=act.chosen["despite_contact"],
    )


def _checked_page(
    request: OrganizationRequest,
    found: preflighting.Preflight,
    *,
    frozen: str,
    pool: TalentPool | None,
    despite_contact: bool,
    status: int = 200,
    part: str = "",
) -> HttpResponse:
    context = {
        "next": safe_next(request, ""),
        "longest_line": opening.LONGEST,
        "preflight": found,
        "frozen": frozen,
        "pool": pool,
        "despite_contact": despite_contact,
        "is_part": bool(part) and wants_fragment(request),
    }
    return fragment_or_page(request, f"campaigns/enroll.html{part}", context, status=status)


def _despite(asked: QueryDict) -> bool:
    """Whether people who were contacted lately are taken along knowingly."""
    return bool(asked.get("despite_contact"))


def _lines(asked: QueryDict) -> dict[int, str]:
    """The opening lines that were typed: `line-<candidate>`."""
    typed = {}
    for name, value in asked.items():
        prefix, _, pk = name.partition("-")
        if prefix == "line" and is_id(pk):
            typed[int(pk)] = " ".join(str(value).replace("\x00", "").split())
    return {pk: line for pk, line in typed.items() if line}


def _enroll(
    request: OrganizationRequest, sequence: Sequence, ids: list[int], asked: QueryDict
) -> HttpResponse:
    """A few at once, many in the background; either is taken back by whoever did it, before mails go."""
    despite_contact = _despite(asked)
    if len(ids) > SMALL:
        act = start(
            "enroll",
            ids,
            chosen={"sequence": sequence.pk, "despite_contact": despite_contact},
            title=f"Put people on the sequence “{sequence}”",
            by=request.user,
        )
        ring_queue(work_on_bulk_act, request.organization.pk, act.pk)
        return redirect(act)
    result, undo = many_people.enroll_few(
        sequence,
        ids,
        by=request.user,
        despite_contact=despite_contact,
        # Of those who are asked for: an address may name anybody.
        lines={pk: line for pk, line in _lines(asked).items() if pk in set(ids)},
    )
    ring(request.organization.pk)
    notify(request, _outcome(sequence, result), undo=undo)
    return redirect(safe_next(request, reverse("campaigns:people", args=[sequence.pk])))


def _asked(request: OrganizationRequest) -> QueryDict:
    """What was asked, with the people picked in a list as one field."""
    asked = (request.POST if request.method == "POST" else request.GET).copy()
    if request.method == "POST" and "candidates" not in asked and "pool" not in asked:
        ids = selected_ids(request.POST, membership=request.membership)
        asked["candidates"] = freeze(ids, by=request.user)
    return asked


def _choose(
    request: OrganizationRequest, form: EnrollForm, asked: QueryDict, *, status: int
) -> HttpResponse:
    """The page for what is not known yet: whom, or which sequence."""
    context: dict[str, Any] = {"form": form, "asked": asked}
    ids = frozen_ids(asked.get("candidates", ""), by=request.user)
    chosen = asked.get("pool", "")
    context["pool"] = TalentPool.objects.filter(pk=chosen).first() if is_id(chosen) else None
    if ids or context["pool"]:
        context["count"] = len(ids) if ids else context["pool"].memberships.count()
        sequences = list(form.fields["sequence"].queryset.select_related("sender"))  # type: ignore[attr-defined]
        numbers = count_sequences(sequences)
        context["choices"] = [(sequence, numbers[sequence.pk]) for sequence in sequences]
        context["chosen"] = read_id(str(asked.get("sequence", "")))
    else:
        context["pools"] = pools_with_sizes()
    return render(request, "campaigns/enroll_choose.html", context, status=status)


def _fill_in(request: OrganizationRequest) -> None:
    """What was typed on the page for people who lack a value goes into their records."""
    count = preflighting.fill_in(typed_values(request.POST), by=request.user)
    if count:
        messages.success(request, saved_words(count))


def saved_words(count: int) -> str:
    return f"Saved in the {'record' if count == 1 else f'records of {count} people'}."


def _outcome(sequence: Sequence, result: enrolling.EnrollResult) -> str:
    left_out = len(result.refused)
    words = f"{result.enrolled:,} {'person is' if result.enrolled == 1 else 'people are'} on “{sequence}” now."
    return f"{words} {left_out:,} left out." if left_out else words

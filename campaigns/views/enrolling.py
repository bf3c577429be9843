"""Putting people on a sequence: whom, which sequence, who is left out and why, then the one button that does it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from campaigns.forms import EnrollForm
from campaigns.models import Sequence
from campaigns.queries import count_sequences, pools_with_sizes
from campaigns.services import enrolling, many_people, preflighting
from campaigns.tasks import ring
from candidates.forms.selection import selected_ids
from candidates.models import TalentPool
from candidates.services.bulk import SMALL, freeze, frozen_ids, start
from candidates.tasks import work_on_bulk_act
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import RECRUITERS, roles_allowed
from crm.web.queues import ring as ring_queue
from crm.web.toasts import notify


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def enroll(request: OrganizationRequest) -> HttpResponse:
    """Three pages under one address. Only a POST with `confirm` writes: a selection of people is posted too."""
    asked = _asked(request)
    form = EnrollForm(asked, by=request.user)
    if not form.is_valid():
        wrong = bool(asked.get("confirm"))
        return _choose(request, form, asked, status=422 if wrong else 200)
    sequence: Sequence = form.cleaned_data["sequence"]
    ids = form.candidate_ids()
    despite_contact = bool(asked.get("despite_contact"))
    if request.method == "POST" and asked.get("fill"):
        _fill_in(request)
    elif request.method == "POST" and asked.get("confirm"):
        return _enroll(request, sequence, ids, despite_contact=despite_contact)
    context = {
        "form": form,
        "preflight": preflighting.preflight(sequence, ids, despite_contact=despite_contact),
        "despite_contact": despite_contact,
        "pool": form.cleaned_data["pool"],
    }
    return render(request, "campaigns/enroll.html", {**context, "asked": asked})


def _enroll(
    request: OrganizationRequest, sequence: Sequence, ids: list[int], *, despite_contact: bool
) -> HttpResponse:
    """A few at once, many in the background; either is taken back by whoever did it, before mails go."""
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
        sequence, ids, by=request.user, despite_contact=despite_contact
    )
    ring(request.organization.pk)
    notify(request, _outcome(sequence, result), undo=undo)
    return redirect("campaigns:people", pk=sequence.pk)


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
    context["pool"] = TalentPool.objects.filter(pk=chosen).first() if chosen.isdecimal() else None
    if ids or context["pool"]:
        context["count"] = len(ids) if ids else context["pool"].memberships.count()
        sequences = list(form.fields["sequence"].queryset.select_related("sender"))  # type: ignore[attr-defined]
        numbers = count_sequences(sequences)
        context["choices"] = [(sequence, numbers[sequence.pk]) for sequence in sequences]
    else:
        context["pools"] = pools_with_sizes()
    return render(request, "campaigns/enroll_choose.html", context, status=status)


def _fill_in(request: OrganizationRequest) -> None:
    """What was typed on the page for people who lack a value: `value-<candidate>-<field>`."""
    typed = {}
    for name, value in request.POST.items():
        prefix, _, rest = name.partition("-")
        pk, _, field = rest.partition("-")
        if prefix == "value" and pk.isdecimal():
            typed[int(pk), field] = str(value)
    count = preflighting.fill_in(typed, by=request.user)
    if count:
        messages.success(
            request, f"Saved in the {'record' if count == 1 else f'records of {count} people'}."
        )


def _outcome(sequence: Sequence, result: enrolling.EnrollResult) -> str:
    left_out = len(result.refused)
    words = f"{result.enrolled:,} {'person is' if result.enrolled == 1 else 'people are'} on “{sequence}” now."
    return f"{words} {left_out:,} left out." if left_out else words

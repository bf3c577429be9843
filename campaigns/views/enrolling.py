"""Putting people on a sequence: whom, which sequence, who is left out and why, then the one button that does it."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from campaigns.forms import EnrollForm
from campaigns.models import Sequence
from campaigns.queries import Forecast, count_sequences, forecast, pools_with_sizes
from campaigns.services import enrolling, previewing
from campaigns.tasks import ring
from candidates.forms.selection import selected_ids
from candidates.models import Candidate, TalentPool
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import RECRUITERS, roles_allowed

NAMES_SHOWN = 20


@dataclass
class Refusal:
    """One reason, and the people it keeps out."""

    reason: str
    people: list[Candidate] = field(default_factory=list)
    count: int = 0

    @property
    def hidden(self) -> int:
        return self.count - len(self.people)


@dataclass
class Preflight:
    """What enrolling would do now."""

    sequence: Sequence
    enrolled: int
    refusals: list[Refusal]
    missing: dict[Candidate, list[str]]
    forecast: Forecast

    @property
    def left_out(self) -> int:
        return sum(refusal.count for refusal in self.refusals)


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def enroll(request: OrganizationRequest) -> HttpResponse:
    """Three pages under one address. Only a POST with `confirm` writes: a selection of people is posted too."""
    asked = _asked(request)
    form = EnrollForm(asked)
    if not form.is_valid():
        wrong = bool(asked.get("confirm"))
        return _choose(request, form, asked, status=422 if wrong else 200)
    sequence: Sequence = form.cleaned_data["sequence"]
    ids = form.candidate_ids()
    if request.method == "POST" and asked.get("confirm"):
        result = enrolling.enroll(sequence, ids, by=request.user)
        ring(request.organization.pk)
        messages.success(request, _outcome(sequence, result))
        return redirect("campaigns:people", pk=sequence.pk)
    context = {
        "form": form,
        "preflight": _preflight(sequence, ids),
        "pool": form.cleaned_data["pool"],
    }
    return render(request, "campaigns/enroll.html", {**context, "asked": asked})


def _asked(request: OrganizationRequest) -> QueryDict:
    """What was asked, with the people picked in a list as one field."""
    asked = (request.POST if request.method == "POST" else request.GET).copy()
    if request.method == "POST" and "candidates" not in asked and "pool" not in asked:
        ids = selected_ids(request.POST, membership=request.membership)
        asked["candidates"] = ",".join(map(str, ids))
    return asked


def _choose(
    request: OrganizationRequest, form: EnrollForm, asked: QueryDict, *, status: int
) -> HttpResponse:
    """The page for what is not known yet: whom, or which sequence."""
    context: dict[str, Any] = {"form": form, "asked": asked}
    ids = [part for part in asked.get("candidates", "").split(",") if part]
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


def _preflight(sequence: Sequence, ids: list[int]) -> Preflight:
    result = enrolling.check_candidates(sequence, ids)
    refused = dict(result.refused)
    accepted = Candidate.objects.filter(pk__in=[pk for pk in ids if pk not in refused])
    steps = list(sequence.steps.all())
    return Preflight(
        sequence=sequence,
        enrolled=result.enrolled,
        refusals=_by_reason(result.refused),
        missing=previewing.find_missing(
            steps, accepted.order_by("full_name"), sender=sequence.sender
        ),
        forecast=forecast(sequence, result.enrolled, steps=steps, now=timezone.now()),
    )


def _by_reason(refused: list[tuple[int, str]]) -> list[Refusal]:
    """The refusals grouped, the most frequent reason first, each with its first names."""
    ids_by_reason: defaultdict[str, list[int]] = defaultdict(list)
    for pk, reason in refused:
        ids_by_reason[reason].append(pk)
    shown = [pk for ids in ids_by_reason.values() for pk in ids[:NAMES_SHOWN]]
    people = Candidate.objects.in_bulk(shown)
    refusals = [
        Refusal(reason, [people[pk] for pk in ids[:NAMES_SHOWN] if pk in people], len(ids))
        for reason, ids in ids_by_reason.items()
    ]
    return sorted(refusals, key=lambda refusal: -refusal.count)


def _outcome(sequence: Sequence, result: enrolling.EnrollResult) -> str:
    left_out = len(result.refused)
    words = f"{result.enrolled:,} {'person is' if result.enrolled == 1 else 'people are'} on “{sequence}” now."
    return f"{words} {left_out:,} left out." if left_out else words

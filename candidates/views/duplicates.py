"""The queue of possible duplicates, comparing and merging people, and taking it back."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from candidates.forms.merging import MatchingRulesForm, MergeAllForm, MergeForm, chosen_people
from candidates.models import Candidate, ChangeSet, Distinction
from candidates.queries import pairs_among
from candidates.services.duplicates import deciding
from candidates.services.duplicates.explaining import weigh
from candidates.services.duplicates.keys import current_rules
from candidates.services.duplicates.listing import page_of_duplicates
from candidates.services.duplicates.refreshing import compare_waiting, progress
from candidates.services.merging import bulk, surveying
from candidates.services.merging.comparing import compare, what_moves
from candidates.services.merging.merging import merge_people
from candidates.services.merging.rules import foretold
from candidates.tasks import merge_all
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, EDITORS, RECRUITERS, roles_allowed
from crm.web.errors import DomainError
from crm.web.queues import ring
from crm.web.responses import fragment_or_page
from crm.web.toasts import notify

# Groups of each kind on the page that asks whether to merge all.
SHOWN = 20
BANDS = {"95": "Almost certain", "75": "Likely and surer", "50": "All"}
KINDS = {
    "": "Any reason",
    "phone": "Same phone",
    "email": "Same mailbox",
    "profile": "Same profile",
    "name": "Name",
}


@require_GET
@roles_allowed(EDITORS)
def queue(request: OrganizationRequest) -> HttpResponse:
    band = request.GET.get("sure", "")
    kind = request.GET.get("kind", "")
    band, kind = band if band in BANDS else "50", kind if kind in KINDS else ""
    groups, page = page_of_duplicates(
        at_least=int(band), kind=kind, cursor=request.GET.get("cursor", "")
    )
    context = {
        "groups": groups,
        "page": page,
        "bands": BANDS,
        "kinds": KINDS,
        "band": band,
        "kind": kind,
        "progress": progress(),
        "merging": ChangeSet.objects.filter(
            kind=ChangeSet.Kind.MERGE, state=ChangeSet.State.APPLYING
        ).first(),
    }
    return fragment_or_page(request, "candidates/duplicates/queue.html#list", context)


@require_GET
@roles_allowed(EDITORS)
def compare_people(request: OrganizationRequest) -> HttpResponse:
    """Records side by side, the better values chosen; nothing is written."""
    people = chosen_people(request.GET)
    context: dict[str, Any] = {"people": people, "in_queue": "queue" in request.GET}
    if len(people) > 1:
        form = MergeForm(request.GET, people=people)
        moving = what_moves(people)
        context |= {
            "survivor": form.survivor_chosen,
            "lines": compare(people, survivor=form.survivor_chosen, choices=form.choices),
            "columns": [(person, moving[person.pk]) for person in people],
            "weighed": weigh([people])[0],
            "in_doubt": pairs_among([person.pk for person in people]).exists(),
            "foretold": foretold([person.pk for person in people]),
        }
    return render(request, "candidates/duplicates/compare.html", context)


@require_POST
@roles_allowed(EDITORS)
def merge(request: OrganizationRequest) -> HttpResponse:
    people = _at_least_two(request)
    form = MergeForm(request.POST, people=people)
    survivor = form.survivor_chosen
    others = [person.pk for person in people if person != survivor]
    change_set = merge_people(survivor, others, by=request.user, choices=form.choices)
    compare_waiting()
    undo = reverse("candidates:undo_changes", args=[change_set.pk])
    # By the name that was chosen for it.
    survivor.refresh_from_db(fields=["full_name"])
    notify(request, f"Merged {len(people)} records of {survivor.full_name}.", undo=undo)
    return _on(request, survivor)


def _at_least_two(request: OrganizationRequest) -> list[Candidate]:
    people = chosen_people(request.POST)
    if len(people) < 2:
        raise DomainError("Choose at least two people who are still here.")
    return people


def _on(request: OrganizationRequest, survivor: Candidate | None = None) -> HttpResponse:
    """To the next group of the queue where one came from there, else to the person."""
    if "queue" not in request.POST:
        return redirect(survivor or "candidates:duplicates")
    groups, _ = page_of_duplicates(at_least=50, kind="", cursor="")
    if not groups:
        return redirect("candidates:duplicates")
    return redirect(f"{reverse('candidates:compare')}?{groups[0].query}&queue=1")


@require_POST
@roles_allowed(EDITORS)
def tell_apart(request: OrganizationRequest) -> HttpResponse:
    """Not the same person, for all pairs among the people who were shown."""
    people = _at_least_two(request)
    pairs = list(pairs_among([person.pk for person in people]))
    deciding.tell_apart([pair.pk for pair in pairs], by=request.user)
    undo = ""
    if len(pairs) == 1:
        (found,) = pairs
        decided = Distinction.objects.get(candidate=found.candidate_id, other=found.other_id)
        undo = reverse("candidates:take_back_apart", args=[decided.pk])
    notify(request, "Remembered: not the same person.", undo=undo)
    return _on(request)


@require_POST
@roles_allowed(EDITORS)
def take_back_apart(request: OrganizationRequest, pk: int) -> HttpResponse:
    deciding.take_back_apart(get_object_or_404(Distinction, pk=pk), by=request.user)
    compare_waiting()
    notify(request, "The pair is in the queue again.")
    return redirect("candidates:duplicates")


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def all_of_them(request: OrganizationRequest) -> HttpResponse:
    """Merge everything that is sure: first what would be done, then doing it in the background."""
    form = MergeAllForm(request.POST or request.GET or None)
    at_least = form.cleaned_data["at_least"] if form.is_valid() else form.fields["at_least"].initial
    if request.method == "POST" and form.is_valid():
        change_set = bulk.start_merging_all(at_least, by=request.user)
        ring(merge_all, request.organization.pk, change_set.pk)
        notify(request, "Merging. It goes on when you leave this page.")
        return redirect("candidates:duplicates")
    found = surveying.survey(at_least)
    context = {
        "form": MergeAllForm(initial={"at_least": at_least}),
        "at_least": at_least,
        "plans": bulk.plan(found.sure[:SHOWN]),
        "count": len(found.sure),
        "beyond": found.beyond,
        "left": surveying.show_left(found.left[:SHOWN]),
        "left_count": len(found.left),
    }
    return render(request, "candidates/duplicates/all.html", context)


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def rules(request: OrganizationRequest) -> HttpResponse:
    """Which spellings of an address are one mailbox."""
    form = MatchingRulesForm(request.POST or None, instance=current_rules())
    if form.is_valid():
        deciding.set_rules(by=request.user, **form.cleaned_data)
        notify(request, "Saved. Everybody is compared anew, in the background.")
        return redirect("candidates:duplicates")
    status = 422 if form.is_bound else 200
    return render(request, "candidates/duplicates/rules.html", {"form": form}, status=status)

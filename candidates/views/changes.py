"""Change sets: what was done to many people, and taking it back."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import get_script_prefix
from django.views.decorators.http import require_GET, require_POST

from candidates.models import Change, ChangeSet
from candidates.queries.changes import (
    counts_of,
    is_place_gone,
    page_of_change_sets,
    page_of_changes,
    technical_count,
)
from candidates.services.changes.hiding import is_hidden
from candidates.services.changes.removing import foresee
from candidates.services.changes.undoing import (
    AT_ONCE,
    OF_AUTHORS,
    BroughtByAnother,
    DoneByAnother,
    EditedByAnother,
    is_erased,
    may_undo,
    start_undo,
    undo_batch,
)
from candidates.tasks import work_on_undo
from candidates.views.returning import back_to
from crm.accounts.models import User
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, roles_allowed
from crm.web.queues import ring
from crm.web.responses import fragment_or_page, redirect_for
from crm.web.toasts import notify

State, Outcome = ChangeSet.State, Change.Outcome
_REFUSALS = {ChangeSet.Kind.EDIT: EditedByAnother, **dict.fromkeys(OF_AUTHORS, DoneByAnother)}


@require_GET
@roles_allowed(EDITORS)
def change_sets(request: OrganizationRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    kinds = [kind for kind in ChangeSet.Kind.choices if kind[0] != ChangeSet.Kind.EDIT]
    kind = kind if kind in dict(kinds) else ""
    context = {
        "page": page_of_change_sets(kind=kind, cursor=request.GET.get("cursor", "")),
        "kind": kind,
        "kinds": kinds,
    }
    return fragment_or_page(request, "candidates/changes/list.html", context)


def _change_set_or_404(pk: int, request: OrganizationRequest) -> ChangeSet:
    """A change set that the member may look into."""
    found = get_object_or_404(ChangeSet.objects.select_related("created_by", "undone_by"), pk=pk)
    if is_hidden(found, request.membership):
        raise Http404
    return found


@require_GET
@roles_allowed(EDITORS)
def change_set(request: OrganizationRequest, pk: int) -> HttpResponse:
    """What changed, person by person; while it is being undone, how far that is."""
    found = _change_set_or_404(pk, request)
    if request.GET.get("from") == "progress" and found.state != State.UNDOING:
        # The progress asked on, and it is done: the whole page is another one now.
        return redirect_for(request, found)
    show = request.GET.get("show", "")
    show = show if show in Outcome.values else ""
    counts = counts_of(found) if found.undo_started_at else {}
    if found.state != State.UNDOING and "show" not in request.GET and counts.get(Outcome.KEPT):
        show = Outcome.KEPT
    page, told = page_of_changes(
        found, reader=request.membership, show=show, cursor=request.GET.get("cursor", "")
    )
    is_open = found.is_undoable and not is_erased(found)
    context = {
        "change_set": found,
        "may_undo": is_open and may_undo(found, by=request.user, role=request.membership.role),
        "is_erased": found.is_undoable and not is_open,
        "staying": _staying(found) if is_open else [],
        "page": page,
        "told": told,
        "technical": technical_count(found),
        "show": show,
        "counts": counts,
        "done": sum(counts.values()),
        "total": found.counts.get("steps", 0),
        "is_place_gone": is_place_gone(found),
        "back": f"{get_script_prefix()}{found.link}",
    }
    part = "progress" if found.state == State.UNDOING else "changes"
    return fragment_or_page(request, f"candidates/changes/detail.html#{part}", context)


def _staying(change_set: ChangeSet) -> list[str]:
    """Why people whom it added would stay if it were undone now."""
    reasons = foresee(change_set)
    names = User.objects.in_bulk({by for _, by in reasons if by})
    return [f"{reason}, by {names[by]}" if by in names else reason for reason, by in reasons]


@require_POST
@roles_allowed(EDITORS)
def undo(request: OrganizationRequest, pk: int) -> HttpResponse:
    """A small change set is undone at once, a large one by a worker."""
    found = _change_set_or_404(pk, request)
    if not may_undo(found, by=request.user, role=request.membership.role):
        raise _REFUSALS.get(ChangeSet.Kind(found.kind), BroughtByAnother)
    found = start_undo(found, by=request.user)
    if found.state == State.UNDOING and found.changes.count() > AT_ONCE:
        ring(work_on_undo, request.organization.pk, pk)
        return redirect_for(request, found)
    if found.state == State.UNDONE:
        who = found.undone_by or "Rapport"
        notify(request, f"This was undone already, by {who}. Nothing was changed now.")
        return redirect_for(request, found)
    while not undo_batch(pk):
        pass
    counts = counts_of(found)
    kept = counts.pop(Outcome.KEPT, 0)
    if kept and not any(counts.values()):
        notify(
            request,
            "Nothing was taken back: all of it was changed since. It stays, see below. "
            "Once that is taken back, this can be undone.",
        )
        return redirect_for(request, found)
    if kept:
        notify(request, f"Undone: {found.title}. {kept:,} changed since and stay.")
        return redirect_for(request, found)
    notify(request, f"Undone: {found.title}.")
    return redirect_for(request, back_to(request, found.get_absolute_url()))

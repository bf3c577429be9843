"""The rows of a record, each added, changed, confirmed and removed in place; every act can be undone."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import reswap, retarget

from candidates.forms.rows import (
    EducationForm,
    EmailForm,
    ExperienceForm,
    LanguageForm,
    LinkForm,
    PhoneForm,
    PreferenceForm,
    RowForm,
    SkillForm,
)
from candidates.models import (
    Candidate,
    CandidateSkill,
    ChangeSet,
    Education,
    EmailAddress,
    PhoneNumber,
    ProfileLink,
    SpokenLanguage,
    WorkExperience,
)
from candidates.services import editing, rows
from candidates.views.holding import held
from candidates.views.records import redraw
from candidates.views.returning import follows_merges
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, roles_allowed
from crm.web.responses import fragment_or_page, wants_fragment
from crm.web.toasts import notify


@dataclass(frozen=True)
class RowKind:
    """A kind of row: its model and form, its name, and whether it stands on the page of the background."""

    model: type[rows.Row]
    form: type[RowForm]
    noun: str
    is_background: bool = False


KINDS = {
    "email": RowKind(EmailAddress, EmailForm, "e-mail address"),
    "phone": RowKind(PhoneNumber, PhoneForm, "phone number"),
    "link": RowKind(ProfileLink, LinkForm, "link"),
    "experience": RowKind(WorkExperience, ExperienceForm, "position", is_background=True),
    "education": RowKind(Education, EducationForm, "education", is_background=True),
    "language": RowKind(SpokenLanguage, LanguageForm, "language", is_background=True),
    "skill": RowKind(CandidateSkill, SkillForm, "skill"),
}


def _kind(name: str) -> RowKind:
    if name not in KINDS:
        raise Http404
    return KINDS[name]


def _row(kind: RowKind, pk: int) -> Any:
    return get_object_or_404(kind.model._default_manager.select_related("candidate"), pk=pk)


@require_http_methods(["GET", "POST"])
@roles_allowed(EDITORS)
@follows_merges
def add_row(request: OrganizationRequest, pk: int, kind: str) -> HttpResponse:
    candidate, chosen = get_object_or_404(Candidate, pk=pk), _kind(kind)
    if chosen.model is CandidateSkill:
        raise Http404
    row = chosen.model(candidate=candidate)
    form = chosen.form(request.POST or None, instance=row)
    if form.is_valid():
        change_set = rows.save_row(
            chosen.model(candidate=candidate), by=request.user, **form.values()
        )
        return _done(request, candidate, change_set, chosen)
    return _form_page(request, candidate, form, f"Add {_article(chosen.noun)}")


@require_http_methods(["GET", "POST"])
@roles_allowed(EDITORS)
def edit_row(request: OrganizationRequest, kind: str, row: int) -> HttpResponse:
    chosen = _kind(kind)
    get_object_or_404(held(request, Candidate.objects.all()), pk=_row(chosen, row).candidate_id)
    found = _row(chosen, row)
    form = chosen.form(request.POST or None, instance=found)
    if form.is_valid():
        # The form wrote into its instance; the service compares with what is in the database.
        change_set = rows.save_row(_row(chosen, row), by=request.user, **form.values())
        return _done(request, found.candidate, change_set, chosen)
    title = f"Change the {chosen.noun}"
    if isinstance(found, CandidateSkill):
        title = f"How do we know of {found.skill}?"
    return _form_page(request, found.candidate, form, title)


@require_POST
@roles_allowed(EDITORS)
def remove_row(request: OrganizationRequest, kind: str, row: int) -> HttpResponse:
    chosen = _kind(kind)
    found = _row(chosen, row)
    candidate = found.candidate
    return _done(request, candidate, rows.remove_row(found, by=request.user), chosen)


@require_POST
@roles_allowed(EDITORS)
def primary_row(request: OrganizationRequest, kind: str, row: int) -> HttpResponse:
    chosen = _kind(kind)
    found = _row(chosen, row)
    if not isinstance(found, EmailAddress | PhoneNumber):
        raise Http404
    return _done(request, found.candidate, rows.make_primary(found, by=request.user), chosen)


@require_POST
@roles_allowed(EDITORS)
def confirm_row(request: OrganizationRequest, kind: str, row: int) -> HttpResponse:
    chosen = _kind(kind)
    found = _row(chosen, row)
    if not isinstance(found, WorkExperience | Education | CandidateSkill):
        raise Http404
    return _done(request, found.candidate, rows.confirm_row(found, by=request.user), chosen)


@require_http_methods(["GET", "POST"])
@roles_allowed(EDITORS)
@follows_merges
def preferences(request: OrganizationRequest, pk: int) -> HttpResponse:
    """What the person wants next."""
    candidate = get_object_or_404(held(request, Candidate.objects.all()), pk=pk)
    form = PreferenceForm(request.POST or None, instance=rows.preference_of(candidate))
    if form.is_valid():
        change_set = rows.save_row(rows.preference_of(candidate), by=request.user, **form.values())
        return _done(request, candidate, change_set, KINDS["experience"])
    return _form_page(request, candidate, form, f"What {candidate.called} wants")


@require_POST
@roles_allowed(EDITORS)
def undo_edit(request: OrganizationRequest, pk: int, change_set: int) -> HttpResponse:
    """Take one's own last act on this record back."""
    candidate = get_object_or_404(Candidate, pk=pk)
    act = get_object_or_404(ChangeSet, pk=change_set)
    if not act.changes.filter(candidate=candidate).exists():
        raise Http404
    notify(request, editing.undo_edit(act, by=request.user))
    return redraw(request, candidate)


def told(request: OrganizationRequest, candidate: Candidate, change_set: ChangeSet | None) -> None:
    """The toast of an act on one record, with its Undo."""
    if change_set is None:
        notify(request, "Nothing to change.")
        return
    undo = reverse("candidates:undo_edit", args=[candidate.pk, change_set.pk])
    notify(request, f"{change_set.title}.", undo=undo)


def _done(
    request: OrganizationRequest,
    candidate: Candidate,
    change_set: ChangeSet | None,
    kind: RowKind,
) -> HttpResponse:
    told(request, candidate, change_set)
    return redraw(request, candidate, is_background=kind.is_background)


def _form_page(
    request: OrganizationRequest, candidate: Candidate, form: RowForm, title: str
) -> HttpResponse:
    status = 422 if form.is_bound else 200
    context = {"form": form, "candidate": candidate, "title": title}
    response = fragment_or_page(request, "candidates/row.html#sheet", context, status=status)
    if form.is_bound and wants_fragment(request):
        return reswap(retarget(response, "#row-form"), "outerHTML")
    return response


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"

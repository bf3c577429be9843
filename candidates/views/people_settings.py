"""Settings about people: when they go cold, tags, and the lists to choose from."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from candidates.forms.people_settings import (
    MergeForm,
    NameForm,
    PeopleSettingsForm,
    SourceForm,
    TagForm,
)
from candidates.models import Candidate, CandidateTag, Source, Tag, TalentPool
from candidates.queries import people_settings
from candidates.services import choosing, tag_keeping
from candidates.services.people_settings import change_people_settings
from candidates.services.stored_queries import askers_of
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, roles_allowed
from crm.web.pagination import keyset_page


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def general(request: OrganizationRequest) -> HttpResponse:
    form = PeopleSettingsForm(request.POST or None, instance=people_settings())
    if form.is_valid():
        change_people_settings(by=request.user, **form.cleaned_data)
        messages.success(request, "The settings were saved.")
        return redirect("people_settings:general")
    pools = TalentPool.objects.filter(archived_at=None, cold_after_days__isnull=False)
    context = {"form": form, "pools": pools}
    return _page(request, "general", context, form)


def _page(
    request: OrganizationRequest, name: str, context: dict[str, Any], form: Any
) -> HttpResponse:
    context |= {"listings": choosing.LISTINGS.values()}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, f"people_settings/{name}.html", context, status=status)


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def tags(request: OrganizationRequest) -> HttpResponse:
    """All tags by name, each with how many people carry it; and a new one."""
    form = TagForm(request.POST or None)
    if form.is_valid():
        tag_keeping.add_tag(by=request.user, **form.cleaned_data)
        return redirect("people_settings:tags")
    page = keyset_page(
        Tag.objects.all(), order=("name", "id"), cursor=request.GET.get("cursor", "")
    )
    counts = dict(
        CandidateTag.objects.filter(tag__in=page.rows).values_list("tag").annotate(Count("pk"))
    )
    rows = [(tag, counts.get(tag.pk, 0)) for tag in page.rows]
    return _page(request, "tags", {"form": form, "page": page, "rows": rows}, form)


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def tag(request: OrganizationRequest, pk: int) -> HttpResponse:
    """One tag: its name and color, and the ways to be rid of it."""
    found = get_object_or_404(Tag, pk=pk)
    form = TagForm(request.POST or None, initial={"name": found.name, "hue": found.hue})
    if form.is_valid():
        tag_keeping.edit_tag(found, by=request.user, **form.cleaned_data)
        messages.success(request, "The tag was saved.")
        return redirect("people_settings:tags")
    context = {
        "form": form,
        "tag": found,
        "count": found.candidate_tags.count(),
        "asked_by": str(askers_of(found)),
        "merge_form": MergeForm(merged=found),
    }
    return _page(request, "tag", context, form)


@require_POST
@roles_allowed(ADMINS)
def merge_tag(request: OrganizationRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Tag, pk=pk)
    form = MergeForm(request.POST, merged=found)
    if not form.is_valid():
        messages.error(request, "Choose the tag that stays.")
        return redirect("people_settings:tag", pk)
    into = form.cleaned_data["into"]
    count = tag_keeping.merge_tags(found, into=into, by=request.user)
    messages.success(request, f"{_people(count)} of “{found}” carry “{into}” now.")
    return redirect("people_settings:tags")


@require_POST
@roles_allowed(ADMINS)
def delete_tag(request: OrganizationRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Tag, pk=pk)
    count = tag_keeping.delete_tag(found, by=request.user)
    messages.success(request, f"The tag “{found}” is gone; {_people(count)} carried it.")
    return redirect("people_settings:tags")


def _listing(kind: str) -> choosing.Listing:
    if kind not in choosing.LISTINGS:
        raise Http404
    return choosing.LISTINGS[kind]


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def entries(request: OrganizationRequest, kind: str) -> HttpResponse:
    """One list: its words, those that are archived below, and a new one."""
    listing = _listing(kind)
    form = NameForm(request.POST or None)
    if form.is_valid():
        choosing.add_entry(listing.model, name=form.cleaned_data["name"], by=request.user)
        return redirect("people_settings:entries", kind)
    found: list[Any] = list(listing.model.objects.order_by("name")[:500])
    context = {
        "form": form,
        "listing": listing,
        "offered": [entry for entry in found if not entry.archived_at],
        "archived": [entry for entry in found if entry.archived_at],
    }
    return _page(request, "entries", context, form)


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def entry(request: OrganizationRequest, kind: str, pk: int) -> HttpResponse:
    """One word of a list: rename it; a source can be merged with another."""
    listing = _listing(kind)
    found: Any = get_object_or_404(listing.model, pk=pk)
    if isinstance(found, Source):
        initial = {"name": found.name, "gives_own_data": found.gives_own_data}
        form: NameForm = SourceForm(request.POST or None, initial=initial)
    else:
        form = NameForm(request.POST or None, initial={"name": found.name})
    if form.is_valid():
        choosing.rename_entry(found, name=form.cleaned_data["name"], by=request.user)
        if isinstance(found, Source):
            choosing.set_gives_own_data(
                found, gives=form.cleaned_data["gives_own_data"], by=request.user
            )
        messages.success(request, "Saved.")
        return redirect("people_settings:entries", kind)
    context: dict[str, Any] = {"form": form, "listing": listing, "entry": found}
    if isinstance(found, Source):
        context |= {
            "count": Candidate.objects.filter(source=found).count(),
            "merge_form": MergeForm(merged=found),
        }
    return _page(request, "entry", context, form)


@require_POST
@roles_allowed(ADMINS)
def archive_entry(request: OrganizationRequest, kind: str, pk: int) -> HttpResponse:
    """Offer a word no more, or again (`restore`)."""
    found: Any = get_object_or_404(_listing(kind).model, pk=pk)
    choosing.set_archived(found, is_archived="restore" not in request.POST, by=request.user)
    return redirect("people_settings:entries", kind)


@require_POST
@roles_allowed(ADMINS)
def merge_source(request: OrganizationRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Source, pk=pk)
    form = MergeForm(request.POST, merged=found)
    if not form.is_valid():
        messages.error(request, "Choose the source that stays.")
        return redirect("people_settings:entry", "sources", pk)
    into = form.cleaned_data["into"]
    count = choosing.merge_sources(found, into=into, by=request.user)
    messages.success(request, f"{_people(count)} from “{found}” are from “{into}” now.")
    return redirect("people_settings:entries", "sources")


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"

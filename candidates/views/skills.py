"""Settings of skills: the organization's words, other ways to write them, and the queue of unknown ones."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from candidates.forms.skills import AliasForm, AssignForm, SkillForm
from candidates.models import Skill
from candidates.queries.choices import choices
from candidates.services.choosing import LISTINGS
from candidates.services.identifying import fold
from candidates.services.skills import keeping
from candidates.services.skills.taxonomy import shipped
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, roles_allowed
from crm.web.pagination import capped_count, keyset_page
from crm.web.toasts import notify

State = Skill.State


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def skills(request: OrganizationRequest) -> HttpResponse:
    """The skills in one state by name, `q` narrows them; and a new one."""
    form = SkillForm(request.POST or None)
    if form.is_valid():
        added = keeping.add_own_skill(by=request.user, **form.cleaned_data)
        notify(request, f"Added the skill {added}.")
        return redirect("people_settings:skills")
    state = request.GET.get("state") if request.GET.get("state") in State else State.KNOWN
    found = Skill.objects.filter(state=state, normalized__contains=fold(request.GET.get("q", "")))
    page = keyset_page(found, order=("name", "id"), cursor=request.GET.get("cursor", ""))
    names = [skill.name for skill in page.rows] if state == State.WAITING else []
    likely = keeping.suggestions(names) if names else {}
    context = {
        "form": form,
        "page": page,
        "rows": [
            (skill, count, likely.get(skill.name, ()))
            for skill, count in keeping.with_counts(page.rows)
        ],
        "state": state,
        "states": State.choices,
        "waiting": capped_count(Skill.objects.filter(state=State.WAITING)),
        "q": request.GET.get("q", ""),
        "known": choices("skills").skills,
        "listings": LISTINGS.values(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "people_settings/skills.html", context, status=status)


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def skill(request: OrganizationRequest, pk: int) -> HttpResponse:
    """One skill: its name and family, how it is written otherwise, and which other one it means."""
    found = get_object_or_404(Skill, pk=pk)
    initial = {"name": found.name, "family": found.family}
    form = SkillForm(request.POST or None, initial=initial)
    if form.is_valid():
        keeping.edit_skill(found, by=request.user, **form.cleaned_data)
        notify(request, "Saved.")
        return redirect("people_settings:skill", pk)
    context = {
        "form": form,
        "skill": found,
        "count": found.candidate_skills.count(),
        "aliases": found.aliases.order_by("name"),
        "shipped": shipped(found.shipped_as) if found.shipped_as else None,
        "assign_form": AssignForm(assigned=found),
        "known": choices("skills").skills,
        "listings": LISTINGS.values(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "people_settings/skill.html", context, status=status)


@require_POST
@roles_allowed(ADMINS)
def assign(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The word means another skill, from now on too."""
    found = get_object_or_404(Skill, pk=pk)
    form = AssignForm(request.POST, assigned=found)
    if not form.is_valid():
        messages.error(request, str(form.errors["into"][0]))
        return redirect("people_settings:skill", pk)
    into = form.cleaned_data["into"]
    count = keeping.assign_skill(found, into=into, by=request.user)
    people = "1 person" if count == 1 else f"{count:,} people"
    notify(request, f"“{found}” means {into} now: {people} changed, and whoever comes with it.")
    return redirect("people_settings:skills")


@require_POST
@roles_allowed(ADMINS)
def decide(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Take an unknown word as a skill of one's own (`accept`), or say that it is none (`ignore`)."""
    found = get_object_or_404(Skill, pk=pk)
    if request.POST.get("act") == "ignore":
        keeping.ignore_skill(found, by=request.user)
        notify(request, f"“{found}” is asked about no more. It stays on people as it was written.")
    else:
        keeping.accept_skill(found, by=request.user)
        notify(request, f"“{found}” is a skill of yours now.")
    return redirect("people_settings:skills")


@require_POST
@roles_allowed(ADMINS)
def aliases(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Add another way to write the skill, or take one away."""
    found = get_object_or_404(Skill, pk=pk)
    form = AliasForm(request.POST, skill=found)
    if form.is_valid() and form.cleaned_data["remove"]:
        keeping.remove_alias(form.cleaned_data["remove"], by=request.user)
    elif form.is_valid() and form.cleaned_data["name"]:
        keeping.add_alias(found, name=form.cleaned_data["name"], by=request.user)
    else:
        messages.error(request, "Write another way to write the skill, of up to 60 letters.")
    return redirect("people_settings:skill", pk)

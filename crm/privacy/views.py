"""Retention, erasure, certificates, and the data map, for people."""

from django.contrib import messages
from django.http import FileResponse, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from candidates.forms.selection import selected_ids
from candidates.models import Candidate
from candidates.services.bulk import freeze, start
from candidates.tasks import work_on_bulk_act
from crm.privacy.forms import ErasureForm, ManyErasuresForm, RetentionPolicyForm
from crm.privacy.models import PurgeRun
from crm.privacy.naming import in_words
from crm.privacy.queries import expired_candidates
from crm.privacy.registry import data_map, mapped_fields
from crm.privacy.services import copying, erasing, retaining
from crm.privacy.tasks import run_retention
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, RECRUITERS, roles_allowed
from crm.web.pagination import capped_count, keyset_page
from crm.web.queues import ring
from crm.web.responses import fragment_or_page, wants_fragment


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def overview(request: OrganizationRequest) -> HttpResponse:
    """The policy, who would go now, and the runs so far."""
    policy = retaining.current_policy()
    form = RetentionPolicyForm(request.POST or None, instance=policy)
    if request.method == "POST" and form.is_valid():
        retaining.save_policy(form.save(commit=False), by=request.user)
        messages.success(request, "Retention policy saved.")
        return redirect("privacy:overview")
    stored = retaining.current_policy()
    context = {
        "form": form,
        "policy": stored,
        "expired": capped_count(expired_candidates(cutoff_at=retaining.cutoff(stored.keep_days))),
        "page": keyset_page(
            PurgeRun.objects.select_related("started_by"),
            order=("-started_at", "-id"),
            cursor=request.GET.get("cursor", ""),
            size=20,
        ),
    }
    status = 422 if form.errors else 200
    return render(request, "privacy/overview.html", context, status=status)


@require_POST
@roles_allowed(ADMINS)
def start_run(request: OrganizationRequest) -> HttpResponse:
    """Start a run by hand: `dry_run` only counts."""
    run = retaining.start_run(by=request.user, is_dry_run="dry_run" in request.POST)
    ring(run_retention, request.organization.pk, run.pk)
    return redirect(run)


@require_GET
@roles_allowed(ADMINS)
def expired(request: OrganizationRequest) -> HttpResponse:
    """Everybody whom the next run would erase."""
    policy = retaining.current_policy()
    people = expired_candidates(cutoff_at=retaining.cutoff(policy.keep_days))
    page = keyset_page(people, cursor=request.GET.get("cursor", ""))
    context = {"policy": policy, "page": page, "count": capped_count(people)}
    return render(request, "privacy/expired.html", context)


@require_GET
@roles_allowed(RECRUITERS)
def run(request: OrganizationRequest, pk: int) -> HttpResponse:
    """A run: its progress, then its certificate."""
    run = get_object_or_404(PurgeRun.objects.select_related("started_by", "organization"), pk=pk)
    if run.state == PurgeRun.State.DONE and wants_fragment(request):
        # The progress is over: the whole page comes anew, with the certificate.
        return HttpResponseClientRefresh()
    context: dict[str, object] = {"run": run, "rows": in_words(run.counts)}
    if run.state == PurgeRun.State.DONE:
        context["seal"] = run.certificate()["seal"]
    return fragment_or_page(request, "privacy/run.html#progress", context)


@require_GET
@roles_allowed(RECRUITERS)
def certificate(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The certificate as a file."""
    run = get_object_or_404(
        PurgeRun.objects.select_related("organization"),
        pk=pk,
        state=PurgeRun.State.DONE,
        is_dry_run=False,
    )
    response = JsonResponse(run.certificate(), json_dumps_params={"indent": 2})
    response.headers["Content-Disposition"] = f'attachment; filename="erasure-{run.pk}.json"'
    return response


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def erase(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Erase one person: says what goes, asks for the name, and shows the certificate."""
    candidate = get_object_or_404(Candidate, pk=pk)
    form = ErasureForm(request.POST or None, full_name=candidate.full_name)
    if request.method == "POST" and form.is_valid():
        run = erasing.erase_candidate(candidate, by=request.user)
        messages.success(request, "The person is erased. This is the certificate.")
        return redirect(run)
    context = {"candidate": candidate, "form": form}
    return render(request, "privacy/erase.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def copy(request: OrganizationRequest, pk: int) -> HttpResponse | FileResponse:
    """All that is kept of a person as a file, for the answer to a request: says what is in it, then gives it."""
    candidate = get_object_or_404(Candidate, pk=pk)
    if request.method == "POST":
        file, name = copying.write_copy(candidate, request.organization, by=request.user)
        return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
    context = {
        "candidate": candidate,
        "held_back": copying.held_back(candidate, viewer=request.user),
    }
    return render(request, "privacy/copy.html", context)


@require_POST
@roles_allowed(ADMINS)
def erase_selected(request: OrganizationRequest) -> HttpResponse:
    """Erase the selected people: first they are counted and frozen, then the number is typed. Nobody undoes it."""
    ids = selected_ids(request.POST, membership=request.membership)
    is_asked = "number" in request.POST
    form = ManyErasuresForm(
        request.POST if is_asked else None,
        people=len(ids),
        initial={"frozen": freeze(ids, by=request.user)},
    )
    if form.is_valid():
        title = f"Erase {len(ids):,} {'person' if len(ids) == 1 else 'people'}"
        act = start("erase", ids, chosen={}, title=title, by=request.user)
        ring(work_on_bulk_act, request.organization.pk, act.pk)
        return redirect(act)
    context = {"form": form, "people": len(ids)}
    status = 422 if form.is_bound else 200
    return fragment_or_page(request, "privacy/erase_selected.html", context, status=status)


@require_GET
@roles_allowed(ADMINS)
def show_data_map(request: OrganizationRequest) -> HttpResponse:
    """What is stored, why, for how long, and what erasure does: generated from the code."""
    rules = data_map()
    models = [
        {
            "name": model._meta.verbose_name,
            "map": rules[model],
            "fields": [
                (field.verbose_name, rules[model].fields[field.name])
                for field in mapped_fields(model)
                if field.name in rules[model].fields and not field.primary_key
            ],
        }
        for model in sorted(rules, key=lambda model: model._meta.label)
    ]
    return render(
        request, "privacy/data_map.html", {"models": models, "back": reverse("privacy:overview")}
    )

"""The rules of one stage: adding, trying, pausing, and the log of what they did."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import RECRUITERS, roles_allowed
from crm.web.pagination import keyset_page
from crm.web.refusals import refusals_in
from crm.web.toasts import notify
from pipelines.forms import RuleForm
from pipelines.models import StageRule
from pipelines.services import rules as services
from pipelines.views.access import pipeline_or_404, stage_or_404

LOG_ORDER = ("-due_at", "-id")


@roles_allowed(RECRUITERS)
def rules(request: OrganizationRequest, pk: int) -> HttpResponse:
    """What happens by itself at one stage; a POST adds a rule."""
    stage = stage_or_404(request, pk)
    form = RuleForm(request.POST or None, stage=stage, action=request.GET.get("action", ""))
    if request.method == "POST" and form.is_valid():
        with refusals_in(form, {services.RuleUnclear: ""}):
            rule = services.add_rule(stage, by=request.user, **form.cleaned_data)
            notify(request, "The rule holds for everybody who enters the stage from now on.")
            return redirect("pipelines:rule", rule.pk)
    context = {
        "stage": stage,
        "job": stage.pipeline.jobs.first(),
        "form": form,
        "rules": StageRule.objects.filter(stage=stage).select_related("to", "member"),
    }
    status = 422 if form.errors else 200
    return render(request, "pipelines/rules.html", context, status=status)


@roles_allowed(RECRUITERS)
def rule(request: OrganizationRequest, pk: int) -> HttpResponse:
    """One rule: what it would do to those in the stage now (a dry run), and what it has done."""
    found = _rule_or_404(request, pk)
    runs = found.runs.select_related("candidacy__candidate")
    foreseen = services.foresee(found)
    context = {
        "rule": found,
        "job": found.stage.pipeline.jobs.first(),
        "foreseen": foreseen,
        "possible": sum(one.is_possible for one in foreseen),
        "is_cut": len(foreseen) == services.BATCH,
        "page": keyset_page(runs, order=LOG_ORDER, cursor=request.GET.get("cursor", "")),
    }
    return render(request, "pipelines/rule.html", context)


@require_POST
@roles_allowed(RECRUITERS)
def pause(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Let the rule rest, or wake it."""
    found = _rule_or_404(request, pk)
    services.set_paused(found, is_paused=found.paused_at is None, by=request.user)
    notify(request, "The rule rests." if found.paused_at else "The rule works again.")
    return redirect("pipelines:rule", found.pk)


@require_POST
@roles_allowed(RECRUITERS)
def apply(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Let the rule hold for those who are in the stage already."""
    found = _rule_or_404(request, pk)
    count = services.apply_to_present(found, by=request.user)
    notify(request, f"Planned for {count} {'person' if count == 1 else 'people'}.")
    return redirect("pipelines:rule", found.pk)


@require_POST
@roles_allowed(RECRUITERS)
def remove(request: OrganizationRequest, pk: int) -> HttpResponse:
    found = _rule_or_404(request, pk)
    services.remove_rule(found, by=request.user)
    notify(request, "The rule is gone. What it has done stays.")
    return redirect("pipelines:rules", found.stage_id)


def _rule_or_404(request: OrganizationRequest, pk: int) -> StageRule:
    found = get_object_or_404(
        StageRule.objects.select_related("stage__pipeline", "to", "member"), pk=pk
    )
    pipeline_or_404(request, found.stage.pipeline_id)
    return found

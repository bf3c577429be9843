"""Templates of stages, and the stages of one template or one job."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import RECRUITERS, roles_allowed
from crm.web.toasts import notify
from pipelines import queries
from pipelines.forms import (
    CriterionForm,
    NewStageForm,
    NewTemplateForm,
    ShiftForm,
    StageForm,
    TemplateForm,
)
from pipelines.models import Candidacy, Criterion, Pipeline, PoolPlace, Stage
from pipelines.services import criteria
from pipelines.services import stages as services
from pipelines.views.access import held, pipeline_or_404, stage_or_404


@roles_allowed(RECRUITERS)
def templates(request: OrganizationRequest) -> HttpResponse:
    """The templates that new jobs copy, and the form that adds one."""
    form = NewTemplateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        template = services.create_template(by=request.user, **form.cleaned_data)
        return redirect("pipelines:stages", template.pk)
    rows = Pipeline.objects.filter(is_template=True).prefetch_related("stages")
    context = {"form": form, "templates": rows}
    status = 422 if form.errors else 200
    return render(request, "pipelines/templates.html", context, status=status)


@roles_allowed(RECRUITERS)
def stages(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The stages of one pipeline with the forms that change them; a POST adds one."""
    pipeline = pipeline_or_404(request, pk)
    form = NewStageForm(
        request.POST or None, instance=Stage(pipeline=pipeline, kind=Stage.Kind.SCREEN)
    )
    if request.method == "POST" and form.is_valid():
        services.add_stage(pipeline, by=request.user, **form.cleaned_data)
        notify(request, f"{form.cleaned_data['name']} was added.")
        return redirect("pipelines:stages", pipeline.pk)
    context = {
        "pipeline": pipeline,
        "job": pipeline.jobs.first(),
        "pool": pipeline.pool,
        "belongs_to": pipeline.pool and pipeline.pool.get_absolute_url(),
        "rows": queries.stages_with_counts(
            pipeline.pk, of=PoolPlace if pipeline.pool_id else Candidacy
        ),
        "form": form,
        "criteria": pipeline.criteria.select_related("stage"),
        "criterion_form": CriterionForm(pipeline=pipeline, prefix="criterion"),
        "name_form": TemplateForm(instance=pipeline, prefix="name"),
    }
    status = 422 if form.errors else 200
    return render(request, "pipelines/stages.html", context, status=status)


@require_POST
@roles_allowed(RECRUITERS)
def rename(request: OrganizationRequest, pk: int) -> HttpResponse:
    template = get_object_or_404(Pipeline, pk=pk)
    form = TemplateForm(request.POST, instance=template, prefix="name")
    if form.is_valid():
        services.rename_template(template, by=request.user, name=form.cleaned_data["name"])
        notify(request, "Saved.")
    return redirect("pipelines:stages", template.pk)


@require_POST
@roles_allowed(RECRUITERS)
def remove_template(request: OrganizationRequest, pk: int) -> HttpResponse:
    template = get_object_or_404(Pipeline, pk=pk)
    services.remove_template(template, by=request.user)
    notify(request, f"The template {template} was removed.")
    return redirect("pipelines:templates")


@roles_allowed(RECRUITERS)
def edit_stage(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Everything that one stage says of itself."""
    stage = held(request, stage_or_404(request, pk))
    form = StageForm(request.POST or None, instance=stage)
    if request.method == "POST" and form.is_valid():
        stage.refresh_from_db()
        services.edit_stage(stage, by=request.user, **form.cleaned_data)
        notify(request, f"{stage} was saved.")
        return redirect("pipelines:stages", stage.pipeline_id)
    pool = stage.pipeline.pool
    context = {
        "form": form,
        "stage": stage,
        "job": stage.pipeline.jobs.first(),
        "pool": pool,
        "belongs_to": pool and pool.get_absolute_url(),
    }
    status = 422 if form.errors else 200
    return render(request, "pipelines/stage.html", context, status=status)


@require_POST
@roles_allowed(RECRUITERS)
def shift_stage(request: OrganizationRequest, pk: int) -> HttpResponse:
    stage = stage_or_404(request, pk)
    form = ShiftForm(request.POST)
    if form.is_valid():
        services.shift_stage(stage, by=request.user, steps=form.cleaned_data["steps"])
    return redirect("pipelines:stages", stage.pipeline_id)


@require_POST
@roles_allowed(RECRUITERS)
def remove_stage(request: OrganizationRequest, pk: int) -> HttpResponse:
    stage = stage_or_404(request, pk)
    services.remove_stage(stage, by=request.user)
    notify(request, f"{stage} was removed.")
    return redirect("pipelines:stages", stage.pipeline_id)


@require_POST
@roles_allowed(RECRUITERS)
def add_criterion(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Let scorecards of this pipeline ask for one thing more."""
    pipeline = pipeline_or_404(request, pk)
    form = CriterionForm(request.POST, pipeline=pipeline, prefix="criterion")
    if not form.is_valid():
        raise criteria.CriterionUnclear("")
    criteria.add_criterion(pipeline, by=request.user, **form.cleaned_data)
    notify(request, f"Scorecards ask for {form.cleaned_data['name']} now.")
    return redirect("pipelines:stages", pipeline.pk)


@require_POST
@roles_allowed(RECRUITERS)
def remove_criterion(request: OrganizationRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Criterion.objects.select_related("pipeline"), pk=pk)
    pipeline = pipeline_or_404(request, found.pipeline_id)
    criteria.remove_criterion(found, by=request.user)
    notify(request, f"Scorecards no longer ask for {found.name}.")
    return redirect("pipelines:stages", pipeline.pk)

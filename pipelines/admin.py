"""Pipelines and their stages. Jobs and candidacies have pages with rules; here jobs can be looked at."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from crm.tenancy.organization_admin import (
    OrganizationInline,
    OrganizationModelAdmin,
    site,
)
from pipelines.models import Job, Pipeline, Stage


class StageForm(forms.ModelForm):  # type: ignore[type-arg]
    def validate_constraints(self) -> None:
        """Positions are compared within the set, so that two stages can change places."""
        try:
            self.instance.validate_constraints(exclude={"position"})
        except ValidationError as error:
            self.add_error(None, error)


class StageFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        kept = [form for form in self.forms if form.is_valid() and form not in self.deleted_forms]
        rows = [form.cleaned_data for form in kept if form.cleaned_data]
        if len({row["position"] for row in rows}) < len(rows):
            raise ValidationError("Two stages stand at the same position.")
        if len({row["name"] for row in rows}) < len(rows):
            raise ValidationError("Two stages have the same name.")


class StageInline(OrganizationInline):
    model = Stage
    form = StageForm
    formset = StageFormSet
    fields = (("position", "name", "kind", "stale_after_days"),)
    ordering = ("position",)


@admin.register(Pipeline, site=site)
class PipelineAdmin(OrganizationModelAdmin):
    """Templates only: a job's own pipeline is changed with the job, where people stand on its stages."""

    list_display = search_fields = ("name",)
    fields = ("name",)
    inlines = (StageInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pipeline]:
        templates: QuerySet[Pipeline] = super().get_queryset(request).filter(is_template=True)
        return templates

    def save_model(
        self,
        request: HttpRequest,
        obj: Pipeline,
        form: Any,
        change: bool,  # noqa: FBT001 - Django's signature
    ) -> None:
        obj.is_template = True
        super().save_model(request, obj, form, change)


@admin.register(Job, site=site)
class JobAdmin(OrganizationModelAdmin):
    """What a job says. Opening, closing and its stages have pages with rules."""

    may_add = may_delete = False
    fields = ("title", "place", "description", "openings", "owner")
    list_display = ("title", "place", "status", "owner", "created_at")
    list_filter = ("status",)
    list_select_related = ("owner",)
    search_fields = ("title",)

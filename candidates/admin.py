"""What an organization configures around candidates. People themselves have pages; here one can look them up."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from candidates.models import (
    Candidate,
    CompanyRule,
    ContactKind,
    CustomField,
    CustomFieldOption,
    Label,
    NotNowReason,
    RejectionReason,
    Skill,
    SkillAlias,
    Source,
    Tag,
    TalentPool,
)
from candidates.queries.search import ANY_READER, find_people, words_query
from candidates.services.identifying import fold
from crm.audit.services import record
from crm.tenancy.organization_admin import (
    OrganizationInline,
    OrganizationModelAdmin,
    ReadOnlyModelAdmin,
    site,
)


@admin.register(Source, site=site)
class SourceAdmin(OrganizationModelAdmin):
    list_display = search_fields = ("name",)


@admin.register(CompanyRule, site=site)
class CompanyRuleAdmin(ReadOnlyModelAdmin):
    """Kept under Settings, which knows when two names are one company."""

    list_display = ("name", "domain", "scope", "years", "effect", "expires_on")
    list_filter = ("effect", "scope")
    search_fields = ("name", "domain", "note")


class LabelForm(forms.ModelForm):  # type: ignore[type-arg]
    """A label's name, which is the same as another in any case and with any accents."""

    instance: Label

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        normalized = fold(name)[:60]
        others = type(self.instance).objects.filter(normalized=normalized)
        if others.exclude(pk=self.instance.pk).exists():
            raise ValidationError("There is one of this name already.")
        self.instance.normalized = normalized
        return name


class SkillAliasInline(OrganizationInline):
    """Other ways to write it are looked at here; the settings page adds them by its rules."""

    model = SkillAlias
    fields = readonly_fields = ("name",)


@admin.register(Skill, site=site)
class SkillAdmin(OrganizationModelAdmin):
    form = LabelForm
    fields = ("name", "family", "state")
    list_display = ("name", "family", "state")
    list_filter = ("state", "family")
    search_fields = ("name",)
    inlines = (SkillAliasInline,)


@admin.register(Tag, RejectionReason, NotNowReason, ContactKind, site=site)
class LabelAdmin(OrganizationModelAdmin):
    form = LabelForm
    fields = list_display = search_fields = ("name",)


@admin.register(TalentPool, site=site)
class TalentPoolAdmin(OrganizationModelAdmin):
    """Pools are archived on their own page, not deleted."""

    may_delete = False
    list_display = ("name", "owner", "created_at", "archived_at")
    list_select_related = ("owner",)
    search_fields = ("name",)


class CustomFieldOptionInline(OrganizationInline):
    """Choices are looked at here; the settings page adds and archives them by its rules."""

    model = CustomFieldOption
    fields = readonly_fields = ("name", "position", "archived_at")
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(CustomField, site=site)
class CustomFieldAdmin(OrganizationModelAdmin):
    """What a field is called and who sees it. Kind, key and rules belong to Settings, Fields."""

    may_add = may_delete = False
    list_display = ("name", "key", "kind", "visible_to", "position", "archived_at")
    list_filter = ("kind",)
    search_fields = ("name",)
    fields = (
        "name",
        "key",
        "kind",
        "help_text",
        "is_required",
        "is_unique",
        "is_searchable",
        "visible_to",
    )
    readonly_fields = ("key", "kind", "is_unique", "is_searchable", "visible_to")
    inlines = (CustomFieldOptionInline,)


@admin.register(Candidate, site=site)
class CandidateAdmin(ReadOnlyModelAdmin):
    list_display = ("full_name", "company", "city", "status", "created_at")
    list_filter = ("status",)
    search_fields = ("full_name",)
    show_full_result_count = False
    ordering = ("-created_at", "-id")
    fields = ("full_name", "headline", "company", "city", "country", "status", "owner", "source")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Candidate | None:
        """Who looked at whom is recorded, here as on the candidate's own page."""
        candidate: Candidate | None = super().get_object(request, object_id, from_field)
        if candidate is not None:
            user: Any = request.user
            record("candidate.viewed", candidate, by=user, via="admin")
        return candidate

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Candidate], search_term: str
    ) -> tuple[QuerySet[Candidate], bool]:
        """Through the fenced search, which keeps its index under row-level security."""
        if not search_term.strip():
            return queryset, False
        found = find_people(words_query(search_term), searcher=ANY_READER)[:1000]
        return queryset.filter(pk__in=list(found.values_list("pk", flat=True))), False

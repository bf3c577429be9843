"""Which fields are in use although nobody has a value in them: somebody edited them, or something names them by their keys."""

from collections.abc import Collection

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from candidates.models import CustomField, Import, SavedSearch, TalentPool
from candidates.queries.search.custom import PREFIX
from candidates.services.importing.fields import CUSTOM
from crm.audit.models import AuditEntry


def fields_in_use(ids: Collection[int]) -> set[int]:
    """Of these fields, those that a member edited, or that a pool's rule, a saved search or a waiting file names."""
    edited = AuditEntry.objects.filter(
        object_type=CustomField._meta.label_lower, object_id__in=ids
    ).exclude(action="custom_field.added")
    used = {pk for pk in edited.values_list("object_id", flat=True) if pk is not None}
    fields = CustomField.objects.filter(pk__in=ids, subject=CustomField.Subject.CANDIDATE)
    return used | {field.pk for field in fields if _is_asked_for(field) or _is_awaited(field)}


def _is_asked_for(field: CustomField) -> bool:
    named = Q(written__contains=f'"{PREFIX}{field.key}"')
    return any(
        model._default_manager.annotate(written=Cast("query", TextField())).filter(named).exists()
        for model in (TalentPool, SavedSearch)
    )


def _is_awaited(field: CustomField) -> bool:
    """Whether a file fills it that is not imported yet; not the one that it was made for."""
    waiting = Import.objects.exclude(state=Import.State.DONE).only("mapping", "hints")
    return any(
        f"{CUSTOM}{field.key}" in one.mapping.values()
        and field.pk not in one.made.get("fields", [])
        for one in waiting
    )

"""A model field without an entry in the data map fails the build."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, register

from candidates.models import Candidate
from crm.data_map import Erasure
from crm.privacy.registry import data_map, mapped_fields


@register("privacy")
def check_data_map(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every managed model and field has a rule, no rule speaks of a field that is gone, and what
    belongs to a candidate does not outlive it."""
    errors: list[CheckMessage] = []
    rules = data_map()
    for model in apps.get_models(include_auto_created=False):
        if not model._meta.managed or model._meta.proxy:
            continue
        label = model._meta.label
        if model not in rules:
            errors.append(
                Error(
                    f"{label} is not in the data map.",
                    hint="Describe it in its app's privacy.py.",
                    id="privacy.E001",
                )
            )
            continue
        described, existing = (
            set(rules[model].fields),
            {field.name for field in mapped_fields(model)},
        )
        errors += [
            Error(
                f"{label}.{name} is not in the data map.",
                hint="Add a rule to its app's privacy.py.",
                id="privacy.E002",
            )
            for name in sorted(existing - described)
        ]
        errors += [
            Error(
                f"The data map speaks of {label}.{name}, which does not exist.", id="privacy.E003"
            )
            for name in sorted(described - existing - {"organization"})
        ]
        points_to_candidate = any(
            field.is_relation and field.related_model is Candidate for field in mapped_fields(model)
        )
        if points_to_candidate and all(
            rule.erasure is Erasure.KEEP for rule in rules[model].fields.values()
        ):
            errors.append(
                Error(
                    f"{label} points to a candidate, but erasure would leave all of it.",
                    hint="Say which fields erasure deletes or blanks.",
                    id="privacy.E004",
                )
            )
    return errors

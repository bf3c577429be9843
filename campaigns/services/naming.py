"""Which of the organization's own fields the texts of mails name."""

from collections.abc import Collection

from django.db.models import Q

from campaigns.models import PersonalMail, Signature, Snippet, Step, StepVariant, TemplateText
from campaigns.services.rendering import CUSTOM
from candidates.models import CustomField
from crm.tenancy.models import OwnedModel

# Where merge fields may stand.
_TEXTS: dict[type[OwnedModel], tuple[str, ...]] = {
    TemplateText: ("subject", "body"),
    Snippet: ("body",),
    Signature: ("body",),
    Step: ("subject", "body", "task_title"),
    StepVariant: ("subject", "body"),
    PersonalMail: ("subject", "body"),
}


def fields_in_mails(ids: Collection[int]) -> set[int]:
    """Of these fields, those that a template, a step or any other text for mails names."""
    fields = CustomField.objects.filter(pk__in=ids, subject=CustomField.Subject.CANDIDATE)
    return {field.pk for field in fields if _is_written(f"{CUSTOM}{field.key}")}


def _is_written(name: str) -> bool:
    # A key has letters, digits and underscores: where one ends, so does a word.
    whole = name.replace(".", r"\.") + r"\M"
    for model, columns in _TEXTS.items():
        named = Q()
        for column in columns:
            named |= Q(**{f"{column}__regex": whole})
        if model._default_manager.filter(named).exists():
            return True
    return False

"""The details of entries in words: fields by their labels, objects of the configuration by their names."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from crm.audit.models import AuditEntry

# Details that hold ids, and of what. Of candidates only numbers are shown: a name would outlive them.
OBJECTS = {
    "origin": "pipelines.stage",
    "to": "pipelines.stage",
    "stage": "pipelines.stage",
    "job": "pipelines.job",
    "sequence": "campaigns.sequence",
    "user": "accounts.user",
}
TEAM = {"added": "accounts.user", "removed": "accounts.user"}
# Keys whose name says too little; the others are their own words.
KEYS = {
    "origin": "from",
    "is_smart": "smart pool",
    "is_dry_run": "dry run",
    "is_enabled": "switched on",
    "is_answer": "an answer",
    "was_known": "known before",
    "starts_at": "begins",
    "via": "through",
    "what": "does",
}
# In the order in which they read well; the store keeps none.
FIRST = ["fields", "origin", "before", "to", "after"]


def _kinds(entry: AuditEntry) -> dict[str, str]:
    return OBJECTS | (TEAM if entry.action == "job.team_changed" else {})


def _ids(value: Any) -> list[int]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, int) and not isinstance(one, bool)]


def _names(entries: Iterable[AuditEntry]) -> dict[str, dict[int, str]]:
    """The names of what the entries mention, by kind and id: one query for each kind."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for entry in entries:
        for key, kind in _kinds(entry).items():
            wanted[kind].update(_ids(entry.details.get(key)))
    return {
        kind: {row.pk: str(row) for row in apps.get_model(kind)._default_manager.filter(pk__in=ids)}
        for kind, ids in wanted.items()
        if ids
    }


def _label(model: type[Model] | None, field: str) -> str:
    try:
        found = model and model._meta.get_field(field)
    except FieldDoesNotExist:
        found = None
    return str(getattr(found, "verbose_name", field)).replace("_", " ")


def _model(entry: AuditEntry) -> type[Model] | None:
    try:
        return apps.get_model(entry.object_type)
    except (LookupError, ValueError):
        return None


def _moment(text: str) -> str:
    """A moment as people write it; other text with its underscores as spaces."""
    try:
        moment = parse_datetime(text) if "T" in text else None
    except ValueError:
        moment = None
    if moment is None:
        return text.replace("_", " ")
    if timezone.is_aware(moment):
        moment = timezone.localtime(moment)
    return f"{moment:%-d %b %Y, %H:%M}"


def _said(value: Any, name: Callable[[Any], str]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(name(one) for one in value if one not in {"", None})
    if isinstance(value, dict):
        parts = (f"{key.replace('_', ' ')} {_said(one, name)}" for key, one in value.items())
        return ", ".join(parts)
    return "" if value is None else name(value)


def _facts(entry: AuditEntry, names: dict[str, dict[int, str]]) -> list[tuple[str, str]]:
    kinds, model = _kinds(entry), _model(entry)

    def named(key: str) -> Callable[[Any], str]:
        def name(value: Any) -> str:
            if key in kinds and isinstance(value, int):
                return names.get(kinds[key], {}).get(value, f"no. {value}")
            if key == "fields":
                return _label(model, str(value))
            if key == "size":
                return filesizeformat(value)
            return _moment(value) if isinstance(value, str) else str(value)

        return name

    order = {key: place for place, key in enumerate(FIRST)}
    details = sorted(entry.details.items(), key=lambda item: order.get(item[0], len(FIRST)))
    said = [
        (KEYS.get(key, key.replace("_", " ")), _said(value, named(key))) for key, value in details
    ]
    return [(key.capitalize(), value) for key, value in said if value]


def put_in_words(entries: Iterable[AuditEntry]) -> None:
    """Give each entry `facts`: pairs of the name of a detail and what it says."""
    entries = list(entries)
    names = _names(entries)
    for entry in entries:
        entry.facts = _facts(entry, names)

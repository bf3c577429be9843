"""Every table of an organization as CSV: all its columns, as the database has them."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db.models import Field, FileField, Model, QuerySet

from candidates.models import Candidate, Note, NoteReader, Touchpoint
from candidates.queries import visible_notes, visible_touchpoints
from crm.accounts.models import User
from crm.tenancy.models import OwnedModel

# Not what somebody knows, but how Rapport works: files on their way, undo, hashes of who must not return.
LEFT_OUT = frozenset(
    {
        "candidates.Import", "candidates.ImportRow", "candidates.ImportCheckpoint", "candidates.Export", "candidates.Suppression",
        "candidates.ChangeSet", "candidates.Change", "candidates.ChangeMark", "candidates.Proposal", "tenancy.ApiToken",
    }
)  # fmt: skip
_FIELDS_LEFT_OUT = frozenset({"organization", "search_text", "normalized", "unique_key"})
_BATCH = 2000
_readable: "dict[type[Model], Callable[[User], QuerySet[Any, Any]]]" = {}


def exported_models() -> list[type[Model]]:
    """The tables of a whole export: a new one is in it until it is left out by name."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, OwnedModel)
        and model._meta.managed
        and model._meta.label not in LEFT_OUT
    ]


def table_name(model: type[Model]) -> str:
    """pipelines.StageChange becomes pipelines-stage-changes."""
    words = str(model._meta.verbose_name_plural).replace(" ", "-").lower()
    return f"{model._meta.app_label}-{words}"


def exported_fields(model: type[Model]) -> "list[Field[Any, Any]]":
    return [
        field
        for field in model._meta.concrete_fields
        if field.name not in _FIELDS_LEFT_OUT and not isinstance(field, FileField)
    ]


def models_of_files() -> list[type[Model]]:
    """The tables of a whole export whose rows have an uploaded file: `file`, and `file_name` as it came."""
    return [
        model
        for model in exported_models()
        if any(isinstance(field, FileField) for field in model._meta.concrete_fields)
    ]


def files_of_person(candidate: Candidate) -> list[tuple[type[Model], int, str, str]]:
    """The uploaded files of one person in every table: table, id, name in the storage, name with which it came."""
    return [
        (model, *row)
        for model in models_of_files()
        if any(field.related_model is Candidate for field in model._meta.concrete_fields)
        for row in model._default_manager.filter(candidate=candidate)
        .exclude(file="")
        .order_by("pk")
        .values_list("pk", "file", "file_name")
    ]


def plain_name(pk: int, file_name: str) -> str:
    """What a file is called in an archive: whatever it was called, it stays in its folder."""
    return f"{pk}-" + re.sub(r'[\x00-\x1f/\\:*?"<>|]', "_", file_name)


def files_of(model: type[Model], *, after: int) -> list[tuple[int, str, str]]:
    """The next uploaded files of a table: id, name in the storage, name with which it came."""
    rows = model._default_manager.filter(pk__gt=after).exclude(file="").order_by("pk")
    return list(rows.values_list("pk", "file", "file_name")[:_BATCH])


def batch_of(model: type[Model], *, viewer: User, after: int) -> list[tuple[Any, ...]]:
    """The next rows of a table as tuples, the id first; none of other people's private notes and mails."""
    rows = _visible(model, viewer).filter(pk__gt=after).order_by("pk")
    names = [field.attname for field in exported_fields(model)]
    return list(rows.values_list("pk", *names)[:_BATCH])


def show_only(model: type[Model], rows: "Callable[[User], QuerySet[Any, Any]]") -> None:
    """Let a whole export hold of this table only the rows that its viewer may read; for apps above this one."""
    _readable[model] = rows


def _visible(model: type[Model], viewer: User) -> "QuerySet[Any, Any]":
    if model in _readable:
        return _readable[model](viewer)
    if model is Note:
        return visible_notes(viewer)
    if model is Touchpoint:
        return visible_touchpoints(viewer)
    if model is NoteReader:
        return NoteReader.objects.filter(note__in=visible_notes(viewer))
    return model._default_manager.all()


def cells(row: tuple[Any, ...]) -> Iterator[str]:
    """The values of one row as text that a program reads back."""
    for value in row[1:]:
        match value:
            case None:
                yield ""
            case bool():
                yield "yes" if value else "no"
            case datetime() | date():
                yield value.isoformat()
            case dict() | list():
                yield json.dumps(value, ensure_ascii=False, default=str)
            case bytes() | memoryview():
                yield ""
            case _:
                yield str(value)

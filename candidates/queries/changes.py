"""Change sets and what they changed, for their pages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django.apps import apps
from django.db import models
from django.db.models import Count, Q

from candidates.models import (
    Candidate,
    Change,
    ChangeSet,
    CustomFieldOption,
    FormerId,
    ImportRow,
    Resume,
    Touchpoint,
)
from candidates.models.custom_fields import CustomValue
from candidates.queries.private_changes import Readable, readable_of
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.walls import is_owned
from crm.web.pagination import KeysetPage, keyset_page

Action, Outcome = Change.Action, Change.Outcome
PAGE_CHANGES = 50
# What a row that was added or removed is called by, first found first.
NAMES = ("full_name", "address", "number", "url", "body", "title", "name", "value", "summary")


# Rows that are kept for Rapport's own work, and columns that follow from others: they come back with an undo, but
# tell nobody anything.
TECHNICAL = [model._meta.label for model in (FormerId, Change, ImportRow)]
TECHNICAL_COLUMNS = ["is_primary", "normalized", "search_text", "heat", "imported_contact_at"]
# Entries of the timeline tell of changes, they are none.
TELLING = Touchpoint._meta.label
# Where the product says it otherwise than the model, whose name is that of a file, too.
WORDS = {"resume": "résumé"}


@dataclass(frozen=True)
class Told:
    """One change in the words of the page."""

    change: Change
    person: str
    what: str
    before: str
    after: str
    # The values are not for who asks.
    is_concealed: bool = False


def page_of_change_sets(*, kind: str = "", cursor: str = "") -> KeysetPage[ChangeSet]:
    """Change sets, newest first; without other acts on one record, which its timeline tells."""
    found = ChangeSet.objects.select_related("created_by").exclude(kind=ChangeSet.Kind.EDIT)
    if kind:
        found = found.filter(kind=kind)
    return keyset_page(found, cursor=cursor)


def counts_of(change_set: ChangeSet) -> dict[str, int]:
    """How many changes came back, went, or stayed; while an undo runs, so far."""
    counted = _shown(change_set).exclude(outcome="").values_list("outcome").annotate(Count("pk"))
    return dict(counted.order_by())


def is_place_gone(change_set: ChangeSet) -> bool:
    """Whether the page where it was done is not there any more: a résumé goes with its person, or once discarded."""
    found = re.fullmatch(r"candidates/resumes/(\d+)/", change_set.link)
    return found is not None and not Resume.objects.filter(pk=int(found[1])).exists()


def _shown(change_set: ChangeSet) -> models.QuerySet[Change]:
    """The changes that a page tells."""
    return change_set.changes.exclude(model=TELLING).exclude(_technical())


def _technical() -> Q:
    return (
        Q(model__in=TECHNICAL)
        | Q(field__in=TECHNICAL_COLUMNS)
        | Q(field__startswith="provenance")
        # Whose a résumé is tells what became of it.
        | Q(model=Resume._meta.label, action=Action.UPDATE)
    )


def technical_count(change_set: ChangeSet) -> int:
    """How many further rows the change set wrote that the page does not tell."""
    return change_set.changes.exclude(model=TELLING).filter(_technical()).count()


def page_of_changes(
    change_set: ChangeSet, *, reader: Membership, show: str = "", cursor: str = ""
) -> tuple[KeysetPage[Change], list[Told]]:
    """A page of changes in the order in which they were made, told with names; `show` is an outcome.

    Of what `reader` may not read it is only told that it was changed.
    """
    found = (
        _shown(change_set)
        .select_related("candidate", "kept_by")
        .defer("candidate__search_text", "candidate__provenance")
    )
    if show:
        found = found.filter(outcome=show)
    page = keyset_page(found, order=("id",), cursor=cursor, size=PAGE_CHANGES)
    known = {
        change.model: model for change in page.rows if (model := _model(change.model)) is not None
    }
    readable = readable_of(page.rows, known, change_set=change_set, reader=reader)
    return page, _told(page.rows, known, _people_gone(change_set), readable)


def _people_gone(change_set: ChangeSet) -> dict[tuple[type[models.Model], int], str]:
    """The names of those whose records the change set took away: who was merged into another."""
    if change_set.kind != ChangeSet.Kind.MERGE:
        return {}
    gone = change_set.changes.filter(model=Candidate._meta.label, action=Action.DELETE)
    named = gone.exclude(before=None).values_list("object_id", "before__full_name")
    return {(Candidate, pk): name for pk, name in named if name}


def _told(
    changes: Sequence[Change],
    known: dict[str, type[models.Model]],
    gone: dict[tuple[type[models.Model], int], str],
    readable: Readable,
) -> list[Told]:
    names = gone | _names(changes, known)
    told = []
    for change in changes:
        model = known.get(change.model)
        is_concealed, field = change.pk in readable.concealed, readable.fields.get(change.pk)
        is_new_person = change.action == Action.CREATE and model is Candidate
        before, after = (
            ("", "")
            if is_concealed or is_new_person
            else (
                _text(change.before, names, model, change),
                _text(change.after, names, model, change),
            )
        )
        person = change.candidate.full_name if change.candidate else ""
        told.append(
            Told(
                change,
                person,
                field.name if field else _what(change, model),
                before,
                after,
                is_concealed,
            )
        )
    return told


def _model(label: str) -> type[models.Model] | None:
    """The model of a change; None for one that is no longer there."""
    app, _, name = label.partition(".")
    return apps.all_models.get(app, {}).get(name.lower())


def _what(change: Change, model: type[models.Model] | None) -> str:
    """What was changed: a column's name, or the kind of row."""
    if model is None:
        return change.field or change.model
    if change.field:
        name, field = _column(model, change.field)
        if model is Candidate:
            return name
        kind = _noun(model)
        # Whose it is: the row as a whole went from one record to another.
        is_whose = isinstance(field, models.ForeignKey) and field.remote_field.model is Candidate
        return kind if is_whose else f"{kind}: {name[:1].lower()}{name[1:]}"
    return "Person" if model is Candidate else _noun(model)


def _noun(model: type[models.Model]) -> str:
    name = str(model._meta.verbose_name)
    return WORDS.get(name, name).capitalize()


def _column(model: type[models.Model], name: str) -> "tuple[str, models.Field[Any, Any] | None]":
    for field in model._meta.local_concrete_fields:
        if field.column == name:
            return str(field.verbose_name).capitalize(), field
    return name.capitalize(), None


def _references(change: Change, model: type[models.Model]) -> list[tuple[type[models.Model], int]]:
    """The rows that a change's values point to."""
    values = [change.before, change.after]
    if change.field:
        field = _column(model, change.field)[1]
        keys = [(field, value) for value in values]
    else:
        keys = [
            (field, row.get(field.column))
            for row in values
            if isinstance(row, dict)
            for field in model._meta.local_concrete_fields
        ]
    return [
        (field.remote_field.model, value)
        for field, value in keys
        if isinstance(field, models.ForeignKey)
        and isinstance(value, int)
        and field.name not in {"organization", "provenance_by"}
    ]


def _names(
    changes: Sequence[Change], known: dict[str, type[models.Model]]
) -> dict[tuple[type[models.Model], int], str]:
    """Names of everything that the changes point to: one query for each model."""
    wanted: dict[type[models.Model], set[int]] = {}
    for change in changes:
        if change.model in known:
            for target, pk in _references(change, known[change.model]):
                wanted.setdefault(target, set()).add(pk)
    names = {}
    for target, ids in wanted.items():
        if target is User or is_owned(target):
            found = cast("models.Manager[Any]", target._default_manager).filter(pk__in=ids)
            if hasattr(target, "told_as"):
                # What not everybody may know by its name says by itself how it is told of.
                names.update({(target, row.pk): row.told_as for row in found.select_related()})
            else:
                names.update({(target, row.pk): str(row) for row in found})
    return names


def _text(
    value: Any,
    names: dict[tuple[type[models.Model], int], str],
    model: type[models.Model] | None,
    change: Change,
) -> str:
    """A value as a person reads it."""
    if value is None or model is None:
        return ""
    if change.field:
        field = _column(model, change.field)[1]
        if isinstance(field, models.ForeignKey):
            gone = (
                "a record that is gone"
                if field.remote_field.model is Candidate
                else "something gone"
            )
            return names.get((field.remote_field.model, value), gone)
        if isinstance(value, bool):
            return "Yes" if value else "No"
        choices = dict(getattr(field, "flatchoices", ()) or ())
        return str(choices.get(value, value))
    if issubclass(model, CustomValue):
        return _own_value(value, names)
    named = [str(value[name]) for name in NAMES if value.get(name)]
    pointed = [
        names[target, pk]
        for target, pk in _references(change, model)
        if target is not Candidate and (target, pk) in names
    ]
    return next(iter([*named, *pointed]), "")


def _own_value(row: dict[str, Any], names: dict[tuple[type[models.Model], int], str]) -> str:
    """What a row of values says in an organization's own field."""
    if row.get("option_id"):
        return names.get((CustomFieldOption, row["option_id"]), "something gone")
    if row.get("member_id"):
        return names.get((User, row["member_id"]), "somebody gone")
    if row.get("yes") is not None:
        return "Yes" if row["yes"] else "No"
    if row.get("number") is not None:
        number = Decimal(str(row["number"])).normalize()
        return f"{number:,f} {row.get('currency') or ''}".strip()
    return str(row.get("day") or row.get("text") or "")

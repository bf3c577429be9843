"""Taking single changes back, set by set: what is as the change left it goes back, what was changed since stays."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from candidates.models import Candidate, Change, ChangeSet, Sourced
from candidates.services.changes.uses import in_use, let_go
from candidates.services.provenance import entry_of
from crm.tenancy.scope import current_organization

Outcome = Change.Outcome
CHANGED_SINCE = "Changed since"
GONE = "No longer there"
IN_USE = "In use since"
TARGET_GONE = "What it belonged to is gone"
TAKEN = "Something else has taken its place"


@dataclass(frozen=True, slots=True)
class Done:
    """One change as the undo sees it; its values stay in the database."""

    pk: int
    action: str
    model: str
    object_id: int
    field: str
    candidate_id: int | None


# Its columns.
DONE = ("pk", "action", "model", "object_id", "field", "candidate_id")


@dataclass
class Verdicts:
    """What became of each change of a segment: change id to outcome, reason, who and when."""

    found: dict[int, tuple[Outcome, str, int | None, datetime | None]] = field(default_factory=dict)

    def say(self, ids: Iterable[int], outcome: Outcome, reason: str = "") -> None:
        for pk in ids:
            self.found[pk] = (outcome, reason, None, None)

    def keep(self, pk: int, reason: str, by: int | None, at: datetime | None) -> None:
        self.found[pk] = (Outcome.KEPT, reason, by, at)

    def undecided(self, changes: Sequence[Done]) -> list[Done]:
        return [change for change in changes if change.pk not in self.found]


def rows(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


# Values that were set


def restore_values(model: type[models.Model], changes: Sequence[Done]) -> Verdicts:
    """Put the values before back wherever the value after still stands. A column twice is two calls."""
    verdicts = Verdicts()
    columns = {column.column: column for column in model._meta.local_concrete_fields}
    for name in sorted({change.field for change in changes}):
        of_column = [change for change in changes if change.field == name]
        if name in columns:
            _judge_column(model, columns[name], of_column, verdicts)
        else:
            verdicts.say([change.pk for change in of_column], Outcome.KEPT, GONE)
    intact = verdicts.undecided(changes)
    _write_values(model, intact, verdicts)
    return verdicts


def _judge_column(
    model: type[models.Model],
    column: "models.Field[Any, Any]",
    changes: list[Done],
    verdicts: Verdicts,
) -> None:
    table, name = model._meta.db_table, column.column
    found = dict(
        rows(
            f'SELECT done.id, held."{name}" IS NOT DISTINCT FROM'  # noqa: S608
            f' (jsonb_populate_record(NULL::"{table}", jsonb_build_object(%s::text, done.after)))."{name}"'
            f' FROM candidates_change done JOIN "{table}" held'
            " ON held.organization_id = %s AND held.id = done.object_id WHERE done.id = ANY(%s)",
            [name, current_organization().pk, [change.pk for change in changes]],
        )
    )
    verdicts.say([change.pk for change in changes if change.pk not in found], Outcome.KEPT, GONE)
    changed = [change for change in changes if found.get(change.pk) is False]
    for change, (by, at) in zip(changed, _who_changed(model, column, changed), strict=True):
        verdicts.keep(change.pk, CHANGED_SINCE, by, at)
    if isinstance(column, models.ForeignKey):
        intact = verdicts.undecided(changes)
        targets = dict(
            rows(
                "SELECT id, (before #>> '{}')::bigint FROM candidates_change WHERE id = ANY(%s)",
                [[change.pk for change in intact]],
            )
        )
        missing = _missing(column, targets.values())
        verdicts.say(
            [pk for pk, target in targets.items() if target in missing], Outcome.KEPT, TARGET_GONE
        )


def _who_changed(
    model: type[models.Model], column: "models.Field[Any, Any]", changes: Sequence[Done]
) -> list[tuple[int | None, datetime | None]]:
    """Who set the values that stand there now, and when, as far as their provenance tells."""
    ids = [change.object_id for change in changes]
    if model is Candidate:
        held = dict(Candidate.objects.filter(pk__in=ids).values_list("pk", "provenance"))
        entries = [entry_of(held.get(pk, {}), column.name) or {} for pk in ids]
        return [
            (entry.get("by"), datetime.fromisoformat(entry["at"]) if "at" in entry else None)
            for entry in entries
        ]
    if issubclass(model, Sourced):
        found = model._default_manager.filter(pk__in=ids)  # type: ignore[misc]
        sources = {
            pk: (by, at) for pk, by, at in found.values_list("pk", "provenance_by", "provenance_at")
        }
        return [sources.get(pk, (None, None)) for pk in ids]
    return [(None, None)] * len(ids)


def _missing(key: "models.ForeignKey[Any, Any]", targets: Iterable[int | None]) -> set[int]:
    """Which of the rows that a key is to point to again are gone."""
    wanted = {target for target in targets if target is not None}
    manager = key.remote_field.model._default_manager
    return wanted - set(manager.filter(pk__in=wanted).values_list("pk", flat=True))


def _write_values(model: type[models.Model], changes: list[Done], verdicts: Verdicts) -> None:
    """All columns of a row at once; where the database refuses the set, row by row until nothing moves."""
    if not changes:
        return
    try:
        with transaction.atomic():
            _update(model, changes)
    except IntegrityError:
        waiting: dict[int, list[Done]] = {}
        for change in changes:
            waiting.setdefault(change.object_id, []).append(change)
        moved = True
        while waiting and moved:
            # Two rows may exchange a unique value: one of them has to let go first.
            moved = False
            for object_id, of_row in list(waiting.items()):
                try:
                    with transaction.atomic():
                        _update(model, of_row)
                except IntegrityError:
                    continue
                moved = True
                del waiting[object_id]
        for of_row in waiting.values():
            verdicts.say([change.pk for change in of_row], Outcome.KEPT, TAKEN)
    verdicts.say([change.pk for change in verdicts.undecided(changes)], Outcome.RESTORED)


def _update(model: type[models.Model], changes: Sequence[Done]) -> None:
    table = model._meta.db_table
    sets = [
        f'"{name}" = CASE WHEN given.held ? \'{name}\' THEN fresh."{name}" ELSE kept."{name}" END'
        for name in sorted({change.field for change in changes})
    ]
    parameters: list[Any] = [[change.pk for change in changes]]
    if model is Candidate:
        # A value takes its provenance along.
        sets += [
            "provenance = (kept.provenance - given.names) || given.entries",
            "updated_at = %s",
        ]
        parameters = [timezone.now(), *parameters]
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{table}" kept SET {", ".join(sets)}'  # noqa: S608
            " FROM (SELECT object_id, jsonb_object_agg(field, before) AS held,"
            " array_agg(regexp_replace(field, '_id$', '')) AS names,"
            " coalesce(jsonb_object_agg(regexp_replace(field, '_id$', ''), provenance)"
            " FILTER (WHERE provenance IS NOT NULL), '{}') AS entries"
            " FROM candidates_change WHERE id = ANY(%s) GROUP BY object_id) AS given,"
            f' LATERAL jsonb_populate_record(NULL::"{table}", given.held) AS fresh'
            " WHERE kept.organization_id = %s AND kept.id = given.object_id",
            [*parameters, current_organization().pk],
        )


# Rows that were added


def remove_rows(model: type[models.Model], changes: Sequence[Done]) -> Verdicts:
    """Delete the rows that are as they were added, unless something refers to them by now.

    A model may say itself which are (`untouched`, a Q), where Rapport writes to its rows without anybody's doing; and
    which rows that refer to others go along with them (`goes_along`).
    """
    verdicts = Verdicts()
    found = _as_added(model, changes)
    verdicts.say([change.pk for change in changes if change.pk not in found], Outcome.REMOVED, GONE)
    changed = [change for change in changes if found.get(change.pk) is False]
    acts = _last_acts(model, changed)
    for change in changed:
        verdicts.keep(change.pk, CHANGED_SINCE, *acts.get(change.object_id, (None, None)))
    used = in_use(model, [change.object_id for change in verdicts.undecided(changes)])
    for change in verdicts.undecided(changes):
        if change.object_id in used:
            verdicts.keep(change.pk, IN_USE, None, None)
    going = verdicts.undecided(changes)
    ids = [change.object_id for change in going]
    let_go(model, ids)
    unwanted = model._default_manager.filter(pk__in=ids)
    unwanted._raw_delete(unwanted.db)
    verdicts.say([change.pk for change in going], Outcome.REMOVED)
    return verdicts


def _last_acts(
    model: type[models.Model], changes: Sequence[Done]
) -> dict[int, tuple[int | None, datetime | None]]:
    """Who changed these rows last since they were added, and when, as far as acts that stand tell."""
    if not changes:
        return {}
    acts = Change.objects.filter(
        candidate__in={change.candidate_id for change in changes},
        model=model._meta.label,
        object_id__in=[change.object_id for change in changes],
        pk__gt=min(change.pk for change in changes),
    ).exclude(change_set__state__in=[ChangeSet.State.UNDOING, ChangeSet.State.UNDONE])
    told = acts.values_list("object_id", "change_set__created_by", "change_set__created_at")
    return {pk: (by, at) for pk, by, at in told.order_by("pk")}


def _as_added(model: type[models.Model], changes: Sequence[Done]) -> dict[int, bool]:
    """Of the rows that are there: by change, whether they are as they were added."""
    untouched = getattr(model, "untouched", None)
    if untouched is not None:
        here = model._default_manager.filter(pk__in=[change.object_id for change in changes])
        # What says so is written by others, who lock it.
        held = set(here.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
        intact = set(here.filter(untouched()).values_list("pk", flat=True))
        return {
            change.pk: change.object_id in intact for change in changes if change.object_id in held
        }
    table, organization = model._meta.db_table, current_organization().pk
    automatic = [
        column.column
        for column in model._meta.local_concrete_fields
        if getattr(column, "auto_now", False)
    ]
    return dict(
        rows(
            "SELECT done.id, NOT EXISTS (SELECT FROM jsonb_each(done.after) AS added"  # noqa: S608
            " JOIN jsonb_each(to_jsonb(held)) AS present ON present.key = added.key"
            " WHERE present.value IS DISTINCT FROM added.value AND NOT added.key = ANY(%s))"
            f' FROM candidates_change done JOIN "{table}" held'
            " ON held.organization_id = %s AND held.id = done.object_id WHERE done.id = ANY(%s)",
            [automatic, organization, [change.pk for change in changes]],
        )
    )


# Rows that were deleted


def bring_back_rows(model: type[models.Model], changes: Sequence[Done]) -> Verdicts:
    """Insert deleted rows again under their old ids, unless something has taken their place."""
    verdicts = Verdicts()
    emptied = _keys_to_empty(model, changes, verdicts)
    wanted = verdicts.undecided(changes)
    columns = [
        column
        for column in model._meta.local_concrete_fields
        if not getattr(column, "generated", False)
    ]
    names = ", ".join(f'"{column.column}"' for column in columns)
    table = model._meta.db_table
    returned = {
        pk
        for (pk,) in rows(
            f'INSERT INTO "{table}" ({names}) SELECT {names} FROM'  # noqa: S608
            " (SELECT fresh.* FROM candidates_change done"
            " JOIN unnest(%s::bigint[], %s::text[]) AS given (id, emptied) ON given.id = done.id,"
            f' LATERAL jsonb_populate_record(NULL::"{table}",'
            " %s::jsonb || done.before || given.emptied::jsonb) AS fresh) AS back"
            " ON CONFLICT DO NOTHING RETURNING id",
            [
                [change.pk for change in wanted],
                [emptied.get(change.pk, "{}") for change in wanted],
                _defaults(columns),
            ],
        )
    }
    for change in wanted:
        if change.object_id in returned:
            verdicts.say([change.pk], Outcome.RESTORED)
        else:
            verdicts.keep(change.pk, TAKEN, None, None)
    return verdicts


def _keys_to_empty(
    model: type[models.Model], changes: Sequence[Done], verdicts: Verdicts
) -> dict[int, str]:
    """Keys whose targets are gone: to be left empty where they may be (as JSON), else the row stays away."""
    emptied: dict[int, dict[str, None]] = {}
    for key in model._meta.local_concrete_fields:
        if not isinstance(key, models.ForeignKey) or key.name == "organization":
            continue
        targets = dict(
            rows(
                "SELECT id, (before ->> %s)::bigint FROM candidates_change WHERE id = ANY(%s)",
                [key.column, [change.pk for change in changes]],
            )
        )
        missing = _missing(key, targets.values())
        without = [pk for pk, target in targets.items() if target in missing]
        if key.null:
            for pk in without:
                emptied.setdefault(pk, {})[key.column] = None
        else:
            verdicts.say(without, Outcome.KEPT, TARGET_GONE)
    return {
        pk: "{" + ", ".join(f'"{column}": null' for column in keys) + "}"
        for pk, keys in emptied.items()
    }


def _defaults(columns: "Sequence[models.Field[Any, Any]]") -> str:
    """Values of columns that a deleted row may not have had yet, as JSON."""
    values = {
        column.column: column.get_default()
        for column in columns
        if not column.null and not column.primary_key
    }
    return json.dumps(
        {name: value for name, value in values.items() if value is not None}, cls=DjangoJSONEncoder
    )

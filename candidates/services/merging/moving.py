"""Moving rows from one person to another, set by set; where the other has the same already, the row is dropped."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models

from candidates.services.merging.rules import Merge, Rule
from crm.tenancy.scope import current_organization


def move(
    model: type[models.Model], *, same: Sequence[Sequence[str]] = (), fill: Sequence[str] = ()
) -> Rule:
    """A rule that moves all rows of `model`.

    Dropped is what collides in a unique constraint with `candidate` in it, or in all columns of one of `same`.
    The row that stays takes over the columns in `fill` if its own first one is empty.
    """
    alike = [*_unique_columns(model), *same]

    def rule(merge: Merge) -> None:
        for loser in merge.losers:
            for columns in alike:
                if fill:
                    _fill(model, columns, fill, merge.survivor, loser)
                _drop(model, columns, merge.survivor, loser)
            model._default_manager.filter(candidate=loser).update(candidate=merge.survivor)

    return rule


def _unique_columns(model: type[models.Model]) -> list[list[str]]:
    """The columns of each unique constraint beside organization and candidate."""
    found = []
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and "candidate" in constraint.fields:
            if constraint.condition is not None:
                raise ValueError(f"{model._meta.label} needs a rule that knows {constraint.name}.")
            names = [
                name for name in constraint.fields if name not in {"organization", "candidate"}
            ]
            found.append([_column(model, name) for name in names])
    return found


def _column(model: type[models.Model], name: str) -> str:
    column: str = model._meta.get_field(name).column  # type: ignore[union-attr,assignment]
    return column


def _alike(columns: Sequence[str]) -> str:
    return " AND ".join(
        [
            "lost.organization_id = %s AND lost.candidate_id = %s",
            "kept.organization_id = %s AND kept.candidate_id = %s",
            *(f'lost."{name}" IS NOT DISTINCT FROM kept."{name}"' for name in columns),
        ]
    )


def _parameters(survivor: int, loser: int) -> list[Any]:
    organization = current_organization().pk
    return [organization, loser, organization, survivor]


def _drop(model: type[models.Model], columns: Sequence[str], survivor: int, loser: int) -> None:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'DELETE FROM "{table}" lost USING "{table}" kept WHERE {_alike(columns)}',  # noqa: S608
            _parameters(survivor, loser),
        )


def _fill(
    model: type[models.Model],
    columns: Sequence[str],
    fill: Sequence[str],
    survivor: int,
    loser: int,
) -> None:
    table, first = model._meta.db_table, fill[0]
    sets = ", ".join(f'"{name}" = lost."{name}"' for name in fill)
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{table}" kept SET {sets} FROM "{table}" lost WHERE {_alike(columns)}'  # noqa: S608
            f" AND coalesce(kept.\"{first}\"::text, '') = '' AND coalesce(lost.\"{first}\"::text, '') <> ''",
            _parameters(survivor, loser),
        )

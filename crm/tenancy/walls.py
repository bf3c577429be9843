"""Walls two and three, in the database: composite foreign keys and row-level security.

For every owned table: `organization_id`, a unique `(organization_id, id)`, for each reference to
another owned table the composite key `(organization_id, x_id) -> x(organization_id, id)`, and a
policy on the transaction's `app.organization_id`. The composite key covers the plain one that Django
would add, which is left out: each would cost every row that is written one more look into the other
table. Row-level security is enabled, not forced: the owner role must see every row in data
migrations, dumps and key validation.
"""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

POLICY = "organization"
# NULLIF: after a transaction the setting is '', which would not cast.
CURRENT_ORGANIZATION_SQL = "NULLIF(current_setting('app.organization_id', true), '')::bigint"
# The policy's expression as Postgres writes it down, which the check of the walls compares.
POLICY_AS_STORED = "(organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::bigint)"


def is_owned(model: type[models.Model]) -> bool:
    """Whether `model` (also a migration's historical one) is a managed table of owned rows.

    Historical models have lost their base class; OwnedModel's key is known by having no index of
    its own, unlike the keys of Membership and Invitation.
    """
    if not model._meta.managed or model._meta.proxy or model._meta.abstract:
        return False
    keys: list[Any] = [
        field
        for field in model._meta.local_concrete_fields
        if field.name == "organization" and isinstance(field, models.ForeignKey)
    ]
    return any(not key.db_index for key in keys)


def owned_references(model: type[models.Model]) -> Iterator[models.ForeignKey[Any, Any]]:
    """The foreign keys of `model` that point to owned tables."""
    for field in model._meta.local_concrete_fields:
        if isinstance(field, models.ForeignKey) and field.name != "organization":
            target = field.remote_field.model
            if not isinstance(target, str) and is_owned(target):
                yield field


def leave_to_composite_keys(model: type[models.Model]) -> None:
    """Let Django make no plain keys for the references that composite ones guard: said once, for all fields."""
    references: Iterator[Any] = owned_references(model)
    for field in references:
        field.db_constraint = False


def drop_covered_keys(app_label: str) -> RunSQL:
    """Drops, from the tables of an app, the plain keys that a composite one covers: older databases have them."""
    return RunSQL(_DROP_COVERED_KEYS.format(app_label=app_label), RunSQL.noop)


_DROP_COVERED_KEYS = """
DO $covered$
DECLARE covered record;
BEGIN
  FOR covered IN
    SELECT t.relname, plain.conname
    FROM pg_constraint plain
    JOIN pg_class t ON t.oid = plain.conrelid
    JOIN pg_constraint own ON own.conrelid = plain.conrelid AND own.confrelid = plain.confrelid
    WHERE t.relnamespace = 'public'::regnamespace AND starts_with(t.relname, '{app_label}_')
      AND plain.contype = 'f' AND cardinality(plain.conkey) = 1
      AND own.contype = 'f' AND own.convalidated AND cardinality(own.conkey) = 2
      AND own.conkey[2] = plain.conkey[1] AND own.confkey[2] = plain.confkey[1]
  LOOP
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', covered.relname, covered.conname);
  END LOOP;
END $covered$
"""


def own_key_name(table: str) -> str:
    return f"{table}_own"


def reference_name(table: str, column: str) -> str:
    return f"{table}_{column}_own"[:63]


class BuildWalls(Operation):
    """Build what is missing of the walls around one model's table. Safe to run again."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, name: str) -> None:
        self.name = name

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return "BuildWalls", [self.name], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The walls live in the database only."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        table = model._meta.db_table
        # Rows that this migration writes are checked at once: with checks outstanding, Postgres would refuse
        # the foreign keys that Django adds at the migration's end.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # Django defers its own foreign keys to the end of the migration; ours need only the tables.
        self._add_constraint(
            schema_editor, table, own_key_name(table), "UNIQUE (organization_id, id)"
        )
        for field in owned_references(model):
            target = field.remote_field.model._meta.db_table
            self._add_constraint(
                schema_editor, target, own_key_name(target), "UNIQUE (organization_id, id)"
            )
            self._add_constraint(
                schema_editor,
                table,
                reference_name(table, field.column),
                f'FOREIGN KEY (organization_id, "{field.column}") REFERENCES "{target}" (organization_id, id) '
                "DEFERRABLE INITIALLY DEFERRED",
            )
        schema_editor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        schema_editor.execute(f'DROP POLICY IF EXISTS {POLICY} ON "{table}"')
        schema_editor.execute(
            f'CREATE POLICY {POLICY} ON "{table}" '
            f"USING (organization_id = {CURRENT_ORGANIZATION_SQL}) "
            f"WITH CHECK (organization_id = {CURRENT_ORGANIZATION_SQL})"
        )

    def _add_constraint(
        self, schema_editor: BaseDatabaseSchemaEditor, table: str, name: str, definition: str
    ) -> None:
        schema_editor.execute(
            f"""
            DO $walls$ BEGIN
              IF NOT EXISTS (
                SELECT FROM pg_constraint WHERE conname = '{name}' AND conrelid = '"{table}"'::regclass
              ) THEN
                ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition};
              END IF;
            END $walls$
            """
        )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """The walls fall with the table; a table that stays keeps them."""

    def describe(self) -> str:
        return f"Build the walls around {self.name}"

"""Finds the migration operations that models need, walls included."""

from typing import Any

from django.db.migrations import AddField, AlterField, CreateModel, Migration
from django.db.migrations.autodetector import MigrationAutodetector

from crm.tenancy.walls import BuildWalls, is_owned


class WallingAutodetector(MigrationAutodetector):
    """Adds `BuildWalls` for each owned model that a migration creates or gives a reference."""

    def _detect_changes(
        self, convert_apps: set[str] | None = None, graph: Any = None
    ) -> dict[str, list[Migration]]:
        changes: dict[str, list[Migration]] = super()._detect_changes(convert_apps, graph)  # type: ignore[misc]
        for app_label, migrations in changes.items():
            touched = dict.fromkeys(
                operation.name_lower
                if isinstance(operation, CreateModel)
                else operation.model_name_lower
                for migration in migrations
                for operation in migration.operations
                if isinstance(operation, CreateModel)
                or (isinstance(operation, AddField | AlterField) and operation.field.is_relation)
            )
            # In the last one: a circular reference makes Django add keys in a later migration.
            last: Any = migrations[-1]
            last.operations += [
                BuildWalls(name)
                for name in touched
                if (app_label, name) in self.to_state.models
                and is_owned(self.to_state.apps.get_model(app_label, name))
            ]
        return changes

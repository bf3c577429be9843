"""Views through which searching keeps its indexes behind row-level security: made by migrations of any app.

They belong to the owner of the tables, whom the policies do not bind, so that every qual can be an index
condition; the tenant predicate is inside them, and the application may only read them. See
`candidates.queries.search` for what may be done with them.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from crm.tenancy.walls import CURRENT_ORGANIZATION_SQL


class SearchViews(Operation):
    """Make the views, or make them anew: name to `SELECT … FROM … WHERE …`, whose table has an organization.

    Each select ends with its WHERE (`WHERE true` where nothing is left out): the tenant predicate follows it.
    Going backwards drops them, or puts `before` back.
    """

    reversible = True
    reduces_to_sql = False

    def __init__(
        self, views: Mapping[str, str], *, before: Mapping[str, str] | None = None
    ) -> None:
        self.views = dict(views)
        self.before = dict(before or {})

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return "SearchViews", [self.views], {"before": self.before}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The views are unmanaged models: their state is made by CreateModel and its kind."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._make(schema_editor, self.views)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for name in self.views:
            schema_editor.execute(f"DROP VIEW {schema_editor.quote_name(name)}")
        self._make(schema_editor, self.before)

    def _make(self, schema_editor: BaseDatabaseSchemaEditor, views: Mapping[str, str]) -> None:
        application = schema_editor.quote_name(settings.DATABASES["default"]["USER"])
        for name, select in views.items():
            view = schema_editor.quote_name(name)
            schema_editor.execute(f"DROP VIEW IF EXISTS {view}")
            schema_editor.execute(
                f"CREATE VIEW {view} AS {select} AND organization_id = {CURRENT_ORGANIZATION_SQL}"
            )
            # The default privileges let the application write, and such a view passes writes on to its table.
            schema_editor.execute(f"REVOKE ALL ON {view} FROM {application}")
            schema_editor.execute(f"GRANT SELECT ON {view} TO {application}")

    def describe(self) -> str:
        return f"Make the search views {', '.join(self.views)}"

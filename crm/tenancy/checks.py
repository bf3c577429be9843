"""The build refuses an owned table that lacks one of its walls, and a role that could climb them."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from crm.tenancy.models import Organization, OwnedModel
from crm.tenancy.walls import (
    POLICY,
    POLICY_AS_STORED,
    own_key_name,
    owned_references,
    reference_name,
)

# Models with a key to Organization that are not owned rows: they say who may act in one.
NOT_OWNED = frozenset({"tenancy.Membership", "tenancy.Invitation"})


def owned_models() -> list[type[OwnedModel]]:
    """Every concrete model whose rows belong to an organization."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, OwnedModel) and model._meta.managed
    ]


@register("tenancy")
def check_models(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Each model that points to an organization is an OwnedModel, and its managers are scoped."""
    errors: list[CheckMessage] = []
    for model in apps.get_models():
        keys = [
            field
            for field in model._meta.local_concrete_fields
            if isinstance(field, models.ForeignKey) and field.remote_field.model is Organization
        ]
        if keys and not issubclass(model, OwnedModel) and model._meta.label not in NOT_OWNED:
            errors.append(
                Error(
                    f"{model._meta.label} points to Organization but is no OwnedModel.",
                    hint="Inherit from crm.tenancy.models.OwnedModel.",
                    id="tenancy.E001",
                )
            )
        if issubclass(model, OwnedModel):
            errors += _check_owned(model)
        else:
            errors += [
                Error(
                    f"{model._meta.label}.{field.name} points from outside into an owned table.",
                    hint="Make the model an OwnedModel.",
                    id="tenancy.E002",
                )
                for field in model._meta.local_concrete_fields
                if isinstance(field, models.ForeignKey)
                and issubclass(field.remote_field.model, OwnedModel)
            ]
    return errors


def _check_owned(model: type[OwnedModel]) -> Iterator[CheckMessage]:
    from crm.tenancy.models import OwnedManager  # noqa: PLC0415

    for manager in [*model._meta.managers, model._base_manager]:
        if not isinstance(manager, OwnedManager):
            yield Error(
                f"{model._meta.label}.{manager.name} is not an OwnedManager.",
                hint="Build managers with OwnedManager.from_queryset(...), and let Meta inherit OwnedModel.Meta.",
                id="tenancy.E003",
            )
    for relation in model._meta.local_many_to_many:
        through: Any = relation.remote_field.through
        if through._meta.auto_created:
            yield Error(
                f"{model._meta.label}.{relation.name} has an automatic through table, which no wall protects.",
                hint="Name an OwnedModel as `through`.",
                id="tenancy.E004",
            )
    for field in model._meta.local_concrete_fields:
        if field.unique and not field.primary_key:
            yield Error(
                f"{model._meta.label}.{field.name} is unique over all organizations: existence would leak.",
                hint="Use UniqueConstraint(fields=['organization', …]).",
                id="tenancy.E005",
            )
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and "organization" not in {
            *constraint.fields,
            *(getattr(expression, "name", "") for expression in constraint.expressions),
        }:
            yield Error(
                f"{model._meta.label}: constraint {constraint.name} is unique over all organizations.",
                hint="Start its fields with 'organization'.",
                id="tenancy.E006",
            )


@register(Tags.database, "tenancy")
def check_database(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The walls stand in the database, and the application's role cannot climb them."""
    errors: list[CheckMessage] = []
    if "default" in (databases or ()):
        connection = connections["default"]
        errors += check_role(connection)
        errors += check_walls(connection)
    return errors


def check_role(connection: BaseDatabaseWrapper) -> list[CheckMessage]:
    """The connected role is no superuser, does not bypass row-level security, and owns no table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls, EXISTS (SELECT FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' "
            "AND pg_has_role(current_user, c.relowner, 'USAGE')) "
            "FROM pg_roles WHERE rolname = current_user"
        )
        role, superuser, bypasses, owns = cursor.fetchone()
    if superuser or bypasses or owns:
        return [
            Error(
                f"The application connects as “{role}”, which is a superuser, bypasses row-level security "
                "or owns tables: tenants would not be separated.",
                hint="Let DATABASE_URL name a plain role; `manage.py provision_database` makes one.",
                id="tenancy.E010",
            )
        ]
    return []


def check_walls(connection: BaseDatabaseWrapper) -> list[CheckMessage]:
    """Every owned table has its unique key, its composite foreign keys, and the one policy as it was written."""
    with connection.cursor() as cursor:
        # A name promises nothing: what counts is which columns a key has, and what they point to.
        cursor.execute(
            "SELECT c.relname, con.conname, con.confrelid::regclass::text, "
            "(SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(con.conkey) WITH ORDINALITY k (no, n) "
            "JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.no), "
            "(SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(con.confkey) WITH ORDINALITY k (no, n) "
            "JOIN pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.no) "
            "FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid "
            "WHERE con.convalidated AND con.contype IN ('u', 'f')"
        )
        constraints = {
            (table, name): (target, columns, pointed_at)
            for table, name, target, columns, pointed_at in cursor.fetchall()
        }
        # One policy alone, for every role and command: permissive ones are joined by OR, so that a second would open
        # what the first one closes.
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid WHERE c.relrowsecurity "
            "GROUP BY c.oid, c.relname HAVING count(*) = 1 AND bool_and(p.polname = %s AND p.polcmd = '*' "
            "AND p.polroles = '{0}' AND pg_get_expr(p.polqual, c.oid) = %s "
            "AND pg_get_expr(p.polwithcheck, c.oid) = %s)",
            [POLICY, POLICY_AS_STORED, POLICY_AS_STORED],
        )
        secured = {table for (table,) in cursor.fetchall()}
    errors: list[CheckMessage] = []
    for model in owned_models():
        table = model._meta.db_table
        own = ["organization_id", "id"]
        wanted: dict[str, tuple[str, list[str], list[str] | None]] = {
            own_key_name(table): ("-", own, None)
        }
        for field in owned_references(model):
            target = field.remote_field.model._meta.db_table
            columns = ["organization_id", field.column]
            wanted[reference_name(table, field.column)] = (target, columns, own)
        missing = sorted(
            name for name, key in wanted.items() if constraints.get((table, name)) != key
        )
        if table not in secured:
            missing.append("row-level security by its one policy")
        if missing:
            errors.append(
                Error(
                    f"{model._meta.label} lacks {', '.join(missing)}.",
                    hint=f"Add BuildWalls({model._meta.model_name!r}) to its newest migration "
                    "(makemigrations does so by itself).",
                    id="tenancy.E011",
                )
            )
    return errors

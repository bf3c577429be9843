"""A database with rows in it is brought up to date: what an upgrade does, and a fresh installation never shows."""

import os
from collections.abc import Iterator
from datetime import date, time
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.management import CommandError, call_command
from django.db import connections, migrations, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState
from django.utils import timezone
from psycopg import sql

from candidates.models import Tag
from crm.runtime.provisioning import provision
from crm.tenancy.models import Organization, OwnedModel
from crm.tenancy.scope import acting_in
from crm.tenancy.walls import BuildWalls, is_owned, owned_references
from tests.embedded import APPLICATION, OWNER, database_url


def replacements() -> dict[tuple[str, str], list[tuple[str, str]]]:
    """The migrations that stand for others, with those."""
    loader = MigrationLoader(None)
    return {key: migration.replaces for key, migration in loader.replacements.items()}


# The least that a database with rows in it has. Nothing below is needed for a new migration: it is tried by itself.
FIRST = [
    ("accounts", "0001_tables"),
    ("audit", "0002_entries_stay_as_they_are"),
    ("campaigns", "0003_views_for_search"),
    ("candidates", "0007_organizations_with_work"),
    ("pipelines", "0002_views_for_search"),
    ("privacy", "0001_tables"),
    ("runtime", "0001_tables"),
    ("tenancy", "0001_tables"),
]
# What a check asks for, where a first value of its kind would not do.
FITTING: dict[str, dict[str, Any]] = {
    "campaigns.AutoEnrollment": {"stage": None},
}


@pytest.fixture
def database(django_db_blocker) -> Iterator[BaseDatabaseWrapper]:
    """A database of its own, made by the owner role, without a table."""
    name = f"upgraded_{os.getpid()}"
    admin = os.environ["TEST_ADMIN_URL"]
    provision(admin, database=name, owner=OWNER, application=APPLICATION)
    assert name in database_url(OWNER, name)
    connections.databases["upgraded"] = {**connections["owner"].settings_dict, "NAME": name}
    with django_db_blocker.unblock():
        yield connections["upgraded"]
        connections["upgraded"].close()
    del connections["upgraded"], connections.databases["upgraded"]
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def row_of(
    model: type[models.Model], made: dict[str, models.Model], building: tuple[str, ...] = ()
) -> models.Model:
    """One row of a model as it was, with rows of what it refers to."""
    label = model._meta.label
    if label not in made:
        values = {
            field.name: value_of(field, made, (*building, label))
            for field in model._meta.local_concrete_fields
            if not (field.primary_key and isinstance(field, models.AutoField))
        } | FITTING.get(label, {})
        made[label] = models.QuerySet(model, using="upgraded").create(**values)
    return made[label]


def value_of(field: Any, made: dict[str, models.Model], building: tuple[str, ...]) -> Any:
    if isinstance(field, models.ForeignKey):
        target = field.remote_field.model
        return None if target._meta.label in building else row_of(target, made, building)
    if field.has_default():
        return field.get_default()
    if field.choices:
        return field.choices[0][0]
    if field.null:
        return None
    for kind, value in (
        (models.EmailField, "old@example.com"),
        (models.CharField, "old"),
        (models.FileField, "old/file"),
        (models.TextField, "old"),
        (models.DateTimeField, timezone.now()),
        (models.DateField, date(2026, 1, 5)),
        (models.TimeField, time(9)),
        (models.BooleanField, False),
        (models.JSONField, {}),
        (ArrayField, []),
        (models.BinaryField, b"old"),
    ):
        if isinstance(field, kind):
            return value[: field.max_length] if isinstance(value, str) else value
    return 1


def add_plain_keys(database: BaseDatabaseWrapper, owned: list[type[models.Model]]) -> set[str]:
    """Add the keys that older databases have beside composite ones; their names."""
    before = set(keys_of(database))
    with database.cursor() as cursor:
        for model in owned:
            for field in owned_references(model):
                cursor.execute(
                    f'ALTER TABLE "{model._meta.db_table}" ADD FOREIGN KEY ("{field.column}")'
                    f' REFERENCES "{field.remote_field.model._meta.db_table}" DEFERRABLE INITIALLY DEFERRED'
                )
    return set(keys_of(database)) - before


def keys_of(database: BaseDatabaseWrapper) -> list[str]:
    """The names of all foreign keys, with their tables."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass || '.' || conname FROM pg_constraint WHERE contype = 'f'"
        )
        return [name for (name,) in cursor.fetchall()]


def test_a_database_with_rows_is_brought_up_to_date(database):
    executor = MigrationExecutor(database)
    state = executor.migrate(FIRST)
    made: dict[str, models.Model] = {}
    ours = {label for label, _ in FIRST}
    for model in state.apps.get_models():
        if model._meta.app_label in ours and model._meta.managed:
            row_of(model, made)
    assert len(made) > 100
    added = add_plain_keys(
        database, [model for model in state.apps.get_models() if is_owned(model)]
    )
    assert len(added) > 100

    executor = MigrationExecutor(database)
    state = executor.migrate(executor.loader.graph.leaf_nodes())

    assert not added & set(keys_of(database))

    for label, row in made.items():
        model = state.apps.get_model(label)
        if model._meta.managed:
            assert models.QuerySet(model, using="upgraded").filter(pk=row.pk).exists(), label


@pytest.mark.django_db(databases=["default", "owner"])
def test_a_database_from_before_the_first_release_goes_on():
    recorder = MigrationRecorder(connections["owner"])
    for app, name in replacements():
        recorder.record_unapplied(app, name)
    executor = MigrationExecutor(connections["owner"])
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []

    call_command("migrate", verbosity=0, skip_checks=True)

    assert recorder.applied_migrations().keys() >= replacements().keys()


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize(
    "key", sorted(key for key, names in replacements().items() if len(names) > 1), ids=".".join
)
def test_a_database_half_way_to_the_first_release_is_refused(key):
    app, name = replacements()[key][-1]
    recorder = MigrationRecorder(connections["owner"])
    recorder.record_unapplied(*key)
    recorder.record_unapplied(app, name)

    with pytest.raises(CommandError, match=rf"lacks changes .* such as {app}\.{name}, .* empty"):
        call_command("migrate", verbosity=0, skip_checks=True)


@pytest.mark.django_db(databases=["default", "owner"])
def test_a_migration_may_fill_the_table_that_it_makes():
    """As an upgrade does where there are people already."""
    organization = Organization(name="Old", slug="old")
    organization.save(using="owner")
    tag = Tag(organization=organization, name="Berlin")
    with acting_in(organization):
        tag.save(using="owner")
    fields = [("id", models.BigAutoField(primary_key=True))] + [
        (name, models.ForeignKey(to, models.CASCADE, related_name="+"))
        for name, to in [("organization", "tenancy.organization"), ("tag", "candidates.tag")]
    ]
    state = ProjectState.from_apps(apps)

    with connections["owner"].schema_editor() as editor:
        for operation in (
            migrations.CreateModel("Mark", fields, bases=(OwnedModel,)),
            BuildWalls("mark"),
            migrations.RunSQL(
                "INSERT INTO candidates_mark (organization_id, tag_id)"
                " SELECT organization_id, id FROM candidates_tag"
            ),
        ):
            before, state = state, state.clone()
            operation.state_forwards("candidates", state)
            operation.database_forwards("candidates", editor, before, state)

    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT organization_id, tag_id FROM candidates_mark")
        assert cursor.fetchall() == [(organization.pk, tag.pk)]

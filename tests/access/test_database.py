"""The database itself keeps tenants apart: keys, policies, roles (T4, T5, T6, T8)."""

import inspect

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import (
    DatabaseError,
    IntegrityError,
    connection,
    connections,
    models,
    transaction,
)
from django.db.models import QuerySet

from candidates.models import Candidate, EmailAddress
from crm.tenancy.checks import check_models, check_role, check_walls, owned_models
from crm.tenancy.models import OwnedModel
from crm.tenancy.scope import OutsideOrganization, WrongOrganization, acting_in, is_acting
from crm.tenancy.walls import owned_references, reference_name
from tests.access.world import snapshot

pytestmark = pytest.mark.django_db

REFERENCES = [
    pytest.param(model, field, id=f"{model._meta.label}.{field.name}")
    for model in owned_models()
    for field in owned_references(model)
]
# What else is set where a check asks for it.
BESIDE = {
    "campaigns.AutoEnrollment.stage": ", pool_id = NULL",
    "campaigns.AutoEnrollment.job": ", pool_id = NULL, event = 'applied'",
    "campaigns.ContentItem.file": ", kind = 'file', url = ''",
}


def test_suite_runs_as_a_role_that_cannot_climb_the_walls():
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
        )
        assert cursor.fetchone() == (0,)


def test_every_wall_stands():
    assert run_checks(databases=["default"], tags=["tenancy"]) == []
    assert len(owned_models()) > 25


def test_every_foreign_key_is_kept_by_one_constraint():
    """Those of owned rows to owned rows by the composite one, all others by their own."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT conrelid::regclass::text, confrelid::regclass::text,
              (SELECT array_agg(attname::text ORDER BY at) FROM unnest(conkey) WITH ORDINALITY k(number, at)
               JOIN pg_attribute ON attrelid = conrelid AND attnum = number),
              (SELECT array_agg(attname::text ORDER BY at) FROM unnest(confkey) WITH ORDINALITY k(number, at)
               JOIN pg_attribute ON attrelid = confrelid AND attnum = number),
              condeferrable AND condeferred AND convalidated AND confdeltype = 'a'
            FROM pg_constraint WHERE contype = 'f'
            """
        )
        kept = sorted(cursor.fetchall())
    wanted = []
    for model in apps.get_models(include_auto_created=True):
        guarded = set(owned_references(model)) if issubclass(model, OwnedModel) else set()
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.ForeignKey) and model._meta.managed:
                target = field.target_field
                before = ["organization_id"] if field in guarded else []
                wanted.append(
                    (
                        model._meta.db_table,
                        target.model._meta.db_table,
                        [*before, field.column],
                        [*before, target.column],
                        True,
                    )
                )
    assert kept == sorted(wanted)


def _would_dangle(model, field):
    """Whether the row stays when what it refers to goes: triggers take derived ones along."""
    return not (field.remote_field.model is model or getattr(model, "is_derived", False))


@pytest.mark.parametrize(
    ("model", "field"), [one for one in REFERENCES if _would_dangle(*one.values)]
)
def test_row_that_another_one_refers_to_stays(model, field, here):
    row, target = here[model._meta.label], here[field.remote_field.model._meta.label]
    constraint = reference_name(model._meta.db_table, field.column)
    beside = BESIDE.get(f"{model._meta.label}.{field.name}", "")

    with (
        pytest.raises(IntegrityError, match=f'foreign key constraint "{constraint}"'),
        acting_in(here.organization),
        connection.cursor() as cursor,
    ):
        if getattr(row, field.attname) != target.pk:
            cursor.execute(
                f'UPDATE "{model._meta.db_table}" SET "{field.column}" = %s{beside} WHERE id = %s',
                [target.pk, row.pk],
            )
        cursor.execute(f'DELETE FROM "{target._meta.db_table}" WHERE id = %s', [target.pk])
        assert cursor.rowcount == 1
        cursor.execute(f'SET CONSTRAINTS "{constraint}" IMMEDIATE')


@pytest.mark.parametrize(
    "attack",
    [
        'SET ROLE "rapport_owner"',
        "ALTER TABLE candidates_candidate DISABLE ROW LEVEL SECURITY",
        "DROP POLICY organization ON candidates_candidate",
        "TRUNCATE candidates_candidate CASCADE",
        "CREATE TABLE escape (id int)",
    ],
)
def test_application_role_cannot_take_a_wall_down(attack):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)


@pytest.mark.parametrize(("model", "field"), REFERENCES)
def test_reference_to_another_organization_is_refused(model, field, here, there):
    row, foreign = here[model._meta.label], there[field.remote_field.model._meta.label]

    with (
        pytest.raises(DatabaseError),
        acting_in(here.organization),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f'UPDATE "{model._meta.db_table}" SET "{field.column}" = %s WHERE id = %s',
            [foreign.pk, row.pk],
        )
        assert cursor.rowcount == 1
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("model", owned_models(), ids=lambda model: model._meta.label)
def test_row_cannot_be_given_to_another_organization(model, here, there):
    with (
        pytest.raises(DatabaseError),
        acting_in(here.organization),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f'UPDATE "{model._meta.db_table}" SET organization_id = %s WHERE id = %s',
            [there.organization.pk, here[model._meta.label].pk],
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("model", owned_models(), ids=lambda model: model._meta.label)
def test_without_a_tenant_there_are_no_rows(model, here):
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        assert cursor.fetchone() == (0,)
        if table != "audit_auditentry":
            cursor.execute(f'UPDATE "{table}" SET organization_id = organization_id')
            assert cursor.rowcount == 0
            cursor.execute(f'DELETE FROM "{table}"')
            assert cursor.rowcount == 0

    with acting_in(here.organization):
        values = dict(
            model.objects.filter(pk=here[model._meta.label].pk).values(
                *(field.attname for field in model._meta.local_concrete_fields)
            )[0]
        )
    values["id"] = 10**9
    columns = ", ".join(f'"{field.column}"' for field in model._meta.local_concrete_fields)
    row = model(**values)
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{table}" ({columns}) VALUES ({", ".join(["%s"] * len(model._meta.local_concrete_fields))})',
                [
                    field.get_db_prep_save(getattr(row, field.attname), connection)
                    for field in model._meta.local_concrete_fields
                ],
            )


def _queryset_methods():
    """Every public QuerySet method, sync and async, that a manager passes on."""
    return sorted(
        name
        for name, method in inspect.getmembers(QuerySet, inspect.isfunction)
        if not name.startswith("_") and getattr(method, "queryset_only", None) is not True
    )


@pytest.mark.parametrize("method", _queryset_methods())
def test_manager_method_raises_outside_an_organization(method):
    assert not is_acting()
    with pytest.raises(OutsideOrganization):
        getattr(Candidate.objects, method)()
    with pytest.raises(OutsideOrganization):
        getattr(Candidate._base_manager, method)()


@pytest.mark.parametrize("model", owned_models(), ids=lambda model: model._meta.label)
def test_every_manager_of_every_model_raises_outside_an_organization(model):
    for manager in [*model._meta.managers, model._base_manager, model._default_manager]:
        with pytest.raises(OutsideOrganization):
            manager.exists()


def test_instances_raise_outside_an_organization(here):
    with acting_in(here.organization):
        address = EmailAddress.objects.get()

    for use in (
        address.refresh_from_db,
        address.save,
        address.delete,
        lambda: address.candidate,
    ):
        with pytest.raises(OutsideOrganization):
            use()


def test_rows_of_another_organization_are_refused_in_code(here, there):
    foreign = there["candidates.Candidate"]
    with acting_in(here.organization):
        for use in (foreign.save, foreign.delete):
            with pytest.raises(WrongOrganization):
                use()
        with pytest.raises(WrongOrganization):
            type(foreign).objects.bulk_create([foreign])
        assert not type(foreign).objects.filter(pk=foreign.pk).exists()


def test_snapshot_sees_a_change(there):
    before = snapshot(there.organization)
    with acting_in(there.organization):
        there["candidates.Tag"].save()
    assert snapshot(there.organization) != before


class TestTheBuildFails:
    """Each way of forgetting a wall is noticed."""

    @pytest.fixture(autouse=True)
    def _forget_model_afterwards(self):
        models_of_app = apps.all_models["candidates"]
        known = dict(models_of_app)
        yield
        models_of_app.clear()
        models_of_app.update(known)
        apps.clear_cache()

    def test_for_a_model_that_is_not_owned(self):
        class Forgotten(models.Model):
            organization = models.ForeignKey(
                "tenancy.Organization", on_delete=models.CASCADE, related_name="+"
            )

            class Meta:
                app_label = "candidates"

        assert "tenancy.E001" in {error.id for error in check_models(None)}

    def test_for_a_manager_that_is_not_scoped(self):
        class Unscoped(OwnedModel):
            everything = models.Manager()

            class Meta:
                app_label = "candidates"

        assert "tenancy.E003" in {error.id for error in check_models(None)}

    def test_for_a_key_that_is_unique_over_all_organizations(self):
        class Leaking(OwnedModel):
            code = models.CharField(max_length=5, unique=True)

            class Meta(OwnedModel.Meta):
                app_label = "candidates"

        assert "tenancy.E005" in {error.id for error in check_models(None)}

    def test_for_a_table_without_walls(self):
        class Unwalled(OwnedModel):
            candidate = models.ForeignKey(
                "candidates.Candidate", on_delete=models.CASCADE, related_name="+"
            )

            class Meta(OwnedModel.Meta):
                app_label = "candidates"

        errors = [error for error in check_walls(connection) if "Unwalled" in error.msg]
        assert len(errors) == 1
        assert "candidates_unwalled_candidate_id_own" in errors[0].msg
        assert "row-level security" in errors[0].msg

    @pytest.mark.django_db(databases=["default", "owner"])
    def test_for_a_role_that_owns_tables(self):
        assert check_role(connection) == []
        assert [error.id for error in check_role(connections["owner"])] == ["tenancy.E010"]

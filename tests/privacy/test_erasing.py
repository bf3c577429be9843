"""Erasure reaches every row of a person in every app, and nothing else (T55, T56)."""

import json

import pytest
from django.core.files.storage import default_storage
from django.db import connection, models

from candidates.models import Candidate, Suppression
from candidates.services import bulk, suppressing
from crm.audit.models import AuditEntry
from crm.data_map import Erasure
from crm.privacy.models import PurgeRun
from crm.privacy.registry import data_map
from crm.privacy.services import erasing
from crm.tenancy.models import Membership, OwnedModel
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from tests.access.world import build_world, snapshot
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db

MARKER = "planted-zq7"


@pytest.fixture
def world(acme, owner):
    return build_world(acme, owner, marker=MARKER)


def places_of(marker: str) -> list[str]:
    """Every personal text or JSON column, by the data map, that still holds `marker`."""
    found = []
    with connection.cursor() as cursor:
        for model, rules in data_map().items():
            if not issubclass(model, OwnedModel):
                continue
            for name, rule in rules.fields.items():
                field = model._meta.get_field(name)
                if rule.erasure is Erasure.KEEP or not isinstance(
                    field, models.TextField | models.CharField | models.JSONField
                ):
                    continue
                cursor.execute(
                    f'SELECT count(*) FROM "{model._meta.db_table}" WHERE "{field.column}"::text LIKE %s',
                    [f"%{marker}%"],
                )
                if cursor.fetchone()[0]:
                    found.append(f"{model._meta.label}.{name}")
    return found


def test_nothing_of_the_person_stays(world):
    with acting_in(world.organization):
        assert len(places_of(MARKER)) > 30

        erasing.erase_candidate(world["candidates.Candidate"], by=world.member)

        assert places_of(MARKER) == []
        assert not Candidate.objects.exists()


def test_every_model_and_every_file_that_goes_with_the_person_is_gone(
    world, django_capture_on_commit_callbacks
):
    """By the data map: a model that nobody erases fails here, whether it holds texts or not."""
    going = {
        model: [name for name, rule in rules.fields.items() if rule.erasure is Erasure.DELETE]
        for model, rules in data_map().items()
        if issubclass(model, OwnedModel)
    }
    going = {model: names for model, names in going.items() if names}
    files = [
        getattr(world[model._meta.label], field.name).name
        for model in going
        for field in model._meta.concrete_fields
        if isinstance(field, models.FileField)
    ]
    with acting_in(world.organization):
        assert len(going) > 45
        assert [model for model in going if not model._default_manager.exists()] == []
        assert sum(map(default_storage.exists, files)) == len(files) >= 2

        with django_capture_on_commit_callbacks(execute=True):
            erasing.erase_candidate(world["candidates.Candidate"], by=world.member)

        assert [model for model in going if model._default_manager.exists()] == []
    assert [name for name in files if default_storage.exists(name)] == []


def test_another_person_and_another_organization_are_untouched(world, globex, stranger):
    other = build_world(globex, stranger, marker="other")
    before = snapshot(globex)
    with acting_in(world.organization):
        neighbour = CandidateFactory(full_name="Neighbour")

        erasing.erase_candidate(world["candidates.Candidate"], by=world.member)

        assert list(Candidate.objects.all()) == [neighbour]
    assert snapshot(globex) == before
    assert other["candidates.Candidate"].pk


def test_certificate_counts_what_went_and_names_nobody(world):
    with acting_in(world.organization):
        run = erasing.erase_candidate(world["candidates.Candidate"], by=world.member)

        assert run.candidate_count == 1
        assert run.counts["candidates.Candidate"] == 1
        assert run.counts["campaigns.Message"] == 1
        assert run.counts["pipelines.Candidacy"] == 1
        certificate = json.dumps(run.certificate())
        assert MARKER not in certificate
        entry = AuditEntry.objects.get(action="candidate.erased")
        assert (entry.object_id, entry.actor) == (run.pk, world.member)
        assert MARKER not in json.dumps(entry.details)


def test_seal_changes_with_the_counts(world):
    with acting_in(world.organization):
        run = erasing.erase_candidate(world["candidates.Candidate"], by=world.member)
        seal = run.certificate()["seal"]
        run.counts = {**run.counts, "candidates.Candidate": 2}

        assert run.certificate()["seal"] != seal


def test_addresses_of_the_erased_are_suppressed_by_hash_only(in_acme):
    candidate = CandidateFactory(full_name="Ida Erased")
    candidate.emails.create(
        address="Ida@example.com", normalized="ida@example.com", is_primary=False
    )

    erasing.erase_candidates([candidate.pk])

    reasons = suppressing.suppressed_reasons([(Suppression.Kind.EMAIL, "ida@example.com")])
    assert list(reasons.values()) == [{Suppression.Reason.ERASED}]
    assert "ida" not in "".join(Suppression.objects.values_list("digest", flat=True))


def test_erasing_twice_is_harmless(world):
    candidate = world["candidates.Candidate"]
    with acting_in(world.organization):
        erasing.erase_candidates([candidate.pk])
        assert erasing.erase_candidates([candidate.pk]) == {}
        assert PurgeRun.objects.filter(trigger=PurgeRun.Trigger.ERASURE).count() == 0


def test_who_is_no_admin_any_more_erases_no_further(in_acme, owner):
    people = [CandidateFactory().pk for _ in range(2)]
    act = bulk.start("erase", people, chosen={}, title="Erase", by=owner)
    Membership.objects.filter(user=owner).update(role=Role.RECRUITER)

    bulk.work_on(in_acme, act.pk)

    act.refresh_from_db()
    assert act.problem == "Whoever asked for this may not do it any more."
    assert Candidate.objects.count() == 2

"""The audit table: written in scope, never changed, seen by its own organization (T24, first half)."""

import os
import re

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client

from crm.audit.models import AuditEntry
from crm.audit.services import client_address, record
from crm.tenancy.scope import OutsideOrganization, acting_in
from pipelines.services.jobs import create_job
from tests.factories import CandidateFactory, MembershipFactory

pytestmark = pytest.mark.django_db

CHANGES = [
    "UPDATE audit_auditentry SET action = 'nothing'",
    "DELETE FROM audit_auditentry",
    "TRUNCATE audit_auditentry",
    "UPDATE audit_auditentry SET actor_id = NULL WHERE false",
]


def test_entry_says_who_what_when_and_from_where(acme, owner):
    token = client_address.set("203.0.113.9")
    try:
        with acting_in(acme):
            record("thing.done", owner, by=owner, count=3)
    finally:
        client_address.reset(token)

    with acting_in(acme):
        entry = AuditEntry.objects.get()
    assert (entry.organization, entry.actor, entry.action) == (acme, owner, "thing.done")
    assert (entry.object_type, entry.object_id) == ("accounts.user", owner.pk)
    assert (entry.details, entry.ip_address) == ({"count": 3}, "203.0.113.9")


def test_requests_leave_their_address(acme, owner):
    client = Client(REMOTE_ADDR="203.0.113.77")
    client.force_login(owner)

    client.post("/acme/settings/", {"name": "Acme two", "time_zone": "UTC", "postal_address": ""})

    with acting_in(acme):
        assert AuditEntry.objects.get().ip_address == "203.0.113.77"


def test_nothing_is_recorded_outside_an_organization(owner):
    with pytest.raises(OutsideOrganization):
        record("thing.done", by=owner)


def test_an_entry_shares_the_fate_of_its_act(acme, owner):
    with pytest.raises(ZeroDivisionError), acting_in(acme):
        record("thing.done", by=owner)
        raise ZeroDivisionError

    with acting_in(acme):
        assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("statement", CHANGES)
def test_application_cannot_change_entries(statement, acme, owner):
    with acting_in(acme):
        record("thing.done", by=owner)
        with (
            pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
            transaction.atomic(),
        ):
            connection.cursor().execute(statement)

    with acting_in(acme):
        assert AuditEntry.objects.get().action == "thing.done"


def test_application_cannot_change_entries_through_the_models(acme, owner):
    with acting_in(acme):
        entry = record("thing.done", by=owner)
        entry.action = "nothing"
        for change in (entry.save, entry.delete, AuditEntry.objects.all().delete):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                change()


@pytest.mark.parametrize("statement", CHANGES[:3])
@pytest.mark.parametrize("role", ["rapport_owner", "postgres"])
def test_neither_the_owner_nor_the_superuser_changes_entries_by_accident(statement, role):
    name = connection.settings_dict["NAME"]
    with psycopg.connect(os.environ["TEST_ADMIN_URL"], dbname=name) as superuser:
        superuser.execute(f"SET ROLE {role}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            superuser.execute(statement)


def test_application_may_not_switch_the_trigger_off():
    for statement in [
        "ALTER TABLE audit_auditentry DISABLE TRIGGER audit_append_only",
        "DROP TRIGGER audit_append_only ON audit_auditentry",
        "SET session_replication_role = replica",
    ]:
        with pytest.raises(ProgrammingError), transaction.atomic():
            connection.cursor().execute(statement)


def test_entries_of_another_organization_do_not_exist(acme, globex, owner, stranger):
    with acting_in(globex):
        foreign = record("globex.secret", by=stranger)

    with acting_in(acme):
        assert not AuditEntry.objects.filter(pk=foreign.pk).exists()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM audit_auditentry")
            assert cursor.fetchone() == (0,)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            connection.cursor().execute(
                "INSERT INTO audit_auditentry (organization_id, at, action, object_type, details)"
                " VALUES (%s, now(), 'forged', '', '{}')",
                [globex.pk],
            )


# The page


@pytest.fixture
def client(owner) -> Client:
    client = Client()
    client.force_login(owner)
    return client


def test_log_shows_own_entries_newest_first(client, acme, globex, owner, stranger):
    with acting_in(globex):
        record("globex.secret", by=stranger)
    with acting_in(acme):
        record("thing.begun", by=owner, fields=["name"])
        record("thing.done")

    page = client.get("/acme/settings/audit/").content.decode()

    assert "globex" not in page
    assert page.index('scope="row">Thing done') < page.index('scope="row">Thing begun')
    assert "Owner of Acme" in page
    assert "Rapport" in page


def rows(response) -> list[str]:
    return re.findall(r'scope="row">([A-Za-z0-9 ]+)<', response.content.decode())


def test_log_is_narrowed_by_action_and_actor(client, acme, owner, recruiter, mode):
    headers = {"HX-Request": "true"} if mode == "htmx" else {}
    with acting_in(acme):
        record("a.done", by=owner)
        record("a.done", by=recruiter)
        record("b.done", by=recruiter)
    by_recruiter = recruiter.pk

    assert (
        rows(client.get("/acme/settings/audit/?action=a.done", headers=headers)) == ["A done"] * 2
    )
    assert rows(client.get(f"/acme/settings/audit/?actor={by_recruiter}", headers=headers)) == [
        "B done",
        "A done",
    ]
    both = client.get(f"/acme/settings/audit/?action=a.done&actor={by_recruiter}", headers=headers)
    assert rows(both) == ["A done"]
    assert ("<html" in both.content.decode()) is (mode == "plain")


def test_unknown_filters_narrow_nothing(client, acme, owner, stranger):
    with acting_in(acme):
        record("a.done", by=owner)

    for query in ["?action=never", f"?actor={stranger.pk}", "?actor=x", "?cursor=x"]:
        assert rows(client.get(f"/acme/settings/audit/{query}")) == ["A done"]


def test_log_is_paged(client, acme, owner):
    with acting_in(acme):
        for number in range(60):
            record(f"thing.{number:02}", by=owner)

    first = client.get("/acme/settings/audit/")
    older = re.search(r'rel="next"\s+href="([^"]+)"', first.text)[1]
    second = client.get(f"/acme/settings/audit/{older}")

    assert rows(first) + rows(second) == [f"Thing {number:02}" for number in reversed(range(60))]


@pytest.mark.parametrize("entries", [1, 3])
def test_log_asks_the_same_number_of_queries(entries, client, acme, django_assert_num_queries):
    with acting_in(acme):
        for member in MembershipFactory.create_batch(entries, organization=acme):
            record("thing.done", by=member.user)

    with django_assert_num_queries(11):
        client.get("/acme/settings/audit/")


def test_markup_in_details_stays_text(client, acme, owner):
    with acting_in(acme):
        record("thing.done", by=owner, note="<script>alert(1)</script>")

    assert "<script>alert" not in client.get("/acme/settings/audit/").content.decode()


def test_log_is_written_in_words(client, acme, owner):
    with acting_in(acme):
        candidate = CandidateFactory()
        record("interview_times.offered", candidate, by=owner, was_known=False, count=3)
        AuditEntry.objects.create(action="gone.touched", object_type="gone.thing", object_id=7)

    page = " ".join(client.get("/acme/settings/audit/").text.split())

    assert ">Interview times offered<" in page
    assert f"Candidate {candidate.pk} <" in page
    assert "Count: 3; Known before: no" in page
    assert "gone.thing 7 <" in page


def test_details_name_what_they_mention(client, acme, owner, recruiter):
    with acting_in(acme):
        job = create_job(by=owner, title="Engineer")
        first, second = job.pipeline.stages.order_by("position")[:2]
        record("candidacy.moved", job, by=owner, to=second.pk, origin=first.pk)
        record("candidate.edited", CandidateFactory(), by=owner, fields=["", "full_name"])
        record("job.team_changed", job, by=owner, added=[recruiter.pk], removed=[])
        record("interview.booked", by=owner, starts_at="2026-12-02T10:00:00+01:00")
        record("stage.removed", job, by=owner, stage=999_999_999)

    page = " ".join(client.get("/acme/settings/audit/").text.split())

    assert f"> From: {first}; To: {second} <" in page
    assert "> Fields: full name <" in page
    assert f"> Added: {recruiter} <" in page
    assert "> Begins: 2 Dec 2026, 09:00 <" in page
    assert "> Stage: no. 999999999 <" in page

"""The privacy pages, loaded whole and in part."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from candidates.models import Candidate
from crm.audit.models import AuditEntry
from crm.privacy.models import PurgeRun, RetentionPolicy
from crm.privacy.services import retaining
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def expired(acme):
    with acting_in(acme):
        candidate = CandidateFactory(full_name="Ida Old")
        Candidate.objects.update(created_at=timezone.now() - timedelta(days=900))
    return candidate


def test_overview_says_who_would_go(as_user, owner, expired):
    page = " ".join(as_user(owner).get("/acme/settings/privacy/").text.split())

    assert "no contact for 730 days" in page
    assert "Nothing has run yet" in page


def test_policy_is_saved_and_audited(as_user, owner, acme):
    response = as_user(owner).post(
        "/acme/settings/privacy/", {"keep_days": "365", "is_enabled": "on"}
    )

    assert response.status_code == 302
    with acting_in(acme):
        policy = RetentionPolicy.objects.get()
        assert (policy.keep_days, policy.is_enabled) == (365, True)
        assert AuditEntry.objects.filter(action="retention.policy_changed").count() == 1


@pytest.mark.parametrize(
    ("days", "words"),
    [("0", b"greater than or equal to 1"), ("36501", b"less than or equal to 36500")],
)
def test_policy_that_is_no_term_is_refused(as_user, owner, acme, days, words):
    response = as_user(owner).post("/acme/settings/privacy/", {"keep_days": days})

    assert response.status_code == 422
    assert words in response.content
    with acting_in(acme):
        assert not RetentionPolicy.objects.exists()


def test_expired_people_are_listed(as_user, owner, expired):
    assert b"Ida Old" in as_user(owner).get("/acme/settings/privacy/expired/").content


def test_dry_run_is_started_once(as_user, owner, acme, expired, django_capture_on_commit_callbacks):
    response = as_user(owner).post("/acme/settings/privacy/start/", {"dry_run": "1"})

    with acting_in(acme):
        run = PurgeRun.objects.get()
        assert run.is_dry_run
        assert response["Location"] == f"/acme/settings/privacy/runs/{run.pk}/"


def test_second_run_is_a_409_with_a_sentence(as_user, owner, acme):
    with acting_in(acme):
        retaining.start_run(by=owner)

    response = as_user(owner).post("/acme/settings/privacy/start/")

    assert response.status_code == 409
    assert b"A retention run is still going" in response.content


def test_progress_becomes_the_certificate(as_user, mode, owner, acme, expired):
    client = as_user(owner)
    with acting_in(acme):
        run = retaining.start_run(by=owner)
    progress = client.get(f"/acme/settings/privacy/runs/{run.pk}/").text
    assert "0</b> people so far" in " ".join(progress.split())
    with acting_in(acme):
        retaining.run_batch(run.pk)

    response = client.get(f"/acme/settings/privacy/runs/{run.pk}/")

    if mode == "htmx":
        assert response["HX-Refresh"] == "true"
    else:
        assert b"Certificate of erasure" in response.content


def test_certificate_page_and_file(client, owner, acme, expired):
    with acting_in(acme):
        run = retaining.start_run(by=owner)
        retaining.run_batch(run.pk)

    client.force_login(owner)
    page = client.get(f"/acme/settings/privacy/runs/{run.pk}/").content.decode()
    certificate = json.loads(
        client.get(f"/acme/settings/privacy/runs/{run.pk}/certificate.json").content
    )

    assert "Certificate of erasure" in page
    assert certificate["candidates"] == 1
    assert certificate["seal"] in page


def test_erasing_asks_for_the_name(as_user, recruiter, acme, expired):
    client = as_user(recruiter)

    wrong = client.post(f"/acme/settings/privacy/erase/{expired.pk}/", {"name": "Somebody"})
    assert wrong.status_code == 422
    assert b"This is not the name on the record" in wrong.content
    with acting_in(acme):
        assert Candidate.objects.count() == 1

    right = client.post(f"/acme/settings/privacy/erase/{expired.pk}/", {"name": "ida  old"})
    assert right.status_code == 302
    with acting_in(acme):
        assert not Candidate.objects.exists()


def test_data_map_page_names_every_model(as_user, owner):
    page = as_user(owner).get("/acme/settings/privacy/data-map/").content.decode()
    for name in ("Candidate", "Touchpoint", "Message", "Purge run"):
        assert f"<b>{name}</b>" in page

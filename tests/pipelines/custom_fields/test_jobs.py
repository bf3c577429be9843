"""Custom fields of jobs: filled on their pages, seen by whom they are for, gone with their jobs."""

import html
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from candidates.models import OrganizationFile, TalentPool
from candidates.services import custom_fields
from candidates.services.custom_fields.files import forget_unused
from candidates.services.files import delete_orphans
from candidates.services.provenance import by_hand
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Job, JobCustomValue
from pipelines.services import candidacies, jobs
from tests.candidates.conftest import seen
from tests.candidates.resumes import files
from tests.factories import CandidateFactory
from tests.pipelines.conftest import words
from tests.pipelines.custom_fields.conftest import Kind, given, shown, upload, whole_page
from tests.pipelines.test_meanwhile import fields_of

pytestmark = pytest.mark.django_db


def test_a_job_is_opened_with_its_fields(add, acme, recruiter, as_user):
    add("Cost center", of="job", is_required=True)
    add("Budget", of="job", kind=Kind.MONEY)
    add("Panels", of="job", kind=Kind.MULTIPLE, options=["Design", "Code"])
    client = as_user(recruiter)
    job = {"title": "Staff Engineer", "openings": "1", "status": "open"}

    missing = client.post("/acme/jobs/add/", job)
    unreadable = client.post(
        "/acme/jobs/add/", {**job, "custom_cost_center": "7", "custom_budget": "much"}
    )
    client.post(
        "/acme/jobs/add/",
        {
            **job,
            "custom_cost_center": "R&D 7",
            "custom_budget": "85k EUR",
            "custom_panels": ["Design", "Code"],
        },
    )

    assert (missing.status_code, unreadable.status_code) == (422, 422)
    assert "“much” is not an amount, such as 85,000 EUR." in seen(unreadable)
    with acting_in(acme):
        made = Job.objects.get()
        assert shown(made, "job") == {
            "cost_center": "R&D 7",
            "budget": "85,000 EUR",
            "panels": "Design, Code",
        }
        entry = AuditEntry.objects.get(action="job.edited")
        assert entry.details == {"custom_fields": ["budget", "cost_center", "panels"]}
        assert JobCustomValue.objects.first().provenance_by == recruiter
    page = seen(whole_page(recruiter, f"/acme/jobs/{made.pk}/"))
    assert "Cost center R&D 7 Budget 85,000 EUR Panels Design, Code" in page


def test_a_job_is_edited_and_a_field_that_is_emptied_is_empty(add, acme, job, recruiter, as_user):
    add("Cost center", of="job")
    client, address = as_user(recruiter), f"/acme/jobs/{job.pk}/edit/"
    client.post(address, given(job, custom_cost_center="7"))

    assert 'value="7"' in client.get(address).text
    client.post(address, given(job, custom_cost_center=""))

    with acting_in(acme):
        assert not JobCustomValue.objects.exists()


def test_two_jobs_cannot_share_what_is_unique(add, acme, job, recruiter, as_user):
    add("Requisition", of="job", is_unique=True)
    client = as_user(recruiter)
    client.post(f"/acme/jobs/{job.pk}/edit/", given(job, custom_requisition="R-1"))

    other = {"title": "Another", "openings": "1", "status": "open", "custom_requisition": "r-1"}
    refused = client.post("/acme/jobs/add/", other)
    again = client.post(f"/acme/jobs/{job.pk}/edit/", given(job, custom_requisition="R-1"))

    assert refused.status_code == 422
    assert "Another job has this value already, and the field is unique." in seen(refused)
    assert again.status_code == 302
    with acting_in(acme):
        assert Job.objects.count() == 1


def test_private_fields_of_a_job_are_not_there_for_others(
    add, acme, job, owner, recruiter, manager, as_user
):
    add("Headcount plan", of="job", kind=Kind.FILE, visible_to="admins")
    as_user(owner).post(f"/acme/jobs/{job.pk}/edit/", given(job, custom_headcount_plan=upload()))
    with acting_in(acme):
        value = JobCustomValue.objects.get()
    address = f"/acme/jobs/files/{value.pk}/"

    assert "Headcount plan" not in as_user(recruiter).get(f"/acme/jobs/{job.pk}/edit/").text
    as_user(recruiter).post(f"/acme/jobs/{job.pk}/edit/", given(job))

    assert "plan.pdf" in whole_page(owner, f"/acme/jobs/{job.pk}/").text
    assert "plan.pdf" not in whole_page(recruiter, f"/acme/jobs/{job.pk}/").text
    assert as_user(owner).get(address).content == files.pdf()
    assert as_user(recruiter).get(address).status_code == 404
    assert as_user(manager).get(address).status_code == 403


def test_a_file_of_a_confidential_job_is_for_who_may_open_the_job(
    add, acme, job, owner, recruiter, sourcer, as_user
):
    add("Plan", of="job", kind=Kind.FILE)
    with acting_in(acme):
        custom_fields.set_values(job, {"plan": upload()}, provenance=by_hand(owner))
        jobs.edit_job(job, by=owner, is_confidential=True, owner=recruiter)
        address = f"/acme/jobs/files/{JobCustomValue.objects.get().pk}/"

    assert as_user(recruiter).get(address).status_code == 200
    assert as_user(sourcer).get(address).status_code == 404


def test_a_file_of_a_job_stays_until_no_value_names_it(
    add, acme, job, recruiter, as_user, django_capture_on_commit_callbacks
):
    add("Plan", of="job", kind=Kind.FILE)
    client, address = as_user(recruiter), f"/acme/jobs/{job.pk}/edit/"
    client.post(address, given(job, custom_plan=upload()))
    later = timezone.now() + timedelta(days=2)
    with acting_in(acme):
        name = OrganizationFile.objects.get().file.name

    assert 'enctype="multipart/form-data"' in client.get(address).text
    client.post(address, given(job))
    assert forget_unused(later) == 0
    delete_orphans(later)
    assert default_storage.exists(name)
    client.post(address, given(job, **{"custom_plan-clear": "on"}))
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_unused(later) == 1

    assert not default_storage.exists(name)
    with acting_in(acme):
        assert not OrganizationFile.objects.exists()


# Candidacies


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def edited(add, acme, job, recruiter):
    """Two fields of jobs, pools and candidacies, and where each of the three is edited."""
    for of in ("job", "pool", "candidacy"):
        add("Budget", of=of)
        add("Panels", of=of, kind=Kind.MULTIPLE, options=["Design", "Code"])
        add("Plan", of=of, kind=Kind.FILE)
    with acting_in(acme):
        pool = TalentPool.objects.create(name="Silver", owner=recruiter)
        person = CandidateFactory(full_name="Ada Byron")
        candidacies.add_to_job(job, [person.pk], by=recruiter)
        card = Candidacy.objects.get()
    return {
        "job": (job, f"/acme/jobs/{job.pk}/edit/"),
        "pool": (pool, f"/acme/pools/{pool.pk}/edit/"),
        "candidacy": (card, f"/acme/jobs/candidacies/{card.pk}/fields/"),
    }


@pytest.mark.parametrize("of", ["job", "pool", "candidacy"])
def test_of_two_who_edit_fields_the_second_wipes_nothing(edited, acme, recruiter, owner, of):
    row, path = edited[of]
    first, second = signed_in(recruiter), signed_in(owner)
    one, other = fields_of(first.get(path).text), fields_of(second.get(path).text)
    saved = first.post(path, one | {"custom_budget": "85k", "custom_panels": ["Design"]})

    answer = second.post(path, other | {"custom_budget": "90k"})

    assert (saved.status_code, answer.status_code) == (302, 422)
    told = html.unescape(words(answer))
    assert "Somebody else has saved this meanwhile: Budget and Panels changed." in told
    assert "Meanwhile somebody else has written “85k”. Save again to keep yours." in told
    with acting_in(acme):
        assert shown(row, of) == {"budget": "85k", "panels": "Design", "plan": ""}
    again = fields_of(answer.text)
    assert (again["custom_budget"], again["custom_panels"]) == (["90k"], ["Design"])

    assert second.post(path, again).status_code == 302
    with acting_in(acme):
        assert shown(row, of) == {"budget": "90k", "panels": "Design", "plan": ""}


def test_a_file_that_another_has_put_there_is_not_replaced_unseen(edited, acme, recruiter, owner):
    row, path = edited["job"]
    first, second = signed_in(recruiter), signed_in(owner)
    first.post(path, fields_of(first.get(path).text) | {"custom_plan": upload()})
    one, other = fields_of(first.get(path).text), fields_of(second.get(path).text)

    kept = first.post(path, one | {"custom_budget": "85k"})
    first.post(path, fields_of(first.get(path).text) | {"custom_plan": upload()})
    answer = second.post(path, other | {"custom_plan-clear": "on"})

    assert (kept.status_code, answer.status_code) == (302, 422)
    assert "Budget and Plan changed" in words(answer)
    assert "Meanwhile somebody else has written “plan.pdf”." in html.unescape(words(answer))
    with acting_in(acme):
        assert shown(row, "job")["plan"] == "plan.pdf"

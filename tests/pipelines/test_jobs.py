"""Jobs: making them from templates, their dates, their managers, the list."""

import json
import re

import pytest
from django.utils import timezone

from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from pipelines.models import Job, JobMember, Pipeline, Stage
from pipelines.services import candidacies, jobs, stages
from tests.factories import CandidateFactory


def test_ensure_default_pipeline_makes_one_template(in_acme):
    first, again = jobs.ensure_default_pipeline(), jobs.ensure_default_pipeline()

    assert first == again
    assert [stage.name for stage in first.stages.all()] == [
        *("Sourced", "Contacted", "Replied", "Phone screen", "Onsite", "Offer", "Hired"),
        "Rejected",
    ]


def test_create_job_copies_the_stages(in_acme, recruiter):
    template = stages.create_template(by=recruiter, name="Short")
    stages.add_stage(template, by=recruiter, name="Reference", kind=Stage.Kind.INTERVIEW)

    job = jobs.create_job(by=recruiter, title="Engineer", template=template, openings=3)
    stages.add_stage(template, by=recruiter, name="Later", kind=Stage.Kind.OFFER)

    names = [stage.name for stage in job.pipeline.stages.all()]
    assert names[-3:] == ["Reference", "Hired", "Rejected"]
    assert (job.openings, job.opened_on, job.closed_on) == (3, timezone.localdate(), None)
    assert AuditEntry.objects.get(action="job.created").object_id == job.pk


def test_create_job_refuses_a_template_without_a_start(in_acme, recruiter):
    empty = Pipeline.objects.create(name="Empty", is_template=True)

    with pytest.raises(jobs.NoStages, match="“Empty”"):
        jobs.create_job(by=recruiter, title="Engineer", template=empty)


def test_edit_job_dates_what_changes(in_acme, recruiter):
    job = jobs.create_job(by=recruiter, title="Engineer", status=Job.Status.DRAFT)
    assert job.opened_on is None

    jobs.edit_job(job, by=recruiter, status=Job.Status.FILLED)
    assert job.closed_on == timezone.localdate()
    jobs.edit_job(job, by=recruiter, status=Job.Status.OPEN)

    job.refresh_from_db()
    assert (job.opened_on, job.closed_on) == (timezone.localdate(), None)


def test_set_managers_adds_and_removes(in_acme, recruiter, manager, viewer):
    job = jobs.create_job(by=recruiter, title="Engineer", managers=[manager])

    jobs.set_managers(job, [viewer], by=recruiter)

    assert [member.user for member in job.members.all()] == [viewer]
    assert AuditEntry.objects.filter(action="job.team_changed").latest("pk").details == {
        "added": [viewer.pk],
        "removed": [manager.pk],
    }


@pytest.mark.parametrize("number", [1, 3])
def test_jobs_cost_the_same_for_three(
    as_user, acme, recruiter, number, around, django_assert_num_queries
):
    with acting_in(acme):
        for index in range(number):
            job = jobs.create_job(by=recruiter, title=f"Engineer {index}", owner=recruiter)
            candidacies.add_to_job(job, [CandidateFactory().pk], by=recruiter)
    client = as_user(recruiter)

    # jobs, statuses, kinds
    with django_assert_num_queries(around + 3):
        content = client.get("/acme/jobs/").content.decode()

    assert content.count('class="who"') == number


def test_jobs_are_filtered_by_status(as_user, acme, recruiter):
    with acting_in(acme):
        jobs.create_job(by=recruiter, title="Open one")
        jobs.create_job(by=recruiter, title="Filled one", status=Job.Status.FILLED)
    client = as_user(recruiter)

    is_open = client.get("/acme/jobs/").content.decode()
    filled = client.get("/acme/jobs/?status=filled").content.decode()
    every = client.get("/acme/jobs/?status=all").content.decode()

    assert ("Open one" in is_open, "Filled one" in is_open) == (True, False)
    assert ("Open one" in filled, "Filled one" in filled) == (False, True)
    assert ("Open one" in every, "Filled one" in every) == (True, True)


def test_add_makes_a_job(as_user, acme, recruiter, manager):
    form = as_user(recruiter).get("/acme/jobs/add/").content.decode()
    assert "Hiring manager of Acme" in form

    response = as_user(recruiter).post(
        "/acme/jobs/add/",
        {
            "title": "Staff Engineer",
            "place": "Lisbon",
            "openings": "2",
            "status": "open",
            "owner": recruiter.pk,
            "managers": [manager.pk],
        },
    )

    with acting_in(acme):
        job = Job.objects.get()
        assert (job.title, job.place, job.openings, job.owner) == (
            *("Staff Engineer", "Lisbon", 2),
            recruiter,
        )
        assert job.members.get().user == manager
        assert job.pipeline.stages.count() == 8
    assert response.url == f"/acme/jobs/{job.pk}/shortlist/"


@pytest.mark.parametrize("field", ["owner", "managers"])
def test_add_refuses_people_of_other_organizations(as_user, acme, recruiter, stranger, field):
    response = as_user(recruiter).post(
        "/acme/jobs/add/",
        {"title": "Engineer", "openings": "1", "status": "open", field: stranger.pk},
    )

    assert response.status_code == 422
    assert "This could not be saved yet" in response.content.decode()
    with acting_in(acme):
        assert not Job.objects.exists()


def test_edit_changes_the_job_and_its_managers(as_user, acme, recruiter, manager, job):
    response = as_user(recruiter).post(
        f"/acme/jobs/{job.pk}/edit/",
        {
            "title": "Principal Engineer",
            "openings": "1",
            "status": "filled",
            "opened_on": "2026-01-05",
            "closed_on": "2026-02-06",
            "managers": [manager.pk],
        },
    )

    assert response.url == f"/acme/jobs/{job.pk}/"
    with acting_in(acme):
        job = Job.objects.get()
        assert (job.title, job.status, str(job.closed_on)) == (
            *("Principal Engineer", "filled"),
            "2026-02-06",
        )
        assert job.members.get().user == manager


def test_edit_refuses_a_job_that_closes_before_it_opens(as_user, recruiter, job):
    response = as_user(recruiter).post(
        f"/acme/jobs/{job.pk}/edit/",
        {
            "title": "Engineer",
            "openings": "1",
            "status": "filled",
            "opened_on": "2026-02-06",
            "closed_on": "2026-01-05",
        },
    )

    assert response.status_code == 422
    assert "cannot close before it opens" in response.content.decode()


@pytest.mark.parametrize("role", ["sourcer", "viewer", "manager"])
def test_only_recruiters_make_jobs(as_user, acme, role, request):
    client = as_user(request.getfixturevalue(role))

    assert client.post("/acme/jobs/add/", {"title": "Engineer"}).status_code == 403
    with acting_in(acme):
        assert not Job.objects.exists()
        assert not Pipeline.objects.exists()


JOB = {"title": "Engineer", "openings": "1", "status": "open"}


def test_editing_a_job_keeps_managers_who_have_another_role(as_user, acme, recruiter, sourcer, job):
    with acting_in(acme):
        jobs.join_team(job, sourcer, role=JobMember.Role.HIRING_MANAGER, by=recruiter)
    client = as_user(recruiter)
    page = client.get(f"/acme/jobs/{job.pk}/edit/").text
    assert re.search(rf'name="managers" value="{sourcer.pk}"[^>]* checked', page)

    client.post(f"/acme/jobs/{job.pk}/edit/", {**JOB, "managers": [sourcer.pk]})
    with acting_in(acme):
        assert job.members.get().user == sourcer
    client.post(f"/acme/jobs/{job.pk}/edit/", JOB)
    with acting_in(acme):
        assert not job.members.exists()


@pytest.mark.parametrize("way", ["add", "edit"])
def test_who_makes_a_job_confidential_goes_on_seeing_it(as_user, acme, recruiter, owner, job, way):
    path = f"/acme/jobs/{job.pk}/edit/" if way == "edit" else "/acme/jobs/add/"
    client = as_user(recruiter)
    with acting_in(acme):
        template = jobs.ensure_default_pipeline()

    answer = client.post(
        path, {**JOB, "template": template.pk, "owner": owner.pk, "is_confidential": "on"}
    )

    to = answer.headers.get("HX-Location") or answer.headers.get("Location")
    to = json.loads(to)["path"] if to.startswith("{") else to
    assert client.get(to).status_code == 200
    with acting_in(acme):
        row = JobMember.objects.get()
        assert (row.user, row.role) == (recruiter, JobMember.Role.RECRUITER)


def test_admins_need_no_place_in_the_team_of_a_confidential_job(in_acme, owner, recruiter):
    job = jobs.create_job(by=owner, title="Head", is_confidential=True, owner=recruiter)

    assert not job.members.exists()


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"openings": "0"}, "A job has at least one opening."),
        ({"closed_on": "2026-02-06"}, "This day goes with the status “Filled” or “Cancelled”"),
        ({"on_hold_on": "2026-02-06"}, "This day goes with the status “On hold”"),
        ({"opened_on": "0001-01-01"}, "Choose a day in a year from 1900 to 2200."),
        ({"opened_on": "9999-12-31"}, "Choose a day in a year from 1900 to 2200."),
    ],
)
def test_edit_refuses_what_would_be_dropped(as_user, acme, recruiter, job, sent, sentence):
    answer = as_user(recruiter).post(f"/acme/jobs/{job.pk}/edit/", JOB | sent)

    assert answer.status_code == 422
    assert sentence in answer.text
    with acting_in(acme):
        assert Job.objects.get().title == "Staff Backend Engineer"


def test_opening_a_job_again_drops_the_day_it_was_closed_on(as_user, acme, recruiter, job):
    client = as_user(recruiter)
    closed = {**JOB, "status": "filled", "opened_on": "2026-01-05", "closed_on": "2026-02-06"}
    client.post(f"/acme/jobs/{job.pk}/edit/", closed)

    client.post(f"/acme/jobs/{job.pk}/edit/", closed | {"status": "open"})

    with acting_in(acme):
        job = Job.objects.get()
    assert (job.status, job.closed_on) == ("open", None)

"""Who works on a job, who knows of it, who reads what it pays, and when it was what."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from candidates.models import ChangeSet, Notification, Touchpoint
from candidates.services import bulk
from candidates.services.tasks import add_task
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from pipelines.forms.interviews import possible_interviewers
from pipelines.models import Job, JobMember, JobSkill, JobWatch, StageRule
from pipelines.queries import may_see_salary, readable_jobs
from pipelines.services import candidacies, jobs, rules, taking_off, transferring, watching
from pipelines.services.interviews import feeds, scheduling
from pipelines.services.many_people import put_few_on_job, title_of
from tests.factories import CandidateFactory, TalentPoolFactory
from tests.pipelines.conftest import words
from tests.pipelines.talks import arrange


@pytest.fixture
def secret(acme, owner) -> Job:
    with acting_in(acme):
        return jobs.create_job(by=owner, title="New Finance Chief", is_confidential=True)


def test_confidential_jobs_are_known_to_owner_team_and_admins(
    in_acme, secret, owner, recruiter, sourcer, viewer, manager
):
    def knows(user) -> bool:
        membership = Membership.objects.get(user=user)
        return readable_jobs(membership).filter(pk=secret.pk).exists()

    assert [knows(user) for user in (owner, recruiter, sourcer, viewer, manager)] == [
        *(True, False, False, False, False)
    ]

    jobs.join_team(secret, sourcer, role=JobMember.Role.SOURCER, by=owner)
    jobs.join_team(secret, manager, role=JobMember.Role.INTERVIEWER, by=owner)
    jobs.edit_job(secret, by=owner, owner=recruiter)

    assert [knows(user) for user in (recruiter, sourcer, viewer, manager)] == [
        *(True, True, False, True)
    ]


def test_no_page_tells_others_of_a_confidential_job(as_user, acme, secret, owner, recruiter):
    with acting_in(acme):
        person = CandidateFactory(full_name="Ada Byron")
        candidacies.add_to_job(secret, [person.pk], by=owner)
        card = secret.candidacies.select_related("job", "stage", "candidate").get()
        candidacies.move_card(
            card, to=secret.pipeline.stages.get(name="Offer"), by=owner, version=0
        )
        stage = secret.first_stage
    client = as_user(recruiter)
    hidden = [
        f"/acme/jobs/{secret.pk}/",
        f"/acme/jobs/{secret.pk}/table/",
        f"/acme/jobs/{secret.pk}/edit/",
        f"/acme/jobs/{secret.pk}/team/",
        f"/acme/jobs/{secret.pk}/people/",
        f"/acme/jobs/candidacies/{card.pk}/",
        f"/acme/jobs/pipelines/{secret.pipeline_id}/",
        f"/acme/jobs/stages/{stage.pk}/edit/",
        f"/acme/analytics/people/?metric=on-job&id={secret.pk}",
        f"/acme/analytics/people/?metric=reached&id={stage.pk}",
    ]
    open_pages = [
        "/acme/jobs/?status=all",
        f"/acme/candidates/{person.pk}/",
        "/acme/candidates/",
        "/acme/analytics/",
    ]

    assert [client.get(path).status_code for path in hidden] == [404] * len(hidden)
    for path in open_pages:
        response = client.get(path)
        assert response.status_code == 200
        assert "Finance Chief" not in response.content.decode(), path
    assert client.post(f"/acme/jobs/candidacies/{card.pk}/undo/1/").status_code == 404
    refused = client.post(f"/acme/jobs/consider/{person.pk}/", {"job": secret.pk})
    assert refused.status_code == 409
    with acting_in(acme):
        told = list(Touchpoint.objects.filter(kind="stage").values_list("summary", flat=True))
    assert sorted(told) == [
        "Added to a confidential job: Sourced",
        "Moved from Sourced to Offer · a confidential job",
    ]


@pytest.mark.parametrize(
    ("seen_by", "readers"),
    [
        ("admins", ["owner"]),
        ("recruiters", ["owner", "recruiter"]),
        ("team", ["owner", "recruiter", "manager"]),
    ],
)
def test_salary_is_read_by_those_who_may(
    as_user, acme, owner, recruiter, sourcer, manager, seen_by, readers
):
    with acting_in(acme):
        job = jobs.create_job(
            by=owner,
            title="Engineer",
            managers=[manager],
            salary_min=Decimal(80000),
            salary_max=Decimal(95000),
            salary_currency="EUR",
            salary_seen_by=seen_by,
        )
        cast = {"owner": owner, "recruiter": recruiter, "sourcer": sourcer, "manager": manager}
        may = [
            name
            for name, user in cast.items()
            if may_see_salary(job, Membership.objects.get(user=user))
        ]

    assert may == readers
    for name, user in cast.items():
        content = as_user(user).get(f"/acme/jobs/{job.pk}/table/").content.decode()
        page = as_user(user).get(f"/acme/jobs/{job.pk}/")
        shown = "80,000 to 95,000 EUR a year" in content + page.content.decode()
        assert not shown or name in readers


def test_salary_fields_are_left_alone_by_who_may_not_read_them(acme, client, owner, recruiter):
    with acting_in(acme):
        job = jobs.create_job(
            by=owner, title="Engineer", salary_min=Decimal(80000), salary_seen_by="admins"
        )
    client.force_login(recruiter)
    path = f"/acme/jobs/{job.pk}/edit/"

    form = client.get(path).content.decode()
    client.post(path, {"title": "Engineer II", "openings": 1, "status": "open", "salary_min": 1})

    with acting_in(acme):
        job.refresh_from_db()
    assert "salary_min" not in form
    assert (job.title, job.salary_min, job.salary_seen_by) == ("Engineer II", 80000, "admins")


def test_job_form_keeps_skills_pools_salary_and_dates(as_user, acme, recruiter, manager):
    with acting_in(acme):
        pool = TalentPoolFactory(name="Berlin engineers")
    fields = {
        "title": "Engineer",
        "openings": "2",
        "status": "open",
        "must": "Python, Django",
        "nice": "Kubernetes, python",
        "pools": pool.pk,
        "managers": manager.pk,
        "salary_min": "70000",
        "salary_max": "60000",
        "salary_currency": "eu1",
    }
    client = as_user(recruiter)

    refused = client.post("/acme/jobs/add/", fields)
    client.post("/acme/jobs/add/", fields | {"salary_max": "90000", "salary_currency": "eur"})

    told = words(refused)
    assert refused.status_code == 422
    assert "The salary cannot end below where it begins." in told
    assert "A currency has three letters, such as EUR." in told
    with acting_in(acme):
        job = Job.objects.get()
        needs = {row.skill.name: row.need for row in job.job_skills.select_related("skill")}
        assert needs == {"Python": "must", "Django": "must", "Kubernetes": "nice"}
        assert [row.pool for row in job.job_pools.all()] == [pool]
        assert job.salary == "70,000 to 90,000 EUR a year"
    edit = client.get(f"/acme/jobs/{job.pk}/edit/").content.decode()
    assert 'value="Python, Django"' in edit
    client.post(
        f"/acme/jobs/{job.pk}/edit/",
        fields | {"salary_max": "", "salary_currency": "", "nice": "", "pools": []},
    )
    with acting_in(acme):
        assert JobSkill.objects.filter(job=job, need="nice").count() == 0
        assert job.job_pools.count() == 0


def test_statuses_keep_their_days(in_acme, recruiter):
    job = jobs.create_job(by=recruiter, title="Engineer", opened_on=date(2026, 1, 7))

    jobs.edit_job(job, by=recruiter, status=Job.Status.ON_HOLD, on_hold_on=date(2026, 2, 1))
    jobs.edit_job(job, by=recruiter, title="Engineer II")
    jobs.edit_job(job, by=recruiter, status=Job.Status.OPEN)
    jobs.edit_job(job, by=recruiter, status=Job.Status.FILLED, closed_on=date(2026, 3, 2))

    rows = job.status_changes.order_by("pk").values_list("status", "since_on")
    assert [status for status, _ in rows] == ["open", "on_hold", "open", "filled"]
    assert [day for _, day in rows][::3] == [date(2026, 1, 7), date(2026, 3, 2)]
    assert rows[1][1] == date(2026, 2, 1)
    job.refresh_from_db()
    assert (job.on_hold_on, job.closed_on) == (None, date(2026, 3, 2))


def test_team_page_adds_changes_and_takes_out(as_user, acme, recruiter, sourcer, job):
    client = as_user(recruiter)
    path = f"/acme/jobs/{job.pk}/team/"

    client.post(path, {"user": sourcer.pk, "role": "sourcer"})
    client.post(path, {"user": sourcer.pk, "role": "coordinator"})

    assert "Sourcer of Acme Coordinator" in words(client.get(path))
    with acting_in(acme):
        row = job.members.get()
    client.post(f"{path}{row.pk}/leave/")
    with acting_in(acme):
        assert not job.members.exists()


def test_who_loses_sight_of_a_job_follows_it_no_longer(in_acme, job, put_on, sourcer, recruiter):
    watching.watch_job(job, by=sourcer)
    jobs.edit_job(job, by=recruiter, is_confidential=True, owner=recruiter)
    put_on(job, "Ada Byron")
    watching.tell_watchers(timezone.now() + timedelta(minutes=1))

    assert not Notification.objects.filter(user=sourcer).exists()
    assert not JobWatch.objects.filter(user=sourcer).exists()


def test_who_still_sees_a_confidential_job_goes_on_following_it(
    in_acme, job, put_on, sourcer, recruiter
):
    watching.watch_job(job, by=sourcer)
    jobs.join_team(job, sourcer, role=JobMember.Role.SOURCER, by=recruiter)
    jobs.edit_job(job, by=recruiter, is_confidential=True, owner=recruiter)
    put_on(job, "Ada Byron")
    watching.tell_watchers(timezone.now() + timedelta(minutes=1))

    assert Notification.objects.get(user=sourcer).text == f"{job.title}: 1 person joined"


def test_a_job_that_becomes_confidential_is_not_named_by_what_was_told_before(
    in_acme, put_on, sourcer, recruiter, owner
):
    job = jobs.create_job(by=recruiter, title="Data Engineer (m/w) · C++", owner=recruiter)
    longer = jobs.create_job(by=recruiter, title=f"Senior {job.title}", owner=recruiter)
    card = put_on(job, "Ada Byron")
    put_on(longer, "Bo Li")
    stage = job.pipeline.stages.get(name="Offer")
    candidacies.move_card(card, to=stage, by=recruiter)
    transferring.transfer_candidacy(card, to=longer, by=recruiter)
    off = put_on(job, "Cy Young")
    taking_off.remove_from_job(off, by=recruiter)
    watching.watch_job(job, by=sourcer)
    put_on(job, "Di Ray")
    watching.tell_watchers(timezone.now() + timedelta(minutes=1))

    jobs.edit_job(job, by=recruiter, is_confidential=True, title="Chief")

    told = list(Touchpoint.objects.order_by("pk").values_list("summary", flat=True))
    assert [line for line in told if job.told_as in line] == [
        "Added to a confidential job: Sourced",
        "Moved from Sourced to Offer · a confidential job",
        f"Moved over from a confidential job, from Offer to Offer · {longer.title}",
        "Added to a confidential job: Sourced",
        "Taken off a confidential job",
        "Added to a confidential job: Sourced",
    ]
    assert f"Added to {longer.title}: Sourced" in told
    assert Notification.objects.get(user=sourcer).text == "a confidential job: 1 person joined"


def test_a_confidential_job_is_not_named_by_what_it_was_called_before(
    in_acme, put_on, sourcer, recruiter
):
    job = jobs.create_job(by=recruiter, title="Secret: CFO · Bern", owner=recruiter)
    card = put_on(job, "Ada Byron")
    candidacies.move_card(card, to=job.pipeline.stages.get(name="Offer"), by=recruiter)
    jobs.edit_job(job, by=recruiter, title="Finance head")
    feed, token = feeds.make_feed(sourcer, job=job)

    jobs.edit_job(job, by=recruiter, is_confidential=True)

    assert set(Touchpoint.objects.filter(kind="stage").values_list("summary", flat=True)) == {
        "Added to a confidential job: Sourced",
        "Moved from Sourced to Offer · a confidential job",
    }
    assert feeds.name_of(feed) == "a confidential job"
    assert "Finance head" not in (feeds.read_feed(token) or "")


@pytest.mark.django_db(transaction=True)
def test_acts_and_tasks_about_a_job_that_becomes_confidential_name_it_no_longer(
    acme, as_user, sourcer, recruiter, owner
):
    with acting_in(acme):
        job = jobs.create_job(by=recruiter, title="Data Engineer", owner=recruiter)
        ids = [CandidateFactory(full_name="Ada Byron", owner=sourcer).pk]
        put_few_on_job(job, ids, by=recruiter)
        act = bulk.start("job", ids, chosen={"job": job.pk}, title=title_of(job), by=recruiter)
        stage = job.pipeline.stages.get(name="Offer")
        add_task(title="Ask", assignee=sourcer, about=f"{job} · {stage}", link=f"{job.path}table/")
        rules.add_rule(
            stage,
            by=recruiter,
            action=StageRule.Action.NOTIFY,
            whom=StageRule.Whom.OWNER,
            title="Go",
        )

        jobs.edit_job(job, by=recruiter, is_confidential=True)

        candidacies.move_card(job.candidacies.get(), to=stage, by=recruiter)
    rules.run_due(acme)
    with acting_in(acme):
        change_sets = list(ChangeSet.objects.order_by("pk"))
        act.refresh_from_db()
        told = list(
            Notification.objects.filter(text__contains="is in Offer").values_list("user", flat=True)
        )
        assert not Notification.objects.filter(user=sourcer, text__contains=job.title).exists()
    assert act.title == "Put people on a confidential job"
    assert told == [recruiter.pk]
    client = as_user(sourcer)
    pages = [f"/acme/candidates/changes/{one.pk}/" for one in change_sets]
    for page in ["/acme/candidates/changes/", *pages, "/acme/tasks/"]:
        assert "Data Engineer" not in client.get(page).text, page
    assert "Put people on a confidential job" in client.get("/acme/candidates/changes/").text
    # Nor does its page tell whom they put there.
    assert client.get(pages[0]).status_code == 404
    assert as_user(recruiter).get(pages[0]).status_code == 200


def test_who_interviews_for_a_confidential_job_may_open_it(
    acme, as_user, job, put_on, owner, recruiter, sourcer, viewer
):
    with acting_in(acme):
        ada = put_on(job, "Ada Byron", emails=["ada@example.com"])
        soon = timezone.now() + timedelta(days=3)
        talk = arrange(ada, sourcer, by=recruiter, starts_at=soon)

        jobs.edit_job(job, by=recruiter, is_confidential=True, owner=recruiter)

        assert list(job.members.values_list("user", "role")) == [(sourcer.pk, "interviewer")]
        assert set(possible_interviewers(job)) == {owner, recruiter, sourcer}
        jobs.leave_team(job.members.get(), by=recruiter)
        before = Notification.objects.filter(user=sourcer).count()
        scheduling.move(talk, starts_at=soon + timedelta(hours=3), by=owner)
        assert Notification.objects.filter(user=sourcer).count() == before
        assert Notification.objects.filter(user=recruiter, text__contains="was moved").exists()

"""Putting people on a job from the job, a pool, a record."""

import pytest

from candidates.models import BulkAct, PoolMembership, TalentPool
from candidates.services.bulk import work_on
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Job
from pipelines.services import jobs
from tests.factories import CandidateFactory
from tests.pipelines.conftest import words


def on(acme, job) -> set[str]:
    with acting_in(acme):
        return set(job.candidacies.values_list("candidate__full_name", flat=True))


def acme_act(acme) -> int:
    with acting_in(acme):
        return BulkAct.objects.get().pk


def test_people_are_found_and_added(as_user, acme, recruiter, job, put_on):
    put_on(job, "Ada Byron")
    with acting_in(acme):
        alan = CandidateFactory(full_name="Alan Byron")
        CandidateFactory(full_name="Grace Murray")
    client = as_user(recruiter)

    found = words(client.get(f"/acme/jobs/{job.pk}/people/", {"q": "byron"}))
    client.post(f"/acme/jobs/{job.pk}/people/", {"ids": [alan.pk]})

    assert "Ada Byron Engineer Initech Sourced" in found
    assert "Alan Byron Engineer Initech" in found
    assert "Grace Murray" not in found
    assert on(acme, job) == {"Ada Byron", "Alan Byron"}


@pytest.mark.parametrize("number", [1, 3])
def test_people_cost_the_same_for_three(
    as_user, mode, acme, recruiter, job, number, around, django_assert_num_queries
):
    with acting_in(acme):
        for _ in range(number):
            CandidateFactory()
    client = as_user(recruiter)

    # job, ids, people, who is on it; the page has the menu of pools besides
    with django_assert_num_queries(around + (6 if mode == "plain" else 5)):
        content = client.get(f"/acme/jobs/{job.pk}/people/").content.decode()

    assert content.count('name="ids"') == number


def test_people_of_a_pool_are_added_at_once(as_user, acme, sourcer, job, put_on):
    card = put_on(job, "Ada Byron")
    with acting_in(acme):
        pool = TalentPool.objects.create(name="Backend in Lisbon")
        for person in (card.candidate, CandidateFactory(full_name="Alan Byron")):
            PoolMembership.objects.create(pool=pool, candidate=person)
    client = as_user(sourcer)

    asked = client.post(f"/acme/jobs/{job.pk}/people/", {"pool": pool.pk})

    assert "Put 2 people on the job" in words(asked)
    assert on(acme, job) == {"Ada Byron"}
    with acting_in(acme):
        PoolMembership.objects.create(pool=pool, candidate=CandidateFactory(full_name="Too Late"))
    frozen = asked.context["form"]["frozen"].value()
    client.post(f"/acme/jobs/{job.pk}/people/", {"frozen": frozen})
    assert on(acme, job) == {"Ada Byron", "Alan Byron"}


def test_people_nobody_chosen_is_said(as_user, acme, recruiter, job):
    response = as_user(recruiter).post(f"/acme/jobs/{job.pk}/people/", {})

    assert response.status_code == 409
    assert "Nobody is selected" in response.content.decode()


def test_consider_selected_puts_the_ticked_on_a_job(as_user, acme, recruiter, job):
    with acting_in(acme):
        ada = CandidateFactory(full_name="Ada Byron")
        CandidateFactory(full_name="Alan Mathison")

    as_user(recruiter).post(
        "/acme/jobs/consider/", {"job": job.pk, "ids": [ada.pk], "next": "/acme/candidates/"}
    )

    assert on(acme, job) == {"Ada Byron"}


def test_consider_selected_asks_which_job_first(as_user, mode, acme, recruiter, job):
    with acting_in(acme):
        ada = CandidateFactory(full_name="Ada Byron")
        jobs.create_job(by=recruiter, title="Filled already", status="filled")
    client = as_user(recruiter)
    selection = {"ids": [ada.pk], "next": "/acme/candidates/?q=ada"}

    asked = client.post("/acme/jobs/consider/", selection)

    content = asked.content.decode()
    assert ("<html" in content) == (mode == "plain")
    assert "Put 1 person on a job" in content
    assert f'<option value="{job.pk}">' in content
    assert "Filled already" not in content
    assert on(acme, job) == set()

    form = {"frozen": str(ada.pk), "next": "/acme/candidates/?q=ada", "job": job.pk}
    done = client.post("/acme/jobs/consider/", form)

    goes_to = done.headers["HX-Redirect"] if mode == "htmx" else done.url
    assert goes_to == "/acme/candidates/?q=ada"
    assert on(acme, job) == {"Ada Byron"}


def test_consider_puts_one_person_on_a_job(as_user, acme, recruiter, job):
    with acting_in(acme):
        person = CandidateFactory(full_name="Ada Byron")

    response = as_user(recruiter).post(f"/acme/jobs/consider/{person.pk}/", {"job": job.pk})

    assert response.url == f"/acme/candidates/{person.pk}/"
    assert on(acme, job) == {"Ada Byron"}


@pytest.mark.parametrize(("typed", "stored"), [("applied", "applied"), ("", "sourced")])
def test_who_puts_people_on_a_job_says_how_they_came_by_it(
    as_user, acme, recruiter, job, typed, stored
):
    with acting_in(acme):
        ada, alan = CandidateFactory(), CandidateFactory()
    client = as_user(recruiter)
    assert "They applied" in client.get(f"/acme/candidates/{ada.pk}/").text

    client.post(f"/acme/jobs/consider/{ada.pk}/", {"job": job.pk, "origin": typed})
    client.post("/acme/jobs/consider/", {"job": job.pk, "origin": typed, "ids": [alan.pk]})

    with acting_in(acme):
        found = dict(Candidacy.objects.values_list("candidate", "origin"))
    assert found == {ada.pk: stored, alan.pk: stored}


def test_how_many_came_by_a_job_is_kept_for_those_who_are_put_on_it_later(
    as_user, acme, recruiter, job, monkeypatch
):
    monkeypatch.setattr("pipelines.views.people.SMALL", 1)
    with acting_in(acme):
        people = [CandidateFactory().pk for _ in range(2)]

    as_user(recruiter).post(
        "/acme/jobs/consider/", {"job": job.pk, "origin": "applied", "ids": people}
    )
    work_on(acme, acme_act(acme))
    with acting_in(acme):
        assert set(Candidacy.objects.values_list("origin", flat=True)) == {"applied"}


def test_consider_refuses_a_filled_job(as_user, acme, recruiter, job):
    with acting_in(acme):
        person = CandidateFactory()
        jobs.edit_job(Job.objects.get(pk=job.pk), by=recruiter, status=Job.Status.FILLED)

    response = as_user(recruiter).post(f"/acme/jobs/consider/{person.pk}/", {"job": job.pk})

    assert response.status_code == 409
    assert "Choose one of the open jobs." in response.content.decode()
    assert on(acme, job) == set()


def test_consider_pool_counts_everybody_and_asks(as_user, mode, acme, recruiter, job):
    with acting_in(acme):
        pool = TalentPool.objects.create(name="Backend in Lisbon")
        for name in ("Ada Byron", "Alan Byron"):
            PoolMembership.objects.create(pool=pool, candidate=CandidateFactory(full_name=name))

    client, back = as_user(recruiter), f"/acme/pools/{pool.pk}/"
    asked = client.post(f"/acme/jobs/consider/pool/{pool.pk}/", {"job": job.pk})

    assert "Put 2 people on the job" in words(asked)
    assert on(acme, job) == set()
    with acting_in(acme):
        PoolMembership.objects.create(pool=pool, candidate=CandidateFactory(full_name="Too Late"))
    form = asked.context["form"]
    sent = {name: form[name].value() for name in ("frozen", "next")}
    done = client.post(f"/acme/jobs/{job.pk}/people/", sent)

    assert (done.headers["HX-Redirect"] if mode == "htmx" else done.url) == back
    assert on(acme, job) == {"Ada Byron", "Alan Byron"}


def test_nobody_in_a_pool_is_said(as_user, acme, recruiter, job):
    with acting_in(acme):
        pool = TalentPool.objects.create(name="Backend in Lisbon")

    answer = as_user(recruiter).post(f"/acme/jobs/consider/pool/{pool.pk}/", {"job": job.pk})

    assert answer.status_code == 409
    assert "Nobody is in the pool “Backend in Lisbon” yet." in words(answer)


def test_a_large_pool_is_put_on_a_job_in_the_background(as_user, acme, recruiter, job, monkeypatch):
    monkeypatch.setattr("pipelines.views.people.SMALL", 1)
    with acting_in(acme):
        pool = TalentPool.objects.create(name="Backend in Lisbon")
        ids = {CandidateFactory(pools=[pool]).pk for _ in range(2)}
    client = as_user(recruiter)

    asked = client.post(f"/acme/jobs/consider/pool/{pool.pk}/", {"job": job.pk})
    frozen = asked.context["form"]["frozen"].value()
    client.post(f"/acme/jobs/{job.pk}/people/", {"frozen": frozen})

    with acting_in(acme):
        act = BulkAct.objects.get(action="job")
        assert set(act.candidate_ids) == ids

"""What jobs add to the pages of candidates and pools, and which records hiring managers may open."""

import pytest

from candidates.models import PoolMembership, TalentPool
from crm.tenancy.scope import acting_in
from pipelines.services import candidacies, jobs
from tests.factories import CandidateFactory
from tests.pipelines.conftest import words


def test_record_shows_the_jobs_and_their_stages(as_user, acme, recruiter, job, put_on, stages):
    card = put_on(job, "Ada Byron")
    with acting_in(acme):
        candidacies.move_card(card, to=stages["Onsite"], by=recruiter)
        jobs.create_job(by=recruiter, title="Engineering Manager")

    response = as_user(recruiter).get(f"/acme/candidates/{card.candidate_id}/")

    content = response.content.decode()
    assert "Staff Backend Engineer Onsite Move to Sourced Contacted" in words(response)
    assert f'action="/acme/jobs/{job.pk}/move/"' in content
    assert f'action="/acme/jobs/consider/{card.candidate_id}/"' in content
    assert "Moved from Sourced to Onsite · Staff Backend Engineer" in words(response)


def test_record_is_read_only_for_viewers(as_user, viewer, job, put_on):
    card = put_on(job, "Ada Byron")

    content = as_user(viewer).get(f"/acme/candidates/{card.candidate_id}/").content.decode()

    assert f'href="/acme/jobs/{job.pk}/"' in content
    assert "/move/" not in content
    assert "/consider/" not in content


def test_list_shows_the_stage_of_the_newest_open_candidacy(
    as_user, acme, recruiter, job, put_on, stages
):
    card = put_on(job, "Ada Byron")
    with acting_in(acme):
        candidacies.move_card(card, to=stages["Offer"], by=recruiter)
        CandidateFactory(full_name="Alan Mathison")

    page = words(as_user(recruiter).get("/acme/candidates/"))

    assert "Ada Byron Engineer · Initech Offer" in page
    assert "Alan Mathison Engineer · Initech New" in page


def test_pool_offers_the_jobs(as_user, mode, acme, recruiter, job):
    with acting_in(acme):
        pool = TalentPool.objects.create(name="Backend in Lisbon")
        PoolMembership.objects.create(pool=pool, candidate=CandidateFactory())

    content = as_user(recruiter).get(f"/acme/pools/{pool.pk}/").content.decode()

    # The part that htmx redraws has no head.
    if mode == "plain":
        assert f'action="/acme/jobs/consider/pool/{pool.pk}/"' in content


@pytest.mark.parametrize("number", [1, 3])
def test_records_cost_the_same_for_three_jobs(
    as_user, acme, recruiter, number, django_assert_max_num_queries
):
    with acting_in(acme):
        person = CandidateFactory()
        for index in range(number):
            job = jobs.create_job(by=recruiter, title=f"Engineer {index}")
            candidacies.add_to_job(job, [person.pk], by=recruiter)
    client = as_user(recruiter)

    with django_assert_max_num_queries(42) as queries:
        client.get(f"/acme/candidates/{person.pk}/")

    mine = [query["sql"] for query in queries if 'FROM "pipelines_' in query["sql"]]
    # candidacies, jobs to be put on, stages of the menus, places in pools, interviews
    assert len(mine) == 5


def test_hiring_managers_open_the_records_of_their_jobs_only(
    as_user, acme, recruiter, manager, put_on
):
    with acting_in(acme):
        mine = jobs.create_job(by=recruiter, title="Mine to fill", managers=[manager])
        other = jobs.create_job(by=recruiter, title="Secret Plan")
    shared, hidden = put_on(mine, "Ada Byron"), put_on(other, "Bob Kahn")
    with acting_in(acme):
        candidacies.add_to_job(other, [shared.candidate_id], by=recruiter)
        candidacies.add_to_shortlist([shared.pk], job=mine, by=recruiter)
    client = as_user(manager)

    record = words(client.get(f"/acme/candidates/{shared.candidate_id}/"))

    assert "Ada Byron" in record
    assert "Mine to fill" in record
    assert client.get(f"/acme/candidates/{hidden.candidate_id}/").status_code == 404
    # That the person is considered for another job is none of the manager's business.
    assert "Secret Plan" not in record

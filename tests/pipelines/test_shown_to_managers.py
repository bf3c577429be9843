"""Hiring managers are shown whom recruiters have shortlisted for them, and whom they interview; nobody else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from candidates.queries import readable_candidates
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Interviewer, JobMember
from pipelines.services import candidacies
from tests.pipelines.conftest import words
from tests.pipelines.talks import arrange


@pytest.fixture
def cards(acme, job, put_on, manager, recruiter) -> dict[str, Candidacy]:
    """Ada is shortlisted, Bo is interviewed by the manager, Cy is neither."""
    people = {name: put_on(job, f"{name} Person") for name in ("Ada", "Bo", "Cy")}
    with acting_in(acme):
        JobMember.objects.create(job=job, user=manager)
        candidacies.add_to_shortlist([people["Ada"].pk], job=job, by=recruiter)
        soon = timezone.now() + timedelta(days=2)
        arrange(people["Bo"], manager, by=recruiter, starts_at=soon)
    return people


@pytest.mark.parametrize("path", ["", "table/", "?q=person", "table/?q=person"])
def test_board_and_table_show_managers_no_others(as_user, job, cards, manager, recruiter, path):
    shown = words(as_user(manager).get(f"/acme/jobs/{job.pk}/{path}"))
    assert [name for name in cards if f"{name} Person" in shown] == ["Ada", "Bo"]

    everybody = words(as_user(recruiter).get(f"/acme/jobs/{job.pk}/{path}"))
    assert all(f"{name} Person" in everybody for name in cards)


def test_numbers_of_managers_count_no_others(as_user, job, cards, manager, recruiter):
    assert "Sourced 2 " in words(as_user(manager).get(f"/acme/jobs/{job.pk}/"))
    assert "Sourced 3 " in words(as_user(recruiter).get(f"/acme/jobs/{job.pk}/"))


def test_pages_of_others_are_not_there_for_managers(client, acme, job, cards, manager):
    client.force_login(manager)
    for name, status in (("Ada", 200), ("Bo", 200), ("Cy", 404)):
        card = cards[name]
        assert client.get(f"/acme/jobs/candidacies/{card.pk}/").status_code == status
        assert client.get(f"/acme/candidates/{card.candidate_id}/").status_code == status


def test_records_of_others_are_not_readable(acme, cards, manager):
    with acting_in(acme):
        membership = Membership.objects.get(user=manager, organization=acme)
        names = readable_candidates(membership).values_list("full_name", flat=True)
        assert sorted(names) == ["Ada Person", "Bo Person"]


def test_who_leaves_the_interview_sees_the_person_no_longer(client, acme, job, cards, manager):
    with acting_in(acme):
        Interviewer.objects.update(removed_at=cards["Bo"].created_at)
    client.force_login(manager)

    assert "Bo Person" not in client.get(f"/acme/jobs/{job.pk}/").text

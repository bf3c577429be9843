"""Moving people through a job: nothing is lost, nobody moves a card unseen."""

import pytest

from candidates.models import Candidate, Touchpoint
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from pipelines.models import Job, StageChange
from pipelines.services import candidacies, jobs, taking_off
from pipelines.signals import candidacy_moved

pytestmark = pytest.mark.usefixtures("in_acme")


def history(candidacy) -> list[str]:
    return [change.to.name for change in candidacy.stage_changes.order_by("at", "id")]


def test_add_to_job_puts_people_into_the_first_stage_once(job, recruiter, stages):
    people = [Candidate.objects.create(full_name=name) for name in ("Ada Byron", "Alan Mathison")]

    added = candidacies.add_to_job(job, [person.pk for person in people], by=recruiter)
    again = candidacies.add_to_job(job, [person.pk for person in people], by=recruiter)

    assert (added, again) == (2, 0)
    assert {row.stage for row in job.candidacies.all()} == {stages["Sourced"]}
    assert StageChange.objects.filter(origin=None, to=stages["Sourced"]).count() == 2
    entry = people[0].touchpoints.get()
    assert entry.kind == Touchpoint.Kind.STAGE
    assert entry.summary == "Added to Staff Backend Engineer: Sourced"
    assert entry.link == f"jobs/{job.pk}/"
    assert AuditEntry.objects.get(action="candidacy.added").details == {"count": 2}


def test_add_to_job_costs_the_same_for_three_people(job, recruiter, django_assert_num_queries):
    people = [Candidate.objects.create(full_name=f"Person {n}").pk for n in range(4)]

    # Two lock what is sent to them, one asks which sequences stop there.
    with django_assert_num_queries(9):
        candidacies.add_to_job(job, people[:1], by=recruiter)
    with django_assert_num_queries(9):
        candidacies.add_to_job(job, people[1:], by=recruiter)

    assert job.candidacies.count() == 4


def test_add_to_job_passes_over_people_of_others(job, recruiter, globex):
    with acting_in(globex):
        theirs = Candidate.objects.create(full_name="Grace Murray").pk

    assert candidacies.add_to_job(job, [theirs], by=recruiter) == 0


def test_add_to_job_refuses_a_filled_job(job, recruiter):
    jobs.edit_job(job, by=recruiter, status=Job.Status.FILLED)
    person = Candidate.objects.create(full_name="Ada Byron")

    with pytest.raises(candidacies.JobClosed, match="is filled"):
        candidacies.add_to_job(job, [person.pk], by=recruiter)

    assert not job.candidacies.exists()


def test_move_candidacy_keeps_the_history_and_tells_it(ada, stages, recruiter):
    seen = []
    receiver = lambda **kwargs: seen.append((kwargs["origin"].name, kwargs["to"].name))  # noqa: E731
    candidacy_moved.connect(receiver)

    try:
        candidacies.move_card(ada, to=stages["Phone screen"], by=recruiter, version=0)
    finally:
        candidacy_moved.disconnect(receiver)

    ada.refresh_from_db()
    assert (ada.stage, ada.version, ada.closed_at) == (stages["Phone screen"], 1, None)
    assert history(ada) == ["Sourced", "Phone screen"]
    entry = ada.candidate.touchpoints.order_by("-id").first()
    assert entry.summary == "Moved from Sourced to Phone screen · Staff Backend Engineer"
    assert (entry.actor, entry.at) == (recruiter, ada.entered_stage_at)
    assert AuditEntry.objects.filter(action="candidacy.moved", object_id=ada.pk).count() == 1
    assert seen == [("Sourced", "Phone screen")]


def test_move_candidacy_to_where_it_is_changes_nothing(ada, stages, recruiter):
    candidacies.move_card(ada, to=stages["Sourced"], by=recruiter)

    assert history(ada) == ["Sourced"]
    assert ada.version == 0


def test_move_candidacy_refuses_an_old_version(ada, stages, recruiter):
    candidacies.move_card(ada, to=stages["Contacted"], by=recruiter, version=0)

    with pytest.raises(candidacies.StaleCandidacy, match="Ada Byron to “Contacted” meanwhile"):
        candidacies.move_card(ada, to=stages["Offer"], by=recruiter, version=0)

    assert history(ada) == ["Sourced", "Contacted"]


def test_move_candidacy_refuses_a_stage_of_another_job(ada, recruiter):
    other = jobs.create_job(by=recruiter, title="Engineering Manager")

    with pytest.raises(candidacies.WrongStage):
        candidacies.move_card(ada, to=other.first_stage, by=recruiter)


@pytest.mark.parametrize("name", ["Hired", "Rejected"])
def test_move_candidacy_refuses_a_closed_one_until_reopened(ada, stages, recruiter, name):
    candidacies.move_card(ada, to=stages["Onsite"], by=recruiter)
    candidacies.move_card(ada, to=stages[name], by=recruiter)
    assert ada.closed_at == ada.entered_stage_at

    with pytest.raises(candidacies.CandidacyClosed, match="Reopen it first"):
        candidacies.move_card(ada, to=stages["Offer"], by=recruiter)
    candidacies.reopen_candidacy(ada, by=recruiter)

    assert (ada.stage, ada.closed_at) == (stages["Onsite"], None)
    assert history(ada) == ["Sourced", "Onsite", name, "Onsite"]
    assert AuditEntry.objects.filter(action="candidacy.reopened").count() == 1


def test_remove_from_job_takes_off_only_who_was_never_moved(ada, stages, recruiter):
    person = ada.candidate
    candidacies.move_card(ada, to=stages["Contacted"], by=recruiter)
    with pytest.raises(taking_off.HasHistory):
        taking_off.remove_from_job(ada, by=recruiter)
    assert history(ada) == ["Sourced", "Contacted"]

    other = jobs.create_job(by=recruiter, title="Engineering Manager")
    candidacies.add_to_job(other, [person.pk], by=recruiter)
    taking_off.remove_from_job(other.candidacies.get(), by=recruiter)

    assert not other.candidacies.exists()
    assert person.touchpoints.order_by("-id").first().summary == "Taken off Engineering Manager"


def test_pressing_the_same_stars_twice_keeps_them_and_no_rating_takes_them(as_user, ada, recruiter):
    client, path = as_user(recruiter), f"/acme/jobs/candidacies/{ada.pk}/rate/"
    for _ in range(2):
        client.post(path, {"rating": "4"})
        ada.refresh_from_db()
        assert ada.rating == 4
    assert 'name="rating" value=""' in client.get(f"/acme/jobs/candidacies/{ada.pk}/").text

    for _ in range(2):
        client.post(path, {"rating": ""})
        ada.refresh_from_db()
        assert ada.rating is None

"""Moving people through a job: nothing is lost, nobody moves a card unseen."""

import threading

import pytest
from django.db import connection

from candidates.models import Candidate, Touchpoint
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Job, Stage, StageChange
from pipelines.services import candidacies, jobs
from pipelines.signals import candidacy_moved


@pytest.fixture
def job(in_acme, recruiter) -> Job:
    return jobs.create_job(by=recruiter, title="Staff Backend Engineer")


@pytest.fixture
def stages(job) -> dict[str, Stage]:
    return {stage.name: stage for stage in job.pipeline.stages.all()}


@pytest.fixture
def ada(job, recruiter) -> Candidacy:
    person = Candidate.objects.create(full_name="Ada Byron")
    candidacies.add_to_job(job, [person.pk], by=recruiter)
    return Candidacy.objects.get(candidate=person)


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

    with django_assert_num_queries(6):
        candidacies.add_to_job(job, people[:1], by=recruiter)
    with django_assert_num_queries(6):
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
        candidacies.move_candidacy(ada, to=stages["Phone screen"], by=recruiter, version=0)
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
    candidacies.move_candidacy(ada, to=stages["Sourced"], by=recruiter)

    assert history(ada) == ["Sourced"]
    assert ada.version == 0


def test_move_candidacy_refuses_an_old_version(ada, stages, recruiter):
    candidacies.move_candidacy(ada, to=stages["Contacted"], by=recruiter, version=0)

    with pytest.raises(candidacies.StaleCandidacy, match="Ada Byron to “Contacted” meanwhile"):
        candidacies.move_candidacy(ada, to=stages["Offer"], by=recruiter, version=0)

    assert history(ada) == ["Sourced", "Contacted"]


def test_move_candidacy_refuses_a_stage_of_another_job(ada, recruiter):
    other = jobs.create_job(by=recruiter, title="Engineering Manager")

    with pytest.raises(candidacies.WrongStage):
        candidacies.move_candidacy(ada, to=other.first_stage, by=recruiter)


@pytest.mark.parametrize("name", ["Hired", "Rejected"])
def test_move_candidacy_refuses_a_closed_one_until_reopened(ada, stages, recruiter, name):
    candidacies.move_candidacy(ada, to=stages["Onsite"], by=recruiter)
    candidacies.move_candidacy(ada, to=stages[name], by=recruiter)
    assert ada.closed_at == ada.entered_stage_at

    with pytest.raises(candidacies.CandidacyClosed, match="Reopen it first"):
        candidacies.move_candidacy(ada, to=stages["Offer"], by=recruiter)
    candidacies.reopen_candidacy(ada, by=recruiter)

    assert (ada.stage, ada.closed_at) == (stages["Onsite"], None)
    assert history(ada) == ["Sourced", "Onsite", name, "Onsite"]
    assert AuditEntry.objects.filter(action="candidacy.reopened").count() == 1


def test_remove_from_job_takes_off_only_who_was_never_moved(ada, stages, recruiter):
    person = ada.candidate
    candidacies.move_candidacy(ada, to=stages["Contacted"], by=recruiter)
    with pytest.raises(candidacies.HasHistory):
        candidacies.remove_from_job(ada, by=recruiter)
    assert history(ada) == ["Sourced", "Contacted"]

    other = jobs.create_job(by=recruiter, title="Engineering Manager")
    candidacies.add_to_job(other, [person.pk], by=recruiter)
    candidacies.remove_from_job(other.candidacies.get(), by=recruiter)

    assert not other.candidacies.exists()
    assert person.touchpoints.order_by("-id").first().summary == "Taken off Engineering Manager"


@pytest.mark.django_db(transaction=True)
def test_move_candidacy_by_two_at_once_lets_one_win(acme, recruiter):
    """Two connections that saw the same version: one moves, the other is told."""
    with acting_in(acme):
        job = jobs.create_job(by=recruiter, title="Staff Backend Engineer")
        stages = list(job.pipeline.stages.all())
        person = Candidate.objects.create(full_name="Ada Byron")
        candidacies.add_to_job(job, [person.pk], by=recruiter)
        pk = job.candidacies.get().pk
    start, results = threading.Barrier(2), []

    def move(to: Stage) -> None:
        try:
            with acting_in(acme):
                candidacy = Candidacy.objects.get(pk=pk)
                start.wait(timeout=10)
                candidacies.move_candidacy(candidacy, to=to, by=recruiter, version=0)
            results.append("moved")
        except candidacies.StaleCandidacy:
            results.append("stale")
        finally:
            connection.close()

    movers = [threading.Thread(target=move, args=[stage]) for stage in stages[1:3]]
    for mover in movers:
        mover.start()
    for mover in movers:
        mover.join(timeout=20)

    with acting_in(acme):
        candidacy = Candidacy.objects.get(pk=pk)
        assert sorted(results) == ["moved", "stale"]
        assert candidacy.version == 1
        assert candidacy.stage_changes.count() == 2

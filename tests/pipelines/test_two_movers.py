"""Two people move the same card at the same time, on two connections."""

import threading

import pytest
from django.db import connection

from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Stage
from pipelines.services import candidacies, jobs
from tests.factories import CandidateFactory


@pytest.mark.django_db(transaction=True)
def test_move_candidacy_by_two_at_once_lets_one_win(acme, recruiter):
    """Two connections that saw the same version: one moves, the other is told."""
    with acting_in(acme):
        job = jobs.create_job(by=recruiter, title="Staff Backend Engineer")
        stages = list(job.pipeline.stages.all())
        person = CandidateFactory(full_name="Ada Byron")
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

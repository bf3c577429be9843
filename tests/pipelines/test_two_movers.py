"""Two people move the same card at the same time, on two connections."""

import threading
from functools import partial

import pytest
from django.db import connection

from candidates.models import Task
from candidates.services import pools
from crm.tenancy.scope import acting_in
from crm.web.errors import DomainError
from pipelines.models import Candidacy, PoolPlace, ReviewLink, RuleRun, StageRule
from pipelines.services import candidacies, jobs, many, pool_stages, rules
from pipelines.services.reviews import linking
from tests.factories import CandidateFactory, TalentPoolFactory


@pytest.mark.django_db(transaction=True)
def test_move_candidacy_by_two_at_once_lets_one_win(acme, recruiter):
    """Two connections that saw the same version: one moves, the other is told."""
    with acting_in(acme):
        job = jobs.create_job(by=recruiter, title="Staff Backend Engineer")
        stages = list(job.pipeline.stages.all())
        person = CandidateFactory(full_name="Ada Byron")
        candidacies.add_to_job(job, [person.pk], by=recruiter)
        pk = job.candidacies.get().pk
    results = _at_once(
        acme,
        *(
            lambda to=to: candidacies.move_card(
                Candidacy.objects.get(pk=pk), to=to, by=recruiter, version=0
            )
            for to in stages[1:3]
        ),
    )

    with acting_in(acme):
        candidacy = Candidacy.objects.get(pk=pk)
        assert sorted(results) == ["StaleCandidacy", "done"]
        assert candidacy.version == 1
        assert candidacy.stage_changes.count() == 2


@pytest.mark.django_db(transaction=True)
def test_many_and_one_at_once_lose_no_move(acme, recruiter):
    with acting_in(acme):
        job = jobs.create_job(by=recruiter, title="Staff Backend Engineer")
        stages = list(job.pipeline.stages.all())
        people = [CandidateFactory().pk for _ in range(4)]
        candidacies.add_to_job(job, people, by=recruiter)
        seen = dict(job.candidacies.values_list("pk", "version"))
    first = min(seen)

    results = _at_once(
        acme,
        lambda: many.move_many(job, seen, to=stages[1], by=recruiter),
        lambda: candidacies.move_card(
            Candidacy.objects.get(pk=first), to=stages[2], by=recruiter, version=0
        ),
    )

    with acting_in(acme):
        rows = {row.pk: row for row in Candidacy.objects.all()}
        assert {row.version for row in rows.values()} == {1}
        assert {row.stage_id for pk, row in rows.items() if pk != first} == {stages[1].pk}
        assert all(row.stage_changes.count() == 2 for row in rows.values())
        one_won = rows[first].stage_id == stages[2].pk
    assert results.count("done") == (2 if one_won else 1)


@pytest.mark.django_db(transaction=True)
def test_two_movers_of_a_place_in_a_pool_let_one_win(acme, recruiter):
    with acting_in(acme):
        pool = TalentPoolFactory()
        staged = pool_stages.give_stages(pool, by=recruiter)
        stages = list(staged.pipeline.stages.all())
        pools.add_to_pool(pool, [CandidateFactory().pk], by=recruiter)
        pk = PoolPlace.objects.get().pk
    results = _at_once(
        acme,
        *(
            lambda to=to: candidacies.move_card(
                PoolPlace.objects.get(pk=pk), to=to, by=recruiter, version=0
            )
            for to in stages[1:3]
        ),
    )

    with acting_in(acme):
        place = PoolPlace.objects.get(pk=pk)
        assert sorted(results) == ["StaleCandidacy", "done"]
        assert (place.version, place.stage_changes.count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_who_joins_while_stages_are_made_is_in_the_first_one(acme, recruiter):
    with acting_in(acme):
        pool = TalentPoolFactory()
        people = [CandidateFactory().pk for _ in range(20)]
    results = _at_once(
        acme,
        lambda: pool_stages.give_stages(pool, by=recruiter),
        *(lambda pk=pk: pools.add_to_pool(pool, [pk], by=recruiter) for pk in people[:8]),
    )

    with acting_in(acme):
        assert results == ["done"] * 9
        assert sorted(PoolPlace.objects.values_list("candidate", flat=True)) == people[:8]


@pytest.mark.django_db(transaction=True)
def test_two_workers_run_a_rule_once(acme, recruiter):
    with acting_in(acme):
        job = jobs.create_job(by=recruiter, title="Staff Backend Engineer")
        rules.add_rule(
            job.first_stage,
            by=recruiter,
            action=StageRule.Action.TASK,
            title="Look",
            whom=StageRule.Whom.MEMBER,
            member=recruiter,
        )
        candidacies.add_to_job(job, [CandidateFactory().pk for _ in range(5)], by=recruiter)

    _outside(lambda: rules.run_due(acme), lambda: rules.run_due(acme))

    with acting_in(acme):
        assert Task.objects.count() == 5
        assert set(RuleRun.objects.values_list("state", flat=True)) == {RuleRun.State.DONE}


@pytest.mark.django_db(transaction=True)
def test_two_links_for_one_address_at_once_leave_one_open(acme, recruiter):
    with acting_in(acme):
        job = jobs.create_job(by=recruiter, title="Staff Backend Engineer")

    make = partial(linking.make_link, job, email="boss@elsewhere.example", days=7, by=recruiter)
    results = _at_once(acme, make, make, make)

    with acting_in(acme):
        assert results == ["done"] * 3
        assert ReviewLink.objects.filter(revoked_at=None).count() == 1


def _at_once(organization, *acts) -> list[str]:
    """Each act on a connection of its own, in the organization, all at the same moment."""

    def inside(act):
        with acting_in(organization):
            act()

    return _outside(*(lambda act=act: inside(act) for act in acts))


def _outside(*acts) -> list[str]:
    """What became of each: done, or the name of the refusal."""
    start, results = threading.Barrier(len(acts)), []

    def run(act) -> None:
        try:
            start.wait(timeout=10)
            act()
            results.append("done")
        except DomainError as refusal:
            results.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return results

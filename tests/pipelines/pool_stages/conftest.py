"""A pool with stages for the tests here."""

import pytest

from candidates.models import (
    ChangeSet,
)
from candidates.services import pools
from candidates.services.changes.undoing import start_undo, undo_batch
from crm.tenancy.scope import acting_in
from pipelines.models import PoolPlace, Stage, StagedPool
from pipelines.services import pool_stages
from tests.factories import CandidateFactory, TalentPoolFactory


@pytest.fixture
def staged(acme, recruiter) -> StagedPool:
    with acting_in(acme):
        return pool_stages.give_stages(TalentPoolFactory(name="Designers"), by=recruiter)


@pytest.fixture
def steps(acme, staged) -> dict[str, Stage]:
    with acting_in(acme):
        return {stage.name: stage for stage in staged.pipeline.stages.all()}


@pytest.fixture
def join(acme, recruiter, staged):
    """`join("Ada Byron")` makes somebody of the pool and returns the place."""

    def make(name: str, **fields) -> PoolPlace:
        with acting_in(acme):
            person = CandidateFactory(full_name=name, **fields)
            pools.add_to_pool(staged.pool, [person.pk], by=recruiter)
            return PoolPlace.objects.select_related("candidate", "stage", "pool").get(
                candidate=person, closed_at=None
            )

    return make


def url(staged, rest: str = "board/") -> str:
    return f"/acme/pools/{staged.pk}/{rest}"


def move(client, place, stage, version=None, **fields):
    return client.post(
        f"/acme/pools/{place.pool_id}/move/",
        {
            "card": place.pk,
            "stage": stage.pk,
            "version": place.version if version is None else version,
            **fields,
        },
    )


def undo(change_set: ChangeSet, by) -> None:
    change_set = start_undo(change_set, by=by)
    while not undo_batch(change_set.pk):
        pass


def standing(person=None) -> list[tuple[str, bool, list[str]]]:
    """Each place, the oldest first: its stage, whether it is open, and the stages of its history."""
    rows = PoolPlace.objects.select_related("stage").order_by("pk")
    rows = rows.filter(candidate=person) if person else rows
    return [
        (
            row.stage.name,
            row.closed_at is None,
            [change.to.name for change in row.stage_changes.order_by("at", "pk")],
        )
        for row in rows
    ]


# Having stages

"""Whatever people do with who is in a pool with stages, in whatever order: one open place each, with a whole history."""

import pytest
from django.db.models import QuerySet
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from candidates.services import pools
from pipelines.models import PoolPlace, PoolStageChange
from pipelines.services import candidacies, many, pool_stages
from tests.factories import CandidateFactory, TalentPoolFactory

WHICH = st.integers(0, 1)
PLACES = st.integers(0, 4)


class PoolMachine(RuleBasedStateMachine):
    """Two people who join and leave one pool, and are moved by everything that moves its cards.

    `told` is the model: for each place the stages entered, the newest place of a person last.
    """

    recruiter = None

    def __init__(self) -> None:
        super().__init__()
        self.staged = pool_stages.give_stages(TalentPoolFactory(), by=self.recruiter)
        self.stages = list(self.staged.pipeline.stages.order_by("position"))
        self.people = [CandidateFactory() for _ in range(2)]
        self.told: dict[int, list[int]] = {}

    def places(self) -> QuerySet[PoolPlace]:
        rows = PoolPlace.objects.filter(pool=self.staged.pool)
        return rows.select_related("pool", "stage", "candidate")

    def place(self, which: int) -> PoolPlace | None:
        return self.places().filter(candidate=self.people[which], closed_at=None).first()

    @rule(which=WHICH)
    def join(self, which: int) -> None:
        was_in = self.place(which) is not None
        pools.add_to_pool(self.staged.pool, [self.people[which].pk], by=self.recruiter)
        place = self.place(which)
        assert place is not None
        if not was_in:
            assert place.pk not in self.told
            self.told[place.pk] = [self.stages[0].pk]

    @rule(which=WHICH)
    def leave(self, which: int) -> None:
        pools.remove_from_pool(self.staged.pool, [self.people[which].pk], by=self.recruiter)
        assert self.place(which) is None

    @rule(which=WHICH, number=PLACES)
    def move(self, which: int, number: int) -> None:
        place, to = self.place(which), self.stages[number % len(self.stages)]
        if place is None:
            return
        if place.stage_id != to.pk:
            self.told[place.pk].append(to.pk)
        candidacies.move_card(place, to=to, by=self.recruiter)

    @rule(which=WHICH, number=PLACES)
    def move_with_an_old_version(self, which: int, number: int) -> None:
        place, to = self.place(which), self.stages[number % len(self.stages)]
        if place is not None:
            with pytest.raises(candidacies.StaleCandidacy):
                candidacies.move_card(place, to=to, by=self.recruiter, version=place.version + 1)

    @rule(number=PLACES)
    def move_everybody(self, number: int) -> None:
        to = self.stages[number % len(self.stages)]
        here = list(self.places().filter(closed_at=None))
        if not here:
            return
        seen = {place.pk: place.version for place in here}
        for place in here:
            if place.stage_id != to.pk:
                self.told[place.pk].append(to.pk)
        many.move_many(self.staged, seen, to=to, by=self.recruiter)

    @rule(which=WHICH)
    def undo(self, which: int) -> None:
        place = self.place(which)
        if place is None:
            return
        told = self.told[place.pk]
        candidacies.undo_move(place, by=self.recruiter, version=place.version)
        # Who has never been moved stays in the first stage.
        if len(told) > 1:
            told.append(told[-2])

    @invariant()
    def history_tells_every_move_and_only_those(self) -> None:
        assert set(self.places().values_list("pk", flat=True)) == set(self.told)
        for pk, told in self.told.items():
            changes = list(PoolStageChange.objects.filter(place=pk).order_by("id"))
            assert [row.to_id for row in changes] == told
            assert [row.origin_id for row in changes] == [None, *told[:-1]]

    @invariant()
    def the_card_stands_where_its_history_ends(self) -> None:
        for place in self.places():
            told = self.told[place.pk]
            assert (place.stage_id, place.version) == (told[-1], len(told) - 1)
            assert place.entered_stage_at == place.stage_changes.latest("id").at

    @invariant()
    def who_is_in_the_pool_has_one_open_place_and_nobody_else_has(self) -> None:
        inside = self.staged.pool.memberships.values_list("candidate", flat=True)
        places = self.places().filter(closed_at=None).values_list("candidate", flat=True)
        assert sorted(places) == sorted(inside)


def test_no_path_loses_history_or_shows_two_places(in_acme, recruiter):
    machine = type("Machine", (PoolMachine,), {"recruiter": recruiter})
    run_state_machine_as_test(machine, settings=settings(max_examples=25, stateful_step_count=15))

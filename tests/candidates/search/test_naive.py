"""The database agrees with the plainest reading of a search: of each field by itself, and of random trees."""

from collections import defaultdict
from random import Random

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from candidates.queries.search import (
    ANY_READER,
    Combine,
    Condition,
    Field,
    Group,
    PeopleQuery,
    Searcher,
    parse,
    prepare,
    registry,
    simplified,
    write,
)
from candidates.queries.search.custom import custom_search_fields
from tests.candidates.search.drawing import conditions, people, tree
from tests.candidates.search.naive import Asker, Person, finds
from tests.candidates.search.naive_rows import CHECKS, CUSTOM, checks_of
from tests.candidates.search.world import KINDS, NOW, ZONES, World, make_world, memberships, store

# Somebody with private notes, nobody in particular, somebody who knows all jobs, and a hiring manager.
ROLES = ("recruiter", "", "owner", "manager")
# What is found in these depends on who asks.
OF_ASKER = {"text", "note", "owner", "job", "stage", "considered", "moved"}
CAST = 64


@pytest.fixture(autouse=True)
def _evening():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(in_acme, owner, recruiter, manager) -> World:
    return make_world({"owner": owner, "recruiter": recruiter, "manager": manager})


@pytest.fixture
def stored(world) -> dict[int, Person]:
    return store(people(world, seed=0, number=CAST), world)


class Asking:
    """One who asks: as the product knows them, and as the plain reading does."""

    def __init__(self, world: World, organization, role: str, zone: str = "UTC") -> None:
        self.searcher = Searcher(memberships(organization)[role]) if role else ANY_READER
        self.asker: Asker = world.asker(role, ZONES[zone])
        self.checks = checks_of(world.kinds)
        self.fields: dict[str, Field] = dict(registry.fields)
        self.fields |= custom_search_fields(None, self.searcher.role)
        self.conditions = {
            key: conditions(one, world, self.asker.names.get(key, {}), has_me=bool(role))
            for key, one in self.fields.items()
        }

    def expected(self, where: Group, persons: dict[int, Person]) -> set[int]:
        return {pk for pk, one in persons.items() if finds(where, one, self.asker, self.checks)}

    def found(self, where: Group, *, is_read_again: bool = False) -> set[int]:
        prepared = prepare(PeopleQuery(where), searcher=self.searcher)
        assert prepared.problems == [], where
        if is_read_again:
            # The same tree, stored, and written as text.
            assert PeopleQuery.from_json(PeopleQuery(where).as_json()).where == simplified(where)
            written = write(where, fields=prepared.fields, names=prepared.names)
            assert parse(written, searcher=self.searcher) == simplified(where), written
        return set(prepared.people().values_list("pk", flat=True))


def test_every_field_and_kind_of_custom_field_is_read_plainly():
    assert set(CHECKS) == set(registry.fields)
    assert set(CUSTOM) == set(KINDS)


def test_every_operator_of_every_field_is_drawn(world, in_acme):
    asking = Asking(world, in_acme, "owner")
    assert {key.partition(".")[2] for key in world.kinds} == set(KINDS)
    assert set(asking.fields) == set(CHECKS) | set(world.kinds)
    for key, field in asking.fields.items():
        assert {one.operator for one in asking.conditions[key]} == set(field.operators), key


@pytest.mark.parametrize(
    ("role", "zone"),
    [*((role, "UTC") for role in ROLES), *(("recruiter", zone) for zone in list(ZONES)[1:])],
)
def test_each_field_finds_whom_the_plain_reading_finds(world, in_acme, stored, role, zone):
    asking = Asking(world, in_acme, role, zone)
    wrong = []
    with timezone.override(zone):
        for key, drawn in asking.conditions.items():
            depends = key in OF_ASKER or key.startswith("candidacy.")
            if role != "recruiter" and not depends:
                continue
            if zone != "UTC" and asking.fields[key].kind != "date":
                continue
            for one in drawn:
                where = Group(Combine.ALL, (one,))
                expected, found = asking.expected(where, stored), asking.found(where)
                if found != expected:
                    wrong.append((one, found - expected, expected - found))
    assert wrong == [], wrong


def test_each_operator_finds_some_people_and_leaves_out_others(world, in_acme, stored):
    """What finds everybody, or nobody, would agree with a field that does nothing."""
    asking = Asking(world, in_acme, "owner")
    told = defaultdict(set)
    for drawn in asking.conditions.values():
        for one in drawn:
            found = asking.expected(Group(Combine.ALL, (one,)), stored)
            told[one.field, one.operator].add(0 < len(found) < len(stored))
    assert [what for what, tells in told.items() if True not in tells] == []


@pytest.mark.parametrize("role", ROLES)
@hypothesis_settings(
    max_examples=3,
    # Making a failure smaller would store people for minutes.
    phases=[Phase.reuse, Phase.generate],
)
@given(seed=st.integers(0, 2**32), zone=st.sampled_from(list(ZONES)))
def test_random_trees_find_whom_the_plain_reading_finds(world, in_acme, role, seed, zone):
    asking = Asking(world, in_acme, role, zone)
    drawn = [one for of_field in asking.conditions.values() for one in of_field]
    random = Random(seed)  # noqa: S311 - the same trees for the same seed
    # Each example has its own people.
    before = transaction.savepoint()
    try:
        persons = store(people(world, seed, number=14), world)
        with timezone.override(zone):
            for _ in range(60):
                where = tree(random, _mixed(random, drawn))
                found = asking.found(where, is_read_again=True)
                assert found == asking.expected(where, persons), where
    finally:
        transaction.savepoint_rollback(before)


def _mixed(random: Random, drawn: list[Condition]) -> list[Condition]:
    """As many conditions of a field that has few of them as of one that has many."""
    fields = sorted({one.field for one in drawn})
    return [
        random.choice([one for one in drawn if one.field == field])
        for field in random.sample(fields, min(8, len(fields)))
    ]

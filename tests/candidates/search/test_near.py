"""Searching by distance, by warmth, and by a time zone that the town has."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from candidates.models import Candidate, CandidatePreference, Touchpoint
from candidates.queries.search import ANY_READER, PeopleQuery, QueryError, find_people, parse
from candidates.queries.warmth import score_of
from candidates.services.freshening import freshen_batch
from candidates.services.gazetteer import find_place, kilometers
from candidates.services.timeline import add_touchpoint
from tests.factories import CandidateFactory


def found(text: str) -> set[str]:
    query = PeopleQuery(parse(text, searcher=ANY_READER))
    rows = find_people(query, searcher=ANY_READER)
    return set(
        Candidate.objects.filter(pk__in=[row.pk for row in rows]).values_list(
            "full_name", flat=True
        )
    )


TOWNS = [("Lisbon", "PT"), ("Sintra", "PT"), ("Porto", "PT"), ("Madrid", "ES"), ("Auckland", "NZ")]


@pytest.fixture
def spread(in_acme):
    for city, country in TOWNS:
        CandidateFactory(full_name=city, city=city, country=country)
    CandidateFactory(full_name="Nowhere", city="")
    freshen_batch()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('near:"Lisbon 50 km"', {"Lisbon", "Sintra"}),
        ("near:Lisbon 50 km", {"Lisbon", "Sintra"}),
        ("near:Lisbon, PT 300km", {"Lisbon", "Sintra", "Porto"}),
        ("near:Lisbon,Madrid,ES 300 km", {"Lisbon", "Sintra", "Madrid"}),
        ("near:Lisbon 300 km Porto", {"Porto"}),
        ("near:lisboa", {"Lisbon", "Sintra"}),
        ('near:"Lisbon, PT 300km"', {"Lisbon", "Sintra", "Porto"}),
        ('near:"Lisbon 300 km","Madrid"', {"Lisbon", "Sintra", "Porto", "Madrid"}),
        ('-near:"Lisbon 700 km"', {"Auckland", "Nowhere"}),
    ],
)
def test_people_near_a_town_are_found(spread, text, names):
    assert found(text) == names


def test_town_that_nobody_knows_is_said(in_acme):
    with pytest.raises(QueryError, match="No one town is known as “Xyzzyville 50 km”"):
        parse('near:"Xyzzyville 50 km"', searcher=ANY_READER)


@settings(
    max_examples=20,
)
@given(center=st.sampled_from(TOWNS), radius=st.integers(1, 4000))
def test_distance_in_the_database_is_that_of_the_gazetteer(spread, center, radius):
    here = find_place(*center)
    assert here is not None
    near = set()
    for city, country in TOWNS:
        there = find_place(city, country)
        assert there is not None
        if kilometers(here.latitude, here.longitude, there.latitude, there.longitude) <= radius:
            near.add(city)

    assert found(f'near:"{center[0]}, {center[1]} {radius} km"') == near


def test_warmth_is_compared_as_it_is_now(in_acme):
    now = timezone.now()
    for name, days in (("Warm", 1), ("Cool", 200)):
        person = CandidateFactory(full_name=name)
        add_touchpoint(person, Touchpoint.Kind.MEETING, "Met", at=now - timedelta(days=days))
    CandidateFactory(full_name="Cold")
    scores = {person.full_name: score_of(person.heat, now) for person in Candidate.objects.all()}

    assert found(f"warmth:>={scores['Warm']}") == {"Warm"}
    assert found(f"warmth:>={scores['Cool']}") == {"Warm", "Cool"}
    assert found("warmth:<=0") == {"Cold"}
    assert found("warmth:>=0") == {"Warm", "Cool", "Cold"}
    # What holds for everybody holds beside other things and turned round, too.
    assert found("warmth:>=0 OR company:nowhere") == {"Warm", "Cool", "Cold"}
    assert found("-warmth:>=0") == found("warmth:<=-1") == set()


def test_time_zone_of_the_town_counts_where_nobody_said_one(spread):
    sintra = Candidate.objects.get(full_name="Sintra")
    CandidatePreference.objects.create(candidate=sintra, time_zone="Europe/Berlin")

    assert found("timezone:Europe/Lisbon") == {"Lisbon", "Porto"}
    assert found("timezone:Europe/Berlin") == {"Sintra"}

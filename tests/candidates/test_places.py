"""Places: the gazetteer, and where people are: found anew when the record changes, never written into it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candidates.models import Candidate, CandidatePlace, PersonMark
from candidates.services.freshening import freshen, freshen_batch, organizations_with_marks
from candidates.services.gazetteer import box_around, find_place, kilometers
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory


@pytest.mark.parametrize(
    ("name", "country", "found"),
    [
        ("Lisbon", "PT", "Lisbon, PT"),
        ("LISBOA", "", "Lisbon, PT"),
        ("münchen", "", "Munich, DE"),
        ("Cologne", "DE", "Köln, DE"),
        ("Wien", "", "Vienna, AT"),
        ("Paris", "", "Paris, FR"),
        ("Paris", "US", "Paris, US"),
        ("Berlin, Germany", "", "Berlin, DE"),
        ("Greater Boston area", "US", "Boston, US"),
        ("Nowhere at all", "", None),
        ("", "DE", None),
    ],
)
def test_towns_are_found_by_any_name(name, country, found):
    place = find_place(name, country)

    assert (str(place) if place else None) == found


def test_name_that_many_towns_have_is_not_guessed():
    assert find_place("Springfield") is None
    assert find_place("San Pedro") is None


def test_kilometers_are_those_of_the_map():
    lisbon, porto = find_place("Lisbon"), find_place("Porto", "PT")

    assert lisbon is not None
    assert porto is not None
    way = kilometers(lisbon.latitude, lisbon.longitude, porto.latitude, porto.longitude)
    assert 265 < way < 285


@given(
    latitude=st.floats(-89, 89),
    longitude=st.floats(-180, 180),
    radius=st.floats(1, 2000),
    there=st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
)
def test_box_leaves_out_nothing_that_is_near(latitude, longitude, radius, there):
    box = box_around(latitude, longitude, radius)

    if kilometers(latitude, longitude, *there) <= radius:
        assert box.south <= there[0] <= box.north
        assert box.west <= there[1] <= box.east


def test_people_are_placed_when_their_record_says_where(acme):
    with acting_in(acme):
        ana = CandidateFactory(city="Lisboa", country="")
        CandidateFactory(city="", country="DE")
    assert organizations_with_marks() == [acme]

    assert freshen(acme, seconds=10)

    with acting_in(acme):
        place = CandidatePlace.objects.get()
        assert (place.candidate_id, str(place), place.time_zone) == (
            ana.pk, "Lisbon, PT", "Europe/Lisbon",
        )  # fmt: skip
        ana.refresh_from_db()
        assert (ana.city, ana.country) == ("Lisboa", "")
    assert organizations_with_marks() == []


def test_moving_and_leaving_is_followed(in_acme):
    ana = CandidateFactory(city="Lisbon", country="PT")
    freshen_batch()
    Candidate.objects.filter(pk=ana.pk).update(city="Porto")
    freshen_batch()

    assert CandidatePlace.objects.get().name == "Porto"
    Candidate.objects.filter(pk=ana.pk).update(city="")
    freshen_batch()
    assert not CandidatePlace.objects.exists()


def test_marks_name_who_changed_and_go_with_the_person(in_acme):
    ana = CandidateFactory(city="Lisbon", emails=["a@example.com"], tags=["A"], skills=["Go"])

    assert set(PersonMark.objects.values_list("candidate", flat=True)) == {ana.pk}
    freshen_batch()
    ana.delete()
    assert not PersonMark.objects.exists()
    assert not CandidatePlace.objects.exists()

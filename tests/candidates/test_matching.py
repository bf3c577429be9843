"""Who is already here."""

import pytest

from candidates.services.candidates import create_candidate
from candidates.services.matching import NAME, find_matches, is_decisive, names_agree

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Morris Dijkman", "morris dijkman"),
        ("Grégoire Brun", "Gregoire Brun"),
        ("Dijkman Morris", "Morris Dijkman"),
        ("M. Dijkman", "Morris Dijkman"),
        ("Morris J. Dijkman", "Morris Dijkman"),
        ("Moris Dijkman", "Morris Dijkman"),
        ("Anna", "Anna Muster"),
        ("Dijkman, M.", "Morris Dijkman"),
    ],
)
def test_names_agree_for_one_person(one, other):
    assert names_agree(one, other)
    assert names_agree(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna Smith", "Peter Smith"),
        ("Anna Smith", "Anna Jones"),
        ("Maria Lopez", "Mario Lopez"),
        ("Daniel Berger", "Daniela Berger"),
        ("Andrea Rossi", "Andreas Rossi"),
        ("Person 1", "Person 12"),
        ("", "Anna Smith"),
    ],
)
def test_names_of_two_people_disagree(one, other):
    assert not names_agree(one, other)
    assert not names_agree(other, one)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("email", "anna@example.com", True),
        ("email", "info@example.com", False),
        ("profile", "linkedin.com/in/anna", True),
        ("profile", "linkedin.com/company/acme", False),
        ("profile", "github.com/anna", True),
        ("profile", "github.com", False),
        ("profile", "acme.example/team", False),
        ("phone", "+4915134703805", False),
        (NAME, "anna muster|acme|bonn", True),
    ],
)
def test_what_names_one_person_by_itself(kind, value, expected):
    assert is_decisive(kind, value) is expected


def test_find_matches_gives_everybody_in_three_queries(
    in_acme, recruiter, django_assert_num_queries
):
    anna, bert = (
        create_candidate(
            by=recruiter,
            full_name=name,
            emails=[f"{name.lower()}@example.com"],
            phones=["+49 151 34703805"],
            links=[f"https://www.linkedin.com/in/{name}/"],
        )
        for name in ("Anna", "Bert")
    )

    with django_assert_num_queries(3):
        found = find_matches(
            ["anna@example.com", "nobody@example.com"],
            ["+4915134703805", ""],
            ["linkedin.com/in/bert"],
        )

    assert found == {
        ("email", "anna@example.com"): [anna.pk],
        ("phone", "+4915134703805"): [anna.pk, bert.pk],
        ("profile", "linkedin.com/in/bert"): [bert.pk],
    }


def test_find_matches_asks_nothing_for_nothing(in_acme, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert find_matches([], [""], []) == {}

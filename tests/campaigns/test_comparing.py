"""Wordings: everybody keeps theirs, and no winner is named that could be chance."""

from collections import Counter
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import StepVariant
from campaigns.services import delivering, dispatching
from campaigns.services.comparing import Arm, fisher, judge
from campaigns.services.wording import choose_variant


@pytest.mark.parametrize(
    ("arms", "winner"),
    [
        ([Arm("A", 99, 0), Arm("B", 500, 100)], ""),
        ([Arm("A", 100, 5), Arm("B", 100, 9)], ""),
        ([Arm("A", 200, 10), Arm("B", 200, 40)], "B"),
        ([Arm("A", 200, 40), Arm("B", 200, 10), Arm("C", 200, 39)], ""),
        ([Arm("A", 100, 0), Arm("B", 100, 0)], ""),
    ],
)
def test_a_winner_is_named_only_beyond_chance_and_after_a_hundred_each(arms, winner):
    assert judge(arms).winner == winner


def test_the_verdict_names_its_test_or_says_what_is_missing():
    assert judge([Arm("A", 5, 1), Arm("B", 5, 0)]).verdict == (
        "No winner before each has gone to 100 people."
    )
    assert "Fisher's exact test" in judge([Arm("A", 200, 10), Arm("B", 200, 40)]).verdict


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_p_is_that_of_all_tables_as_unlikely(sent, other_sent, data):
    won = data.draw(st.integers(0, sent))
    other = data.draw(st.integers(0, other_sent))
    wins, total = won + other, sent + other_sent
    chances = [
        comb(sent, first) * comb(other_sent, wins - first) / comb(total, wins)
        for first in range(max(0, wins - other_sent), min(wins, sent) + 1)
    ]
    seen = comb(sent, won) * comb(other_sent, other) / comb(total, wins)

    wanted = sum(chance for chance in chances if chance <= seen * (1 + 1e-9))

    assert fisher(won, sent, other, other_sent) == pytest.approx(min(1, wanted), abs=1e-6)


@pytest.mark.django_db
def test_everybody_keeps_their_wording_and_about_half_gets_each(outreach):
    letters = [choose_variant(outreach.first, number, ["A", "B"]) for number in range(2000)]

    assert letters == [choose_variant(outreach.first, number, ["A", "B"]) for number in range(2000)]
    assert 900 <= Counter(letters)["A"] <= 1100


@pytest.mark.django_db
def test_the_mail_says_which_wording_it_has(outreach, provider):
    outreach.inside(
        lambda: StepVariant.objects.create(
            step=outreach.first, letter="B", subject="Other words", body="Hello"
        )
    )
    outreach.enroll(*(outreach.candidate(f"p{number}@example.com") for number in range(12)))
    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization)

    wanted = {
        message.candidate_id: choose_variant(outreach.first, message.candidate_id, ["A", "B"])
        for message in outreach.messages()
    }
    assert {message.candidate_id: message.variant for message in outreach.messages()} == wanted
    assert set(wanted.values()) == {"A", "B"}
    for message in outreach.messages():
        assert (message.subject == "Other words") == (message.variant == "B")

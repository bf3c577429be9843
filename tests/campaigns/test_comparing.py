"""Wordings: everybody keeps theirs, and no winner is named that could be chance."""

from collections import Counter
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import Message, StepVariant
from campaigns.services import delivering, dispatching
from campaigns.services.comparing import Arm, compare_variants, fisher, judge
from campaigns.services.wording import choose_variant
from crm.tenancy.scope import acting_in


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


# What each of them answered, with what it reads as and what somebody sorted it as; whether it is positive.
ANSWERS = {
    "interested": ({"suggested_intent": "interested"}, True),
    "sorted as interested": ({"suggested_intent": "not_now", "intent": "interested"}, True),
    "sorted otherwise": ({"suggested_intent": "interested", "intent": "no_thanks"}, False),
    "no": ({"suggested_intent": "no_thanks"}, False),
    "reads like nothing": ({}, False),
    "automatic": ({"suggested_intent": "interested", "is_automatic": True}, False),
}


@pytest.mark.django_db
def test_positive_answers_decide_and_all_are_shown(outreach, provider):
    outreach.inside(
        lambda: StepVariant.objects.create(
            step=outreach.first, letter="B", subject="Other words", body="Hello"
        )
    )
    people = [outreach.candidate(f"p{number}@example.com") for number in range(4 * len(ANSWERS))]
    outreach.enroll(*people)
    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization, limit=100)
    mails = outreach.messages()
    wanted = {letter: [0, 0, 0] for letter in "AB"}
    with acting_in(outreach.organization):
        for number, mail in enumerate(mails):
            values, is_positive = list(ANSWERS.values())[number % len(ANSWERS)]
            Message.objects.create(
                direction="in",
                state="received",
                candidate=mail.candidate,
                enrollment=mail.enrollment,
                message_id=f"<{number}@x>",
                **values,
            )
            counts = wanted[mail.variant]
            is_answer = not values.get("is_automatic")
            wanted[mail.variant] = [
                *(counts[0] + 1, counts[1] + is_positive, counts[2] + is_answer),
            ]

        found = compare_variants([outreach.first])[outreach.first.pk]

    assert {arm.letter: [arm.sent, arm.won, arm.answered] for arm in found.arms} == wanted
    assert 0 < sum(won for _, won, _ in wanted.values()) < len(people)

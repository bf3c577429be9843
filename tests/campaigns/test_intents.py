"""What an answer seems to want: the table `mails/intents.txt`, and the days that answers name."""

from datetime import date

import pytest

from campaigns.inbound.intents import Intent, suggest_day, suggest_intent
from campaigns.models import Message
from tests.campaigns import corpus

TODAY = date(2026, 6, 1)


def test_suggestions_are_right_where_the_words_say_it():
    entries = list(corpus.table("intents"))

    wrong = {
        entry.name: suggest_intent(entry.subject)
        for entry in entries
        if (suggest_intent(entry.subject) or "-") != entry.field(0)
    }

    assert len(wrong) <= len(entries) / 20, wrong
    # What the law gives a time limit to is never missed.
    assert not [name for name in wrong if name.startswith(("remove", "erase"))]


def test_nothing_is_suggested_of_a_quote():
    text = "Thanks.\n\nOn 1 June 2026, Robin wrote:\n> Unsubscribe here if you are not interested."

    assert suggest_intent(text) is None


def test_nothing_is_suggested_of_a_signature():
    notice = "Unsubscribe: example.com. Delete all personal data on request."

    assert suggest_intent(f"Yes, let's talk!\n\n-- \nAda Byron\n{notice}") == Intent.INTERESTED
    # Where nothing else was written it is read.
    assert suggest_intent("-- \nPlease delete my data") == Intent.ERASE_ME


def test_every_intent_has_a_word_for_people():
    assert {intent.value for intent in Intent} == set(Message.Intent.values)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Ask me again in half a year.", date(2026, 11, 30)),
        ("Bitte erst nächstes Jahr wieder.", date(2027, 6, 1)),
        ("Try me after 15 September 2026.", date(2026, 9, 15)),
        ("Write again on 2027-01-10", date(2027, 1, 10)),
        ("Not now.", date(2026, 11, 28)),
        ("Not right now, ask me in March", date(2027, 3, 1)),
        ("Gerne wieder ab Oktober, danke", date(2026, 10, 1)),
        ("Pas maintenant, plutôt en février.", date(2027, 2, 1)),
        ("Maybe at the end of June? Or in May 2028.", date(2028, 5, 1)),
        # No month: a verb, a trade, a past year, and no year that anybody means.
        ("I may be interested, I work in marketing.", date(2026, 11, 28)),
        ("I came here in March 2021.", date(2026, 11, 28)),
        ("Ask me in March 9999", date(2026, 11, 28)),
        ("Ask me in March 0000", date(2027, 3, 1)),
        ("In three months perhaps.", date(2026, 8, 31)),
    ],
)
def test_the_day_that_an_answer_names_is_offered(text, day):
    assert suggest_day(text, today=TODAY) == day

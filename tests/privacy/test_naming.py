"""What was erased is called by words that readers know."""

from django.apps import apps

from crm.privacy.naming import WORDS, in_words


def test_every_word_is_of_a_model_that_is_there():
    assert set(WORDS) <= {model._meta.label for model in apps.get_models()}


def test_kinds_are_said_in_plain_words_and_the_unknown_by_its_label():
    counts = {
        "candidates.MatchKey": 3,
        "candidates.PersonMark": 1,
        "candidates.Note": 2,
        "old.Gone": 4,
    }

    assert in_words(counts) == [
        ("Look-ups of places and pools still to be made", 1),
        ("Notes", 2),
        ("Old.Gone", 4),
        ("Traces by which duplicates are found", 3),
    ]

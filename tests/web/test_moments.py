"""Times and ids that people and machines type."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from crm.web.forms import MomentField
from crm.web.ids import is_id, read_id


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("2026-03-29T02:30", "The clocks are set that night: 02:30 is left out in Europe/Berlin."),
        ("2026-10-25T02:30", "The clocks are set that night: 02:30 comes twice in Europe/Berlin."),
        ("9999-12-31T23:59", "Choose a day in a year from 1900 to 2200."),
        ("0001-01-01T00:00", "Choose a day in a year from 1900 to 2200."),
    ],
)
def test_times_that_are_none_are_refused_with_a_sentence(typed, sentence):
    with (
        timezone.override("Europe/Berlin"),
        pytest.raises(ValidationError, match=sentence.replace(".", r"\.")),
    ):
        MomentField().clean(typed)


def test_times_are_read_on_ones_own_clock():
    with timezone.override("Europe/Berlin"):
        assert MomentField().clean("2026-03-29T03:00").isoformat() == "2026-03-29T03:00:00+02:00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("7", True), (str(2**63 - 1), True), (str(2**63), False), ("9" * 5000, False)),
        *(("²", False), ("-1", False), ("", False), ("٣", False)),
    ],
)
def test_ids_are_what_a_column_holds(text, expected):
    assert is_id(text) is expected
    assert read_id(text) == (int(text) if expected else None)

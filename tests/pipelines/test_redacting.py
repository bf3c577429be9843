"""Texts that do not say who they are about."""

import pytest

from pipelines.services.reviews.redacting import HIDDEN, redact

CV = """AMARA OKAFOR-SMITH
amara.okafor@example.com | +49 (0)30 901820-11 | linkedin.com/in/amaraokafor | https://amara.dev
Born 3 March 1991, 34 years old, Lagos

Amara
Okafor has led teams of 12 people from 2019 - 2023.

Experience
Senior Engineer, Tidewater Systems GmbH, Jan 2019 – 2023
At Tidewater I cut costs by 1,200,000 EUR; Okafor's Law is a joke of mine.
Engineer at Müller & Söhne AG, 2015-2018

Education
Technische Universität München, MSc Computer Science
University of Lagos, BSc 2012
"""


@pytest.fixture
def hidden() -> str:
    return redact(
        CV,
        names=["Amara Okafor-Smith", "Amy"],
        places_of_work=["Tidewater Systems GmbH", "Muller & Sohne"],
        schools=["University of Lagos"],
    )


@pytest.mark.parametrize(
    "secret",
    [
        *("amara", "okafor", "smith", "example.com", "901820", "linkedin", "amara.dev", "1991"),
        *("34 years", "tidewater", "müller", "söhne", "universität", "münchen", "of lagos"),
    ],
)
def test_nothing_says_who_it_is(hidden, secret):
    assert secret not in hidden.lower()


@pytest.mark.parametrize(
    "fact",
    [
        *("has led teams of 12 people", "2019 - 2023", "Senior Engineer", "Jan 2019 – 2023"),
        *("1,200,000 EUR", "MSc Computer Science", "2015-2018", "BSc 2012", "Experience"),
    ],
)
def test_what_speaks_for_them_stays(hidden, fact):
    assert fact in hidden


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("José Peña", ["Jose Pena"], HIDDEN),
        ("JOSE PENA", ["José Peña"], HIDDEN),
        ("Straße and Grosse", ["Gross Strasse"], f"{HIDDEN} and Grosse"),
        ("Mark made his mark", ["Mark Li"], f"{HIDDEN} made his {HIDDEN}"),
        ("Li uses Linux", ["Mark Li"], f"{HIDDEN} uses Linux"),
        ("Anne-Marie wrote", ["Anne-Marie Roy"], f"{HIDDEN} wrote"),
        ("AmaraOkafor.pdf", ["Amara Okafor"], f"{HIDDEN}.pdf"),
        ("nobody", ["Amara Okafor"], "nobody"),
        ("", ["Amara"], ""),
        ("Ana", ["", " "], "Ana"),
    ],
)
def test_names_are_found_however_they_are_written(text, names, expected):
    assert redact(text, names=names) == expected


def test_names_are_found_over_a_line_break():
    assert redact("at Big\nCorn Ltd today", names=[], places_of_work=["Big Corn"]) == (
        f"at {HIDDEN} Ltd today"
    )


@pytest.mark.parametrize("number", ["2015-2018", "12/2019", "1,200,000", "30.06.2019", "v1.2.3"])
def test_years_and_sums_are_no_telephone_numbers(number):
    assert redact(f"In {number}.", names=[]) == f"In {number}."


@pytest.mark.parametrize(
    "number", ["+49 30 901820", "(030) 90 18 20", "030/901820", "+1-555-0100-22"]
)
def test_telephone_numbers_are(number):
    assert redact(f"Call {number} now", names=[]) == f"Call {HIDDEN} now"

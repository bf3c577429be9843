"""Texts that do not say who they are about."""

import pytest

from pipelines.services.reviews import redacting
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


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("Ada_Byron_CV.pdf", ["Ada Byron"], f"{HIDDEN}_{HIDDEN}_CV.pdf"),
        ("Read Inigo_Cortes_CV.pdf", ["Iñigo Cortés"], f"Read {HIDDEN}_{HIDDEN}_CV.pdf"),
        ("CV_ada2024.pdf", ["Ada Byron"], f"CV_{HIDDEN}2024.pdf"),
        ("2024AdaByron.docx", ["Ada Byron"], f"2024{HIDDEN}.docx"),
        ("AdaMariaByron-1.pdf", ["Ada Maria Byron"], f"{HIDDEN}-1.pdf"),
        ("li_cv.pdf", ["Mark Li"], f"{HIDDEN}_cv.pdf"),
        ("Canada_plan.pdf", ["Ada Byron"], "Canada_plan.pdf"),
        ("Mueller and Müller", ["Jo Müller"], f"{HIDDEN} and {HIDDEN}"),
        ("Müller_CV", ["Jo Mueller"], f"{HIDDEN}_CV"),
        ("Joerg's work", ["Jörg Ek"], f"{HIDDEN}'s work"),
        ("Lukasz or Łukasz", ["Łukasz Ek"], f"{HIDDEN} or {HIDDEN}"),
        ("Soeren, Soren, Søren", ["Søren Ek"], f"{HIDDEN}, {HIDDEN}, {HIDDEN}"),
        ("ran low", ["Ann Loew"], "ran low"),
    ],
)
def test_names_are_found_in_file_names_and_other_spellings(text, names, expected):
    assert redact(text, names=names) == expected


@pytest.mark.parametrize(
    ("school", "text", "expected"),
    [
        ("ETH Zürich", "ETH, 2012", f"{HIDDEN}, 2012"),
        ("Massachusetts Institute of Technology", "MIT/Harvard", f"{HIDDEN}/Harvard"),
        ("Technische Universität Berlin", "at TU Berlin", f"at {HIDDEN}"),
        ("TU Wien", "TU Wien; TU_Wien.pdf", f"{HIDDEN}; TU_Wien.pdf"),
        ("London School of Economics", "the LSE thesis", f"the {HIDDEN} thesis"),
        ("Universität Müllheim", "Uni Muellheim", "Uni Muellheim"),
        ("King's College London", "KCL, arbeit mit Go", f"{HIDDEN}, arbeit mit Go"),
        ("", "studied at TU Delft", f"studied at {HIDDEN}"),
    ],
)
def test_schools_are_found_in_short(school, text, expected):
    assert redact(text, names=[], schools=[school]) == expected


def test_firms_with_digits_are_no_parts_of_sums():
    assert redact("13M EUR at 3M", names=[], places_of_work=["3M"]) == f"13M EUR at {HIDDEN}"


@pytest.mark.parametrize(
    "address",
    [
        *("Lindenstraße 5a", "Alte Schönhauser Str. 12", "221b Baker Street", "12 rue des Lilas"),
        *("Via Roma, 7", "10115 Berlin", "8001 Zürich", "London SW1A 1AA", "CA 94105"),
        "Address: Somewhere 1, Elsewhere",
    ],
)
def test_postal_addresses_are_hidden(address):
    hidden = redact(f"Engineer\n{address}\nGo", names=[])
    assert hidden.replace("London ", "") == f"Engineer\n{HIDDEN}\nGo"


@pytest.mark.parametrize("age", ["34 years", "34 years old", "34 Jahre", "aged 34", "34 y/o"])
def test_ages_are_hidden(age):
    assert redact(f"Engineer, {age}, Go", names=[]).replace(" ", "") == f"Engineer,{HIDDEN},Go"


@pytest.mark.parametrize(
    "telling",
    [
        *("Born in Kassel, 12.03.1985", "Born in Kassel, 3 March 1985", "I am 41", "Ich bin 41"),
        *("Class of 2007", "Abitur 2003", "graduated in 2001", "Ada Byron, 34", "Ada Byron (34"),
        *("Ada By\u200bron", "Ada By\u00adron"),
    ],
)
def test_what_tells_an_age_or_breaks_up_the_name_is_hidden(telling):
    assert redact(f"Engineer; {telling}; Go", names=["Ada Byron"]) == f"Engineer; {HIDDEN}; Go"


@pytest.mark.parametrize(
    "fact",
    [
        *("I am 20 % faster", "I am 24/7 there", "First class, 2007 users", "Go, 34"),
        "20 years of experience",
        "led it for 12 years, alone",
        "Python, 12 years",
        "2019 Engineering",
        "20000 users via mail",
        "Engineering 2019",
    ],
)
def test_what_looks_like_an_age_or_an_address_stays(fact):
    assert redact(fact, names=[]) == fact


def test_a_long_resume_is_read_once(monkeypatch):
    folded = []
    fold = redacting._fold
    monkeypatch.setattr(redacting, "_fold", lambda text: folded.append(text) or fold(text))
    text = CV * 60

    assert "Okafor" not in redact(text, names=["Amara Okafor"], places_of_work=["Tidewater"] * 9)

    assert folded.count(text) == 1

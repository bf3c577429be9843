"""Single values as people type them. Whatever they type, nothing raises."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candidates.services.importing import names, parsing
from candidates.services.importing.dates import DateOrder, parse_date

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Correia, Sarah", "Sarah Correia"),
        ("  Rosaria   Peranda ", "Rosaria Peranda"),
        ("ROUVEN WEINHAGE", "Rouven Weinhage"),
        ("van der Veen, Phileine", "Phileine van der Veen"),
        ("VAN PRAAGH, ELIZABETH", "Elizabeth van Praagh"),
        ("LIZ DA ROCHA", "Liz da Rocha"),
        ("KARL-JÜRGEN O'BRIEN", "Karl-Jürgen O'Brien"),
        ("MCDONALD, JOE", "Joe McDonald"),
        ("morris dijkman", "Morris Dijkman"),
        ("?NSAF DURDU", "?nsaf Durdu"),
        ("John Smith, Jr.", "John Smith, Jr."),
        ("✨ Franco ✨ Faranda", "Franco Faranda"),
        ("Ludwig van Beethoven", "Ludwig van Beethoven"),
        ("AJ", "AJ"),
        ("BO LI", "Bo Li"),
        ("Müller,", "Müller"),
        ("李 小龙", "李 小龙"),
        ("Anna\nMuster", "Anna Muster"),
        ('O\'Neil "The Man"', 'O\'Neil "The Man"'),
        ("O’Neil “The Man”", "O’Neil “The Man”"),
        ('"Bob" Smith "Jr"', '"Bob" Smith "Jr"'),
        ('"Anna Muster"', "Anna Muster"),
        ('"Anna "Bo" Muster"', 'Anna "Bo" Muster'),
        ('""Anna""', "Anna"),
        ('Anna"Bo"', 'Anna"Bo"'),
        ('Anna"', "Anna"),
        ('"', ""),
        ("„Anna“", "Anna"),
        ("", ""),
    ],
)
def test_split_name(cell, expected):
    assert names.split_name(cell) == expected


@pytest.mark.parametrize(
    ("cell", "people"),
    [
        ("Carl Eins, Dora Zwei, Emil Drei", ["Carl Eins", "Dora Zwei", "Emil Drei"]),
        ("Fritz Vier / Gina Fünf / Hans Sechs", ["Fritz Vier", "Gina Fünf", "Hans Sechs"]),
        ("Ida Acht; Jan Neun", ["Ida Acht", "Jan Neun"]),
        ("Ida Acht und Jan Neun", ["Ida Acht", "Jan Neun"]),
        ("Ida Acht and Jan Neun", ["Ida Acht", "Jan Neun"]),
        ("Ida Acht/Jan Neun", ["Ida Acht", "Jan Neun"]),
        ("Ida Acht\nJan Neun", ["Ida Acht", "Jan Neun"]),
        ("Anna & Tom", ["Anna", "Tom"]),
        ("Müller, Anna", []),
        ("Smith, John, PhD", []),
        ("Garcia Lopez, Maria", []),
        ("Garcia Lopez, Maria José", []),
        ("Anna/Anne Müller", []),
        ("Anna\nMuster", []),
        ("Roland Sandund", []),
        ("Ortega y Gasset", []),
        ("", []),
    ],
)
def test_several_people_in_one_cell(cell, people):
    assert names.split_people(cell) == people


def test_two_people_divided_by_a_comma_are_known_by_an_address_of_each():
    addresses = ["carl@example.com", "d.zwei@example.com"]
    assert names.split_people("Carl Eins, Dora Zwei", addresses) == ["Carl Eins", "Dora Zwei"]
    assert names.split_people("Carl Eins, Dora Zwei", addresses[:1]) == []
    own = ["maria.garcia@example.com", "mgarcia@example.org"]
    assert names.split_people("Garcia Lopez, Maria José", own) == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("benjamin.bradley@example.com", "Benjamin Bradley"),
        ("anna_maria-muster+x@example.com", "Anna Maria Muster"),
        ("x123@example.com", "X123"),
        ("12345@example.com", "12345"),
    ],
)
def test_name_from_address(address, expected):
    assert names.name_from_address(address) == expected


@pytest.mark.parametrize(
    ("cell", "values", "rejected", "has_more"),
    [
        ("a@example.com; b@example.org", ["a@example.com", "b@example.org"], [], False),
        ("A@Example.com, a@example.com", ["A@Example.com"], [], False),
        ("a@example.com/b@example.org", ["a@example.com", "b@example.org"], [], False),
        ("Anna <a@example.com>", ["a@example.com"], [], True),
        ("mailto:a@example.com", ["a@example.com"], [], False),
        ("name at example.com", [], ["name at example.com"], False),
        ("a@example.com; not-an-email", ["a@example.com"], ["not-an-email"], False),
        ("N/A; N/A", [], [], False),
    ],
)
def test_split_emails(cell, values, rejected, has_more):
    parts = parsing.split_emails(cell)

    assert [value for value, _ in parts.values] == values
    assert (parts.rejected, parts.has_more) == (rejected, has_more)


@pytest.mark.parametrize(
    ("cell", "values", "rejected"),
    [
        ("0151/68497327", [("0151/68497327", "+4915168497327")], []),
        ("tel: 0151 43249634", [("0151 43249634", "+4915143249634")], []),
        ("+44 7938 840760", [("+44 7938 840760", "+447938840760")], []),
        (
            "+49 151 34703805 / 0151 43249634",
            [("+49 151 34703805", "+4915134703805"), ("0151 43249634", "+4915143249634")],
            [],
        ),
        ("030 12345678 ext. 12", [("030 12345678 ext. 12", "+493012345678")], []),
        ("12", [], ["12"]),
        ("ask him", [], ["ask him"]),
        ("4,91512E+12", [], ["4,91512E+12"]),
        ("4.91512e12; +44 7938 840760", [("+44 7938 840760", "+447938840760")], ["4.91512e12"]),
        ("n.a.", [], []),
    ],
)
def test_split_phones(cell, values, rejected):
    parts = parsing.split_phones(cell, ("FR", "DE"))

    assert parts.values == values
    assert parts.rejected == rejected


def test_split_links():
    parts = parsing.split_links("linkedin.com/in/anna/?utm_source=x; https://github.com/anna, nope")

    assert parts.values == [
        ("https://linkedin.com/in/anna/", "linkedin.com/in/anna"),
        ("https://github.com/anna", "github.com/anna"),
    ]
    assert parts.rejected == ["nope"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("JS/SQL", ["JS", "SQL"]),
        ("Pflege , Buchhaltung , SAP", ["Pflege", "Buchhaltung", "SAP"]),
        ("C/C++", ["C/C++"]),
        ("CI/CD, Go", ["CI/CD", "Go"]),
        ("Go; go;GO", ["Go"]),
        ("• Python\n• SQL", ["Python", "SQL"]),
        ("-", []),
    ],
)
def test_split_words(cell, expected):
    assert parsing.split_words(cell, slashes=True) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2024-12-11", date(2024, 12, 11)),
        ("2024-12-11T10:00:00", date(2024, 12, 11)),
        ("23.08.2025", date(2025, 8, 23)),
        ("1.2.24", date(2024, 2, 1)),
        ("23.08.2025, 14:00", date(2025, 8, 23)),
        ("45521", date(2024, 8, 17)),
        ("45521.5", date(2024, 8, 17)),
        ("20250102", date(2025, 1, 2)),
        ("03 Nov 2025", date(2025, 11, 3)),
        ("3. November 2025", date(2025, 11, 3)),
        ("November 3rd, 2025", date(2025, 11, 3)),
        ("3 de noviembre de 2025", date(2025, 11, 3)),
        ("1er août 2025", date(2025, 8, 1)),
        ("15 maart 2024", date(2024, 3, 15)),
        ("Nov 2025", date(2025, 11, 1)),
        ("gestern", date(2026, 11, 21)),
        ("Hier", date(2026, 11, 21)),
        ("today", TODAY),
        ("01/11/23", date(2023, 11, 1)),
        ("11/18/25", date(2025, 11, 18)),
        ("31.02.2025", None),
        ("n.a.", None),
        ("99999", None),
        ("12345", None),
        ("soon", None),
        ("", None),
    ],
)
def test_parse_date(cell, expected):
    assert parse_date(cell, today=TODAY) == expected


def test_the_column_decides_which_number_is_the_month():
    assert parse_date("03/04/25", today=TODAY, order=DateOrder.DAY_FIRST) == date(2025, 4, 3)
    assert parse_date("03/04/25", today=TODAY, order=DateOrder.MONTH_FIRST) == date(2025, 3, 4)
    assert parse_date("13/04/25", today=TODAY, order=DateOrder.MONTH_FIRST) == date(2025, 4, 13)


@pytest.mark.parametrize("cell", ["", " ", "-", "N/A", "n.a.", "null", "None", "k.a.", "#N/A", "?"])
def test_is_nothing(cell):
    assert parsing.is_nothing(cell)


def test_some_people_are_called_null():
    assert not parsing.is_nothing("Null", name=True)
    assert not parsing.is_nothing("Na", name=True)
    assert parsing.is_nothing("n/a", name=True)


TEXT = st.one_of(
    st.text(max_size=80),
    st.from_regex(r"[\d./\- :,;+()@]{0,30}", fullmatch=True),
    st.from_regex(r"(\d{1,4}[ ./-]){2}\d{1,4}( [a-z]{3,9})?", fullmatch=True),
)


@given(TEXT)
def test_nothing_raises(text):
    name = names.split_name(text)
    emails, phones, links = (
        parsing.split_emails(text),
        parsing.split_phones(text, ("DE", "US")),
        parsing.split_links(text),
    )
    day = parse_date(text, today=TODAY, order=DateOrder.MONTH_FIRST)

    assert name == " ".join(name.split())
    assert all(normalized and "@" in normalized for _, normalized in emails.values)
    assert all(not normalized or normalized.startswith("+") for _, normalized in phones.values)
    assert all(value.startswith("http") for value, _ in links.values)
    assert day is None or isinstance(day, date)
    assert all(len(word) > 0 for word in parsing.split_words(text, slashes=True))
    assert names.name_part(text) == " ".join(names.name_part(text).split())
    assert isinstance(parsing.is_nothing(text), bool)
    assert isinstance(parsing.is_formula(text), bool)


@pytest.mark.parametrize("letter", ["x", "x@", "@", "x.", "é"])
def test_a_cell_of_one_long_word_costs_its_length(letter):
    started = time.process_time()
    parsing.split_emails(letter * 40_000)

    # A few milliseconds; a search that went back over the word at each letter took seconds.
    assert time.process_time() - started < 0.5

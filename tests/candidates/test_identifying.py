"""Comparable forms of addresses, numbers, links, countries and words."""

import phonenumbers
import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from candidates.folding import PUNCTUATION, words_of
from candidates.services.identifying import (
    countries,
    country_code,
    fold,
    link_address,
    mailbox,
    normalize_email,
    normalize_link,
    normalize_phone,
    plainly_international,
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  Grégoire   BRUN ", "gregoire brun"),
        ("ŁÓDŹ", "lodz"),
        ("Straße", "strasse"),
        ("Ørsted", "orsted"),
        ("İstanbul ısı", "istanbul isi"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER A}b", "ab"),
        ("", ""),
    ],
)
def test_fold_compares_without_case_and_accents(raw, expected):
    assert fold(raw) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    "folded",
    [
        *(f"one{sign}two" for sign in PUNCTUATION),
        "c++ c# f# +49 a+b #1 c+",
        "  two\nlines\tand \N{NO-BREAK SPACE}spaces",
        PUNCTUATION,
        "",
    ],
)
def test_database_tells_the_same_words_apart(folded):
    with connection.cursor() as cursor:
        cursor.execute("SELECT candidates_words(%s)", [folded])
        assert cursor.fetchone()[0].split() == words_of(folded)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (" Anna@Example.COM ", "anna@example.com"),
        ("<anna@example.com>", "anna@example.com"),
        ("mailto:anna@example.com", "anna@example.com"),
        ("a.nna+x@gmail.com", "a.nna+x@gmail.com"),
        ("name at example.com", None),
        ("anna@example", None),
        ("anna@example.com\r\nBcc: x@example.com", None),
        ("", None),
        ("N/A", None),
        ("a" * 250 + "@example.com", None),
    ],
)
def test_normalize_email(raw, expected):
    assert normalize_email(raw) == expected


def test_mailbox_ignores_tags_everywhere_and_dots_at_gmail_only():
    assert mailbox("a.nna+jobs@googlemail.com") == "anna@gmail.com"
    assert mailbox("a.nna+jobs@example.com") == "a.nna@example.com"
    assert mailbox("+jobs@example.com") == "+jobs@example.com"


@pytest.mark.parametrize(
    ("raw", "country", "expected"),
    [
        ("0151/68497327", "DE", "+4915168497327"),
        ("004915149125581", "", "+4915149125581"),
        ("(0151) 8033-3953", "DE", "+4915180333953"),
        ("+44 7938 840760", "FR", "+447938840760"),
        ("tel: 0151 43249634", "DE", "+4915143249634"),
        ("+49 151 34703805", "", "+4915134703805"),
        ("+49 (0)151 34703805", "", "+4915134703805"),
        ("4915134703805", "DE", "+4915134703805"),
        ("4915134703805.0", "DE", "+4915134703805"),
        ("0151/68497327", "FR", ""),
        ("0151/68497327", "", ""),
        ("4,91511E+12", "DE", ""),
        ("n/a", "DE", ""),
        ("12", "DE", ""),
    ],
)
def test_normalize_phone(raw, country, expected):
    assert normalize_phone(raw, country=country) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("linkedin.com/in/anna/?utm_source=share", "linkedin.com/in/anna"),
        ("https://de.linkedin.com/in/Anna/de", "linkedin.com/in/anna"),
        ("http://www.linkedin.com/in/j%C3%B6rg-x/", "linkedin.com/in/jörg-x"),
        ("//linkedin.com//in/anna", "linkedin.com/in/anna"),
        ("https://github.com/Anna#top", "github.com/anna"),
        ("https://example.com/People?id=7&utm_medium=x", "example.com/People?id=7"),
        ("N/A", ""),
        ("anna@example.com", ""),
        ("javascript:alert(1)", ""),
        ("ftp://example.com/anna", ""),
        ("https://user@example.com/", ""),
        ("http://[::1", ""),
        ("localhost/anna", ""),
        ("", ""),
    ],
)
def test_normalize_link(raw, expected):
    assert normalize_link(raw) == expected


def test_link_address_is_a_link_a_browser_opens():
    assert (
        link_address("linkedin.com/in/jörg/?utm_source=x") == "https://linkedin.com/in/j%C3%B6rg/"
    )
    assert link_address("http://example.com/a?b=1") == "http://example.com/a?b=1"
    assert link_address("javascript:alert(1)") == ""


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("UK", "GB"),
        ("Brasil", "BR"),
        ("España", "ES"),
        ("deutschland", "DE"),
        ("Vereinigtes Konigreich", "GB"),
        ("U.S.A.", "US"),
        ("Česko", "CZ"),
        ("Türkiye", "TR"),
        ("PL", "PL"),
        ("N/A", ""),
        ("", ""),
    ],
)
def test_country_code(raw, expected):
    assert country_code(raw) == expected


def test_every_country_is_known_by_its_own_code_and_name():
    assert len(countries()) == 249
    assert all(
        country_code(code) == country_code(name) == code for code, name in countries().items()
    )


@given(st.text(max_size=200))
def test_nothing_raises_and_forms_are_stable(text):
    email, phone, link = (
        normalize_email(text),
        normalize_phone(text, country="DE"),
        normalize_link(text),
    )

    assert fold(fold(text)) == fold(text)
    assert email is None or normalize_email(email) == email
    assert not phone or normalize_phone(phone) == phone
    assert len(link) <= 500
    assert len(link_address(text)) <= 500
    assert country_code(text) in {"", *countries()}


@settings(max_examples=400)
@given(
    country=st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)),
    digits=st.text("0123456789", min_size=4, max_size=13),
    gaps=st.tuples(*[st.sampled_from(["", " ", "-", ".", " (", ") "])] * 2),
)
def test_plain_numbers_are_read_as_the_library_reads_them(country, digits, gaps):
    raw = f"+{country}{gaps[0]}{digits[:3]}{gaps[1]}{digits[3:]}"

    plain = plainly_international(raw)

    if plain:
        number = phonenumbers.parse(raw, None)
        assert phonenumbers.is_possible_number(number)
        assert plain == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@pytest.mark.parametrize("raw", ["+49 151 34703805", "+351 912-345-678", "+91 (98765) 43210"])
def test_most_numbers_are_plain(raw):
    assert plainly_international(raw) == normalize_phone(raw) != ""


@pytest.mark.parametrize("raw", ["+1 1 212 555 0100", "+49 0151 34703805", "0151 34703805", "+49"])
def test_what_is_to_be_found_out_is_not_plain(raw):
    assert plainly_international(raw) == ""

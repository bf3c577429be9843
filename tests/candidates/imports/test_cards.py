"""Contact cards of every version and program: folded, quoted, escaped, broken."""

from io import BytesIO

import pytest

from candidates.models import Candidate
from candidates.services.importing.formats.cards import TITLES
from candidates.services.importing.reading import read_table

VERSION_2 = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\n"
    "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg;;;\r\n"
    "TEL;CELL;PREF:+49 151 10000001\r\nTEL;WORK:+49 30 901820\r\n"
    "EMAIL;INTERNET:joerg@example.com\r\nORG:Tidewater;Research\r\n"
    "NOTE;ENCODING=QUOTED-PRINTABLE:erste Zeile=0D=0A=\r\nzweite Zeile\r\n"
    "ADR;HOME:;;Elm St 1;Berlin;;10115;Germany\r\nEND:VCARD\r\n"
)
VERSION_3 = (
    "BEGIN:VCARD\nVERSION:3.0\nFN:Amara Okafor\nN:Okafor;Amara;N.;;\n"
    "item1.EMAIL;type=INTERNET;type=pref:amara@example.com\nEMAIL;TYPE=work:okafor@example.org\n"
    "item2.URL:https://people.example/amara\nTITLE:Engineer\\, Platform\n"
    "NOTE:first line\\nsecond\\; still the\n  second\nCATEGORIES:Berlin,Fair\\, 2025\n"
    "PHOTO;ENCODING=b;TYPE=JPEG:AAAA\n BBBB\n CCCC\nBDAY:1990-01-02\nX-SKYPE:amara.o\nEND:VCARD\n"
)
VERSION_4 = (
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:陳大文\r\nEMAIL:chan@example.com\r\n"
    "TEL;VALUE=uri;TYPE=\"voice,home\":tel:+852-2345-6789\r\n"
    "ORG;SORT-AS=\"Harbor\":Harbor Ltd\r\nADR;GEO=\"geo:1,2\":;;;Hong Kong;;;Hong Kong\r\nEND:VCARD\r\n"
)  # fmt: skip


def cards(content: str | bytes) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    raw = content.encode() if isinstance(content, str) else content
    table = read_table(BytesIO(raw))
    assert table.header == list(TITLES)
    rows = [
        (line, {title: cell for title, cell in zip(TITLES, cells, strict=True) if cell})
        for line, cells in table.rows
    ]
    return rows, table.notices


def test_version_2_with_quoted_printable():
    ((line, card),), _ = cards(VERSION_2)

    assert line == 1
    assert card == {
        "First name": "Jörg",
        "Last name": "Müller",
        "Phone": "+49 151 10000001\n+49 30 901820",
        "E-mail": "joerg@example.com",
        "Company": "Tidewater",
        "Department": "Research",
        "Note": "erste Zeile\r\nzweite Zeile",
        "City": "Berlin",
        "Country": "Germany",
        "Address": "Elm St 1, Berlin, 10115, Germany",
    }


def test_version_3_folded_and_escaped():
    ((_, card),), notices = cards(VERSION_3)

    assert card == {
        "Full name": "Amara Okafor",
        "First name": "Amara N.",
        "Last name": "Okafor",
        "E-mail": "amara@example.com\nokafor@example.org",
        "Link": "https://people.example/amara",
        "Job title": "Engineer, Platform",
        "Note": "first line\nsecond; still the second",
        "Categories": "Berlin, Fair, 2025",
        "Birthday": "1990-01-02",
        "Other": "Skype: amara.o",
    }
    assert notices == ["Pictures in the cards are left out: 1."]


def test_version_4_with_addresses_of_its_own():
    ((_, card),), _ = cards(VERSION_4)

    assert card["Phone"] == "+852-2345-6789"
    assert (card["Full name"], card["City"], card["Company"]) == (
        "陳大文",
        "Hong Kong",
        "Harbor Ltd",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_cards_in_every_encoding(encoding):
    text = "BEGIN:VCARD\nVERSION:3.0\nFN:Jürgen Groß\nEMAIL:j@example.com\nEND:VCARD\n"

    ((_, card),), _ = cards(text.encode(encoding))

    assert card["Full name"] == "Jürgen Groß"


def test_broken_cards_are_read_as_far_as_they_go():
    rows, notices = cards(
        "BEGIN:VCARD\nFN:Anna\nthis belongs to nothing\nBEGIN:VCARD\nFN:Bert\nEND:VCARD\n"
        "BEGIN:VCARD\nFN:Cleo\nEMAIL:c@example.com"
    )

    assert [(line, card["Full name"]) for line, card in rows] == [
        (1, "Anna"),
        (4, "Bert"),
        (7, "Cleo"),
    ]
    assert notices == [
        "Lines that belong to no field of a card are left out: 1, the first is line 3.",
        "Cards without an end are read as far as they go: 2, the first begins on line 1.",
    ]


@pytest.mark.django_db
def test_cards_become_people(upload, check, run):
    stored = upload("contacts.vcf", VERSION_2 + VERSION_3 + VERSION_4)
    assert (stored.kind, stored.row_count) == ("cards", 3)

    done = run(check(stored))

    assert done.counts == {"create": 3}
    amara = Candidate.objects.get(full_name="Amara N. Okafor")
    assert list(amara.emails.order_by("pk").values_list("address", flat=True)) == [
        "amara@example.com",
        "okafor@example.org",
    ]
    assert amara.headline == "Engineer, Platform"
    assert Candidate.objects.filter(full_name="Jörg Müller", country="DE", city="Berlin").exists()
    assert Candidate.objects.get(full_name="陳大文").phones.get().normalized == "+85223456789"


@pytest.mark.parametrize(
    ("charset", "sent", "read"),
    [
        ("undefined", "J=C3=B6rg", "Jörg"),
        ("utf\x00-8", "J=C3=B6rg", "Jörg"),
        ("unicode_escape", "J\\ud800rg", "Jud800rg"),
        ("utf-7", "J+2AA-rg", "J+2AA-rg"),
        ("hex", "Joerg", "Joerg"),
        ("iso-8859-1", "J=F6rg", "Jörg"),
    ],
)
def test_an_encoding_that_gives_no_text_is_not_believed(charset, sent, read):
    rows, _ = cards(
        f"BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:{sent}\n"
        "EMAIL:joerg@example.com\nEND:VCARD\nBEGIN:VCARD\nFN:Anna\nEND:VCARD\n"
    )

    assert [card["Full name"] for _, card in rows] == [read, "Anna"]
    assert "".join(card["Full name"] for _, card in rows).encode()

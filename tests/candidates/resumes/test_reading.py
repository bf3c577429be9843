"""What is found in résumés of every format, and what harmful files end in: each in the jail, as in production."""

from contextlib import suppress

import pytest

from candidates.forms.resumes import SURE
from candidates.resumes.documents import Unreadable
from candidates.resumes.jail import Jail
from tests.candidates.resumes import files


@pytest.fixture(scope="module")
def jail():
    with Jail() as jail:
        yield jail


def values(reading, name):
    return [one["value"] for one in reading["fields"].get(name, [])]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("pdf", files.pdf()),
        ("docx", files.docx()),
        ("odt", files.odt()),
        ("rtf", files.rtf()),
        ("txt", files.TEXT.encode()),
        ("txt", files.TEXT.encode("utf-16")),
        ("txt", files.TEXT.encode("cp1252")),
    ],
    ids=["pdf", "docx", "odt", "rtf", "utf-8", "utf-16", "cp1252"],
)
def test_fields_of_every_format(jail, kind, content):
    reading = jail.read(content, file_name="cv.bin")
    assert reading["kind"] == kind
    assert values(reading, "name")[0] == "Amara Okafor"
    assert values(reading, "email") == ["amara.okafor@example.com"]
    assert values(reading, "phone") == ["+49 30 901820"]
    assert values(reading, "link") == ["linkedin.com/in/amara-okafor"]
    assert values(reading, "city")[0] == "Berlin"
    assert values(reading, "country")[0] == "DE"
    assert values(reading, "headline") == ["Senior Backend Engineer"]
    assert values(reading, "company") == ["Tidewater Ltd"]
    assert set(values(reading, "skill")) >= {"Python", "Django", "PostgreSQL", "Kubernetes", "C++"}
    assert values(reading, "language") == ["English (Native)", "German (B2)"]
    jobs = [
        (job["title"], job["organization"], job["started"], job["ended"], job["is_current"])
        for job in reading["fields"]["work"]
    ]
    assert jobs == [
        ("Senior Backend Engineer", "Tidewater Ltd", "2019-03", "", True),
        ("Software Developer", "Initech GmbH", "2015", "2018", False),
    ]
    assert reading["fields"]["education"][0]["organization"] == "University of Lagos"


def test_findings_say_where_they_stand(jail):
    reading = jail.read(files.pdf())
    for name in ("name", "email", "phone", "skill", "language"):
        for one in reading["fields"][name]:
            found = reading["text"][one["start"] : one["end"]]
            assert one["value"].partition(" (")[0].lower() in found.lower()
            assert 0 < one["confidence"] <= 1


def test_columns_stay_apart(jail):
    reading = jail.read(files.two_columns())
    assert reading["text"].split("\n")[:3] == [
        "CONTACT",
        "amara.okafor@example.com",
        "+49 30 901820",
    ]
    assert values(reading, "name")[0] == "Amara Okafor"
    assert reading["fields"]["work"][0]["organization"] == "Tidewater Ltd"


def test_cells_of_a_table_are_read(jail):
    reading = jail.read(files.docx_table())
    assert "Amara Okafor\tamara.okafor@example.com" in reading["text"]
    assert values(reading, "email") == ["amara.okafor@example.com"]


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("Email:-jane.doe@example.com", "jane.doe@example.com"),
        ("e-mail: jane.doe [at] example [dot] com", "jane.doe@example.com"),
        ("jane.doe@example.comPhone: 030 901820", "jane.doe@example.com"),
        ("E-mail Address-jane.doe@example.com", "jane.doe@example.com"),
        ("jane\u00ad.doe\u200b@example.com", "jane.doe@example.com"),
        ("ｊａｎｅ@example.com", "jane@example.com"),
    ],
)
def test_addresses_as_people_and_programs_write_them(jail, line, address):
    text = f"Jane Doe\n{line}\nBerlin, Germany, engineer of many things"
    assert values(jail.read(text.encode()), "email")[0] == address


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("Mobile No: -7518584025", "7518584025"),
        ("Tel.: 030 901820", "030 901820"),
        ("Mountaintop PA 18707 (570) 677-6000", "(570) 677-6000"),
        ("+33 6 . 68 . 71. 74 . 98", "+33 6 . 68 . 71. 74 . 98"),
        ("0049 30 901820", "0049 30 901820"),
    ],
)
def test_numbers_as_people_write_them(jail, line, number):
    text = f"Jane Doe\nAddress: Berlin, Germany\n{line}\njane@example.com"
    assert values(jail.read(text.encode()), "phone") == [number]


@pytest.mark.parametrize(
    "line",
    ["2015 - 2018", "Date of birth: 12.05.1990", "Passport No. 4711 0815 99", "Grade 4782/4783"],
)
def test_what_is_no_telephone(jail, line):
    text = f"Jane Doe\njane@example.com\nWork experience\n{line}\nwriting"
    assert values(jail.read(text.encode()), "phone") == []


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["CURRICULUM VITAE", "OKAFOR, AMARA", "amara@example.com"], "Amara Okafor"),
        (["AMARA", "OKAFOR", "amara.okafor@example.com"], "Amara Okafor"),
        (["Amara Okafor, PhD", "a.okafor@example.com"], "Amara Okafor"),
        (["AMARA OKAFOR Mobile: +49 30 901820"], "Amara Okafor"),
        (["Biodata", "Name : Amara Okafor", "Father's Name : John Okafor"], "Amara Okafor"),
        (["BIO-DATA", "1. NAME : AMARA OKAFOR", "2. FATHER'S NAME : JOHN"], "Amara Okafor"),
        (["CURRICULAMVITAE", "AMARA OKAFOR", "amara@example.com"], "Amara Okafor"),
        (["P.S.", "Amara Okafor"], "Amara Okafor"),
        (["Nom : Okafor", "Prénom : Amara", "amara@example.com"], "Amara Okafor"),
        (["أمارا أوكافور", "مهندسة برمجيات", "amara@example.com"], "أمارا أوكافور"),
    ],
)
def test_names_as_people_write_them(jail, lines, name):
    text = "\n".join([*lines, "An engineer of many years and words."])
    assert values(jail.read(text.encode()), "name")[0] == name


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (["Amara Okafor", "Chief Happiness Wizard"], "Chief Happiness Wizard"),
        (["Amara Okafor", "Bread Artisan | Berlin"], "Bread Artisan"),
        (["Amara", "Okafor", "Growth hacker"], "Growth hacker"),
        (["Curriculum Vitae", "Amara Okafor", "Accountant"], "Accountant"),
        (["Amara Okafor", "San Francisco"], None),
        (["Amara Okafor", "Lagos, Nigeria"], None),
        (["Amara Okafor", "12 Elm Street"], None),
        (["Amara Okafor", "Professional summary"], None),
        (["Amara Okafor", "University of Lagos"], None),
        (["Amara Okafor", "Bread and everything else that can be made of flour and of love"], None),
        (["Amara Okafor", "I bake bread."], None),
    ],
)
def test_the_line_under_the_name_is_the_title_where_it_plainly_is_one(jail, lines, title):
    reading = jail.read("\n".join([*lines, "amara@example.com", "Skills", "Python"]).encode())

    found = reading["fields"].get("headline", [])

    assert values(reading, "name")[0] == "Amara Okafor"
    assert [one["value"] for one in found] == ([title] if title else [])
    assert all(one["confidence"] < SURE for one in found)
    assert all(reading["text"][one["start"] : one["end"]] == title for one in found)


def test_the_title_of_the_last_job_is_surer_than_the_line_under_the_name(jail):
    lines = ["Amara Okafor", "Chief Happiness Wizard", *files.LINES[2:]]

    assert values(jail.read("\n".join(lines).encode()), "headline") == ["Senior Backend Engineer"]


def test_a_referees_address_is_not_the_persons(jail):
    text = f"{files.TEXT}\nReferences\nDr. Paul Referee, paul.referee@example.org"
    found = {one["value"]: one["confidence"] for one in jail.read(text.encode())["fields"]["email"]}
    assert found["amara.okafor@example.com"] > 0.9
    assert found["paul.referee@example.org"] <= 0.2


def test_the_organizations_own_skills_count(jail):
    text = f"{files.TEXT}\nCargo pricing".encode()
    assert "Cargo pricing" not in values(jail.read(text), "skill")
    assert "Cargo pricing" in values(jail.read(text, skills=["Cargo pricing"]), "skill")


def test_a_file_name_helps_where_the_text_has_no_name(jail):
    text = b"okafor88@example.com\nEngineering of many kinds and for many years"
    reading = jail.read(text, file_name="CV_Amara_Okafor_2024.txt")
    assert values(reading, "name") == ["Amara Okafor"]


def test_a_page_is_drawn(jail):
    assert jail.draw(files.pdf(), page=1).startswith(b"\x89PNG")
    with pytest.raises(Unreadable, match="no such page"):
        jail.draw(files.pdf(), page=2)


def test_two_resumes_in_one_file_are_noticed(jail):
    one = files.pdf(pages=2)
    assert not jail.read(one)["notices"]
    second = files._stream(files._shown(["Bo Li", "bo.li@example.org", "An engineer"]))
    both = files.pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[4 0 R 5 0 R]/Count 2>>",
            files.FONT,
            files.PAGE % 6,
            files.PAGE % 7,
            files._stream(files._shown(files.LINES)),
            second,
        ]
    )
    (notice,) = jail.read(both)["notices"]
    assert notice.startswith("This file may hold two people: Amara Okafor and Bo Li.")


REFUSED = {
    "nothing": (b"", "empty"),
    "zeros": (b"\0" * 5000, "empty"),
    "bomb": (files.bomb(), "unpacks to far more"),
    "lying bomb": (files.lying_bomb(), "damaged|unpacks to far more"),
    "entities": (files.entities(), "declares its own XML entities"),
    "external entity": (files.external_entity(), "declares its own XML entities"),
    "encrypted pdf": (files.encrypted_pdf(), "protected by a password"),
    "encrypted docx": (files.ENCRYPTED_DOCX, "protected by a password"),
    "old word": (files.OLE, "old kind"),
    "nested zip": (files.zipped({"inner.zip": files.zipped({"cv.txt": "x"})}), "ZIP file"),
    "spreadsheet": (
        files.zipped({"[Content_Types].xml": "", "xl/workbook.xml": ""}),
        "spreadsheet",
    ),
    "half a docx": (files.docx()[:300], "damaged"),
    "half a pdf": (files.pdf()[:60], "damaged"),
    "pdf without pages": (
        files.pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"]),
        "has no pages",
    ),
    "pdf of garbage": (b"%PDF-1.7\n" + b"garbage " * 100, "damaged"),
    "picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "picture"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "web page"),
    "web page": (b"<!DOCTYPE html><script>alert(1)</script>", "web page"),
    "program": (b"MZ" + b"\0\x01\x02" * 100, "program"),
    "rar": (b"Rar!\x1a\x07\x00", "RAR"),
    "noise": (bytes(range(256)) * 20, "no PDF"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_harmful_and_broken_files_end_in_a_sentence(jail, name):
    content, sentence = REFUSED[name]
    with pytest.raises(Unreadable, match=sentence) as refusal:
        jail.read(content, file_name="cv.pdf")
    assert str(refusal.value).endswith(".")


FLAGGED = {
    "script": (files.scripted_pdf(), "holds a script"),
    "launch": (files.launching_pdf(), "start a program"),
    "attachment": (files.pdf_with_attachment(), "other files attached"),
    "web page before": (b"<html>" + files.pdf(), "begins with something else"),
    "macros": (files.docx(more={"word/vbaProject.bin": b"x"}), "macros"),
    "embedded": (files.docx(more={"word/embeddings/a.bin": b"x"}), "other files inside"),
    "rtf object": (files.rtf(extra="{\\object\\objdata 0105}"), "other files or programs"),
    "no text": (files.pdf([]), "no text in it"),
    "many pages": (files.pdf(pages=50), "50 pages: its first 40 were read"),
}


@pytest.mark.parametrize("name", FLAGGED)
def test_suspicious_files_are_read_and_flagged(jail, name):
    content, notice = FLAGGED[name]
    assert any(notice in told for told in jail.read(content)["notices"])


def test_a_few_words_are_no_scan(jail):
    told = jail.read(b"John Roe\njohn@example.com\n")

    assert told["notices"] == [
        "There are only a few words in it. Is this the whole r\u00e9sum\u00e9?"
    ]
    assert values(told, "email") == ["john@example.com"]


ENDLESS = {
    "loop": files.looping_pdf(),
    "a million pages": files.pdf_of_a_million_pages(),
    "font": files.looping_font(),
    "packed": files.packed_page(),
    "gigantic page": files.gigantic_page(),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_files_that_never_end_are_ended(jail, name):
    """Read or refused, but in time; and the next file goes on."""
    for act in (jail.read, lambda content: jail.draw(content, page=1)):
        with suppress(Unreadable):
            act(ENDLESS[name])
    assert values(jail.read(files.pdf()), "name")[0] == "Amara Okafor"

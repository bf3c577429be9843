"""A file with the résumés of two people is told from one with referees, superiors, or two addresses of one person."""

import pytest

from candidates.models import Candidate
from candidates.resumes.reading import describe, read
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.candidates.resumes import files

CARL = [
    "Carl Chrom", "Process Engineer", "carl.chrom@example.com | +49 30 901820", "Work experience",
    "Process Engineer at Tidewater Ltd", "Mar 2019 - Present", "Foundry work, alloys and a furnace",
    "Education", "MSc Metallurgy, RWTH Aachen, 2013 - 2015", "Skills", "Welding, Casting",
]  # fmt: skip
DORA = [
    "Dora Dysprosium", "Accountant", "dora.dys@example.org", "+49 40 42838", "Work experience",
    "Accountant at Initech GmbH", "2016 - 2023", "Education", "BA Economics, 2012 - 2015", "Skills", "SAP, Excel",
]  # fmt: skip
SENTENCE = "This file may hold two people: Carl Chrom and Dora Dysprosium."


def reading_of(lines: list[str]):
    return describe(read("\n".join(lines).encode()), file_name="cv.txt")


def people_in(reading) -> list[str]:
    return [one["value"] for one in reading["fields"]["people"]]


def with_name(lines: list[str], old: str, new: str) -> list[str]:
    return [line.replace(old, new) for line in lines]


@pytest.mark.parametrize(
    "second",
    [
        DORA,
        with_name(DORA, "Dora Dysprosium", "DORA DYSPROSIUM"),
        with_name(DORA, "Dora Dysprosium", "Name: Dora Dysprosium"),
        with_name(DORA, "dora.dys@", "dysprosium@"),
        ["Curriculum Vitae", *DORA],
        [DORA[0], DORA[1], *DORA[3:5], "Accountant at Initech GmbH, dora.dys@example.org", *DORA[6:]],
        [*DORA, "References", "Prof. Jane Roe, jane.roe@example.edu"],
    ],
)  # fmt: skip
def test_two_people_in_one_file_are_named(second):
    reading = reading_of([*CARL, *second])

    assert people_in(reading) == ["Carl Chrom", "Dora Dysprosium"]
    (notice,) = reading["notices"]
    assert notice.startswith(SENTENCE)
    assert "split the file" in notice
    assert all(name["confidence"] < 0.5 for name in reading["fields"]["name"])


@pytest.mark.parametrize(
    "lines",
    [
        CARL,
        files.LINES,
        # Referees, with their heading and with one that is none that we know.
        [*CARL, "References", "Dora Dysprosium", "dora.dys@example.org", "Head of Foundry"],
        [*CARL, "Empfehlungen", "Dora Dysprosium", "dora.dys@example.org", "Head of Foundry"],
        [*CARL[:-2], "Referees", "Dora Dysprosium", "dora.dys@example.org", "Skills", "Welding"],
        # One's own: private and of the work, near and far.
        [*CARL[:3], "cchrom@work.example", *CARL[3:]],
        [*CARL, "Contact", "c.chrom@work.example", "+49 30 901821", "Languages", "German"],
        [*CARL, "Personal details", "Carl Chrom", "info@foundry.example", "Skills", "Casting"],
        [*CARL[:5], "hello@studio.example", *CARL[5:]],
        # A superior beside a job, a team, a page that begins with the name again.
        [*CARL[:7], "Supervisor: Dora Dysprosium", "dora.dys@example.org", *CARL[7:]],
        [*CARL[:9], "Thesis with Dora Dysprosium, dora.dys@example.org", *CARL[9:]],
        [*CARL, "Carl Chrom", "carl@chrom.example", "Work experience", "Smith at Umbrella, 2010 - 2012"],
        # A letter before it.
        ["Dora Dysprosium", "Initech GmbH", "dora.dys@example.org", "Dear Ms Dysprosium,", "I apply.", *CARL],
    ],
)  # fmt: skip
def test_one_person_with_others_about_is_one(lines):
    reading = reading_of(lines)

    assert people_in(reading) == []
    assert not any("two people" in notice for notice in reading["notices"])


GIVEN = ["Ana", "Boris", "Cleo", "Dmitri", "Elif", "Farid"]
FAMILY = ["Okonkwo", "Petrov", "Quispe", "Rossi", "Sørensen", "Tanaka"]


@pytest.mark.parametrize("number", range(6))
def test_generated_files_are_told_apart(number):
    def resume(which: int) -> list[str]:
        given, family = GIVEN[which % 6], FAMILY[(which + 2) % 6]
        address = f"{given[0]}.{family}@example.com".lower().replace("ø", "o")
        return [
            line.replace("Carl Chrom", f"{given} {family}").replace("carl.chrom@example.com", address)
            for line in CARL
        ]  # fmt: skip

    first, second = resume(number), resume(number + 1)

    assert people_in(reading_of(first)) == []
    assert people_in(reading_of([*first, *second])) == [first[0], second[0]]
    referee = [*first, "References", second[0], second[2].partition(" ")[0]]
    assert people_in(reading_of(referee)) == []


@pytest.mark.parametrize("kind", ["pdf", "docx"])
@pytest.mark.django_db
def test_enter_alone_does_not_accept_it(kind, drop, recruiter, client, acme):
    name = f"both.{kind}"
    make = files.pdf if kind == "pdf" else files.docx
    resume = drop({name: make([*CARL, *DORA])})[name]
    client.force_login(recruiter)
    data = {
        "person": "new", "full_name": "Carl Chrom",
        "work-TOTAL_FORMS": "0", "work-INITIAL_FORMS": "0",
        "education-TOTAL_FORMS": "0", "education-INITIAL_FORMS": "0",
    }  # fmt: skip

    assert SENTENCE in seen(client.get(f"/acme/candidates/resumes/uploads/{resume.upload_id}/"))
    page = seen(client.get(f"/acme/{resume.path}"))
    assert SENTENCE in page
    assert "Look at these first All of it is about one person" in page
    refused = client.post(f"/acme/{resume.path}accept/", data)
    assert refused.status_code == 422
    assert "Two people may be in this file." in seen(refused)
    with acting_in(acme):
        assert not Candidate.objects.exists()
    client.post(f"/acme/{resume.path}accept/", data | {"is_one_person": "on"})
    with acting_in(acme):
        assert Candidate.objects.get().full_name == "Carl Chrom"


@pytest.mark.django_db
def test_an_ordinary_file_asks_nothing(drop, recruiter, client):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    client.force_login(recruiter)

    assert "about one person" not in seen(client.get(f"/acme/{resume.path}"))

"""Words of a search are marked where the list shows them, and told from notes and résumés where it does not."""

import re
import time
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from candidates.models import Education, NoteReader, Resume, WorkExperience
from candidates.queries import page_of_candidates
from candidates.queries.excerpts import excerpts_of
from candidates.queries.search import PeopleQuery, Searcher, parse, prepare
from candidates.queries.search.marking import Marks, marks_of
from candidates.services.rows import save_row
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory, NoteFactory, SkillFactory

LIST = "/acme/candidates/"


def searcher_of(user) -> Searcher:
    return Searcher(Membership.objects.select_related("user").get(user=user))


def marks(typed: str, user) -> Marks:
    searcher = searcher_of(user)
    return marks_of(prepare(PeopleQuery(parse(typed, searcher=searcher)), searcher=searcher))


def resume(candidate, text: str, state=Resume.State.ACCEPTED) -> Resume:
    found = Resume(candidate=candidate, file_name="cv.pdf", digest="0" * 64, text=text, state=state)
    if state == Resume.State.ACCEPTED:
        found.search_text = text.lower()
    found.save()
    return found


def marked(html: str) -> list[str]:
    return re.findall("<mark>(.*?)</mark>", html)


@pytest.mark.parametrize(
    ("typed", "within", "text", "found"),
    [
        ("zoe", "name", "Zoë Åkesson", ["Zoë"]),
        # As two signs: the letter, and the accent on it.
        ("zoe", "name", "Zoe\u0308 A", ["Zoe\u0308"]),
        ("ake zo", "name", "Zoë Åkesson", ["Zo", "Åke"]),
        ("esson", "name", "Zoë Åkesson", []),
        ("lodz", "company", "Łódź Labs", ["Łódź"]),
        ('"labs lodz"', "company", "Labs, Łódź", ["Labs, Łódź"]),
        ('"java"', "title", "JavaScript", []),
        ("java", "title", "JavaScript", ["Java"]),
        ("c++", "skill", "C++", ["C++"]),
        ("c++", "skill", "C", []),
        ("c#", "skill", "C# and C", ["C#"]),
        ("okafr~", "name", "Ana Okafor", ["Okafor"]),
        ("company:acme", "name", "Acme Jones", []),
        ("company:acme", "company", "ACME Corp", ["ACME"]),
        ("-acme", "company", "ACME Corp", []),
        ("NOT (ana OR bo)", "name", "Ana Bo", []),
        ("NOT (ana -bo)", "name", "Ana Bo", []),
        ("ana OR bo", "name", "Bo and Ana", ["Bo", "Ana"]),
        # Long texts are searched for whole words.
        ("kaf", "resume", "Kafka", []),
        ("kaf*", "resume", "Kafka", ["Kaf"]),
        ("note:kafka", "resume", "Kafka", []),
        ("ß", "name", "Straße", []),
        ("strasse", "name", "Straße 1", ["Straße"]),
        ("fish", "title", "ﬁsh monger", ["ﬁsh"]),
    ],
)  # fmt: skip
def test_words_are_marked_as_they_are_found(in_acme, recruiter, typed, within, text, found):
    spans = marks(typed, recruiter).spans(text, within)

    assert [text[start:end] for start, end in spans] == found


def test_the_list_marks_name_title_company_and_skills(acme, recruiter, as_user):
    with acting_in(acme):
        SkillFactory(name="Go")
        CandidateFactory(
            full_name="Zoë <Go>", headline="Go & more", company="Góra", skills=["Go", "Gothic"]
        )

    text = as_user(recruiter).get(LIST, {"q": "go zoe"}).text

    assert marked(text) == ["Zoë", "Go", "Go", "Gó", "Go", "Go"]
    assert "<mark>Zoë</mark> &lt;<mark>Go</mark>&gt;" in text
    assert "<mark>Go</mark> &amp; more" in text
    # Of a skill that is asked for by its name, its whole tag and no other.
    by_skill = as_user(recruiter).get(LIST, {"q": "skill:go"}).text
    assert marked(by_skill) == ["Go"]
    assert '<span class="tag"><mark>Go</mark></span><span class="tag">Gothic</span>' in by_skill


def test_rows_tell_what_a_note_or_a_resume_says(acme, recruiter, as_user):
    with acting_in(acme):
        noted = CandidateFactory(full_name="Ana Silva")
        NoteFactory(candidate=noted, body="Wants to leave " * 9 + "for <b>Käfka</b> & co, soon.")
        written = CandidateFactory(full_name="Bo Ek")
        resume(written, "Ten years of things. " * 50 + "Built kafka\npipelines. " + "More. " * 99)
        CandidateFactory(full_name="Kafka Cy")

    response = as_user(recruiter).get(LIST, {"q": "kafka"})

    words = seen(response)
    assert "Note: … Wants to leave Wants to leave for <b>Käfka</b> & co, soon." in words
    assert "Résumé: … of things. Ten years of things. Built kafka pipelines. More. More." in words
    # Who shows it in the name is not explained.
    assert response.text.count('class="excerpt"') == 2
    assert sorted(marked(response.text)) == ["Kafka", "Käfka", "kafka"]


@pytest.mark.parametrize(
    ("typed", "told", "marks"),
    [
        ("past_company:charite", "Past position: Ward lead at Charité Berlin, 2015 to 2018", ["Charité"]),
        ("past_title:ward", "Past position: Ward lead at Charité Berlin, 2015 to 2018", ["Ward"]),
        ("charitee~", "Past position: Ward lead at Charité Berlin, 2015 to 2018", ["Charité"]),
        ("vivantes", "Position: Head nurse at Vivantes, 2019 to now", ["Vivantes"]),
        ("school:lodz", "School: BSc, Care, Uniwersytet Łódź, 2014", ["Łódź"]),
        ("bsc", "School: BSc, Care, Uniwersytet Łódź, 2014", ["BSc"]),
        # The row shows it.
        ("klinikum", "", ["Klinikum"]),
        # The last position is found by its company, not by what an older one is called.
        ("past_company:klinik* past_title:ward", "Past position: Nurse at Klinikum, 2020", ["Klinik"]),
        ("-past_company:charite klinikum", None, []),
    ],
)  # fmt: skip
def test_rows_tell_which_position_or_school_it_was(acme, recruiter, as_user, typed, told, marks):
    with acting_in(acme):
        zoe = CandidateFactory(full_name="Zoë", company="Klinikum", headline="Surgeon")
        for row, values in (
            (WorkExperience, {"title": "Ward lead", "company": "Charité Berlin", "start_year": 2015, "end_year": 2018}),
            (WorkExperience, {"title": "Head nurse", "company": "Vivantes", "start_year": 2019, "is_current": True}),
            (WorkExperience, {"title": "Nurse", "company": "Klinikum", "end_year": 2020}),
            (Education, {"school": "Uniwersytet Łódź", "degree": "BSc", "field": "Care", "end_year": 2014}),
        ):  # fmt: skip
            save_row(row(candidate=zoe), by=recruiter, **values)
    client = as_user(recruiter)

    page = client.get(LIST, {"q": typed})

    assert marked(page.text) == marks
    excerpts = re.findall('class="excerpt">(.*?)</span>', page.text)
    assert [re.sub("<.*?>", "", one) for one in excerpts] == ([told] if told else [])
    if told:
        record = client.get(f"/acme/candidates/{zoe.pk}/", {"list": urlencode({"q": typed})})
        kind, _, text = told.partition(": ")
        assert f"Found in a {kind.lower()}: {text}" in seen(record)


def test_private_notes_are_told_to_those_who_read_them_alone(
    acme, recruiter, sourcer, owner, as_user
):
    with acting_in(acme):
        ana = CandidateFactory(full_name="Ana Silva")
        # Found by all through the note that all read; the private one is newer.
        NoteFactory(candidate=ana, author=sourcer, body="Likes kafka.")
        hidden = NoteFactory(
            candidate=ana, author=sourcer, body="Asked for kafka and 90 k.", is_private=True
        )
        NoteReader.objects.create(candidate=ana, note=hidden, user=owner)

    for user, told in ((sourcer, True), (owner, True), (recruiter, False)):
        words = seen(as_user(user).get(LIST, {"q": "kafka"}))
        assert ("90 k" in words) == told
        assert ("Note: Likes kafka." in words) != told


def test_resumes_that_nobody_accepted_are_not_told(acme, recruiter, as_user):
    with acting_in(acme):
        ana = CandidateFactory(full_name="Ana Silva")
        NoteFactory(candidate=ana, body="Knows kafka.")
        resume(ana, "Salary: kafka", state=Resume.State.READY)

    assert "Salary" not in seen(as_user(recruiter).get(LIST, {"q": "kafka"}))


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("typed", "extra"),
    [("", 0), ("status:new", 0), ("name:person", 0), ("kafka", 1), ("past_company:kafka", 1)],
)
def test_excerpts_take_one_query_and_only_where_a_row_needs_one(
    in_acme, recruiter, rows, typed, extra
):
    for number in range(rows):
        person = CandidateFactory(full_name=f"Person {number}")
        NoteFactory(candidate=person, body="Kafka")
        save_row(WorkExperience(candidate=person), by=recruiter, title="Dev", company="Kafka")
    searcher = searcher_of(recruiter)
    prepared = prepare(PeopleQuery(parse(typed, searcher=searcher)), searcher=searcher)
    page = page_of_candidates(prepared, viewer=recruiter)

    with CaptureQueriesContext(connection) as queries:
        found = excerpts_of(page.rows, marks_of(prepared), viewer=recruiter)

    assert len(queries) == extra
    assert len(found) == rows * extra


def test_a_page_of_long_resumes_does_not_hang(in_acme, recruiter):
    """The last word of 100,000 characters, fifty times: a tenth of a second of the processor, not minutes."""
    filler = "Réalisé des systèmes distribués, Go-Live of platforms in Łódź; " * 1600
    for number in range(50):
        resume(CandidateFactory(full_name=f"Person {number}"), f"{filler} kafka")
    searcher = searcher_of(recruiter)
    prepared = prepare(PeopleQuery(parse("kafka", searcher=searcher)), searcher=searcher)
    page = page_of_candidates(prepared, viewer=recruiter)

    began = time.process_time()
    found = excerpts_of(page.rows, marks_of(prepared), viewer=recruiter)
    spent = time.process_time() - began

    assert len(found) == 50
    assert spent < 10

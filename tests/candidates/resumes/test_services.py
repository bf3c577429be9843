"""Résumés from the drop to the record: stored, read, matched, accepted, kept as versions, forgotten."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from candidates.forms.resumes import EducationFormSet, ReviewForm, WorkFormSet, entries_offered
from candidates.models import Candidate, Origin, PhoneNumber, Resume, ResumeUpload
from candidates.queries import pieces_of
from candidates.queries.search import ANY_READER, find_people, words_query
from candidates.services.candidates import AddressTaken
from candidates.services.changes.undoing import start_undo, undo_batch
from candidates.services.files import delete_orphans
from candidates.services.resumes import accepting, forgetting, running, storing
from candidates.services.resumes.judging import judge
from candidates.services.suppressing import Reason, suppress
from crm.privacy.services.erasing import erase_candidate
from crm.web.errors import DomainError
from tests.candidates.resumes import files
from tests.factories import CandidateFactory, TalentPoolFactory

State = Resume.State


def review(resume, person=None, **changed):
    """What the review form posts when the reviewer presses Enter, with `changed` fields."""
    form = ReviewForm(resume=resume, person=person)
    data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    data = {
        name: "\n".join(value) if name in {"emails", "phones", "links"} else value
        for name, value in data.items()
        if value is not None
    } | changed
    jobs, schools = entries_offered(resume)
    for prefix, entries in (("work", jobs), ("education", schools)):
        data |= {f"{prefix}-TOTAL_FORMS": len(entries), f"{prefix}-INITIAL_FORMS": len(entries)}
        for number, entry in enumerate(entries):
            data |= {f"{prefix}-{number}-{name}": value for name, value in entry.items() if value}
    form = ReviewForm(data, resume=resume, person=person)
    work, education = WorkFormSet(data, prefix="work"), EducationFormSet(data, prefix="education")
    assert form.is_valid(), form.errors
    assert work.is_valid(), work.errors
    assert education.is_valid(), education.errors
    return form.kept(work, education)


def test_a_new_person_is_written_with_where_it_comes_from(drop, recruiter):
    pool = TalentPoolFactory()
    resume = drop({"amara.pdf": files.pdf()}, source="Job fair", pool=pool)["amara.pdf"]
    assert (resume.state, resume.kind, resume.match) == (State.READY, "pdf", None)

    person = accepting.accept(resume, by=recruiter, person=None, kept=review(resume))

    assert (person.full_name, person.headline, person.company) == (
        "Amara Okafor",
        "Senior Backend Engineer",
        "Tidewater Ltd",
    )
    assert (person.city, person.country, person.source.name) == ("Berlin", "DE", "Job fair")
    email = person.emails.get()
    assert (email.normalized, email.provenance_kind, email.provenance_label) == (
        "amara.okafor@example.com",
        Origin.RESUME,
        "amara.pdf",
    )
    assert person.phones.get().normalized == "+4930901820"
    assert list(
        person.experiences.values_list("title", "company", "start_year", "start_month")
    ) == [
        ("Senior Backend Engineer", "Tidewater Ltd", 2019, 3),
        ("Software Developer", "Initech GmbH", 2015, None),
    ]
    assert person.educations.get().school == "University of Lagos"
    assert set(person.languages.values_list("name", "level")) == {
        ("English", "native"),
        ("German", "b2"),
    }
    assert "Django" in person.candidate_skills.values_list("skill__name", flat=True)
    assert list(pool.memberships.values_list("candidate", flat=True)) == [person.pk]
    assert "amara.pdf" in person.touchpoints.order_by("pk").first().summary
    resume.refresh_from_db()
    assert (resume.state, resume.candidate, resume.decided_by) == (
        State.ACCEPTED,
        person,
        recruiter,
    )
    assert "harbor of data" in resume.search_text
    with pytest.raises(accepting.ResumeDecided):
        accepting.accept(resume, by=recruiter, person=None, kept=accepting.Kept({}))


def test_somebody_known_gets_a_version_and_keeps_what_was_typed(drop, recruiter):
    known = CandidateFactory(
        full_name="Amara N. Okafor",
        headline="Head of Engineering",
        company="",
        emails=["Amara.Okafor@example.com"],
        skills=["Python"],
    )
    resume = drop({"cv.docx": files.docx()})["cv.docx"]
    assert (resume.match, resume.match_reason) == (known, "Same e-mail address")
    form = ReviewForm(resume=resume, person=known)
    assert form.initial["headline"] == "Head of Engineering"
    assert "Senior Backend Engineer" in form.fields["headline"].help_text
    assert form.initial["company"] == "Tidewater Ltd"

    accepting.accept(resume, by=recruiter, person=known, kept=review(resume, known))

    known.refresh_from_db()
    assert (known.full_name, known.headline, known.company) == (
        "Amara N. Okafor",
        "Head of Engineering",
        "Tidewater Ltd",
    )
    assert known.provenance["company"]["kind"] == Origin.RESUME
    assert known.emails.count() == 1
    assert known.candidate_skills.filter(skill__normalized="python").count() == 1
    assert Candidate.objects.count() == 1


def test_what_a_resume_wrote_over_is_told_and_taken_back(drop, recruiter):
    known = CandidateFactory(
        full_name="Amara Okafor", headline="Developer", company="Initech", city="", country="",
        emails=["amara.okafor@example.com"],
    )  # fmt: skip
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    kept = review(resume, known, headline="Senior Backend Engineer", company="Tidewater Ltd")

    accepting.accept(resume, by=recruiter, person=known, kept=kept)

    entry = known.touchpoints.get(kind="edited")
    assert ["Current title", "Developer", "Senior Backend Engineer"] in entry.changes
    assert ["Company", "Initech", "Tidewater Ltd"] in entry.changes
    change_set = accepting.what_changed(resume)
    assert change_set.title == "Took over a résumé"
    assert known.experiences.exists()

    start_undo(change_set, by=recruiter)
    assert undo_batch(change_set.pk) is False
    known.refresh_from_db()
    assert (known.headline, known.company, known.city) == ("Developer", "Initech", "")
    assert [row.address for row in known.emails.all()] == ["amara.okafor@example.com"]
    for rows in (known.phones, known.candidate_skills, known.experiences, known.educations):
        assert not rows.exists()
    assert not known.resumes.exists()


def test_the_same_resume_a_year_later_adds_nothing_twice(drop, recruiter):
    first = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    person = accepting.accept(first, by=recruiter, person=None, kept=review(first))
    later = drop({"cv 2.docx": files.docx()})["cv 2.docx"]
    accepting.accept(later, by=recruiter, person=person, kept=review(later, person))
    assert person.experiences.count() == 2
    assert person.educations.count() == 1
    assert person.phones.count() == 1
    assert list(person.resumes.order_by("pk")) == [first, later]


def test_a_telephone_tells_who_it_is_only_with_the_name(drop):
    CandidateFactory(full_name="Paul Okafor", phones=["+49 30 901820"])
    text = files.TEXT.replace("amara.okafor@example.com | ", "").replace(
        "linkedin.com/in/amara-okafor", ""
    )
    assert drop({"cv.txt": text.encode()})["cv.txt"].match is None
    amara = CandidateFactory(full_name="Amara Okafor", phones=["+49 30 901820"])
    again = drop({"cv.txt": (text + "\nmore").encode()})["cv.txt"]
    assert (again.match, again.match_reason) == (amara, "Same phone number")


def test_an_address_of_somebody_else_is_refused_when_it_is_accepted(drop, recruiter):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    kept = review(resume)
    CandidateFactory(emails=["amara.okafor@example.com"])
    with pytest.raises(AddressTaken):
        accepting.accept(resume, by=recruiter, person=None, kept=kept)


def test_each_file_of_a_zip_has_its_fate_and_names_are_only_labels(drop, settings):
    settings.RESUME_MAX_BYTES = 100_000
    archive = files.zipped(
        {
            "../../etc/amara.pdf": files.pdf(),
            "evil\u202efdp.exe": b"MZ" + b"\0\x01" * 50,
            "a" * 300 + ".docx": files.docx(
                ["Bo Li", "bo.li@example.org", "An engineer of many things"]
            ),
            "inner.zip": files.zipped({"cv.txt": "x"}),
            "large.txt": b"x" * 100_001,
            "empty.pdf": b"",
            "wrong.pdf": files.docx(
                ["Cleo Diaz", "cleo.diaz@example.org", "Painter of many pictures"]
            ),
            "__MACOSX/._amara.pdf": b"x",
        }
    )
    found = drop({"all.zip": archive})
    states = {name[-20:]: (resume.state, resume.problem) for name, resume in found.items()}
    assert states["amara.pdf"] == (State.READY, "")
    assert states["wrong.pdf"] == (State.READY, "")
    assert found["wrong.pdf"].kind == "docx"
    assert states["evilfdp.exe"] == (State.REFUSED, "This is a program, not a document.")
    assert "ZIP file inside" in states["inner.zip"][1]
    assert "a résumé may have 0 MB" in states["large.txt"][1]
    assert states["empty.pdf"] == (State.REFUSED, "The file is empty.")
    assert len(found) == 7
    assert all(not resume.file for resume in found.values() if resume.state == State.REFUSED)
    folder = Path(settings.MEDIA_ROOT)
    for resume in found.values():
        if resume.file:
            path = Path(resume.file.path).resolve()
            assert path.is_relative_to(folder.resolve() / "resumes" / str(resume.organization_id))
            assert "amara" not in str(path.relative_to(folder.resolve()))


def test_a_directory_of_millions_is_not_read(drop):
    archive = bytearray(files.zipped({"cv.txt": "x"}))
    at = archive.rindex(b"PK\x05\x06")
    archive[at + 12 : at + 16] = (500_000_000).to_bytes(4, "little")
    (resume,) = drop({"all.zip": bytes(archive)}).values()
    assert resume.state == State.REFUSED
    assert "ZIP" in resume.problem or "damaged" in resume.problem


def test_more_files_than_allowed_are_left_out_with_a_sentence(drop, settings):
    settings.RESUME_MAX_FILES = 2
    found = drop({f"{number}.txt": f"cv {number}".encode() for number in range(5)}, read=False)
    assert [resume.state for resume in found.values()] == [
        State.WAITING,
        State.WAITING,
        State.REFUSED,
    ]
    assert found["2.txt"].problem.startswith("One upload takes at most 2 files")


def test_the_same_file_again_names_the_first(drop):
    drop({"cv.pdf": files.pdf()})
    again = drop({"copy.pdf": files.pdf()})["copy.pdf"]
    assert again.state == State.REFUSED
    assert again.problem.startswith("The very same file is here already: “cv.pdf”")


def test_an_erased_person_does_not_come_back(drop, recruiter):
    suppress("email", "amara.okafor@example.com", reason=Reason.ERASED)
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    assert (resume.state, resume.problem) == (State.REFUSED, running.BLOCKED)
    assert (resume.text, resume.fields, bool(resume.file)) == ("", {}, False)


@pytest.mark.parametrize("is_known", [False, True])
def test_a_telephone_of_somebody_erased_is_not_stored_again(drop, recruiter, is_known):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    person = CandidateFactory(full_name="Amara Okafor", country="DE") if is_known else None
    suppress("phone", "+4930901820", reason=Reason.ERASED)

    kept = review(resume, person, country="DE", phones="030 901820")
    with pytest.raises(accepting.PersonErased):
        accepting.accept(resume, by=recruiter, person=person, kept=kept)

    assert not PhoneNumber.objects.exists()


def test_erasing_a_person_takes_files_and_unreviewed_ones_along(
    drop, recruiter, django_capture_on_commit_callbacks
):
    first = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    person = accepting.accept(first, by=recruiter, person=None, kept=review(first))
    second = drop({"cv 2.docx": files.docx()})["cv 2.docx"]
    assert second.match == person
    names = [first.file.name, second.file.name]
    assert all(default_storage.exists(name) for name in names)
    with django_capture_on_commit_callbacks(execute=True):
        erase_candidate(person, by=recruiter)
    assert not Resume.objects.exists()
    assert not any(default_storage.exists(name) for name in names)


def test_a_version_is_added_on_the_record(in_acme, recruiter):
    person = CandidateFactory(full_name="Amara Okafor")
    file = SimpleUploadedFile("new.pdf", files.pdf())
    resume = storing.add_resume(person, file, by=recruiter)
    running.read_waiting(in_acme)
    resume.refresh_from_db()
    assert (resume.candidate, resume.state) == (person, State.READY)
    with pytest.raises(DomainError, match="very same file"):
        storing.add_resume(person, file, by=recruiter)


def test_nothing_unreviewed_stays_for_ever(drop, in_acme, django_capture_on_commit_callbacks):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    assert forgetting.forget_old(timezone.now() + timedelta(days=29)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert forgetting.forget_old(timezone.now() + timedelta(days=31)) == 1
    assert not Resume.objects.exists()
    assert not default_storage.exists(resume.file.name)
    assert ResumeUpload.objects.count() == 1


def test_files_without_a_row_are_swept(drop, settings):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    orphan = Path(resume.file.path).with_name("orphan")
    orphan.write_bytes(b"x")
    assert delete_orphans() == 0
    assert delete_orphans(timezone.now() + timedelta(days=2)) >= 1
    assert not orphan.exists()
    assert Path(resume.file.path).exists()


def test_what_was_found_is_marked_in_the_text(drop):
    resume = drop({"cv.txt": files.TEXT.encode()})["cv.txt"]
    pieces = list(pieces_of(resume))
    assert "".join(piece.text for piece in pieces) == resume.text
    marked = {piece.field: piece.text for piece in pieces if piece.field}
    assert (marked["name"], marked["email"]) == ("Amara Okafor", "amara.okafor@example.com")


def test_an_answer_of_another_form_is_not_believed():
    reading = judge(
        {
            "kind": "exe",
            "pages": "9",
            "text": ["no"],
            "notices": "no",
            "fields": {
                "name": [
                    {"value": "A\x00B", "confidence": 7, "start": 3, "end": 1},
                    "x",
                    {"value": {}},
                ],
                "work": {"title": "x"},
                "password": [{"value": "x"}],
            },
        }
    )
    assert (reading.kind, reading.pages, reading.text, reading.notices) == ("", 1, "", [])
    assert reading.fields == {"name": [{"value": "AB", "confidence": 1.0, "start": 0, "end": 0}]}


def test_words_of_a_resume_are_searched(drop, recruiter):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    wanted = find_people(words_query("amara harbor"), searcher=ANY_READER)
    assert not wanted.all(), "only what was accepted"
    person = accepting.accept(resume, by=recruiter, person=None, kept=review(resume))
    CandidateFactory(full_name="Somebody Else")
    assert [row.pk for row in wanted.all()] == [person.pk]

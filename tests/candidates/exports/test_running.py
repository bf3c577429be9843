"""Exports as jobs: asked for, written, fetched, ended; and the pages around them."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from candidates.models import Candidate, CandidateFile, Export, Note, OrganizationFile, Resume
from candidates.privacy import erase_candidates
from candidates.queries.search import Combine, Condition, Group, PeopleQuery
from candidates.services.exporting import running
from candidates.services.exporting.tables import (
    LEFT_OUT,
    exported_models,
    models_of_files,
    table_name,
)
from candidates.tasks import tend_exports, write_export
from crm.audit.models import AuditEntry
from crm.tenancy.models import Membership
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory, NoteFactory

pytestmark = pytest.mark.django_db

LIST = "/acme/candidates/exports/"
Kind, State = Export.Kind, Export.State


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.fixture
def people(acme):
    with acting_in(acme):
        CandidateFactory(full_name="Amara Okafor", status="new", emails=["amara@example.com"])
        CandidateFactory(full_name="Bert Beispiel", status="hired")


def query(**filters: str) -> PeopleQuery:
    conditions = (Condition(name, "any", (str(value),)) for name, value in filters.items())
    return PeopleQuery(Group(Combine.ALL, tuple(conditions)))


@pytest.fixture
def made(acme, people, recruiter):
    """`made(kind)` asks for a file and has it written."""

    def make(kind: Kind = Kind.PEOPLE, *, by=recruiter, **filters) -> Export:
        with acting_in(acme):
            wanted = query(**filters) if filters else None
            export = running.request_export(kind, by=by, wanted=wanted)
        running.work_on(acme, export.pk)
        with acting_in(acme):
            export.refresh_from_db()
        return export

    return make


def content_of(export: Export) -> bytes:
    with default_storage.open(export.file.name) as file:
        return file.read()


def test_a_file_holds_the_filtered_people(made):
    export = made(status="hired")

    assert export.state == State.DONE
    assert (export.total, export.done_count) == (1, 1)
    names = [row[1] for row in rows_of(content_of(export))]
    assert names == ["Full name", "Bert Beispiel"]


def test_a_file_in_batches_is_whole_and_in_order(made, acme, monkeypatch):
    monkeypatch.setattr(running, "_BATCH_PEOPLE", 2)
    with acting_in(acme):
        for number in range(5):
            CandidateFactory(full_name=f"Person {number}")

    names = [row[1] for row in rows_of(content_of(made()))]

    assert names[1:6] == [f"Person {number}" for number in reversed(range(5))]
    assert len(names) == 8


def test_everything_is_every_table_of_this_organization_alone(made, acme, globex, owner, recruiter):
    with acting_in(globex):
        CandidateFactory(full_name="Gloria Globex")
    with acting_in(acme):
        person = Candidate.objects.get(full_name="Amara Okafor")
        NoteFactory(candidate=person, author=recruiter, body="Told me alone", is_private=True)
        NoteFactory(candidate=person, author=recruiter, body="=Told everybody")

    export = made(Kind.EVERYTHING, by=owner)

    with ZipFile(BytesIO(content_of(export))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert {"README.txt", "people.csv"} | {
        f"tables/{table_name(model)}.csv" for model in exported_models()
    } == set(files)
    whole = b"".join(files.values()).decode()
    assert "Gloria" not in whole
    assert "Told me alone" not in whole
    notes = rows_of(files["tables/candidates-notes.csv"])
    assert dict(zip(*notes, strict=True))["body"] == "'=Told everybody"
    assert dict(zip(*notes, strict=True))["candidate_id"] == str(person.pk)
    assert len(rows_of(files["people.csv"])) == 3


def test_everything_holds_the_uploaded_files_themselves(made, acme, globex, owner, people):
    with acting_in(globex):
        CandidateFile.objects.create(
            candidate=CandidateFactory(),
            file=ContentFile(b"theirs", "x"),
            file_name="x.pdf",
            size=6,
        )
    with acting_in(acme):
        person = Candidate.objects.get(full_name="Amara Okafor")
        permit = CandidateFile.objects.create(
            candidate=person, file=ContentFile(b"a permit", "x"), file_name="../permit.pdf", size=8
        )
        resume = Resume.objects.create(
            candidate=person, file=ContentFile(b"a resume", "x"), file_name="Amara.pdf", size=8
        )
        lost = OrganizationFile.objects.create(
            file=ContentFile(b"gone", "x"), file_name="plan.pdf", size=4
        )
        Resume.objects.create(candidate=person, file="", file_name="refused.pdf", size=0)
        default_storage.delete(lost.file.name)

    export = made(Kind.EVERYTHING, by=owner)

    with ZipFile(BytesIO(content_of(export))) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name[:6] == "files/"}
    missing = files.pop("files/missing.txt").decode()
    assert files == {
        f"files/candidates-files/{permit.pk}-.._permit.pdf": b"a permit",
        f"files/candidates-resumes/{resume.pk}-Amara.pdf": b"a resume",
    }
    assert missing.splitlines()[1:] == [
        f"files/candidates-files-of-jobs-and-pools/{lost.pk}-plan.pdf"
    ]


def test_every_table_with_a_file_names_it():
    assert {model._meta.label for model in models_of_files()} == {
        "campaigns.ContentFile",
        "candidates.CandidateFile",
        "candidates.OrganizationFile",
        "candidates.Resume",
    }


def test_what_is_left_out_of_everything_exists():
    labels = {model._meta.label for model in Note._meta.apps.get_models()}

    assert labels >= LEFT_OUT


def test_the_same_file_asked_for_twice_is_one(acme, people, recruiter):
    with acting_in(acme):
        first = running.request_export(Kind.PEOPLE, by=recruiter)
        second = running.request_export(Kind.PEOPLE, by=recruiter)
        for status in ("new", "hired"):
            running.request_export(Kind.PEOPLE, by=recruiter, wanted=query(status=status))
        with pytest.raises(running.TooManyExports):
            running.request_export(Kind.PEOPLE, by=recruiter, wanted=query(status="alumni"))

    assert first == second


def test_who_left_meanwhile_gets_nothing(acme, people, recruiter):
    with acting_in(acme):
        export = running.request_export(Kind.PEOPLE, by=recruiter)
    Membership.objects.filter(user=recruiter).update(role=Role.VIEWER)

    running.work_on(acme, export.pk)

    with acting_in(acme):
        export.refresh_from_db()
    assert (export.state, bool(export.file)) == (State.FAILED, False)


def test_an_erasure_withdraws_every_file(made, acme):
    export = made()
    name = export.file.name

    with acting_in(acme):
        counts = erase_candidates([Candidate.objects.get(full_name="Amara Okafor").pk])
        export.refresh_from_db()

    assert counts["candidates.Export"] == 1
    assert (export.state, bool(export.file)) == (State.GONE, False)
    assert name.startswith(f"exports/{acme.pk}/")


def test_an_erasure_while_it_is_written_leaves_no_file(made, acme, monkeypatch):
    written = running._Writer.write_people

    def erase_then_write(writer, file):
        written(writer, file)
        with acting_in(acme):
            erase_candidates([Candidate.objects.get(full_name="Amara Okafor").pk])

    monkeypatch.setattr(running._Writer, "write_people", erase_then_write)

    export = made()

    assert (export.state, bool(export.file)) == (State.GONE, False)


def test_a_file_ends_after_three_days(made, acme, django_capture_on_commit_callbacks):
    export = made()
    name = export.file.name

    with django_capture_on_commit_callbacks(execute=True):
        assert running.tend(acme, timezone.now() + timedelta(days=2)) == []
        assert default_storage.exists(name)
        assert running.tend(acme, timezone.now() + timedelta(days=3, minutes=1)) == []

    with acting_in(acme):
        export.refresh_from_db()
    assert export.state == State.GONE
    assert not default_storage.exists(name)


def test_a_run_that_died_begins_anew_and_is_given_up_in_the_end(acme, people, recruiter):
    with acting_in(acme):
        export = running.request_export(Kind.PEOPLE, by=recruiter)
        Export.objects.update(state=State.RUNNING)
    later = timezone.now() + timedelta(minutes=3)

    running.work_on(acme, export.pk)
    with acting_in(acme):
        assert Export.objects.get().state == State.RUNNING, "a living run is left alone"
    assert running.tend(acme, later) == [export.pk]
    for attempt in range(2, 5):
        later += timedelta(minutes=3)
        assert running.tend(acme, later) == ([export.pk] if attempt <= 3 else [])

    with acting_in(acme):
        export.refresh_from_db()
    assert export.state == State.FAILED


def test_the_sweep_finds_what_stands_still(acme, people, recruiter, monkeypatch):
    with acting_in(acme):
        export = running.request_export(Kind.PEOPLE, by=recruiter)
        Export.objects.update(beat_at=timezone.now() - timedelta(minutes=3))
    calls = []
    monkeypatch.setattr(write_export, "delay", lambda *args: calls.append(args))

    tend_exports()
    tend_exports()

    assert calls == [(acme.pk, export.pk)]
    write_export(acme.pk, export.pk)
    with acting_in(acme):
        assert Export.objects.get().state == State.DONE


# The pages


def test_the_list_is_exported_as_it_is_filtered(as_user, acme, people, recruiter):
    client = as_user(recruiter)

    page = " ".join(client.get("/acme/candidates/?status=hired&q=bert").content.decode().split())
    assert 'type="hidden" name="status" value="hired"' in page
    client.post(f"{LIST}people/", {"status": "hired", "q": "bert"})

    with acting_in(acme):
        export = Export.objects.get()
    running.work_on(acme, export.pk)
    response = client.get(f"{LIST}{export.pk}/")
    content = b"".join(response.streaming_content)
    assert [row[1] for row in rows_of(content)] == ["Full name", "Bert Beispiel"]
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="rapport-people-')
    assert "no-store" in response["Cache-Control"]
    with acting_in(acme):
        actions = list(
            AuditEntry.objects.filter(action__startswith="export.")
            .order_by("pk")
            .values_list("action", "actor")
        )
    assert actions == [
        (f"export.{action}", recruiter.pk) for action in ("requested", "finished", "downloaded")
    ]


def test_a_selection_is_exported_as_it_was_counted(as_user, acme, people, recruiter):
    client = as_user(recruiter)
    here = f"{LIST}selected/"
    dialog = client.post(here, {"everything": "1", "query": "q=bert"}).text
    assert "Export 1 person" in dialog
    frozen = dialog.split('name="frozen" value="')[1].split('"')[0]
    with acting_in(acme):
        # Whoever comes to match later is not in it.
        CandidateFactory(full_name="Bert Late")
    assert client.post(here, {"frozen": frozen, "format": "pdf"}).status_code == 422

    client.post(here, {"frozen": frozen, "format": "csv"})

    with acting_in(acme):
        export = Export.objects.get()
        assert export.total == 1
    running.work_on(acme, export.pk)
    with acting_in(acme):
        export.refresh_from_db()
    names = [row[1] for row in rows_of(content_of(export))]
    assert names == ["Full name", "Bert Beispiel"]


def test_who_is_gone_is_not_in_the_file_of_a_selection(acme, people, recruiter):
    with acting_in(acme):
        kept, gone = CandidateFactory(full_name="Kept"), CandidateFactory(full_name="Gone")
        ids = [gone.pk, kept.pk]
        export = running.request_export(Kind.PEOPLE, by=recruiter, ids=ids)
        assert running.request_export(Kind.PEOPLE, by=recruiter, ids=ids) == export
        assert running.request_export(Kind.PEOPLE, by=recruiter, ids=[kept.pk]) != export
        gone.delete()

    running.work_on(acme, export.pk)

    with acting_in(acme):
        export.refresh_from_db()
    assert [row[1] for row in rows_of(content_of(export))] == ["Full name", "Kept"]


def test_a_file_is_for_who_asked_and_for_admins(as_user, made, recruiter, owner, acme):
    other = made(by=owner)
    mine = made()

    def status(user, export) -> int:
        response = as_user(user).get(f"{LIST}{export.pk}/")
        if response.streaming:
            # The file is closed at its end.
            assert b"".join(response.streaming_content)
        return response.status_code

    assert (status(recruiter, mine), status(owner, mine)) == (200, 200)
    assert (status(recruiter, other), status(owner, other)) == (409, 200)


def test_a_file_whose_time_is_over_is_refused(as_user, made, acme, recruiter):
    export = made()
    with acting_in(acme):
        Export.objects.update(expires_at=timezone.now())

    response = as_user(recruiter).get(f"{LIST}{export.pk}/")

    assert response.status_code == 409
    assert "Ask for it again." in response.content.decode()


def test_a_file_can_be_deleted_at_once(as_user, made, acme, recruiter):
    export = made()

    as_user(recruiter).post(f"{LIST}{export.pk}/delete/")

    with acting_in(acme):
        export.refresh_from_db()
    assert (export.state, bool(export.file)) == (State.GONE, False)


def test_the_page_costs_the_same_for_one_file_and_three(as_user, made, recruiter, mode):
    client = as_user(recruiter)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page = client.get(LIST).content.decode()
        assert "rapport-people-" in page
        return len(captured)

    made()
    one = queries()
    made(status="new")
    made(status="hired")

    assert queries() == one == {"plain": 9, "htmx": 8}[mode]


def test_a_workbook_holds_what_the_csv_file_holds(people, acme, recruiter, as_user):
    client = as_user(recruiter)

    client.post(f"{LIST}people/", {"format": "xlsx"})
    client.post(f"{LIST}people/", {"format": "csv"})

    with acting_in(acme):
        csv_export, workbook = Export.objects.order_by("format")
        for export in (csv_export, workbook):
            assert export.state == State.QUEUED
    for export in (csv_export, workbook):
        running.work_on(acme, export.pk)
    answer = client.get(f"{LIST}{workbook.pk}/")
    content = b"".join(answer.streaming_content)
    sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0)
    with acting_in(acme):
        csv_export.refresh_from_db()
        assert sheet.to_python() == rows_of(content_of(csv_export))
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert answer["Content-Disposition"].endswith('.xlsx"')


def test_more_people_than_a_sheet_holds_are_refused_before_anything_is_written(
    people, acme, recruiter, as_user, monkeypatch
):
    monkeypatch.setattr("crm.web.xlsx_export.MOST_ROWS", 2)

    answer = as_user(recruiter).post(f"{LIST}people/", {"format": "xlsx"})

    assert answer.status_code == 409
    assert "A sheet of Excel holds 1 people, and these are 2." in seen(answer)
    with acting_in(acme):
        assert not Export.objects.exists()

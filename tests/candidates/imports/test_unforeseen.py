"""What nobody foresaw in a file: it costs a cell, a row or the file, ends in a sentence, and nothing is tried for ever."""

from io import BytesIO

import pytest
from django.core.files import File

from candidates.models import Candidate, Import
from candidates.services.importing import loading, planning, running, uploading
from candidates.services.importing.formats import cards, excel, opendocument
from candidates.services.importing.formats.records import UnreadableFile
from candidates.services.importing.reading import Reading, Table
from candidates.services.importing.rows import RowReader
from candidates.tasks import work_on_import
from crm.tenancy.scope import acting_in
from tests.candidates.imports.pages import LIST, TWO, file_of, words_of
from tests.candidates.imports.workbooks import (
    cell,
    document,
    inline,
    ods_row,
    row,
    table,
    titles,
    workbook,
)

pytestmark = pytest.mark.django_db
CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nNOTE:{note}\nEND:VCARD\n"


def failing_at(mark: str, inner):
    """`inner`, but for one value that nobody foresaw."""

    def wrapper(*given):
        if any(mark in str(one) for one in given) or mark in str(getattr(given[0], "lines", "")):
            raise ZeroDivisionError(mark)
        return inner(*given)

    return wrapper


def test_a_cell_that_fails_is_empty_and_the_rest_is_read(upload, monkeypatch):
    monkeypatch.setattr(excel._SheetRows, "_value", failing_at("poison", excel._SheetRows._value))
    monkeypatch.setattr(
        opendocument._TableRows, "_value", failing_at("poison", opendocument._TableRows._value)
    )
    sheet = titles("Name", "City") + row(2, inline("A2", "Anna"), inline("B2", "poison"))
    sheet += row(3, inline("A3", "Bert"), inline("B3", "Ulm"))
    rows = [("Name", "City"), ("Anna", "poison"), ("Bert", "Ulm")]
    files = {
        "people.xlsx": workbook(("People", sheet)),
        "people.ods": document(table("People", *(ods_row(*map(cell, one)) for one in rows))),
    }

    for name, content in files.items():
        draft = upload(name, content)

        assert draft.notices == [
            "Cells that Rapport could not read, taken as empty: 1, the first in “People”, row 2, column 2."
        ]
        cells = draft.rows.order_by("line").values_list("cells", flat=True)
        assert list(cells) == [["Anna"], ["Bert", "Ulm"]]


def test_a_file_is_read_up_to_what_fails(upload, monkeypatch):
    monkeypatch.setattr(cards, "_read", failing_at("poison", cards._read))
    content = "".join(
        CARD.format(name=name, note=note)
        for name, note in [("Anna", "a"), ("Bert", "poison"), ("Cleo", "c")]
    )

    draft = upload("people.vcf", content)

    assert [cells[0] for cells in draft.rows.values_list("cells", flat=True)] == ["Anna"]
    assert draft.notices == [
        "Rapport could not read the file after line 1: nobody is imported from what follows. "
        "Open it in a spreadsheet program, save it as CSV and upload that."
    ]


def test_a_file_of_which_nothing_can_be_read_is_refused_beside_its_field(client, acme, monkeypatch):
    monkeypatch.setattr(cards, "_read", failing_at("poison", cards._read))

    response = client.post(
        f"{LIST}add/", {"file": file_of(CARD.format(name="Bert", note="poison"), "people.vcf")}
    )

    assert response.status_code == 422
    assert "Rapport could not read this file, and nobody is imported from it." in words_of(response)
    with acting_in(acme):
        assert not Import.objects.exists()


def waiting_file(recruiter) -> Import:
    content = TWO.encode()
    return uploading.store_upload(
        File(BytesIO(content), "people.csv"), size=len(content), name="people.csv", by=recruiter
    )


def test_a_row_that_cannot_be_stored_costs_no_other(in_acme, recruiter, check, run):
    draft = waiting_file(recruiter)
    # Half of a character, which no database holds.
    records = [
        (line, [f"Person {line}", "\ud800" if line in {4, 9} else "Ulm"]) for line in range(2, 12)
    ]
    found = Table("", "table", uploading.reading_of(draft), ["Name", "City"], iter(records))

    loader = loading._Loader(in_acme, draft.pk, uploading.reading_of(draft), 0)
    assert loader.load(found, until=float("inf"))

    draft.refresh_from_db()
    assert (draft.state, draft.row_count) == (Import.State.DRAFT, 10)
    assert draft.notices == [
        f"Rapport could not store the row on line {line}: nobody is imported from it."
        for line in (4, 9)
    ]
    done = run(check(draft))
    assert done.counts == {"create": 8, "invalid": 2}
    assert Candidate.objects.count() == 8


def test_a_file_that_fails_in_the_background_is_told_at_once(in_acme, recruiter, monkeypatch):
    draft = waiting_file(recruiter)

    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(loading, "guess_mapping", fail)
    assert running.work_on(in_acme, draft.pk)

    draft.refresh_from_db()
    assert (draft.state, draft.restarts) == (Import.State.FAILED, 0)
    assert draft.problem.startswith("Rapport could not read this file")
    assert draft.is_unreadable


def test_a_row_whose_reading_fails_is_invalid_by_itself(import_text, monkeypatch):
    monkeypatch.setattr(RowReader, "_read", failing_at("poison", RowReader._read))

    done = import_text("Name;City\nAnna;poison\nBert;Ulm\n")

    assert done.counts == {"create": 1, "invalid": 1}
    assert done.rows.get(line=2).reason == (
        "Rapport could not read this row. The others were not affected"
    )
    assert Candidate.objects.get().full_name == "Bert"


def test_a_check_that_fails_ends_in_a_sentence(in_acme, upload, recruiter, monkeypatch):
    draft = upload("people.csv", TWO)
    uploading.choose(draft, mapping=uploading.mapping_of(draft), by=recruiter)

    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(planning.Planner, "_name_skills", fail)
    assert running.work_on(in_acme, draft.pk)

    draft.refresh_from_db()
    assert (draft.state, draft.restarts) == (Import.State.FAILED, 0)
    assert draft.problem.startswith("Rapport could not check the first rows")

    # The columns can be chosen again.
    monkeypatch.undo()
    uploading.choose(draft, mapping=uploading.mapping_of(draft), by=recruiter)
    assert running.work_on(in_acme, draft.pk)
    draft.refresh_from_db()
    assert draft.state == Import.State.CHECKED


def test_a_small_file_that_takes_long_goes_on_in_the_background(
    client, acme, monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr(work_on_import, "apply_async", lambda args, **options: rung.append(args))
    monkeypatch.setattr("candidates.views.imports.READ_SECONDS", -1)
    monkeypatch.setattr(loading, "_STORED_AT_ONCE", 1)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{LIST}add/", {"file": file_of(TWO)})

    with acting_in(acme):
        draft = Import.objects.get()
    assert draft.state == Import.State.READING
    assert rung == [(acme.pk, draft.pk)]
    while not running.work_on(acme, draft.pk):
        pass
    with acting_in(acme):
        draft.refresh_from_db()
        assert (draft.state, draft.rows.count()) == (Import.State.DRAFT, 2)


def test_the_reading_chosen_again_may_fail_as_well(upload, recruiter, monkeypatch):
    draft = upload("people.csv", TWO)
    monkeypatch.setattr(
        "candidates.services.importing.reading._titles", failing_at("Name", lambda *_: [])
    )

    with pytest.raises(UnreadableFile, match="could not read this file"):
        uploading.read_again(draft, Reading(header_line=1), by=recruiter)

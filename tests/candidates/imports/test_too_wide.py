"""A row with more cells than Rapport reads: it fails with its line and why, and the others come in."""

import csv
import tracemalloc
from io import StringIO

import pytest

from candidates.models import Candidate, ImportRow
from candidates.services.importing.fields import REPORT_LINE, REPORT_REASON
from candidates.services.importing.formats.records import MAX_COLUMNS
from candidates.services.importing.reporting import failed_rows
from candidates.services.importing.rows import NOBODY, TOO_WIDE
from tests.candidates.imports.pages import LIST, words_of
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
PEOPLE = [f"Person {number} Muster" for number in range(2, 102)]
TITLES = ("Name", "City")


def as_csv(rows: list[list[str]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def delimited() -> bytes:
    rows = [TITLES, *((name, "Ulm") for name in PEOPLE), ["x"] * 1502, ("Zoe Ende", "Ulm")]
    return "\n".join(",".join(cells) for cells in rows).encode()


def excel() -> bytes:
    rows = [
        row(n, inline(f"A{n}", name), inline(f"B{n}", "Ulm")) for n, name in enumerate(PEOPLE, 2)
    ]
    # The last column that a sheet can have, and one that none has.
    far = row(102, inline("A102", "x"), inline("XFD102", "x"), inline("ZZZZZZ102", "x"))
    end = row(103, inline("A103", "Zoe Ende"), inline("B103", "Ulm"))
    return workbook(("People", titles(*TITLES) + "".join(rows) + far + end))


def open_document() -> bytes:
    rows = [ods_row(cell(name), cell("Ulm")) for name in PEOPLE]
    gap = cell("", 'table:number-columns-repeated="1500"')
    many = cell("x", 'office:value-type="string" table:number-columns-repeated="1500"')
    far = ods_row(cell("x"), gap, many, cell("y"))
    heads = ods_row(*map(cell, TITLES))
    return document(table("People", heads, *rows, far, ods_row(cell("Zoe Ende"), cell("Ulm"))))


@pytest.mark.parametrize(
    ("name", "content", "cells"),
    [
        ("people.csv", delimited, ["x"] * 1502),
        # Of the cells beyond those that Rapport reads, the empty ones are not kept.
        ("people.xlsx", excel, ["x", *[""] * 999, "x", "x"]),
        ("people.ods", open_document, ["x", *[""] * 999, "x", "y"]),
    ],
)
def test_a_row_that_is_too_wide_fails_alone(name, content, cells, upload, check, run, client):
    checked = check(upload(name, content()))
    assert (checked.row_count, checked.header) == (102, list(TITLES))
    assert checked.counts == {"create": 101, "invalid": 1}
    assert "More than 1,000 cells on line 102: not imported." in checked.notices

    done = run(checked)

    assert Candidate.objects.count() == 101
    assert Candidate.objects.filter(full_name="Zoe Ende", city="Ulm").exists()
    failed = done.rows.get(state=ImportRow.State.FAILED)
    assert (failed.line, failed.reason, failed.cells) == (102, TOO_WIDE, cells)
    page = words_of(client.get(f"{LIST}{done.pk}/?show=invalid"))
    assert "More than 1,000 cells in one row" in page


def test_its_failed_rows_are_a_file_with_all_their_cells(upload, check, run):
    cells = [f"x{number}" for number in range(1502)]
    content = delimited().replace(b",".join([b"x"] * 1502), ",".join(cells).encode())
    done = run(check(upload("people.csv", content.replace(b"Zoe Ende,Ulm", b",Ulm,Extra"))))

    written = list(failed_rows(done))

    # The reasons stand where they always do; what goes on stands behind them in columns without a title.
    assert written == [
        ["Name", "City", "Extra cell 3", REPORT_LINE, REPORT_REASON],
        [*cells[:3], "102", TOO_WIDE, *cells[3:]],
        ["", "Ulm", "Extra", "103", NOBODY],
    ]
    again = check(upload("again.csv", as_csv(written)))
    assert (again.row_count, again.counts) == (2, {"invalid": 2})
    assert again.header == written[0]

    written[1] = ["Mia Muster", "Ulm", "", "102", TOO_WIDE]
    mended = upload("mended.csv", as_csv(written))
    assert mended.notices[-1] == (
        "These are failed rows of “people.csv”: everything is chosen as it was there."
    )
    assert check(mended).counts == {"create": 1, "invalid": 1}


def test_many_failed_rows_are_written_without_holding_them(upload, check, run):
    done = run(check(upload("people.csv", "Name;City\nAnna Muster;Ulm\n")))
    failed = {"import_file": done, "state": ImportRow.State.FAILED, "outcome": "invalid"}
    ImportRow.objects.bulk_create(
        ImportRow(line=number, cells=["", "x" * 2000], reason=NOBODY, **failed)
        for number in range(10, 8010)
    )
    tracemalloc.start()

    written = sum(1 for _ in failed_rows(done))

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert written == 8001
    assert most < 8_000_000


def test_a_row_with_as_many_cells_as_are_read_does_not_make_its_file_too_wide(upload, check, run):
    cells = ["", "Ulm", *["x"] * 998]
    content = "\n".join(",".join(row) for row in [TITLES, ("Anna", "Ulm"), cells])
    done = run(check(upload("people.csv", content.replace(",x", ",", 1))))
    assert done.counts == {"create": 1, "invalid": 1}

    written = list(failed_rows(done))

    assert len(written[0]) == MAX_COLUMNS
    assert [cell for cell in written[1] if cell == "x"] == ["x"] * 997
    assert upload("again.csv", as_csv(written)).row_count == 1


def test_separators_at_the_end_of_a_line_are_no_cells(import_text):
    done = import_text("Name;City\nAnna Muster;Ulm" + ";" * 1500 + "\nBert Beil;Bonn\n")

    assert done.counts == {"create": 2}
    assert not any("1,000 cells" in notice for notice in done.notices)


def test_cells_without_a_value_far_on_the_right_are_none(upload):
    styled = row(2, inline("A2", "Anna"), '<c r="XFD2" s="1"/>')
    draft = upload("people.xlsx", workbook(("People", titles("Name") + styled)))

    assert draft.rows.get().cells == ["Anna"]


def test_a_wide_row_on_another_sheet_is_of_no_interest(upload):
    people = titles("Name", "City") + row(2, inline("A2", "Anna"), inline("B2", "Ulm"))
    wide = row(1, inline("A1", "x"), inline("XFD1", "x"))

    draft = upload("people.xlsx", workbook(("People", people), ("Matrix", wide)))

    assert (draft.sheet, draft.row_count) == ("People", 1)

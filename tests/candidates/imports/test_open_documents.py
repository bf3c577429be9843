"""Sheets of OpenDocument: rows and cells that stand for many are read, but not without end."""

from time import process_time

import pytest

from candidates.services.importing.formats.records import UnreadableFile
from tests.candidates.imports.workbooks import cell, document, ods_row, read, table


def test_opendocument_repeats_notes_errors_and_types():
    people = table(
        "People",
        ods_row(cell("Name"), cell("Phone"), cell("Last contact"), cell("Remote"), cell("Skills")),
        ods_row(attributes='table:number-rows-repeated="1000000"'),
        ods_row(
            cell("Anna<office:annotation><text:p>secret</text:p></office:annotation>"),
            cell("4,9E+12", 'office:value-type="float" office:value="4915134703805"'),
            cell("17.08.24", 'office:value-type="date" office:date-value="2024-08-17"'),
            cell("WAHR", 'office:value-type="boolean" office:boolean-value="true"'),
            cell("SQL<text:s text:c='2'/>Python"),
            '<table:table-cell table:number-columns-repeated="16000"/>',
        ),
        ods_row(cell("Bert"), cell("#REF!", 'table:formula="of:=x" office:value-type="string"')),
        ods_row(cell("Cleo"), attributes='table:number-rows-repeated="2"'),
    )

    found, rows = read(document(table("Empty", ods_row()), people))

    assert rows == [
        (1_000_002, ["Anna", "4915134703805", "2024-08-17", "yes", "SQL  Python"]),
        (1_000_003, ["Bert"]),
        (1_000_004, ["Cleo"]),
        (1_000_005, ["Cleo"]),
    ]
    assert found.notices == [
        "Cells that show an error such as #REF! are read as empty: 1, the first in “People”, row 1,000,003, column 2."
    ]


def test_a_row_dragged_down_a_sheet_is_not_unfolded_without_end():
    people = table(
        "People",
        ods_row(cell("Name"), cell("Phone")),
        ods_row(cell("Anna"), cell("1", attributes='table:number-columns-repeated="900"'), attributes='table:number-rows-repeated="20000"'),
        ods_row(cell("Bert")),
    )  # fmt: skip

    found, records = read(document(people))

    assert [line for line, _ in records] == [*range(2, 102), 20002]
    assert records[-1][1] == ["Bert"]
    assert (
        "Rows that stand more than 100 times below each other are read 100 times: 1, "
        "the first in “People”, row 2." in found.notices
    )


def test_opendocument_copies_of_a_row_are_read_a_hundred_times():
    people = table(
        "People",
        ods_row(cell("Name"), cell("City")),
        ods_row(cell("Anna"), attributes='table:number-rows-repeated="1048000"'),
        ods_row(cell("Bert"), attributes='table:number-rows-repeated="101"'),
        ods_row(cell("Cleo"), attributes='table:number-rows-repeated="100"'),
    )

    found, rows = read(document(people))

    assert [name for _, (name,) in rows] == ["Anna"] * 100 + ["Bert"] * 100 + ["Cleo"] * 100
    assert [line for line, _ in rows[:100]] == list(range(2, 102))
    assert [line for line, _ in rows[100:]] == [
        *range(1_048_002, 1_048_102),
        *range(1_048_103, 1_048_203),
    ]
    assert found.notices == [
        "Rows that stand more than 100 times below each other are read 100 times: 2, the first in “People”, row 2."
    ]


def test_opendocument_of_few_bytes_and_many_cells_is_refused():
    """What 20 KB say may be a thousand columns to the end of the sheet."""
    wide = cell("x", 'office:value-type="string" table:number-columns-repeated="900"')
    many = 'table:number-rows-repeated="20000"'
    content = document(
        table(
            "People", ods_row(cell("Name"), cell("City")), *[ods_row(wide, attributes=many)] * 5000
        )
    )

    began = process_time()
    with pytest.raises(UnreadableFile, match="1,000,000 cells are copies") as refused:
        read(content)

    assert "The sheet “People” repeats cells so often, the last time in row 220,002" in str(
        refused.value
    )
    # Hundredths of a second of the processor, not the minutes of 90,000,000,000 cells.
    assert process_time() - began < 20


def test_opendocument_beyond_the_last_row_is_refused():
    empty = ods_row(attributes='table:number-rows-repeated="1048576"')

    with pytest.raises(UnreadableFile, match="goes on after row 1,048,576"):
        read(document(table("People", ods_row(cell("Name")), empty, ods_row(cell("Anna")))))


def test_opendocument_spaces_are_counted_only_so_far():
    endless = cell('a<text:s text:c="9999999"/>b')

    _, [(_, cells)] = read(document(table("People", ods_row(cell("Name")), ods_row(endless))))

    assert cells == ["a" + " " * 1000 + "b"]


def test_opendocument_hidden_sheets():
    hidden = (
        '<style:style style:name="h"><style:table-properties table:display="false"/></style:style>'
    )
    rows = (ods_row(cell("Name"), cell("E-mail")), ods_row(cell("Anna")))
    content = document(
        table("Old", *rows, ods_row(cell("Bert")), attributes='table:style-name="h"'),
        table("New", *rows),
        styles=hidden,
    )

    found, _ = read(content)

    assert found.reading.sheet == "New"
    assert found.notices == ["Read the sheet “New”. Not read: “Old” (hidden)."]

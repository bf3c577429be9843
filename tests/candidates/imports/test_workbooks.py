"""Odd and hostile workbooks: everything readable is read, and what was odd is said with its place."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from candidates.services.importing.formats.records import UnreadableFile
from candidates.services.importing.reading import Reading, read_table
from tests.candidates.imports.workbooks import (
    archive,
    cell,
    document,
    inline,
    ods_row,
    read,
    row,
    table,
    titles,
    workbook,
)

STYLES = (
    '<numFmts><numFmt numFmtId="164" formatCode="[$-407]d\\.\\ mmm\\ yyyy;@"/>'
    '<numFmt numFmtId="165" formatCode="0.00&quot; days&quot;"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
    '<xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="20"/><xf numFmtId="22"/></cellXfs>'
)


def dated(reference: str, serial: object, style: int) -> str:
    return f'<c r="{reference}" s="{style}"><v>{serial}</v></c>'


def days(content: bytes) -> list[str]:
    return [cells[1] for _, cells in read(content)[1]]


def test_dates_of_every_format():
    rows = titles("Name", "Last contact") + "".join(
        row(line, inline(f"A{line}", f"Person {line}"), dated(f"B{line}", serial, style))
        for line, (serial, style) in enumerate(
            [(45521, 1), (45521, 2), (45521.5, 5), (45521, 3), (0.5, 4), (59, 1), (61, 1), (45521, 0)], 2
        )
    )  # fmt: skip

    assert days(workbook(("People", rows), styles=STYLES)) == [
        "2024-08-17", "2024-08-17", "2024-08-17 12:00:00", "45521", "12:00:00", "1900-02-28",
        "1900-03-01", "45521",
    ]  # fmt: skip


def test_dates_of_1904():
    rows = titles("Name", "Last contact") + row(2, inline("A2", "Anna"), dated("B2", 44059, 1))

    assert days(workbook(("People", rows), styles=STYLES, book='<workbookPr date1904="1"/>')) == [
        "2024-08-17"
    ]


def test_a_date_that_no_calendar_has_stays_a_number():
    rows = titles("Name", "Last contact") + row(2, inline("A2", "Anna"), dated("B2", -5, 1))

    found, [(_, cells)] = read(workbook(("People", rows), styles=STYLES))

    assert cells == ["Anna", "-5"]
    assert found.notices == [
        "Dates that no calendar has, kept as numbers: 1, the first in “People”, row 2, column 2."
    ]


@pytest.mark.parametrize(
    ("book", "serial"),
    [('<workbookPr date1904="1"/>', 2958000), ("", "2958465.999999"), ("", "1e300"), ("", "-1")],
)
def test_one_date_after_the_last_year_costs_no_other_row(book, serial):
    rows = titles("Name", "Last contact") + "".join(
        row(line, inline(f"A{line}", "Anna"), dated(f"B{line}", value, 1))
        for line, value in [(2, serial), (3, 44059)]
    )

    found, records = read(workbook(("People", rows), styles=STYLES, book=book))

    assert [line for line, _ in records] == [2, 3]
    assert records[1][1][1] in {"2020-08-16", "2024-08-17"}
    assert found.notices == [
        "Dates that no calendar has, kept as numbers: 1, the first in “People”, row 2, column 2."
    ]


def test_rows_with_the_number_of_another_row_are_counted_on():
    rows = titles("Name") + "".join(
        row(number, inline("A2", name))
        for number, name in [(2, "Anna"), (2, "Bert"), (99999999999, "Cleo"), (7, "Dora")]
    )

    found, records = read(workbook(("People", rows)))

    assert records == [(2, ["Anna"]), (3, ["Bert"]), (4, ["Cleo"]), (7, ["Dora"])]
    assert found.notices == [
        "Rows numbered out of order are counted on from the row before: 2, the first is row 3 of “People”."
    ]


def test_sheets_with_endless_names_are_told_apart():
    rows = titles("Name") + row(2, inline("A2", "Anna"))
    other = titles("Name") + row(2, inline("A2", "Bert"))
    content = workbook(("x" * 400, rows), ("x" * 399 + "y", other))

    found, records = read(content)
    again, chosen = read(content, Reading(sheet=found.sheets[1]))

    assert all(len(name) <= 100 for name in found.sheets)
    assert len(set(found.sheets)) == 2
    assert [cells for _, cells in records] == [["Anna"]]
    assert [cells for _, cells in chosen] == [["Bert"]]
    assert again.reading.sheet == found.sheets[1]


def test_shared_texts_rich_texts_and_reading_aids():
    shared = (
        "<si><t>Anna</t></si><si><r><t>Bert </t></r><r><t>Beispiel</t></r></si>"
        "<si><t>山田</t><rPh sb='0' eb='2'><t>ヤマダ</t></rPh></si><si/><si><t>a_x000D_b</t></si>"
    )
    rows = titles("Name") + "".join(
        row(n + 2, f'<c r="A{n + 2}" t="s"><v>{index}</v></c>')
        for n, index in enumerate([0, 1, 2, 3, 4, 99])
    )

    found, people = read(workbook(("People", rows), shared=shared))

    assert people == [(2, ["Anna"]), (3, ["Bert Beispiel"]), (4, ["山田"]), (6, ["a\rb"])]
    assert found.notices == [
        "Cells whose text is missing in the file, read as empty: 1, the first in “People”, row 7, column 1."
    ]


def test_formulas_count_by_their_result_and_errors_as_empty():
    rows = titles("Name", "E-mail", "Phone") + row(
        2,
        '<c r="A2" t="str"><f>B1&amp;C1</f><v>Anna Muster</v></c>',
        '<c r="B2" t="e"><f>#REF!</f><v>#REF!</v></c>',
        '<c r="C2"><f>1+1</f></c>',
    )

    found, people = read(workbook(("People", rows)))

    assert people == [(2, ["Anna Muster"])]
    assert found.notices == [
        "Cells that show an error such as #REF! are read as empty: 1, the first in “People”, row 2, column 2.",
        "Formulas without a stored result, read as empty: 1, the first in “People”, row 2, column 3. "
        "Open the file in a spreadsheet program and save it to have them computed.",
    ]


def test_merged_cells_hold_their_value_in_every_row():
    rows = titles("Name", "Company") + "".join(
        row(n, inline(f"A{n}", name), *([inline("B2", "Tidewater")] if n == 2 else []))
        for n, name in [(2, "Anna"), (3, "Bert"), (4, "Cleo"), (5, "Dora")]
    )
    merged = '<mergeCells count="2"><mergeCell ref="B2:B4"/><mergeCell ref="A9:C9"/></mergeCells>'

    found, people = read(workbook(("People", rows), tail=merged))

    assert [cells[1:] for _, cells in people] == [["Tidewater"]] * 3 + [[]]
    assert found.notices == [
        "Merged cells were read as if each row held their value: 1, the first in “People”, row 2, column 2."
    ]


@pytest.mark.parametrize("columns", [range(1, 600), [999]])
def test_a_few_merged_cells_do_not_stand_for_endlessly_many(columns):
    """Of 16,384 of them each of a million rows would hold as many; so would the empty ones before the last."""
    names = [letters_of(column) for column in columns]
    rows = titles("Name") + row(
        2, inline("A2", "Anna"), *(inline(f"{name}2", "x") for name in names)
    )
    rows += "".join(row(line, inline(f"A{line}", "Bert")) for line in range(3, 2_500))
    ranges = "".join(f'<mergeCell ref="{name}2:{name}1048576"/>' for name in names)

    with pytest.raises(UnreadableFile, match="split merged cells"):
        read(workbook(("People", rows), tail=f"<mergeCells>{ranges}</mergeCells>"))


def letters_of(column: int) -> str:
    """What a spreadsheet calls a column, counted from 0."""
    name = ""
    while column >= 0:
        name, column = chr(65 + column % 26) + name, column // 26 - 1
    return name


def test_a_hidden_sheet_is_not_read_unless_it_is_chosen():
    plain = titles("Title") + row(2, inline("A2", "Read me"))
    people = titles("Name", "E-mail", "Phone") + row(2, inline("A2", "Anna"))
    content = workbook(("Notes", plain), ("Old", people), hidden=("Old",))

    found, _ = read(content)
    assert found.reading.sheet == "Notes"
    assert found.sheets == ["Notes", "Old"]
    assert "Read the sheet “Notes”. Not read: “Old” (hidden)." in found.notices

    chosen, rows = read(content, Reading(sheet="Old"))
    assert (chosen.header, rows) == (["Name", "E-mail", "Phone"], [(2, ["Anna"])])


def test_duplicate_titles_are_told_apart():
    rows = titles("Name", "Phone", "Phone") + row(2, inline("A2", "Anna"))

    assert read(workbook(("People", rows)))[0].header == ["Name", "Phone", "Phone 2"]


def test_the_row_of_titles_can_be_chosen():
    rows = titles("Team", "Lead") + titles("Name", "E-mail", line=4) + row(5, inline("A5", "Anna"))
    content = workbook(("People", rows))

    assert read(content, Reading(header_line=4))[0].header == ["Name", "E-mail"]
    assert read(content, Reading(header_line=1))[0].header == ["Team", "Lead"]
    without, people = read(content, Reading(header_line=0))
    assert (without.header, len(people)) == (["Column 1", "Column 2"], 3)
    with pytest.raises(UnreadableFile, match="Row 2 is empty"):
        read(content, Reading(header_line=2))


def test_cells_without_references_and_other_prefixes():
    rows = "<x:row><x:c/><x:c t='inlineStr'><x:is><x:t>E-mail</x:t></x:is></x:c></x:row>"
    rows += "<x:row><x:c t='inlineStr'><x:is><x:t>Anna</x:t></x:is></x:c></x:row>"
    content = workbook(("People", "")).replace(b"", b"")
    with ZipFile(BytesIO(content)) as old:
        files = {name: old.read(name) for name in old.namelist()}
    files["xl/worksheets/s1.xml"] = (
        f'<x:worksheet xmlns:x="urn:x"><x:sheetData>{rows}</x:sheetData></x:worksheet>'.encode()
    )

    _, people = read(archive(**files), Reading(header_line=0))

    assert people == [(1, ["", "E-mail"]), (2, ["Anna"])]


def test_a_damaged_end_costs_only_the_rows_behind_it():
    rows = titles("Name") + "".join(
        row(n, inline(f"A{n}", f"Person {n}")) for n in range(2, 20_000)
    )
    with ZipFile(BytesIO(workbook(("People", rows)))) as whole:
        files = {name: whole.read(name) for name in whole.namelist()}
    files["xl/worksheets/s1.xml"] = files["xl/worksheets/s1.xml"][:900_000]

    found, people = read(archive(**files))

    assert 9_000 < len(people) < 19_000
    assert found.notices[-1] == (
        f"The file is damaged in the sheet “People” after row {people[-1][0]:,}: "
        "the rows after it could not be read."
    )


BOMB = (
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<worksheet><sheetData><row><c t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
)


def with_sheet(content: str) -> bytes:
    with ZipFile(BytesIO(workbook(("People", "")))) as old:
        files = {name: old.read(name) for name in old.namelist()}
    return archive(**files | {"xl/worksheets/s1.xml": content.encode()})


PEOPLE = titles("Name", "City") + row(2, inline("A2", "Anna"), inline("B2", "Ulm"))
ANNA = [(2, ["Anna", "Ulm"])]
LEFT_OUT = (
    "The sheet “Old” cannot be read: nobody is imported from it. The other sheets are not affected. "
    "If it holds people, save the file again in a spreadsheet program and upload that."
)


def three_sheets(old: str | None) -> bytes:
    """A workbook with two good sheets around one with this content; None leaves it out of the archive."""
    with ZipFile(
        BytesIO(workbook(("Old", ""), ("People", PEOPLE), ("New", titles("Name"))))
    ) as good:
        files = {name: good.read(name) for name in good.namelist()}
    files.pop("xl/worksheets/s1.xml")
    return archive(**files | ({"xl/worksheets/s1.xml": old.encode()} if old is not None else {}))


@pytest.mark.parametrize("old", ["<worksheet><sheetData><row><c", "", BOMB, None])
def test_a_sheet_that_cannot_be_read_costs_no_other(old):
    found = read_table(BytesIO(three_sheets(old)))

    assert found.sheets == ["People", "New"]
    assert list(found.rows) == ANNA
    assert found.notices == ["Read the sheet “People”. Not read: “New”.", LEFT_OUT]


def test_of_a_damaged_sheet_the_rows_before_the_damage_are_read():
    content = with_sheet(f"<worksheet><sheetData>{PEOPLE}</row>")

    found = read_table(BytesIO(content))

    assert list(found.rows) == ANNA
    assert found.notices == [
        "The file is damaged in the sheet “People” after row 2: the rows after it could not be read."
    ]


@pytest.mark.parametrize("others", ["", table("Last", ods_row(cell("Name")))])
def test_opendocument_sheets_before_a_damage_are_read(others):
    people = table(
        "People", ods_row(cell("Name"), cell("City")), ods_row(cell("Anna"), cell("Ulm"))
    )
    old = table("Old", ods_row(cell("Name"))).replace("</text:p>", "")
    content = document(people, old, others)

    found = read_table(BytesIO(content))

    assert found.sheets == ["People"]
    assert list(found.rows) == ANNA
    assert found.notices == [
        "The file is damaged in or after the sheet “Old”: sheets that follow it are not found.",
        LEFT_OUT,
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (with_sheet(BOMB), "declares XML entities"),
        (with_sheet("<worksheet><sheetData><row><c"), "“People” is damaged"),
        (workbook(("People", "")), "spreadsheet is empty"),
        (workbook(("People", titles("Name", "E-mail"))), "no row below them"),
        (workbook(("People", titles("Name")))[:-60], "not complete"),
        (workbook(("People", row(1, inline("ALM1", "x")))), "more than 1,000 columns"),
        (workbook(("People", " " * 60_000_000)), "too large once unpacked"),
        (archive(**{"word/document.xml": "<x/>"}), "archive, not a table"),
        (archive(**{"xl/other.xml": "<x/>"}), "list of sheets cannot be read"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") + bytes(600),
            "protected by a password",
        ),
        (document(manifest="<m:encryption-data/>"), "protected by a password"),
        (document(table("People")), "spreadsheet is empty"),
        (b"\x00\x01\x02\x03" * 500, "no table that Rapport can read"),
        (b"\xef\xbb\xbf \r\n\r\n", "The file is empty"),
        (b"a," * 1000 + b"\nAnna\n", "more than 1,000 columns, the most that Rapport reads. Its rows"),
        (
            ",".join(["Name", "Phone", *(f"Field {letter}" * 8 for letter in "ab" * 500)]).encode()
            + b"\nAnna,1\n",
            "more than 1,000 columns, the most that Rapport reads. The titles on line 1",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_what_to_do(content, words):
    with pytest.raises(UnreadableFile, match=words) as refused:
        read(content)

    assert str(refused.value).endswith(".")


def test_control_characters_and_halves_of_characters_in_the_way_of_excel():
    texts = ["a_x000D_b", "_xD83D__xDE00_", "half_xD800_", "_x005F_x0041_", "_xZZZZ_"]
    rows = titles("Name", "Town") + row(
        2, *(inline(f"{chr(65 + number)}2", text) for number, text in enumerate(texts))
    )

    assert read(workbook(("People", rows)))[1] == [
        (2, ["a\rb", "😀", "half\ufffd", "_x0041_", "_xZZZZ_"])
    ]

"""Excel workbooks that leave Rapport: texts alone, whole, and the same for other programs as for us."""

from io import BytesIO
from zipfile import ZipFile

from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from candidates.services.importing.formats.records import Oddities
from candidates.services.importing.spreadsheets import open_workbook
from crm.web.xlsx_export import CUT, LONGEST_CELL, write_workbook

NASTY = [
    "=1+1", "=HYPERLINK(\"http://evil.example\")", "+49 30 123", "-5", "@nick", "'=1", "|cmd", "007",
    "1e5", "2026-03-01", "<b>&amp;</b>", "]]>", "\u202etxt", " two  spaces ", "line\nline", "tab\there",
    "_x0041_", "_x000d_x000D_", "\x01\x1f\r", "\ufffe", "😀",
]  # fmt: skip


def written(rows: list[list[str]], **options) -> bytes:
    file = BytesIO()
    write_workbook(file, rows, sheet="People & co", **options)
    return file.getvalue()


def read_by_us(content: bytes) -> list[list[str]]:
    file = BytesIO(content)
    book = open_workbook(file, content[:65536])
    return [cells for _, cells in book.records(book.sheets[0].name, Oddities())]


def test_no_cell_is_a_formula_a_number_or_a_date():
    with ZipFile(BytesIO(written([["Title"], *([value] for value in NASTY)]))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()

    assert "<f" not in sheet
    assert "<v" not in sheet
    assert sheet.count('t="inlineStr"') == sheet.count("<c ") == len(NASTY) + 1


def test_another_reader_sees_the_same_texts():
    # Of control characters it keeps the way in which Excel writes them; so does no name.
    plain = [value for value in NASTY if "_x" not in value and value.isprintable()]
    book = CalamineWorkbook.from_filelike(
        BytesIO(written([["Name", ""], *([v, v] for v in plain)]))
    )

    assert book.sheet_names == ["People & co"]
    rows = book.get_sheet_by_index(0).to_python()
    assert rows == [["Name", ""], *([v, v] for v in plain)]


@settings(max_examples=200)
@given(
    st.lists(
        st.lists(
            st.one_of(
                st.sampled_from(NASTY),
                st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
            ),
            min_size=1,
            max_size=30,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_our_own_import_reads_every_cell_as_it_was(rows):
    assert read_by_us(written(rows)) == rows
    assert read_by_us(written(rows, is_large=True)) == rows


def test_a_cell_that_excel_could_not_hold_says_that_it_is_cut():
    fits, long = "a" * LONGEST_CELL, "b" * (LONGEST_CELL + 1)

    ((whole, cut),) = read_by_us(written([[fits, long]]))

    assert whole == fits
    assert cut == "b" * (LONGEST_CELL - len(CUT)) + CUT


def test_columns_beyond_z_stand_where_they_belong():
    ((*cells,),) = read_by_us(written([["a", *[""] * 26, "b", *[""] * 700, "c"]]))

    assert [(number, cell) for number, cell in enumerate(cells) if cell] == [
        (0, "a"),
        (27, "b"),
        (728, "c"),
    ]

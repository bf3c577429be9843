"""Tables as the world writes them: odd encodings, delimiters, quotes, and files that are none."""

from io import BytesIO

import pytest

from candidates.services.importing.reading import Table, UnreadableFile, read_table


def read(content: bytes | str) -> tuple[Table, list[tuple[int, list[str]]]]:
    table = read_table(BytesIO(content.encode() if isinstance(content, str) else content))
    return table, list(table.rows)


PEOPLE = "Name;E-Mail;Ort\nGrégoire Brun;g@example.com;Köln\nÉlise Łoś;e@example.com;Łódź\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
    ],
)
def test_unicode_in_all_its_forms(encoding, found):
    table, rows = read(PEOPLE.encode(encoding))

    assert table.reading.encoding == found
    assert table.header == ["Name", "E-Mail", "Ort"]
    assert rows[1] == (3, ["Élise Łoś", "e@example.com", "Łódź"])


def test_windows_1252():
    table, rows = read("Name;E-Mail\nO’Brien Köhler – “x”;a@example.com\n".encode("cp1252"))

    assert table.reading.encoding == "cp1252"
    assert rows == [(2, ["O’Brien Köhler – “x”", "a@example.com"])]


def test_old_mac():
    table, rows = read("Nom;Prénom;Ville\nDupont;Hélène;Orléans\n".encode("mac_roman"))

    assert table.reading.encoding == "mac_roman"
    assert rows == [(2, ["Dupont", "Hélène", "Orléans"])]


def test_cyrillic():
    text = "Имя;E-Mail\nАнна Каренина Петровна;a@example.com\nИван Иванович;b@example.com\n"

    _, rows = read(text.encode("cp1251"))

    assert rows[0] == (2, ["Анна Каренина Петровна", "a@example.com"])


def test_broken_utf8_keeps_the_rest_and_says_so():
    content = PEOPLE.encode() + "Jörg Ährlich Ömer Übel;j@example.com;Köln".encode() + b" \xff\n"

    table, rows = read(content)

    assert table.reading.encoding == "utf-8-sig"
    assert rows[2] == (4, ["Jörg Ährlich Ömer Übel", "j@example.com", "Köln �"])
    assert table.notices == ["1 character could not be read: shown as �."]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_delimiters(delimiter):
    table, rows = read(PEOPLE.replace(";", delimiter))

    assert table.reading.delimiter == delimiter
    assert rows[0][1] == ["Grégoire Brun", "g@example.com", "Köln"]


def test_delimiter_named_by_excel():
    table, rows = read("sep=|\nName|E-Mail\nAnna; B|a@example.com\n")

    assert table.reading.delimiter == "|"
    assert (table.skipped_lines, table.notices) == (1, [])
    assert rows == [(3, ["Anna; B", "a@example.com"])]


def test_one_column_of_names_with_commas_stays_one():
    table, rows = read("Name\nDoe, Jane\nRoe, Rick\n")

    assert table.header == ["Name"]
    assert rows == [(2, ["Doe, Jane"]), (3, ["Roe, Rick"])]


def test_lines_above_the_titles_are_said():
    table, rows = read("Export of 1 May\nfor Jo\n\nName;E-Mail\nAnna;a@example.com\n")

    assert table.skipped_lines == 3
    assert table.notices == [
        "3 lines above the column titles left out: “Export of 1 May”, “for Jo”."
    ]
    assert rows == [(5, ["Anna", "a@example.com"])]


def test_a_file_without_titles_has_numbered_columns():
    table, rows = read("Anna Muster,a@example.com,Bonn\nBert Beispiel,b@example.com,Ulm\n")

    assert table.header == ["Column 1", "Column 2", "Column 3"]
    assert len(rows) == 2
    assert table.notices == ["No row of column titles was found: the columns are only numbered."]


def test_unknown_titles_are_titles():
    table, rows = read("foo;bar;baz\nx;y;z\n1;2;3\n")

    assert table.header == ["foo", "bar", "baz"]
    assert len(rows) == 2


def test_untitled_columns_have_numbers():
    table, _ = read("Name;;E-Mail\nAnna;x;a@example.com\n")

    assert table.header == ["Name", "Column 2", "E-Mail"]


def test_line_breaks_in_quotes_keep_the_line_numbers_right():
    _, rows = read('Name,Note\nAnna,"one\n\nthree, ""four"""\nBert,x\r\nCara,y\rDora,z')

    assert rows == [
        (2, ["Anna", 'one\n\nthree, "four"']),
        (5, ["Bert", "x"]),
        (6, ["Cara", "y"]),
        (7, ["Dora", "z"]),
    ]


def test_blank_lines_are_no_rows_and_empty_cells_are():
    _, rows = read("Name;E-Mail\n\nAnna;a@example.com\n;\n\n")

    assert rows == [(3, ["Anna", "a@example.com"]), (4, ["", ""])]


@pytest.mark.parametrize(
    "content",
    [
        'Name,E-Mail,City\n"Anna,a@example.com,Bonn\nBert,b@example.com,Ulm\n',
        'Name,E-Mail,City\n"Anna,a@example.com,Bonn\nBert,b@example.com,Ulm\n"Cara,c@example.com,Kiel\n',
        'Name,E-Mail,City\nAnna,a@example.com,"Bonn\nBert,b@example.com,Ulm',
    ],
)
def test_a_stray_quotation_mark_swallows_no_rows(content):
    table, rows = read(content)

    assert [line for line, _ in rows] == list(range(2, 2 + len(rows)))
    assert all(len(cells) == 3 for _, cells in rows)
    assert rows[1][1] == ["Bert", "b@example.com", "Ulm"]
    assert "never closed" in table.notices[0]


def test_a_stray_quotation_mark_in_a_long_file_costs_one_row():
    people = "".join(f"Person {number},p{number}@example.com\n" for number in range(3000))

    _, rows = read(f'Name,E-Mail\n"Anna,a@example.com\n{people}')

    assert len(rows) == 3001


def test_ragged_rows_lose_nothing():
    table, rows = read("Name;E-Mail;Ort\nAnna;a@example.com\nBert;b@example.com;Ulm;extra;\n")

    assert rows == [
        (2, ["Anna", "a@example.com"]),
        (3, ["Bert", "b@example.com", "Ulm", "extra", ""]),
    ]
    assert table.notices == [
        "More cells than columns on line 3: the extra ones are kept as a note.",
        "1 row has fewer cells than columns: the missing ones count as empty.",
    ]


def test_nul_bytes_are_left_out_and_said():
    table, rows = read(b"Name;E-Mail\nA\x00nna;a@example.com\n")

    assert rows == [(2, ["Anna", "a@example.com"])]
    assert table.notices == [
        "The file holds characters that no text can hold (NUL); they were left out."
    ]


def test_a_huge_cell_is_read_whole():
    _, rows = read(f"Name;Note\nAnna;{'x' * 900_000}\n")

    assert len(rows[0][1][1]) == 900_000


def test_a_cell_beyond_all_measure_is_cut_and_the_rest_is_read():
    table, rows = read(f"Name;Note\nAnna;{'x' * 9_000_000}\nBert;y\n")

    assert [(line, cells[0], len(cells[1])) for line, cells in rows] == [
        (2, "Anna", 1_000_000),
        (3, "Bert", 1),
    ]
    assert table.notices == [
        "Lines too long for a table, the rest left out: 1, the first is line 2.",
        "Longer than 1,000,000 characters, the rest left out: 1 cells, the first in line 2, column 2.",
    ]


def test_our_own_guard_is_taken_off():
    _, rows = read("Name;Tel\nAnna;'+49 151 34703805\nO'Brien;'=1\n")

    assert [cells[1] for _, cells in rows] == ["+49 151 34703805", "=1"]


def test_digest_is_of_the_file():
    assert read(PEOPLE)[0].digest == read(PEOPLE)[0].digest
    assert read(PEOPLE)[0].digest != read(PEOPLE + "\n")[0].digest


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n \n\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"Name;E-Mail\n", "no row below"),
        (b"%PDF-1.7\nx", "PDF"),
        (b"{\\rtf1 x}", "text document"),
        (b"\n<!doctype html><table><tr><td>Anna</table>", "web page"),
        (b"<HTML><table></table>", "web page"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 4, "no table"),
        (bytes(range(256)) * 100, "no table"),
        (b"PK\x03\x04 broken", "damaged"),
        (
            (";".join(f"c{n}" for n in range(1001)) + "\n" + ";" * 1000).encode(),
            "more than 1,000 columns",
        ),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(content, words):
    with pytest.raises(UnreadableFile, match=words):
        read(content)


def test_a_thousand_columns_are_read():
    header = ";".join(["Name", *(f"c{number}" for number in range(999))])

    table, rows = read(f"{header}\nAnna{';x' * 999}\n")

    assert len(table.header) == len(rows[0][1]) == 1000

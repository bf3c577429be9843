"""Excel and OpenDocument files: the right sheet, cells as text, bombs and strangers refused."""

import struct
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from candidates.services.importing.reading import UnreadableFile, read_table

TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
</Types>"""
RELS = """<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>
</Relationships>"""
STYLES = """<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"""
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def cell(value: object) -> str:
    if isinstance(value, tuple):
        return f'<c s="1"><v>{value[0]}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>' if value else "<c/>"


def xlsx(**sheets: list[list[object]]) -> bytes:
    """An Excel file; a tuple holds the serial number of a date."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELS)
        archive.writestr("xl/styles.xml", STYLES)
        names = "".join(
            f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(sheets, 1)
        )
        office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{office}"><sheets>{names}</sheets></workbook>',
        )
        links = "".join(
            f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/s{n}.xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        package = "http://schemas.openxmlformats.org/package/2006/relationships"
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}">{links}'
            f'<Relationship Id="s" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        )
        for n, rows in enumerate(sheets.values(), 1):
            body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
            archive.writestr(
                f"xl/worksheets/s{n}.xml",
                f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>',
            )
    return buffer.getvalue()


def test_the_sheet_with_people_is_read_and_the_others_are_named():
    content = xlsx(
        Notes=[["Read me"], ["a"], ["b"], ["c"], ["d"]],
        People=[
            ["Name", "E-Mail", "Tel.", "Letzter Kontakt"],
            ["Anna", "a@example.com", 4915134703805, (45521,)],
            [],
            ["Bert", "", 1.5, ""],
        ],
        Empty=[],
    )

    table = read_table(BytesIO(content))

    assert table.header == ["Name", "E-Mail", "Tel.", "Letzter Kontakt"]
    assert list(table.rows) == [
        (2, ["Anna", "a@example.com", "4915134703805", "2024-08-17"]),
        (4, ["Bert", "", "1.5"]),
    ]
    assert table.notices == ["Read the sheet “People”. Not read: “Notes”."]


def test_lines_above_the_titles_are_left_out_here_too():
    content = xlsx(
        Sheet=[["Candidates of spring"], [], ["Name", "E-Mail"], ["Anna", "a@example.com"]]
    )

    table = read_table(BytesIO(content))

    assert table.skipped_lines == 2
    assert list(table.rows) == [(4, ["Anna", "a@example.com"])]


def test_opendocument():
    names = {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    }
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in names.items())

    def row(*values: str) -> str:
        cells = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
            for value in values
        )
        return f"<table:table-row>{cells}</table:table-row>"

    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {declared}><office:body><office:spreadsheet>"
            f'<table:table table:name="People">{row("Name", "E-Mail")}{row("Anna", "a@example.com")}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )

    table = read_table(BytesIO(buffer.getvalue()))

    assert table.header == ["Name", "E-Mail"]
    assert list(table.rows) == [(2, ["Anna", "a@example.com"])]


def zipped(**files: bytes) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_bomb_is_refused_before_it_is_unpacked():
    content = zipped(**{"xl/workbook.xml": b"<x/>", "xl/worksheets/s1.xml": b" " * 60_000_000})
    assert len(content) < 100_000

    with pytest.raises(UnreadableFile, match="too large once unpacked"):
        read_table(BytesIO(content))


def claiming(content: bytes, directory: int) -> bytes:
    """The archive with a short record of its directory that says so, after a long one that says the truth."""
    at = content.rindex(b"PK\x05\x06")
    size, start = struct.unpack_from("<II", content, at + 12)
    count = content.count(b"PK\x01\x02")
    long = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1)
    end = content[at : at + 12] + struct.pack("<I", directory) + content[at + 16 :]
    return content[:at] + long + locator + end


@pytest.mark.parametrize("claims", [lambda content: content, lambda content: claiming(content, 0)])
def test_an_archive_of_endlessly_many_parts_is_refused_before_they_are_listed(claims):
    parts = {f"xl/media/image{number}.png": b"" for number in range(20_000)}
    content = claims(zipped(**{"xl/workbook.xml": b"<x/>"}, **parts))
    assert len(ZipFile(BytesIO(content)).infolist()) == 20_001

    with pytest.raises(UnreadableFile, match="far more parts than a spreadsheet"):
        read_table(BytesIO(content))


def test_a_workbook_with_a_long_record_of_its_directory_is_read():
    content = claiming(xlsx(People=[["Name", "Email"], ["Anna", "a@example.com"]]), 0xFFFFFFFF)

    assert list(read_table(BytesIO(content)).rows) == [(2, ["Anna", "a@example.com"])]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (zipped(**{"people.csv": b"Name\nAnna\n"}), "archive, not a table"),
        (zipped(**{"xl/workbook.xml": b"garbage"}), "list of sheets cannot be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "cannot be opened"),
        (xlsx(Sheet=[]), "empty"),
    ],
)
def test_what_is_no_spreadsheet_is_refused_with_a_sentence(content, words):
    with pytest.raises(UnreadableFile, match=words):
        read_table(BytesIO(content))


@pytest.mark.parametrize("name", ["broken.xlsx", "BROKEN.ODS"])
def test_an_archive_named_like_a_workbook_is_told_as_one_without(name):
    file = BytesIO(zipped(**{"people.csv": b"Name\nAnna\n"}))

    with pytest.raises(
        UnreadableFile, match="no workbook in this file, although its name ends like one"
    ):
        read_table(file, name=name)

"""Workbooks made by hand, so that they can be odd: what no spreadsheet program would write."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from candidates.services.importing.reading import Reading, read_table

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
ODS = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
}


def archive(**files: str | bytes) -> bytes:
    """A zip of these files; "__" in a name stands for "/"."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


def inline(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def titles(*names: str, line: int = 1) -> str:
    return row(line, *(inline(f"{chr(65 + n)}{line}", name) for n, name in enumerate(names)))


def workbook(
    *sheets: tuple[str, str],
    book: str = "",
    shared: str = "",
    styles: str = "",
    hidden: tuple[str, ...] = (),
    tail: str = "",
) -> bytes:
    """An Excel file of (name, rows as XML); `book` stands before its sheets, `tail` behind the rows."""

    def state(name: str) -> str:
        return "hidden" if name in hidden else "visible"

    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}" state="{state(name)}"/>'
        for n, (name, _) in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="/xl/worksheets/s{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    files = {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="a" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{book}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{links}'
        f'<Relationship Id="t" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="s" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{shared}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>',
    }
    for n, (_, rows) in enumerate(sheets, 1):
        files[f"xl/worksheets/s{n}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{tail}</worksheet>'
        )
    return archive(**files)


def document(*tables: str, styles: str = "", manifest: str = "") -> bytes:
    """An OpenDocument spreadsheet of tables as XML."""
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in ODS.items())
    content = (
        f"<office:document-content {declared}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    return archive(
        **{
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="urn:manifest">{manifest}</m:manifest>',
            "content.xml": content,
        }
    )


def cell(text: str, attributes: str = 'office:value-type="string"') -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def ods_row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def table(name: str, *rows: str, attributes: str = "") -> str:
    return f'<table:table table:name="{name}" {attributes}>{"".join(rows)}</table:table>'


def read(content: bytes, reading: Reading | None = None):
    """The table as it was found, and its rows."""
    found = read_table(BytesIO(content), reading)
    return found, list(found.rows)

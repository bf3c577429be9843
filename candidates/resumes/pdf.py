"""Text, links and pictures of PDF files, through PDFium."""

import ctypes
import re
import struct
import zlib
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw as pdfium

from candidates.resumes.documents import MOST_PAGES, Document, Unreadable

DRAWN_WIDTH = 900
_MOST_PIXELS = 900 * 2000
_MOST_LETTERS_MEASURED = 1500
_MOST_LETTERS_ON_A_PAGE = 60_000

PROTECTED = "This PDF is protected by a password. Save it without the password and drop it again."
NO_PAGES = (
    "This PDF has no pages: there is nothing to read. Save it again as PDF and drop it again."
)
DAMAGED = (
    "This PDF is damaged: no page of it can be opened. Save it again as PDF and drop it again."
)


def _open(data: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        is_protected = pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD or "assword" in str(
            error
        )
        if is_protected:
            raise Unreadable(PROTECTED) from error
        # PDFium opens none that counts no page.
        is_empty = re.search(rb"/Count\s+0\b", data) and not re.search(rb"/Type\s*/Page\b", data)
        raise Unreadable(NO_PAGES if is_empty else DAMAGED) from error


def read_pdf(data: bytes) -> Document:
    """The text of the first pages in the order of their content, with the largest letters' lines marked."""
    opened = _open(data)
    document = Document("pdf", pages=len(opened))
    _look_for_traps(opened, data, document)
    if not document.pages:
        raise Unreadable(NO_PAGES)
    if document.pages > MOST_PAGES:
        document.notice(f"The PDF has {document.pages:,} pages: its first {MOST_PAGES} were read.")
    broken = 0
    for number in range(min(document.pages, MOST_PAGES)):
        try:
            page = opened[number]
            text_page = page.get_textpage()
        except pypdfium2.PdfiumError:
            broken += 1
            continue
        _read_page(text_page, document, number + 1)
        for target in _links(opened, page):
            document.add_link(target)
        text_page.close()
        page.close()
    if broken == min(document.pages, MOST_PAGES):
        raise Unreadable(DAMAGED)
    if broken:
        document.notice("Some pages of the PDF are damaged and were left out.")
    return document


def _look_for_traps(opened: pypdfium2.PdfDocument, data: bytes, document: Document) -> None:
    if not data.startswith(b"%PDF-"):
        document.notice("The file begins with something else than the PDF.")
    if (
        pdfium.FPDFDoc_GetJavaScriptActionCount(opened) > 0
        or b"/JavaScript" in data
        or b"/JS" in data
    ):
        document.notice(
            "The PDF holds a script. Rapport never runs it; do not open the file carelessly."
        )
    if pdfium.FPDFDoc_GetAttachmentCount(opened) > 0 or b"/EmbeddedFile" in data:
        document.notice("The PDF has other files attached to it. They were not looked at.")
    if b"/Launch" in data:
        document.notice(
            "The PDF wants to start a program. Rapport never does; do not open the file carelessly."
        )


def _read_page(text_page: pypdfium2.PdfTextPage, document: Document, number: int) -> None:
    count = min(text_page.count_chars(), _MOST_LETTERS_ON_A_PAGE)
    if count <= 0:
        return
    text = text_page.get_text_range(0, count)
    if number > 1:
        document.add(text, page=number)
        return
    for piece, size in _measured(text_page, text, count):
        document.add(piece, size=size, page=number)


def _measured(
    text_page: pypdfium2.PdfTextPage, text: str, count: int
) -> Iterator[tuple[str, float]]:
    """The lines of the first page with the height of their letters; those far below without."""
    box = pdfium.FS_RECTF()
    position = 0
    # Letters and positions agree, but for letters outside the basic plane: then sizes would be guesses.
    is_aligned = len(text) == count
    for piece in text.splitlines(keepends=True):
        size = 0.0
        if is_aligned and position < _MOST_LETTERS_MEASURED:
            heights = []
            for offset, letter in enumerate(piece):
                if not letter.isalpha():
                    continue
                if pdfium.FPDFText_GetLooseCharBox(text_page, position + offset, box):
                    heights.append(box.top - box.bottom)
                if len(heights) >= 6:
                    break
            size = round(sorted(heights)[len(heights) // 2], 1) if heights else 0.0
        position += len(piece)
        yield piece.rstrip("\r\n"), size


def _links(opened: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Iterator[str]:
    """Where the page's links lead: addresses and profiles often hide behind a word or an icon."""
    start = ctypes.c_int(0)
    link = pdfium.FPDF_LINK()
    for _ in range(200):
        if not pdfium.FPDFLink_Enumerate(page, start, link):
            return
        action = pdfium.FPDFLink_GetAction(link)
        if not action or pdfium.FPDFAction_GetType(action) != pdfium.PDFACTION_URI:
            continue
        size = pdfium.FPDFAction_GetURIPath(opened, action, None, 0)
        if not 1 < size < 2000:
            continue
        buffer = ctypes.create_string_buffer(size)
        pdfium.FPDFAction_GetURIPath(opened, action, buffer, size)
        yield buffer.raw[: size - 1].decode("utf-8", "replace")


def draw_page(data: bytes, number: int) -> bytes:
    """Page `number`, counted from 1, as a PNG: what the browser may show without opening the file."""
    opened = _open(data)
    if not 1 <= number <= min(len(opened), MOST_PAGES):
        raise Unreadable("The PDF has no such page.")
    try:
        page = opened[number - 1]
        width, height = page.get_size()
    except pypdfium2.PdfiumError as error:
        raise Unreadable("This page of the PDF is damaged.") from error
    if not (1 <= width <= 20_000 and 1 <= height <= 20_000):
        raise Unreadable("This page is of an impossible size.")
    scale = min(DRAWN_WIDTH / width, (_MOST_PIXELS / (width * height)) ** 0.5)
    bitmap = page.render(scale=scale, rev_byteorder=True, may_draw_forms=False)
    rows = bytes(bitmap.buffer)
    return _png(rows, bitmap.width, bitmap.height, bitmap.stride, bitmap.n_channels)


def _png(rows: bytes, width: int, height: int, stride: int, channels: int) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + name
            + content
            + struct.pack(">I", zlib.crc32(name + content))
        )

    color = {1: 0, 3: 2, 4: 6}[channels]
    length = width * channels
    lines = b"".join(
        b"\x00" + rows[start : start + length] for start in range(0, stride * height, stride)
    )
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(lines, 3))
        + chunk(b"IEND", b"")
    )

"""Résumés made up for tests, of invented people, in every format; and files that mean harm."""

import struct
import zipfile
import zlib
from io import BytesIO

LINES = [
    "Amara Okafor",
    "Senior Backend Engineer",
    "amara.okafor@example.com | +49 30 901820 | linkedin.com/in/amara-okafor",
    "Berlin, Germany",
    "Work experience",
    "Senior Backend Engineer at Tidewater Ltd",
    "Mar 2019 - Present",
    "• Django and PostgreSQL for a harbor of data",
    "Software Developer, Initech GmbH",
    "2015 - 2018",
    "Education",
    "MSc Computer Science, University of Lagos, 2013 - 2015",
    "Skills",
    "Python, Django, PostgreSQL, Kubernetes, C++",
    "Languages",
    "English (native), German (B2)",
]
TEXT = "\n".join(LINES)
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>"
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"


def pdf_of(objects: list[bytes]) -> bytes:
    """A PDF file of these objects, the first of which is the catalog."""
    out, offsets = b"%PDF-1.5\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    return out + trailer


def _stream(content: bytes) -> bytes:
    return b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)


def _shown(lines: list[str], *, x: int = 50) -> bytes:
    out = b"BT /F 11 Tf %d 790 Td 15 TL\n" % x
    for number, line in enumerate(lines):
        text = line.encode("cp1252", "replace").replace(b"(", b"\\(").replace(b")", b"\\)")
        out += b"/F %d Tf (%s) Tj T*\n" % (
            22 if line == "Amara Okafor" or number == 0 else 11,
            text,
        )
    return out + b"ET\n"


def pdf(
    lines: list[str] = LINES, *, pages: int = 1, catalog: bytes = b"", extra: bytes = b""
) -> bytes:
    """A PDF of text; `catalog` goes into its catalog, `extra` is one more object."""
    kids = " ".join(f"{4 + number} 0 R" for number in range(pages)).encode()
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>",
            b"<</Type/Pages/Kids[" + kids + b"]/Count %d>>" % pages,
            FONT,
            *[PAGE % (4 + pages)] * pages,
            _stream(_shown(lines)),
            *([extra] if extra else []),
        ]
    )


def two_columns() -> bytes:
    """A sidebar and a main column, written one after the other as layout programs do."""
    left = ["CONTACT", "amara.okafor@example.com", "+49 30 901820", "SKILLS", "Python", "Django"]
    right = ["Amara Okafor", "EXPERIENCE", "Engineer at Tidewater Ltd, 2019 - Present"]
    columns = _shown(left, x=40) + _shown(right, x=260)
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[4 0 R]/Count 1>>",
            FONT,
            PAGE % 5,
            _stream(columns),
        ]
    )


def zipped(parts: dict[str, bytes | str]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx(
    lines: list[str] = LINES,
    *,
    before: str = "",
    body: str = "",
    more: dict[str, bytes | str] | None = None,
) -> bytes:
    """A DOCX of paragraphs; `before` stands before its root, `body` after its paragraphs."""
    text = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f'{before}<w:document xmlns:w="w"><w:body>{text}{body}</w:body></w:document>',
            **(more or {}),
        }
    )


def docx_table() -> bytes:
    """Name and address in a table without borders, as templates have it."""
    cells = "".join(
        f"<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"
        for text in ("Amara Okafor", "amara.okafor@example.com")
    )
    return docx(LINES[3:], body=f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>")


def odt(lines: list[str] = LINES) -> bytes:
    text = "".join(f"<t:p>{line}</t:p>" for line in lines)
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f'<o:document-content xmlns:o="o" xmlns:t="t"><o:body>{text}</o:body></o:document-content>',
        }
    )


def rtf(lines: list[str] = LINES, *, extra: str = "") -> bytes:
    text = "\\par\n".join(lines)
    escaped = "".join(letter if ord(letter) < 128 else f"\\u{ord(letter)}?" for letter in text)
    return ("{\\rtf1\\ansi\\ansicpg1252 " + escaped + extra + "}").encode()


# Files that mean harm


def bomb(megabytes: int = 200) -> bytes:
    """A DOCX of some kilobytes that unpacks to hundreds of megabytes."""
    return docx(more={"word/header1.xml": b" " * (megabytes * 1024 * 1024)})


def lying_bomb() -> bytes:
    """The same, with a directory that claims a small size."""
    size = 30 * 1024 * 1024
    honest = docx(more={"word/header1.xml": b" " * size})
    return honest.replace(struct.pack("<I", size), struct.pack("<I", 100))


def declared_gigabyte() -> bytes:
    """A DOCX of some bytes whose directory says that one part has a gigabyte."""
    honest = docx(more={"word/header1.xml": b" " * 7001})
    return honest.replace(struct.pack("<I", 7001), struct.pack("<I", 1 << 30))


def pixel_flood() -> bytes:
    """A page whose only picture is 60,000 dots wide and high, packed twice: half a gigabyte once unpacked."""
    side = 60_000
    packer = zlib.compressobj(9)
    line = b"\0" * (side // 8)
    once = b"".join([*(packer.compress(line) for _ in range(side)), packer.flush()])
    packed = zlib.compress(once, 9)
    picture = (
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 1"
        b"/Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n%s\nendstream"
        % (side, side, len(packed), packed)
    )
    page = PAGE.replace(b"/Font<</F 3 0 R>>", b"/Font<</F 3 0 R>>/XObject<</I 6 0 R>>")
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[4 0 R]/Count 1>>",
            FONT,
            page % 5,
            _stream(_shown(LINES) + b" q 595 0 0 842 0 0 cm /I Do Q"),
            picture,
        ]
    )


def polyglot() -> bytes:
    """A PDF that is a web page and a ZIP file too."""
    return b"<script>alert(1)</script>" + pdf() + zipped({"run.exe": b"MZ"})


def entities() -> bytes:
    return docx(before='<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>')


def external_entity() -> bytes:
    return docx(["&x;"], before='<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>')


def scripted_pdf() -> bytes:
    return pdf(catalog=b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>")


def launching_pdf() -> bytes:
    return pdf(catalog=b"/OpenAction<</S/Launch/F(cmd.exe)>>")


def pdf_with_attachment() -> bytes:
    names = b"/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(a.exe)/EF<</F 6 0 R>>>>]>>>>"
    return pdf(catalog=names, extra=b"<</Type/EmbeddedFile/Length 3>>stream\nMZ.\nendstream")


def encrypted_pdf() -> bytes:
    """Says that it needs a password that nobody has."""
    keys = b"/O(" + b"a" * 32 + b")/U(" + b"b" * 32 + b")"
    trailer = b"/Root 1 0 R/Encrypt<</Filter/Standard/V 1/R 2" + keys + b"/P -44>>/ID[(x)(x)]>>"
    return pdf().replace(b"/Root 1 0 R>>", trailer)


def looping_pdf() -> bytes:
    """Its cross-reference table is its own earlier one; its tree of pages has itself as a child."""
    body = pdf().replace(b"/Kids[4 0 R]", b"/Kids[2 0 R]")
    return body.replace(b"/Root 1 0 R>>", b"/Root 1 0 R/Prev %d>>" % body.rindex(b"xref\n0"))


def pdf_of_a_million_pages() -> bytes:
    return pdf().replace(b"/Count 1>>", b"/Count 1000000>>")


def looping_font() -> bytes:
    """A font whose letters are drawn with that font."""
    font = (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/FirstChar 97/LastChar 97/Widths[9]"
        b"/Encoding<</Differences[97/a]>>/CharProcs<</a 5 0 R>>/Resources<</Font<</F 3 0 R>>>>>>"
    )
    return pdf().replace(FONT, font)


def packed_page() -> bytes:
    """A page whose content is packed twice and unpacks to 64 MB of letters."""
    packed = zlib.compress(zlib.compress(b"(x) Tj " * (64 * 1024 * 1024 // 7), 1), 9)
    stream = b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%s\nendstream" % (
        len(packed),
        packed,
    )
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[4 0 R]/Count 1>>",
            FONT,
            PAGE % 5,
            stream,
        ]
    )


def gigantic_page() -> bytes:
    return pdf().replace(b"[0 0 595 842]", b"[0 0 99999999 99999999]")


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
ENCRYPTED_DOCX = OLE + "EncryptedPackage".encode("utf-16-le")

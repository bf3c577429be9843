"""Text and links of DOCX and ODT files: a zip of XML, read part by part with nothing resolved or unpacked to disk."""

import re
import zipfile
import zlib
from io import BytesIO
from xml.parsers import expat

from candidates.resumes.documents import Document, Unreadable

# A résumé's text is far smaller; pictures are not unpacked at all.
MOST_PART_BYTES = 20 * 1024 * 1024
MOST_PARTS = 2000
MOST_DEPTH = 200

_BOMB = "The file unpacks to far more than a résumé needs. It was not opened."
_DAMAGED = "The file is damaged: its text cannot be read. Save it again and drop it again."
_MARKUP = (
    "The file declares its own XML entities, as attacks do and Word never does. It was not opened."
)


class _Zip:
    """The parts of a zip, none of which may grow large."""

    def __init__(self, data: bytes) -> None:
        try:
            self.archive = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise Unreadable(_DAMAGED) from error
        self.names = self.archive.namelist()
        if len(self.names) > MOST_PARTS:
            raise Unreadable(_BOMB)
        if any(info.flag_bits & 1 for info in self.archive.infolist()):
            raise Unreadable(
                "This file is protected by a password. Remove the password and drop it again."
            )

    def read(self, name: str) -> bytes:
        """A part, read no further than the limit: what the directory claims is not believed."""
        try:
            if self.archive.getinfo(name).file_size > MOST_PART_BYTES:
                raise Unreadable(_BOMB)
            with self.archive.open(name) as part:
                content = part.read(MOST_PART_BYTES + 1)
        except (
            KeyError,
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            EOFError,
            OSError,
            RuntimeError,
        ) as error:
            raise Unreadable(_DAMAGED) from error
        if len(content) > MOST_PART_BYTES:
            raise Unreadable(_BOMB)
        return content


class _Reader:
    """Feeds a part's elements to `start`, `end` and `text`; document types and entities are refused."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.depth = 0

    def read(self, content: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self.text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.buffer_text = True
        try:
            parser.Parse(content, True)  # noqa: FBT003 - expat takes no names
        except expat.ExpatError as error:
            raise Unreadable(_DAMAGED) from error

    def _refuse(self, *_: object) -> None:
        raise Unreadable(_MARKUP)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise Unreadable(_DAMAGED)
        self.start(
            name.rpartition(" ")[2],
            {key.rpartition(" ")[2]: value for key, value in attributes.items()},
        )

    def _end(self, name: str) -> None:
        self.depth -= 1
        self.end(name.rpartition(" ")[2])

    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


class _Paragraphs(_Reader):
    """Collects paragraphs; a table's row becomes one line, its cells apart by tabs, if they are short."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.pieces: list[list[str]] = [[]]
        self.sizes: list[float] = [0.0]
        self.cells: list[list[list[tuple[str, float]]]] = []

    def open_paragraph(self, size: float = 0.0) -> None:
        self.pieces.append([])
        self.sizes.append(size)

    def close_paragraph(self) -> None:
        if len(self.pieces) < 2:
            return
        text, size = "".join(self.pieces.pop()), self.sizes.pop()
        if self.cells and self.cells[-1]:
            self.cells[-1][-1].append((text, size))
        else:
            self.document.add(text, size=size)

    def write(self, text: str) -> None:
        self.pieces[-1].append(text)

    def open_row(self) -> None:
        self.cells.append([])

    def open_cell(self) -> None:
        if self.cells:
            self.cells[-1].append([])

    def close_row(self) -> None:
        if not self.cells:
            return
        cells = [[part for part in cell if part[0].strip()] for cell in self.cells.pop()]
        filled = [cell for cell in cells if cell]
        if filled and all(len(cell) == 1 for cell in filled):
            lines = [
                (
                    "\t".join(cell[0][0].strip() for cell in filled),
                    max(cell[0][1] for cell in filled),
                )
            ]
        else:
            lines = [part for cell in filled for part in [*cell, ("", 0.0)]]
        for text, size in lines:
            if self.cells and self.cells[-1]:
                self.cells[-1][-1].append((text, size))
            else:
                self.document.add(text, size=size)


class _Word(_Paragraphs):
    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.is_text = False
        self.skipped = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        # The same drawing a second time, for old programs.
        if self.skipped or name == "Fallback":
            self.skipped += 1
        elif name == "p":
            self.open_paragraph()
        elif name == "t":
            self.is_text = True
        elif name in {"tab", "ptab"}:
            self.write("\t")
        elif name in {"br", "cr"}:
            self.write("\n")
        elif name == "noBreakHyphen":
            self.write("-")
        elif name == "tr":
            self.open_row()
        elif name == "tc":
            self.open_cell()
        elif name == "sz" and attributes.get("val", "").isdigit():
            self.sizes[-1] = max(self.sizes[-1], min(int(attributes["val"]), 400) / 2)
        elif name == "pStyle" and attributes.get("val", "").lower() in {"title", "titel", "titre"}:
            self.sizes[-1] = max(self.sizes[-1], 26.0)
        elif name == "instrText":
            self.is_text = False

    def end(self, name: str) -> None:
        if self.skipped:
            self.skipped -= 1
        elif name == "p":
            self.close_paragraph()
        elif name == "t":
            self.is_text = False
        elif name == "tr":
            self.close_row()

    def text(self, text: str) -> None:
        if self.is_text and not self.skipped:
            self.write(text)


class _WordLinks(_Reader):
    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith("/hyperlink"):
            self.document.add_link(attributes.get("Target", ""))


def read_docx(data: bytes) -> Document:
    """Headers, where names and addresses often are, then the text, then footers."""
    parts = _Zip(data)
    document = Document("docx")
    main = "word/document.xml"
    if main not in parts.names:
        main = next(
            (name for name in parts.names if re.fullmatch(r"word/document\d*\.xml", name)), main
        )
    for pattern in (r"word/header\d*\.xml", re.escape(main), r"word/footer\d*\.xml"):
        for name in sorted(name for name in parts.names if re.fullmatch(pattern, name))[:6]:
            _Word(document).read(parts.read(name))
    for name in parts.names:
        if re.fullmatch(r"word/_rels/[\w]+\.xml\.rels", name):
            _WordLinks(document).read(parts.read(name))
    if any(name.lower().endswith("vbaproject.bin") for name in parts.names):
        document.notice(
            "The file holds macros. Rapport never runs them; do not open the file carelessly."
        )
    if any(name.startswith(("word/embeddings/", "word/activeX/")) for name in parts.names):
        document.notice("The file has other files inside. They were not looked at.")
    return document


class _OpenDocument(_Paragraphs):
    def __init__(self, document: Document, *, within: str) -> None:
        super().__init__(document)
        self.within = within
        self.inside = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self.within:
            self.inside += 1
        if not self.inside:
            return
        if name in {"p", "h"}:
            self.open_paragraph()
        elif name == "tab":
            self.write("\t")
        elif name == "line-break":
            self.write("\n")
        elif name == "s":
            self.write(" ")
        elif name == "table-row":
            self.open_row()
        elif name == "table-cell":
            self.open_cell()
        elif name == "a":
            self.document.add_link(attributes.get("href", ""))

    def end(self, name: str) -> None:
        if name == self.within:
            self.inside -= 1
        if not self.inside:
            return
        if name in {"p", "h"}:
            self.close_paragraph()
        elif name == "table-row":
            self.close_row()

    def text(self, text: str) -> None:
        if self.inside and len(self.pieces) > 1:
            self.write(text)


def read_odt(data: bytes) -> Document:
    parts = _Zip(data)
    if "META-INF/manifest.xml" in parts.names and b"encryption-data" in parts.read(
        "META-INF/manifest.xml"
    ):
        raise Unreadable(
            "This file is protected by a password. Remove the password and drop it again."
        )
    document = Document("odt")
    if "styles.xml" in parts.names:
        _OpenDocument(document, within="header").read(parts.read("styles.xml"))
    _OpenDocument(document, within="body").read(parts.read("content.xml"))
    if any(name.startswith(("Basic/", "Scripts/")) for name in parts.names):
        document.notice(
            "The file holds macros. Rapport never runs them; do not open the file carelessly."
        )
    return document

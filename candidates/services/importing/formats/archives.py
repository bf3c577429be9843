"""The inside of spreadsheet files: zip archives of XML, read in pieces, with bombs and entities refused."""

import zlib
from collections.abc import Iterator
from os import SEEK_END
from typing import BinaryIO, Protocol
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from django.conf import settings

from candidates.resumes.kinds import MOST_DIRECTORY_BYTES, directory_bytes
from candidates.services.importing.formats.records import Oddities, Record, UnreadableFile

_CHUNK = 128 * 1024
# Tables unpack to five or twenty times their size; a bomb to a thousand times.
_STEEPEST, _HARMLESS = 150, 50 * 1024 * 1024
# What reading a broken archive or a broken document raises.
DAMAGED = (expat.ExpatError, BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError)


def open_archive(file: BinaryIO) -> ZipFile:
    """The archive, if it has no more parts than a spreadsheet, and what it unpacks to is in proportion to its size."""
    try:
        if directory_bytes(_tail(file)) > MOST_DIRECTORY_BYTES:
            raise UnreadableFile(
                "This file has far more parts than a spreadsheet. Save the sheet as CSV and upload that."
            )
        archive = ZipFile(file)
        entries = archive.infolist()
    except DAMAGED as error:
        raise UnreadableFile(
            "This file is damaged: it is not complete. Save it again and upload that."
        ) from error
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableFile(
            "This file is protected by a password. Save it again without one and upload that."
        )
    packed = sum(entry.compress_size for entry in entries)
    unpacked = sum(entry.file_size for entry in entries)
    is_bomb = unpacked > _HARMLESS and unpacked > packed * _STEEPEST
    if is_bomb or unpacked > settings.IMPORT_MAX_BYTES * 20:
        raise UnreadableFile(
            f"This spreadsheet is too large once unpacked ({unpacked / 1024**2:,.0f} MB). "
            "Save the sheet as CSV and upload that."
        )
    return archive


def _tail(file: BinaryIO) -> bytes:
    size = file.seek(0, SEEK_END)
    file.seek(max(0, size - 66_000))
    return file.read()


def pieces(archive: ZipFile, name: str) -> Iterator[bytes]:
    """The unpacked bytes of one entry, piece by piece."""
    with archive.open(name) as entry:
        while piece := entry.read(_CHUNK):
            yield piece


def safe_parser() -> expat.XMLParserType:
    """A parser that refuses what no spreadsheet has: document types and their entities."""

    def refuse(*_: object) -> None:
        raise UnreadableFile(
            "This spreadsheet declares XML entities, which no spreadsheet program writes. "
            "Open it in one, save it again and upload that."
        )

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 64 * 1024
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


def tags(archive: ZipFile, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every opening tag of a small document: its bare name and its attributes."""
    parser = safe_parser()
    found: list[tuple[str, dict[str, str]]] = []
    parser.StartElementHandler = lambda tag, attributes: found.append(
        (tag.rpartition(":")[2], attributes)
    )
    for piece in pieces(archive, name):
        try:
            parser.Parse(piece)
        except expat.ExpatError:
            # Those before the damage are read.
            yield from found
            raise
        yield from found
        found.clear()


class SheetRows(Protocol):
    """Makes rows of the events of one sheet in a document."""

    parser: expat.XMLParserType
    sheet: str
    oddities: Oddities
    # Whether the sheet has ended, though the document goes on.
    is_over: bool

    def take(self) -> list[Record]:
        """The rows that are complete, each given once."""
        ...


def sheet_records(archive: ZipFile, path: str, rows: SheetRows) -> Iterator[Record]:
    """The rows of the sheet in the document at `path`; those before a damage are not lost for it."""
    last = 0
    try:
        for piece in pieces(archive, path):
            rows.parser.Parse(piece)
            for last, cells in rows.take():
                yield last, cells
            if rows.is_over:
                return
        rows.parser.Parse(b"", True)  # noqa: FBT003 - expat's own signature
    except DAMAGED as error:
        rest = rows.take()
        yield from rest
        if rows.is_over:
            # The damage is another sheet's.
            return
        last = rest[-1][0] if rest else last
        if not last:
            raise UnreadableFile(
                f"The sheet “{rows.sheet}” is damaged. Save the file again and upload that."
            ) from error
        rows.oddities.see(
            "The file is damaged in {place}: the rows after it could not be read.",
            f"the sheet “{rows.sheet}” after row {last:,}",
        )
    else:
        yield from rows.take()

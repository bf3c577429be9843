"""The files of an upload: those given, and those inside of ZIP files. Names are labels, never paths."""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from candidates.resumes.documents import Unreadable
from candidates.resumes.kinds import ZIP, kind_of, refuse_large_directory
from candidates.services.files import clean_file_name

# The stubs' class takes a type, the real one none.
Upload: TypeAlias = "UploadedFile[Any]"
_NESTED = "This is a ZIP file inside a ZIP file. Unpack it and drop what is in it."
_PROTECTED = "It is protected by a password inside of the ZIP file. Unpack it and drop it again."
_BROKEN = "It is damaged inside of the ZIP file."
_UNREADABLE_ZIP = (
    "The ZIP file is damaged, or of a kind that Rapport does not know. Drop the files one by one."
)


@dataclass(frozen=True)
class Incoming:
    """One file: its name as it is shown, and its content or the sentence that says why there is none."""

    name: str
    content: bytes = b""
    problem: str = ""


def files_in(uploaded: Iterable[Upload]) -> Iterator[Incoming]:
    """Every file in turn, at most one of them in memory; never more than the settings allow."""
    left, room = settings.RESUME_MAX_FILES, settings.RESUME_UPLOAD_MAX_BYTES
    for incoming in _unpacked(uploaded):
        room -= len(incoming.content)
        if left == 0 or room < 0:
            most = settings.RESUME_UPLOAD_MAX_BYTES // (1024 * 1024)
            yield Incoming(
                incoming.name,
                problem=f"One upload takes at most {settings.RESUME_MAX_FILES} files of {most} MB together. "
                "This one and those after it were left out: drop them again.",
            )
            return
        left -= 1
        yield incoming


def _unpacked(uploaded: Iterable[Upload]) -> Iterator[Incoming]:
    for file in uploaded:
        name = clean_file_name(file.name or "")
        if _is_archive(file):
            yield from _members(file, name)
        elif (file.size or 0) > settings.RESUME_MAX_BYTES:
            yield Incoming(name, problem=too_large(file.size or 0))
        else:
            file.seek(0)
            yield Incoming(name, file.read())


def _is_archive(file: Upload) -> bool:
    """Whether it is a ZIP of files, and not a DOCX or ODT, which are ZIP files too."""
    file.seek(0)
    if file.read(2) != b"PK":
        return False
    file.seek(0)
    if (file.size or 0) > settings.RESUME_MAX_BYTES:
        return True
    try:
        return kind_of(file.read()) == ZIP
    except Unreadable:
        # The reader will say what is wrong with it.
        return False


def _members(file: Upload, zip_name: str) -> Iterator[Incoming]:
    try:
        _refuse_large_directory(file)
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error):
        yield Incoming(zip_name, problem=_UNREADABLE_ZIP)
        return
    with archive:
        for info in archive.infolist():
            name = clean_file_name(info.filename)
            is_bookkeeping = (
                "__MACOSX" in info.filename or name.startswith(".") or name == "Thumbs.db"
            )
            if not info.is_dir() and not is_bookkeeping:
                yield _member(archive, info, name)


def _refuse_large_directory(file: Upload) -> None:
    size = file.size or 0
    file.seek(max(0, size - 66_000))
    refuse_large_directory(file.read())
    file.seek(0)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Incoming:
    if info.flag_bits & 1:
        return Incoming(name, problem=_PROTECTED)
    if info.file_size > settings.RESUME_MAX_BYTES:
        return Incoming(name, problem=too_large(info.file_size))
    try:
        with archive.open(info) as member:
            # What the directory claims is not believed.
            content = member.read(settings.RESUME_MAX_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError):
        return Incoming(name, problem=_BROKEN)
    if len(content) > settings.RESUME_MAX_BYTES:
        return Incoming(name, problem=too_large(len(content)))
    if content.startswith(b"PK"):
        try:
            if kind_of(content) == ZIP:
                return Incoming(name, problem=_NESTED)
        except Unreadable:
            pass
    return Incoming(name, content)


def too_large(size: int) -> str:
    most = settings.RESUME_MAX_BYTES / (1024 * 1024)
    return f"The file has {size / (1024 * 1024):,.0f} MB; a résumé may have {most:,.0f} MB."

"""What kind of file it is, by its content: names and declared types say nothing."""

import re
import struct
import zipfile
from io import BytesIO

from candidates.resumes.documents import Unreadable

PDF, DOCX, ODT, RTF, TXT, ZIP = "pdf", "docx", "odt", "rtf", "txt", "zip"
# Not read, only kept.
PNG, JPEG = "png", "jpeg"
CONTENT_TYPES = {
    PDF: "application/pdf",
    DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ODT: "application/vnd.oasis.opendocument.text",
    RTF: "application/rtf",
    TXT: "text/plain; charset=utf-8",
}

_OLD_WORD = "This is a Word file of the old kind (.doc). Save it as DOCX or PDF and drop it again."
_PICTURE = "This is a picture, not a document. Save it as PDF and drop it again."
_PAGES = "This is an Apple Pages file. Export it as PDF and drop it again."
_OTHER = "This is no PDF, DOCX, ODT, RTF or text file. Save it as one of these and drop it again."
_PROTECTED = "This file is protected by a password. Remove the password and drop it again."
_SIGNATURES: list[tuple[bytes, str]] = [
    (b"\x89PNG", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"GIF8", _PICTURE),
    (b"II*\x00", _PICTURE),
    (b"MM\x00*", _PICTURE),
    (b"BM", ""),
    (b"MZ", "This is a program, not a document."),
    (b"\x7fELF", "This is a program, not a document."),
    (b"%!PS", _OTHER),
    (b"Rar!", "This is a RAR archive. Pack the résumés as ZIP, or drop them one by one."),
    (b"7z\xbc\xaf", "This is a 7z archive. Pack the résumés as ZIP, or drop them one by one."),
    (b"\x1f\x8b", "This is a gzip archive. Pack the résumés as ZIP, or drop them one by one."),
]
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = b"PK\x05\x06"
# Before it where numbers are large, and believed instead.
_END_64, _LOCATOR_64 = b"PK\x06\x06", b"PK\x06\x07"
# A directory larger than that lists far more files than any document or upload has.
MOST_DIRECTORY_BYTES = 1024 * 1024
_MARKUP = re.compile(rb"<(?:!doctype|html|svg|\?xml|script|head|body|mime-version)", re.IGNORECASE)


def kind_of(data: bytes) -> str:
    """The kind of `data`; raises Unreadable with a sentence for what is no résumé."""
    if not data.strip(b"\x00\r\n\t "):
        raise Unreadable("The file is empty.")
    head = data[:1024]
    # Readers look for the mark within the first kilobyte; so do those who hide one file in another.
    if b"%PDF-" in head:
        return PDF
    if head.lstrip().startswith(b"{\\rtf"):
        return RTF
    if head.startswith(b"PK"):
        return _kind_of_zip(data)
    if head.startswith(_OLE):
        # Names of streams inside are UTF-16.
        is_package = "EncryptedPackage".encode("utf-16-le") in data
        raise Unreadable(_PROTECTED if is_package else _OLD_WORD)
    for signature, sentence in _SIGNATURES:
        if sentence and head.startswith(signature):
            raise Unreadable(sentence)
    if _MARKUP.match(head.lstrip(b"\xef\xbb\xbf \t\r\n")):
        raise Unreadable("This is a web page or a drawing. Save it as PDF and drop it again.")
    if not _is_text(data):
        raise Unreadable(_OTHER)
    return TXT


def picture_kind(data: bytes) -> str:
    """PNG or JPEG by the first bytes, or nothing; the picture itself is not looked at."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    return JPEG if data.startswith(b"\xff\xd8\xff") else ""


def _is_text(data: bytes) -> bool:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    sample = data[:65536]
    odd = sum(byte < 9 or 13 < byte < 32 for byte in sample)
    return b"\x00" not in sample and odd * 50 <= len(sample)


def directory_bytes(tail: bytes) -> int:
    """How large the directory of a ZIP file says it is: reading a million entries takes memory by the gigabyte.

    `tail` is the end of the file, at least its last 66,000 bytes; raises ValueError where there is no directory.
    """
    # Where `zipfile` looks for it.
    is_last = tail[-22:-18] == _END and tail.endswith(b"\0\0")
    at = len(tail) - 22 if is_last else tail.rfind(_END)
    if at < 0 or len(tail) < at + 16:
        raise ValueError("no end of a directory")
    (size,) = struct.unpack_from("<I", tail, at + 12)
    if at >= 76 and (tail[at - 20 : at - 16], tail[at - 76 : at - 72]) == (_LOCATOR_64, _END_64):
        (size,) = struct.unpack_from("<Q", tail, at - 36)
    return int(size)


def refuse_large_directory(tail: bytes) -> None:
    """Raise ValueError where `directory_bytes` says that the directory had better not be read."""
    if directory_bytes(tail) > MOST_DIRECTORY_BYTES:
        raise ValueError("a directory too large")


def _kind_of_zip(data: bytes) -> str:
    try:
        refuse_large_directory(data[-66_000:])
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
        raise Unreadable(
            "The file is damaged: it begins like a DOCX, ODT or ZIP file and breaks off."
        ) from error
    if "[Content_Types].xml" in names:
        if any(name.startswith("word/document") for name in names):
            return DOCX
        if any(name.startswith(("xl/", "ppt/")) for name in names):
            raise Unreadable(
                "This is a spreadsheet or a presentation. Save it as PDF and drop it again."
            )
    if "content.xml" in names and "mimetype" in names:
        return ODT
    if any(name.startswith("Index/") and name.endswith(".iwa") for name in names):
        raise Unreadable(_PAGES)
    return ZIP

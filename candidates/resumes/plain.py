"""Text of RTF and text files."""

import re

from charset_normalizer import from_bytes
from striprtf.striprtf import rtf_to_text

from candidates.resumes.documents import Document, Unreadable

_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_RTF_LINK = re.compile(rb'HYPERLINK\s+"([^"]{1,500})"')
_RTF_PICTURE = re.compile(rb"[0-9a-fA-F\r\n]{4000,}")


def read_text(data: bytes) -> Document:
    document = Document("txt")
    document.add(_decoded(data))
    return document


def _decoded(data: bytes) -> str:
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        best = from_bytes(data[:65536]).best()
        return data.decode(best.encoding if best else "cp1252", "replace")


def read_rtf(data: bytes) -> Document:
    document = Document("rtf")
    if rb"\object" in data or rb"\objdata" in data:
        document.notice("The file has other files or programs inside. They were not looked at.")
    for target in _RTF_LINK.findall(data):
        document.add_link(target.decode("latin-1"))
    # Pictures are written out in hexadecimal digits: nothing of theirs is text.
    source = _RTF_PICTURE.sub(b"", data).decode("latin-1")
    try:
        text = rtf_to_text(source, errors="replace")  # type: ignore[no-untyped-call]
    except (ValueError, IndexError, KeyError, LookupError, RecursionError) as error:
        raise Unreadable(
            "The RTF file is damaged: its text cannot be read. Save it again as PDF."
        ) from error
    # A table's cells are divided by bars.
    document.add(re.sub(r"\|(?=\S)", "\t", text).replace("|", ""))
    return document

"""The files that mean harm, one by one (T19): each is taken, refused or flagged, and nothing suffers from it."""

import tracemalloc
from pathlib import Path

import pytest

from candidates.models import Resume
from tests.candidates.resumes import files

State = Resume.State
# Name, content, and what becomes of it: the start of its refusal, or words of its notice.
REFUSED = [
    ("zip bomb.docx", files.bomb(), "The file unpacks to far more"),
    ("a gigabyte.docx", files.declared_gigabyte(), "The file unpacks to far more"),
    (
        "nested.zip",
        files.zipped({"inner.zip": files.zipped({"cv.txt": "x"})}),
        "This is a ZIP file",
    ),
    (
        "drawing.svg",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "This is a web",
    ),
    ("page.pdf", b"<!DOCTYPE html><script>alert(1)</script>", "This is a web page"),
    ("encrypted.pdf", files.encrypted_pdf(), "This PDF is protected by a password"),
    ("encrypted.docx", files.ENCRYPTED_DOCX, "This file is protected by a password"),
    ("empty.pdf", b"", "The file is empty"),
    ("zeros.pdf", b"\0" * 4096, "The file is empty"),
    ("entities.docx", files.entities(), "The file declares its own XML entities"),
    ("fetches.docx", files.external_entity(), "The file declares its own XML entities"),
    ("picture.pdf", b"\x89PNG\r\n\x1a\n" + b"\xff" * 99, "This is a picture"),
    ("program.pdf", b"MZ" + b"\0\x01" * 99, "This is a program"),
    ("elf.docx", b"\x7fELF" + b"\0" * 99, "This is a program"),
    ("old.doc", files.OLE, "This is a Word file of the old kind"),
    ("cut.docx", files.docx()[:300], "The file is damaged"),
    ("noise.pdf", bytes(range(256)) * 9, "This is no PDF"),
]
FLAGGED = [
    ("macros.docx", files.docx(more={"word/vbaProject.bin": b"x"}), "holds macros"),
    ("script.pdf", files.scripted_pdf(), "holds a script"),
    ("launch.pdf", files.launching_pdf(), "start a program"),
    ("attached.pdf", files.pdf_with_attachment(), "other files attached"),
    ("polyglot.html", files.polyglot(), "begins with something else"),
    ("embedded.docx", files.docx(more={"word/embeddings/a.bin": b"x"}), "other files inside"),
    ("object.rtf", files.rtf(extra="{\\object\\objdata 0105}"), "other files or programs"),
]
TAKEN = [
    ("wrong ending.exe", files.pdf(), "pdf"),
    ("wrong ending.pdf", files.docx(), "docx"),
    ("pixel flood.pdf", files.pixel_flood(), "pdf"),
    ("../../../etc/passwd", files.odt(), "odt"),
    ("C:\\Windows\\cv.rtf", files.rtf(), "rtf"),
    ("cv\u202efdp.exe", files.TEXT.encode(), "txt"),
    ("n" * 300 + ".txt", files.TEXT.encode("utf-16"), "txt"),
    ("\x00\x1b[31m.txt", b"John Roe\njohn@example.com\n", "txt"),
]


@pytest.mark.parametrize(("name", "content", "sentence"), REFUSED)
def test_refused_with_a_sentence_and_not_kept(drop, name, content, sentence):
    (resume,) = drop({name: content}).values()

    assert resume.state == State.REFUSED
    assert resume.problem.startswith(sentence)
    assert not resume.file


@pytest.mark.parametrize(("name", "content", "notice"), FLAGGED)
def test_read_and_flagged(drop, name, content, notice):
    (resume,) = drop({name: content}).values()

    assert resume.state == State.READY
    assert any(notice in told for told in resume.notices)
    assert resume.fields["email"][0]["value"] == "amara.okafor@example.com"


@pytest.mark.parametrize(("name", "content", "kind"), TAKEN)
def test_taken_for_what_it_is_whatever_it_is_called(drop, settings, name, content, kind):
    (resume,) = drop({name: content}).values()

    assert (resume.state, resume.kind) == (State.READY, kind)
    assert len(resume.file_name) <= 255
    assert resume.file_name.isprintable()
    assert not set("/\\") & set(resume.file_name)
    folder = Path(settings.MEDIA_ROOT).resolve() / "resumes" / str(resume.organization_id)
    assert Path(resume.file.path).resolve().is_relative_to(folder)


def test_taking_them_in_costs_the_web_process_little_memory(drop):
    everything = {
        f"{n} {name}": content for n, (name, content, _) in enumerate(REFUSED + FLAGGED + TAKEN)
    }
    largest = max(map(len, everything.values()))
    tracemalloc.start()
    try:
        found = drop(everything, read=False)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(found) >= len(everything)
    assert largest < 5 * 1024 * 1024
    assert peak < 50 * 1024 * 1024

"""Files in custom fields: only documents and pictures come in, and they go where the person goes."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from candidates.models import CandidateCustomValue, CandidateFile, ChangeSet, CustomField, Export
from candidates.privacy import export_candidate
from candidates.services import custom_fields
from candidates.services.changes.sweeping import forget_old_values
from candidates.services.custom_fields import ValueUnreadable
from candidates.services.custom_fields.files import forget_unused, refuse_unsafe
from candidates.services.editing import undo_edit
from candidates.services.exporting import running
from candidates.services.files import delete_orphans
from candidates.services.importing.custom import columns_titled_so, importable_fields
from candidates.services.merging.merging import merge_people
from candidates.services.provenance import by_hand
from crm.privacy.services.erasing import erase_candidates
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.candidates.resumes import files
from tests.factories import CandidateFactory

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def upload(content: bytes | None = None, name: str = "permit.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, files.pdf() if content is None else content)


@pytest.fixture
def permit(in_acme, owner) -> CustomField:
    return custom_fields.add_field(name="Work permit", kind=CustomField.Kind.FILE, by=owner)


@pytest.fixture
def ana(in_acme):
    return CandidateFactory(full_name="Ana Silva")


@pytest.fixture
def path(ana) -> str:
    return f"/acme/candidates/{ana.pk}/"


def stored() -> list[str]:
    return [row.file.name for row in CandidateFile.objects.order_by("pk")]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (files.pdf(), "pdf"),
        (files.docx(), "docx"),
        (files.odt(), "odt"),
        (files.rtf(), "rtf"),
        (b"Valid until 2027", "txt"),
        (PNG, "png"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 64, "jpeg"),
        # What it would do when opened is nobody's business here: it is only ever saved.
        (files.scripted_pdf(), "pdf"),
        (files.bomb(20), "docx"),
    ],
)
def test_what_is_taken_is_known_by_its_content(permit, content, kind):
    assert refuse_unsafe(permit, upload(content, "anything.exe")) == kind


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Work permit: The file is empty."),
        (b"MZ\x90" + b"\0" * 64, "Work permit: This is a program, not a document."),
        (b"<html><script>alert(1)</script>", "Work permit: This is a web page or a drawing."),
        (b"<svg onload='alert(1)'/>", "Work permit: This is a web page or a drawing."),
        (files.zipped({"a.exe": b"MZ"}), "Work permit: This is a ZIP file."),
        (files.docx(more={"word/vbaProject.bin": b"x"}), "Work permit: The file holds macros."),
        (files.ENCRYPTED_DOCX, "Work permit: This file is protected by a password."),
        (files.OLE, "Work permit: This is a Word file of the old kind"),
        (
            files.zipped({f"word/document{number:06}": b"" for number in range(17_000)}),
            "Work permit: The file is damaged",
        ),
        (bytes(range(256)), "Work permit: This is no PDF"),
    ],
    ids=[
        "empty",
        "program",
        "page",
        "drawing",
        "zip",
        "macros",
        "password",
        "doc",
        "full",
        "other",
    ],
)
def test_what_is_refused_is_refused_with_a_sentence(permit, content, sentence):
    with pytest.raises(ValueUnreadable) as refusal:
        refuse_unsafe(permit, upload(content))

    assert str(refusal.value).startswith(sentence)


def test_a_large_file_is_refused_before_it_is_read(permit, settings):
    settings.RESUME_MAX_BYTES = 3 * 1024 * 1024

    with pytest.raises(ValueUnreadable, match="has 5 MB; it may have 3 MB"):
        refuse_unsafe(permit, upload(b"a" * 5 * 1024 * 1024))


def test_the_virus_scanner_has_the_last_word(permit, settings):
    settings.RESUME_SCAN_COMMAND = "sh -c 'if grep -q EICAR; then exit 1; fi'"
    assert refuse_unsafe(permit, upload(b"clean")) == "txt"
    with pytest.raises(ValueUnreadable, match="scanner found something"):
        refuse_unsafe(permit, upload(b"EICAR"))

    settings.RESUME_SCAN_COMMAND = "false-there-is-none"
    with pytest.raises(ValueUnreadable, match="scanner does not answer"):
        refuse_unsafe(permit, upload(b"clean"))


def test_a_file_is_put_on_the_record_and_saved_from_it(permit, ana, path, acme, recruiter, as_user):
    client = as_user(recruiter)

    client.post(
        f"{path}fields/?field=work_permit",
        {"custom_work_permit": upload(name="../../Ärzte\u202egpj.pdf")},
    )

    with acting_in(acme):
        value = CandidateCustomValue.objects.get()
        file = CandidateFile.objects.get()
        assert (value.shown, value.attachment) == ("Ärztegpj.pdf", file)
        assert (file.candidate, file.kind, file.size) == (ana, "pdf", len(files.pdf()))
        assert Path(file.file.path).read_bytes() == files.pdf()
        assert file.file.name.startswith(f"files/{acme.pk}/")
        assert "pdf" not in file.file.name
    assert "Ärztegpj.pdf" in seen(client.get(path))
    answer = client.get(f"/acme/candidates/fields/files/{value.pk}/")
    assert answer.content == files.pdf()
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_private_file_is_not_there_for_others(permit, ana, acme, owner, recruiter, as_user):
    with acting_in(acme):
        custom_fields.edit_field(permit, by=owner, visible_to="admins")
        custom_fields.set_values(ana, {"work_permit": upload()}, provenance=by_hand(owner))
        value = CandidateCustomValue.objects.get()

    assert as_user(recruiter).get(f"/acme/candidates/fields/files/{value.pk}/").status_code == 404
    assert as_user(owner).get(f"/acme/candidates/fields/files/{value.pk}/").status_code == 200


def test_the_form_keeps_the_file_unless_it_is_replaced_or_cleared(
    permit, ana, path, acme, recruiter, as_user
):
    client = as_user(recruiter)
    address = f"{path}fields/"
    client.post(address, {"custom_work_permit": upload()})

    form = client.get(address)
    client.post(address, {})
    with acting_in(acme):
        assert CandidateCustomValue.objects.get().shown == "permit.pdf"
        assert ChangeSet.objects.count() == 1
    client.post(address, {"custom_work_permit": upload(PNG, "newer.png")})
    with acting_in(acme):
        assert CandidateCustomValue.objects.get().shown == "newer.png"
    refused = client.post(address, {"custom_work_permit": upload(b"MZ")})
    client.post(address, {"custom_work_permit-clear": "on"})

    assert 'enctype="multipart/form-data"' in form.text
    assert refused.status_code == 422
    assert "This is a program, not a document." in seen(refused)
    with acting_in(acme):
        assert not CandidateCustomValue.objects.exists()


def test_a_new_person_comes_with_a_file(permit, acme, recruiter, as_user, mode):
    client = as_user(recruiter)
    person = {"full_name": "Ben Ito", "status": "new", "lawful_basis": "consent"}

    without_name = client.post(
        "/acme/candidates/add/", {**person, "full_name": "", "custom_work_permit": upload()}
    )
    client.post("/acme/candidates/add/", {**person, "custom_work_permit": upload()})

    # A browser does not send a file twice by itself; htmx keeps the field in the page.
    says = "Choose the file again." in seen(without_name)
    assert says is (mode == "plain")
    assert "hx-preserve" in without_name.text
    with acting_in(acme):
        assert CandidateCustomValue.objects.get().shown == "permit.pdf"
        assert CandidateFile.objects.get().candidate.full_name == "Ben Ito"


def test_undo_brings_the_file_back_and_the_sweep_waits_for_it(
    permit, ana, in_acme, recruiter, as_user, path, django_capture_on_commit_callbacks
):
    client = as_user(recruiter)
    client.post(f"{path}fields/", {"custom_work_permit": upload()})
    client.post(f"{path}fields/", {"custom_work_permit": upload(PNG, "newer.png")})
    older, newer = stored()
    tomorrow = timezone.now() + timedelta(days=2)

    with acting_in(in_acme):
        assert forget_unused(tomorrow) == 0
        undo_edit(ChangeSet.objects.latest("pk"), by=recruiter)
        assert CandidateCustomValue.objects.get().attachment.file.name == older
        assert default_storage.exists(older)

    # The newer one cannot come back: what brought it was undone.
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_unused(timezone.now()) == 0
        assert forget_unused(tomorrow) == 1
    assert stored() == [older]
    assert default_storage.exists(older)
    assert not default_storage.exists(newer)


def test_a_replaced_file_goes_when_its_time_to_be_undone_is_over(
    permit, ana, in_acme, recruiter, as_user, path, django_capture_on_commit_callbacks
):
    client = as_user(recruiter)
    client.post(f"{path}fields/", {"custom_work_permit": upload()})
    client.post(f"{path}fields/", {"custom_work_permit-clear": "on"})
    (name,) = stored()
    later = timezone.now() + timedelta(days=31)

    assert forget_unused(later) == 0
    assert forget_old_values(later) == 2
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_unused(later) == 1

    assert not default_storage.exists(name)


def test_merging_carries_the_file_and_erasing_deletes_it(
    permit, ana, recruiter, django_capture_on_commit_callbacks
):
    other = CandidateFactory(full_name="Anna Silva")
    hand = by_hand(recruiter)
    custom_fields.set_values(other, {"work_permit": upload()}, provenance=hand)
    custom_fields.set_values(ana, {"work_permit": upload(PNG, "older.png")}, provenance=hand)
    CandidateCustomValue.objects.filter(candidate=ana).update(
        provenance_at=timezone.now() - timedelta(days=1)
    )

    merge_people(ana, [other.pk], by=recruiter)

    assert CandidateCustomValue.objects.get().shown == "permit.pdf"
    assert set(CandidateFile.objects.values_list("candidate", flat=True)) == {ana.pk}
    names = stored()
    told = {file["file_name"] for file in export_candidate(ana)["files"]}
    assert told == {"permit.pdf", "older.png"}
    with django_capture_on_commit_callbacks(execute=True):
        erase_candidates([ana.pk])
    assert stored() == []
    assert not any(default_storage.exists(name) for name in names)


def test_exports_name_the_file_and_imports_leave_its_column_out(permit, ana, in_acme, owner):
    custom_fields.set_values(ana, {"work_permit": upload()}, provenance=by_hand(owner))
    export = running.request_export(Export.Kind.PEOPLE, by=owner, wanted=None)
    running.work_on(in_acme, export.pk)

    export.refresh_from_db()
    header, row = Path(export.file.path).read_text("utf-8-sig").splitlines()
    assert header.split(",")[-1] == "Work permit"
    assert row.split(",")[-1] == "permit.pdf"
    assert columns_titled_so(["Full name", "work permit"]) == {1: "-"}
    assert importable_fields() == []
    with pytest.raises(ValueUnreadable, match="A file is added on the form"):
        custom_fields.set_values(ana, {"work_permit": "permit.pdf"}, provenance=by_hand(owner))


def test_files_on_disk_without_a_row_are_swept(permit, ana, recruiter):
    custom_fields.set_values(ana, {"work_permit": upload()}, provenance=by_hand(recruiter))
    (kept,) = stored()
    orphan = default_storage.save(f"{kept}-orphan", BytesIO(b"x"))

    assert delete_orphans() == 0
    assert delete_orphans(timezone.now() + timedelta(days=2)) >= 1
    assert default_storage.exists(kept)
    assert not default_storage.exists(orphan)

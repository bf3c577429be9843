"""The copy of a person's data: everything that the data map calls theirs, to read and for programs (T58)."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models
from django.utils import timezone

from candidates.models import CustomField
from candidates.services import custom_fields
from candidates.services.notes import add_note
from candidates.services.provenance import by_hand
from crm.audit.models import AuditEntry
from crm.privacy.registry import data_map
from crm.privacy.services import copying
from crm.tenancy.models import OwnedModel
from crm.tenancy.scope import acting_in
from pipelines.models import Scorecard
from tests.access.world import build_world
from tests.candidates.resumes import files
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db


def contents(response) -> dict[str, bytes]:
    with ZipFile(BytesIO(b"".join(response.streaming_content))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def copied(candidate, organization, viewer) -> tuple[dict, str]:
    file, _ = copying.write_copy(candidate, organization, by=viewer)
    with file, ZipFile(file) as archive:
        return json.loads(archive.read("data.json")), archive.read("data.html").decode()


def plant() -> dict[str, str]:
    """A word of its own in every text that the data map says is in a person's copy; where each one is."""
    planted = {}
    with connection.cursor() as cursor:
        for model, rules in data_map().items():
            if not issubclass(model, OwnedModel):
                continue
            for name, rule in rules.fields.items():
                field = model._meta.get_field(name)
                is_free = (
                    isinstance(field, models.TextField | models.CharField) and not field.choices
                )
                if not rule.exported or not is_free or (field.max_length or 99) < 10:
                    continue
                word = f"zq{len(planted):04d}@x.fr"
                cursor.execute(f'UPDATE "{model._meta.db_table}" SET "{field.column}" = %s', [word])
                if cursor.rowcount:
                    planted[word] = f"{model._meta.label}.{name}"
    return planted


def test_every_text_that_the_data_map_calls_theirs_is_in_the_copy(acme, owner):
    world = build_world(acme, owner, marker="planted")
    with acting_in(acme):
        # A draft is nobody's word yet.
        Scorecard.objects.update(submitted_at=timezone.now())
        planted = plant()
        assert len(planted) > 40

        told, page = copied(world["candidates.Candidate"], acme, owner)

    text = json.dumps(told)
    assert [where for word, where in planted.items() if word not in text] == []
    assert [where for word, where in planted.items() if word not in page] == []


def test_copy_is_downloaded_with_the_documents_and_recorded(as_user, owner, acme):
    with acting_in(acme):
        ana = CandidateFactory(full_name="Ana <b>Silva", emails=["ana@example.com"])
        custom_fields.add_field(name="Work permit", kind=CustomField.Kind.FILE, by=owner)
        content = files.pdf()
        upload = SimpleUploadedFile("../permit.pdf", content)
        custom_fields.set_values(ana, {"work_permit": upload}, provenance=by_hand(owner))
    client = as_user(owner)
    path = f"/acme/settings/privacy/copy/{ana.pk}/"
    assert "Download the copy" in client.get(path).text

    response = client.post(path)

    assert response["Content-Type"] == "application/zip"
    assert f"acme-data-of-person-{ana.pk}.zip" in response["Content-Disposition"]
    held = contents(response)
    (document,) = (name for name in held if name.startswith("files/"))
    assert document.endswith("-permit.pdf")
    assert held[document] == content
    told = json.loads(held["data.json"])
    assert told["data"]["candidate"]["full_name"] == "Ana <b>Silva"
    assert told["data"]["e-mail addresses"][0]["address"] == "ana@example.com"
    assert told["files"] == [document]
    page = held["data.html"].decode()
    assert "Ana &lt;b&gt;Silva" in page
    assert "permit.pdf" in page
    with acting_in(acme):
        entry = AuditEntry.objects.get(action="candidate.copied")
        assert (entry.object_id, entry.actor, entry.details["files"]) == (ana.pk, owner, 1)


def test_private_notes_of_others_are_held_back_and_said(as_user, owner, recruiter, acme):
    with acting_in(acme):
        ana = CandidateFactory()
        add_note(ana, body="Seen by all", by=recruiter)
        add_note(ana, body="For me alone", by=recruiter, is_private=True)
        held = copying.held_back(ana, viewer=owner)
        told, page = copied(ana, acme, owner)
        own, _ = copied(ana, acme, recruiter)

    assert held == [(recruiter.name, 1)]
    assert "Seen by all" in page
    assert "For me alone" not in page + json.dumps(told)
    assert "For me alone" in json.dumps(own)
    warned = " ".join(as_user(owner).get(f"/acme/settings/privacy/copy/{ana.pk}/").text.split())
    assert f"Private notes that you may not read are left out: 1 of {recruiter.name}" in warned


def test_a_document_that_is_gone_is_named(acme, owner, in_acme):
    ana = CandidateFactory()
    custom_fields.add_field(name="Work permit", kind=CustomField.Kind.FILE, by=owner)
    upload = SimpleUploadedFile("permit.pdf", files.pdf())
    custom_fields.set_values(ana, {"work_permit": upload}, provenance=by_hand(owner))
    (file,) = ana.files.all()
    file.file.storage.delete(file.file.name)

    told, page = copied(ana, acme, owner)

    assert told["files"] == []
    assert [name.split("-")[-1] for name in told["files_not_found"]] == ["permit.pdf"]
    assert "not in the storage any more" in page


def test_record_leads_admins_to_it(as_user, owner, recruiter, acme):
    with acting_in(acme):
        ana = CandidateFactory()

    link = f"/acme/settings/privacy/copy/{ana.pk}/"
    assert link in as_user(owner).get(f"/acme/candidates/{ana.pk}/").text
    assert link not in as_user(recruiter).get(f"/acme/candidates/{ana.pk}/").text

"""The steps of an import: uploaded, chosen, checked, started or thrown away, and what is kept of it."""

import pytest
from django.utils import timezone

from candidates.models import (
    Candidate,
    Import,
    ImportRow,
    PoolMembership,
    Source,
    Tag,
    TalentPool,
)
from candidates.services.importing import running, uploading
from candidates.services.importing.fields import Field
from candidates.services.importing.reading import Reading
from candidates.services.importing.uploading import FileTooLarge, ImportNotWaiting
from crm.audit.models import AuditEntry
from crm.web.errors import DomainError
from tests.candidates.imports.conftest import later, people
from tests.conftest import lose_rights
from tests.factories import CandidateFactory, SourceFactory

pytestmark = pytest.mark.django_db


def test_the_same_file_is_noticed(upload, check, run):
    first = run(check(upload("a.csv", people(2))))

    again = upload("b.csv", people(2))

    assert uploading.same_file_before(again) == first
    assert uploading.same_file_before(upload("c.csv", people(3))) is None


def test_the_next_file_with_these_titles_is_mapped_alike(upload, check, run):
    import_file = upload("a.csv", "Wer;Was\nAnna Muster;Go\n")
    mapping = {0: Field.FULL_NAME, 1: Field.SKILLS}
    run(check(import_file, mapping=mapping, policy="overwrite", source="Fair"))

    again = upload("b.csv", "Wer;Was\nBert Beispiel;SQL\n")

    assert uploading.mapping_of(again) == mapping
    assert (again.policy, again.source.name) == ("overwrite", "Fair")
    assert again.notices[-1] == (
        "The columns are mapped as in “a.csv”, which had the same titles. Chosen as it was there, too: "
        "“Overwrite, but not what was typed by hand” for people who are here already, "
        "the lawful basis “Legitimate interest” and the source “Fair”."
    )


def test_too_large_a_file_is_refused(upload, settings):
    settings.IMPORT_MAX_BYTES = 1024 * 1024
    with pytest.raises(FileTooLarge, match="at most 1 MB"):
        upload("people.csv", "Name\n" + "Anna\n" * 300_000)
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\files\\people.csv", "people.csv"),
        ("a\u202egpj.csv\x00", "agpj.csv"),
        ("", "file"),
        ("x" * 300 + ".csv", ("x" * 300 + ".csv")[-255:]),
    ],
)
def test_file_names_are_bare(name, expected):
    assert uploading.clean_file_name(name) == expected


def test_a_started_import_can_be_neither_changed_nor_thrown_away(import_text, recruiter):
    done = import_text(people(1))

    with pytest.raises(ImportNotWaiting):
        uploading.choose(done, mapping={}, by=recruiter)
    with pytest.raises(ImportNotWaiting):
        uploading.discard(done, by=recruiter)


@pytest.mark.parametrize("is_read", [False, True])
def test_columns_of_another_reading_are_not_chosen(upload, in_acme, recruiter, is_read):
    """Two press at once: one has the file read otherwise, the other has it checked."""
    looked_at = upload("people.csv", "List of May\nE-Mail;Name\nana@example.com;Ana\n")
    uploading.read_again(looked_at, Reading(header_line=1), by=recruiter)
    if is_read:
        running.work_on(in_acme, looked_at.pk)

    with pytest.raises(uploading.ReadMeanwhile, match="Look at its columns again"):
        uploading.choose(looked_at, mapping={0: "email", 1: "full_name"}, by=recruiter)

    import_file = Import.objects.get()
    assert import_file.state == (Import.State.DRAFT if is_read else Import.State.READING)
    assert "email" not in import_file.mapping.values()


def test_an_unchecked_import_does_not_start(upload, recruiter):
    with pytest.raises(DomainError, match="Check the file first"):
        uploading.start(upload("people.csv", people(1)), by=recruiter)


def test_discarding_leaves_nothing_but_the_audit_entry(upload, check, recruiter):
    uploading.discard(check(upload("people.csv", people(3))), by=recruiter)

    assert not Import.objects.exists()
    assert not ImportRow.objects.exists()
    assert AuditEntry.objects.filter(action="import.discarded", details={"rows": 3}).exists()


def names_of(model) -> list[str]:
    return list(model.objects.order_by("pk").values_list("name", flat=True))


def test_labels_made_for_a_file_that_is_thrown_away_go_with_it(upload, check, recruiter):
    draft = check(upload("people.csv", people(3)), source="Fare", tag="Spring")
    # A slip is put right: nobody needs what was made for it.
    draft = check(draft, source="Fair", tag="Spring")
    assert (names_of(Source), names_of(Tag)) == (["Fair"], ["Spring"])

    uploading.discard(draft, by=recruiter)

    assert (names_of(Source), names_of(Tag)) == ([], [])


def test_labels_that_somebody_uses_outlive_the_file_they_were_made_for(upload, check, recruiter):
    SourceFactory(name="Agency")
    draft = check(upload("people.csv", people(3)), source="Fair", tag="Spring")
    other = check(upload("others.csv", people(2)), source="Agency", tag="Spring")
    CandidateFactory(source=Source.objects.get(name="Fair"))

    uploading.discard(draft, by=recruiter)
    assert (names_of(Source), names_of(Tag)) == (["Agency", "Fair"], ["Spring"])

    uploading.discard(other, by=recruiter)
    assert names_of(Source) == ["Agency", "Fair"]


def test_labels_made_for_a_file_that_is_forgotten_go_with_it(upload, check):
    check(upload("people.csv", people(3)), source="Fair", tag="Spring")

    running.forget_old_rows(later(days=31))

    assert (names_of(Source), names_of(Tag)) == ([], [])


def test_what_was_done_is_in_the_audit_log_without_names(import_text):
    import_text(people(3))

    entries = AuditEntry.objects.filter(action__startswith="import.").order_by("pk")
    assert [(entry.action, entry.details) for entry in entries] == [
        ("import.uploaded", {"size": 163}),
        ("import.mapped", {"fields": ["email", "full_name", "skills"]}),
        ("import.started", {"rows": 3}),
        ("import.finished", {"create": 3}),
    ]


def test_a_pool_archived_meanwhile_stays_empty_and_it_is_said(upload, check, run):
    pool = TalentPool.objects.create(name="Spring")
    import_file = check(upload("people.csv", people(2)), pool=pool)
    TalentPool.objects.update(archived_at=timezone.now())

    done = run(import_file)

    assert done.counts == {"create": 2}
    assert not PoolMembership.objects.exists()
    assert "was archived meanwhile" in done.notices[-1]


def test_rows_are_forgotten_when_nobody_needs_them(import_text, upload):
    done = import_text(people(3))
    draft = upload("other.csv", people(2))

    assert running.forget_old_rows(later(days=29)) == 0
    assert running.forget_old_rows(later(days=31)) == 2
    assert not Import.objects.filter(pk=draft.pk).exists()
    assert done.rows.count() == 3

    assert running.forget_old_rows(later(days=91)) == 3
    done.refresh_from_db()
    assert (done.rows.count(), done.counts) == (0, {"create": 3})
    assert Candidate.objects.count() == 3


def test_rows_of_an_import_that_stopped_half_way_are_forgotten_too(
    in_acme, upload, check, recruiter, owner
):
    import_file = check(upload("people.csv", people(5)))
    uploading.start(import_file, by=recruiter)
    running._run_batch(in_acme, import_file.pk, 2)
    lose_rights(recruiter, "viewer")
    running.work_on(in_acme, import_file.pk)

    assert running.forget_old_rows(later(days=89)) == 0
    assert running.forget_old_rows(later(days=91)) == 5

    import_file.refresh_from_db()
    assert (import_file.rows.count(), import_file.counts) == (0, {"create": 2})
    assert Candidate.objects.count() == 2
    with pytest.raises(DomainError, match="Upload the file again to import the rest"):
        uploading.start(import_file, by=owner)
    assert Import.objects.get(pk=import_file.pk).counts == {"create": 2}


def test_file_lies_in_its_organizations_folder(in_acme, upload):
    import_file = upload("people.csv", "Name,Email\nAmara Okafor,amara@example.com\n")

    assert import_file.file.name.startswith(f"imports/{in_acme.pk}/")

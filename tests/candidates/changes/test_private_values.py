"""Pages of changes keep what is private from who may not read it, and an act on one record is its author's to undo."""

from datetime import date

import pytest

from candidates.models import CandidateCustomValue, ChangeSet, CustomField, Note
from candidates.services import custom_fields
from candidates.services.changes.recording import close_change_set, open_change_set, recording
from candidates.services.custom_fields import set_values
from candidates.services.notes import add_note, delete_note, edit_note
from candidates.services.provenance import by_hand
from candidates.services.rows import remove_row
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen

LIST = "/acme/candidates/changes/"


def edited_notes(ana, recruiter, sourcer) -> list[ChangeSet]:
    """A private note that is rewritten, shared and deleted."""
    note = add_note(ana, body="Drinks, they say", by=recruiter, is_private=True)
    return [
        edit_note(note, body="Quarrels, they say", by=recruiter, is_private=True),
        edit_note(note, body="Mind @sourcer", by=recruiter, is_private=True, readers=[sourcer]),
        delete_note(Note.objects.get(), by=recruiter),
    ]


def test_a_private_note_is_read_by_its_author_alone(ana, acme, recruiter, sourcer, owner, as_user):
    with acting_in(acme):
        sets = edited_notes(ana, recruiter, sourcer)
    for reader in (recruiter, owner):
        told = " ".join(seen(as_user(reader).get(f"{LIST}{one.pk}/")) for one in sets)

        is_author = reader == recruiter
        assert ("Drinks" in told) == is_author
        assert ("Quarrels" in told) == is_author
        assert ("Mind" in told) == is_author
        assert ("Not shown to you" in told) != is_author


@pytest.mark.parametrize("kind", [ChangeSet.Kind.EDIT, ChangeSet.Kind.BULK_EDIT])
def test_a_field_for_admins_is_told_to_admins_alone(ana, acme, owner, recruiter, as_user, kind):
    with acting_in(acme):
        custom_fields.add_field(name="Salary", kind="text", visible_to="admins", by=owner)
        custom_fields.add_field(name="Hobby", kind="text", by=owner)
        set_values(
            ana, {"salary": "85 thousand", "hobby": "Chess"}, provenance=by_hand(owner), by=owner
        )
        change_set = open_change_set(kind, "Changed fields", by=owner)
        with recording(change_set, [ana.pk], compared=[CandidateCustomValue]):
            CandidateCustomValue.objects.filter(field__key="salary").update(text="99 thousand")
            CandidateCustomValue.objects.filter(field__key="hobby").update(text="Go")
        close_change_set(change_set)
    address = f"{LIST}{change_set.pk}/"

    told = seen(as_user(recruiter).get(address))
    assert "thousand" not in told
    assert "Not shown to you" in told
    assert "Hobby changed Chess Go" in told
    assert "Salary changed 85 thousand 99 thousand" in seen(as_user(owner).get(address))

    with acting_in(acme):
        CandidateCustomValue.objects.filter(field__key="salary").delete()
        assert CustomField.objects.count() == 2
    assert "thousand" not in seen(as_user(recruiter).get(address))


def test_values_that_an_import_added_are_told_by_the_names_of_their_fields(
    ana, acme, owner, recruiter, as_user
):
    with acting_in(acme):
        for name, kind, options, visible_to in [
            ("Pay", "money", (), "readers"),
            ("Bonus", "money", (), "admins"),
            ("Shift", "single", ("Night",), "readers"),
            ("Abroad", "boolean", (), "readers"),
            ("From", "date", (), "readers"),
        ]:
            custom_fields.add_field(
                name=name, kind=kind, options=options, visible_to=visible_to, by=owner
            )
        change_set = open_change_set(ChangeSet.Kind.IMPORT, "Import of people.csv", by=owner)
        with recording(change_set, [ana.pk], grown=[CandidateCustomValue]):
            set_values(
                ana,
                {"pay": "85,000 EUR", "bonus": "987,654 EUR", "shift": "Night", "abroad": True, "from": date(2027, 1, 2)},
                provenance=by_hand(owner),
                by=owner,
            )  # fmt: skip
        close_change_set(change_set)

    told = seen(as_user(recruiter).get(f"{LIST}{change_set.pk}/"))

    for one in ["Pay added 85,000 EUR", "Shift added Night", "Abroad added Yes", "From added 2027-01-02"]:  # fmt: skip
        assert one in told
    assert "987" not in told
    assert "Bonus added 987,654 EUR" in seen(as_user(owner).get(f"{LIST}{change_set.pk}/"))


def test_an_act_on_one_record_is_undone_by_its_author(
    ana, acme, owner, recruiter, sourcer, as_user
):
    with acting_in(acme):
        change_set = remove_row(ana.phones.get(), by=recruiter)
    address = f"{LIST}{change_set.pk}/"

    for other in (sourcer, owner):
        assert "Undo it" not in as_user(other).get(address).text
        refused = as_user(other).post(f"{address}undo/")
        assert refused.status_code == 409
        assert "Only who made this change can take it back." in seen(refused)
    with acting_in(acme):
        assert not ana.phones.exists()

    as_user(recruiter).post(f"{address}undo/")
    with acting_in(acme):
        assert ana.phones.exists()

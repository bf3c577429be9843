"""Notes: who reads them, who is mentioned, and contacts logged by hand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from candidates.models import Note, Notification, Touchpoint
from candidates.queries import visible_notes, visible_touchpoints
from candidates.services.contacts import NotByHand, NotYours, log_contact, remove_contact
from candidates.services.editing import undo_edit
from candidates.services.notes import (
    MentionedInPrivate,
    NotTheAuthor,
    add_note,
    delete_note,
    edit_note,
    mentioned,
)
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(in_acme):
    return CandidateFactory(full_name="Ana Silva")


def readers_of(note, *users) -> list[bool]:
    return [visible_notes(user).filter(pk=note.pk).exists() for user in users]


def test_a_shared_note_is_read_by_its_readers_only(ana, recruiter, sourcer, viewer, owner):
    note = add_note(ana, body="Between us", by=recruiter, is_private=True, readers=[sourcer])

    assert readers_of(note, recruiter, sourcer, viewer, owner) == [True, True, False, False]
    assert [visible_touchpoints(user).filter(note=note).count() for user in (sourcer, viewer)] == [
        1,
        0,
    ]
    assert Touchpoint.objects.get(note=note).summary == "Shared note"


def test_who_is_mentioned_is_told_once_and_never_oneself(ana, recruiter, sourcer, viewer):
    body = "@sourcer of acme please call, @Viewer of Acme look, @recruiter of acme is me"

    note = add_note(ana, body=body, by=recruiter)
    edit_note(note, body=f"{body}. Thanks @sourcer of acme", by=recruiter)

    told = Notification.objects.order_by("user__email").values_list("user__email", "text", "link")
    assert list(told) == [
        (
            f"{user.email}",
            "Recruiter of Acme mentioned you in a note on Ana Silva",
            f"candidates/{ana.pk}/?show=notes#note-{note.pk}",
        )
        for user in (sourcer, viewer)
    ]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("@Sourcer of Acme!", ["Sourcer of Acme"]),
        ("@sourcer, see", ["Sourcer of Acme"]),
        ("@SOURCER OF ACME", ["Sourcer of Acme"]),
        ("mail sourcer@acme.example", []),
        ("@sourcerer", []),
        ("@nobody here", []),
        ("@manager", []),
        ("at @ noon", []),
        ("@sourcer and @sourcer", ["Sourcer of Acme"]),
    ],
)
def test_names_behind_an_at_are_found(in_acme, recruiter, sourcer, manager, stranger, body, names):
    assert [user.name for user in mentioned(body)] == names


def test_a_first_name_that_two_have_names_nobody(in_acme, recruiter, sourcer):
    for user, name in ((recruiter, "Kim Lee"), (sourcer, "Kim Park")):
        user.name = name
        user.save()

    assert mentioned("@kim") == []
    assert [user.name for user in mentioned("@kim park")] == ["Kim Park"]


def test_a_private_note_mentions_nobody(ana, recruiter, sourcer):
    with pytest.raises(MentionedInPrivate, match="Only you see this note, so Sourcer of Acme"):
        add_note(ana, body="@sourcer psst", by=recruiter, is_private=True)

    assert not Note.objects.exists()


def test_who_is_mentioned_in_a_shared_note_reads_it(ana, recruiter, sourcer, viewer):
    note = add_note(ana, body="@viewer of acme", by=recruiter, is_private=True, readers=[sourcer])

    assert readers_of(note, sourcer, viewer) == [True, True]


def test_an_edit_is_the_authors_and_can_be_taken_back(ana, recruiter, sourcer):
    note = add_note(ana, body="First", by=recruiter)

    with pytest.raises(NotTheAuthor, match="edit"):
        edit_note(note, body="Mine now", by=sourcer)
    change_set = edit_note(note, body="Second", by=recruiter, is_private=True)
    assert readers_of(note, sourcer) == [False]
    undo_edit(change_set, by=recruiter)

    note.refresh_from_db()
    assert (note.body, note.is_private, note.edited_at) == ("First", False, None)
    assert Touchpoint.objects.get(note=note).summary == "Note"


def test_a_deleted_note_comes_back_with_its_place_and_readers(ana, recruiter, sourcer, viewer):
    note = add_note(ana, body="Keep me", by=recruiter, is_private=True, readers=[sourcer])
    at = Touchpoint.objects.get(note=note).at

    change_set = delete_note(note, by=recruiter)
    assert not Note.objects.exists()
    assert not Touchpoint.objects.filter(kind="note").exists()
    undo_edit(change_set, by=recruiter)

    back = Note.objects.get()
    assert (back.body, Touchpoint.objects.get(note=back).at) == ("Keep me", at)
    assert readers_of(back, recruiter, sourcer, viewer) == [True, True, False]


@pytest.mark.parametrize("kind", ["call", "text", "social", "meeting"])
def test_every_contact_by_hand_moves_the_last_contact(ana, recruiter, kind):
    entry = log_contact(ana, kind=kind, summary="Spoke", by=recruiter)

    ana.refresh_from_db()
    assert (entry.kind, ana.last_contacted_at) == (kind, entry.at)


def test_what_machines_tell_is_not_logged_by_hand(ana, recruiter):
    with pytest.raises(NotByHand):
        log_contact(ana, kind="mail_received", summary="Replied", by=recruiter)


def test_a_contact_is_removed_by_who_logged_it_and_comes_back(ana, recruiter, sourcer):
    earlier = log_contact(
        ana, kind="call", summary="Before", by=sourcer, at=timezone.now() - timedelta(days=9)
    )
    entry = log_contact(ana, kind="meeting", summary="Wrong person", by=recruiter)

    with pytest.raises(NotYours):
        remove_contact(entry, by=sourcer)
    change_set = remove_contact(entry, by=recruiter)
    ana.refresh_from_db()
    assert ana.last_contacted_at == earlier.at

    undo_edit(change_set, by=recruiter)
    ana.refresh_from_db()
    assert ana.last_contacted_at == entry.at
    assert Touchpoint.objects.filter(summary="Wrong person").exists()

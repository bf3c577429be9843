"""What a colleague does while an act on the same people waits for them is theirs, and no undo of the act takes it away."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.utils import timezone

from candidates.models import Candidate, ChangeSet, Note
from candidates.services import bulk_edits
from candidates.services.bulk import actions
from candidates.services.candidates import edit_candidate
from candidates.services.changes.recording import close_change_set, open_change_set
from candidates.services.changes.undoing import start_undo, undo_batch
from candidates.services.notes import add_note, edit_note
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory
from tests.parallel import elsewhere, wait_until_blocked

pytestmark = pytest.mark.django_db(transaction=True)


def take_back(by) -> None:
    change_set = ChangeSet.objects.latest("pk")
    start_undo(change_set, by=by)
    while not undo_batch(change_set.pk):
        pass


def give(ids, by):
    bulk_edits.give_to_owner(by, ids, by=by)


def leave_alone(ids, by):
    bulk_edits.snooze_people(ids, until=timezone.localdate() + timedelta(days=9), by=by)


def give_many(ids, by):
    change_set = open_change_set(ChangeSet.Kind.BULK_EDIT, "Bulk edit", by=by)
    actions.action_of("owner").apply(change_set, {"owner": by.pk}, ids, by)
    close_change_set(change_set)


def leave_many_alone(ids, by):
    change_set = open_change_set(ChangeSet.Kind.BULK_EDIT, "Bulk edit", by=by)
    until = (timezone.localdate() + timedelta(days=9)).isoformat()
    chosen = {"until": until, "reason": None, "note": ""}
    actions.action_of("snooze").apply(change_set, chosen, ids, by)
    close_change_set(change_set)


@pytest.mark.parametrize("act", [give, leave_alone, give_many, leave_many_alone])
def test_what_a_colleague_changed_while_many_were_waited_for_stays(acme, owner, recruiter, act):
    with acting_in(acme):
        ana = CandidateFactory(full_name="Ana Silva", company="Initech", owner=None)

    def act_on_them():
        with acting_in(acme):
            act([ana.pk], recruiter)

    with ThreadPoolExecutor(1) as threads:
        with acting_in(acme):
            edit_candidate(ana, by=owner, company="Globex")
            acting = threads.submit(elsewhere, act_on_them)
            wait_until_blocked(acting)
            assert not acting.done()
        acting.result()

    with acting_in(acme):
        take_back(recruiter)
        assert Candidate.objects.get(pk=ana.pk).company == "Globex"


def test_a_note_that_is_written_while_another_is_changed_stays(acme, owner, recruiter, monkeypatch):
    with acting_in(acme):
        ana = CandidateFactory()
        first = add_note(ana, body="Wants a call", by=recruiter)

    def write():
        with acting_in(acme):
            add_note(Candidate.objects.get(pk=ana.pk), body="She called", by=owner)

    save = Note.save

    def save_while_another_is_written(*args, **kwargs):
        monkeypatch.setattr(Note, "save", save)
        others.append(threads.submit(elsewhere, write))
        wait_until_blocked(others[0])
        return save(*args, **kwargs)

    others = []
    with ThreadPoolExecutor(1) as threads:
        monkeypatch.setattr(Note, "save", save_while_another_is_written)
        with acting_in(acme):
            edit_note(first, body="Wants a call on Monday", by=recruiter)
        others[0].result()

    with acting_in(acme):
        take_back(recruiter)
        assert sorted(Note.objects.values_list("body", flat=True)) == ["She called", "Wants a call"]

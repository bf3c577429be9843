"""Imports that stand still are found, begun again, and given up in the end."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from candidates.models import (
    Candidate,
    Import,
)
from candidates.services.changes.undoing import NotUndoable, start_undo, undo_batch
from candidates.services.importing import running, uploading
from candidates.tasks import resume_imports, work_on_import
from crm.audit.models import AuditEntry
from tests.candidates.imports.conftest import later, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def stalled(in_acme, upload, check, recruiter) -> Import:
    import_file = check(upload("people.csv", people(4)))
    uploading.start(import_file, by=recruiter)
    return import_file


def test_a_lost_import_is_found_and_finished(stalled, in_acme):
    assert running.organizations_with_stalled_imports() == []
    assert running.organizations_with_stalled_imports(later(minutes=3)) == [in_acme]

    (found,) = running.stalled_imports(in_acme, later(minutes=3))
    assert running.work_on(found.organization, found.import_id)

    assert running.organizations_with_stalled_imports(later(minutes=9)) == []
    assert Candidate.objects.count() == 4


def test_the_page_says_that_nothing_happens_and_what_comes_of_it(stalled, client, recruiter):
    client.force_login(recruiter)
    page = client.get(f"/acme/candidates/imports/{stalled.pk}/").content.decode()
    assert "Waiting for a" in page
    assert "Nothing has happened" not in page

    Import.objects.filter(pk=stalled.pk).update(
        beat_at=timezone.now() - timedelta(seconds=25), row_count=5000
    )

    page = " ".join(client.get(f"/acme/candidates/imports/{stalled.pk}/").content.decode().split())
    assert "Nothing has happened since" in page
    assert "goes on by itself within three minutes" in page
    assert "0 of 5,000" in page


def test_an_import_that_dies_again_and_again_is_given_up(stalled, in_acme, recruiter):
    for turn in range(running.MOST_RESTARTS):
        assert running.stalled_imports(in_acme, later(minutes=3 * (turn + 1)))

    assert running.stalled_imports(in_acme, later(hours=1)) == []

    stalled.refresh_from_db()
    assert stalled.state == Import.State.FAILED
    assert "stopped 5 times" in stalled.problem
    assert AuditEntry.objects.filter(action="import.given_up").count() == 1
    # What is done stays, and somebody may press the button again.
    stalled.started_at = timezone.now()
    stalled.save()
    uploading.start(stalled, by=recruiter)
    assert running.work_on(in_acme, stalled.pk)
    assert Candidate.objects.count() == 4


def test_what_goes_on_is_not_undone_meanwhile(stalled, in_acme, recruiter):
    """Half of it was: what came after the press of Undo was never taken back."""
    running._run_batch(in_acme, stalled.pk, 2)
    stalled.refresh_from_db()
    running._halt(stalled, "The database was gone.")
    uploading.start(stalled, by=recruiter)
    stalled.refresh_from_db()

    with pytest.raises(NotUndoable, match="still running"):
        start_undo(stalled.change_set, by=recruiter)

    assert running.work_on(in_acme, stalled.pk)
    start_undo(stalled.change_set, by=recruiter)
    while not undo_batch(stalled.change_set.pk):
        pass
    assert Candidate.objects.count() == 0


def test_command_runs_what_waits_and_reports(stalled, capsys):
    call_command("run_imports", organization="acme")
    call_command("run_imports")

    assert capsys.readouterr().out == (
        "acme: people.csv: Done; 4 of 4 rows: 4 new\nNo import waits.\n"
    )
    with pytest.raises(CommandError, match="no organization “nobody”"):
        call_command("run_imports", organization="nobody")


def test_task_works_and_calls_itself_again_until_done(stalled, in_acme, monkeypatch):
    calls = []
    monkeypatch.setattr(work_on_import, "delay", lambda *args: calls.append(args))
    monkeypatch.setattr(running, "work_on", lambda *args: False)

    work_on_import(in_acme.pk, stalled.pk)

    assert calls == [(in_acme.pk, stalled.pk)]


def test_sweep_rings_for_what_stands_still(stalled, in_acme, monkeypatch):
    calls = []
    monkeypatch.setattr(work_on_import, "delay", lambda *args: calls.append(args))
    Import.objects.update(beat_at=timezone.now() - timedelta(minutes=3))

    resume_imports()
    resume_imports()

    assert calls == [(in_acme.pk, stalled.pk)]


def test_another_organizations_import_is_nobodys(stalled, globex):
    assert running.work_on(globex, stalled.pk)

    stalled.refresh_from_db()
    assert stalled.state == Import.State.QUEUED

"""Résumés that wait for their reader: tried again, given up, scanned, recognized, read anew by a newer one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from candidates.models import Notification, Resume
from candidates.resumes import jail, version
from candidates.services.resumes import accepting, commands, forgetting, matching, running
from tests.candidates.resumes import files
from tests.candidates.resumes.test_services import review
from tests.factories import CandidateFactory

State = Resume.State


def test_a_killed_reader_loses_nothing_and_a_deadly_file_is_given_up(drop, in_acme, monkeypatch):
    resume = drop({"cv.pdf": files.pdf()}, read=False)["cv.pdf"]

    def die(*_, **__):
        raise KeyboardInterrupt

    later = timezone.now()
    for number in range(1, running.MOST_TRIES + 1):
        with monkeypatch.context() as patch:
            patch.setattr(jail.Jail, "read", die)
            with pytest.raises(KeyboardInterrupt):
                running.read_waiting(in_acme)
        resume.refresh_from_db()
        assert (resume.state, resume.tries) == (State.READING, number)
        assert running.read_waiting(in_acme), "nobody takes what another one has taken"
        later += running.STALE_AFTER + timedelta(seconds=1)
        assert running.give_back_stalled(in_acme, later) == 1
        resume.refresh_from_db()
        if number == 1:
            assert resume.state == State.WAITING
    assert (resume.state, resume.problem) == (State.REFUSED, running.GIVEN_UP)


def test_what_stands_still_is_found_over_all_organizations(drop, in_acme):
    drop({"cv.pdf": files.pdf()}, read=False)
    now = timezone.now()
    assert running.organizations_with_waiting_resumes(now) == []
    assert running.organizations_with_waiting_resumes(now + timedelta(minutes=1)) == [in_acme]
    Resume.objects.update(state=State.READING, beat_at=now + timedelta(minutes=1))
    assert running.organizations_with_waiting_resumes(now + timedelta(minutes=1)) == []


def test_scanner_refuses_and_a_broken_scanner_lets_nothing_past(drop, settings, in_acme):
    # grep ends with 0 where it finds: turned round by a shell of the operator's choice.
    settings.RESUME_SCAN_COMMAND = "sh -c 'if grep -q EICAR; then exit 1; fi'"
    found = drop({"bad.txt": b"EICAR and a text", "good.txt": files.TEXT.encode()})
    assert (found["bad.txt"].state, found["bad.txt"].problem) == (State.REFUSED, commands.INFECTED)
    assert found["good.txt"].state == State.READY
    settings.RESUME_SCAN_COMMAND = "/no/such/scanner"
    waits = drop({"other.txt": b"Some other text of a person"})["other.txt"]
    assert waits.state == State.READING
    later = timezone.now()
    for _ in range(running.MOST_TRIES + 1):
        later += running.STALE_AFTER_COMMANDS + timedelta(seconds=1)
        assert running.give_back_stalled(in_acme, later) == 1
        running.read_waiting(in_acme)
    waits.refresh_from_db()
    assert (waits.state, waits.problem) == (State.READING, running.NO_SCANNER)
    settings.RESUME_SCAN_COMMAND = ""
    running.give_back_stalled(in_acme, later + timedelta(hours=1))
    running.read_waiting(in_acme)
    waits.refresh_from_db()
    assert (waits.state, waits.problem) == (State.READY, "")


@pytest.mark.parametrize("is_accepted", [True, False])
@pytest.mark.parametrize("what", ["scanner", "refused", "worker"])
def test_what_was_read_once_is_kept_whatever_a_second_reading_brings(
    drop, settings, in_acme, recruiter, monkeypatch, what, *, is_accepted
):
    resume = drop({"cv.txt": files.TEXT.encode()})["cv.txt"]
    if is_accepted:
        accepting.accept(
            resume, by=recruiter, person=CandidateFactory(), kept=accepting.Kept(columns={})
        )
    resume.refresh_from_db()
    before = {name: getattr(resume, name) for name in ("state", "text", "file", "search_text")}
    Resume.objects.update(reader_version=running.VERSION - 1)

    running.read_again(in_acme)
    if what == "scanner":
        settings.RESUME_SCAN_COMMAND = "/no/such/scanner"
        running.read_waiting(in_acme)
    elif what == "refused":
        settings.RESUME_SCAN_COMMAND = "false"
        running.read_waiting(in_acme)
    else:
        Resume.objects.update(state=State.READING, tries=running.MOST_TRIES)
        assert running.give_back_stalled(in_acme, timezone.now() + timedelta(hours=1)) == 1

    resume.refresh_from_db()
    assert {name: getattr(resume, name) for name in before} == before
    assert before["file"].storage.exists(before["file"].name)
    is_told = any(notice.startswith("It was to be read anew") for notice in resume.notices)
    # A scanner that is down is no property of the file: it is read anew at the next call.
    assert is_told == (what != "scanner")
    assert running.read_again(in_acme) == (what == "scanner")


def test_a_scan_is_flagged_or_recognized(drop, settings, tmp_path):
    blank = files.pdf([])
    resume = drop({"scan.pdf": blank})["scan.pdf"]
    assert resume.state == State.READY
    assert any("no text in it" in notice for notice in resume.notices)
    recognized = tmp_path / "recognized.txt"
    recognized.write_text(files.TEXT)
    settings.RESUME_OCR_COMMAND = f"cat {recognized}"
    resume = drop({"scan 2.pdf": files.pdf([" "])})["scan 2.pdf"]
    assert (resume.kind, resume.notices) == ("pdf", [running.RECOGNIZED])
    assert matching.values_of(resume, "email") == ["amara.okafor@example.com"]


def test_a_newer_reader_reads_again_and_decisions_stay(drop, in_acme, recruiter):
    accepted = drop({"a.pdf": files.pdf()})["a.pdf"]
    accepting.accept(accepted, by=recruiter, person=None, kept=review(accepted))
    Resume.objects.update(reader_version=0, text="old", search_text="old")
    assert running.read_again(in_acme) == 1
    with pytest.raises(accepting.ResumeDecided):
        forgetting.discard(accepted, by=recruiter)
    running.read_waiting(in_acme)
    accepted.refresh_from_db()
    assert (accepted.state, accepted.reader_version) == (State.ACCEPTED, version.VERSION)
    assert "harbor of data" in accepted.search_text
    assert running.read_again(in_acme) == 0


def test_who_dropped_files_is_told_once_when_all_are_read(drop, in_acme, recruiter):
    drop({"1.txt": b"Ana Sousa\nana@example.com", "2.txt": b"Bo Li\nbo@example.com"}, read=False)
    assert not Notification.objects.exists()

    running.read_waiting(in_acme)
    running.read_waiting(in_acme)

    told = Notification.objects.get()
    assert (told.user, told.text) == (recruiter, "Your 2 résumés were read")

"""What the terminal shows of the children's logs, and when a crashed child starts again."""

import subprocess

import pytest

from crm.runtime import logtail, parts
from crm.runtime.logtail import LogTail
from crm.runtime.parts import LONGEST_PAUSE, STEADY_AFTER, Part

LOG = """\
timestamp=2026-03-02T09:00:00Z level=info event=quiet
timestamp=2026-03-02T09:00:01Z level=warning event=noisy
  on two lines
timestamp=2026-03-02T09:00:02Z level=info event="a level=error inside is none"
  quiet too
[2026-03-02 09:00:03 +0000] [7] [ERROR] Worker died
"""


@pytest.fixture
def tail(tmp_path):
    return LogTail("web", tmp_path / "web.log")


def shown(tail: LogTail) -> list[str]:
    said: list[str] = []
    tail.show(said.append)
    return said


def test_tail_shows_warnings_with_their_following_lines(tail):
    tail.path.write_text(LOG)

    assert shown(tail) == [
        "[web] timestamp=2026-03-02T09:00:01Z level=warning event=noisy",
        "[web]   on two lines",
        "[web] [2026-03-02 09:00:03 +0000] [7] [ERROR] Worker died",
    ]
    assert shown(tail) == []


def test_tail_leaves_tasks_that_a_stop_cut_short_to_the_log(tail):
    tail.path.write_text(
        "timestamp=2026-03-02T09:00:01Z level=warning event=task_revoked task=campaigns.send\n"
        "timestamp=2026-03-02T09:00:02Z level=warning event=task_failed task=task_revoked\n"
    )

    assert shown(tail) == [
        "[web] timestamp=2026-03-02T09:00:02Z level=warning event=task_failed task=task_revoked"
    ]


def test_tail_shows_the_raw_output_of_a_crash_at_start(tail):
    tail.path.write_text("Traceback (most recent call last):\n  boom\n")

    assert shown(tail) == ["[web] Traceback (most recent call last):", "[web]   boom"]


def test_tail_waits_for_the_end_of_a_line(tail):
    with tail.path.open("a") as log:
        log.write("Traceback")
        log.flush()
        assert shown(tail) == []
        log.write(" of it\n")

    assert shown(tail) == ["[web] Traceback of it"]


def test_tail_begins_at_the_end_of_an_old_log(tmp_path):
    (tmp_path / "web.log").write_text("Traceback of last week\n")

    assert shown(LogTail("web", tmp_path / "web.log")) == []


def test_tail_keeps_a_grown_log_aside(tail, monkeypatch):
    monkeypatch.setattr(logtail, "LARGEST_LOG", 100)
    with tail.path.open("a") as log:
        log.write("x" * 120 + "\n")
        log.flush()
        shown(tail)
        log.write("new\n")

    assert shown(tail) == ["[web] new"]
    assert tail.path.read_text() == "new\n"
    assert tail.path.with_suffix(".log.1").read_text() == "x" * 120 + "\n"


def test_part_waits_longer_with_each_crash_in_a_row(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(parts.time, "monotonic", lambda: now)
    part = Part("web", lambda: subprocess.Popen(["true"]))

    pauses = []
    for _ in range(7):
        part.launch()
        part.process.wait()
        pauses.append(part.note_crash())
    assert pauses == [1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE]

    part.launch()
    part.process.wait()
    now += STEADY_AFTER + 1
    assert part.note_crash() == 1

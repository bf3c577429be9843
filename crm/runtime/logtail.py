"""Follows a child's log file and picks the lines that a person at the terminal should see."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

LARGEST_LOG = 20 * 1024 * 1024
# Our own lines begin with a moment; what does not continues the line before (a traceback), or is
# raw output of a crash.
MOMENT = re.compile(rb"timestamp=|\[\d{4}-\d\d-\d\d ")
# Ours, and gunicorn's.
SERIOUS = re.compile(
    rb"timestamp=\S+ level=(?:warning|error|critical)\b"
    rb"|\[[^]]+\] \[\d+\] \[(?:WARNING|ERROR|CRITICAL)\]"
)

# Tasks that a stop cut short and the next worker drops, one line each: the sweeps do their work. The log keeps it.
QUIET = re.compile(rb"timestamp=\S+ level=warning event=task_revoked\b")


class LogTail:
    """The part of one log file that was not looked at yet."""

    def __init__(self, name: str, path: Path) -> None:
        self.name, self.path = name, path
        self._shorten()
        self.offset = path.stat().st_size if path.exists() else 0
        self.is_showing = True

    def show(self, say: Callable[[str], None]) -> None:
        """Say each new line that is a warning or worse, with the child's name before it."""
        for line in self._new_lines():
            if MOMENT.match(line):
                self.is_showing = bool(SERIOUS.match(line)) and not QUIET.match(line)
            if self.is_showing and line.strip():
                say(f"[{self.name}] {line.decode(errors='replace')}")

    def _new_lines(self) -> list[bytes]:
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                # Up to the last whole line: the rest is still being written.
                whole, newline, _ = file.read(1024 * 1024).rpartition(b"\n")
        except FileNotFoundError:
            return []
        self.offset += len(whole) + len(newline)
        if self.offset > LARGEST_LOG:
            self._shorten()
        return whole.split(b"\n") if newline else []

    def _shorten(self) -> None:
        """Keep one old log: children append, so that the file can be cut under them."""
        if self.path.exists() and self.path.stat().st_size > LARGEST_LOG:
            shutil.copyfile(self.path, self.path.with_suffix(".log.1"))
            self.path.open("wb").close()
            self.offset = 0

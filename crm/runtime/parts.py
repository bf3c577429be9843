"""The parts that `manage.py up` keeps running, and how each is started."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crm.runtime import processes
from crm.runtime.local import ROOT, Place

LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0
# Only migrations need the owner's rights, and only the supervisor those of the superuser.
OWNERS = ("DATABASE_OWNER_URL",)
SUPERVISORS = ("DATABASE_ADMIN_URL", "ADMIN_PASSWORD", "OWNER_PASSWORD")


@dataclass
class Part:
    """One child that runs for ever, and when to start it again after a crash."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    crashes: int = 0

    def launch(self) -> None:
        self.process = self.start()
        self.started_at = time.monotonic()

    def note_crash(self) -> float:
        """Seconds to wait before the next start: longer with each crash in a row."""
        now = time.monotonic()
        self.crashes = 1 if now - self.started_at > STEADY_AFTER else self.crashes + 1
        pause = min(2.0 ** (self.crashes - 1), LONGEST_PAUSE)
        self.process, self.due_at = None, now + pause
        return pause


def launch_child(
    place: Place,
    command: list[str],
    log: Path,
    *,
    pass_fds: tuple[int, ...] = (),
    as_owner: bool = False,
) -> subprocess.Popen[bytes]:
    """Start one of our own programs, in a process group of its own, with its output in `log`."""
    withheld = SUPERVISORS if as_owner else SUPERVISORS + OWNERS
    environment = {
        name: value
        for name, value in (os.environ | place.environment).items()
        if name not in withheld
    }
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=environment | {processes.MARK: str(place.socket_dir), "PYTHONUNBUFFERED": "1"},
            process_group=0,
            pass_fds=pass_fds,
            preexec_fn=processes.end_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one system call, no lock
        )

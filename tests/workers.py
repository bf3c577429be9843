"""A real worker in a process of its own, which can be killed as when the machine goes down."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.migrated import ROOT


def start_worker(log: Path, *, concurrency: int, **environment: str) -> subprocess.Popen:
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "manage.py", "worker", f"--concurrency={concurrency}"],
            cwd=ROOT,
            env={**os.environ, "DEMO_MAILBOX": "0", **environment},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def kill(worker: subprocess.Popen) -> None:
    """The worker and all its children."""
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def children_of(worker: subprocess.Popen) -> list[int]:
    """The processes that do the worker's tasks, the youngest last."""
    tasks = Path(f"/proc/{worker.pid}/task")
    found = [(task / "children").read_text().split() for task in tasks.iterdir()]
    return sorted(int(pid) for pids in found for pid in pids)

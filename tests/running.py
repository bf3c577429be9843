"""`manage.py up` for real, in a folder of its own: for tests of it, and for browser tests against it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crm.celery import INBOUND, WITHOUT_INBOUND
from crm.runtime.local import ROOT, find_place
from crm.runtime.processes import is_alive, marked, working_in

# Set by tests.embedded for the suite's own database; nothing of it may reach the installation.
OWN_VARIABLES = (
    "DATABASE_",
    "TEST_",
    "BROKER_",
    "CACHE_",
    "SECRET_",
    "FIELD_",
    "DEMO",
    "SITE_",
    "PYTEST_",
)


# What only the command line of a part says.
PART_WORDS = {
    "web": b"gunicorn",
    "worker": f"--queues={','.join(WITHOUT_INBOUND)}".encode(),
    "inbound": f"--queues={INBOUND}".encode(),
    "beat": b"beat",
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_until(is_so: Callable[[], Any], *, seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


@dataclass
class RunningApp:
    """One installation: its data, its port, and the process of `manage.py up` while it runs."""

    data_dir: Path
    port: int = field(default_factory=free_port)
    demo: bool = False
    command: tuple[str, ...] = (sys.executable, str(ROOT / "manage.py"))
    process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment_file(self) -> dict[str, str]:
        return find_place(self.data_dir).environment

    @property
    def password(self) -> str:
        """The demo sign-ins' password."""
        return self.environment_file["DEMO_PASSWORD"]

    @property
    def environment(self) -> dict[str, str]:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(OWN_VARIABLES)
        }
        return inherited | {
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "DEMO": "1" if self.demo else "0",
        }

    def spawn(self) -> None:
        with self.output_path.open("wb") as output:
            self.process = subprocess.Popen(
                [*self.command, "up"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
            )

    def start(self, *, seconds: float = 120) -> float:
        """Start it and wait for the Ready line; returns how long that took."""
        began = time.monotonic()
        self.spawn()
        wait_until(
            lambda: "Ready: " in self.output or not self.is_running, seconds=seconds, what="Ready"
        )
        assert self.is_running, self.output
        return time.monotonic() - began

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def output_path(self) -> Path:
        return self.data_dir.with_name(f"{self.data_dir.name}-output.txt")

    @property
    def output(self) -> str:
        return self.output_path.read_text()

    def stop(self) -> float:
        """Ask it to stop, as `kill` and `docker stop` do; returns how long that took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(20)
        return time.monotonic() - began

    def kill(self) -> None:
        """`kill -9` of `manage.py up` alone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def processes(self) -> list[int]:
        """Everything that runs for this installation, however deep."""
        place = find_place(self.data_dir)
        return sorted(
            {
                *marked(str(place.socket_dir)),
                *working_in(place.postgres_dir),
                *working_in(place.data_dir / "valkey"),
            }
        )

    def part(self, name: str) -> int:
        """The process id of `web`, `worker`, `inbound` or `beat`: the head of its group."""
        word = PART_WORDS[name]
        for pid in self.processes():
            with contextlib.suppress(OSError):
                arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if word in arguments and os.getpgid(pid) == pid:
                    return pid
        raise LookupError(f"{name} does not run")

    def kill_part(self, name: str) -> None:
        """`kill -9` of one part with all its children; the supervisor starts it again."""
        pid = self.part(name)
        os.killpg(pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(pid), seconds=5, what=f"{name} is gone")

    def kill_server(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """End `postgres` or `valkey` in some way; the supervisor starts it again."""
        place = find_place(self.data_dir)
        if name == "postgres":
            pid = int((place.postgres_dir / "postmaster.pid").read_text().splitlines()[0])
        else:
            (pid,) = working_in(place.data_dir / name)
        os.kill(pid, how)

    def manage(self, *arguments: str) -> str:
        """What `manage.py …` prints, beside the running installation."""
        done = subprocess.run(
            [*self.command, *arguments],
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.stdout

    def get(self, path: str, *, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and body of a page."""
        request = urllib.request.Request(self.base_url + path, headers=headers or {})  # noqa: S310 - our own server
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def health(self) -> dict[str, Any]:
        return json.loads(self.get("/healthz")[1])

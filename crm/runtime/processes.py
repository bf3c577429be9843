"""Child processes that end with their parent, and the recovery of those that did not."""

import contextlib
import ctypes
import os
import pwd
import re
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

# Set for every child, so that a later run knows them again.
MARK = "RAPPORT_CHILD_OF"
PR_SET_PDEATHSIG = 1  # linux/prctl.h
# A socket's path may have 107 characters (sockaddr_un), and it becomes part of URLs.
SHORT_PLAIN_PATH = re.compile(r"[\w./-]{1,60}")

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with_parent(signum: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends `signum` to the child when we die, even by `kill -9` (Linux only)."""
    parent = os.getpid()

    def ask_kernel() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(signum))
            if os.getppid() != parent:
                os._exit(1)

    return ask_kernel


class ServerUser(NamedTuple):
    """Whom a server runs as."""

    uid: int
    gid: int


def server_user() -> ServerUser:
    """Ourselves, or nobody where we are root."""
    if os.geteuid() != 0:
        return ServerUser(os.geteuid(), os.getegid())
    nobody = pwd.getpwnam("nobody")
    return ServerUser(nobody.pw_uid, nobody.pw_gid)


def private_folder() -> Path:
    """A new temporary folder that only we may enter, with a path short enough for sockets."""
    folder = private_name()
    folder.mkdir(mode=0o700)
    return folder


def private_name() -> Path:
    """A name for such a folder, which nobody can guess."""
    temporary = tempfile.gettempdir()
    if not SHORT_PLAIN_PATH.fullmatch(temporary):
        temporary = "/tmp"  # noqa: S108 - the folder's own name is private
    return Path(temporary, f"rapport-{secrets.token_hex(4)}")


def working_in(folder: Path) -> list[int]:
    """Processes whose working directory is `folder`, as is that of each server (Linux only)."""
    place = str(folder.resolve())
    return _others(lambda process: str((process / "cwd").readlink()) == place)


def marked(mark: str) -> list[int]:
    """Children, and their children, of an earlier run with the same mark (Linux only)."""
    wanted = f"{MARK}={mark}".encode()
    return _others(lambda process: wanted in (process / "environ").read_bytes().split(b"\0"))


def _others(is_wanted: Callable[[Path], bool]) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        # Of other users' processes, and of ended ones, we may see nothing: they are not ours.
        with contextlib.suppress(OSError):
            if int(process.name) != os.getpid() and is_wanted(process):
                found.append(int(process.name))
    return found


def end(pids: list[int], *, patience: float) -> None:
    """End processes: asked first, by force after `patience` seconds."""
    # PostgreSQL takes SIGINT as “now, but cleanly”; SIGTERM would wait for its clients.
    for signum, limit in ((signal.SIGINT, patience), (signal.SIGKILL, 2.0)):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signum)
        deadline = time.monotonic() + limit
        while (pids := [pid for pid in pids if is_alive(pid)]) and time.monotonic() < deadline:
            time.sleep(0.02)
        if not pids:
            return


def seconds_of_work(groups: Collection[int]) -> float:
    """What the processes of these groups have used of the processors so far; 0 where nobody tells (Linux only)."""
    ticks = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            # Behind the name: state, parent, group, …, and the 12th to 15th are times.
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) in groups:
                ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def is_alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError, IndexError):
        # The state is the first field behind the name, which may itself hold brackets.
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True

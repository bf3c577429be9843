"""What a child process gives up before it looks at a file: files, network, other processes, time and memory.

Every limit is asked of the kernel. Where it knows system call filters (Linux on x86-64 and ARM), all that
is left is to compute and to write the answer; elsewhere resource limits and Python's own hook remain.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from contextlib import suppress

CPU_SECONDS = 12
MEMORY_BYTES = 768 * 1024 * 1024
NOBODY = 65534

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_FILTER = 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1  # the refusal: errno 1, "operation not permitted"
_KILL = 0x80000000
# Of Linux' system calls: memory, time, signals of one's own, ending, and reading and writing what is open.
_X86_64 = (
    {0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 28, 39, 60, 96, 98, 99, 100, 131, 186}
    | {201, 202, 219, 228, 230, 231, 234, 318, 324, 334}
)  # fmt: skip
_ARM_64 = (
    {57, 62, 63, 64, 80, 93, 94, 98, 113, 115, 124, 128, 131, 132, 134, 135, 139, 153, 165, 169}
    | {172, 178, 179, 214, 215, 216, 222, 226, 233, 278, 283, 293}
)  # fmt: skip
# The kernel's name of the machine, the calls allowed.
_MACHINES = {"x86_64": (0xC000003E, _X86_64), "aarch64": (0xC00000B7, _ARM_64)}


_LIBC = ctypes.CDLL(None) if sys.platform.startswith("linux") else None


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def confine(*, keep: int) -> bool:
    """Give everything up but writing to the descriptor `keep`; tell whether the kernel filters system calls."""
    _limit_resources()
    _become_nobody()
    _close_all_but(keep)
    sys.addaudithook(_refuse)
    return _filter_system_calls()


def _limit_resources() -> None:
    limits = [
        ("RLIMIT_CPU", CPU_SECONDS, CPU_SECONDS + 1),
        ("RLIMIT_AS", MEMORY_BYTES, MEMORY_BYTES),
        ("RLIMIT_FSIZE", 0, 0),
        ("RLIMIT_NPROC", 0, 0),
        ("RLIMIT_CORE", 0, 0),
        # None beyond those that are open: no file, no socket, no pipe.
        ("RLIMIT_NOFILE", 0, 0),
    ]
    for name, soft, hard in limits:
        # A system that does not know a limit has the others.
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (soft, hard))


def _become_nobody() -> None:
    """In a container the worker may be root, whom no limit of processes binds."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def _close_all_but(keep: int) -> None:
    os.closerange(0, keep)
    os.closerange(keep + 1, 4096)


_REFUSED = (
    "open", "socket.", "subprocess.", "os.fork", "os.exec", "os.posix_spawn", "os.spawn", "os.system",
    "os.listdir", "os.scandir", "os.remove", "os.rename", "os.mkdir", "os.kill", "shutil.", "tempfile.",
    "urllib.", "http.", "ftplib.", "smtplib.", "ctypes.dlopen", "glob.", "pty.", "mmap.",
)  # fmt: skip


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith(_REFUSED):
        raise PermissionError(f"{event} is not for a process that reads résumés")


def _filter_system_calls() -> bool:
    machine = _MACHINES.get(platform.machine())
    libc = _LIBC
    if machine is None or libc is None:
        return False
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    instructions = _instructions(*machine)
    program = _Program(len(instructions) // 8, instructions)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) == 0)


def _instructions(audit_name: int, allowed: set[int]) -> bytes:
    """A program for the kernel's filter: another machine's calls kill, those allowed pass, the rest is refused."""
    load, equal, end = 0x20, 0x15, 0x06

    def instruction(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
        return struct.pack("=HBBI", code, then, otherwise, value)

    program = [
        instruction(load, 4),
        instruction(equal, audit_name, then=1),
        instruction(end, _KILL),
        instruction(load, 0),
    ]
    calls = sorted(allowed)
    # Jumps count what they skip: to the last instruction, past the refusal.
    program += [
        instruction(equal, call, then=len(calls) - position) for position, call in enumerate(calls)
    ]
    program += [instruction(end, _REFUSE), instruction(end, _ALLOW)]
    return b"".join(program)

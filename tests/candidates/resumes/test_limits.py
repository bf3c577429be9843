"""The jail holds: a child that tries more than to compute and to answer is refused, or ended."""

import subprocess
import sys
from pathlib import Path

import pytest

from candidates.resumes.documents import Unreadable
from candidates.resumes.jail import ROOT, Jail
from tests.candidates.resumes import files

# Confines itself as a child of the warden does, tries one thing, and says on descriptor 1 how it ended.
SCRIPT = """
import ctypes, os, socket, subprocess, sys, time
sys.path.append(sys.argv[1])
from candidates.resumes import limits
libc = ctypes.CDLL(None, use_errno=True)
is_filtered = limits.confine(keep=1)
def attempt():
    {attempt}
try:
    told = attempt()
except BaseException as error:
    told = type(error).__name__
os.write(1, f"{{is_filtered}} {{told}}".encode())
os._exit(0)
"""


def attempt(code: str, *, seconds: float = 30) -> str:
    """What became of `code` inside; the empty string if the child was killed."""
    ended = subprocess.run(
        [sys.executable, "-I", "-c", SCRIPT.format(attempt=code), str(ROOT)],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    filtered, _, told = ended.stdout.partition(" ")
    assert filtered in {"", "True"}
    return told


@pytest.mark.parametrize(
    "code",
    [
        "open('/etc/passwd').read()",
        "open('/tmp/new', 'w')",
        "os.listdir('/')",
        "socket.socket()",
        "subprocess.run(['id'])",
        "os.fork()",
        "os.execv('/bin/sh', ['sh'])",
        "os.kill(os.getppid(), 9)",
    ],
)
def test_python_may_not(code):
    assert attempt(code) == "PermissionError"


@pytest.mark.parametrize(
    "call",
    [
        "libc.open(b'/etc/passwd', 0)",
        "libc.socket(2, 1, 0)",
        "libc.fork()",
        "libc.kill(1, 0)",
        "libc.ptrace(16, 1, 0, 0)",
        "libc.unlink(b'/tmp/x')",
        "libc.chmod(b'/tmp', 0o777)",
        "libc.syscall(57)",
    ],
)
def test_native_code_may_not_either(call):
    """Past Python, as a broken PDF reader would go: the kernel refuses the call (errno 1)."""
    assert attempt(f"return ({call}, ctypes.get_errno())") == "(-1, 1)"


def test_memory_is_limited():
    assert attempt("return len(bytearray(2 * 1024 ** 3))") == "MemoryError"


def test_processor_time_is_limited():
    code = SCRIPT.replace(
        "is_filtered = limits", "limits.CPU_SECONDS = 1; is_filtered = limits"
    ).format(attempt="while True: pass")
    ended = subprocess.run(
        [sys.executable, "-I", "-c", code, str(ROOT)], capture_output=True, timeout=60, check=False
    )
    assert ended.returncode < 0
    assert ended.stdout == b""


def test_nothing_of_the_workers_secrets_is_inside(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "planted")
    with Jail() as jail:
        jail.read(files.pdf())
        process = Path(f"/proc/{jail.process.pid}")
        environment, modules = (process / "environ").read_text(), (process / "maps").read_text()
    assert "planted" not in environment
    assert "psycopg" not in modules


def test_the_reading_process_knows_no_django():
    code = "import sys; sys.path.append(sys.argv[1]); import candidates.resumes.warden; print('django' in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-I", "-c", code, str(ROOT)], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "False"


def test_a_child_that_takes_too_long_is_ended_and_the_next_file_is_read():
    with Jail(seconds=0) as jail, pytest.raises(Unreadable, match="took too long"):
        jail.read(files.pdf())
    with Jail() as jail:
        assert jail.read(files.pdf())["fields"]["name"]


def test_a_warden_that_dies_is_started_again():
    with Jail() as jail:
        jail.read(files.pdf())
        jail.process.kill()
        jail.process.wait()
        assert jail.read(files.pdf())["fields"]["name"]

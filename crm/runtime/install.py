"""Makes `.venv` from requirements.lock. Runs on a bare Python, before anything is installed.

The lock's own text is kept in `.venv` as the mark of a complete installation.
"""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
MARK = VENV / "requirements.lock"
# For Pythons that come without pip and without ensurepip, as Debian's does: pip runs from its own wheel.
PIP = ROOT / "vendor" / "pip-25.3-py3-none-any.whl" / "pip"
PYTHON = VENV / "bin" / "python"


def main() -> str | None:
    """Install what is missing; returns a sentence when that is impossible."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the one file that an older Python may run
        found = ".".join(map(str, sys.version_info[:3]))
        return f"Rapport needs Python 3.11 or newer; {sys.executable} is {found}. Name another one: make PYTHON=python3.12 run"
    if VENV.is_symlink() or _is_complete():
        # A linked .venv is managed elsewhere.
        return None
    if not _runs():
        refusal = _make_venv()
        if refusal:
            return refusal
    _say("Installing the locked packages into .venv (once; about a minute)…")
    MARK.unlink(missing_ok=True)
    pip = [*_pip(), "install", "-qq", "--no-input", "--disable-pip-version-check"]
    command = [*pip, "--require-hashes", "--no-deps", "-r", str(LOCK)]
    if subprocess.run(command, check=False).returncode:
        return "The packages could not be installed: see pip's message above."
    shutil.copyfile(LOCK, MARK)
    return None


def _is_complete() -> bool:
    try:
        return MARK.read_bytes() == LOCK.read_bytes() and _runs()
    except OSError:
        return False


def _runs() -> bool:
    """Whether .venv's Python starts: an upgrade of the system's Python can break it, or it is somebody else's."""
    return _succeeds([PYTHON, "-c", ""])


def _make_venv() -> str | None:
    _say("Making .venv…")
    options = ["--clear"]
    if importlib.util.find_spec("ensurepip") is None:
        options.append("--without-pip")
    made = subprocess.run(
        [sys.executable, "-m", "venv", *options, VENV], check=False, capture_output=True, text=True
    )
    if made.returncode:
        reason = (made.stderr or made.stdout).strip().splitlines()[-1:]
        return " ".join([f"{VENV} could not be made.", *reason])
    return None


def _pip() -> list[str]:
    if _succeeds([PYTHON, "-c", "import pip"]):
        return [str(PYTHON), "-m", "pip"]
    return [sys.executable, str(PIP), "--python", str(PYTHON)]


def _succeeds(command: list[str | Path]) -> bool:
    try:
        return not subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode
    except OSError:
        return False


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())

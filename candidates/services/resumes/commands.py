"""Programs of the operator's choice: a virus scanner, and character recognition for scans.

Both get the file on standard input, in an empty environment, for a limited time.
"""

import logging
import shlex
import subprocess

from django.conf import settings

from candidates.resumes.documents import Unreadable

logger = logging.getLogger(__name__)

SCAN_SECONDS = 30
RECOGNITION_SECONDS = 120
_MOST_RECOGNIZED_BYTES = 60 * 1024 * 1024
INFECTED = "The virus scanner found something in this file. It was deleted."


class ScannerBroken(RuntimeError):
    """The scanner does not answer: nothing is let past it."""


def scan(content: bytes) -> None:
    """Raise Unreadable for an infected file. Exit status 0 means clean, 1 infected, others that it failed."""
    if not settings.RESUME_SCAN_COMMAND:
        return
    ended = _run(settings.RESUME_SCAN_COMMAND, content, seconds=SCAN_SECONDS)
    if ended is None or ended.returncode not in {0, 1}:
        raise ScannerBroken("The virus scanner does not work; see RESUME_SCAN_COMMAND.")
    if ended.returncode == 1:
        raise Unreadable(INFECTED)


def recognize(content: bytes) -> bytes:
    """What the recognition makes of a scan: a PDF with text, or text; empty when there is none or it failed."""
    if not settings.RESUME_OCR_COMMAND:
        return b""
    ended = _run(settings.RESUME_OCR_COMMAND, content, seconds=RECOGNITION_SECONDS)
    if ended is None or ended.returncode != 0 or len(ended.stdout) > _MOST_RECOGNIZED_BYTES:
        logger.warning("character recognition failed status=%s", ended and ended.returncode)
        return b""
    return ended.stdout


def _run(
    command: str, content: bytes, *, seconds: int
) -> "subprocess.CompletedProcess[bytes] | None":
    try:
        return subprocess.run(  # noqa: S603 - the operator's own command, without a shell
            shlex.split(command),
            input=content,
            capture_output=True,
            timeout=seconds,
            check=False,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )
    except (OSError, subprocess.TimeoutExpired):
        logger.exception("command failed name=%s", shlex.split(command)[0])
        return None

"""Has files read by a process that has no secrets, no database, no network and no files (see `warden`, `limits`)."""

import json
import logging
import os
import select
import signal
import struct
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from candidates.resumes.documents import Unreadable

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent.parent
WALL_SECONDS = 20
# Beyond the child's own time: what the warden needs to start, and to end it.
PATIENCE = 15
_SIZES = struct.Struct(">II")
_START = (
    "import sys; sys.path.append(sys.argv[1]); from candidates.resumes.warden import serve; serve()"
)

TOO_LONG = "Reading this file took too long and was stopped. Save it again as a simple PDF and drop it again."
TOO_LARGE = (
    "Reading this file needed too much memory and was stopped. Save it again as a simple PDF."
)
BROKEN = (
    "This file broke the program that reads résumés; nothing else was harmed. Save it again as PDF."
)


class JailBroken(RuntimeError):
    """The reading process does not start or answer: a fault of the installation, not of a file."""


class Jail:
    """`with Jail() as jail:` keeps one warden for several files; each file has a child of its own."""

    def __init__(self, *, seconds: float = WALL_SECONDS) -> None:
        self.seconds = seconds
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, data: bytes, *, file_name: str = "", **knowledge: Any) -> dict[str, Any]:
        """Text and fields of a file; raises Unreadable with a sentence. `knowledge` helps to find: see `reading`."""
        answer = self._ask({"do": "read", "file_name": file_name, **knowledge}, data)
        return self._decoded(answer)

    def read_text(self, text: str, *, file_name: str = "", **knowledge: Any) -> dict[str, Any]:
        """The same for text that a character recognition made of a scan."""
        head = {"do": "read_text", "file_name": file_name, **knowledge}
        return self._decoded(self._ask(head, text.encode()))

    def draw(self, data: bytes, *, page: int) -> bytes:
        """A page of a PDF as PNG; raises Unreadable."""
        answer = self._ask({"do": "draw", "page": page}, data)
        if not answer.startswith(b"\x89PNG\r\n\x1a\n"):
            self._decoded(answer)
            raise Unreadable(BROKEN)
        return answer

    def close(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                with suppress(OSError):
                    stream.close()

    def _decoded(self, answer: bytes) -> dict[str, Any]:
        try:
            decoded = json.loads(answer)
        except ValueError as error:
            raise Unreadable(BROKEN) from error
        if not isinstance(decoded, dict):
            raise Unreadable(BROKEN)
        if "refused" in decoded:
            raise Unreadable(str(decoded["refused"])[:300])
        return decoded

    def _ask(self, head: dict[str, Any], body: bytes) -> bytes:
        process = self._started()
        encoded = json.dumps({**head, "seconds": self.seconds}).encode()
        deadline = time.monotonic() + self.seconds + PATIENCE
        try:
            _write(process.stdin, _SIZES.pack(len(encoded), len(body)) + encoded + body, deadline)
            head_size, body_size = _SIZES.unpack(_read(process.stdout, _SIZES.size, deadline))
            ended = json.loads(_read(process.stdout, head_size, deadline))["ended"]
            answer = _read(process.stdout, body_size, deadline)
        except (OSError, TimeoutError, EOFError) as error:
            self.close()
            raise JailBroken("The process that reads résumés does not answer.") from error
        if ended == "answered":
            return answer
        if ended == "fault":
            logger.error(
                "reading a resume failed fault=%s", answer[:200].decode("utf-8", "replace")
            )
        raise Unreadable({"time": TOO_LONG, "memory": TOO_LARGE}.get(ended, BROKEN))

    def _started(self) -> subprocess.Popen[bytes]:
        if self.process is None or self.process.poll() is not None:
            self.close()
            # An empty environment: no secret, no address of a database. -I: nothing of this folder is imported.
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-I", "-c", _START, str(ROOT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={"LC_ALL": "C.UTF-8"},
                cwd="/",
                start_new_session=True,
            )
        return self.process


def _write(stream: IO[bytes] | None, content: bytes, deadline: float) -> None:
    if stream is None:
        raise EOFError
    os.set_blocking(stream.fileno(), False)
    view = memoryview(content)
    while view:
        if not select.select([], [stream], [], max(0, deadline - time.monotonic()))[1]:
            raise TimeoutError
        view = view[os.write(stream.fileno(), view) :]


def _read(stream: IO[bytes] | None, size: int, deadline: float) -> bytes:
    if stream is None:
        raise EOFError
    pieces: list[bytes] = []
    while size:
        if not select.select([stream], [], [], max(0, deadline - time.monotonic()))[0]:
            raise TimeoutError
        piece = os.read(stream.fileno(), min(size, 1 << 20))
        if not piece:
            raise EOFError
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)

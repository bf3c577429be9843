"""The process that reads files for `jail`: for each of them a child that confines itself, reads, answers, and ends.

Imports everything a child will need beforehand, for a child can open no file, not even a module.
"""

import codecs
import json
import os
import select
import signal
import struct
import sys
import time
from typing import Any, BinaryIO, NoReturn

import phonenumbers

from candidates.resumes import reading
from candidates.resumes.documents import Unreadable
from candidates.resumes.limits import confine

WALL_SECONDS = 20
MOST_ANSWER_BYTES = 8 * 1024 * 1024
# How a child ends when it ran out of memory, or into a fault of ours.
OUT_OF_MEMORY, FAULT = 3, 4
_SIZES = struct.Struct(">II")
_CODECS = (
    "ascii big5 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp437 cp850 cp866 cp874"
    " cp932 cp936 cp949 cp950 euc_jp euc_kr gb18030 gb2312 gbk hz iso2022_jp iso8859_1 iso8859_2 iso8859_5"
    " iso8859_7 iso8859_8 iso8859_9 iso8859_15 johab koi8_r koi8_u latin_1 mac_cyrillic mac_greek mac_latin2"
    " mac_roman mac_turkish shift_jis tis_620 utf_16 utf_16_be utf_16_le utf_32 utf_7 utf_8 utf_8_sig idna"
)


def serve() -> None:
    """Answer requests on standard input, one after the other, until it is closed."""
    for name in _CODECS.split():
        codecs.lookup(name)
    phonenumbers.PhoneMetadata.load_all()
    reading.warm_up()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while True:
        request = read_message(requests)
        if request is None:
            return
        write_message(answers, *_in_child(*request))


def read_message(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """A message's head and body; None when the other side is gone."""
    sizes = stream.read(_SIZES.size)
    if len(sizes) < _SIZES.size:
        return None
    head_size, body_size = _SIZES.unpack(sizes)
    return json.loads(stream.read(head_size)), stream.read(body_size)


def write_message(stream: BinaryIO, head: dict[str, Any], body: bytes) -> None:
    encoded = json.dumps(head).encode()
    stream.write(_SIZES.pack(len(encoded), len(body)) + encoded + body)
    stream.flush()


def _in_child(head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    source, sink = os.pipe()
    child = os.fork()
    if not child:
        _work(head, body, sink)
    os.close(sink)
    try:
        answer, is_whole = _collect(source, head.get("seconds", WALL_SECONDS))
    finally:
        os.close(source)
    if not is_whole:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return {"ended": _ending(status, is_whole=is_whole)}, answer


def _collect(source: int, seconds: float) -> tuple[bytes, bool]:
    """What the child writes until it closes its end; False if it took too long or wrote too much."""
    deadline = time.monotonic() + seconds
    pieces: list[bytes] = []
    size = 0
    while size <= MOST_ANSWER_BYTES:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([source], [], [], left)[0]:
            return b"", False
        piece = os.read(source, 65536)
        if not piece:
            return b"".join(pieces), True
        pieces.append(piece)
        size += len(piece)
    return b"", False


def _ending(status: int, *, is_whole: bool) -> str:
    if not is_whole:
        return "time"
    if os.WIFSIGNALED(status):
        return "time" if os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGKILL} else "crash"
    code = os.WEXITSTATUS(status)
    return {0: "answered", OUT_OF_MEMORY: "memory", FAULT: "fault"}.get(code, "crash")


def _work(head: dict[str, Any], body: bytes, sink: int) -> NoReturn:
    """In the child: confine oneself, do the one thing asked for, write the answer, end."""
    code = 0
    try:
        confine(keep=sink)
        try:
            answer = reading.answer(head, body)
        except Unreadable as refusal:
            answer = json.dumps({"refused": str(refusal)}).encode()
        _write_all(sink, answer)
    except (MemoryError, RecursionError):
        code = OUT_OF_MEMORY
    except BaseException as fault:
        code = FAULT
        place = fault.__traceback__
        while place and place.tb_next:
            place = place.tb_next
        where = f"{place.tb_frame.f_code.co_name}:{place.tb_lineno}" if place else "?"
        # No message of the fault itself: it could quote the file.
        _write_all(sink, json.dumps({"fault": f"{type(fault).__name__} in {where}"}).encode())
    finally:
        os._exit(code)


def _write_all(sink: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(sink, view) :]


if __name__ == "__main__":
    serve()

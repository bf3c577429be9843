"""Which encoding a text file is in: by its mark, by being valid UTF-8, else by what its bytes look like."""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from io import TextIOWrapper
from itertools import combinations_with_replacement
from typing import BinaryIO

from charset_normalizer import from_bytes

from candidates.services.importing.formats.delimited import LineNumbers
from candidates.services.importing.formats.records import Oddities, UnreadableFile

_CHUNK = 1024 * 1024
# A line of a table is shorter; without a limit, one line could be the whole file.
_LONGEST_LINE = 4 * 1024 * 1024
# What can be chosen, with what people call it.
ENCODINGS = {
    "utf-8-sig": "Unicode (UTF-8)",
    "utf-16": "Unicode (UTF-16)",
    "utf-16-le": "Unicode (UTF-16, little-endian)",
    "utf-16-be": "Unicode (UTF-16, big-endian)",
    "utf-32": "Unicode (UTF-32)",
    "cp1252": "Western European (Windows)",
    "cp1250": "Central European (Windows)",
    "cp1251": "Cyrillic (Windows)",
    "cp1253": "Greek (Windows)",
    "cp1254": "Turkish (Windows)",
    "cp1255": "Hebrew (Windows)",
    "cp1256": "Arabic (Windows)",
    "koi8_r": "Cyrillic (KOI8-R)",
    "mac_cyrillic": "Cyrillic (Mac)",
    "mac_roman": "Western European (Mac)",
    "cp437": "United States (DOS)",
    "cp850": "Western European (DOS)",
    "cp932": "Japanese (Shift-JIS)",
    "euc_jp": "Japanese (EUC)",
    "gb18030": "Chinese (GB18030)",
    "big5": "Chinese (Big5)",
    "cp949": "Korean (Windows)",
}


def survey(file: BinaryIO) -> tuple[str, str, bytes]:
    """The file's digest, its encoding, and its first bytes; one pass."""
    file.seek(0)
    hashed = sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, beginning, sample = True, b"", b""
    while chunk := file.read(_CHUNK):
        hashed.update(chunk)
        beginning = beginning or chunk[: 64 * 1024]
        if is_utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                is_utf8 = False
                sample = chunk[max(0, error.start - 2048) :][: 64 * 1024]
    if not beginning:
        raise UnreadableFile("The file is empty.")
    if is_utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8, sample = False, beginning
    return hashed.hexdigest(), _encoding(beginning, sample, is_utf8=is_utf8), beginning


def _encoding(beginning: bytes, sample: bytes, *, is_utf8: bool) -> str:
    """How the file is written: by its mark, else UTF-8 if it is, else what its bytes look like."""
    if beginning.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Delimiters and ends of lines have a zero byte in UTF-16, always on the same side.
    start = beginning[:4096]
    zeros, after = start.count(0), start[1::2].count(0)
    if zeros > len(start) * 0.03 and not zeros * 0.05 <= after <= zeros * 0.95:
        encoding = "utf-16-le" if after else "utf-16-be"
        text = start[: len(start) // 2 * 2].decode(encoding, errors="replace")
        # Read so, a plain text with some zeros in it is Chinese.
        if sum(letter < "\u0600" for letter in text) > len(text) * 0.8:
            return encoding
    if is_utf8:
        return "utf-8-sig"
    text = sample.decode("utf-8", errors="replace")
    lost = text.count("\N{REPLACEMENT CHARACTER}")
    if sum(not letter.isascii() for letter in text) > 10 * lost:
        return "utf-8-sig"
    # Lines in UTF-8 between the others say nothing about them.
    others = b"".join(line for line in sample.splitlines(keepends=True) if not _is_utf8(line))
    return _other_script(others or sample) or _latin(others or sample)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


# What a detector of languages names, and how we read it.
_OTHER_SCRIPTS = {
    "cp1251": "cp1251",
    "mac_cyrillic": "mac_cyrillic",
    "koi8_r": "koi8_r",
    "cp1253": "cp1253",
    "cp1255": "cp1255",
    "cp1256": "cp1256",
    "cp932": "cp932",
    "euc_jp": "euc_jp",
    "gb18030": "gb18030",
    "big5": "big5",
    "cp949": "cp949",
}


def _other_script(sample: bytes) -> str:
    """The encoding of Cyrillic, Greek, Japanese and the like; empty for Latin letters with accents."""
    high = sum(byte > 127 for byte in sample)
    # Accents stand between plain letters; other scripts make words of high bytes, or pairs with any byte.
    in_words = sum(map(len, re.findall(rb"[\x80-\xff]{3,}|(?:[\x81-\xfc][\x40-\xfc]){3,}", sample)))
    if in_words < high * 0.6:
        return ""
    lines = [line for line in sample.splitlines() if any(byte > 127 for byte in line)]
    best = from_bytes(b"\n".join(lines), cp_isolation=[*_OTHER_SCRIPTS, *_LATIN]).best()
    return _OTHER_SCRIPTS.get(best.encoding, "") if best is not None else ""


_WESTERN = (
    "äöüß",
    "éèêëàâçôîûïùœ",
    "áéíóúñü",
    "ãõçáéíóúâêôà",
    "àèéìòù",
    "æøåäöé",
    "ëéïöü",
)
_SIGNS = "’‘“”„"
_CENTRAL = ("ąćęłńóśźż", "áčďéěíňóřšťúůýžľĺŕäô", "áéíóöőúüű", "ăâîşţ", "čćđšž", "äöüß")
# The letters of the languages that are written in each. The first wins where they agree.
_LATIN = {
    "cp1252": _WESTERN,
    "cp1250": _CENTRAL,
    "cp1254": ("çğıöşüâîİ", "äöüß"),
    "mac_roman": _WESTERN,
    "cp850": _WESTERN,
}


def _latin(sample: bytes) -> str:
    """Which of the encodings of Latin letters with accents: the one in which one or two languages appear."""
    # Behind a small letter comes a small one; elsewhere, as at the start of a word, either.
    accents = Counter(re.findall(rb"(?<=[a-z])[\x80-\xff]", sample))
    starts = Counter(re.findall(rb"(?<![a-z])[\x80-\xff](?=[a-z])", sample))

    def coverage(encoding: str) -> float:
        letters = Counter[str]()
        for byte, count in accents.items():
            letters[byte.decode(encoding, "replace")] += count
        for byte, count in starts.items():
            letters[byte.decode(encoding, "replace").lower()] += count
        return max(
            sum(count for letter, count in letters.items() if letter in one + other + _SIGNS)
            / (letters.total() or 1)
            # Two languages explain more than one, also where they should not.
            - 0.06 * (one != other)
            for one, other in combinations_with_replacement(_LATIN[encoding], 2)
        )

    return max(_LATIN, key=lambda encoding: coverage(encoding) + 0.04 * (encoding == "cp1252"))


# A byte stands for a character, and those of ASCII for theirs: a line says by itself whether it is UTF-8 instead.
_OF_BYTES = {
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r", "mac_cyrillic", "mac_roman",
    "cp437", "cp850",
}  # fmt: skip
_UTF8 = "utf-8-sig"
# Bytes that are no UTF-8, as `surrogateescape` hands them on.
_ESCAPED = re.compile("[\udc80-\udcff]")
# What is likely where somebody wrote UTF-8. "É’S" and "à" before two hard spaces are UTF-8 by chance, once in a line.
_UNLIKELY = re.compile(
    "[^\x00-\x7f\xa0-\u017f\u1e00-\u1eff\u2010-\u2044\u20ac\u2122\ufeff\udc80-\udcff]"
)


class _Mixed:
    """Lines of a file that two programs wrote: those in UTF-8 and those in an encoding of single bytes are told apart."""

    def __init__(self, encoding: str) -> None:
        self.is_utf8 = encoding == _UTF8
        # Of a file in UTF-8, the other one is what its first other line looks like.
        self.bytewise = "" if self.is_utf8 else encoding
        self.others = LineNumbers()

    def read(self, line: str, number: int) -> str:
        """`line`, decoded as UTF-8 with `surrogateescape`, as it was written."""
        if not _ESCAPED.search(line):
            if self.is_utf8:
                return line
            if len(_UNLIKELY.findall(line)) != 1:
                self.others.add(number)
                return line
        raw = line.encode("utf-8", "surrogateescape")
        if self.is_utf8:
            if not _ESCAPED.sub("", line).isascii():
                # A letter cut in two, among others that are whole.
                return raw.decode("utf-8", "replace")
            self.bytewise = self.bytewise or _latin(raw)
            self.others.add(number)
        return raw.decode(self.bytewise, "replace")

    def sentences(self) -> list[str]:
        if not self.others:
            return []
        names = [ENCODINGS[_UTF8], ENCODINGS[self.bytewise]]
        other, most = reversed(names) if self.is_utf8 else names
        verb = "is" if self.others.count == 1 else "are"
        return [
            f"Two encodings in one file: {self.others} {verb} in {other}, the rest in {most}. Each line is read in "
            "its own; look at the accents there."
        ]


def text_lines(
    file: BinaryIO, encoding: str, oddities: Oddities, notices: list[str]
) -> Iterator[str]:
    """The file's lines, decoded, with their line ends. What cannot be read becomes U+FFFD.

    Where some lines are in UTF-8 and others are not, each is read by itself; `notices` names them in the end.
    """
    file.seek(0)
    mixed = _Mixed(encoding) if encoding == _UTF8 or encoding in _OF_BYTES else None
    wrapper = (
        TextIOWrapper(file, encoding=_UTF8, errors="surrogateescape", newline="")
        if mixed
        else TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    )
    number = 0
    try:
        while line := wrapper.readline(_LONGEST_LINE):
            number += 1
            if len(line) == _LONGEST_LINE and not line.endswith(("\n", "\r")):
                oddities.see(
                    "Lines too long for a table, the rest left out: {count}, the first is {place}.",
                    f"line {number:,}",
                )
                rest = line
                while rest and not rest.endswith(("\n", "\r")):
                    rest = wrapper.readline(_LONGEST_LINE)
                line += "\n"
            yield line if mixed is None or line.isascii() else mixed.read(line, number)
        if mixed is not None:
            notices += mixed.sentences()
    finally:
        # Else the wrapper would close the file with itself. Who stopped in the midst of it may have closed it already.
        if not file.closed:
            wrapper.detach()

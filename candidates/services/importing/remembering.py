"""Which rows of a file have named whom, while it is checked: kept on disk, so that a long file takes no more memory."""

import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from itertools import islice

from candidates.services.matching import Identifier

# The number of a switchboard stands in thousands of rows: they are not all compared.
MOST_LINES = 100
_ASKED_AT_ONCE = 900


class Memory:
    """Lines by what stands in them. `parts` are what earlier runs of the check remembered."""

    def __init__(self, parts: Iterable[bytes] = ()) -> None:
        # Without a name: a file of its own that goes with the connection.
        self._store = sqlite3.connect("", isolation_level=None)
        self._store.execute("PRAGMA journal_mode = OFF")
        self._store.execute(
            "CREATE TABLE seen (mark INTEGER, line INTEGER, PRIMARY KEY (mark, line)) WITHOUT ROWID"
        )
        for part in parts:
            pairs = array("q", part)
            self._add(zip(pairs[::2], pairs[1::2], strict=True))

    def __enter__(self) -> "Memory":
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def lines_of(self, identifiers: Iterable[Identifier]) -> set[int]:
        """The earlier lines in which any of these stand."""
        found: set[int] = set()
        counts = Counter[int]()
        asked = map(_mark, identifiers)
        while marks := list(islice(asked, _ASKED_AT_ONCE)):
            places = ", ".join("?" * len(marks))
            rows = self._store.execute(
                f"SELECT mark, line FROM seen WHERE mark IN ({places})",  # noqa: S608
                marks,
            )
            for mark, line in rows:
                counts[mark] += 1
                if counts[mark] <= MOST_LINES:
                    found.add(line)
        return found

    def add(self, lines: Iterable[tuple[int, Iterable[Identifier]]]) -> bytes:
        """Remember what stands in these lines; returns it as a part to be kept."""
        pairs = array("q")
        for line, identifiers in lines:
            for identifier in identifiers:
                pairs.extend((_mark(identifier), line))
        self._add(zip(pairs[::2], pairs[1::2], strict=True))
        return pairs.tobytes()

    def _add(self, pairs: Iterable[tuple[int, int]]) -> None:
        self._store.execute("BEGIN")
        self._store.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", pairs)
        self._store.execute("COMMIT")


def _mark(identifier: Identifier) -> int:
    """64 bits of a digest: among millions, two that are alike by chance are one in millions."""
    kind, value = identifier
    digest = blake2b(f"{kind}:{value}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)

"""Reading what comes next while the database stores what was read: neither waits for the other."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import TextField
from django.db.models.functions import Cast

from candidates.models import ImportRow
from candidates.services.importing.planning import Place
from candidates.services.importing.rows import Person, RowReader
from crm.tenancy.bulk import among

Item = TypeVar("Item")


def one_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items, each one made by a thread while the one before it is dealt with; None is no item."""
    with ThreadPoolExecutor(1, thread_name_prefix="one-ahead") as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item


@dataclass(frozen=True)
class _Begun:
    """Rows that a thread reads."""

    reader: RowReader
    places: Sequence[Place]
    people: Future[list[Person]]


class ReadAhead:
    """Reads rows, one batch ahead of who asks for them.

    The thread sees cells alone: all questions to the database are asked by its owner. What waits to be
    imported is never rewritten, so that the same rows read in the same way say the same.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
        self._begun: _Begun | None = None

    def __enter__(self) -> "ReadAhead":
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)

    def begin(self, reader: RowReader, places: Sequence[Place]) -> None:
        """Let these rows be read, for whoever asks for them next."""
        if places:
            people = self._thread.submit(_people_in, reader, _cells_at(places))
            self._begun = _Begun(reader, places, people)

    def people(self, reader: RowReader, places: Sequence[Place]) -> list[Person]:
        """Whom these rows name, as `reader` reads them."""
        begun, self._begun = self._begun, None
        if begun and begun.places == places and begun.reader.reads_like(reader):
            return begun.people.result()
        return _people_in(reader, _cells_at(places))


def _cells_at(places: Sequence[Place]) -> list[str]:
    """The cells of rows in the order of the file, as the JSON that they are stored as."""
    rows = ImportRow.objects.filter(pk__in=among(pk for pk, _ in places))
    texts = rows.order_by("line").annotate(text=Cast("cells", TextField()))
    return list(texts.values_list("text", flat=True))


def _people_in(reader: RowReader, texts: Sequence[str]) -> list[Person]:
    return [reader.read(json.loads(text)) for text in texts]

"""What every kind of file yields: rows of text with their line, and sentences about what was odd."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from crm.web.errors import DomainError

MAX_COLUMNS = 1000
# A row that goes on after them fails, and is given back with its cells: so many, of which those after MAX_COLUMNS
# hold something. No spreadsheet program shows more.
MOST_CELLS = 16_384
# A spreadsheet's own limit is 32,767: what is so much longer is no cell of a table.
LONGEST_CELL = 1_000_000
# A few bytes can say millions of cells: so many for each that is written out, and so many in any case.
_COPIES_OF_EACH, _COPIES_ANYWAY = 20, 1_000_000
# Programs stop at 31 characters.
_LONGEST_NAME = 100

Record = tuple[int, list[str]]


class UnreadableFile(DomainError):
    """The file holds no table that we can read; the sentence says why and what to do."""


class TooWide(UnreadableFile):
    """The titles, which stand on `line`, are those of more columns than an import takes."""

    def __init__(self, line: int) -> None:
        where = f"The titles on line {line:,} go further" if line else "Its rows go further"
        super().__init__(
            f"The file has more than {MAX_COLUMNS:,} columns, the most that Rapport reads. {where}: "
            "delete the columns that are not about people and upload it again."
        )


def refuse_copies(sheet: str, line: int, *, copied: int, written: int) -> None:
    """Raise UnreadableFile where a sheet of `written` cells says, by repeating or merging them, far too many more."""
    if copied > _COPIES_ANYWAY + written * _COPIES_OF_EACH:
        raise UnreadableFile(
            f"The sheet “{sheet}” repeats cells so often, the last time in row {line:,}, that more than "
            f"{_COPIES_ANYWAY:,} cells are copies. Delete the repeated rows and columns, split merged cells, and "
            "upload it again."
        )


@dataclass(frozen=True)
class SheetName:
    """A sheet that can be chosen."""

    name: str
    is_hidden: bool = False


def sheet_name(name: str, taken: Collection[str]) -> str:
    """A sheet's name as it is shown, chosen and stored: no longer than that, and another one than those `taken`."""
    shown = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    number = len(taken) + 1
    while shown in taken:
        shown, number = f"{name[: _LONGEST_NAME - 20]} ({number})", number + 1
    return shown


class Workbook(Protocol):
    """A file with several tables."""

    @property
    def sheets(self) -> Sequence[SheetName]: ...

    @property
    def damage(self) -> str:
        """What is to be told where sheets may be missing from `sheets`; else nothing."""
        ...

    def records(self, sheet: str, oddities: "Oddities") -> Iterator[Record]:
        """The rows of one sheet that hold anything; what was odd is told to `oddities`."""
        ...


class Oddities:
    """What was odd in a file: how often, and where first. Never what: notices outlive the people."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.places: dict[str, str] = {}

    def see(self, what: str, place: str) -> None:
        """Count `what`, a sentence with {count} and {place} in it."""
        self.counts[what] = self.counts.get(what, 0) + 1
        self.places.setdefault(what, place)

    def sentences(self) -> list[str]:
        return [
            what.format(count=f"{count:,}", place=self.places[what])
            for what, count in self.counts.items()
        ]


def cut(text: str, place: str, oddities: Oddities) -> str:
    """The text, cut where no cell of a table would go on."""
    if len(text) <= LONGEST_CELL:
        return text
    oddities.see(
        f"Longer than {LONGEST_CELL:,} characters, the rest left out: {{count}} cells, "
        "the first in {place}.",
        place,
    )
    return text[:LONGEST_CELL]

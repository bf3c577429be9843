"""Records side by side: what each says, where it comes from, and which value is the better one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count

from candidates.models import Candidate, Origin, Touchpoint
from candidates.queries.provenance import column_label
from candidates.services.changes.registry import belongings
from candidates.services.identifying import countries
from candidates.services.provenance import FIELDS, Provenance, provenance_of
from crm.tenancy.scope import current_organization

Status, Basis = Candidate.Status, Candidate.LawfulBasis
# Of lawful bases the one that asks for most stays: who was to be asked is still to be asked.
STRICTEST_BASIS = (Basis.CONSENT, Basis.CONTRACT, Basis.LEGITIMATE_INTEREST)


@dataclass(frozen=True)
class Cell:
    """What one person's record says in one field."""

    candidate: Candidate
    value: Any
    shown: str
    provenance: Provenance | None
    is_chosen: bool

    @property
    def origin(self) -> str:
        """Such as “By hand” or “Import: people.csv”."""
        if self.provenance is None:
            return ""
        label = Origin(self.provenance.kind).label
        return f"{label}: {self.provenance.label}" if self.provenance.label else str(label)

    @property
    def at(self) -> datetime | None:
        return self.provenance.at if self.provenance else None


@dataclass(frozen=True)
class Line:
    """One field of all records. `because` says why there is nothing to choose."""

    field: str
    label: str
    cells: list[Cell]
    because: str = ""

    @property
    def differs(self) -> bool:
        return len({cell.shown for cell in self.cells if cell.shown}) > 1

    @property
    def chosen(self) -> Cell:
        return next(cell for cell in self.cells if cell.is_chosen)


def choose_survivor(people: Sequence[Candidate]) -> Candidate:
    """Who stays unless somebody chooses: the record with most of a history, then the oldest."""
    counted = dict(
        Touchpoint.objects.filter(candidate__in=people)
        .values_list("candidate")
        .annotate(Count("pk"))
        .order_by()
    )
    return min(people, key=lambda person: (-counted.get(person.pk, 0), person.pk))


def compare(
    people: Sequence[Candidate], *, survivor: Candidate, choices: dict[str, int] | None = None
) -> list[Line]:
    """The fields in which one of `people` says anything; `choices` (field to candidate) wins where it may."""
    lines = [_line(name, people, survivor, (choices or {}).get(name)) for name in FIELDS]
    return [line for line in lines if any(cell.shown for cell in line.cells)]


def what_moves(people: Sequence[Candidate]) -> dict[int, list[str]]:
    """How many rows of each kind every record has, in one query: "12 touchpoints", "1 note"."""
    direct = [
        belonging
        for belonging in belongings()
        if belonging.path == "candidate" and not belonging.others and not belonging.is_loose
    ]
    ids, organization = [person.pk for person in people], current_organization().pk
    parts = [
        f"SELECT %s, candidate_id, count(*) FROM {belonging.table}"  # noqa: S608
        " WHERE organization_id = %s AND candidate_id = ANY(%s) GROUP BY candidate_id"
        for belonging in direct
    ]
    found: dict[int, list[str]] = {person.pk: [] for person in people}
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(parts),
            [value for place in range(len(direct)) for value in (place, organization, ids)],
        )
        rows = sorted(cursor.fetchall())
    for place, candidate_id, count in rows:
        meta = direct[place].model._meta
        name = meta.verbose_name if count == 1 else meta.verbose_name_plural
        found[candidate_id].append(f"{count:,} {name}")
    return found


def _line(name: str, people: Sequence[Candidate], survivor: Candidate, wanted: int | None) -> Line:
    because, chosen = _forced(name, people)
    if chosen is None:
        chosen = next((person for person in people if person.pk == wanted), None)
    chosen = chosen or _better(name, people, survivor)
    cells = [
        Cell(
            person,
            getattr(person, name),
            shown(person, name),
            provenance_of(person, name) if not _is_blank(person, name) else None,
            is_chosen=person == chosen,
        )
        for person in people
    ]
    return Line(name, column_label(name), cells, because)


def _forced(name: str, people: Sequence[Candidate]) -> tuple[str, Candidate | None]:
    """The strictest word on contacting somebody is not up for choice."""
    if name == "status":
        for quiet in (Status.DO_NOT_CONTACT, Status.NOT_NOW):
            silent = [person for person in people if person.status == quiet]
            if silent:
                return f"“{quiet.label}” on one record counts for the person.", silent[0]
    if name == "lawful_basis":
        strictest = min(
            people, key=lambda person: STRICTEST_BASIS.index(Basis(person.lawful_basis))
        )
        return "The strictest one counts.", strictest
    return "", None


def _better(name: str, people: Sequence[Candidate], survivor: Candidate) -> Candidate:
    """By hand beats anything read; among those the newer; among equals the survivor's."""
    filled = [person for person in people if not _is_blank(person, name)]
    return max(filled or [survivor], key=lambda person: _rank(name, person, survivor))


def _rank(name: str, person: Candidate, survivor: Candidate) -> tuple[bool, datetime, bool]:
    provenance = provenance_of(person, name)
    by_hand = provenance is None or provenance.kind in {Origin.PERSON, Origin.UNKNOWN}
    at = provenance.at if provenance else person.created_at
    return (by_hand, at, person == survivor)


def _is_blank(person: Candidate, name: str) -> bool:
    value = getattr(person, name)
    return not value or (name == "status" and value == Status.NEW)


def shown(person: Candidate, name: str) -> str:
    """The value as a page shows it."""
    if name == "status":
        return str(person.get_status_display())
    if name == "lawful_basis":
        return str(person.get_lawful_basis_display())
    value = getattr(person, name)
    if name == "country":
        return countries().get(str(value), str(value))
    return str(value or "")

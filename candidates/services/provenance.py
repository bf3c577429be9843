"""Where values come from: setting it, reading it, and the one rule that follows from it.

The rule: what a person set by hand is never replaced silently by an import, a parser or a form. Ask
`is_by_hand`; the value then becomes a proposal (`propose`), which a person takes or dismisses.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models.expressions import RawSQL
from django.utils import timezone

from candidates.models import Candidate, Import, Origin, Proposal
from crm.accounts.models import User

# Columns of Candidate whose provenance is kept; all others are bookkeeping.
FIELDS = (
    "full_name",
    "preferred_name",
    "headline",
    "company",
    "city",
    "country",
    "salary_expectation",
    "source",
    "owner",
    "status",
    "lawful_basis",
)
# Stands for every column that has no entry of its own: a new person has only this one.
REST = "*"
# A provenance as it lies in JSON: kind, label, by, at. Empty parts are left out.
Entry = dict[str, Any]


@dataclass(frozen=True)
class Provenance:
    """How a value came: by which way, from what, by whom (a user's id), when."""

    kind: Origin
    at: datetime
    label: str = ""
    by: int | None = None

    def as_json(self) -> Entry:
        """As it lies in `Candidate.provenance`."""
        parts = {
            "kind": self.kind.value,
            "label": self.label,
            "by": self.by,
            "at": self.at.astimezone(UTC).isoformat(timespec="seconds"),
        }
        return {name: value for name, value in parts.items() if value}

    def as_columns(self) -> dict[str, Any]:
        """As it lies in the columns of a `Sourced` row: `EmailAddress(..., **provenance.as_columns())`."""
        return {
            "provenance_kind": self.kind.value,
            "provenance_label": self.label,
            "provenance_by_id": self.by,
            "provenance_at": self.at,
        }

    @classmethod
    def from_json(cls, entry: Entry) -> "Provenance":
        return cls(
            kind=Origin(entry.get("kind", "")),
            at=datetime.fromisoformat(entry["at"]),
            label=entry.get("label", ""),
            by=entry.get("by"),
        )

    @classmethod
    def of_row(cls, row: Any) -> "Provenance":
        """Where a `Sourced` row comes from."""
        return cls(
            kind=Origin(row.provenance_kind),
            at=row.provenance_at,
            label=row.provenance_label,
            by=row.provenance_by_id,
        )


def by_hand(user: User | None) -> Provenance:
    """Typed by `user` just now."""
    return Provenance(Origin.PERSON, timezone.now(), by=user.pk if user else None)


def from_import(import_file: Import, *, at: datetime | None = None) -> Provenance:
    """Read from an imported file."""
    return Provenance(
        Origin.IMPORT,
        at or timezone.now(),
        label=import_file.file_name[:120],
        by=import_file.created_by_id,
    )


def set_provenance(candidate: Candidate, fields: Iterable[str], provenance: Provenance) -> None:
    """Say where these columns come from; save `provenance` together with the columns."""
    entry = provenance.as_json()
    candidate.provenance = candidate.provenance | {name: entry for name in fields if name in FIELDS}


def with_provenance(fields: Iterable[str], provenance: Provenance) -> RawSQL:
    """The same for many people at once: `update(owner=owner, provenance=with_provenance(["owner"], …))`."""
    entries = json.dumps(dict.fromkeys(fields, provenance.as_json()))
    return RawSQL("candidates_candidate.provenance || %s::jsonb", [entries])


def entry_of(held: dict[str, Entry], field: str) -> Entry | None:
    """What the JSON of a candidate says of one column."""
    return held.get(field) or held.get(REST)


def provenance_of(candidate: Candidate, field: str) -> Provenance | None:
    """Where the value in a column comes from; None where that was not recorded."""
    entry = entry_of(candidate.provenance, field)
    return Provenance.from_json(entry) if entry else None


def is_by_hand(held: dict[str, Entry], field: str) -> bool:
    """Whether only a person may replace the column's value: also where nothing was recorded."""
    entry = entry_of(held, field)
    return entry is None or entry.get("kind", "") in {Origin.PERSON, Origin.UNKNOWN}


@transaction.atomic
def propose(candidate: Candidate, values: dict[str, str], *, provenance: Provenance) -> int:
    """Leave values (column to text) for a person to take or dismiss; returns how many were not waiting yet.

    For columns that hold something set by hand. Text columns only.
    """
    held = {name: getattr(candidate, name) for name in values}
    rows = [
        Proposal(candidate=candidate, field=name, value=value, **provenance.as_columns())
        for name, value in values.items()
        if value and value != held[name]
    ]
    waiting = Proposal.objects.filter(candidate=candidate)
    before = waiting.count()
    Proposal.objects.bulk_create(rows, ignore_conflicts=True)
    return waiting.count() - before

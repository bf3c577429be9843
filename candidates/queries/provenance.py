"""Where the values of a record come from, in words, and the values that wait for a decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from django.db import models

from candidates.models import Candidate, Origin, Proposal
from crm.accounts.models import User


@dataclass(frozen=True)
class Whence:
    """One column of a record: what it is called, how and from what it came, by whom, when."""

    label: str
    kind: str
    source: str
    by: str
    at: datetime

    def __str__(self) -> str:
        return ", ".join(filter(None, [self.kind, self.source, self.by]))


@dataclass(frozen=True)
class Waiting:
    """A value that waits, beside the one it would replace."""

    proposal: Proposal
    label: str
    present: str

    def __str__(self) -> str:
        kind, source = self.proposal.get_provenance_kind_display(), self.proposal.provenance_label
        here = f" Here it is “{self.present}”." if self.present else ""
        said = f"{kind} {source}".rstrip()
        return f"{said} gives another {self.label.lower()}: “{self.proposal.value}”.{here}"


def whence(candidate: Candidate, fields: Sequence[str]) -> list[Whence]:
    """Where the filled columns come from, as far as it was recorded; one query for the names of users."""
    held = candidate.provenance
    entries = {name: held.get(name) or held.get("*") for name in fields}
    names = {
        user.pk: str(user)
        for user in User.objects.filter(
            pk__in={entry["by"] for entry in entries.values() if entry and "by" in entry}
        )
    }
    return [
        Whence(
            label=column_label(name),
            kind=Origin(entry.get("kind", "")).label,
            source=entry.get("label", ""),
            by=names.get(entry.get("by", 0), ""),
            at=datetime.fromisoformat(entry["at"]),
        )
        for name, entry in entries.items()
        if entry and getattr(candidate, _column(name).attname)
    ]


def waiting_for(candidate: Candidate) -> list[Waiting]:
    """Values that did not replace what a person had typed."""
    proposals = Proposal.objects.filter(candidate=candidate).order_by("field", "pk")
    return [
        Waiting(proposal, column_label(proposal.field), str(getattr(candidate, proposal.field, "")))
        for proposal in proposals
    ]


@cache
def column_label(name: str) -> str:
    """What a column of Candidate is called: "Current title"."""
    return str(_column(name).verbose_name).capitalize()


def _column(name: str) -> "models.Field[Any, Any]":
    return cast("models.Field[Any, Any]", Candidate._meta.get_field(name))

"""Candidates as a table: one row a person, several values of a kind on lines of their own in the cell.

Rapport's own import knows the table by its first title and reads every cell back as it was.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Model

from candidates.models import (
    Candidate,
    CandidateCustomValue,
    CandidateSkill,
    CandidateTag,
    CustomField,
    EmailAddress,
    PhoneNumber,
    PoolMembership,
    ProfileLink,
)
from candidates.queries import visible_notes
from candidates.services.importing.fields import EXPORT_ID
from crm.accounts.models import User
from crm.tenancy.roles import Role

TITLES = (
    EXPORT_ID, "Full name", "Preferred name", "Current title", "Company", "City", "Country",
    "Salary expectation", "E-mail addresses", "Phones", "Profile links", "Skills", "Tags", "Source",
    "Last contact", "Notes", "State of the addresses", "Pools", "Owner", "Status", "Lawful basis",
    "Added on",
)  # fmt: skip
_COLUMNS = (
    "pk", "full_name", "preferred_name", "headline", "company", "city", "country",
    "salary_expectation", "source__name", "last_contacted_at", "owner__name", "owner__email",
    "status", "lawful_basis", "created_at",
)  # fmt: skip
Several = dict[int, list[str]]


class PeopleTable:
    """Rows of people, for somebody with a role: custom fields that it does not see are left out."""

    def __init__(self, *, viewer: User, role: Role) -> None:
        self.viewer = viewer
        fields = CustomField.objects.filter(archived_at=None)
        self.fields = [field for field in fields if role in field.roles]

    @property
    def titles(self) -> list[str]:
        return [*TITLES, *(field.name for field in self.fields)]

    def rows(self, ids: Sequence[int]) -> Iterator[list[str]]:
        """The rows of these people in this order; a dozen queries whatever their number."""
        people = {row["pk"]: row for row in Candidate.objects.filter(pk__in=ids).values(*_COLUMNS)}
        several = self._several(list(people))
        for pk in ids:
            if pk in people:
                yield self._row(people[pk], {kind: held[pk] for kind, held in several.items()})

    def _several(self, ids: list[int]) -> dict[str, Several]:
        emails = EmailAddress.objects.filter(candidate__in=ids).order_by("-is_primary", "pk")
        phones = PhoneNumber.objects.filter(candidate__in=ids).order_by("-is_primary", "pk")
        notes = visible_notes(self.viewer).filter(candidate__in=ids).order_by("pk")
        found = {
            "emails": _grouped(emails.values_list("candidate_id", "address")),
            "states": _grouped(
                (pk, EmailAddress.State(state).label)
                for pk, state in emails.values_list("candidate_id", "state")
            ),
            "phones": _grouped(phones.values_list("candidate_id", "number")),
            "links": _held(ProfileLink, ids, "url"),
            "skills": _held(CandidateSkill, ids, "skill__name"),
            "tags": _held(CandidateTag, ids, "tag__name"),
            "pools": _held(PoolMembership, ids, "pool__name"),
            "notes": _grouped(notes.values_list("candidate_id", "body")),
        }
        values = CandidateCustomValue.objects.filter(candidate__in=ids, field__in=self.fields)
        for value in values.select_related("field", "option", "member").order_by("pk"):
            held = found.setdefault(f"field {value.field_id}", defaultdict(list))
            held[value.candidate_id].append(plain_value(value))
        return found

    def _row(self, person: dict[str, Any], several: dict[str, list[str]]) -> list[str]:
        contacted = person["last_contacted_at"]
        return [
            str(person["pk"]),
            *(person[name] for name in _COLUMNS[1:8]),
            *("\n".join(several[kind]) for kind in ("emails", "phones", "links", "skills", "tags")),
            person["source__name"] or "",
            f"{contacted:%Y-%m-%d}" if contacted else "",
            "\n\n".join(several["notes"]),
            *("\n".join(several[kind]) for kind in ("states", "pools")),
            person["owner__name"] or person["owner__email"] or "",
            Candidate.Status(person["status"]).label,
            Candidate.LawfulBasis(person["lawful_basis"]).label,
            f"{person['created_at']:%Y-%m-%d}",
            *("\n".join(several.get(f"field {field.pk}", [])) for field in self.fields),
        ]


def _held(model: type[Model], ids: list[int], column: str) -> Several:
    # Words by their name: who typed them in which order says nothing.
    order = column if "__" in column else "pk"
    rows = model._default_manager.filter(candidate__in=ids).order_by(order, "pk")
    return _grouped(rows.values_list("candidate_id", column))


def _grouped(pairs: Iterable[tuple[int, str]]) -> Several:
    held: Several = defaultdict(list)
    for pk, value in pairs:
        held[pk].append(value)
    return held


def plain_value(value: CandidateCustomValue) -> str:
    """A custom value as a file holds it: dates and numbers as every program reads them."""
    kind = CustomField.Kind(value.field.kind)
    if kind in {kind.NUMBER, kind.MONEY} and value.number is not None:
        return f"{value.number.normalize():f} {value.currency}".strip()
    if kind == kind.DATE and value.day is not None:
        return value.day.isoformat()
    if kind == kind.MEMBER and value.member is not None:
        # Two members may share a name.
        return value.member.email
    return value.shown

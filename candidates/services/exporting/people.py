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
    Skill,
    Tag,
    TalentPool,
)
from candidates.queries import visible_notes
from candidates.services.importing.cells_of_notes import joined_notes
from candidates.services.importing.fields import EXPORT_ID
from crm.accounts.models import User
from crm.tenancy.bulk import among
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
_WAYS = ("-is_primary", "pk")
# Where each kind of value stands, its column, and the order in which several of a kind are told.
_HELD: tuple[tuple[str, type[Model], str, tuple[str, ...]], ...] = (
    ("phones", PhoneNumber, "number", _WAYS),
    ("links", ProfileLink, "url", ("pk",)),
)
# Words that many people share: which rows put them on people, and by which key.
_WORDS: tuple[tuple[str, type[Model], str, type[Model]], ...] = (
    ("skills", CandidateSkill, "skill_id", Skill),
    ("tags", CandidateTag, "tag_id", Tag),
    ("pools", PoolMembership, "pool_id", TalentPool),
)
_STATUSES = {str(value): str(label) for value, label in Candidate.Status.choices}
_BASES = {str(value): str(label) for value, label in Candidate.LawfulBasis.choices}
_STATES = {str(value): str(label) for value, label in EmailAddress.State.choices}
# Texts of people, by their ids.
Several = dict[int, list[str]]


class PeopleTable:
    """Rows of people, for somebody with a role: custom fields that it does not see are left out."""

    def __init__(self, *, viewer: User, role: Role) -> None:
        self.viewer = viewer
        fields = CustomField.objects.filter(subject=CustomField.Subject.CANDIDATE, archived_at=None)
        self.fields = [field for field in fields if role in field.roles]

    @property
    def titles(self) -> list[str]:
        return [*TITLES, *(field.name for field in self.fields)]

    def rows(self, ids: Sequence[int]) -> Iterator[list[str]]:
        """The rows of these people in this order; thirteen queries whatever their number, and no object of a model."""
        found = Candidate.objects.filter(pk__in=among(ids)).order_by()
        people = {row[0]: row for row in found.values_list(*_COLUMNS)}
        several = self._several(list(people))
        own = self._own(list(people))
        for pk in ids:
            if pk in people:
                yield self._row(people[pk], several, own)

    def _several(self, ids: list[int]) -> dict[str, Several]:
        found: dict[str, Several] = {"emails": defaultdict(list), "states": defaultdict(list)}
        emails = EmailAddress.objects.filter(candidate__in=among(ids)).order_by(*_WAYS)
        for pk, address, state in emails.values_list("candidate_id", "address", "state"):
            found["emails"][pk].append(address)
            found["states"][pk].append(_STATES[state])
        for kind, model, column, order in _HELD:
            rows = model._default_manager.filter(candidate__in=among(ids)).order_by(*order)
            found[kind] = _grouped(rows.values_list("candidate_id", column))
        for kind, model, key, words in _WORDS:
            found[kind] = _grouped(_named(model, ids, key, words))
        notes = visible_notes(self.viewer).filter(candidate__in=among(ids)).order_by("pk")
        found["notes"] = _grouped(notes.values_list("candidate_id", "body"))
        return found

    def _own(self, ids: list[int]) -> list[Several]:
        """Values of the organization's own fields, for each of `self.fields`."""
        held: dict[int, Several] = {field.pk: defaultdict(list) for field in self.fields}
        kinds = {field.pk: CustomField.Kind(field.kind) for field in self.fields}
        rows = CandidateCustomValue.objects.filter(candidate__in=among(ids), field__in=self.fields)
        values = rows.order_by("pk").values_list("candidate_id", "field_id", *_VALUE)
        for pk, field_id, *columns in values if self.fields else []:
            held[field_id][pk].append(plain_value(kinds[field_id], tuple(columns)))
        return list(held.values())

    def _row(
        self, person: tuple[Any, ...], several: dict[str, Several], own: list[Several]
    ) -> list[str]:
        pk, *texts, source, contacted, owner, address, status, basis, created = person

        def lines(kind: str) -> str:
            return _joined(several[kind], pk, "\n")

        return [
            str(pk),
            *texts,
            lines("emails"),
            lines("phones"),
            lines("links"),
            lines("skills"),
            lines("tags"),
            source or "",
            contacted.date().isoformat() if contacted else "",
            joined_notes(several["notes"].get(pk, [])),
            lines("states"),
            lines("pools"),
            owner or address or "",
            _STATUSES[status],
            _BASES[basis],
            created.date().isoformat(),
            *(_joined(held, pk, "\n") for held in own),
        ]


def _named(
    model: type[Model], ids: list[int], key: str, words: type[Model]
) -> Iterator[tuple[int, str]]:
    """People and their words by name: who typed them in which order says nothing."""
    rows = model._default_manager.filter(candidate__in=among(ids)).order_by()
    pairs = list(rows.values_list("candidate_id", key))
    used = words._default_manager.filter(pk__in=among({word for _, word in pairs}))
    names = dict(used.order_by("name", "pk").values_list("pk", "name"))
    places = {pk: place for place, pk in enumerate(names)}
    for pk, word in sorted(pairs, key=lambda pair: places[pair[1]]):
        yield pk, names[word]


def _joined(held: Several, pk: int, between: str) -> str:
    texts = held.get(pk)
    return between.join(texts) if texts else ""


def _grouped(pairs: Iterable[tuple[int, str]]) -> Several:
    held: Several = defaultdict(list)
    for pk, value in pairs:
        held[pk].append(value)
    return held


# The columns of a value, as `plain_value` takes them.
_VALUE = ("text", "number", "currency", "day", "yes", "option__name", "member__email")


def plain_value(kind: CustomField.Kind, columns: tuple[Any, ...]) -> str:
    """A custom value as a file holds it: dates and numbers as every program reads them."""
    text, number, currency, day, yes, option, member = columns
    match kind:
        case kind.NUMBER | kind.MONEY:
            return "" if number is None else f"{number.normalize():f} {currency}".strip()
        case kind.DATE:
            return day.isoformat() if day else ""
        case kind.BOOLEAN:
            return "Yes" if yes else "No"
        case kind.SINGLE | kind.MULTIPLE:
            return option or ""
        case kind.MEMBER:
            # By the address: two members may share a name.
            return member or ""
        case _:
            return str(text)

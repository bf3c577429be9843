"""Who is here already, as far as a file is about them: everything that its rows are compared with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import md5

from django.db.models import F, Func, TextField, Value
from django.db.models.functions import MD5

from candidates.models import (
    Candidate,
    CandidateSkill,
    CandidateTag,
    EmailAddress,
    Import,
    ImportRow,
    Note,
    PhoneNumber,
    ProfileLink,
)
from candidates.services.identifying import fold
from candidates.services.importing.custom import CustomColumns, OwnValue
from candidates.services.importing.rows import TEXT_FIELDS, Person
from candidates.services.matching import (
    NAME,
    Identifier,
    WayToReach,
    find_matches,
    is_decisive,
    names_agree,
    same,
)
from candidates.services.provenance import Entry
from crm.tenancy.bulk import among, rows_by_key

# The kind of mark under which a check remembers somebody who is here already.
PERSON = "person"
# The reason where a name is all there is.
NAME_ALONE = "same name, and nothing else to tell them apart"
# What a file says about a person, in columns of Candidate.
COLUMNS = ("full_name", *TEXT_FIELDS.values(), "country")


@dataclass(slots=True, eq=False)
class Known:
    """Somebody whom the file can match: stored already, or made by an earlier row; with what is to be added."""

    pk: int | None
    values: dict[str, str]
    emails: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    words: set[tuple[str, str]] = field(default_factory=set)
    note_digests: set[str] = field(default_factory=set)
    # The organization's own fields that the file fills, and those of them that a person set.
    custom: dict[str, set[OwnValue]] = field(default_factory=dict)
    custom_by_hand: set[str] = field(default_factory=set)
    source: str = ""
    has_owner: bool = False
    provenance: dict[str, Entry] = field(default_factory=dict)
    contacted_at: datetime | None = None
    # The first row of this file that is about this person, and whether the person came with it.
    line: int | None = None
    is_ours: bool = False
    # To be stored.
    is_new: bool = False
    is_source_new: bool = False
    is_owner_new: bool = False
    columns: set[str] = field(default_factory=set)
    proposals: dict[str, str] = field(default_factory=dict)
    new_emails: list[tuple[str, str]] = field(default_factory=list)
    new_phones: list[tuple[str, str]] = field(default_factory=list)
    new_links: list[tuple[str, str]] = field(default_factory=list)
    new_skills: list[str] = field(default_factory=list)
    new_tags: list[str] = field(default_factory=list)
    new_notes: list[str] = field(default_factory=list)
    # By the id of the field; and the fields whose values until now go.
    new_custom: list[tuple[int, OwnValue]] = field(default_factory=list)
    replaced: set[int] = field(default_factory=set)
    is_contact_new: bool = False


class KnownPeople:
    """The people that rows were found to be about; remembers whom it has looked up."""

    def __init__(self, import_file: Import, custom: CustomColumns, *, is_locked: bool) -> None:
        self.import_file = import_file
        self.custom = custom
        self.is_locked = is_locked
        self.people: dict[int, Known] = {}
        self.by_identifier: dict[Identifier, list[Known]] = {}
        self.looked_up: set[Identifier] = set()

    def look_up(self, identifiers: set[Identifier]) -> None:
        """Load whoever has one of these identifiers, unless they were looked up before."""
        unknown = identifiers - self.looked_up
        self.looked_up |= unknown
        matches = find_matches(
            *(
                [value for kind, value in unknown if kind == wanted]
                for wanted in ("email", "phone", "profile")
            )
        )
        matches |= _find_named({value for kind, value in unknown if kind == NAME})
        matches |= self.custom.find(unknown)
        missing = {pk for found in matches.values() for pk in found} - self.people.keys()
        self._load(missing)
        gone = missing - self.people.keys()
        moved = {identifier for identifier, found in matches.items() if not gone.isdisjoint(found)}
        for identifier in matches.keys() - moved:
            for pk in matches[identifier]:
                self.index(identifier, self.people[pk])
        if moved:
            # Merged or erased since the first look: whoever has it now is found by the second.
            self.looked_up -= moved
            self.look_up(moved)

    @property
    def marks(self) -> set[Identifier]:
        """Under what a check remembers the people who are here already."""
        return {(PERSON, str(pk)) for pk in self.people}

    def _load(self, ids: set[int]) -> None:
        if not ids:
            return
        people = Candidate.objects.filter(pk__in=among(ids)).order_by("pk")
        if self.is_locked:
            # What is decided on must not change before it is written.
            people = people.select_for_update(of=("self",))
        columns = ("pk", "source__name", "owner_id", "last_contacted_at", "provenance", *COLUMNS)
        here = list(people.values(*columns))
        ids = {row["pk"] for row in here}
        for row in here:
            self.people[row["pk"]] = Known(
                pk=row["pk"],
                values={name: row[name] for name in COLUMNS},
                source=row["source__name"] or "",
                has_owner=row["owner_id"] is not None,
                provenance=row["provenance"],
                contacted_at=row["last_contacted_at"],
            )
        self._load_children(ids)
        rows = rows_by_key(ImportRow, "candidate_id", ids, "import_file_id", "line", "state")
        for pk, file_id, line, state in rows:
            if file_id == self.import_file.pk:
                known = self.people[pk]
                known.line = min(line, known.line or line)
                known.is_ours |= state == ImportRow.State.CREATED

    def _load_children(self, ids: set[int]) -> None:
        ways: list[tuple[type[WayToReach], str]] = [
            (EmailAddress, "emails"),
            (PhoneNumber, "phones"),
            (ProfileLink, "links"),
        ]
        for model, attribute in ways:
            held = model.objects.filter(candidate_id__in=among(ids))
            for pk, normalized in held.values_list("candidate_id", "normalized"):
                getattr(self.people[pk], attribute).add(normalized)
        labels: list[tuple[type[CandidateSkill | CandidateTag], str]] = [
            (CandidateSkill, "skill"),
            (CandidateTag, "tag"),
        ]
        for words, kind in labels:
            worn = words.objects.filter(candidate_id__in=among(ids))
            for pk, normalized in worn.values_list("candidate_id", f"{kind}__normalized"):
                self.people[pk].words.add((kind, normalized))
        for pk, name, value, is_by_hand in self.custom.held_by(ids):
            self.people[pk].custom.setdefault(name, set()).add(value)
            if is_by_hand:
                self.people[pk].custom_by_hand.add(name)
        notes = Note.objects.filter(candidate_id__in=among(ids)).annotate(digest=MD5("body"))
        for pk, digest in notes.values_list("candidate_id", "digest"):
            self.people[pk].note_digests.add(digest)

    def index(self, identifier: Identifier, known: Known) -> None:
        holders = self.by_identifier.setdefault(identifier, [])
        if known not in holders:
            holders.append(known)

    def match(self, person: Person) -> tuple[Known, str] | None:
        """Whom the row is about: by address, then by number with a like name, then by profile link.

        At last by what nobody else has in one of the organization's own fields: its number elsewhere.
        """
        for identifier in identifiers_of(person):
            if identifier[0] in self.custom.fields:
                reason = f"same {self.custom.fields[identifier[0]].name}"
                for known in self.by_identifier.get(identifier, []):
                    return known, reason
                continue
            # The number of a switchboard has hundreds of holders: they are not all compared.
            for known in self.by_identifier.get(identifier, [])[:100]:
                if is_decisive(*identifier) or names_agree(
                    person.full_name, known.values["full_name"]
                ):
                    return known, _reason(identifier)
        return None


def identifiers_of(person: Person) -> list[Identifier]:
    """Everything by which the person can be recognized, surest first; failing all else, name and place."""
    if person.identifiers is None:
        person.identifiers = [*_ways_to_recognize(person), *person.marks]
    return person.identifiers


def _ways_to_recognize(person: Person) -> list[Identifier]:
    found = [
        (kind, normalized)
        for kind, values in [
            ("email", person.emails),
            ("phone", person.phones),
            ("profile", person.links),
        ]
        for _, normalized in values
        if normalized
    ]
    return found or [(NAME, name_key(person.full_name, person.values))]


def name_key(full_name: str, values: Mapping[str, str]) -> str:
    """Name, company and city: who has nothing else is the same person only if all three agree."""
    return "|".join(
        fold(part) for part in (full_name, values.get("company", ""), values.get("city", ""))
    )


def _reason(identifier: Identifier) -> str:
    kind, value = identifier
    # Neither a company nor a city.
    return NAME_ALONE if kind == NAME and value.endswith("||") else same(kind)


def _find_named(keys: set[str]) -> dict[Identifier, list[int]]:
    """Who is stored under these names, companies and cities."""
    if not keys:
        return {}
    names = {key.partition("|")[0] for key in keys}
    found: dict[Identifier, list[int]] = {}
    # The first line of the search text is the folded name.
    first_line = Func(
        F("search_text"), Value("\n"), Value(1), function="split_part", output_field=TextField()
    )
    people = Candidate.objects.annotate(folded=first_line).filter(folded__in=names)
    for pk, name, company, city in people.order_by("pk").values_list(
        "pk", "full_name", "company", "city"
    ):
        key = name_key(name, {"company": company, "city": city})
        if key in keys:
            found.setdefault((NAME, key), []).append(pk)
    return found


def digest(body: str) -> str:
    # As Postgres' md5(): to compare, not to protect.
    return md5(body.encode(), usedforsecurity=False).hexdigest()

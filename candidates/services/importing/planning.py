"""What becomes of each row: a new person, an update, a duplicate, refused, or invalid.

The check before an import and the import itself decide here, so that the preview keeps its word.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import md5
from typing import Any

from django.db.models import F, Func, TextField, Value
from django.db.models.expressions import RawSQL
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
from candidates.services.importing.fields import NAMES, Field
from candidates.services.importing.rows import TEXT_FIELDS, Person, RowReader
from candidates.services.matching import (
    NAME,
    Identifier,
    WayToReach,
    find_matches,
    is_decisive,
    names_agree,
    same,
)
from candidates.services.provenance import Entry, is_by_hand, label_of
from candidates.services.suppressing import Reason, suppressed_reasons

Outcome = ImportRow.Outcome
Policy = Import.Policy
ColumnPolicy = Import.ColumnPolicy
# What a file says about a person, in columns of Candidate.
COLUMNS = ("full_name", *TEXT_FIELDS.values(), "country")
KIND_OF_COLUMN = {
    "full_name": Field.FULL_NAME,
    "country": Field.COUNTRY,
    **{column: kind for kind, column in TEXT_FIELDS.items()},
}
BLOCKED = "Refused: this person must not be stored again"
SKIPPED = "Already here: left as it is"
NOTHING_NEW = "Already here: the file says nothing new"
NOTE_HEAD = "From the import:"


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
    is_contact_new: bool = False


@dataclass(slots=True)
class Decision:
    """One row's outcome, with everything that its preview and its report say."""

    row_id: int
    line: int
    outcome: Outcome
    reason: str = ""
    known: Known | None = None
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    # Values that do not replace what a person typed, but wait for a word: as changes.
    proposed: list[tuple[str, str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    of_line: int | None = None
    # Whether the import's pool and tag are for this person.
    joins: bool = False

    def details(self) -> dict[str, Any]:
        parts = {
            "changes": self.changes,
            "proposed": self.proposed,
            "warnings": self.warnings,
            "of_line": self.of_line,
        }
        return {name: value for name, value in parts.items() if value}


class Planner:
    """Decides rows in the order of the file. Remembers those decided before: keep it for a whole check."""

    def __init__(self, import_file: Import, reader: RowReader, *, is_dry_run: bool) -> None:
        self.import_file = import_file
        self.reader = reader
        self.is_dry_run = is_dry_run
        self.people: dict[int, Known] = {}
        self.by_identifier: dict[Identifier, list[Known]] = {}
        self.looked_up: set[Identifier] = set()
        self.touched: dict[int, Known] = {}
        self.policies = {
            Field.FULL_NAME if Field(kind) in NAMES else Field(kind): ColumnPolicy(policy)
            for kind, policy in import_file.policies.items()
        }

    def decide(self, rows: Sequence[tuple[int, int, list[str]]]) -> list[Decision]:
        """Decide rows given as (id, line, cells); a handful of queries whatever their number."""
        people = [self.reader.read(cells) for _, _, cells in rows]
        identifiers = {
            identifier
            for person in people
            if not person.problem
            for identifier in identifiers_of(person)
        }
        self._look_up(identifiers)
        suppressed = suppressed_reasons(
            identifier for identifier in identifiers if identifier[0] != NAME
        )
        return [
            self._decide(row_id, line, person, suppressed)
            for (row_id, line, _), person in zip(rows, people, strict=True)
        ]

    # Who is known

    def _look_up(self, identifiers: set[Identifier]) -> None:
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
        missing = {pk for found in matches.values() for pk in found} - self.people.keys()
        self._load(missing)
        for identifier, found in matches.items():
            for pk in found:
                self._index(identifier, self.people[pk])

    def _load(self, ids: set[int]) -> None:
        if not ids:
            return
        people = Candidate.objects.filter(pk__in=_among(ids)).order_by("pk")
        if not self.is_dry_run:
            # What is decided on must not change before it is written.
            people = people.select_for_update(of=("self",))
        columns = ("pk", "source__name", "owner_id", "last_contacted_at", "provenance", *COLUMNS)
        for row in people.values(*columns):
            self.people[row["pk"]] = Known(
                pk=row["pk"],
                values={name: row[name] for name in COLUMNS},
                source=row["source__name"] or "",
                has_owner=row["owner_id"] is not None,
                provenance=row["provenance"],
                contacted_at=row["last_contacted_at"],
            )
        self._load_children(ids)
        earlier = ImportRow.objects.filter(
            import_file=self.import_file, candidate_id__in=_among(ids)
        )
        for pk, line, state in earlier.order_by("-line").values_list(
            "candidate_id", "line", "state"
        ):
            self.people[pk].line = line
            self.people[pk].is_ours |= state == ImportRow.State.CREATED

    def _load_children(self, ids: set[int]) -> None:
        ways: list[tuple[type[WayToReach], str]] = [
            (EmailAddress, "emails"),
            (PhoneNumber, "phones"),
            (ProfileLink, "links"),
        ]
        for model, attribute in ways:
            held = model.objects.filter(candidate_id__in=_among(ids))
            for pk, normalized in held.values_list("candidate_id", "normalized"):
                getattr(self.people[pk], attribute).add(normalized)
        labels: list[tuple[type[CandidateSkill | CandidateTag], str]] = [
            (CandidateSkill, "skill"),
            (CandidateTag, "tag"),
        ]
        for words, kind in labels:
            worn = words.objects.filter(candidate_id__in=_among(ids))
            for pk, normalized in worn.values_list("candidate_id", f"{kind}__normalized"):
                self.people[pk].words.add((kind, normalized))
        notes = Note.objects.filter(candidate_id__in=_among(ids)).annotate(digest=MD5("body"))
        for pk, digest in notes.values_list("candidate_id", "digest"):
            self.people[pk].note_digests.add(digest)

    def _index(self, identifier: Identifier, known: Known) -> None:
        holders = self.by_identifier.setdefault(identifier, [])
        if known not in holders:
            holders.append(known)

    def _match(self, person: Person) -> tuple[Known, str] | None:
        """Whom the row is about: by address, then by number with a like name, then by profile link."""
        for identifier in identifiers_of(person):
            # The number of a switchboard has hundreds of holders: they are not all compared.
            for known in self.by_identifier.get(identifier, [])[:100]:
                if is_decisive(*identifier) or names_agree(
                    person.full_name, known.values["full_name"]
                ):
                    return known, same(identifier[0])
        return None

    # What to do

    def _decide(
        self,
        row_id: int,
        line: int,
        person: Person,
        suppressed: dict[Identifier, set[Reason]],
    ) -> Decision:
        if person.problem:
            return Decision(row_id, line, Outcome.INVALID, person.problem)
        reasons = {
            reason
            for identifier in identifiers_of(person)
            for reason in suppressed.get(identifier, set())
        }
        if Reason.ERASED in reasons:
            return Decision(row_id, line, Outcome.BLOCKED, BLOCKED)
        if reasons:
            labels = ", ".join(sorted(reason.label.lower() for reason in reasons))
            person.warnings.append(f"Must not be written to: {labels}")
        match = self._match(person)
        if match is None:
            decision = Decision(row_id, line, Outcome.CREATE, warnings=person.warnings, joins=True)
            decision.known = self._new(person, decision)
            return decision
        return self._decide_known(row_id, line, person, *match)

    def _decide_known(
        self, row_id: int, line: int, person: Person, known: Known, reason: str
    ) -> Decision:
        decision = Decision(row_id, line, Outcome.DUPLICATE, known=known, warnings=person.warnings)
        skips = self.import_file.policy == Policy.SKIP and not known.is_ours
        if known.line is not None:
            decision.of_line = known.line
            decision.reason = f"Same person as line {known.line}: {reason}"
            if not skips:
                self._merge(known, person, decision, policy=Policy.FILL)
            return decision
        known.line = line
        if skips:
            decision.reason = f"{SKIPPED} ({reason})"
            return decision
        self._merge(known, person, decision, policy=Policy(self.import_file.policy))
        decision.joins = True
        if decision.changes or decision.proposed:
            decision.outcome, decision.reason = Outcome.UPDATE, f"Found by the {reason}"
        else:
            decision.reason = f"{NOTHING_NEW} ({reason})"
        return decision

    def _new(self, person: Person, decision: Decision) -> Known:
        known = Known(
            pk=None,
            values=dict.fromkeys(COLUMNS, ""),
            line=decision.line,
            is_ours=True,
            is_new=True,
            has_owner=True,
        )
        known.values["full_name"] = person.full_name
        if not person.source and self.import_file.source:
            known.source, known.is_source_new = self.import_file.source.name, True
        self._index((NAME, name_key(person.full_name, person.values)), known)
        self._merge(known, person, decision, policy=Policy.FILL)
        # Everything about a new person is new: the row itself says it.
        decision.changes = []
        return known

    def _policy_of(self, known: Known, kind: Field, policy: Policy) -> ColumnPolicy:
        """What a column does to this person: as was said of the column, else as of the whole file."""
        if known.is_ours:
            return ColumnPolicy.FILL
        chosen = self.policies.get(kind)
        if chosen == ColumnPolicy.KEEP or (chosen and policy == self.import_file.policy):
            return chosen
        return ColumnPolicy(policy.value)

    def _merge(self, known: Known, person: Person, decision: Decision, *, policy: Policy) -> None:
        """Add to `known` what the row says; the decision tells it as (label, before, after)."""
        if not self.is_dry_run:
            self.touched[id(known)] = known
        policies = {kind: self._policy_of(known, kind, policy) for kind in Field}
        if policies[Field.NOTE] == ColumnPolicy.KEEP:
            person.notes = []
        self._merge_columns(known, person, decision, policies)
        changes = decision.changes
        for kind, column, found, held, added in [
            ("email", Field.EMAIL, person.emails, known.emails, known.new_emails),
            ("phone", Field.PHONE, person.phones, known.phones, known.new_phones),
            ("profile", Field.LINK, person.links, known.links, known.new_links),
        ]:
            for value, normalized in found if policies[column] != ColumnPolicy.KEEP else []:
                if self._may_have(known, person, kind, value, normalized):
                    held.add(normalized or value)
                    added.append((value, normalized))
                    changes.append((_ADDED[kind], "", value))
        changes += self._merge_words(known, person, policies)
        changes += self._merge_source_and_owner(known, person, policies[Field.SOURCE])
        if person.contacted_on and policies[Field.CONTACTED] != ColumnPolicy.KEEP:
            at = datetime.combine(person.contacted_on, datetime.min.time(), UTC).replace(hour=12)
            if known.contacted_at is None or known.contacted_at < at:
                before = f"{known.contacted_at:%-d %b %Y}" if known.contacted_at else ""
                known.contacted_at, known.is_contact_new = at, True
                changes.append(("Last contact", before, f"{at:%-d %b %Y}"))
        # Last: whatever found no place above is in the note by now.
        for body in note_bodies(person):
            if _digest(body) not in known.note_digests:
                known.note_digests.add(_digest(body))
                known.new_notes.append(body)
                changes.append(("Note", "", body[:200]))

    def _merge_columns(
        self,
        known: Known,
        person: Person,
        decision: Decision,
        policies: dict[Field, ColumnPolicy],
    ) -> None:
        for name, value in [("full_name", person.full_name), *person.values.items()]:
            before, policy = known.values[name], policies[KIND_OF_COLUMN[name]]
            if not value or policy == ColumnPolicy.KEEP or fold(value) == fold(before):
                continue
            change = (label_of(name), before, value)
            if not before or policy == ColumnPolicy.REPLACE:
                self._set(known, name, decision, change)
            elif policy == ColumnPolicy.OVERWRITE:
                if is_by_hand(known.provenance, name):
                    known.proposals[name] = value
                    decision.proposed.append(change)
                else:
                    self._set(known, name, decision, change)
            elif name != "full_name":
                person.keep(change[0], value)
            elif not names_agree(value, before):
                person.keep("Name", value, f"The file calls this person “{value[:80]}”")
            elif sorted(fold(value).split()) != sorted(fold(before).split()):
                person.keep("Name", value)

    @staticmethod
    def _set(known: Known, name: str, decision: Decision, change: tuple[str, str, str]) -> None:
        known.values[name] = change[2]
        known.columns.add(name)
        decision.changes.append(change)

    def _merge_source_and_owner(
        self, known: Known, person: Person, policy: ColumnPolicy
    ) -> list[tuple[str, str, str]]:
        changes = []
        if person.source and not known.source and policy != ColumnPolicy.KEEP:
            known.source, known.is_source_new = person.source, True
            changes.append(("Source", "", person.source))
        elif fold(person.source) not in {"", fold(known.source)}:
            person.keep("Source", person.source)
        if self.import_file.owner is not None and not known.has_owner:
            known.has_owner, known.is_owner_new = True, True
            changes.append(("Owner", "", str(self.import_file.owner)))
        return changes

    def _merge_words(
        self, known: Known, person: Person, policies: dict[Field, ColumnPolicy]
    ) -> list[tuple[str, str, str]]:
        changes = []
        for kind, column, label, words, added in [
            ("skill", Field.SKILLS, "Skills", person.skills, known.new_skills),
            ("tag", Field.TAGS, "Tags", person.tags, known.new_tags),
        ]:
            if policies[column] == ColumnPolicy.KEEP:
                continue
            fresh = [word for word in words if (kind, fold(word)[:60]) not in known.words]
            known.words.update((kind, fold(word)[:60]) for word in fresh)
            added += fresh
            if fresh:
                changes.append((label, "", ", ".join(fresh)))
        return changes

    def _may_have(
        self, known: Known, person: Person, kind: str, value: str, normalized: str
    ) -> bool:
        """Whether a value is new to `known`. An address of somebody else is kept in the note only."""
        held = {"email": known.emails, "phone": known.phones, "profile": known.links}[kind]
        if (normalized or value) in held:
            return False
        others = [
            holder
            for holder in self.by_identifier.get((kind, normalized), [])
            if holder is not known
        ]
        if kind == "email" and others:
            person.keep(
                "E-mail address", value, f"{value} belongs to somebody else: kept in the note"
            )
            return False
        if others and is_decisive(kind, normalized):
            person.warnings.append(f"{value} also belongs to somebody else")
        if normalized:
            self._index((kind, normalized), known)
        return True


_ADDED = {"email": "E-mail address", "phone": "Phone number", "profile": "Profile link"}


def identifiers_of(person: Person) -> list[Identifier]:
    """Everything by which the person can be recognized, surest first; failing all else, name and place."""
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


def note_bodies(person: Person) -> list[str]:
    """The notes that a row leaves: what was written as one, and what found no other place."""
    bodies = ["\n\n".join(person.notes)] if person.notes else []
    if person.kept:
        lines = [f"{title}: {text}" for title, text in dict.fromkeys(person.kept)]
        bodies.append("\n".join([NOTE_HEAD, *lines]))
    return bodies


def count_outcomes(decisions: Iterable[Decision]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for decision in decisions:
        counts[decision.outcome.value] = counts.get(decision.outcome.value, 0) + 1
    return counts


def _among(ids: set[int]) -> RawSQL:
    """The ids as one array: a list of a thousand parameters costs more to spell than to look up."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])


def _digest(body: str) -> str:
    # As Postgres' md5(): to compare, not to protect.
    return md5(body.encode(), usedforsecurity=False).hexdigest()

"""What becomes of each row: a new person, an update, a duplicate, refused, or invalid.

The check before an import and the import itself decide here, so that the preview keeps its word.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from candidates.models import CustomField, Import, ImportRow
from candidates.queries.provenance import column_label
from candidates.services.identifying import fold
from candidates.services.importing.custom import OwnValue
from candidates.services.importing.fields import NAMES, Field
from candidates.services.importing.knowing import (
    COLUMNS,
    Known,
    KnownPeople,
    digest,
    identifiers_of,
    name_key,
)
from candidates.services.importing.rows import TEXT_FIELDS, Person, RowReader
from candidates.services.matching import (
    NAME,
    Identifier,
    is_decisive,
    names_agree,
)
from candidates.services.provenance import is_by_hand
from candidates.services.skills.resolving import canonical_names
from candidates.services.suppressing import Reason, suppressed_reasons

Outcome = ImportRow.Outcome
Policy = Import.Policy
ColumnPolicy = Import.ColumnPolicy
# What may be on the list of those who must not be stored or written to.
SUPPRESSIBLE = frozenset({"email", "phone", "profile"})
KIND_OF_COLUMN = {
    "full_name": Field.FULL_NAME,
    "country": Field.COUNTRY,
    **{column: kind for kind, column in TEXT_FIELDS.items()},
}
BLOCKED = "Refused: this person must not be stored again"
SKIPPED = "Already here: left as it is"
NOTHING_NEW = "Already here: the file says nothing new"
NOTE_HEAD = "From the import:"


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
        self.known = KnownPeople(import_file, reader.custom, is_locked=not is_dry_run)
        self.touched: dict[int, Known] = {}
        self.skill_names: dict[str, str] = {}
        self.policies = {
            str(Field.FULL_NAME if kind in NAMES else kind): ColumnPolicy(policy)
            for kind, policy in import_file.policies.items()
        }
        # Whatever a row of this file can fill.
        self.fillable = [*map(str, Field), *reader.custom.fields]

    def decide(self, rows: Sequence[tuple[int, int, list[str]]]) -> list[Decision]:
        """Decide rows given as (id, line, cells); a handful of queries whatever their number."""
        people = [self.reader.read(cells) for _, _, cells in rows]
        self._name_skills(people)
        identifiers = {
            identifier
            for person in people
            if not person.problem
            for identifier in identifiers_of(person)
        }
        self.known.look_up(identifiers)
        suppressed = suppressed_reasons(
            identifier for identifier in identifiers if identifier[0] in SUPPRESSIBLE
        )
        return [
            self._decide(row_id, line, person, suppressed)
            for (row_id, line, _), person in zip(rows, people, strict=True)
        ]

    def _name_skills(self, people: Sequence[Person]) -> None:
        """Let the rows say skills as the organization says them: "golang" is Go."""
        words = {word for person in people for word in person.skills} - self.skill_names.keys()
        self.skill_names |= canonical_names(words) if words else {}
        for person in people:
            names = (self.skill_names.get(word, word) for word in person.skills)
            person.skills = list(dict.fromkeys(names))

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
        match = self.known.match(person)
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
        self.known.index((NAME, name_key(person.full_name, person.values)), known)
        self._merge(known, person, decision, policy=Policy.FILL)
        # Everything about a new person is new: the row itself says it.
        decision.changes = []
        return known

    def _policy_of(self, kind: str, policy: Policy) -> ColumnPolicy:
        """What a column does to people here already: as was said of it, else as of the whole file."""
        chosen = self.policies.get(kind)
        if chosen == ColumnPolicy.KEEP or (chosen and policy == self.import_file.policy):
            return chosen
        return ColumnPolicy(policy.value)

    def _merge(self, known: Known, person: Person, decision: Decision, *, policy: Policy) -> None:
        """Add to `known` what the row says; the decision tells it as (label, before, after)."""
        if not self.is_dry_run:
            self.touched[id(known)] = known
        # To people who came with this file every column adds.
        policies = (
            dict.fromkeys(self.fillable, ColumnPolicy.FILL)
            if known.is_ours
            else {kind: self._policy_of(kind, policy) for kind in self.fillable}
        )
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
        for kind, values in person.custom.items():
            self._merge_custom(known, person, decision, kind, values, policies[kind])
        changes += self._merge_source_and_owner(known, person, policies[Field.SOURCE])
        if person.contacted_on and policies[Field.CONTACTED] != ColumnPolicy.KEEP:
            at = datetime.combine(person.contacted_on, datetime.min.time(), UTC).replace(hour=12)
            if known.contacted_at is None or known.contacted_at < at:
                before = f"{known.contacted_at:%-d %b %Y}" if known.contacted_at else ""
                known.contacted_at, known.is_contact_new = at, True
                changes.append(("Last contact", before, f"{at:%-d %b %Y}"))
        # Last: whatever found no place above is in the note by now.
        for body in note_bodies(person):
            if digest(body) not in known.note_digests:
                known.note_digests.add(digest(body))
                known.new_notes.append(body)
                changes.append(("Note", "", body[:200]))

    def _merge_columns(
        self,
        known: Known,
        person: Person,
        decision: Decision,
        policies: dict[str, ColumnPolicy],
    ) -> None:
        for name, value in [("full_name", person.full_name), *person.values.items()]:
            before, policy = known.values[name], policies[KIND_OF_COLUMN[name]]
            if not value or policy == ColumnPolicy.KEEP:
                continue
            # Signs fold to nothing: beside an empty field they are something new.
            if before and fold(value) == fold(before):
                continue
            change = (column_label(name), before, value)
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
        self, known: Known, person: Person, policies: dict[str, ColumnPolicy]
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

    def _merge_custom(
        self,
        known: Known,
        person: Person,
        decision: Decision,
        kind: str,
        values: list[OwnValue],
        policy: ColumnPolicy,
    ) -> None:
        """One of the organization's own fields: filled, added to or replaced, as its column says."""
        custom, held = self.reader.custom, known.custom.get(kind, set())
        one, wanted = custom.fields[kind], set(values)
        if policy == ColumnPolicy.KEEP or wanted <= held:
            return
        text = custom.shown(kind, values)
        # Notes are read by everybody: what stands in a private field does not go there.
        left, end = ("", "left out") if one.is_private else (text, "kept in the note")
        others = [
            holder
            for mark in custom.marks(kind, values)
            for holder in self.known.by_identifier.get(mark, [])
            if holder is not known
        ]
        adds = not held or (one.kind == CustomField.Kind.MULTIPLE and policy == ColumnPolicy.FILL)
        if others:
            person.keep(one.name, left, f"{one.name}: somebody else has “{text[:40]}”: {end}")
        elif not adds and policy == ColumnPolicy.FILL:
            person.keep(one.name, left)
        elif policy == ColumnPolicy.OVERWRITE and held and kind in known.custom_by_hand:
            person.keep(one.name, left, f"{one.name} was set by hand: “{text[:40]}” is {end}")
        else:
            decision.changes.append((one.name, custom.shown(kind, held) if held else "", text))
            if not adds:
                known.replaced.add(one.pk)
                held = set()
            known.new_custom += [(one.pk, value) for value in values if value not in held]
            known.custom[kind] = held | wanted
            for mark in custom.marks(kind, values):
                self.known.index(mark, known)

    def _may_have(
        self, known: Known, person: Person, kind: str, value: str, normalized: str
    ) -> bool:
        """Whether a value is new to `known`. An address of somebody else is kept in the note only."""
        held = {"email": known.emails, "phone": known.phones, "profile": known.links}[kind]
        if (normalized or value) in held:
            return False
        others = [
            holder
            for holder in self.known.by_identifier.get((kind, normalized), [])
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
            self.known.index((kind, normalized), known)
        return True


_ADDED = {"email": "E-mail address", "phone": "Phone number", "profile": "Profile link"}


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

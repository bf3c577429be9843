"""Adding what a row says to the person it is about, as the file's and its columns' policies say."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from candidates.models import CustomField, Import, ImportRow, Note
from candidates.queries.provenance import column_label
from candidates.services.identifying import fold
from candidates.services.importing.custom import CustomColumns, OwnValue
from candidates.services.importing.fields import NAMES, Field
from candidates.services.importing.knowing import Known, KnownPeople, digest
from candidates.services.importing.rows import TEXT_FIELDS, Person
from candidates.services.matching import is_decisive, names_agree
from candidates.services.provenance import is_by_hand

Outcome = ImportRow.Outcome
Policy = Import.Policy
ColumnPolicy = Import.ColumnPolicy
KIND_OF_COLUMN = {
    "full_name": Field.FULL_NAME,
    "country": Field.COUNTRY,
    **{column: kind for kind, column in TEXT_FIELDS.items()},
}
_ADDED = {"email": "E-mail address", "phone": "Phone number", "profile": "Profile link"}


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
    # People here who are called so and work there, though nothing says that this is them.
    likes: list[int] = field(default_factory=list)
    # Addresses and links of somebody else: value, id of a candidate or None, line of this file or None. Names
    # are left to the page: they would outlive their people here.
    holders: list[tuple[str, int | None, int | None]] = field(default_factory=list)
    # Whether the import's pool and tag are for this person.
    joins: bool = False

    def details(self) -> dict[str, Any]:
        parts = {
            "changes": self.changes,
            "proposed": self.proposed,
            "warnings": self.warnings,
            "of_line": self.of_line,
            "likes": self.likes,
            "holders": self.holders,
        }
        return {name: value for name, value in parts.items() if value}


class Adder:
    """Adds rows to people, and remembers to whom."""

    def __init__(self, import_file: Import, custom: CustomColumns, known: KnownPeople) -> None:
        self.file_policy = import_file.policy
        self.owner_name = str(import_file.owner) if import_file.owner else ""
        self.custom = custom
        self.known = known
        self.touched: dict[int, Known] = {}
        self._chosen = {
            str(Field.FULL_NAME if kind in NAMES else kind): ColumnPolicy(policy)
            for kind, policy in import_file.policies.items()
        }
        fillable = [*map(str, Field), *custom.fields]
        # To people who came with this file every column adds.
        self._fill = dict.fromkeys(fillable, ColumnPolicy.FILL)
        self._policies = {
            policy: {kind: self._policy_of(kind, policy) for kind in fillable}
            for policy in (Policy.FILL, Policy.OVERWRITE)
        }

    def _policy_of(self, kind: str, policy: Policy) -> ColumnPolicy:
        """What a column does to people here already: as was said of it, else as of the whole file."""
        chosen = self._chosen.get(kind)
        if chosen == ColumnPolicy.KEEP or (chosen and policy == self.file_policy):
            return chosen
        return ColumnPolicy(policy.value)

    def add(self, known: Known, person: Person, decision: Decision, *, policy: Policy) -> None:
        """Add to `known` what the row says; the decision tells it as (label, before, after)."""
        self.touched[id(known)] = known
        policies = self._fill if known.is_ours else self._policies[policy]
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
                if self._may_have(known, person, decision, kind, value, normalized):
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
        held = set(known.note_digests)
        for body in note_bodies(person):
            if (said := digest(body)) not in held:
                known.note_digests.add(said)
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
            if before and (value == before or fold(value) == fold(before)):
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
        if self.owner_name and not known.has_owner:
            known.has_owner, known.is_owner_new = True, True
            changes.append(("Owner", "", self.owner_name))
        return changes

    def _merge_words(
        self, known: Known, person: Person, policies: dict[str, ColumnPolicy]
    ) -> list[tuple[str, str, str]]:
        changes = []
        for kind, column, label, words, added in [
            ("skill", Field.SKILLS, "Skills", person.skills, known.new_skills),
            ("tag", Field.TAGS, "Tags", person.tags, known.new_tags),
        ]:
            if not words or policies[column] == ColumnPolicy.KEEP:
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
        custom, held = self.custom, known.custom.get(kind, set())
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
        self,
        known: Known,
        person: Person,
        decision: Decision,
        kind: str,
        value: str,
        normalized: str,
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
        if others and (kind == "email" or is_decisive(kind, normalized)):
            holder = others[0]
            decision.holders.append((value, holder.pk, holder.line if holder.is_ours else None))
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


def note_bodies(person: Person) -> list[str]:
    """The notes that a row leaves: what was written as such, and what found no other place."""
    bodies = list(person.notes)
    if person.kept:
        lines = [f"{title}: {text}" for title, text in dict.fromkeys(person.kept)]
        bodies.append("\n".join([Note.IMPORTED, *lines]))
    return bodies

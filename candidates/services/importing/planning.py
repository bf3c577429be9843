"""What becomes of each row: a new person, an update, a duplicate, refused, or invalid.

The check before an import and the import itself decide here, so that the preview keeps its word.
"""

from collections.abc import Iterable, Sequence

from candidates.models import Import
from candidates.services.duplicates.keys import blocks_of, namesake_key
from candidates.services.importing.adding import Adder, Decision, Outcome, Policy
from candidates.services.importing.knowing import (
    COLUMNS,
    NAME_ALONE,
    PERSON,
    Known,
    KnownPeople,
    identifiers_of,
    name_key,
)
from candidates.services.importing.remembering import Memory
from candidates.services.importing.rows import Person, RowReader
from candidates.services.matching import NAME, Identifier
from candidates.services.skills.resolving import canonical_names
from candidates.services.suppressing import Reason, suppressed_reasons

# What may be on the list of those who must not be stored or written to.
SUPPRESSIBLE = frozenset({"email", "phone", "profile"})
BLOCKED = "Refused: this person must not be stored again"
SKIPPED = "Already here: left as it is"
LIKE = "Looks like somebody who is here already"
NOTHING_NEW = "Already here: the file says nothing new"

# Id, line and cells.
Row = tuple[int, int, list[str]]
_NOTHING = dict.fromkeys(COLUMNS, "")
# Chains of rows that share somebody are followed so far.
_MOST_STEPS = 5
_MOST_LIKES = 3


class Planner:
    """Decides rows in the order of the file: those of one batch.

    Earlier rows are known by the people whom they became; in a check, by its `memory`.
    """

    def __init__(
        self, import_file: Import, reader: RowReader, *, memory: Memory | None = None
    ) -> None:
        self.import_file = import_file
        self.source_name = import_file.source.name if import_file.source else ""
        self.reader = reader
        self.memory = memory
        self.known = KnownPeople(import_file, reader.custom, is_locked=memory is None)
        self.adder = Adder(import_file, reader.custom, self.known)
        self.people: list[Person] = []
        self.skill_names: dict[str, str] = {}

    @property
    def touched(self) -> list[Known]:
        """The people to whom rows added something, new ones among them."""
        return list(self.adder.touched.values())

    def decide(self, rows: Sequence[Row]) -> list[Decision]:
        """Decide rows given as (id, line, cells); a handful of queries whatever their number."""
        people = self.people = [self.reader.read(cells) for _, _, cells in rows]
        self._name_skills(people)
        identifiers = {
            identifier
            for person in people
            if not person.problem
            for identifier in identifiers_of(person)
        }
        self.known.look_up(identifiers)
        if self.memory:
            self._recall(self.memory, identifiers)
        suppressed = suppressed_reasons(
            identifier for identifier in identifiers if identifier[0] in SUPPRESSIBLE
        )
        decisions = [
            self._decide(row_id, line, person, suppressed)
            for (row_id, line, _), person in zip(rows, people, strict=True)
        ]
        if self.memory:
            self._name_likes(decisions)
        return decisions

    def _name_likes(self, decisions: Sequence[Decision]) -> None:
        """Say of new people whose name and employer somebody here has that they deserve a look; one query."""
        new = [
            (decision, namesake_key(person.full_name, person.values.get("company", "")))
            for person, decision in zip(self.people, decisions, strict=True)
            if decision.outcome == Outcome.CREATE
        ]
        held = blocks_of({key for _, key in new if key is not None})
        for decision, key in new:
            if key in held:
                decision.likes = sorted(held[key])[:_MOST_LIKES]
                decision.warnings.append(LIKE)

    def _name_skills(self, people: Iterable[Person]) -> None:
        """Let the rows say skills as the organization says them: "golang" is Go."""
        people = list(people)
        words = {word for person in people for word in person.skills} - self.skill_names.keys()
        self.skill_names |= canonical_names(words) if words else {}
        for person in people:
            names = (self.skill_names.get(word, word) for word in person.skills)
            person.skills = list(dict.fromkeys(names))

    def remember(self, decisions: Sequence[Decision]) -> bytes:
        """Keep for the batches to come whom the rows decided last named; returns it as it is stored."""
        if self.memory is None:
            return b""
        return self.memory.add(
            (decision.line, [*identifiers_of(person), *_mark_of(decision.known)])
            for person, decision in zip(self.people, decisions, strict=True)
            if decision.known
        )

    def _recall(self, memory: Memory, identifiers: set[Identifier]) -> None:
        """Decide again, without a word, the earlier rows that are about the same people."""
        people: dict[int, Person] = {}
        lines = memory.lines_of(identifiers | self.known.marks)
        # Whom those name stands in still other lines.
        for _ in range(_MOST_STEPS):
            if not lines:
                break
            rows = self.import_file.rows.filter(line__in=sorted(lines))
            found = {
                line: self.reader.read(cells) for line, cells in rows.values_list("line", "cells")
            }
            self._name_skills(found.values())
            people |= found
            named = {one for person in found.values() for one in identifiers_of(person)}
            self.known.look_up(named)
            lines = memory.lines_of(named | self.known.marks) - people.keys()
        for line in sorted(people):
            self._decide(0, line, people[line], {})

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
        if reason == NAME_ALONE:
            where = f"on line {known.line}" if known.line is not None else "of somebody here"
            person.warnings.append(f"Only the name is the same as {where}: they may be two people")
        skips = self.import_file.policy == Policy.SKIP and not known.is_ours
        if known.line is not None:
            decision.of_line = known.line
            decision.reason = f"Same person as line {known.line}: {reason}"
            if not skips:
                self.adder.add(known, person, decision, policy=Policy.FILL)
            return decision
        known.line = line
        if skips:
            decision.reason = f"{SKIPPED} ({reason})"
            return decision
        self.adder.add(known, person, decision, policy=Policy(self.import_file.policy))
        decision.joins = True
        if decision.changes or decision.proposed:
            decision.outcome, decision.reason = Outcome.UPDATE, f"Found by the {reason}"
        else:
            decision.reason = f"{NOTHING_NEW} ({reason})"
        return decision

    def _new(self, person: Person, decision: Decision) -> Known:
        known = Known(
            pk=None,
            values={**_NOTHING, **person.values, "full_name": person.full_name},
            line=decision.line,
            is_ours=True,
            is_new=True,
            has_owner=True,
        )
        if not person.source and self.source_name:
            known.source, known.is_source_new = self.source_name, True
        self.known.index((NAME, name_key(person.full_name, person.values)), known)
        self.adder.add(known, person, decision, policy=Policy.FILL)
        # Everything about a new person is new: the row itself says it.
        decision.changes = []
        return known


def _mark_of(known: Known | None) -> list[Identifier]:
    return [(PERSON, str(known.pk))] if known and known.pk else []


def count_outcomes(decisions: Iterable[Decision]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for decision in decisions:
        counts[decision.outcome.value] = counts.get(decision.outcome.value, 0) + 1
    return counts

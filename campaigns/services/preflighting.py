"""Before people are put on a sequence: who is written to, who is not and why, who lacks data, and on which days."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from campaigns.models import Sequence
from campaigns.services import enrolling, foretelling, previewing
from campaigns.services.entering import CONTACTED
from campaigns.services.foretelling import Plan
from campaigns.services.previewing import FILLABLE
from candidates.models import Candidate
from candidates.services.candidates import edit_candidate
from crm.accounts.models import User
from crm.tenancy.bulk import among

NAMES_SHOWN = 20


@dataclass
class Refusal:
    """One reason, and the people it keeps out, each with what is special about them."""

    reason: str
    people: list[tuple[Candidate, str]] = field(default_factory=list)
    count: int = 0
    # Whether the recruiter may decide otherwise.
    is_soft: bool = False

    @property
    def hidden(self) -> int:
        return self.count - len(self.people)


@dataclass(frozen=True)
class Missing:
    """A person who lacks values that a mail needs; each as merge field, label, and whether it is filled in here."""

    candidate: Candidate
    fields: list[tuple[str, str, bool]]


@dataclass
class Preflight:
    """What enrolling would do now."""

    sequence: Sequence
    enrolled: int
    refusals: list[Refusal]
    missing: list[Missing]
    plan: Plan
    samples: list[Candidate]

    @property
    def left_out(self) -> int:
        return sum(refusal.count for refusal in self.refusals)

    @property
    def complete(self) -> int:
        """Who gets every mail as it stands."""
        return self.enrolled - len(self.missing)

    @property
    def soft(self) -> int:
        return sum(refusal.count for refusal in self.refusals if refusal.is_soft)


def preflight(sequence: Sequence, ids: list[int], *, despite_contact: bool = False) -> Preflight:
    """Check `ids` and replay the days ahead. Changes nothing."""
    result = enrolling.check_candidates(sequence, ids, despite_contact=despite_contact)
    refused = {pk for pk, _ in result.refused}
    wanted = among(pk for pk in ids if pk not in refused)
    accepted = list(
        Candidate.objects.filter(pk__in=wanted)
        .defer("search_text", "provenance")
        .order_by("full_name", "pk")
    )
    steps = list(sequence.current_steps())
    lacking = previewing.find_missing(steps, accepted, sender=sequence.sender)
    # The plan keeps the order in which they were chosen: that is the order they start in.
    place = {pk: number for number, pk in enumerate(ids)}
    return Preflight(
        sequence=sequence,
        enrolled=result.enrolled,
        refusals=_by_reason(result.refused),
        missing=[Missing(candidate, fields) for candidate, fields in lacking.items()],
        plan=foretelling.foretell(sequence, sorted(accepted, key=lambda one: place[one.pk])),
        samples=accepted[:: max(1, len(accepted) // 5)][:5],
    )


def fill_in(values: Mapping[tuple[int, str], str], *, by: User) -> int:
    """Write values that were typed for people who lack them into their records; returns how many people."""
    typed: dict[int, dict[str, str]] = defaultdict(dict)
    for (candidate_id, name), value in values.items():
        if value.strip() and name in FILLABLE:
            typed[candidate_id][FILLABLE[name]] = value.strip()[:120]
    for candidate in Candidate.objects.filter(pk__in=typed):
        edit_candidate(candidate, by=by, **typed[candidate.pk])
    return len(typed)


def _by_reason(refused: list[tuple[int, str]]) -> list[Refusal]:
    """The refusals grouped, the most frequent reason first, each with its first names."""
    groups: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for pk, sentence in refused:
        # Whoever was contacted lately is one group, whenever and by whomever it was.
        is_soft = sentence.startswith(CONTACTED)
        groups["Was contacted lately." if is_soft else sentence].append(
            (pk, sentence if is_soft else "")
        )
    shown = [pk for rows in groups.values() for pk, _ in rows[:NAMES_SHOWN]]
    people = Candidate.objects.in_bulk(shown)
    refusals = [
        Refusal(
            reason,
            [(people[pk], special) for pk, special in rows[:NAMES_SHOWN] if pk in people],
            len(rows),
            is_soft=bool(rows[0][1]),
        )
        for reason, rows in groups.items()
    ]
    return sorted(refusals, key=lambda refusal: -refusal.count)

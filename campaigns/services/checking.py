"""Checking many people before they are put on a sequence: a batch at a time in the background, like any act on many.

The act changes nobody. What it finds is small, whatever the number of people: how many per reason, the first names
of each, and the days ahead of those who start first. It is forgotten with the selection that it was about.
"""

from collections.abc import Sequence as Several
from typing import Any, TypedDict

from django.urls import reverse

from campaigns.models import Sequence
from campaigns.services import enrolling, foretelling, previewing
from campaigns.services.entering import CONTACTED
from campaigns.services.many_people import reason_of
from campaigns.services.plans import PLAN
from campaigns.services.preflighting import (
    LACKING_SHOWN,
    NAMES_SHOWN,
    SOFT_REASON,
    Preflight,
    lacking,
    refusals_of,
    samples_of,
    warnings_of,
)
from candidates.models import BulkAct, Candidate, ChangeSet, TalentPool
from candidates.services.bulk import Applied, BulkAction, start
from candidates.services.bulk.actions import TargetGone
from crm.accounts.models import User
from crm.tenancy.bulk import among

# The days ahead are played through in the background, so a busy machine gets the same answer. Well before the act
# counts as one that stands still.
MOST_SECONDS = 45.0


class Found(TypedDict):
    """What was found so far, as it stands in the act's row: ids and sentences, no names."""

    enrolled: int
    # Reason to number of people, and to the first of them, each with what is special about them.
    counts: dict[str, int]
    people: dict[str, list[tuple[int, str]]]
    # The same of those whom a company rule warns of.
    warned: dict[str, int]
    warned_people: dict[str, list[int]]
    missing_count: int
    missing: list[int]
    # By language how many are written to in it; empty where no mail is in several.
    languages: dict[str, int]
    # Whom the days ahead are played through with: who starts first; and what came of it, once it is known.
    first: list[int]
    plan: dict[str, Any]


def check_many(
    sequence: Sequence,
    candidate_ids: Several[int],
    *,
    frozen: str,
    despite_contact: bool,
    pool: TalentPool | None,
    by: User,
) -> BulkAct:
    """Ask for the check of exactly these people, whom `frozen` keeps for the confirmation."""
    nothing: Found = {
        "enrolled": 0,
        "counts": {},
        "people": {},
        "warned": {},
        "warned_people": {},
        "missing_count": 0,
        "missing": [],
        "languages": {},
        "first": [],
        "plan": {},
    }
    return start(
        CHECK.name,
        candidate_ids,
        chosen={
            "sequence": sequence.pk,
            "despite_contact": despite_contact,
            "frozen": frozen,
            "pool": pool.pk if pool else None,
            "found": nothing,
        },
        title=f"Check who can be put on “{sequence}”",
        by=by,
    )


def preflight_of(act: BulkAct, sequence: Sequence) -> Preflight:
    """What the check found, with the names as they are now, and the days ahead as they were played through then.

    `act` is done.
    """
    found: Found = act.chosen["found"]
    without = Candidate.objects.filter(pk__in=found["missing"]).order_by("full_name", "pk")
    return Preflight(
        sequence=sequence,
        enrolled=found["enrolled"],
        refusals=refusals_of(
            {
                reason: (count, found["people"].get(reason, []))
                for reason, count in found["counts"].items()
            }
        ),
        missing=lacking(sequence, list(without)),
        missing_count=found["missing_count"],
        plan=PLAN.validate_python(found["plan"]),
        samples=samples_of(_people(found["first"])),
        played=len(found["first"]),
        at=act.finished_at or act.created_at,
        is_kept=True,
        languages=found["languages"],
        warnings=refusals_of(
            {
                sentence: (count, [(pk, "") for pk in found["warned_people"].get(sentence, [])])
                for sentence, count in found["warned"].items()
            }
        ),
    )


def _people(ids: Several[int]) -> list[Candidate]:
    """These people in this order, as far as they are still here."""
    found = Candidate.objects.defer("search_text", "provenance").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def _check(
    change_set: ChangeSet | None, chosen: dict[str, Any], ids: Several[int], by: User
) -> Applied:
    """Check one batch, and add what was found to `chosen`: kept with the batch, or lost with it."""
    sequence = _sequence(chosen)
    found: Found = chosen["found"]
    result = enrolling.check_candidates(sequence, ids, despite_contact=chosen["despite_contact"])
    left_out: dict[str, int] = {}
    for pk, sentence in result.refused:
        is_soft = sentence.startswith(CONTACTED)
        reason = SOFT_REASON if is_soft else sentence
        found["counts"][reason] = found["counts"].get(reason, 0) + 1
        shown = found["people"].setdefault(reason, [])
        if len(shown) < NAMES_SHOWN:
            shown.append((pk, sentence if is_soft else ""))
        left_out[reason_of(sentence)] = left_out.get(reason_of(sentence), 0) + 1
    refused = {pk for pk, _ in result.refused}
    accepted = [pk for pk in ids if pk not in refused]
    people = Candidate.objects.filter(pk__in=among(accepted)).defer("search_text", "provenance")
    missing = previewing.find_missing(sequence.current_steps(), people, sender=sequence.sender)
    for language, count in previewing.count_languages(sequence.current_steps(), people).items():
        found["languages"][language] = found["languages"].get(language, 0) + count
    for pk, sentence in warnings_of(people):
        found["warned"][sentence] = found["warned"].get(sentence, 0) + 1
        named = found["warned_people"].setdefault(sentence, [])
        if len(named) < NAMES_SHOWN:
            named.append(pk)
    found["enrolled"] += result.enrolled
    found["missing_count"] += len(missing)
    room = LACKING_SHOWN - len(found["missing"])
    found["missing"] += [candidate.pk for candidate in missing][: max(0, room)]
    found["first"] += accepted[: max(0, foretelling.MOST_PLAYED - len(found["first"]))]
    return Applied(result.enrolled, left_out)


def _play(chosen: dict[str, Any]) -> None:
    """Play the days ahead through, once it is known who starts: seconds of work, and the same at every look."""
    found: Found = chosen["found"]
    people = _people(found["first"])
    plan = foretelling.foretell(_sequence(chosen), people, seconds=MOST_SECONDS)
    found["plan"] = PLAN.dump_python(plan, mode="json")


def _sequence(chosen: dict[str, Any]) -> Sequence:
    sequence = Sequence.objects.select_related("sender").filter(pk=chosen["sequence"]).first()
    if sequence is None:
        raise TargetGone("sequence")
    return sequence


def _result(act: BulkAct) -> str:
    return reverse("campaigns:checked", args=[act.pk])


CHECK = BulkAction("check_enrolling", _check, is_undoable=False, finish=_play, leads_to=_result)

"""Writing a batch down: people, what was added to others, the timelines, and what became of each row."""

import json
from collections.abc import Iterable, Sequence

from django.utils import timezone

from candidates.models import (
    Candidate,
    CandidateCustomValue,
    CandidateSkill,
    CandidateTag,
    ChangeSet,
    EmailAddress,
    Import,
    ImportRow,
    Note,
    PhoneNumber,
    PoolMembership,
    ProfileLink,
    Proposal,
    Touchpoint,
)
from candidates.services import pools, tagging
from candidates.services.changes.recording import record_created_people, recording
from candidates.services.importing import storing
from candidates.services.importing.adding import Decision, Outcome
from candidates.services.importing.knowing import Known
from candidates.services.informing import A_FILE, start_clock
from candidates.services.searching import refresh_search_text
from candidates.services.timeline import add_touchpoints
from crm.tenancy.bulk import update_rows

STATES = {
    Outcome.CREATE: ImportRow.State.CREATED,
    Outcome.UPDATE: ImportRow.State.UPDATED,
    Outcome.DUPLICATE: ImportRow.State.DUPLICATE,
    Outcome.BLOCKED: ImportRow.State.FAILED,
    Outcome.INVALID: ImportRow.State.FAILED,
}


# Of these an import only adds rows to people who are here already.
GROWN = (
    EmailAddress,
    PhoneNumber,
    ProfileLink,
    CandidateSkill,
    CandidateTag,
    PoolMembership,
    Proposal,
    Note,
    Touchpoint,
)


def write_batch(
    import_file: Import,
    change_set: ChangeSet,
    decisions: Sequence[Decision],
    touched: Iterable[Known],
) -> None:
    """Store people, what was added to others, and each row's outcome; the caller holds the transaction.

    All of it is written down in `change_set`.
    """
    now = timezone.now()
    people = list(touched)
    new = [known for known in people if known.is_new]
    changed = [known for known in people if not known.is_new]
    ids = [known.pk for known in changed if known.pk]
    compared = (
        [Candidate, CandidateCustomValue]
        if any(known.new_custom for known in changed)
        else [Candidate]
    )
    with recording(change_set, ids, compared=compared if ids else [], grown=GROWN if ids else []):
        sources = storing.sources_named(change_set, people)
        storing.insert_candidates(import_file, new, sources, now)
        storing.update_candidates(import_file, changed, sources, now)
        storing.insert_identifiers(import_file, people, now)
        start_clock([known.pk for known in new if known.pk], learned_from=A_FILE, at=now)
        storing.insert_words(import_file, change_set, people, now)
        storing.write_custom_values(import_file, people, now)
        storing.insert_proposals(import_file, changed, now)
        storing.insert_notes(import_file, people, now)
        refresh_search_text(
            known.pk
            for known in people
            if known.pk
            and (
                known.new_custom
                or (
                    not known.is_new
                    and (known.columns or known.new_emails or known.new_phones or known.new_skills)
                )
            )
        )
        _tell_timelines(import_file, new, decisions)
        _join(import_file, decisions)
    record_created_people(change_set, [known.pk for known in new if known.pk])
    _write_outcomes(decisions)


def _tell_timelines(import_file: Import, new: list[Known], decisions: Sequence[Decision]) -> None:
    """ "Imported" for who is new; for others which fields came from the file."""
    link, by = f"candidates/imports/{import_file.pk}/", import_file.created_by
    add_touchpoints(
        [known.pk for known in new if known.pk],
        Touchpoint.Kind.IMPORTED,
        f"Imported from {import_file.file_name}",
        actor=by,
        link=link,
    )
    labels: dict[int, set[str]] = {}
    for decision in decisions:
        known = decision.known
        if known is not None and known.pk and not known.is_new and decision.changes:
            labels.setdefault(known.pk, set()).update(label for label, _, _ in decision.changes)
    groups: dict[str, list[int]] = {}
    for pk, names in labels.items():
        groups.setdefault(", ".join(sorted(name.lower() for name in names)), []).append(pk)
    for words, ids in groups.items():
        add_touchpoints(
            ids,
            Touchpoint.Kind.IMPORTED,
            f"From {import_file.file_name}: {words}",
            actor=by,
            link=link,
        )


def _join(import_file: Import, decisions: Sequence[Decision]) -> None:
    """Put people into the import's pool, and its tag on them."""
    ids = list(
        dict.fromkeys(
            decision.known.pk
            for decision in decisions
            if decision.joins and decision.known and decision.known.pk
        )
    )
    if not ids:
        return
    by = import_file.created_by
    # The pool may have been put away since it was chosen; the report says so.
    if import_file.pool and not import_file.pool.archived_at:
        pools.add_to_pool(import_file.pool, ids, by=by, reason=f"Import: {import_file.file_name}")
    if import_file.tag and by:
        tagging.tag_candidates(import_file.tag, ids, by=by)


def _write_outcomes(decisions: Sequence[Decision]) -> None:
    """What became of each row. Of a refused person nothing stays, not even the cells."""
    rows = (
        (
            decision.row_id,
            STATES[decision.outcome].value,
            decision.known.pk if decision.known else None,
            *_planned(decision),
        )
        for decision in decisions
    )
    update_rows(
        ImportRow,
        {"state": "text", "candidate_id": "bigint", **_PLANNED},
        rows,
        f"state = fresh.state, candidate_id = fresh.candidate_id, {_SET_PLANNED},"
        " cells = CASE WHEN fresh.outcome = %s THEN '[]'::jsonb ELSE stored.cells END",
        [Outcome.BLOCKED.value],
    )


_PLANNED = {"outcome": "text", "reason": "text", "details": "jsonb"}
_SET_PLANNED = ", ".join(f"{name} = fresh.{name}" for name in _PLANNED)


def _planned(decision: Decision) -> tuple[str, str, str]:
    details = decision.details()
    return decision.outcome.value, decision.reason[:300], json.dumps(details) if details else "{}"


def write_plan(decisions: Sequence[Decision]) -> None:
    """What the check expects of each row. That a row is somebody new and nothing else is stored already."""
    told = [
        decision
        for decision in decisions
        if decision.outcome != Outcome.CREATE or decision.details()
    ]
    if told:
        rows = ((decision.row_id, *_planned(decision)) for decision in told)
        update_rows(ImportRow, _PLANNED, rows, _SET_PLANNED)


def forget_plan(import_file: Import) -> None:
    """Expect of every row that it is somebody new, as it was when the file was read."""
    planned = import_file.rows.exclude(outcome=Outcome.CREATE, details={}, reason="")
    planned.update(outcome=Outcome.CREATE, details={}, reason="")

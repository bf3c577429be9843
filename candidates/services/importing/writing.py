"""Storing what was decided for a batch of rows: a fixed number of statements, whatever the batch holds."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import connection
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
    Skill,
    Source,
    Tag,
    Touchpoint,
)
from candidates.services import pools, tagging
from candidates.services.changes.recording import record_created, record_created_people, recording
from candidates.services.identifying import fold
from candidates.services.importing.custom import STORED
from candidates.services.importing.knowing import COLUMNS, Known
from candidates.services.importing.planning import Decision, Outcome
from candidates.services.provenance import REST, Entry, from_import
from candidates.services.searching import refresh_search_text, search_text
from candidates.services.skills.resolving import skills_named
from candidates.services.timeline import add_touchpoints
from crm.tenancy.scope import current_organization

STATES = {
    Outcome.CREATE: ImportRow.State.CREATED,
    Outcome.UPDATE: ImportRow.State.UPDATED,
    Outcome.DUPLICATE: ImportRow.State.DUPLICATE,
    Outcome.BLOCKED: ImportRow.State.FAILED,
    Outcome.INVALID: ImportRow.State.FAILED,
}


@dataclass(frozen=True)
class Column:
    """One column of a set of rows, with its Postgres type."""

    name: str
    kind: Literal["bigint", "text", "boolean", "timestamptz", "integer", "jsonb", "numeric", "date"]
    values: Sequence[Any]


def insert_rows(
    table: str, *columns: Column, conflict: str = "", constants: dict[str, Any] | None = None
) -> None:
    """Insert rows given by column, in one statement; `constants` are the same in every row."""
    if not columns[0].values:
        return
    fixed = {"organization_id": current_organization().pk, **(constants or {})}
    names = ", ".join([*fixed, *(column.name for column in columns)])
    places = ", ".join(["%s"] * len(fixed))
    arrays = ", ".join(f"%s::{column.kind}[]" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            # Table and column names are constants of this package.
            f"INSERT INTO {table} ({names}) SELECT {places}, * FROM unnest({arrays}) {conflict}",  # noqa: S608
            [*fixed.values(), *(list(column.values) for column in columns)],
        )


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
        sources = _sources(change_set, people)
        _insert_candidates(import_file, new, sources, now)
        _update_candidates(import_file, changed, sources, now)
        _insert_identifiers(import_file, people, now)
        _insert_words(import_file, change_set, people, now)
        _write_custom_values(import_file, people, now)
        _insert_proposals(import_file, changed, now)
        _insert_notes(import_file, people, now)
        refresh_search_text(
            known.pk
            for known in people
            if known.pk
            and (known.new_custom or (not known.is_new and (known.columns or known.new_emails)))
        )
        _tell_timelines(import_file, new, decisions)
        _join(import_file, decisions)
    record_created_people(change_set, [known.pk for known in new if known.pk])
    _write_outcomes(decisions)


def _sources(change_set: ChangeSet, people: Iterable[Known]) -> dict[str, int]:
    """Source ids by folded name; names that are new become sources."""
    wanted = {fold(known.source): known.source for known in people if known.is_source_new}
    if not wanted:
        return {}

    def stored() -> dict[str, int]:
        rows = Source.objects.order_by("-pk").values_list("name", "pk")
        return {fold(name): pk for name, pk in rows}

    known = stored()
    missing = [name for folded, name in wanted.items() if folded not in known]
    if missing:
        Source.objects.bulk_create([Source(name=name) for name in missing], ignore_conflicts=True)
        record_created(change_set, Source.objects.filter(name__in=missing))
        known = stored()
    return known


def _insert_candidates(
    import_file: Import, new: list[Known], sources: dict[str, int], now: datetime
) -> None:
    if not new:
        return
    for known, pk in zip(new, _next_ids(len(new)), strict=True):
        known.pk = pk
    insert_rows(
        "candidates_candidate",
        Column("id", "bigint", [known.pk for known in new]),
        *(Column(name, "text", [known.values[name] for known in new]) for name in COLUMNS),
        Column("source_id", "bigint", [sources.get(fold(known.source)) for known in new]),
        Column("last_contacted_at", "timestamptz", [known.contacted_at for known in new]),
        Column(
            "search_text",
            "text",
            [
                search_text(
                    known.values["full_name"],
                    known.values["preferred_name"],
                    known.values["company"],
                    known.values["headline"],
                    *(normalized for _, normalized in known.new_emails),
                )
                for known in new
            ],
        ),
        constants={
            "owner_id": import_file.owner_id,
            "created_by_id": import_file.created_by_id,
            "status": Candidate.Status.NEW,
            "lawful_basis": import_file.lawful_basis,
            "created_at": now,
            "updated_at": now,
            "provenance": json.dumps({REST: from_import(import_file, at=now).as_json()}),
        },
    )


def _next_ids(number: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('candidates_candidate', 'id'))"
            " FROM generate_series(1, %s)",
            [number],
        )
        return sorted(pk for (pk,) in cursor.fetchall())


def _update_candidates(
    import_file: Import, changed: list[Known], sources: dict[str, int], now: datetime
) -> None:
    """Write the columns of people who were here already; their rows are locked since they were read."""
    rows = [
        known
        for known in changed
        if known.columns or known.is_source_new or known.is_owner_new or known.is_contact_new
    ]
    if not rows:
        return
    entry = from_import(import_file, at=now).as_json()
    columns = [
        Column("id", "bigint", [known.pk for known in rows]),
        *(Column(name, "text", [known.values[name] for known in rows]) for name in COLUMNS),
        Column(
            "source_id",
            "bigint",
            [sources.get(fold(known.source)) if known.is_source_new else None for known in rows],
        ),
        Column(
            "owner_id",
            "bigint",
            [import_file.owner_id if known.is_owner_new else None for known in rows],
        ),
        Column("last_contacted_at", "timestamptz", [known.contacted_at for known in rows]),
        Column("provenance", "jsonb", [json.dumps(_entries(known, entry)) for known in rows]),
    ]
    texts = ", ".join(f"{name} = fresh.{name}" for name in COLUMNS)
    kept = ", ".join(
        f"{name} = coalesce(fresh.{name}, stored.{name})"
        for name in ("source_id", "owner_id", "last_contacted_at")
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE candidates_candidate AS stored SET {texts}, {kept},"  # noqa: S608
            " provenance = stored.provenance || fresh.provenance, updated_at = %s"
            f" FROM unnest({', '.join(f'%s::{column.kind}[]' for column in columns)})"
            f" AS fresh ({', '.join(column.name for column in columns)})"
            " WHERE stored.organization_id = %s AND stored.id = fresh.id",
            [now, *(list(column.values) for column in columns), current_organization().pk],
        )


def _entries(known: Known, entry: Entry) -> dict[str, Entry]:
    """What the columns that are set now say of where they come from."""
    names = [*known.columns]
    if known.is_source_new:
        names.append("source")
    if known.is_owner_new:
        names.append("owner")
    return dict.fromkeys(names, entry)


def _insert_identifiers(import_file: Import, people: list[Known], now: datetime) -> None:
    constants = from_import(import_file, at=now).as_columns()
    emails = [
        (known.pk, address, normalized, index == 0 and len(known.emails) == len(known.new_emails))
        for known in people
        for index, (address, normalized) in enumerate(known.new_emails)
    ]
    insert_rows(
        "candidates_emailaddress",
        *_columns(
            emails,
            ("candidate_id", "bigint"),
            ("address", "text"),
            ("normalized", "text"),
            ("is_primary", "boolean"),
        ),
        constants={**constants, "state": "unknown"},
    )
    for table, column, attribute in [
        ("candidates_phonenumber", "number", "new_phones"),
        ("candidates_profilelink", "url", "new_links"),
    ]:
        rows = [
            (known.pk, value, normalized)
            for known in people
            for value, normalized in getattr(known, attribute)
        ]
        insert_rows(
            table,
            *_columns(rows, ("candidate_id", "bigint"), (column, "text"), ("normalized", "text")),
            constants=constants,
        )


def _columns(rows: Sequence[tuple[Any, ...]], *names: tuple[str, Any]) -> list[Column]:
    """Rows turned into columns."""
    values = zip(*rows, strict=True) if rows else ([] for _ in names)
    return [
        Column(name, kind, list(cells)) for (name, kind), cells in zip(names, values, strict=True)
    ]


def _insert_words(
    import_file: Import, change_set: ChangeSet, people: list[Known], now: datetime
) -> None:
    """Skills and tags of rows; those that nobody had become labels."""
    origin = from_import(import_file, at=now).as_columns()
    kinds: list[tuple[type[Skill | Tag], str, str, str, dict[str, Any]]] = [
        (Skill, "new_skills", "candidates_candidateskill", "skill_id", origin),
        (Tag, "new_tags", "candidates_candidatetag", "tag_id", {}),
    ]
    for model, attribute, table, column, constants in kinds:
        words = {fold(word)[:60]: word for known in people for word in getattr(known, attribute)}
        if not words:
            continue
        ids = dict(model.objects.filter(normalized__in=words).values_list("normalized", "pk"))
        missing = [word for folded, word in words.items() if folded not in ids]
        if not missing:
            labels: list[Skill] | list[Tag] = []
        elif model is Skill:
            labels = skills_named(missing)
        else:
            labels = tagging.labels_named(Tag, missing)
        made = {label.normalized: label.pk for label in labels}
        if made:
            record_created(change_set, model.objects.filter(pk__in=made.values()))
        ids |= made
        rows = [
            (known.pk, ids[fold(word)[:60]])
            for known in people
            for word in getattr(known, attribute)
        ]
        insert_rows(
            table,
            *_columns(rows, ("candidate_id", "bigint"), (column, "bigint")),
            conflict="ON CONFLICT DO NOTHING",
            constants=constants,
        )


def _write_custom_values(import_file: Import, people: list[Known], now: datetime) -> None:
    """What the organization's own fields hold now; values that were replaced go."""
    _delete_replaced(people)
    rows = [
        (known.pk, field_id, *value.stored)
        for known in people
        for field_id, value in known.new_custom
    ]
    insert_rows(
        "candidates_candidatecustomvalue",
        *_columns(rows, ("candidate_id", "bigint"), ("field_id", "bigint"), *STORED),
        constants=from_import(import_file, at=now).as_columns(),
    )


def _delete_replaced(people: list[Known]) -> None:
    pairs = [(known.pk, field_id) for known in people for field_id in known.replaced]
    if not pairs:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM candidates_candidatecustomvalue stored"
            " USING unnest(%s::bigint[], %s::bigint[]) AS gone (candidate_id, field_id)"
            " WHERE stored.organization_id = %s AND stored.candidate_id = gone.candidate_id"
            " AND stored.field_id = gone.field_id",
            [*(list(column) for column in zip(*pairs, strict=True)), current_organization().pk],
        )


def _insert_proposals(import_file: Import, changed: list[Known], now: datetime) -> None:
    """Values that would have replaced what a person typed."""
    rows = [(known.pk, name, value) for known in changed for name, value in known.proposals.items()]
    insert_rows(
        "candidates_proposal",
        *_columns(rows, ("candidate_id", "bigint"), ("field", "text"), ("value", "text")),
        conflict="ON CONFLICT DO NOTHING",
        constants=from_import(import_file, at=now).as_columns(),
    )


def _insert_notes(import_file: Import, people: list[Known], now: datetime) -> None:
    """Notes with their timeline entries."""
    rows = [(known.pk, body) for known in people for body in known.new_notes]
    if not rows:
        return
    author, organization = import_file.created_by_id, current_organization().pk
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH written AS ("
            " INSERT INTO candidates_note"
            " (organization_id, candidate_id, author_id, body, is_private, created_at)"
            " SELECT %s, candidate_id, %s, body, false, %s"
            " FROM unnest(%s::bigint[], %s::text[]) AS fresh (candidate_id, body)"
            " RETURNING id, candidate_id)"
            " INSERT INTO candidates_touchpoint"
            " (organization_id, candidate_id, kind, at, actor_id, summary, body, note_id, link)"
            " SELECT %s, candidate_id, %s, %s, %s, 'Note', '', id, '' FROM written",
            [
                organization,
                author,
                now,
                [pk for pk, _ in rows],
                [body for _, body in rows],
                organization,
                Touchpoint.Kind.NOTE,
                now,
                author,
            ],
        )


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
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE candidates_importrow AS stored SET state = fresh.state,"
            " outcome = fresh.outcome, reason = fresh.reason, details = fresh.details::jsonb,"
            " candidate_id = fresh.candidate_id,"
            " cells = CASE WHEN fresh.outcome = %s THEN '[]'::jsonb ELSE stored.cells END"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[])"
            " AS fresh (id, state, outcome, reason, details, candidate_id)"
            " WHERE stored.organization_id = %s AND stored.id = fresh.id",
            [
                Outcome.BLOCKED,
                [decision.row_id for decision in decisions],
                [STATES[decision.outcome] for decision in decisions],
                [decision.outcome.value for decision in decisions],
                [decision.reason[:300] for decision in decisions],
                [json.dumps(decision.details()) for decision in decisions],
                [decision.known.pk if decision.known else None for decision in decisions],
                current_organization().pk,
            ],
        )


def write_plan(decisions: Sequence[Decision]) -> None:
    """What the check expects of each row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE candidates_importrow AS stored SET outcome = fresh.outcome,"
            " reason = fresh.reason, details = fresh.details::jsonb"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[])"
            " AS fresh (id, outcome, reason, details)"
            " WHERE stored.organization_id = %s AND stored.id = fresh.id",
            [
                [decision.row_id for decision in decisions],
                [decision.outcome.value for decision in decisions],
                [decision.reason[:300] for decision in decisions],
                [json.dumps(decision.details()) for decision in decisions],
                current_organization().pk,
            ],
        )

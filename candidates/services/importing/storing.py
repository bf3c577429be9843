"""Storing people and what was added to others: a fixed number of statements, whatever the batch holds."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from candidates.models import (
    Candidate,
    CandidateCustomValue,
    CandidateSkill,
    CandidateTag,
    ChangeSet,
    EmailAddress,
    Import,
    PhoneNumber,
    ProfileLink,
    Proposal,
    Skill,
    Source,
    Tag,
    Touchpoint,
)
from candidates.services import tagging
from candidates.services.changes.recording import record_created
from candidates.services.identifying import fold
from candidates.services.importing.custom import STORED
from candidates.services.importing.knowing import COLUMNS, Known
from candidates.services.provenance import REST, Entry, from_import
from candidates.services.searching import search_text
from candidates.services.skills.resolving import skills_named
from crm.tenancy.bulk import array_of, insert_rows, update_rows
from crm.tenancy.models import OwnedModel
from crm.tenancy.scope import current_organization


def sources_named(change_set: ChangeSet, people: Iterable[Known]) -> dict[str, int]:
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


def insert_candidates(
    import_file: Import, new: list[Known], sources: dict[str, int], now: datetime
) -> None:
    if not new:
        return
    for known, pk in zip(new, _next_ids(len(new)), strict=True):
        known.pk = pk
    insert_rows(
        Candidate,
        {
            "id": [known.pk for known in new],
            **{name: [known.values[name] for known in new] for name in COLUMNS},
            "source_id": [sources.get(fold(known.source)) for known in new],
            "last_contacted_at": [known.contacted_at for known in new],
            "imported_contact_at": [known.contacted_at for known in new],
            "search_text": [
                search_text(
                    known.values["full_name"],
                    known.values["preferred_name"],
                    known.values["company"],
                    known.values["headline"],
                    known.values["city"],
                    *(normalized for _, normalized in known.new_emails),
                    *(normalized for _, normalized in known.new_phones),
                    *known.new_skills,
                )
                for known in new
            ],
        },
        owner_id=import_file.owner_id,
        created_by_id=import_file.created_by_id,
        lawful_basis=import_file.lawful_basis,
        created_at=now,
        updated_at=now,
        provenance={REST: from_import(import_file, at=now).as_json()},
    )


def _next_ids(number: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            # The sequence is looked up once, not for each number.
            "SELECT nextval(ids.sequence) FROM generate_series(1, %s),"
            " (SELECT pg_get_serial_sequence('candidates_candidate', 'id')::regclass AS sequence OFFSET 0) ids",
            [number],
        )
        return sorted(pk for (pk,) in cursor.fetchall())


def update_candidates(
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
    columns = {
        **dict.fromkeys(COLUMNS, "text"),
        "source_id": "bigint",
        "owner_id": "bigint",
        "last_contacted_at": "timestamptz",
        "imported_contact_at": "timestamptz",
        "provenance": "jsonb",
    }
    fresh = (
        (
            known.pk,
            *(known.values[name] for name in COLUMNS),
            sources.get(fold(known.source)) if known.is_source_new else None,
            import_file.owner_id if known.is_owner_new else None,
            known.contacted_at,
            known.contacted_at if known.is_contact_new else None,
            json.dumps(_entries(known, entry)),
        )
        for known in rows
    )
    texts = ", ".join(f"{name} = fresh.{name}" for name in COLUMNS)
    kept = ", ".join(
        f"{name} = coalesce(fresh.{name}, stored.{name})"
        for name in ("source_id", "owner_id", "last_contacted_at", "imported_contact_at")
    )
    sets = f"{texts}, {kept}, provenance = stored.provenance || fresh.provenance, updated_at = %s"
    update_rows(Candidate, columns, fresh, sets, [now])


def _entries(known: Known, entry: Entry) -> dict[str, Entry]:
    """What the columns that are set now say of where they come from."""
    names = [*known.columns]
    if known.is_source_new:
        names.append("source")
    if known.is_owner_new:
        names.append("owner")
    return dict.fromkeys(names, entry)


def insert_identifiers(import_file: Import, people: list[Known], now: datetime) -> None:
    whence = from_import(import_file, at=now).as_columns()
    emails = [
        (known.pk, address, normalized, index == 0 and len(known.emails) == len(known.new_emails))
        for known in people
        for index, (address, normalized) in enumerate(known.new_emails)
    ]
    _insert(EmailAddress, ("candidate_id", "address", "normalized", "is_primary"), emails, **whence)
    phones = [
        (known.pk, number, normalized)
        for known in people
        for number, normalized in known.new_phones
    ]
    _insert(PhoneNumber, ("candidate_id", "number", "normalized"), phones, **whence)
    links = [(known.pk, url, normalized) for known in people for url, normalized in known.new_links]
    _insert(ProfileLink, ("candidate_id", "url", "normalized"), links, **whence)


def _insert(
    model: type[OwnedModel],
    names: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    ignore_conflicts: bool = False,
    **same: Any,
) -> None:
    """`insert_rows` for rows that are given one by one."""
    if rows:
        columns = dict(zip(names, zip(*rows, strict=True), strict=True))
        insert_rows(model, columns, ignore_conflicts=ignore_conflicts, **same)


def insert_words(
    import_file: Import, change_set: ChangeSet, people: list[Known], now: datetime
) -> None:
    """Skills and tags of rows; those that nobody had become labels."""
    origin = from_import(import_file, at=now).as_columns()
    kinds: list[tuple[type[Skill | Tag], str, type[OwnedModel], str, dict[str, Any]]] = [
        (Skill, "new_skills", CandidateSkill, "skill_id", origin),
        (Tag, "new_tags", CandidateTag, "tag_id", {}),
    ]
    for model, attribute, worn, column, whence in kinds:
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
        _insert(worn, ("candidate_id", column), rows, ignore_conflicts=True, **whence)


def write_custom_values(import_file: Import, people: list[Known], now: datetime) -> None:
    """What the organization's own fields hold now; values that were replaced go."""
    _delete_replaced(people)
    rows = [
        (known.pk, field_id, *value.stored)
        for known in people
        for field_id, value in known.new_custom
    ]
    _insert(
        CandidateCustomValue,
        ("candidate_id", "field_id", *STORED),
        rows,
        **from_import(import_file, at=now).as_columns(),
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


def insert_proposals(import_file: Import, changed: list[Known], now: datetime) -> None:
    """Values that would have replaced what a person typed."""
    rows = [(known.pk, name, value) for known in changed for name, value in known.proposals.items()]
    _insert(
        Proposal,
        ("candidate_id", "field", "value"),
        rows,
        ignore_conflicts=True,
        **from_import(import_file, at=now).as_columns(),
    )


def insert_notes(import_file: Import, people: list[Known], now: datetime) -> None:
    """Notes with their timeline entries."""
    rows = [(known.pk, body) for known in people if known.pk for body in known.new_notes]
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
                array_of(pk for pk, _ in rows),
                array_of(body for _, body in rows),
                organization,
                Touchpoint.Kind.NOTE,
                now,
                author,
            ],
        )

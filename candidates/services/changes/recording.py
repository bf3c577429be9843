"""Writing down what is done: set-based and exact, rows as Postgres itself puts them into JSON."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction
from django.db.models import Count, F, Q, Value
from django.utils import timezone

from candidates.models import Candidate, Change, ChangeMark, ChangeSet, Resume, Touchpoint
from candidates.services.changes.registry import CHANGES, PEOPLE, Belonging, belongings
from crm.accounts.models import User
from crm.audit.models import AuditEntry
from crm.audit.services import record
from crm.tenancy.bulk import array_of
from crm.tenancy.scope import current_organization

Action = Change.Action
# Kept by the code itself, or told of by `Change.provenance`. What a file says is in the file alone: it outlives people
# here, who leave their changes behind when they are taken out again.
BOOKKEEPING = {
    "candidates.Candidate": ("search_text", "provenance", "heat"),
    "candidates.Resume": ("text", "fields", "notices", "search_text"),
}


@transaction.atomic
def open_change_set(
    kind: ChangeSet.Kind, title: str, *, by: User | None, link: str = ""
) -> ChangeSet:
    """Begin to write down one act. The title must not name a candidate: it outlives them."""
    return ChangeSet.objects.create(kind=kind, title=title[:300], created_by=by, link=link)


@transaction.atomic
def close_change_set(change_set: ChangeSet) -> ChangeSet:
    """The act is done: count it; from now on it can be taken back."""
    people = Q(action=Action.CREATE, model=Candidate._meta.label)
    change_set.counts = change_set.changes.aggregate(
        people=Count("candidate", distinct=True),
        created=Count("pk", filter=people),
        # Entries of the timeline tell of changes, they are none; nor is what follows from whose a résumé is.
        changes=Count(
            "pk",
            filter=~people
            & ~Q(model=Touchpoint._meta.label)
            & ~Q(model=Resume._meta.label, action=Action.UPDATE),
        ),
        steps=Count("pk"),
    )
    change_set.state, change_set.applied_at = ChangeSet.State.APPLIED, timezone.now()
    change_set.save(update_fields=["counts", "state", "applied_at"])
    record("changes.applied", change_set, by=change_set.created_by, **change_set.counts)
    return change_set


# People who are new


def record_created_people(change_set: ChangeSet, candidate_ids: Sequence[int]) -> None:
    """These people were added, with everything that they have by now: call it last in the transaction.

    One change each. Whatever they get afterwards is somebody else's doing, and keeps them from being
    removed by an undo.
    """
    if not candidate_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH fresh AS (INSERT INTO candidates_change (organization_id, change_set_id,"
            " candidate_id, action, model, object_id, field, outcome, reason)"
            " SELECT %s, %s, id, %s, %s, id, '', '', '' FROM unnest(%s::bigint[]) AS id RETURNING id)"
            " SELECT max(id) FROM fresh",
            [
                current_organization().pk,
                change_set.pk,
                Action.CREATE,
                Candidate._meta.label,
                array_of(candidate_ids),
            ],
        )
        ((last_change,),) = cursor.fetchall()
    ChangeMark.objects.create(change_set=change_set, last_change=last_change, ids=highest_ids())


def highest_ids(watched: Iterable[type[models.Model]] = ()) -> dict[str, int]:
    """How far each table that belongs to people is filled in this organization: label to highest id."""
    chosen = list(watched) or [
        AuditEntry,
        *(belonging.model for belonging in belongings() if not belonging.is_loose),
    ]
    parts = [
        f"SELECT %s, (SELECT max(id) FROM {model._meta.db_table} WHERE organization_id = %s)"  # noqa: S608
        for model in chosen
    ]
    organization = current_organization().pk
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(parts),
            [value for model in chosen for value in (model._meta.label, organization)],
        )
        return {label: highest or 0 for label, highest in cursor.fetchall()}


# Rows of people who are here already


def record_created(
    change_set: ChangeSet, rows: "models.QuerySet[Any]", *, came_with: int | None = None
) -> int:
    """These rows were added by the act. Rows that belong to nobody (a new tag) go when nobody uses them.

    `came_with` is the person in whose words such a row is named: whoever erases them erases that, too.
    """
    return _record_rows(change_set, rows, Action.CREATE, came_with=came_with)


def record_deleted(change_set: ChangeSet, rows: "models.QuerySet[Any]") -> int:
    """These rows are about to be deleted by the act: call it before."""
    return _record_rows(change_set, rows, Action.DELETE)


def _record_rows(
    change_set: ChangeSet,
    rows: "models.QuerySet[Any]",
    action: Action,
    *,
    came_with: int | None = None,
) -> int:
    """One statement, which finds the rows itself: their ids never come here."""
    belonging = _belonging(rows.model)
    nobody = Value(came_with, output_field=models.BigIntegerField())
    owner = F(belonging.path) if belonging else nobody
    chosen = rows.order_by("pk").values_list("pk", owner)
    try:
        found, parameters = chosen.query.sql_with_params()
    except EmptyResultSet:
        return 0
    organization = current_organization().pk
    return _insert(
        "SELECT %s, %s, given.owner::bigint, %s, %s, held.id, '', to_jsonb(held), '', ''"  # noqa: S608
        f" FROM ({found}) AS given (id, owner)"
        f" JOIN {rows.model._meta.db_table} held ON held.organization_id = %s AND held.id = given.id"
        " ORDER BY given.id",
        [organization, change_set.pk, action, rows.model._meta.label, *parameters, organization],
        side="after" if action == Action.CREATE else "before",
    )


def _insert(select: str, parameters: Sequence[Any], *, side: str) -> int:
    """Insert changes of which one side is a whole row; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO candidates_change (organization_id, change_set_id, candidate_id, action,"
            f" model, object_id, field, {side}, outcome, reason) {select}",
            parameters,
        )
        return int(cursor.rowcount)


def _belonging(model: type[models.Model]) -> Belonging | None:
    everything = (PEOPLE, *belongings(), CHANGES)
    return next((found for found in everything if found.model is model), None)


# Any code at all


@contextmanager
def recording_people(
    change_set: ChangeSet, candidate_ids: Iterable[int], *, survivor: int | None = None
) -> Iterator[None]:
    """Write down whatever the block does to these people and to any row that belongs to them.

    `survivor` is the person to whom the changes of deleted people are attached: whoever is erased
    takes them along. The people should be locked; all of it is one transaction.
    """
    watched = [belonging.model for belonging in belongings()]
    with recording(
        change_set, candidate_ids, compared=[Candidate, *watched, Change], survivor=survivor
    ):
        yield


@contextmanager
def recording(
    change_set: ChangeSet,
    candidate_ids: Iterable[int],
    *,
    compared: Sequence[type[models.Model]] = (),
    grown: Sequence[type[models.Model]] = (),
    joining: "Sequence[models.QuerySet[Any]]" = (),
    survivor: int | None = None,
) -> Iterator[None]:
    """Write down what the block does to these people in some models only.

    `compared` models are held against what they were; of `grown` ones only new rows are looked for,
    which is cheap where a table is long and nothing in it changes. Lock the people first (`lock_people`) where they are
    compared: what others wrote before the block had them would be its own. `joining` are rows of compared models that
    are nobody's, or somebody else's, until the block gives them to these people.
    """
    ids = sorted(set(candidate_ids))
    if not ids:
        yield
        return
    full = [found for model in compared if (found := _belonging(model))]
    marks = highest_ids(grown) if grown else {}
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE candidates_before"
            " (model text, id bigint, owner bigint, content jsonb) ON COMMIT DROP"
        )
    for belonging in full:
        rows = belonging.rows_about(ids)
        for others in joining:
            if others.model is belonging.model:
                rows |= others
        _remember(belonging, change_set, rows)
    yield
    # What an undo does first comes last: people who are gone return before their rows do.
    children = [belonging for belonging in full if belonging is not PEOPLE]
    for belonging in reversed(children):
        _write_deleted(change_set, belonging, survivor)
    for belonging in full:
        _write_updated(change_set, belonging)
    for belonging in children:
        _write_created(change_set, belonging, ids)
    for model in grown:
        belonging = known_belonging(model)
        record_created(change_set, belonging.rows_of(ids).filter(pk__gt=marks[belonging.label]))
    if PEOPLE in full:
        _write_deleted(change_set, PEOPLE, survivor)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE candidates_before")


def known_belonging(model: type[models.Model]) -> Belonging:
    """How `model` belongs to people; raises for one that does not."""
    found = _belonging(model)
    if found is None:
        raise ValueError(f"{model._meta.label} does not belong to candidates.")
    return found


def _held(belonging: Belonging) -> str:
    """A row as JSON. Of earlier changes only the person is compared: they are not to be copied."""
    if belonging is CHANGES:
        return "jsonb_build_object('id', held.id, 'candidate_id', held.candidate_id)"
    return "to_jsonb(held)"


def _remember(belonging: Belonging, change_set: ChangeSet, rows: "models.QuerySet[Any]") -> None:
    if belonging is CHANGES:
        rows = rows.exclude(change_set=change_set)
    found = list(rows.order_by("pk").values_list("pk", belonging.path))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO candidates_before SELECT %s, held.id, given.owner, {_held(belonging)}"  # noqa: S608
            " FROM unnest(%s::bigint[], %s::bigint[]) AS given (id, owner)"
            f" JOIN {belonging.table} held ON held.organization_id = %s AND held.id = given.id",
            [
                belonging.label,
                [pk for pk, _ in found],
                [owner for _, owner in found],
                current_organization().pk,
            ],
        )


def _write_deleted(change_set: ChangeSet, belonging: Belonging, survivor: int | None) -> None:
    if belonging is CHANGES:
        return
    _insert(
        "SELECT %s, %s, coalesce(%s, was.owner), %s, was.model, was.id, '', was.content, '', ''"  # noqa: S608
        " FROM candidates_before was WHERE was.model = %s AND NOT EXISTS"
        f" (SELECT FROM {belonging.table} held WHERE held.organization_id = %s AND held.id = was.id)"
        " ORDER BY was.id",
        [
            current_organization().pk,
            change_set.pk,
            survivor,
            Action.DELETE,
            belonging.label,
            current_organization().pk,
        ],
        side="before",
    )


def _write_updated(change_set: ChangeSet, belonging: Belonging) -> None:
    """One change for each column that is different now: of those that somebody sets, not the database itself."""
    organization = current_organization().pk
    told = [
        field.column
        for field in belonging.model._meta.local_concrete_fields
        if not getattr(field, "auto_now", False)
        and field.column not in BOOKKEEPING.get(belonging.label, ())
    ]
    own_key = f"{belonging.path}_id"
    manager = belonging.model._default_manager
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM candidates_before WHERE model = %s", [belonging.label])
        ids = [pk for (pk,) in cursor.fetchall()]
        owners = dict(manager.filter(pk__in=ids).values_list("pk", belonging.path)) if ids else {}
        cursor.execute(
            "INSERT INTO candidates_change (organization_id, change_set_id, candidate_id, action, model,"  # noqa: S608
            " object_id, field, before, after, provenance, outcome, reason)"
            " SELECT %s, %s, given.owner, CASE WHEN fresh.key = %s THEN %s ELSE %s END, was.model, was.id,"
            " fresh.key, nullif(was.content->fresh.key, 'null'), nullif(fresh.value, 'null'),"
            " was.content->'provenance'->regexp_replace(fresh.key, '_id$', ''), '', ''"
            " FROM candidates_before was"
            " JOIN unnest(%s::bigint[], %s::bigint[]) AS given (id, owner) ON given.id = was.id"
            f" JOIN {belonging.table} held ON held.organization_id = %s AND held.id = was.id"
            f" CROSS JOIN LATERAL jsonb_each({_held(belonging)}) AS fresh"
            " WHERE was.model = %s AND was.content->fresh.key IS DISTINCT FROM fresh.value"
            " AND fresh.key = ANY(%s) ORDER BY was.id, fresh.key",
            [
                organization,
                change_set.pk,
                own_key,
                Action.MOVE,
                Action.UPDATE,
                list(owners),
                list(owners.values()),
                organization,
                belonging.label,
                told,
            ],
        )


def _write_created(change_set: ChangeSet, belonging: Belonging, ids: list[int]) -> None:
    if belonging is CHANGES:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM candidates_before WHERE model = %s", [belonging.label])
        known = {pk for (pk,) in cursor.fetchall()}
    rows = belonging.rows_about(ids)
    fresh = [pk for pk in rows.values_list("pk", flat=True) if pk not in known]
    if fresh:
        record_created(change_set, belonging.model._default_manager.filter(pk__in=fresh))

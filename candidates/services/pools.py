"""Talent pools: making them, and putting people in and out."""

from collections.abc import Iterable
from typing import cast

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from candidates.models import (
    PoolDeparture,
    PoolExclusion,
    PoolMembership,
    TalentPool,
    Touchpoint,
)
from candidates.queries.search import PeopleQuery
from candidates.services.smart_pools import hold, refuse_unusable
from candidates.services.timeline import add_touchpoints
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.bulk import among, insert_rows
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError

# Stands for a rule that is left as it is.
NO_CHANGE = object()


class PoolArchived(DomainError):
    """Nobody joins an archived pool."""

    def __init__(self, pool: TalentPool) -> None:
        super().__init__(
            f"The pool “{pool}” is archived. Bring it back before adding people to it."
        )


class PoolNameTaken(DomainError):
    """Somebody else made a pool of this name at the same moment."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a pool “{name}” by now. Choose it, or take another name.")


@transaction.atomic
def create_pool(
    *,
    by: User,
    name: str,
    description: str = "",
    owner: User | None = None,
    query: PeopleQuery | None = None,
    **more: object,
) -> TalentPool:
    """A pool; with a `query` a smart one, filled as soon as a worker comes to it. `more`: team, target and so on."""
    pool = TalentPool(name=name, description=description, owner=owner, **more)
    if query is not None:
        refuse_unusable(query)
        pool.query, pool.due_at = query.as_json(), timezone.now()
    try:
        with transaction.atomic():
            pool.save()
    except IntegrityError as error:
        raise PoolNameTaken(name) from error
    record("pool.created", pool, by=by, is_smart=pool.is_smart)
    return pool


@transaction.atomic
def edit_pool(pool: TalentPool, *, by: User, **fields: object) -> TalentPool:
    """Set `fields` (name, description, owner, target and so on) of the pool; `query` is its rule, None for none.

    A changed rule is followed as soon as a worker comes to it. Without a rule those who are in the pool stay, by hand;
    who was taken out is remembered for the day when it has a rule again.
    """
    # Before anybody in it, as those do who fill it.
    pool.query = hold(pool).query
    rule = fields.pop("query", NO_CHANGE)
    if rule is not NO_CHANGE:
        fields |= _rule_fields(pool, cast("PeopleQuery | None", rule))
    for name, value in fields.items():
        setattr(pool, name, value)
    pool.save(update_fields=list(fields))
    record("pool.edited", pool, by=by, fields=sorted(fields))
    return pool


def _rule_fields(pool: TalentPool, rule: PeopleQuery | None) -> dict[str, object]:
    """What changes on the pool with its rule; nothing if it is the same one."""
    stored = rule.as_json() if rule is not None else None
    if stored == pool.query:
        return {}
    if rule is None:
        pool.memberships.update(origin=PoolMembership.Origin.HAND)
        return {"query": None, "problem": "", "due_at": None}
    # Two people who let two pools ask for each other: the second one sees the first. No row is held for it: whoever
    # follows changes holds many pools at once.
    with connection.cursor() as cursor:
        rules = f"rules of pools:{current_organization().pk}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [rules])
    refuse_unusable(rule, pool=pool)
    return {"query": stored, "problem": "", "due_at": timezone.now()}


@transaction.atomic
def archive_pool(pool: TalentPool, *, by: User) -> TalentPool:
    """Put the pool away. Its people stay in it, so that it can come back as it was."""
    pool.archived_at = timezone.now()
    pool.save(update_fields=["archived_at"])
    record("pool.archived", pool, by=by)
    return pool


@transaction.atomic
def restore_pool(pool: TalentPool, *, by: User) -> TalentPool:
    """Bring the pool back; a smart one is filled anew: nobody followed who changed meanwhile."""
    pool.archived_at = None
    pool.due_at = timezone.now() if pool.is_smart else None
    pool.save(update_fields=["archived_at", "due_at"])
    record("pool.restored", pool, by=by)
    return pool


@transaction.atomic
def add_to_pool(
    pool: TalentPool, candidate_ids: Iterable[int], *, by: User | None, reason: str = ""
) -> int:
    """Add those people who are not in it yet; return how many joined. Set-based: fit for 100,000."""
    return len(join_pool(pool, candidate_ids, by=by, reason=reason))


@transaction.atomic
def join_pool(
    pool: TalentPool, candidate_ids: Iterable[int], *, by: User | None, reason: str = ""
) -> list[int]:
    """As `add_to_pool`, but returns who joined: what an Undo takes out again.

    Whoever is put in by hand stays, whatever the pool's rule says, also who was in it by the rule: their membership
    tells since by whom and why (see `leave_to_rule`).
    """
    if pool.archived_at:
        raise PoolArchived(pool)
    candidate_ids = list(candidate_ids)
    if pool.is_smart:
        rows = PoolExclusion.objects.filter(pool=pool, candidate__in=among(candidate_ids))
        rows._raw_delete(rows.db)
        pool.memberships.filter(
            origin=PoolMembership.Origin.RULE, candidate__in=among(candidate_ids)
        ).update(origin=PoolMembership.Origin.HAND, added_by=by, reason=reason[:200])
    with connection.cursor() as cursor:
        # Through the candidate table: row-level security leaves out ids of other organizations.
        cursor.execute(
            "INSERT INTO candidates_poolmembership"
            " (organization_id, pool_id, candidate_id, added_by_id, reason, added_at)"
            " SELECT organization_id, %s, id, %s, %s, %s FROM candidates_candidate"
            " WHERE organization_id = %s AND id = ANY(%s)"
            " ON CONFLICT (organization_id, pool_id, candidate_id) DO NOTHING RETURNING candidate_id",
            [
                pool.pk,
                by.pk if by else None,
                reason[:200],
                timezone.now(),
                current_organization().pk,
                candidate_ids,
            ],
        )
        joined = [candidate_id for (candidate_id,) in cursor.fetchall()]
    if joined:
        add_touchpoints(
            joined,
            Touchpoint.Kind.POOL,
            f"Added to the pool {pool.name}",
            actor=by,
            link=f"pools/{pool.pk}/",
        )
        record("pool.joined", pool, by=by, count=len(joined))
    return joined


@transaction.atomic
def remove_from_pool(
    pool: TalentPool, candidate_ids: Iterable[int], *, by: User | None
) -> list[int]:
    """Take people out of the pool; return who left. Works on archived pools too.

    The rule of a smart pool does not bring them back.
    """
    members = PoolMembership.objects.filter(pool=pool, candidate__in=among(candidate_ids))
    left = list(members.values_list("candidate_id", flat=True))
    members.delete()
    if left:
        by_id = by.pk if by else None
        insert_rows(PoolDeparture, {"candidate_id": left}, pool_id=pool.pk, by_id=by_id)
        if pool.is_smart:
            insert_rows(
                PoolExclusion,
                {"candidate_id": left},
                ignore_conflicts=True,
                pool_id=pool.pk,
                excluded_by_id=by_id,
            )
        add_touchpoints(
            left,
            Touchpoint.Kind.POOL,
            f"Removed from the pool {pool.name}",
            actor=by,
            link=f"pools/{pool.pk}/",
        )
        record("pool.left", pool, by=by, count=len(left))
    return left

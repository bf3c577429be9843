"""Talent pools: making them, and putting people in and out."""

from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone

from candidates.models import PoolMembership, TalentPool, Touchpoint
from candidates.services.timeline import add_touchpoints
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError


class PoolArchived(DomainError):
    """Nobody joins an archived pool."""

    def __init__(self, pool: TalentPool) -> None:
        super().__init__(
            f"The pool “{pool}” is archived. Bring it back before adding people to it."
        )


@transaction.atomic
def create_pool(
    *,
    by: User,
    name: str,
    description: str = "",
    owner: User | None = None,
    cold_after_days: int | None = None,
) -> TalentPool:
    pool = TalentPool.objects.create(
        name=name, description=description, owner=owner, cold_after_days=cold_after_days
    )
    record("pool.created", pool, by=by)
    return pool


@transaction.atomic
def edit_pool(pool: TalentPool, *, by: User, **fields: object) -> TalentPool:
    """Set `fields` (name, description, owner, cold_after_days) of the pool."""
    for name, value in fields.items():
        setattr(pool, name, value)
    pool.save(update_fields=list(fields))
    record("pool.edited", pool, by=by, fields=sorted(fields))
    return pool


@transaction.atomic
def archive_pool(pool: TalentPool, *, by: User) -> TalentPool:
    """Put the pool away. Its people stay in it, so that it can come back as it was."""
    pool.archived_at = timezone.now()
    pool.save(update_fields=["archived_at"])
    record("pool.archived", pool, by=by)
    return pool


@transaction.atomic
def restore_pool(pool: TalentPool, *, by: User) -> TalentPool:
    pool.archived_at = None
    pool.save(update_fields=["archived_at"])
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
    """As `add_to_pool`, but returns who joined: what an Undo takes out again."""
    if pool.archived_at:
        raise PoolArchived(pool)
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
                list(candidate_ids),
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
    """Take people out of the pool; return who left. Works on archived pools too."""
    members = PoolMembership.objects.filter(pool=pool, candidate_id__in=list(candidate_ids))
    left = list(members.values_list("candidate_id", flat=True))
    members.delete()
    if left:
        add_touchpoints(
            left,
            Touchpoint.Kind.POOL,
            f"Removed from the pool {pool.name}",
            actor=by,
            link=f"pools/{pool.pk}/",
        )
        record("pool.left", pool, by=by, count=len(left))
    return left

"""Smart pools: a rule says who is in them. People put in or taken out by hand stay so, whatever the rule says.

Membership is kept fresh in two ways. Whoever changes is looked at again (`PersonMark`), by every rule, a batch at a time;
and each night, and whenever a rule changes, a pool is filled anew as a whole: then what depends on the day alone, such as
"no contact for 90 days", comes true. Who no longer matches leaves at once. Against flapping, who has left by the rule
comes back by the rule only with the next filling, at night: so a person moves in and out at most once a day.

A rule that names something that is gone (a deleted tag) moves nobody: the pool stays as it is, and says what is wrong.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from candidates.models import PoolDeparture, PoolExclusion, PoolMembership, TalentPool
from candidates.queries.search import (
    ANY_READER,
    Combine,
    Group,
    PeopleQuery,
    Prepared,
    QueryError,
    conditions_of,
    prepare,
    write,
)
from candidates.queries.search.compiling import is_beginning
from candidates.queries.search.tree import Node
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.bulk import among, insert_rows
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in, current_organization
from crm.web.errors import DomainError
from crm.web.ids import is_id

Origin = PoolMembership.Origin
MATCHES, NO_MATCH = "Matches the rule", "Does not match the rule any more"
# So long departures are told of.
TOLD_FOR = timedelta(days=90)
# Of more people who leave at once nobody asks which part of the rule each of them fails.
_MOST_REASONS = 1000


class RuleInCircle(DomainError):
    """Pools whose rules ask for each other would never come to rest."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The rule asks for the pool “{name}”, whose rule asks for this one. Take one of the two out."
        )


class RuleOfAnyPool(DomainError):
    def __init__(self) -> None:
        super().__init__(
            "A pool’s rule may ask for pools by name, not for any pool at all: its own people would count."
        )


class RuleUnusable(DomainError):
    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem} The rule was not saved.")


def rule_of(pool: TalentPool) -> Prepared | None:
    """The pool's rule with its names looked up; None for a pool that is picked by hand."""
    if pool.query is None:
        return None
    return prepare(PeopleQuery.from_json(pool.query), searcher=ANY_READER)


def rule_in_words(pool: TalentPool) -> str:
    """The pool's rule as one types it; nothing for a pool without one, or with one that cannot be read."""
    query = _read(pool.query) if pool.query is not None else PeopleQuery()
    return words_of(query) if query else ""


def refuse_unusable(query: PeopleQuery, *, pool: TalentPool | None = None) -> None:
    """Refuse a rule that says nothing, names what is not there, or asks for its own pool in any way round."""
    if not query:
        raise RuleUnusable("A rule without a condition would hold everybody.")
    prepared = prepare(query, searcher=ANY_READER)
    if prepared.wrong:
        raise RuleUnusable(prepared.wrong)
    asked = pools_asked_for(query)
    if asked is None:
        raise RuleOfAnyPool
    if pool is None:
        return
    graph = _graph()
    graph[pool.pk] = asked
    if pool.pk in _reachable(pool.pk, graph):
        through = next((pk for pk in asked if pk == pool.pk or pool.pk in _reachable(pk, graph)), 0)
        raise RuleInCircle(str(TalentPool.objects.filter(pk=through).first() or pool))


def pools_asked_for(query: PeopleQuery) -> set[int] | None:
    """The ids of the pools that a rule names; None if it asks for pools without naming them."""
    asked = [one for one in conditions_of(query.where) if one.field == "pool"]
    values = [value for one in asked for value in one.values]
    if any(not one.values for one in asked) or any(map(is_beginning, values)):
        return None
    return {int(value) for value in values if is_id(value)}


def _graph() -> dict[int, set[int]]:
    """Each smart pool with the pools that its rule names."""
    rules = TalentPool.objects.filter(query__isnull=False).values_list("pk", "query")
    return {pk: pools_asked_for(_read(stored)) or set() for pk, stored in rules}


def _read(stored: object) -> PeopleQuery:
    try:
        return PeopleQuery.from_json(stored)
    except QueryError:
        return PeopleQuery()


def _reachable(start: int, graph: dict[int, set[int]]) -> set[int]:
    found: set[int] = set()
    todo = list(graph.get(start, ()))
    while todo:
        pk = todo.pop()
        if pk not in found:
            found.add(pk)
            todo += graph.get(pk, ())
    return found


def smart_pools() -> list[TalentPool]:
    """The smart pools in use, in an order in which each comes after those that its rule asks for."""
    pools = {
        pool.pk: pool
        for pool in TalentPool.objects.filter(query__isnull=False, archived_at=None).order_by("pk")
    }
    graph = {pk: pools_asked_for(_read(pool.query)) or set() for pk, pool in pools.items()}
    # Who reaches fewer others comes first: whatever a pool asks for reaches fewer than itself.
    return sorted(pools.values(), key=lambda pool: (len(_reachable(pool.pk, graph)), pool.pk))


@transaction.atomic
def refresh_members(candidate_ids: Iterable[int], now: datetime | None = None) -> int:
    """Let these people be in the smart pools that they match, and out of the others; returns how many moves that took."""
    ids, now = sorted(set(candidate_ids)), now or timezone.now()
    order = [pool.pk for pool in smart_pools()]
    # All of them first, by number: the order to follow them in may be another one for whoever comes second.
    rows = TalentPool.objects.select_for_update(no_key=True, of=("self",))
    held = {pool.pk: pool for pool in rows.filter(pk__in=order).order_by("pk")}
    moves = 0
    for pk in order:
        if pk in held:
            with following():
                moves += _refresh(held[pk], ids, now)
    return moves


def _refresh(pool: TalentPool, ids: Sequence[int], now: datetime) -> int:
    rule = _usable_rule(pool)
    if rule is None:
        return 0
    found = rule.people().filter(pk__in=among(ids))
    matching = list(found.order_by().values_list("pk", flat=True))
    recently = PoolDeparture.objects.filter(
        pool=pool, by=None, candidate__in=among(matching), left_at__gt=now - timedelta(days=1)
    )
    waiting = set(recently.values_list("candidate", flat=True)) if matching else set()
    entered = _enter(pool, [pk for pk in matching if pk not in waiting], now)
    left = _leave(pool, sorted(set(ids).difference(matching)), rule, now)
    return entered + left


def leave_to_rule(pool: TalentPool, candidate_ids: Iterable[int]) -> None:
    """Let the rule decide again on people who were in the pool by it before somebody put them in by hand."""
    if pool.is_smart:
        pool.memberships.filter(candidate__in=among(candidate_ids)).update(
            origin=Origin.RULE, reason=MATCHES, added_by=None
        )


@transaction.atomic
def readmit(pool: TalentPool, candidate_ids: Iterable[int], *, by: User) -> tuple[int, int]:
    """Let the rule decide again on people who were taken out by hand; returns on how many, and how many are back."""
    pool = hold(pool)
    out = PoolExclusion.objects.filter(pool=pool, candidate__in=among(candidate_ids))
    ids = sorted(out.values_list("candidate", flat=True))
    out.delete()
    # Nobody has marked these people: pools that ask for this one follow by the marks of who comes back.
    back = _refresh(pool, ids, timezone.now()) if ids else 0
    if ids:
        record("pool.readmitted", pool, by=by, count=len(ids), back=back)
    return len(ids), back


def fill(pool: TalentPool, now: datetime | None = None) -> int:
    """Compare everybody with the pool's rule; returns how many came and went. Set-based, fit for 300,000 people."""
    now = now or timezone.now()
    with transaction.atomic(), following():
        pool = hold(pool)
        rule = _usable_rule(pool)
        moves = 0
        if rule is not None:
            matching = list(rule.people().order_by().values_list("pk", flat=True))
            moves = _enter(pool, matching, now) + _leave_all_but(pool, matching, rule, now)
            pool.filled_at = now
        pool.due_at = None
        pool.save(update_fields=["filled_at", "due_at"])
        if moves:
            _refill_who_ask_for(pool)
    return moves


def _refill_who_ask_for(pool: TalentPool) -> None:
    """Have the pools filled anew whose rules ask for this one: its people made no marks."""
    asking = [pk for pk, asked in _graph().items() if pool.pk in asked]
    due = TalentPool.objects.filter(pk__in=asking, archived_at=None, due_at=None)
    due.update(due_at=timezone.now())


def hold(pool: TalentPool) -> TalentPool:
    """One filling at a time: whoever comes second sees what the first has done."""
    return TalentPool.objects.select_for_update(no_key=True, of=("self",)).get(pk=pool.pk)


def _usable_rule(pool: TalentPool) -> Prepared | None:
    """The rule of a pool in use; what is wrong with it is written down on the pool."""
    if pool.query is None or pool.archived_at:
        return None
    try:
        rule = rule_of(pool)
        problem = rule.wrong if rule else ""
    except QueryError as wrong:
        rule, problem = None, wrong.sentence
    problem = problem[:300]
    if problem != pool.problem:
        pool.problem = problem
        pool.save(update_fields=["problem"])
    return rule if not problem else None


def _enter(pool: TalentPool, matching: Sequence[int], now: datetime) -> int:
    with connection.cursor() as cursor:
        # Through the candidate table: row-level security leaves out ids of other organizations.
        cursor.execute(
            "INSERT INTO candidates_poolmembership"
            " (organization_id, pool_id, candidate_id, added_by_id, reason, added_at, origin)"
            " SELECT organization_id, %s, id, NULL, %s, %s, %s FROM candidates_candidate person"
            " WHERE organization_id = %s AND id = ANY(%s)"
            " AND NOT EXISTS (SELECT FROM candidates_poolexclusion out WHERE out.organization_id = %s"
            " AND out.pool_id = %s AND out.candidate_id = person.id)"
            " ON CONFLICT (organization_id, pool_id, candidate_id) DO NOTHING",
            [
                *(pool.pk, MATCHES, now, Origin.RULE, current_organization().pk, list(matching)),
                *(current_organization().pk, pool.pk),
            ],
        )
        entered: int = cursor.rowcount
    return entered


def _leave(pool: TalentPool, ids: Sequence[int], rule: Prepared, now: datetime) -> int:
    """Those of `ids` who are in the pool by its rule leave it."""
    members = PoolMembership.objects.filter(pool=pool, origin=Origin.RULE, candidate__in=among(ids))
    return _depart(pool, members.values_list("candidate", flat=True), rule, now)


def _leave_all_but(pool: TalentPool, matching: Sequence[int], rule: Prepared, now: datetime) -> int:
    members = PoolMembership.objects.filter(pool=pool, origin=Origin.RULE)
    gone = set(members.values_list("candidate", flat=True)).difference(matching)
    return _depart(pool, gone, rule, now)


def _depart(pool: TalentPool, leaving: Iterable[int], rule: Prepared, now: datetime) -> int:
    ids = sorted(leaving)
    if not ids:
        return 0
    reasons = _reasons(ids, rule.query) if len(ids) <= _MOST_REASONS else {}
    rows = PoolMembership.objects.filter(pool=pool, origin=Origin.RULE, candidate__in=among(ids))
    rows._raw_delete(rows.db)
    insert_rows(
        PoolDeparture,
        {"candidate_id": ids, "reason": [reasons.get(pk, NO_MATCH)[:200] for pk in ids]},
        pool_id=pool.pk,
        left_at=now,
    )
    return len(ids)


def _reasons(ids: Sequence[int], query: PeopleQuery) -> dict[int, str]:
    """For each of these people the first part of the rule that does not hold: a query for each part."""
    reasons: dict[int, str] = {}
    for part in query.where.parts:
        open_ids = [pk for pk in ids if pk not in reasons]
        if not open_ids:
            break
        alone = prepare(PeopleQuery(Group(Combine.ALL, (part,))), searcher=ANY_READER)
        holds = set(
            alone.people().filter(pk__in=among(open_ids)).order_by().values_list("pk", flat=True)
        )
        words = f"Does not match any more: {written(part)}"
        reasons |= {pk: words for pk in open_ids if pk not in holds}
    return reasons


def written(part: Node) -> str:
    """A part of a rule as one types it."""
    return words_of(PeopleQuery(Group(Combine.ALL, (part,))))


def words_of(query: PeopleQuery) -> str:
    """A rule as one types it."""
    prepared = prepare(query, searcher=ANY_READER)
    return write(query.where, fields=prepared.fields, names=prepared.names)


@contextmanager
def following() -> Iterator[None]:
    """Inside, memberships are written that follow from marks: they make no marks of their own."""
    _say("on")
    yield
    _say("off")


def _say(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.freshening', %s, true)", [value])


# The sweep


def note_due(now: datetime | None = None) -> int:
    """Let every smart pool in use be filled anew; returns how many."""
    pools = TalentPool.objects.filter(query__isnull=False, archived_at=None, due_at=None)
    return pools.update(due_at=now or timezone.now())


def refill_where_asked_for(field: str) -> int:
    """Have the smart pools filled anew whose rule asks for `field`, because what it depends on has changed for many people;
    returns how many."""
    asking = [
        pool.pk
        for pool in smart_pools()
        if any(one.field == field for one in conditions_of(_read(pool.query).where))
    ]
    due: int = TalentPool.objects.filter(pk__in=asking, due_at=None).update(due_at=timezone.now())
    return due


def fill_due(organization: Organization) -> int:
    """Fill the pools that are due, one after the other, each in a transaction of its own; returns how many."""
    with acting_in(organization):
        order = smart_pools()
    filled = 0
    for pool in order:
        with acting_in(organization):
            # Also who has become due by one before it, whose people its rule asks for.
            if TalentPool.objects.filter(pk=pool.pk, due_at__isnull=False).exists():
                fill(pool)
                filled += 1
    return filled


def organizations_with_due_pools() -> list[Organization]:
    """Where a pool is to be filled. Asked over all organizations; tells their ids alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT candidates_organizations_with_due_pools()")
        ids = [organization_id for (organization_id,) in cursor.fetchall()]
    return list(Organization.objects.filter(pk__in=ids).order_by("pk"))


def forget_departures(now: datetime | None = None) -> int:
    """Delete what is no longer told of."""
    old = PoolDeparture.objects.filter(left_at__lt=(now or timezone.now()) - TOLD_FOR)
    count, _ = old.delete()
    return count

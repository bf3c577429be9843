"""The days ahead of a few people, worked out once and kept for some minutes: a page is opened again and again.

What is kept holds days and numbers, no names. Without the cache it is worked out each time.
"""

from collections.abc import Sequence as Rows
from contextlib import suppress
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max, Model
from redis.exceptions import RedisError

from campaigns.models import Enrollment, Sequence
from campaigns.services import foretelling
from campaigns.services.plans import PLAN, Plan
from campaigns.services.sending_rules import sending_rules
from candidates.models import Candidate
from crm.tenancy.scope import current_organization

KEPT_SECONDS = 600
# With so many people who are played through a page need not wait for it.
QUICK = 150
# What mail that goes, or a worker that dies, changes of a row: the plan foresaw the one, and the other passes.
PASSING = frozenset({"blocked_until", "blocked_because", "unfinished", "one_by_one", "name"})


def foresee(sequence: Sequence, people: Rows[Candidate], *, patient: bool) -> Plan | None:
    """How `people` would go through `sequence`, as `foretell` finds it or as it is known from a moment ago.

    None if that takes longer than a page should, and nobody is `patient`. Changes nothing.
    """
    if not people:
        return Plan()
    key = _key(sequence, people)
    if plan := _kept(key):
        return plan
    if not patient and len(people) + _beside(sequence)["number"] > QUICK:
        return None
    plan = foretelling.foretell(sequence, people)
    with suppress(RedisError):
        cache.set(key, PLAN.dump_json(plan), KEPT_SECONDS)
    return plan


def _kept(key: str) -> Plan | None:
    kept = None
    with suppress(RedisError):
        kept = cache.get(key)
    return PLAN.validate_json(kept) if kept else None


def _beside(sequence: Sequence) -> dict[str, Any]:
    """Who is on their way on the sender's sequences: how many, and who came last."""
    running = Enrollment.objects.filter(
        sequence__sender=sequence.sender_id,
        sequence__state=Sequence.State.ACTIVE,
        state=Enrollment.State.ACTIVE,
    )
    return running.aggregate(number=Count("pk"), last=Max("pk"))


def _key(sequence: Sequence, people: Rows[Candidate]) -> str:
    """Another one once something has changed that the days hang on: who is asked about and who is beside them, the
    steps, the hours, the caps.
    """
    rows = [sequence, sequence.sender, sending_rules(), *sequence.current_steps()]
    facts = [
        *(_facts(row) for row in rows),
        sorted(_beside(sequence).items()),
        [(one.pk, one.updated_at) for one in people],
    ]
    digest = sha256(repr(facts).encode()).hexdigest()
    return f"days:{current_organization().pk}:{digest}"


def _facts(row: Model) -> list[Any]:
    fields = [field for field in row._meta.concrete_fields if field.attname not in PASSING]
    return [getattr(row, field.attname) for field in fields]

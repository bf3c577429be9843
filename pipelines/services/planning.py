"""Writing down that somebody entered a stage, and planning what the stage's rules want of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection

from candidates.models import RejectionReason
from crm.accounts.models import User
from crm.tenancy.scope import current_organization
from pipelines.models import (
    Candidacy,
    Card,
    PoolPlace,
    PoolStageChange,
    RuleRun,
    Stage,
    StageChange,
    StageRule,
)

# One statement, whether there are rules or not: a move is what everybody does all day.
ENTER = """
WITH change AS (
  INSERT INTO pipelines_stagechange
    (organization_id, candidacy_id, origin_id, to_id, by_id, at, rejection_reason_id, note)
  VALUES (%(organization)s, %(candidacy)s, %(origin)s, %(to)s, %(by)s, %(at)s, %(reason)s, %(note)s)
  RETURNING id, organization_id, candidacy_id
)
INSERT INTO pipelines_rulerun
  (organization_id, rule_id, candidacy_id, change_id, due_at, state, outcome)
SELECT change.organization_id, rule.id, change.candidacy_id, change.id,
       %(at)s + rule.after_hours * interval '1 hour', 'waiting', ''
FROM change JOIN pipelines_stagerule rule ON rule.organization_id = change.organization_id
WHERE rule.stage_id = %(to)s AND rule.paused_at IS NULL
"""


def note_entry(
    card: Card,
    *,
    origin: Stage,
    to: Stage,
    by: User | None,
    at: datetime,
    reason: RejectionReason | None,
    note: str,
) -> None:
    """Add the move to the card's history, and for candidacies a run for each rule of the stage entered."""
    if isinstance(card, PoolPlace):
        PoolStageChange.objects.create(place=card, origin=origin, to=to, by=by, at=at)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            ENTER,
            {
                "organization": current_organization().pk,
                "candidacy": card.pk,
                "origin": origin.pk,
                "to": to.pk,
                "by": by.pk if by else None,
                "at": at,
                "reason": reason.pk if reason else None,
                "note": note,
            },
        )


def note_entries(
    cards: Sequence[Card],
    targets: Mapping[int, Stage],
    *,
    by: User | None,
    at: datetime,
    reason: RejectionReason | None,
    note: str,
) -> None:
    """As `note_entry` for each of these cards, by its id into its target; whatever their number, as many statements."""
    PoolStageChange.objects.bulk_create(
        PoolStageChange(place=card, origin=card.stage, to=targets[card.pk], by=by, at=at)
        for card in cards
        if isinstance(card, PoolPlace)
    )
    changes = StageChange.objects.bulk_create(
        StageChange(
            candidacy=card,
            origin=card.stage,
            to=targets[card.pk],
            by=by,
            at=at,
            rejection_reason=reason,
            note=note,
        )
        for card in cards
        if isinstance(card, Candidacy)
    )
    if changes:
        plan_rules(changes)


def plan_rules(changes: Sequence[StageChange]) -> int:
    """Plan what rules want of these entries, in the transaction that made them; return how many runs."""
    rules: dict[int, list[StageRule]] = {}
    stages = {change.to_id for change in changes}
    for rule in StageRule.objects.filter(stage__in=stages, paused_at=None):
        rules.setdefault(rule.stage_id, []).append(rule)
    runs = [
        RuleRun(
            rule=rule,
            candidacy_id=change.candidacy_id,
            change=change,
            due_at=change.at + timedelta(hours=rule.after_hours),
        )
        for change in changes
        for rule in rules.get(change.to_id, ())
    ]
    if runs:
        RuleRun.objects.bulk_create(runs, ignore_conflicts=True)
    return len(runs)

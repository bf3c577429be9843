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


# Runs follow the card to its new entry; one that was passed over as the card had gone on waits again.
RESUME = """
WITH back AS (
  SELECT change.id, change.organization_id, earlier.id AS earlier_id, gone.at AS left_at
  FROM pipelines_stagechange change
  CROSS JOIN LATERAL (
    SELECT id FROM pipelines_stagechange other
    WHERE other.organization_id = change.organization_id AND other.candidacy_id = change.candidacy_id
      AND other.to_id = change.to_id AND other.id <> change.id
    ORDER BY other.at DESC, other.id DESC LIMIT 1
  ) earlier
  CROSS JOIN LATERAL (
    SELECT at FROM pipelines_stagechange other
    WHERE other.organization_id = change.organization_id AND other.candidacy_id = change.candidacy_id
      AND other.id <> change.id
    ORDER BY other.at DESC, other.id DESC LIMIT 1
  ) gone
  WHERE change.organization_id = %(organization)s AND change.id = ANY(%(changes)s)
)
UPDATE pipelines_rulerun run
SET change_id = back.id,
    state = CASE WHEN back.passed_over THEN 'waiting' ELSE run.state END,
    outcome = CASE WHEN back.passed_over THEN '' ELSE run.outcome END,
    ended_at = CASE WHEN back.passed_over THEN NULL ELSE run.ended_at END
FROM (
  SELECT back.*, run.id AS run_id, run.state = 'skipped' AND run.ended_at >= back.left_at AS passed_over
  FROM back JOIN pipelines_rulerun run
    ON run.organization_id = back.organization_id AND run.change_id = back.earlier_id
) back
WHERE run.organization_id = back.organization_id AND run.id = back.run_id
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
    is_return: bool = False,
) -> None:
    """Add the move to the card's history, and for candidacies a run for each rule of the stage entered.

    Of one that takes an earlier move back nothing new is planned: what waited goes on.
    """
    if is_return:
        _note([(card, origin, to)], by=by, at=at, reason=reason, note=note, is_return=True)
        return
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
    is_return: bool = False,
) -> None:
    """As `note_entry` for each of these cards, by its id into its target; whatever their number, as many statements."""
    ways = [(card, card.stage, targets[card.pk]) for card in cards]
    _note(ways, by=by, at=at, reason=reason, note=note, is_return=is_return)


def _note(
    ways: Sequence[tuple[Card, Stage, Stage]],
    *,
    by: User | None,
    at: datetime,
    reason: RejectionReason | None,
    note: str,
    is_return: bool,
) -> None:
    """Write down who went from where to where."""
    PoolStageChange.objects.bulk_create(
        PoolStageChange(place=card, origin=origin, to=to, by=by, at=at)
        for card, origin, to in ways
        if isinstance(card, PoolPlace)
    )
    changes = StageChange.objects.bulk_create(
        StageChange(
            candidacy=card,
            origin=origin,
            to=to,
            by=by,
            at=at,
            rejection_reason=reason,
            note=note,
        )
        for card, origin, to in ways
        if isinstance(card, Candidacy)
    )
    if changes:
        (resume_rules if is_return else plan_rules)(changes)


def resume_rules(changes: Sequence[StageChange]) -> int:
    """Let go on what waited when those who are back now left, as if they had not; return how many runs."""
    with connection.cursor() as cursor:
        cursor.execute(
            RESUME,
            {
                "organization": current_organization().pk,
                "changes": [change.pk for change in changes],
            },
        )
        count: int = cursor.rowcount
    return count


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

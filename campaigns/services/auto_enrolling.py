"""People who join a sequence by coming into a pool or a stage: found by a sweep, so that no way in is missed."""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from campaigns.models import AutoEnrollment, Enrollment, Sequence
from campaigns.services import enrolling
from candidates.models import PoolMembership, TalentPool
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Stage

BATCH = 1000


@dataclass
class AutoReport:
    """What a sweep did."""

    enrolled: int = 0
    ended: int = 0


@transaction.atomic
def add_rule(
    sequence: Sequence,
    *,
    pool: TalentPool | None = None,
    stage: Stage | None = None,
    ends_on_leaving: bool = False,
    by: User,
) -> AutoEnrollment:
    """From now on, whoever comes into the pool or the stage joins; who is in it already does not.

    There is one rule for each: said again, it only changes what becomes of those who leave.
    """
    rule, _ = AutoEnrollment.objects.update_or_create(
        sequence=sequence,
        pool=pool,
        stage=stage,
        defaults={"ends_on_leaving": ends_on_leaving},
        create_defaults={"ends_on_leaving": ends_on_leaving, "created_by": by},
    )
    record("auto_enrollment.added", rule, by=by, sequence=sequence.pk)
    return rule


@transaction.atomic
def remove_rule(rule: AutoEnrollment, *, by: User) -> None:
    """Nobody joins by it any more; who has joined stays on the sequence."""
    record("auto_enrollment.removed", rule, by=by, sequence=rule.sequence_id)
    rule.delete()


def auto_enroll_everywhere() -> AutoReport:
    """Follow the rules of every organization that has any. Outside any organization; may run twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT campaigns_organizations_with_auto_enrollment()")
        ids = [organization_id for (organization_id,) in cursor.fetchall()]
    report = AutoReport()
    for organization in Organization.objects.filter(pk__in=ids).order_by("pk"):
        with acting_in(organization):
            done = follow_rules()
        report.enrolled += done.enrolled
        report.ended += done.ended
    return report


def follow_rules() -> AutoReport:
    """Enroll whoever has come in since, and end whoever has left, in the organization being acted in."""
    report = AutoReport()
    rules = AutoEnrollment.objects.filter(sequence__state=Sequence.State.ACTIVE)
    for rule in rules.select_related("sequence__sender", "pool", "stage").order_by("pk"):
        newcomers = _newcomers(rule)
        # Whoever may not join is asked about at every sweep, and leaves no trace of it.
        refused = {pk for pk, _ in enrolling.check_candidates(rule.sequence, newcomers).refused}
        people = [pk for pk in newcomers if pk not in refused]
        if people:
            admission = enrolling.Admission(rule.created_by, auto=rule)
            report.enrolled += enrolling.admit(rule.sequence, people, admission).enrolled
        if rule.ends_on_leaving:
            report.ended += _end_leavers(rule)
    return report


def _inside(rule: AutoEnrollment) -> tuple[QuerySet[Any], str]:
    """The rows that say who is inside, and their column that says since when."""
    if rule.pool_id:
        return PoolMembership.objects.filter(pool=rule.pool_id), "added_at"
    return Candidacy.objects.filter(stage=rule.stage_id), "entered_stage_at"


def _newcomers(rule: AutoEnrollment) -> list[int]:
    """Who came in after the rule was made, and was not put on the sequence since."""
    inside, came = _inside(rule)
    known = Enrollment.objects.filter(
        sequence=rule.sequence_id, candidate=OuterRef("candidate"), enrolled_at__gte=OuterRef(came)
    )
    new = inside.filter(~Exists(known), **{f"{came}__gte": rule.since}).order_by(came, "pk")
    return list(new.values_list("candidate", flat=True)[:BATCH])


def _end_leavers(rule: AutoEnrollment) -> int:
    """Take off whoever joined by this rule and is not inside any more."""
    inside, _ = _inside(rule)
    left = Enrollment.objects.filter(
        ~Exists(inside.filter(candidate=OuterRef("candidate"))),
        auto=rule,
        state__in=enrolling.RUNNING,
    ).select_related("candidate", "sequence")
    leavers = list(left[:BATCH])
    for enrollment in leavers:
        enrolling.stop(enrollment, Enrollment.StopReason.LEFT)
    return len(leavers)

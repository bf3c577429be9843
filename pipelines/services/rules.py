"""Stage rules: planned when somebody enters a stage, run by the sweep, told in a log.

A run is planned in the transaction of the move and done in one transaction with its effect, so a worker that
is killed leaves it waiting, and a second worker finds it locked or done: nothing happens twice.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from candidates.models import Notification
from candidates.services.notifying import notify_all
from candidates.services.tasks import add_task
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from crm.web.errors import DomainError
from pipelines.models import Candidacy, JobMember, RuleRun, Stage, StageChange, StageRule
from pipelines.queries import pseudonym
from pipelines.queries.access import may_open
from pipelines.services import candidacies
from pipelines.services.wishing import foresee_mails, wish_mail
from pipelines.signals import MailWish

Action, Whom, State = StageRule.Action, StageRule.Whom, RuleRun.State
# More moves of one card by rules within a day are a circle of rules.
MOST_MOVES = 5
MOVES_WITHIN = timedelta(days=1)
BATCH = 200
# Most errors are of the moment; what fails on the next day, too, fails for good.
TRY_AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 10, 60, 24 * 60))

# What is said where a rule lacks it.
MISSING = {
    "to": "Choose the stage that the card moves to.",
    "title": "Say what the task, the mail or the notice says.",
    "body": "A mail needs a text.",
}

logger = logging.getLogger(__name__)


class RuleUnclear(DomainError):
    """A rule that could not be run; `field` is what is missing."""

    def __init__(self, words: str, field: str) -> None:
        super().__init__(words)
        self.field = field


@transaction.atomic
def add_rule(stage: Stage, *, by: User, **fields: Any) -> StageRule:
    """Let something happen whenever somebody enters `stage` from now on."""
    rule = StageRule(stage=stage, created_by=by, **fields)
    _refuse_unclear(rule)
    rule.save()
    record("rule.added", stage.pipeline, by=by, rule=rule.pk, what=rule.action)
    return rule


def _refuse_unclear(rule: StageRule) -> None:
    if rule.action == Action.MOVE:
        if rule.to is None or rule.to.pipeline_id != rule.stage.pipeline_id:
            raise RuleUnclear(MISSING["to"], "to")
        if rule.to.is_closing:
            raise RuleUnclear("Rules neither hire nor reject: that is a person's decision.", "to")
        if rule.to_id == rule.stage_id:
            raise RuleUnclear("The card is in that stage already. Choose another one.", "to")
    elif not rule.title.strip():
        raise RuleUnclear(MISSING["title"], "title")
    if rule.action == Action.MAIL and not rule.body.strip():
        raise RuleUnclear(MISSING["body"], "body")
    if rule.action in {Action.TASK, Action.NOTIFY} and rule.whom == Whom.MEMBER and not rule.member:
        raise RuleUnclear("Choose the member.", "member")


@transaction.atomic
def set_paused(rule: StageRule, *, is_paused: bool, by: User) -> StageRule:
    """Let the rule rest: what waits is passed over, and new entries are not planned."""
    rule.paused_at = timezone.now() if is_paused else None
    rule.save(update_fields=["paused_at"])
    record("rule.paused" if is_paused else "rule.resumed", rule.stage.pipeline, by=by, rule=rule.pk)
    return rule


@transaction.atomic
def remove_rule(rule: StageRule, *, by: User) -> None:
    """Take the rule away with its log; what it has done stays."""
    record("rule.removed", rule.stage.pipeline, by=by, rule=rule.pk)
    rule.delete()


@dataclass(frozen=True)
class Foreseen:
    """What a rule would do to one of those who are in its stage now."""

    candidacy: Candidacy
    change: StageChange
    due_at: datetime
    words: str
    # Whether something would come of it, as far as one can tell before.
    is_possible: bool = True


def foresee(rule: StageRule) -> list[Foreseen]:
    """A dry run: to whom of those in the stage the rule would do what, and when. Writes nothing.

    Who has had it since entering is left out; of a mail also who has had it before.
    """
    newest = (
        StageChange.objects.filter(
            candidacy__stage=rule.stage_id, candidacy__closed_at=None, to=rule.stage_id
        )
        .order_by("candidacy", "-at", "-id")
        .distinct("candidacy")
    )
    runs = RuleRun.objects.filter(rule=rule)
    entered = (
        StageChange.objects.filter(pk__in=newest.values("pk"))
        .exclude(Exists(runs.filter(change=OuterRef("pk"))))
        .select_related("candidacy__candidate__owner", "candidacy__job__owner")
        .order_by("candidacy")
    )
    if rule.action == Action.MAIL:
        written = runs.filter(state=State.DONE, candidacy=OuterRef("candidacy"))
        entered = entered.exclude(Exists(written))
    changes = list(entered[:BATCH])
    obstacles: dict[int, str] = {}
    if rule.action == Action.MAIL:
        obstacles = foresee_mails([change.candidacy for change in changes], _wish(rule), by=None)
    return [
        Foreseen(
            change.candidacy,
            change,
            max(change.at + timedelta(hours=rule.after_hours), timezone.now()),
            obstacles.get(change.candidacy_id) or _foretold(rule, change.candidacy),
            is_possible=change.candidacy_id not in obstacles,
        )
        for change in changes
    ]


def _wish(rule: StageRule) -> MailWish:
    return MailWish(rule.title, rule.body, timezone.now(), key=f"stage_rule:{rule.pk}")


def _foretold(rule: StageRule, candidacy: Candidacy) -> str:
    if rule.action == Action.MOVE:
        return f"moves to {rule.to}"
    if rule.action == Action.MAIL:
        return f"is written to: {rule.title}"
    users = _users(rule, candidacy)
    names = ", ".join(map(str, users)) or "nobody, so nothing happens"
    return f"{'task for' if rule.action == Action.TASK else 'told to'} {names}"


@transaction.atomic
def apply_to_present(rule: StageRule, *, by: User) -> int:
    """Plan the rule for those who are in the stage already; return for how many. Twice adds nobody."""
    runs = [
        RuleRun(rule=rule, candidacy=one.candidacy, change=one.change, due_at=one.due_at)
        for one in foresee(rule)
    ]
    RuleRun.objects.bulk_create(runs, ignore_conflicts=True)
    record("rule.applied", rule.stage.pipeline, by=by, rule=rule.pk, count=len(runs))
    return len(runs)


# Running


def run_due(organization: Organization, now: datetime | None = None) -> int:
    """Run what is due in `organization`, each in a transaction of its own; outside any organization."""
    done = 0
    while done < BATCH and _run_next(organization, now or timezone.now()):
        done += 1
    return done


def _run_next(organization: Organization, now: datetime) -> bool:
    """Run the one that has been due longest; returns whether there was one.

    One that an error breaks off is put off, so that those behind it have their turn.
    """
    taken: int | None = None
    try:
        with acting_in(organization, durable=True):
            run = (
                RuleRun.objects.filter(state=State.WAITING, due_at__lte=now)
                .select_for_update(skip_locked=True, of=("self",), no_key=True)
                .select_related("rule__to", "rule__stage", "rule__member", "change")
                .order_by("due_at", "pk")
                .first()
            )
            if run is None:
                return False
            taken = run.pk
            _run(run)
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        if taken is None:
            raise
        logger.exception("stage_rule_failed", extra={"run": taken})
        _put_off(organization, taken, now)
    return True


def _run(run: RuleRun) -> None:
    candidacy = (
        Candidacy.objects.select_related("candidate__owner", "job__owner", "stage")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=run.candidacy_id)
    )
    run.state, run.outcome = _do(run, candidacy)
    run.outcome = run.outcome[:300]
    run.ended_at = timezone.now()
    run.save(update_fields=["state", "outcome", "ended_at"])


def _put_off(organization: Organization, run_id: int, now: datetime) -> None:
    """Try again later and later, and at last no more; unless another worker has done it meanwhile."""
    with acting_in(organization, durable=True):
        run = (
            RuleRun.objects.filter(pk=run_id, state=State.WAITING)
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .first()
        )
        if run is None:
            return
        run.failures += 1
        if run.failures > len(TRY_AGAIN_AFTER):
            run.state, run.ended_at = State.FAILED, timezone.now()
            run.outcome = "An error broke it off every time. The server's log says which."
        else:
            run.due_at = now + TRY_AGAIN_AFTER[run.failures - 1]
        run.save(update_fields=["state", "outcome", "ended_at", "due_at", "failures"])


def _do(run: RuleRun, candidacy: Candidacy) -> tuple[RuleRun.State, str]:
    """Do what the rule says, or say why not."""
    rule = run.rule
    if rule.paused_at:
        return State.SKIPPED, "The rule rests."
    newest = candidacy.stage_changes.order_by("-at", "-id").values_list("pk", flat=True).first()
    if candidacy.stage_id != rule.stage_id or newest != run.change_id:
        return State.SKIPPED, f"The card has gone on to {candidacy.stage}."
    try:
        with transaction.atomic():
            return _ACTIONS[Action(rule.action)](run, candidacy)
    except DomainError as refusal:
        return State.REFUSED, str(refusal)


def _add_task(run: RuleRun, candidacy: Candidacy) -> tuple[RuleRun.State, str]:
    users = _users(run.rule, candidacy)
    if not users:
        return State.REFUSED, "There is nobody to give the task to."
    for user in users:
        add_task(
            title=run.rule.title,
            candidate=candidacy.candidate,
            assignee=user,
            due_on=timezone.localdate() + timedelta(days=run.rule.due_in_days),
        )
    return State.DONE, f"Task for {', '.join(map(str, users))}."


def _notify(run: RuleRun, candidacy: Candidacy) -> tuple[RuleRun.State, str]:
    users = _users(run.rule, candidacy)
    if not users:
        return State.REFUSED, "There is nobody to tell."
    # The same line goes to recruiters and to those who may not know who it is.
    is_blind = candidacy.stage.is_blind
    notify_all(
        users,
        kind=Notification.Kind.WATCHED,
        text=f"{pseudonym(candidacy) if is_blind else candidacy.candidate} is in {candidacy.stage}: {run.rule.title}",
        link=f"jobs/candidacies/{candidacy.pk}/",
        candidate=None if is_blind else candidacy.candidate,
        key=f"rule:{run.pk}",
    )
    return State.DONE, f"Told {', '.join(map(str, users))}."


def _write(run: RuleRun, candidacy: Candidacy) -> tuple[RuleRun.State, str]:
    # Whoever comes back knows what it says.
    if RuleRun.objects.filter(rule=run.rule, candidacy=candidacy, state=State.DONE).exists():
        return State.SKIPPED, "They have had this mail already."
    answer = wish_mail(candidacy, _wish(run.rule), by=None)
    return (State.DONE if answer.is_queued else State.REFUSED), answer.words


def _move(run: RuleRun, candidacy: Candidacy) -> tuple[RuleRun.State, str]:
    since = timezone.now() - MOVES_WITHIN
    moves = RuleRun.objects.filter(
        candidacy=candidacy, rule__action=Action.MOVE, state=State.DONE, ended_at__gte=since
    )
    if moves.count() >= MOST_MOVES:
        return State.REFUSED, f"Rules have moved this card {MOST_MOVES} times in a day: a circle."
    if run.rule.to is None:
        return State.REFUSED, "The stage that it moved to is gone."
    candidacies.move_card(candidacy, to=run.rule.to, by=None)
    return State.DONE, f"Moved to {run.rule.to}."


_ACTIONS = {
    Action.TASK: _add_task,
    Action.NOTIFY: _notify,
    Action.MAIL: _write,
    Action.MOVE: _move,
}


def _users(rule: StageRule, candidacy: Candidacy) -> list[User]:
    """Whom the rule means; the job's owner where the candidate has none."""
    if rule.whom == Whom.MANAGERS:
        managers = JobMember.objects.filter(
            job=candidacy.job_id, role=JobMember.Role.HIRING_MANAGER
        ).select_related("user")
        return [row.user for row in managers.order_by("pk")]
    job = candidacy.job
    # Of a confidential job nobody is told who may not open it.
    owner = next(
        (one for one in (candidacy.candidate.owner, job.owner) if one and may_open(one, job)), None
    )
    user = {Whom.OWNER: owner, Whom.JOB_OWNER: job.owner, Whom.MEMBER: rule.member}
    found = user[Whom(rule.whom)]
    return [found] if found and may_open(found, job) else []

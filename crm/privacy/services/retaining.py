"""Retention: finds whose time is up and erases them, batch by batch, with a certificate."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from candidates.models import Notification
from candidates.services.notifying import admins, notify_all
from crm.accounts.models import User
from crm.audit.services import record
from crm.privacy.models import LONGEST_KEEP_DAYS, PurgeRun, RetentionPolicy
from crm.privacy.queries import expired_candidates, silent_candidates
from crm.privacy.services.erasing import erase_locked, lock_candidates
from crm.tenancy.bulk import among
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from crm.web.errors import DomainError

BATCH_SIZE = 1000


class PurgeRunning(DomainError):
    """Another run has not finished."""


def current_policy() -> RetentionPolicy:
    """The organization's policy; an unsaved one with the defaults (switched off) if there is none yet."""
    return RetentionPolicy.objects.first() or RetentionPolicy()


def save_policy(policy: RetentionPolicy, *, by: User) -> RetentionPolicy:
    """Store a changed policy; it holds from the next run on."""
    policy.save()
    record(
        "retention.policy_changed",
        policy,
        by=by,
        keep_days=policy.keep_days,
        is_enabled=policy.is_enabled,
    )
    return policy


def cutoff(keep_days: int, *, now: datetime | None = None) -> datetime:
    """The moment of the last contact before which people go."""
    return (now or timezone.now()) - timedelta(days=min(keep_days, LONGEST_KEEP_DAYS))


@transaction.atomic
def start_run(
    *,
    by: User | None,
    is_dry_run: bool = False,
    trigger: str = PurgeRun.Trigger.MANUAL,
    keep_days: int | None = None,
    slot: date | None = None,
) -> PurgeRun:
    """Fix the rule and the moment of a run; `continue_run` does the work. Refuses a second run beside one."""
    # Locks the policy's row, so that two starters cannot both see no run.
    RetentionPolicy.objects.get_or_create()
    policy = RetentionPolicy.objects.select_for_update().get()
    if (
        not is_dry_run
        and PurgeRun.objects.filter(state=PurgeRun.State.RUNNING, is_dry_run=False).exists()
    ):
        raise PurgeRunning("A retention run is still going. Wait until it has finished.")
    if keep_days is not None and not 1 <= keep_days <= LONGEST_KEEP_DAYS:
        raise DomainError(f"Name a number of days from 1 to {LONGEST_KEEP_DAYS:,}.")
    days = policy.keep_days if keep_days is None else keep_days
    run = PurgeRun.objects.create(
        trigger=trigger,
        slot=slot,
        is_dry_run=is_dry_run,
        keep_days=days,
        cutoff_at=cutoff(days),
        started_by=by,
    )
    record("retention.started", run, by=by, keep_days=days, is_dry_run=is_dry_run)
    return run


@transaction.atomic
def start_nightly_run(*, slot: date) -> PurgeRun | None:
    """The run of the night `slot`, once: None when it was started before, the policy is off, or a run is going on."""
    # Locked as by `start_run`: of two that begin the night at once, the second sees the run of the first.
    policy = RetentionPolicy.objects.select_for_update().filter(is_enabled=True).first()
    if policy is None or PurgeRun.objects.filter(slot=slot).exists():
        return None
    try:
        return start_run(by=None, trigger=PurgeRun.Trigger.NIGHTLY, slot=slot)
    except PurgeRunning:
        return None


@transaction.atomic
def run_batch(run_id: int, *, size: int = BATCH_SIZE) -> bool:
    """Erase the next batch of a run (count it only, in a dry run); True while there is more to do.

    The batch and its counts are one transaction: a killed run goes on where it stopped. A run that
    another worker holds is left to it (False).
    """
    run = PurgeRun.objects.select_for_update(skip_locked=True).filter(pk=run_id).first()
    if run is None or run.state == PurgeRun.State.DONE or run.cutoff_at is None:
        return False
    silent = silent_candidates(cutoff_at=run.cutoff_at).filter(pk__gt=run.last_id).order_by("pk")
    ids = list(silent.values_list("pk", flat=True)[:size])
    if ids:
        with transaction.atomic():
            # Whoever replied or was enrolled before the locks were ours is not expired any more.
            locked = lock_candidates(_expired(run.cutoff_at, ids))
            still = _expired(run.cutoff_at, locked)
            counts = erase_locked(still)
            transaction.set_rollback(run.is_dry_run)
        run.counts = dict(Counter(run.counts) + Counter(counts))
        run.candidate_count += len(still)
        run.last_id = ids[-1]
    if len(ids) < size:
        run.state = PurgeRun.State.DONE
        run.finished_at = timezone.now()
        record("retention.finished", run, candidates=run.candidate_count, is_dry_run=run.is_dry_run)
        _tell(run)
    run.save()
    return run.state == PurgeRun.State.RUNNING


def is_running(organization: Organization, run_id: int) -> bool:
    """Whether a run is under way, whoever works on it. Outside any organization."""
    with acting_in(organization):
        running: bool = PurgeRun.objects.filter(pk=run_id, state=PurgeRun.State.RUNNING).exists()
    return running


def _expired(cutoff_at: datetime, ids: Sequence[int]) -> list[int]:
    expired = expired_candidates(cutoff_at=cutoff_at).filter(pk__in=among(ids))
    return list(expired.values_list("pk", flat=True))


def _tell(run: PurgeRun) -> None:
    """Who started it, else the admins where somebody went in the night."""
    people = "1 person" if run.candidate_count == 1 else f"{run.candidate_count:,} people"
    became = "would be erased" if run.is_dry_run else "erased"
    at_night = admins() if run.candidate_count else ()
    notify_all(
        [run.started_by] if run.started_by else at_night,
        kind=Notification.Kind.RETENTION,
        text=f"The retention run is done: {people} {became}",
        link=f"settings/privacy/runs/{run.pk}/",
    )

"""Following a job, and telling of who joined it and who moved. Safe to run at any time, twice."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from candidates.models import Notification
from candidates.services.notifying import notify
from candidates.services.watching import SETTLES_IN, readers_among
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.scope import current_organization
from pipelines.models import Candidacy, Job, JobWatch, StageChange
from pipelines.queries import readable_jobs


def watch_job(job: Job, *, by: User) -> None:
    """Tell `by` from now on. Doing it twice changes nothing."""
    JobWatch.objects.get_or_create(job=job, user=by)


def unwatch_job(job: Job, *, by: User) -> None:
    JobWatch.objects.filter(job=job, user=by).delete()


@transaction.atomic
def tell_watchers(now: datetime | None = None) -> None:
    """Tell who follows a job what others did there since the last time: one line a job.

    Whoever may not open the job any more follows it no longer.
    """
    until = (now or timezone.now()) - SETTLES_IN
    locked = JobWatch.objects.filter(told_at__lt=until).select_for_update(
        skip_locked=True, of=("self",)
    )
    watches = list(locked.select_related("job").order_by("pk"))
    readers = readers_among({watch.user_id for watch in watches})
    lost = _lost(watches, readers)
    JobWatch.objects.filter(pk__in=[watch.pk for watch in lost]).delete()
    for watch in watches:
        if watch.user_id in readers and watch not in lost:
            _tell(watch, readers[watch.user_id], until)
    JobWatch.objects.filter(pk__in=[watch.pk for watch in watches]).update(told_at=until)


def _lost(watches: list[JobWatch], readers: Collection[int]) -> set[JobWatch]:
    """The watches of readers on jobs that are closed to them by now: one query for each reader."""
    members = Membership.objects.filter(
        organization=current_organization(), user__in={watch.user_id for watch in watches}
    )
    lost = set()
    for member in members:
        mine = [watch for watch in watches if watch.user_id == member.user_id in readers]
        if not mine:
            continue
        jobs = readable_jobs(member).filter(pk__in=[watch.job_id for watch in mine])
        open_to_them = set(jobs.values_list("pk", flat=True))
        lost |= {watch for watch in mine if watch.job_id not in open_to_them}
    return lost


def _tell(watch: JobWatch, user: User, until: datetime) -> None:
    joined = (
        Candidacy.objects.filter(
            job=watch.job_id, created_at__gt=watch.told_at, created_at__lte=until
        )
        .exclude(created_by=user)
        .count()
    )
    moves = StageChange.objects.filter(
        candidacy__job=watch.job_id, origin__isnull=False, at__gt=watch.told_at, at__lte=until
    )
    moved = moves.exclude(by=user).values("candidacy").distinct().count()
    parts = [
        f"{_people(joined)} joined" if joined else "",
        f"{_people(moved)} moved" if moved else "",
    ]
    if any(parts):
        notify(
            user,
            kind=Notification.Kind.WATCHED,
            text=f"{watch.job}: {', '.join(filter(None, parts))}",
            link=f"jobs/{watch.job_id}/",
        )


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"

"""Following a job, and telling of who joined it and who moved. Safe to run at any time, twice."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from candidates.models import Notification
from candidates.services.notifying import notify
from candidates.services.watching import SETTLES_IN, readers_among
from crm.accounts.models import User
from pipelines.models import Candidacy, Job, JobWatch, StageChange


def watch_job(job: Job, *, by: User) -> None:
    """Tell `by` from now on. Doing it twice changes nothing."""
    JobWatch.objects.get_or_create(job=job, user=by)


def unwatch_job(job: Job, *, by: User) -> None:
    JobWatch.objects.filter(job=job, user=by).delete()


@transaction.atomic
def tell_watchers(now: datetime | None = None) -> None:
    """Tell who follows a job what others did there since the last time: one line a job."""
    until = (now or timezone.now()) - SETTLES_IN
    locked = JobWatch.objects.filter(told_at__lt=until).select_for_update(
        skip_locked=True, of=("self",)
    )
    watches = list(locked.select_related("job").order_by("pk"))
    readers = readers_among({watch.user_id for watch in watches})
    for watch in watches:
        if watch.user_id in readers:
            _tell(watch, readers[watch.user_id], until)
    JobWatch.objects.filter(pk__in=[watch.pk for watch in watches]).update(told_at=until)


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

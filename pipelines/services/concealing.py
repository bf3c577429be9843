"""Taking a job's title out of what was told of it: lines that more people read than the job itself."""

import re
from collections.abc import Iterable

from django.db.models import F, Func, Q, Value
from django.db.models.functions import Replace

from candidates.models import Notification, PoolMembership, Touchpoint
from crm.tenancy.models import Membership
from pipelines.models import Candidacy, Job, StageChange
from pipelines.queries import readable_jobs

Kind = Touchpoint.Kind
# Reasons and notes that Rapport writes by itself.
WRITTEN = ("Came close for", "Hired for")


def conceal(job: Job, *, titles: Iterable[str]) -> None:
    """Let timelines, pools and bells say “a confidential job” where they name the job by one of `titles`.

    Whoever may open the job keeps their own notifications as they are. Notes that people wrote stay.
    """
    instead = job.told_as
    for title in filter(None, titles):
        _conceal_timelines(job, title, instead)
        for words in WRITTEN:
            told, now = f"{words} {title}"[:200], f"{words} {instead}"
            PoolMembership.objects.filter(reason=told).update(reason=now)
            Candidacy.objects.filter(rejection_note=told).update(rejection_note=now)
            StageChange.objects.filter(note=told).update(note=now)
        bells = Notification.objects.filter(text__contains=title, link__startswith="jobs/")
        bells.filter(Q(link=job.path) | Q(link__in=_links_of_cards(job))).exclude(
            user__in=_readers(job)
        ).update(text=Replace("text", Value(title), Value(instead)))


def _conceal_timelines(job: Job, title: str, instead: str) -> None:
    named = re.escape(title)
    about_it = Q(link=job.path) | Q(link__in=_links_of_cards(job))
    entries = Touchpoint.objects.filter(summary__contains=title)
    # Each in the form in which it is written: another job's title may contain this one.
    for found, told, where in (
        (rf" · {named}$", f" · {instead}", about_it),
        (rf"^Added to {named}: ", f"Added to {instead}: ", about_it),
        (rf"^Taken off {named}$", f"Taken off {instead}", about_it),
        (rf": (\w[\w ]*) for {named}$", rf": \1 for {instead}", about_it),
        (rf"^Moved over from {named}, ", f"Moved over from {instead}, ", Q(kind=Kind.STAGE)),
    ):
        entries.filter(where, summary__regex=found).update(
            summary=Func(F("summary"), Value(found), Value(told), function="regexp_replace")
        )


def _links_of_cards(job: Job) -> list[str]:
    cards = Candidacy.objects.filter(job=job).values_list("pk", flat=True)
    return [f"jobs/candidacies/{pk}/" for pk in cards]


def _readers(job: Job) -> list[int]:
    members = Membership.objects.filter(organization=job.organization_id)
    return [
        member.user_id for member in members if readable_jobs(member).filter(pk=job.pk).exists()
    ]

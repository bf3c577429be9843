"""Taking a job's title out of what was told of it: lines that more people read than the job itself."""

import re
from collections.abc import Iterable

from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Replace

from candidates.models import BulkAct, ChangeSet, Notification, PoolMembership, Task, Touchpoint
from crm.tenancy.models import Membership
from pipelines.models import Candidacy, Job, StageChange
from pipelines.queries import readable_jobs

Kind = Touchpoint.Kind
# Reasons and notes that Rapport writes by itself.
WRITTEN = ("Came close for", "Hired for")


def conceal(job: Job, *, titles: Iterable[str]) -> None:
    """Let timelines, pools, acts, tasks and bells say “a confidential job” where they name the job by one of `titles`.

    Whoever may open the job keeps their own notifications as they are. Notes that people wrote stay.
    """
    instead = job.told_as
    # What was told names it as it was called then.
    for title in {*titles, *_told_titles(job)} - {"", instead}:
        _conceal_timelines(job, title, instead)
        _conceal_acts(job, title, instead)
        for words in WRITTEN:
            told, now = f"{words} {title}"[:200], f"{words} {instead}"
            PoolMembership.objects.filter(reason=told).update(reason=now)
            Candidacy.objects.filter(rejection_note=told).update(rejection_note=now)
            StageChange.objects.filter(note=told).update(note=now)
        bells = Notification.objects.filter(text__contains=title, link__startswith="jobs/")
        bells.filter(_about(job)).exclude(user__in=_readers(job)).update(
            text=Replace("text", Value(title), Value(instead))
        )


def _told_titles(job: Job) -> set[str]:
    """What timelines call the job, under earlier titles too: each line about it in the form in which it is written."""
    entries = Touchpoint.objects.filter(_about(job), kind=Kind.STAGE).order_by()
    found: set[str] = set()
    for form in (r"^Added to (.*): [^:]*$", r"^Taken off (.*)$", r"^Moved from .*? · (.*)$"):
        title = Func(F("summary"), Value(form), function="substring", output_field=TextField())
        found |= set(entries.annotate(title=title).values_list("title", flat=True).distinct())
    return {title for title in found if title}


def _conceal_timelines(job: Job, title: str, instead: str) -> None:
    named = re.escape(title)
    about_it = _about(job)
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


def _conceal_acts(job: Job, title: str, instead: str) -> None:
    """Acts that put people on the job, what they changed, and tasks that are about it."""
    put_there = Q(changes__model=Candidacy._meta.label, changes__after__job_id=job.pk)
    acts = BulkAct.objects.filter(action="job", chosen__job=job.pk)
    # An act that waits still has changed nothing that would tell what it is about.
    ids = {
        *ChangeSet.objects.filter(put_there, title__contains=title).values_list("pk", flat=True),
        *acts.values_list("change_set", flat=True),
    }
    for titled in (acts, ChangeSet.objects.filter(pk__in=ids - {None})):
        titled.filter(title__contains=title).update(
            title=Replace("title", Value(title), Value(instead))
        )
    Task.objects.filter(_about(job), about__startswith=title).update(
        about=Replace("about", Value(title), Value(instead))
    )


def _about(job: Job) -> Q:
    """What leads to the job, to one of its stages, or to a card of it."""
    cards = Candidacy.objects.filter(job=job).values_list("pk", flat=True)
    links = [job.path, *(f"jobs/candidacies/{pk}/" for pk in cards)]
    return Q(link__in=links) | Q(link__startswith=f"{job.path}table/")


def _readers(job: Job) -> list[int]:
    members = Membership.objects.filter(organization=job.organization_id)
    return [
        member.user_id for member in members if readable_jobs(member).filter(pk=job.pk).exists()
    ]

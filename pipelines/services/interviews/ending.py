"""When a candidacy or a job ends, so do its interviews that are still to come."""

from collections.abc import Iterable

from django.db.models import F, QuerySet
from django.utils import timezone

from crm.accounts.models import User
from crm.tenancy.bulk import among
from pipelines import extensions
from pipelines.models import Candidacy, Interview, Job
from pipelines.services.interviews.scheduling import call_off
from pipelines.services.interviews.wording import moment_in

# A warning names so many; of the others it says how many they are.
MOST_NAMED = 5


def still_to_come(candidacies: Iterable[Candidacy] | QuerySet[Candidacy]) -> QuerySet[Interview]:
    """Their interviews that wait for the candidate, or are booked and have not begun."""
    waiting = Interview.objects.filter(candidacy__in=candidacies, state=Interview.State.OFFERED)
    booked = Interview.objects.filter(
        candidacy__in=candidacies,
        state=Interview.State.BOOKED,
        starts_at__gt=timezone.now(),
    )
    return (waiting | booked).order_by("pk")


def what_ends(candidacies: Iterable[Candidacy] | QuerySet[Candidacy]) -> str:
    """What closing these candidacies, or their job, calls off: how many, whose, when. Empty where it is nothing.

    One query, however many they are.
    """
    found = list(still_to_come(candidacies).select_related("candidacy__candidate"))
    if not found:
        return ""
    which = "1 interview is" if len(found) == 1 else f"{len(found)} interviews are"
    names = "; ".join(f"{one.candidacy.candidate}, {_when(one)}" for one in found[:MOST_NAMED])
    more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return f"{which} cancelled with it, and everybody is told at once. {names}{more}."


def what_stays_ended(candidacy_ids: Iterable[int]) -> str:
    """What has ended where these candidacies are, and moving them back does not bring back; asked before that."""
    ids = list(candidacy_ids)
    return f"{what_stays_cancelled(ids)} {extensions.what_stays_ended(ids)}".strip()


def what_stays_cancelled(candidacy_ids: Iterable[int]) -> str:
    """What has ended with these closed candidacies and opening them does not bring back; asked before they are opened.

    Everybody was told, and the time may be taken: somebody has to arrange it anew. Empty where nothing has.
    """
    ended = Interview.objects.filter(
        candidacy__in=among(candidacy_ids),
        state=Interview.State.CANCELLED,
        is_cancelled_by_candidate=False,
        cancelled_at__gte=F("candidacy__closed_at"),
    ).exclude(starts_at__lte=timezone.now())
    found = list(ended.select_related("candidacy__candidate").order_by("pk"))
    if not found:
        return ""
    which = "The interview that was" if len(found) == 1 else f"{len(found)} interviews that were"
    stay, them = ("stays", "it") if len(found) == 1 else ("stay", "them")
    names = "; ".join(f"{one.candidacy.candidate}, {_when(one)}" for one in found[:MOST_NAMED])
    return f"{which} called off {stay} cancelled: arrange {them} anew ({names})."


def _when(interview: Interview) -> str:
    if interview.starts_at is None:
        return "no time chosen yet"
    return moment_in(interview.starts_at, interview.time_zone)


def end_interviews_of(candidacies: Iterable[Candidacy], *, by: User | None) -> int:
    """Call off what is still to come of these closed candidacies; returns how many."""
    return _call_off_all(still_to_come(candidacies), by=by)


def end_interviews_on(job: Job, *, by: User | None) -> int:
    """Call off what is still to come on a job that is filled or cancelled; returns how many."""
    return _call_off_all(still_to_come(Candidacy.objects.filter(job=job)), by=by)


def _call_off_all(interviews: QuerySet[Interview], *, by: User | None) -> int:
    found = list(interviews)
    for interview in found:
        call_off(interview, by=by)
    return len(found)

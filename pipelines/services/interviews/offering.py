"""When members can interview, and which times that leaves for a candidate."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.queries import zone_of
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError
from pipelines.models import Interview, OfferedTime

# Talks begin at full and half hours.
STEP = timedelta(minutes=30)
# How far ahead times can be offered, and how many days one form adds at most.
FURTHEST = timedelta(days=180)
# Times that have passed are of no use to anybody.
KEPT = timedelta(days=7)

Span = tuple[datetime, datetime]


class NoTimeThere(DomainError):
    def __init__(self) -> None:
        super().__init__(
            "Nothing was added: on these days there is no such time, or it has passed."
        )


class SomebodyElsesTime(DomainError):
    def __init__(self) -> None:
        super().__init__("This time is offered by somebody else. Nothing was changed.")


@transaction.atomic
def offer_times(
    user: User,
    *,
    first: date,
    last: date,
    weekdays: Iterable[int],
    starts: time,
    ends: time,
    by: User,
) -> int:
    """Let `user` be booked from `starts` to `ends` on these days, on the user's own clock; returns how many are new.

    What touches or overlaps a stretch that is there already becomes one with it.
    """
    zone, days = zone_of(user), set(weekdays)
    now = timezone.now()
    last = min(last, (now + FURTHEST).date())
    wanted: list[Span] = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        span = (_at(day, starts, zone), _at(day, ends, zone))
        if day.weekday() in days and span[0] < span[1] and span[1] > now:
            wanted.append(span)
    if not wanted:
        raise NoTimeThere
    lock_people([user.pk])
    there = OfferedTime.objects.filter(user=user, ends_at__gt=now)
    before = [(row.starts_at, row.ends_at) for row in there]
    merged = _union([*before, *wanted])
    there.delete()
    OfferedTime.objects.bulk_create(
        OfferedTime(user=user, starts_at=start, ends_at=end) for start, end in merged
    )
    record("interview_times.offered", by=by, user=user.pk, count=len(wanted))
    return len(wanted)


@transaction.atomic
def take_back(offered: OfferedTime, *, by: User) -> None:
    """Nobody books this stretch any more. What is booked in it stays."""
    record("interview_times.taken_back", offered, by=by, user=offered.user_id)
    offered.delete()


def offered_by(user: User) -> QuerySet[OfferedTime]:
    """The stretches to come, the next one first."""
    return OfferedTime.objects.filter(user=user, ends_at__gt=timezone.now()).order_by("starts_at")


def lock_people(user_ids: Iterable[int]) -> None:
    """Hold the calendars of these members until the transaction ends: who books them comes one after the other."""
    with connection.cursor() as cursor:
        for user_id in sorted(set(user_ids)):
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"calendar:{current_organization().pk}:{user_id}"],
            )


def bookable_times(interview: Interview, now: datetime | None = None) -> list[datetime]:
    """When the interview can begin: every interviewer has offered that time and is not booked in it.

    Not today, not further ahead than the interview says, and within its hours; all on the clock of the
    organization.
    """
    now = now or timezone.now()
    zone = ZoneInfo(current_organization().time_zone)
    today = now.astimezone(zone).date()
    opens = _at(today + timedelta(days=1), time.min, zone)
    closes = _at(today + timedelta(days=interview.days_ahead + 1), time.min, zone)
    people = interviewer_ids(interview)
    if not people:
        return []
    length = timedelta(minutes=interview.minutes)
    free = _free(people, opens, closes, leaving_out=interview)
    return [
        moment
        for start, end in free
        for moment in _starts_in((max(start, opens), min(end, closes)), length)
        if _is_within_hours(interview, moment, moment + length, zone)
    ]


def free_starts(
    user_ids: Sequence[int], *, minutes: int, days_ahead: int, now: datetime | None = None
) -> dict[int, int]:
    """At how many times each of these members alone could begin an interview of so many minutes: two queries.

    As `bookable_times` counts them, but for the hours of one interview.
    """
    now = now or timezone.now()
    zone = ZoneInfo(current_organization().time_zone)
    today = now.astimezone(zone).date()
    opens = _at(today + timedelta(days=1), time.min, zone)
    closes = _at(today + timedelta(days=days_ahead + 1), time.min, zone)
    offered: dict[int, list[Span]] = {user_id: [] for user_id in user_ids}
    rows = OfferedTime.objects.filter(user__in=user_ids, starts_at__lt=closes, ends_at__gt=opens)
    for user_id, start, end in rows.values_list("user_id", "starts_at", "ends_at"):
        offered[user_id].append((max(start, opens), min(end, closes)))
    taken: dict[int, list[Span]] = {}
    booked = busy_in(user_ids, opens, closes)
    busy = booked.values_list("interviewers__user", "starts_at", "ends_at")
    for user_id, begins, stops in busy:
        if begins and stops:
            taken.setdefault(user_id, []).append((begins, stops))
    length = timedelta(minutes=minutes)
    return {
        user_id: sum(
            len(_starts_in(span, length))
            for span in _without(_union(spans), _union(taken.get(user_id, ())))
        )
        for user_id, spans in offered.items()
    }


def _starts_in(span: Span, length: timedelta) -> list[datetime]:
    """When within the span something of that length can begin."""
    starts, moment = [], _next_step(span[0])
    while moment + length <= span[1]:
        starts.append(moment)
        moment += STEP
    return starts


def interviewer_ids(interview: Interview) -> list[int]:
    return list(interview.interviewers.filter(removed_at=None).values_list("user_id", flat=True))


def busy_in(
    user_ids: Sequence[int], start: datetime, end: datetime, *, leaving_out: Interview | None = None
) -> QuerySet[Interview]:
    """Booked interviews of these members that overlap the time."""
    booked = Interview.objects.filter(
        state=Interview.State.BOOKED,
        starts_at__lt=end,
        ends_at__gt=start,
        interviewers__user__in=user_ids,
        interviewers__removed_at=None,
    )
    return booked.exclude(pk=leaving_out.pk) if leaving_out else booked


def _free(
    user_ids: Sequence[int], opens: datetime, closes: datetime, *, leaving_out: Interview
) -> list[Span]:
    """When all of these members have offered time and none is booked: three queries."""
    offered: dict[int, list[Span]] = {user_id: [] for user_id in user_ids}
    rows = OfferedTime.objects.filter(user__in=user_ids, starts_at__lt=closes, ends_at__gt=opens)
    for user_id, start, end in rows.values_list("user_id", "starts_at", "ends_at"):
        offered[user_id].append((start, end))
    common = [(opens, closes)]
    for spans in offered.values():
        common = _common(common, _union(spans))
    booked = busy_in(user_ids, opens, closes, leaving_out=leaving_out)
    taken = [
        (start, end)
        for start, end in booked.values_list("starts_at", "ends_at").distinct()
        if start and end
    ]
    return _without(common, _union(taken))


def _union(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _common(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    return [
        (max(a[0], b[0]), min(a[1], b[1]))
        for a in one
        for b in other
        if max(a[0], b[0]) < min(a[1], b[1])
    ]


def _without(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    left = list(spans)
    for start, end in taken:
        left = [
            part
            for span in left
            for part in ((span[0], min(span[1], start)), (max(span[0], end), span[1]))
            if part[0] < part[1]
        ]
    return left


def _next_step(moment: datetime) -> datetime:
    """The next full or half hour of the clock in UTC, which is one in every zone of 30-minute steps."""
    over = timedelta(
        minutes=moment.minute % 30, seconds=moment.second, microseconds=moment.microsecond
    )
    return moment + (STEP - over) if over else moment


def _is_within_hours(interview: Interview, start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    first, last = start.astimezone(zone), end.astimezone(zone)
    return (
        first.date() == last.date()
        and first.time() >= interview.from_time
        and last.time() <= interview.to_time
    )


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """A moment on somebody's clock, in UTC: a time that clocks skip is moved forward by as much (PEP 495)."""
    local = datetime.combine(day, clock, tzinfo=zone)
    return local.astimezone(ZoneInfo("UTC"))


def forget_past_times(now: datetime | None = None) -> int:
    """Delete offered times that have passed; returns how many."""
    count, _ = OfferedTime.objects.filter(ends_at__lt=(now or timezone.now()) - KEPT).delete()
    return count

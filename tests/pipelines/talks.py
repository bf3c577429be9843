"""What tests of interviews share: people with times, and the wishes for mails that were made."""

from datetime import UTC, date, datetime, time

from candidates.models import Notification
from pipelines.models import Candidacy, Interview
from pipelines.services.interviews import offering, scheduling

# A Monday noon; interviews are booked from Tuesday on.
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TUESDAY_TEN = datetime(2026, 3, 3, 10, tzinfo=UTC)


def offer(user, *, by=None, first=date(2026, 3, 3), last=date(2026, 3, 6), starts=9, ends=12):
    """`user` has time on these days, on the user's own clock."""
    offering.offer_times(
        user,
        first=first,
        last=last,
        weekdays=range(7),
        starts=time(starts),
        ends=time(ends),
        by=by or user,
    )


def arrange(candidacy: Candidacy, *users, by, **more) -> Interview:
    values = {"title": "Technical interview", "minutes": 60, "time_zone": "UTC"}
    return scheduling.arrange(candidacy, interviewers=list(users), by=by, **values | more)


def told(user) -> list[str]:
    """What the bell has said to this member of interviews."""
    mine = Notification.objects.filter(user=user, kind=Notification.Kind.INTERVIEW)
    return list(mine.order_by("pk").values_list("text", flat=True))

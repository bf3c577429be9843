"""What happens around an interview by the clock. Safe to run at any time, twice."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from pipelines.models import Interview, Interviewer, Scorecard
from pipelines.services.interviews import telling
from pipelines.services.interviews.announcing import ask_for_scorecard

REMIND_BEFORE = timedelta(hours=24)
# Asked when the talk is over, and once more the day after.
ASK_AGAIN_AFTER = timedelta(hours=24)
TIMES_ASKED = 2


@transaction.atomic
def remind_candidates(now: datetime | None = None) -> int:
    """Remind whose interview is within a day; who has only just booked knows. Returns how many."""
    now = now or timezone.now()
    due = (
        Interview.objects.filter(
            state=Interview.State.BOOKED,
            starts_at__gt=now,
            starts_at__lte=now + REMIND_BEFORE,
            reminded_at=None,
            booked_at__lt=F("starts_at") - REMIND_BEFORE,
        )
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("candidacy__candidate", "candidacy__job", "organizer")
        .order_by("starts_at", "pk")
    )
    count = 0
    for interview in due:
        interview.reminded_at = now
        interview.save(update_fields=["reminded_at"])
        telling.remind(interview)
        count += 1
    return count


@transaction.atomic
def ask_for_scorecards(now: datetime | None = None) -> int:
    """Ask interviewers for their scorecard, only after the end and only while there is none."""
    now = now or timezone.now()
    submitted = Scorecard.objects.filter(
        candidacy=OuterRef("interview__candidacy"),
        stage=OuterRef("interview__stage"),
        author=OuterRef("user"),
        submitted_at__isnull=False,
    )
    due = (
        Interviewer.objects.filter(
            ~Exists(submitted),
            interview__state=Interview.State.BOOKED,
            interview__ends_at__lte=now,
            interview__ends_at__gt=now - timedelta(days=7),
            removed_at=None,
            times_asked__lt=TIMES_ASKED,
        )
        .exclude(answer=Interviewer.Answer.DECLINED)
        .exclude(asked_at__gt=now - ASK_AGAIN_AFTER)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("user", "interview__candidacy__candidate", "interview__candidacy__stage")
        .order_by("pk")
    )
    count = 0
    for row in due:
        ask_for_scorecard(row)
        row.asked_at, row.times_asked = now, row.times_asked + 1
        row.save(update_fields=["asked_at", "times_asked"])
        count += 1
    return count

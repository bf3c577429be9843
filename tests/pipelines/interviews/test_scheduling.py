"""Interviews: which times there are, booking one, moving, cancelling, and who hears of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from candidates.models import Touchpoint
from candidates.services.merging.merging import merge_people
from pipelines.forms.interviews import possible_interviewers
from pipelines.models import (
    Candidacy,
    Interview,
    Interviewer,
    Job,
    OfferedTime,
    Stage,
)
from pipelines.services import jobs, rejecting
from pipelines.services.candidacies import CandidacyClosed
from pipelines.services.interviews import offering, refusals, reminding, scheduling
from pipelines.services.interviews.wording import moment_in
from pipelines.signals import interview_booked, mail_wanted
from tests.factories import MembershipFactory
from tests.pipelines.talks import NOW, TUESDAY_TEN, arrange, offer, told

pytestmark = pytest.mark.usefixtures("in_acme")
State = Interview.State


def clock(moments) -> list[str]:
    return [f"{moment:%d %H:%M}" for moment in moments]


def test_times_are_those_that_all_interviewers_offer(ada, recruiter, sourcer):
    offer(recruiter, last=date(2026, 3, 3))
    offer(sourcer, first=date(2026, 3, 3), last=date(2026, 3, 4), starts=10, ends=13)
    interview = arrange(ada, recruiter, sourcer, by=recruiter)

    times = offering.bookable_times(interview)

    assert clock(times) == ["03 10:00", "03 10:30", "03 11:00"]


def test_times_leave_out_what_is_booked(ada, job, put_on, recruiter):
    offer(recruiter, last=date(2026, 3, 3))
    arrange(put_on(job, "Bo"), recruiter, by=recruiter, starts_at=TUESDAY_TEN)

    times = offering.bookable_times(arrange(ada, recruiter, by=recruiter, minutes=30))

    assert clock(times) == ["03 09:00", "03 09:30", "03 11:00", "03 11:30"]


def test_times_are_not_today_nor_too_far_nor_outside_the_hours(ada, recruiter):
    offer(recruiter, first=date(2026, 3, 2), last=date(2026, 3, 9), starts=7, ends=22)
    interview = arrange(ada, recruiter, by=recruiter, days_ahead=2, minutes=60)

    times = offering.bookable_times(interview)

    assert {moment.date() for moment in times} == {date(2026, 3, 3), date(2026, 3, 4)}
    assert clock(times)[0] == "03 08:00"
    assert clock(times)[-1] == "04 18:00"


def test_offered_times_keep_the_clock_of_whoever_offers(recruiter):
    recruiter.time_zone = "America/New_York"
    recruiter.save(update_fields=["time_zone"])

    # Clocks go forward on Sunday, 8 March.
    offer(recruiter, first=date(2026, 3, 6), last=date(2026, 3, 9))

    starts = OfferedTime.objects.values_list("starts_at", flat=True)
    assert [f"{moment:%d %H:%M}" for moment in starts] == [
        *("06 14:00", "07 14:00", "08 13:00", "09 13:00"),
    ]


def test_offered_times_that_touch_become_one(recruiter):
    day = date(2026, 3, 3)
    for starts, ends in ((9, 11), (11, 12), (10, 13)):
        offer(recruiter, first=day, last=day, starts=starts, ends=ends)

    (span,) = OfferedTime.objects.all()
    assert (span.starts_at.hour, span.ends_at.hour) == (9, 13)
    with pytest.raises(offering.NoTimeThere):
        offer(recruiter, first=date(2026, 3, 1), last=date(2026, 3, 1))


def test_candidate_is_asked_books_and_everybody_hears(ada, recruiter, sourcer, wishes):
    offer(sourcer)
    interview = arrange(ada, sourcer, by=recruiter)
    (link,) = wishes
    assert interview.state == State.OFFERED
    assert "/booking/" in link.body

    booked = scheduling.book(interview, starts_at=TUESDAY_TEN, time_zone="Europe/Lisbon")

    assert (booked.state, booked.starts_at, booked.sequence) == (State.BOOKED, TUESDAY_TEN, 0)
    assert booked.ends_at == TUESDAY_TEN + timedelta(hours=1)
    mail = wishes[-1]
    assert (mail.subject, mail.calendar_method) == ("Booked: Technical interview", "REQUEST")
    assert "Tuesday, 3 March 2026, 10:00 (Europe/Lisbon, UTC+00:00)" in mail.body
    assert "mailto:ada@example.com" in mail.calendar.replace("\r\n ", "")
    for user in (recruiter, sourcer):
        assert told(user) == [
            "Technical interview was booked by the candidate: Ada Byron, "
            "Tuesday, 3 March 2026, 10:00 (UTC, UTC+00:00)"
        ]
    summary = Touchpoint.objects.filter(kind=Touchpoint.Kind.INTERVIEW).latest("pk").summary
    assert summary.startswith("Technical interview booked for Tuesday, 3 March 2026, 10:00")
    assert interview.interviewers.get().mail_due_at == NOW


def test_each_member_reads_the_time_on_their_own_clock(ada, recruiter, sourcer):
    for user, zone in ((recruiter, "Europe/Berlin"), (sourcer, "Asia/Tokyo")):
        user.time_zone = zone
        user.save(update_fields=["time_zone"])

    interview = arrange(
        ada, sourcer, by=recruiter, starts_at=TUESDAY_TEN, time_zone="America/New_York"
    )
    scheduling.cancel(interview, by=None)

    assert told(recruiter)[-1].endswith("11:00 (Europe/Berlin, UTC+01:00)")
    assert told(sourcer)[-1].endswith("19:00 (Asia/Tokyo, UTC+09:00)")


def test_in_a_blind_stage_recruiters_alone_read_the_name(job, ada, recruiter, owner, manager):
    jobs.set_managers(job, [manager], by=recruiter)
    Stage.objects.filter(pk=ada.stage_id).update(is_blind=True)
    ada = Candidacy.objects.select_related("candidate", "stage", "job").get(pk=ada.pk)
    arrange(ada, owner, manager, by=recruiter, starts_at=TUESDAY_TEN, title="Ada at the board")

    reminding.ask_for_scorecards(TUESDAY_TEN + timedelta(hours=1))

    booked, asked = told(owner)
    assert booked.startswith("Ada at the board was booked: Ada Byron, Tuesday")
    assert asked == "Your scorecard for Ada Byron: Ada at the board"
    lines = told(manager)
    assert len(lines) == 2
    assert all("a candidate" in line and "Ada" not in line for line in lines)


ENDINGS = {
    "rejected": lambda card, by: rejecting.reject_candidacy(card, by=by),
    "rejected with others": lambda card, by: rejecting.reject_many(card.job, {card.pk: 0}, by=by),
    "job filled": lambda card, by: jobs.edit_job(card.job, by=by, status=Job.Status.FILLED),
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
def test_an_end_calls_off_what_is_to_come(ada, recruiter, sourcer, wishes, end):
    offer(sourcer)
    booked = arrange(ada, sourcer, by=recruiter, starts_at=TUESDAY_TEN)
    asked = arrange(ada, sourcer, by=recruiter)
    Interviewer.objects.update(mail_due_at=None, mailed_sequence=0)

    end(ada, recruiter)

    for interview in (booked, asked):
        interview.refresh_from_db()
        assert interview.state == State.CANCELLED
        assert not interview.is_cancelled_by_candidate
        assert scheduling.open_to_candidate(interview.pk) is None
    assert booked.sequence == 1
    assert [wish.calendar_method for wish in wishes[-2:]] == ["CANCEL", ""]
    assert booked.interviewers.get().mail_due_at == NOW
    assert told(sourcer)[-1].startswith("Technical interview was cancelled: Ada Byron")


def test_an_end_leaves_alone_what_has_begun(ada, recruiter):
    interview = arrange(ada, recruiter, by=recruiter, starts_at=TUESDAY_TEN)

    with time_machine.travel(TUESDAY_TEN + timedelta(minutes=5), tick=False):
        rejecting.reject_candidacy(ada, by=recruiter)

    interview.refresh_from_db()
    assert interview.state == State.BOOKED


def test_nothing_is_booked_or_moved_after_the_end(ada, recruiter):
    offer(recruiter)
    booked = arrange(ada, recruiter, by=recruiter, starts_at=TUESDAY_TEN)
    asked = arrange(ada, recruiter, by=recruiter)
    Candidacy.objects.update(closed_at=NOW)

    assert scheduling.open_to_candidate(asked.pk) is None
    for interview in (booked, asked):
        with pytest.raises(refusals.InterviewGone):
            scheduling.book(interview, starts_at=TUESDAY_TEN + timedelta(days=1))
        with pytest.raises(CandidacyClosed):
            scheduling.move(interview, starts_at=TUESDAY_TEN + timedelta(days=1), by=recruiter)
        with pytest.raises(CandidacyClosed):
            scheduling.renew_link(interview, by=recruiter)


def test_nobody_is_asked_to_choose_among_no_times(ada, recruiter, sourcer, wishes):
    offer(recruiter)
    with pytest.raises(refusals.NoTimeToChoose, match="Recruiter of Acme, Sourcer of Acme"):
        arrange(ada, recruiter, sourcer, by=recruiter)

    assert wishes == []
    offer(sourcer)
    interview = arrange(ada, recruiter, sourcer, by=recruiter)
    assert (interview.state, len(wishes)) == (State.OFFERED, 1)


def test_free_times_are_counted_for_each_member(
    job, put_on, recruiter, sourcer, owner, django_assert_num_queries
):
    offer(recruiter, last=date(2026, 3, 3))
    offer(sourcer, last=date(2026, 3, 4), starts=9, ends=10)
    arrange(put_on(job, "Bo"), recruiter, by=recruiter, starts_at=TUESDAY_TEN)
    people = [recruiter.pk, sourcer.pk, owner.pk]

    with django_assert_num_queries(2):
        free = offering.free_starts(people, minutes=60, days_ahead=30)

    assert free == {recruiter.pk: 2, sourcer.pk: 2, owner.pk: 0}


def test_booking_the_same_time_twice_changes_nothing(ada, recruiter, wishes):
    offer(recruiter)
    interview = arrange(ada, recruiter, by=recruiter)
    for _ in range(2):
        interview = scheduling.book(interview, starts_at=TUESDAY_TEN)

    assert interview.sequence == 0
    assert [wish.key for wish in wishes] == [
        f"interview:{interview.pk}:link:0",
        f"interview:{interview.pk}:booked:0",
    ]


def test_taken_and_never_offered_times_are_refused(ada, job, put_on, recruiter):
    offer(recruiter)
    first = arrange(ada, recruiter, by=recruiter)
    second = arrange(put_on(job, "Bo"), recruiter, by=recruiter)
    scheduling.book(first, starts_at=TUESDAY_TEN)

    for moment in (
        TUESDAY_TEN,
        TUESDAY_TEN + timedelta(minutes=30),
        TUESDAY_TEN + timedelta(minutes=7),
        NOW - timedelta(days=1),
        TUESDAY_TEN.replace(hour=20),
    ):
        with pytest.raises(refusals.TimeTaken):
            scheduling.book(second, starts_at=moment)

    assert Interview.objects.filter(state=State.BOOKED).count() == 1


def test_candidate_moves_it_and_calendars_follow(ada, recruiter, wishes):
    offer(recruiter)
    interview = scheduling.book(arrange(ada, recruiter, by=recruiter), starts_at=TUESDAY_TEN)
    uid = interview.uid

    moved = scheduling.book(interview, starts_at=TUESDAY_TEN + timedelta(days=1))

    assert (moved.sequence, moved.uid) == (1, uid)
    assert wishes[-1].subject == "Changed: Technical interview"
    assert "SEQUENCE:1" in wishes[-1].calendar


def test_cancelling_takes_it_out_of_calendars(ada, recruiter, wishes):
    offer(recruiter)
    interview = scheduling.book(arrange(ada, recruiter, by=recruiter), starts_at=TUESDAY_TEN)
    link_before = interview.link_version

    gone = scheduling.cancel(interview, by=None)

    assert (gone.state, gone.sequence, gone.is_cancelled_by_candidate) == (State.CANCELLED, 1, True)
    assert gone.link_version == link_before + 1
    assert wishes[-1].calendar_method == "CANCEL"
    assert told(recruiter)[-1].startswith("Technical interview was cancelled by the candidate")
    with pytest.raises(refusals.InterviewGone):
        scheduling.book(gone, starts_at=TUESDAY_TEN)
    with pytest.raises(refusals.InterviewGone):
        scheduling.cancel(gone, by=recruiter)


def test_we_book_a_time_of_ours_unless_somebody_is_busy(ada, job, put_on, recruiter, sourcer):
    interview = arrange(ada, recruiter, sourcer, by=recruiter, starts_at=TUESDAY_TEN)
    assert interview.state == State.BOOKED

    with pytest.raises(refusals.Busy, match="Sourcer of Acme already has an interview then"):
        arrange(
            put_on(job, "Bo"),
            sourcer,
            by=recruiter,
            starts_at=TUESDAY_TEN + timedelta(minutes=59),
        )
    with pytest.raises(refusals.TimePassed):
        scheduling.move(interview, starts_at=NOW - timedelta(hours=1), by=recruiter)
    later = TUESDAY_TEN + timedelta(hours=1)
    assert arrange(put_on(job, "Cy"), sourcer, by=recruiter, starts_at=later).starts_at == later


def test_who_is_taken_off_or_added_is_told(ada, recruiter, sourcer, owner):
    interview = arrange(ada, recruiter, sourcer, by=recruiter, starts_at=TUESDAY_TEN)
    Interviewer.objects.update(mail_due_at=None, mailed_sequence=0)

    scheduling.edit(interview, interviewers=[recruiter, owner], by=recruiter)

    rows = {row.user: row for row in Interviewer.objects.select_related("user")}
    assert rows[sourcer].removed_at
    assert rows[sourcer].mail_due_at
    assert rows[owner].mail_due_at
    assert rows[recruiter].mail_due_at is None


def test_sequence_rises_when_somebody_leaves_and_comes_back(ada, recruiter, sourcer, wishes):
    interview = arrange(ada, recruiter, sourcer, by=recruiter, starts_at=TUESDAY_TEN)

    gone = scheduling.edit(interview, interviewers=[recruiter], by=recruiter)
    back = scheduling.edit(gone, interviewers=[recruiter, sourcer], by=recruiter)
    same = scheduling.edit(back, interviewers=[recruiter, sourcer], by=recruiter)

    assert (gone.sequence, back.sequence, same.sequence) == (1, 2, 2)
    # The candidate's entry says the same as before.
    assert [wish.key for wish in wishes] == [f"interview:{interview.pk}:booked:0"]


def test_a_new_place_reaches_all_calendars(ada, recruiter, wishes):
    interview = arrange(ada, recruiter, by=recruiter, starts_at=TUESDAY_TEN)
    Interviewer.objects.update(mail_due_at=None, mailed_sequence=0)

    changed = scheduling.edit(interview, interviewers=[recruiter], by=recruiter, place="Room 4")
    same = scheduling.edit(changed, interviewers=[recruiter], by=recruiter, kit="Ask about Go")

    assert (changed.sequence, same.sequence) == (1, 1)
    assert "Where: Room 4" in wishes[-1].body
    assert Interviewer.objects.get().mail_due_at


def test_nobody_is_invited_after_a_closed_candidacy_or_without_interviewers(ada, stages, recruiter):
    with pytest.raises(refusals.NobodyInterviews):
        arrange(ada, by=recruiter)
    ada.closed_at = NOW
    ada.save(update_fields=["closed_at"])
    with pytest.raises(CandidacyClosed):
        arrange(ada, recruiter, by=recruiter)


def test_no_show_is_noted_only_after_the_beginning(ada, recruiter):
    interview = arrange(ada, recruiter, by=recruiter, starts_at=TUESDAY_TEN)
    with pytest.raises(refusals.NotYetOver):
        scheduling.mark_no_show(interview, by=recruiter)

    with time_machine.travel(TUESDAY_TEN + timedelta(minutes=10), tick=False):
        missed = scheduling.mark_no_show(interview, by=recruiter)
        assert reminding.ask_for_scorecards(TUESDAY_TEN + timedelta(hours=3)) == 0

    assert missed.state == State.NO_SHOW
    assert Touchpoint.objects.filter(summary="Did not come: Technical interview").exists()


def test_declining_is_told_to_whoever_arranged_it(ada, recruiter, sourcer):
    interview = arrange(ada, sourcer, by=recruiter, starts_at=TUESDAY_TEN)
    row = interview.interviewers.get()

    scheduling.answer(row, says=Interviewer.Answer.DECLINED, by=sourcer)

    assert told(recruiter) == ["Sourcer of Acme cannot come: Technical interview"]
    with pytest.raises(refusals.SomebodyElseAnswers):
        scheduling.answer(row, says=Interviewer.Answer.ACCEPTED, by=recruiter)


def test_who_has_no_outbox_sees_why_nobody_was_mailed(ada, recruiter, wishes):
    mail_wanted.receivers = []
    mail_wanted.sender_receivers_cache.clear()

    offer(recruiter)
    interview = arrange(ada, recruiter, by=recruiter)

    assert interview.mail_problem == "No mail was written: nothing sends mail here."


def test_booking_is_told_to_higher_apps(ada, recruiter):
    heard = []

    def hear(sender, *, interview, **kwargs):
        heard.append(interview.candidacy)

    interview_booked.connect(hear)
    try:
        arrange(ada, recruiter, by=recruiter, starts_at=TUESDAY_TEN)
    finally:
        interview_booked.disconnect(hear)
    assert heard == [ada]


@pytest.mark.parametrize(
    ("moment", "zone", "words"),
    [
        (
            datetime(2026, 7, 1, 13, tzinfo=UTC),
            "Europe/Berlin",
            "Wednesday, 1 July 2026, 15:00 (Europe/Berlin, UTC+02:00)",
        ),
        (
            datetime(2026, 1, 7, 13, tzinfo=UTC),
            "America/New_York",
            "Wednesday, 7 January 2026, 08:00 (America/New York, UTC-05:00)",
        ),
        (
            datetime(2026, 1, 7, 20, tzinfo=UTC),
            "Asia/Kolkata",
            "Thursday, 8 January 2026, 01:30 (Asia/Kolkata, UTC+05:30)",
        ),
    ],
)
def test_moments_say_whose_clock_they_are_on(moment, zone, words):
    assert moment_in(moment, zone) == words


def test_merging_people_keeps_their_interviews(ada, job, put_on, recruiter, owner):
    twin = put_on(job, "Ada Lovelace")
    arrange(ada, recruiter, by=recruiter, starts_at=TUESDAY_TEN)
    arrange(twin, recruiter, by=recruiter, starts_at=TUESDAY_TEN + timedelta(days=1))

    merge_people(ada.candidate, [twin.candidate_id], by=owner)

    assert Interview.objects.filter(candidacy__candidate=ada.candidate_id).count() == 2
    assert Interviewer.objects.count() == 2


def test_viewers_may_interview_and_strangers_may_not(job, acme, globex, viewer, manager):
    MembershipFactory(organization=globex)

    assert viewer in possible_interviewers(job)
    assert manager not in possible_interviewers(job)
    assert not possible_interviewers(job).filter(memberships__organization=globex).exists()

"""Arranging, booking, moving and cancelling interviews. The people's calendars are locked while a time is taken."""

from collections.abc import Collection
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from candidates.models import Notification, Touchpoint
from candidates.services.merging.rules import lock_above
from candidates.services.notifying import notify
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from pipelines.models import Candidacy, Interview, Interviewer
from pipelines.services.candidacies import CandidacyClosed, JobClosed
from pipelines.services.interviews import refusals, telling
from pipelines.services.interviews.announcing import tell_members
from pipelines.services.interviews.offering import (
    bookable_times,
    busy_in,
    interviewer_ids,
    lock_people,
)
from pipelines.services.interviews.wording import moment_in
from pipelines.signals import interview_booked

State = Interview.State
# Changes that calendars have to know of.
IN_CALENDARS = frozenset({"title", "place", "minutes", "message"})


@transaction.atomic
def arrange(
    candidacy: Candidacy,
    *,
    title: str,
    interviewers: Collection[User],
    time_zone: str,
    by: User,
    starts_at: datetime | None = None,
    minutes: int = 60,
    place: str = "",
    kit: str = "",
    message: str = "",
    days_ahead: int = 30,
    from_time: time = time(8),
    to_time: time = time(19),
) -> Interview:
    """Book the time, or without one let the candidate choose among what the interviewers offer."""
    _refuse_ended(candidacy)
    if not interviewers:
        raise refusals.NobodyInterviews
    if starts_at:
        lock_above([candidacy.candidate_id])
    now = timezone.now()
    interview = Interview.objects.create(
        candidacy=candidacy,
        stage=candidacy.stage,
        title=title,
        minutes=minutes,
        time_zone=time_zone,
        place=place,
        kit=kit,
        message=message,
        days_ahead=days_ahead,
        from_time=from_time,
        to_time=to_time,
        organizer=by,
        link_expires_at=now + timedelta(days=days_ahead),
    )
    Interviewer.objects.bulk_create(
        Interviewer(interview=interview, user=user) for user in interviewers
    )
    record("interview.arranged", interview, by=by, candidacy=candidacy.pk)
    if starts_at:
        lock_people([user.pk for user in interviewers])
        _refuse_unfit(interview, starts_at)
        _settle(interview, starts_at, by=by)
    else:
        _refuse_without_times(interview)
        telling.send_link(interview)
        _tell_timeline(interview, f"Asked to choose a time for {title}", by=by)
    return interview


def _refuse_ended(candidacy: Candidacy) -> None:
    """Nobody is invited any more who is hired or rejected, or whose job is filled or cancelled."""
    if candidacy.closed_at:
        raise CandidacyClosed(candidacy)
    if candidacy.job.is_closed:
        raise JobClosed(candidacy.job)


def _has_ended(interview: Interview) -> bool:
    return interview.candidacy.closed_at is not None or interview.candidacy.job.is_closed


def lock_interview(interview: Interview) -> Interview:
    """The interview as it is now, held until the transaction ends.

    Its candidacy first, as moves, merging and erasing do, which end or take away its interviews.
    """
    Candidacy.objects.select_for_update(of=("self",), no_key=True).get(pk=interview.candidacy_id)
    locked: Interview = (
        Interview.objects.select_for_update(of=("self",))
        .select_related("candidacy__candidate", "candidacy__job", "candidacy__stage", "organizer")
        .get(pk=interview.pk)
    )
    return locked


def _lock_to_book(interview: Interview) -> Interview:
    """As `lock_interview`, after what the booking may end: sequences are locked before anything of the person."""
    of_candidacy = Candidacy.objects.values_list("candidate", flat=True)
    lock_above([of_candidacy.get(pk=interview.candidacy_id)])
    return lock_interview(interview)


def open_to_candidate(interview_id: int, *, version: int | None = None) -> Interview | None:
    """What the link of a candidate opens, in the organization being acted in; None if it opens nothing (any more)."""
    interview = (
        Interview.objects.filter(pk=interview_id)
        .exclude(state=State.CANCELLED)
        .select_related("candidacy__candidate", "candidacy__job", "organization")
        .first()
    )
    if interview is None or (version is not None and interview.link_version != version):
        return None
    is_late = interview.state == State.OFFERED and (
        interview.link_expires_at <= timezone.now() or _has_ended(interview)
    )
    return None if is_late else interview


@transaction.atomic
def book(interview: Interview, *, starts_at: datetime, time_zone: str = "") -> Interview:
    """The candidate takes one of the offered times, instead of an earlier one if there was one.

    `time_zone` is the one that the candidate saw the times in: mails keep to it.
    """
    interview = _lock_to_book(interview)
    if not interview.is_open or interview.has_begun or _has_ended(interview):
        raise refusals.InterviewGone
    if interview.state == State.BOOKED and interview.starts_at == starts_at:
        return interview
    lock_people(interviewer_ids(interview))
    if starts_at not in bookable_times(interview):
        raise refusals.TimeTaken
    interview.time_zone = time_zone or interview.time_zone
    return _settle(interview, starts_at, by=None)


@transaction.atomic
def move(interview: Interview, *, starts_at: datetime, by: User, edition: str = "") -> Interview:
    """A member sets the time, offered or not; the time that stands already changes nothing.

    `edition` is the one that the mover saw.
    """
    interview = _lock_to_book(interview)
    if not interview.is_open:
        raise refusals.InterviewGone
    if interview.state == State.BOOKED and interview.starts_at == starts_at:
        return interview
    if edition and edition != interview.edition:
        raise refusals.ChangedMeanwhile(interview)
    _refuse_ended(interview.candidacy)
    lock_people(interviewer_ids(interview))
    _refuse_unfit(interview, starts_at)
    return _settle(interview, starts_at, by=by)


@transaction.atomic
def edit(
    interview: Interview, *, interviewers: Collection[User], by: User, **fields: object
) -> Interview:
    """Change who takes part, the place, the texts. Calendars follow where they show it."""
    interview = lock_interview(interview)
    if not interview.is_open:
        raise refusals.InterviewGone
    if not interviewers:
        raise refusals.NobodyInterviews
    changed = {name for name, value in fields.items() if getattr(interview, name) != value}
    for name in changed:
        setattr(interview, name, fields[name])
    added, had_it = _set_interviewers(interview, interviewers)
    if interview.state == State.BOOKED and interview.starts_at:
        interview.ends_at = interview.starts_at + timedelta(minutes=interview.minutes)
        if added or "minutes" in changed:
            lock_people(interviewer_ids(interview))
            _refuse_busy(interview, interview.starts_at, interview.ends_at)
        if changed & IN_CALENDARS:
            _bump(interview)
            telling.confirm(interview)
        elif had_it:
            # Calendars pass over what is no later than what they have. Nobody else has to hear of it.
            interview.sequence += 1
    interview.save()
    record("interview.changed", interview, by=by, fields=sorted(changed))
    return interview


@transaction.atomic
def cancel(interview: Interview, *, by: User | None) -> Interview:
    """It does not take place. Without `by` the candidate says so."""
    interview = lock_interview(interview)
    if not interview.is_open or (by is None and interview.has_begun):
        raise refusals.InterviewGone
    return _cancel(interview, by=by, is_by_candidate=by is None)


@transaction.atomic
def call_off(interview: Interview, *, by: User | None) -> Interview:
    """It does not take place, as its candidacy or its job has ended. One that is over or cancelled stays as it is."""
    interview = lock_interview(interview)
    if not interview.is_open or interview.has_begun:
        return interview
    return _cancel(interview, by=by, is_by_candidate=False)


@transaction.atomic
def tell_anew(interview: Interview) -> Interview:
    """What it is about has changed: whoever has it in the calendar is told."""
    interview = lock_interview(interview)
    if interview.state == State.BOOKED:
        _bump(interview)
        interview.save(update_fields=["sequence"])
        telling.confirm(interview)
    return interview


def _cancel(interview: Interview, *, by: User | None, is_by_candidate: bool) -> Interview:
    was_booked = interview.state == State.BOOKED
    interview.state, interview.cancelled_at = State.CANCELLED, timezone.now()
    interview.is_cancelled_by_candidate = is_by_candidate
    interview.link_version += 1
    if was_booked:
        _bump(interview)
    interview.save()
    if was_booked or not is_by_candidate:
        telling.tell_of_cancellation(interview, was_booked=was_booked)
    _tell_timeline(interview, f"Cancelled: {interview.title}", by=by)
    doer = " by the candidate" if is_by_candidate else ""
    tell_members(interview, f"was cancelled{doer}", by=by)
    record("interview.cancelled", interview, by=by)
    return interview


@transaction.atomic
def mark_no_show(interview: Interview, *, by: User) -> Interview:
    """The candidate did not come: nobody is asked for a scorecard."""
    interview = lock_interview(interview)
    if interview.state != State.BOOKED:
        raise refusals.InterviewGone
    if not interview.has_begun:
        raise refusals.NotYetOver
    interview.state = State.NO_SHOW
    interview.save(update_fields=["state"])
    _tell_timeline(interview, f"Did not come: {interview.title}", by=by)
    record("interview.no_show", interview, by=by)
    return interview


@transaction.atomic
def answer(interviewer: Interviewer, *, says: Interviewer.Answer, by: User) -> Interviewer:
    """An interviewer accepts or declines; whoever arranged it hears of a refusal."""
    interviewer = Interviewer.objects.select_related("interview__organizer").get(pk=interviewer.pk)
    if interviewer.user_id != by.pk:
        raise refusals.SomebodyElseAnswers
    interviewer.answer = says
    interviewer.save(update_fields=["answer"])
    record("interview.answered", interviewer.interview, by=by, answer=str(says))
    if says == Interviewer.Answer.DECLINED:
        notify(
            interviewer.interview.organizer,
            kind=Notification.Kind.INTERVIEW,
            text=f"{by} cannot come: {interviewer.interview.title}",
            link=interviewer.interview.path,
            by=by,
        )
    return interviewer


def renew_link(interview: Interview, *, by: User) -> Interview:
    """A new link for the candidate, mailed; the ones before open nothing any more."""
    with transaction.atomic():
        interview = lock_interview(interview)
        if not interview.is_open:
            raise refusals.InterviewGone
        _refuse_ended(interview.candidacy)
        # Who has a time already may still cancel, or keep it.
        if interview.state == State.OFFERED and not bookable_times(interview):
            raise refusals.NoTimeLeft(interview, _names_of_interviewers(interview))
        interview.link_version += 1
        interview.link_expires_at = timezone.now() + timedelta(days=interview.days_ahead)
        interview.save(update_fields=["link_version", "link_expires_at"])
        telling.send_link(interview)
        record("interview.link_renewed", interview, by=by)
    return interview


def _refuse_without_times(interview: Interview) -> None:
    if not bookable_times(interview):
        raise refusals.NoTimeToChoose(_names_of_interviewers(interview))


def _names_of_interviewers(interview: Interview) -> list[str]:
    rows = interview.interviewers.filter(removed_at=None).select_related("user")
    return sorted(str(row.user) for row in rows)


def _refuse_unfit(interview: Interview, starts_at: datetime) -> None:
    if starts_at <= timezone.now():
        raise refusals.TimePassed
    _refuse_busy(interview, starts_at, starts_at + timedelta(minutes=interview.minutes))


def _refuse_busy(interview: Interview, start: datetime, end: datetime) -> None:
    people = interviewer_ids(interview)
    clash = busy_in(people, start, end, leaving_out=interview).values("interviewers")
    busy = Interviewer.objects.filter(pk__in=clash, user__in=people, removed_at=None)
    names = sorted({str(row.user) for row in busy.select_related("user")})
    if names:
        raise refusals.Busy(names, moment_in(start, interview.time_zone))


def _settle(interview: Interview, starts_at: datetime, *, by: User | None) -> Interview:
    """The time stands: calendars, candidate, colleagues and sequences follow."""
    is_change = interview.state == State.BOOKED
    interview.state, interview.booked_at = State.BOOKED, timezone.now()
    interview.starts_at = starts_at
    interview.ends_at = starts_at + timedelta(minutes=interview.minutes)
    interview.reminded_at = None
    if is_change:
        interview.sequence += 1
        interview.interviewers.update(answer=Interviewer.Answer.NONE)
        interview.candidate_answer = Interviewer.Answer.NONE
    interview.save()
    interview.interviewers.filter(removed_at=None).update(mail_due_at=timezone.now())
    telling.confirm(interview)
    words = moment_in(starts_at, interview.time_zone)
    _tell_timeline(
        interview, f"{interview.title} {'moved to' if is_change else 'booked for'} {words}", by=by
    )
    doer = "" if by else " by the candidate"
    tell_members(interview, f"{'was moved' if is_change else 'was booked'}{doer}", by=by)
    record("interview.booked", interview, by=by, starts_at=starts_at.isoformat())
    interview_booked.send(Interview, interview=interview, by=by)
    return interview


def _bump(interview: Interview) -> None:
    """A later state of the entry: everybody who has it is told."""
    interview.sequence += 1
    interview.interviewers.filter(removed_at=None).update(mail_due_at=timezone.now())


def _set_interviewers(interview: Interview, users: Collection[User]) -> tuple[bool, bool]:
    """Who is taken off gets the entry taken back.

    Returns whether somebody takes part who did not, and whether somebody left or came back, who may have the entry.
    """
    now = timezone.now()
    wanted = {user.pk for user in users}
    there = {row.user_id: row for row in interview.interviewers.all()}
    turned = {
        user_id: row
        for user_id, row in there.items()
        if (user_id in wanted) != (row.removed_at is None)
    }
    for user_id, row in turned.items():
        row.removed_at = None if user_id in wanted else now
        row.mail_due_at = now
        row.save(update_fields=["removed_at", "mail_due_at"])
    new = wanted - set(there)
    Interviewer.objects.bulk_create(
        Interviewer(interview=interview, user_id=user_id, mail_due_at=now)
        for user_id in sorted(new)
    )
    return bool(new or wanted & set(turned)), bool(turned)


def _tell_timeline(interview: Interview, summary: str, *, by: User | None) -> None:
    add_touchpoint(
        interview.candidacy.candidate,
        Touchpoint.Kind.INTERVIEW,
        summary,
        actor=by,
        link=interview.path,
    )

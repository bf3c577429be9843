"""Lines for members about an interview: each on the member's own clock, and without a name for who may not know it."""

from collections.abc import Collection, Iterable

from candidates.models import Notification
from candidates.services.notifying import notify
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.queries import zone_of
from crm.tenancy.roles import RECRUITERS
from crm.tenancy.scope import current_organization
from pipelines.models import Interview, Interviewer
from pipelines.queries.access import may_open
from pipelines.services.interviews.wording import as_reviewers_read, moment_in, who_is_it


def tell_members(interview: Interview, what: str, *, by: User | None) -> None:
    """Tell whoever arranged it and the interviewers that it “was booked”, and for when; not whoever did it."""
    rows = interview.interviewers.filter(removed_at=None).select_related("user")
    job = interview.candidacy.job
    involved = (interview.organizer, *(row.user for row in rows))
    users = {user.pk: user for user in involved if user and may_open(user, job)}
    knowing = who_may_know(interview, users)
    for user in users.values():
        when = (
            f", {moment_in(interview.starts_at, str(zone_of(user)))}" if interview.starts_at else ""
        )
        _tell(interview, user, f"{{title}} {what}: {{who}}{when}", knowing=knowing, by=by)


def tell_of_answer(interview: Interview, says: str, *, comment: str, key: str) -> None:
    """Tell whoever arranged it, or has the job, what the candidate's calendar answered; each `key` once.

    `says` goes on after the candidate's name. Who may not know the candidate does not read the candidate's words.
    """
    job = interview.candidacy.job
    user = next(
        (one for one in (interview.organizer, job.owner) if one and may_open(one, job)), None
    )
    if user is None:
        return
    knowing = who_may_know(interview, [user.pk])
    words = f" They wrote: {comment}" if comment and user.pk in knowing else ""
    when = moment_in(interview.starts_at, str(zone_of(user))) if interview.starts_at else ""
    _tell(
        interview,
        user,
        f"{{who}} {says.format(what=f'{{title}}, {when}')}",
        knowing=knowing,
        key=key,
        after=words,
    )


def ask_for_scorecard(row: Interviewer) -> None:
    """Ask an interviewer, after the end; each time once."""
    _tell(
        row.interview,
        row.user,
        "Your scorecard for {who}: {title}",
        knowing=who_may_know(row.interview, [row.user_id]),
        key=f"scorecard:{row.pk}:{row.times_asked}",
    )


def who_may_know(interview: Interview, user_ids: Iterable[int]) -> set[int]:
    """Which of these members may read who the candidate is: where a blind stage hides it recruiters only."""
    if not as_reviewers_read(interview).candidacy.is_veiled:
        return set(user_ids)
    recruiters = Membership.objects.filter(
        organization=current_organization(), user__in=list(user_ids), role__in=RECRUITERS
    )
    return set(recruiters.values_list("user_id", flat=True))


def _tell(
    interview: Interview,
    user: User,
    words: str,
    *,
    knowing: Collection[int],
    by: User | None = None,
    key: str = "",
    after: str = "",
) -> None:
    person = interview.candidacy.candidate if user.pk in knowing else None
    shown = interview if person else as_reviewers_read(interview)
    who = who_is_it(shown.candidacy)
    notify(
        user,
        kind=Notification.Kind.INTERVIEW,
        text=words.format(title=shown.title, who=who) + after,
        link=interview.path,
        candidate=person,
        by=by,
        key=key,
    )

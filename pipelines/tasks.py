"""Stage rules, interviews, reviews and referrals by the clock. What is to be done stands in the database; a lost task costs a minute."""

from celery import shared_task

from crm.tenancy.sweeping import everywhere, inside
from pipelines.services import referring, rules, watching
from pipelines.services.interviews import mailing, offering, reminding
from pipelines.services.reviews import answering, linking

SWEEP_SECONDS = 60


@shared_task(expires=SWEEP_SECONDS)
def run_stage_rules() -> int:
    """Run what is due of all organizations' stage rules; tell how many."""
    return everywhere(rules.run_due)


@shared_task(expires=SWEEP_SECONDS)
def mail_from_jobs() -> int:
    """Mail interviewers, reviewers and those who referred somebody; tell how many mails."""
    return everywhere(mailing.mail_interviewers, linking.mail_links, referring.mail_referrers)


@shared_task(expires=SWEEP_SECONDS)
def tend_interviews() -> None:
    """Remind candidates, ask for scorecards, tell who follows a job and whose answer is awaited."""
    everywhere(
        inside(reminding.remind_candidates),
        inside(reminding.ask_for_scorecards),
        inside(watching.tell_watchers),
        inside(answering.tell_reviewers),
    )


@shared_task(expires=3600)
def forget_from_jobs() -> None:
    """Delete times that have passed, and words for people who are not kept."""
    everywhere(inside(offering.forget_past_times), inside(referring.forget_old_referrals))

"""Stage rules, interviews, reviews and referrals by the clock. What is to be done stands in the database; a lost task costs a minute."""

import logging
from collections.abc import Callable

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from pipelines.services import referring, rules, watching
from pipelines.services.interviews import mailing, offering, reminding
from pipelines.services.reviews import answering, linking

SWEEP_SECONDS = 60

logger = logging.getLogger(__name__)


@shared_task(expires=SWEEP_SECONDS)
def run_stage_rules() -> int:
    """Run what is due of all organizations' stage rules; tell how many."""
    return _everywhere(rules.run_due)


@shared_task(expires=SWEEP_SECONDS)
def mail_from_jobs() -> int:
    """Mail interviewers, reviewers and those who referred somebody; tell how many mails."""
    return _everywhere(mailing.mail_interviewers, linking.mail_links, referring.mail_referrers)


@shared_task(expires=SWEEP_SECONDS)
def tend_interviews() -> None:
    """Remind candidates, ask for scorecards, tell who follows a job and whose answer is awaited."""
    _everywhere(
        _inside(reminding.remind_candidates),
        _inside(reminding.ask_for_scorecards),
        _inside(watching.tell_watchers),
        _inside(answering.tell_reviewers),
    )


@shared_task(expires=3600)
def forget_from_jobs() -> None:
    """Delete times that have passed, and words for people who are not kept."""
    _everywhere(_inside(offering.forget_past_times), _inside(referring.forget_old_referrals))


def _everywhere(*acts: Callable[[Organization], int | None]) -> int:
    """Do these for every open organization; one that an error breaks off holds up no other. Returns the sum."""
    done = 0
    for organization in _open_organizations():
        for act in acts:
            try:
                done += act(organization) or 0
            except SoftTimeLimitExceeded:
                raise
            except Exception:
                logger.exception("sweep_failed", extra={"organization": organization.pk})
    return done


def _open_organizations() -> list[Organization]:
    return list(Organization.objects.filter(closed_at=None))


def _inside(act: Callable[[], int | None]) -> Callable[[Organization], int | None]:
    """What is done in one transaction, inside the organization."""

    def inside(organization: Organization) -> int | None:
        with acting_in(organization):
            return act()

    return inside

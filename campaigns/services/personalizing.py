"""A mail written for one person, instead of what its step would say."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from campaigns.models import Message, PersonalMail, Step
from campaigns.services import permissions
from candidates.models import Candidate
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError


class MailHasGone(DomainError):
    def __init__(self, candidate: Candidate) -> None:
        super().__init__(f"{candidate} has got this mail already, so it cannot be changed.")


@transaction.atomic
def write_personal_mail(
    step: Step, candidate: Candidate, *, subject: str, body: str, by: User
) -> PersonalMail:
    """Let `candidate` get these words for `step`; merge fields in them are filled when it goes."""
    permissions.refuse_others(step.sequence.sender, by)
    _refuse_gone(step, candidate)
    mail, _ = PersonalMail.objects.update_or_create(
        step=step,
        candidate=candidate,
        defaults={
            "subject": subject,
            "body": body,
            "written_by": by,
            "written_at": timezone.now(),
        },
    )
    record("mail.personalized", step, by=by, candidate=candidate.pk)
    return mail


@transaction.atomic
def drop_personal_mail(step: Step, candidate: Candidate, *, by: User) -> None:
    """Back to what the step says."""
    _refuse_gone(step, candidate)
    if PersonalMail.objects.filter(step=step, candidate=candidate).delete()[0]:
        record("mail.unpersonalized", step, by=by, candidate=candidate.pk)


def _refuse_gone(step: Step, candidate: Candidate) -> None:
    if gone_to(step, [candidate.pk]):
        raise MailHasGone(candidate)


def gone_to(step: Step, candidate_ids: Iterable[int]) -> set[int]:
    """Who among these has got the mail of `step` already, in whichever version of the sequence."""
    gone = Message.objects.filter(
        candidate__in=list(candidate_ids),
        step__lineage=step.lineage,
        direction=Message.Direction.OUT,
    ).exclude(state__in=(Message.State.QUEUED, Message.State.CANCELLED))
    return set(gone.values_list("candidate_id", flat=True))

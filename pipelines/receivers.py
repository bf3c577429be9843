"""What changes elsewhere and ends something here."""

from typing import Any

from django.dispatch import receiver

from crm.accounts.models import User
from crm.tenancy.signals import acted
from pipelines.models import Candidacy, Job, Stage
from pipelines.services.handing_over import take_back_hire
from pipelines.services.interviews.ending import (
    end_interviews_of,
    end_interviews_on,
    still_to_come,
)
from pipelines.services.interviews.scheduling import tell_anew
from pipelines.services.reviews.linking import revoke_links_of
from pipelines.signals import candidacies_closed, candidacy_moved, job_closed


@receiver(acted)
def end_links(*, action: str, details: dict[str, Any], **kwargs: Any) -> None:
    """Who leaves the organization no longer answers by link either."""
    if action == "membership.removed":
        gone = User.objects.filter(pk=details["user"]).first()
        if gone:
            revoke_links_of(gone.email)


@receiver(candidacies_closed)
def end_interviews(
    sender: type, candidacies: list[Candidacy], by: User | None, **kwargs: Any
) -> None:
    """Who is hired or rejected is not awaited to an interview any more."""
    end_interviews_of(candidacies, by=by)


@receiver(candidacy_moved)
def end_hire(
    sender: type,
    candidacy: Candidacy,
    origin: Stage,
    to: Stage,
    by: User | None,
    **kwargs: Any,
) -> None:
    """Who is considered again after having been hired is not called hired on the record."""
    if by and origin.kind == Stage.Kind.HIRED and to.kind != origin.kind:
        take_back_hire(candidacy, by=by)


@receiver(candidacy_moved)
def tell_of_another_job(
    sender: type, candidacy: Candidacy, origin: Stage, to: Stage, **kwargs: Any
) -> None:
    """Where somebody moved over to another job, or back, the interviews that went along are about that one now."""
    if origin.pipeline_id != to.pipeline_id:
        for interview in still_to_come([candidacy]):
            tell_anew(interview)


@receiver(job_closed)
def end_interviews_of_job(sender: type, job: Job, by: User | None, **kwargs: Any) -> None:
    end_interviews_on(job, by=by)

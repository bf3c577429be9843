"""Whose time is up."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from campaigns.models import Enrollment
from candidates.models import Candidate, CandidateQuerySet
from pipelines.models import Candidacy


def expired_candidates(*, cutoff_at: datetime) -> CandidateQuerySet:
    """Candidates with no contact in either direction since `cutoff_at`, and nothing going on.

    The clock starts at the last contact, or when the person was added. It stops while a candidacy
    is open or a sequence runs; who was hired is kept.
    """

    def before(name: str) -> Q:
        return Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__lt": cutoff_at})

    expired: CandidateQuerySet = (
        Candidate.objects.filter(before("last_contacted_at"), before("last_replied_at"))
        .filter(created_at__lt=cutoff_at)
        .exclude(status__in=[Candidate.Status.HIRED, Candidate.Status.IN_PROCESS])
        .exclude(Exists(Candidacy.objects.filter(candidate=OuterRef("pk"), closed_at=None)))
        .exclude(
            Exists(
                Enrollment.objects.filter(
                    candidate=OuterRef("pk"),
                    state__in=[Enrollment.State.ACTIVE, Enrollment.State.PAUSED],
                )
            )
        )
    )
    return expired

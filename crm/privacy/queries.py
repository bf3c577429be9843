"""Whose time is up, and when it will be."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from campaigns.models import Enrollment, Message
from candidates.models import Candidate, PrivacyNotice, Task
from candidates.queries.notices import due_soon, organization_day, overdue
from crm.privacy.models import RetentionPolicy
from crm.tenancy.requests import OrganizationRequest
from crm.web.pagination import capped_count
from pipelines.models import Candidacy


def expired_candidates(*, cutoff_at: datetime) -> QuerySet[Candidate]:
    """Candidates with no contact in either direction since `cutoff_at`, and nothing going on.

    The clock starts at the last contact, or when the person was added. It stops while a candidacy
    is open or a sequence runs; who was hired is kept.
    """
    expired: QuerySet[Candidate] = silent_candidates(cutoff_at=cutoff_at).exclude(_is_kept())
    return expired


def silent_candidates(*, cutoff_at: datetime) -> QuerySet[Candidate]:
    """Candidates with no contact since `cutoff_at`, whatever else is going on: of them one looks closer.

    Beside a limit the planner would read all candidacies and enrollments for each batch.
    """

    def before(name: str) -> Q:
        return Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__lt": cutoff_at})

    silent: QuerySet[Candidate] = Candidate.objects.filter(
        before("last_contacted_at"), before("last_replied_at"), created_at__lt=cutoff_at
    )
    return silent


def _is_kept() -> Q:
    """Whose clock stands still."""
    return (
        Q(status__in=[Candidate.Status.HIRED, Candidate.Status.IN_PROCESS])
        | Q(Exists(Candidacy.objects.filter(candidate=OuterRef("pk"), closed_at=None)))
        | Q(
            Exists(
                Enrollment.objects.filter(
                    candidate=OuterRef("pk"),
                    state__in=[Enrollment.State.ACTIVE, Enrollment.State.PAUSED],
                )
            )
        )
    )


@dataclass(frozen=True)
class Keeping:
    """Until when a person is kept: a day, or none while something is going on."""

    until: date | None


def keeping(candidate: Candidate) -> Keeping | None:
    """By the organization's retention policy; None where it has none that is on."""
    policy = RetentionPolicy.objects.filter(is_enabled=True).first()
    if policy is None:
        return None
    if Candidate.objects.filter(_is_kept(), pk=candidate.pk).exists():
        return Keeping(None)
    moments = [candidate.created_at, candidate.last_contacted_at, candidate.last_replied_at]
    last = max(moment for moment in moments if moment)
    return Keeping(timezone.localdate(last + timedelta(days=policy.keep_days)))


def load_notice(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any] | None:
    """For the record: by when the person is to be told where the data came from, or since when they know."""
    notice = PrivacyNotice.objects.filter(candidate=candidate).first()
    return {"notice": notice} if notice else None


def load_compliance(nothing: None, request: OrganizationRequest) -> dict[str, Any]:
    """For the home page: who is still to be told, who asked to be forgotten, and how long data is kept."""
    asked = Message.objects.filter(suggested_intent=Message.Intent.ERASE_ME).values("candidate")
    return {
        "overdue": capped_count(overdue()),
        "soon": capped_count(due_soon(organization_day()).filter(due_on__gte=organization_day())),
        "asked": Task.objects.filter(
            origin=Task.Origin.REPLY, done_at=None, candidate__in=asked
        ).count(),
        "policy": RetentionPolicy.objects.first() or RetentionPolicy(),
    }

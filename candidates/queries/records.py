"""What a record shows beside its timeline."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, OuterRef, QuerySet, Subquery

from candidates.models import (
    Candidate,
    CandidateSkill,
    PoolMembership,
    Tag,
    Task,
    Touchpoint,
)
from candidates.queries.timeline import CONTACT_KINDS
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.scope import current_organization


@dataclass(frozen=True)
class Acquaintance:
    """A colleague who was in touch with the person, and when last."""

    user: User
    at: datetime


def tags_of(candidate: Candidate) -> QuerySet[Tag]:
    return Tag.objects.filter(candidate_tags__candidate=candidate).order_by("name")


def skills_of(candidate: Candidate) -> QuerySet[CandidateSkill]:
    return (
        CandidateSkill.objects.filter(candidate=candidate)
        .select_related("skill", "verified_by")
        .order_by("skill__name")
    )


def pools_of(candidate: Candidate) -> QuerySet[PoolMembership]:
    return (
        PoolMembership.objects.filter(candidate=candidate)
        .select_related("pool", "added_by")
        .order_by("pool__name")
    )


def open_tasks_of(candidate: Candidate) -> QuerySet[Task]:
    return (
        Task.objects.filter(candidate=candidate, done_at=None)
        .select_related("assignee")
        .order_by(F("due_on").asc(nulls_last=True), "pk")
    )


def acquaintances_of(candidate: Candidate, *, most: int = 6) -> list[Acquaintance]:
    """The members who were in touch with the person, the latest first: a look at an index for each member."""
    contacts = Touchpoint.objects.filter(
        candidate=candidate, kind__in=CONTACT_KINDS, actor=OuterRef("user")
    )
    members = (
        Membership.objects.filter(organization=current_organization(), user__is_active=True)
        .annotate(last_at=Subquery(contacts.order_by("-at").values("at")[:1]))
        .filter(last_at__isnull=False)
        .select_related("user")
        .order_by("-last_at")
    )
    return [Acquaintance(member.user, member.last_at) for member in members[:most]]

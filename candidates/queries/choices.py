"""Names to choose from in menus and forms."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, NullIf

from candidates.models import (
    Skill,
    Source,
    Tag,
    TalentPool,
)
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.roles import EDITORS, READERS
from crm.tenancy.scope import current_organization

MOST_CHOICES = 500


@dataclass(frozen=True)
class Choices:
    """Names to choose from as (id, name) pairs, in order of the name."""

    tags: list[tuple[int, str]] = field(default_factory=list)
    pools: list[tuple[int, str]] = field(default_factory=list)
    owners: list[tuple[int, str]] = field(default_factory=list)
    skills: list[tuple[int, str]] = field(default_factory=list)
    sources: list[tuple[int, str]] = field(default_factory=list)


def choices(*kinds: str) -> Choices:
    """Up to MOST_CHOICES of each of `kinds` (fields of Choices), in one query."""
    rows = {
        "tags": Tag.objects.all(),
        "pools": TalentPool.objects.filter(archived_at=None),
        "owners": possible_owners(),
        "skills": Skill.objects.filter(state=Skill.State.KNOWN),
        "sources": Source.objects.filter(archived_at=None),
    }
    queries: list[QuerySet[Any, Any]] = [
        rows[kind]
        .order_by("name")
        .annotate(choice=Value(kind), label=Cast(_label(kind), CharField()))
        .values_list("choice", "pk", "label")[:MOST_CHOICES]
        for kind in kinds
    ]
    found = Choices()
    for kind, pk, label in queries[0].union(*queries[1:], all=True):
        getattr(found, kind).append((pk, label))
    for kind in kinds:
        getattr(found, kind).sort(key=lambda pair: pair[1].casefold())
    return found


def _label(kind: str) -> Any:
    return Coalesce(NullIf("name", Value("")), "email") if kind == "owners" else F("name")


def possible_owners() -> QuerySet[User]:
    """The members of this organization who may own people and tasks."""
    members = Membership.objects.filter(
        organization=current_organization(), role__in=EDITORS, user=OuterRef("pk")
    )
    return User.objects.filter(Exists(members), is_active=True).order_by("name", "email")


def possible_readers() -> QuerySet[User]:
    """The members who may read every candidate: with whom notes are shared, and who is mentioned."""
    members = Membership.objects.filter(
        organization=current_organization(), role__in=READERS, user=OuterRef("pk")
    )
    return User.objects.filter(Exists(members), is_active=True).order_by("name", "email")

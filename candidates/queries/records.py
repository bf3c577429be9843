"""What a record shows beside its timeline."""

from django.db.models import F, QuerySet

from candidates.models import (
    Candidate,
    PoolMembership,
    Skill,
    Tag,
    Task,
)


def tags_of(candidate: Candidate) -> QuerySet[Tag]:
    return Tag.objects.filter(candidate_tags__candidate=candidate).order_by("name")


def skills_of(candidate: Candidate) -> QuerySet[Skill]:
    return Skill.objects.filter(candidate_skills__candidate=candidate).order_by("name")


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

"""Keeping an organization's skills: own ones, other ways to write them, and the queue of unknown words."""

from collections.abc import Sequence
from contextlib import suppress

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Subquery
from rapidfuzz import fuzz, process

from candidates.models import CandidateSkill, Skill, SkillAlias
from candidates.resumes.skills import shipped_skills
from candidates.services.identifying import fold
from candidates.services.searching import refresh_search_text
from candidates.services.skills.resolving import skills_named
from candidates.services.skills.taxonomy import shipped
from candidates.services.stored_queries import ask_instead
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

State = Skill.State
# Of a hundred: what is less like a known skill is not offered as its spelling.
_LIKE_ENOUGH = 78


class SkillNameTaken(DomainError):
    def __init__(self, name: str, of: str) -> None:
        means = f", it means “{of}”" if of != name else ""
        super().__init__(f"“{name}” is a known skill already{means}. Nothing was changed.")


class SameSkill(DomainError):
    def __init__(self) -> None:
        super().__init__("A skill cannot be merged with itself. Choose another one.")


@transaction.atomic
def add_own_skill(*, name: str, family: str, by: User) -> Skill:
    """A skill that the list does not know; a word that waits in the queue becomes known."""
    name = _clean(name)
    skill = _refuse_taken(name, state=State.WAITING)
    if skill is None:
        known = shipped(name)
        (skill,) = skills_named([name])
        if known and skill.name != name:
            raise SkillNameTaken(name, skill.name)
    return accept_skill(skill, name=name, family=family or skill.family, by=by)


@transaction.atomic
def accept_skill(skill: Skill, *, by: User, name: str = "", family: str = "") -> Skill:
    """Let an unknown word be a skill of the organization's own, perhaps in a better spelling."""
    skill = Skill.objects.select_for_update(no_key=True).get(pk=skill.pk)
    skill.state = State.KNOWN
    _rename(skill, name or skill.name)
    skill.family = family or skill.family
    _save(skill)
    record("skill.added", skill, by=by)
    return skill


@transaction.atomic
def ignore_skill(skill: Skill, *, by: User) -> Skill:
    """Say that the word is no skill: it stays on people as they wrote it, is offered nowhere, asked no more."""
    skill.state = State.IGNORED
    skill.save(update_fields=["state"])
    record("skill.ignored", skill, by=by)
    return skill


@transaction.atomic
def edit_skill(skill: Skill, *, name: str, family: str, by: User) -> Skill:
    """Give the skill another name and family; who has it has it under the new name."""
    skill = Skill.objects.select_for_update(no_key=True).get(pk=skill.pk)
    _rename(skill, name)
    skill.family = family
    _save(skill)
    record("skill.edited", skill, by=by)
    return skill


@transaction.atomic
def assign_skill(skill: Skill, *, into: Skill, by: User) -> int:
    """The word `skill` means the skill `into`, now and whenever it comes again.

    Whoever has it has `into` instead, once; so has every job and whatever else names a skill. What somebody stood for
    of the one holds for the other, where nobody stood for that. Returns how many had it.
    """
    if skill.pk == into.pk:
        raise SameSkill
    # In one order: two people who merge both ways at the same moment wait for each other.
    list(Skill.objects.select_for_update().filter(pk__in=[skill.pk, into.pk]).order_by("pk"))
    had = list(skill.candidate_skills.order_by("pk").values_list("candidate", flat=True))
    both = CandidateSkill.objects.filter(skill=into).values("candidate")
    skill.candidate_skills.exclude(candidate__in=both).update(skill=into)
    _keep_evidence(skill, into)
    _move_the_rest(skill, into)
    ask_instead(skill, into=into)
    record("skill.assigned", into, by=by, assigned=skill.pk, count=len(had))
    skill.delete()
    refresh_search_text(had)
    SkillAlias.objects.get_or_create(
        normalized=skill.normalized, defaults={"name": skill.name, "skill": into}
    )
    return len(had)


def _keep_evidence(skill: Skill, into: Skill) -> None:
    """Who has both keeps the row of `into`: it takes over what was verified of the other."""
    verified = CandidateSkill.objects.filter(
        candidate=OuterRef("candidate"), skill=skill, verified_at__isnull=False
    )
    CandidateSkill.objects.filter(Exists(verified), skill=into, verified_at=None).update(
        **{
            name: Subquery(verified.values(name))
            for name in ("evidence", "verified_at", "verified_by")
        }
    )


def _move_the_rest(skill: Skill, into: Skill) -> None:
    """Rows of other models that name the skill, of higher apps too; one that `into` has already goes with the skill."""
    for relation in Skill._meta.related_objects:
        model, key = relation.related_model, relation.field.name
        if model is CandidateSkill:
            continue
        for row in model._default_manager.filter(**{key: skill}):
            with suppress(IntegrityError), transaction.atomic():
                setattr(row, key, into)
                row.save(update_fields=[key])


@transaction.atomic
def add_alias(skill: Skill, *, name: str, by: User) -> SkillAlias:
    """Another way to write the skill. A word that waits in the queue under this name is assigned to it."""
    name = _clean(name)
    waiting = _refuse_taken(name, state=State.WAITING)
    if waiting is not None:
        assign_skill(waiting, into=skill, by=by)
        return SkillAlias.objects.get(normalized=fold(name)[:60])
    alias = SkillAlias.objects.create(skill=skill, name=name, normalized=fold(name)[:60])
    record("skill.alias_added", skill, by=by)
    return alias


@transaction.atomic
def remove_alias(alias: SkillAlias, *, by: User) -> None:
    record("skill.alias_removed", alias.skill, by=by)
    alias.delete()


def suggestions(words: Sequence[str], *, most: int = 3) -> dict[str, list[str]]:
    """For each unknown word the known skills it may be another spelling of, the likeliest first."""
    known = Skill.objects.filter(state=State.KNOWN).values_list("normalized", "name")[:5000]
    names = {fold(skill.name): skill.name for skill in shipped_skills()} | dict(known)
    found = {}
    for word in words:
        # A name that is a small part of the word, such as R of "hiring", is no spelling of it.
        folded = fold(word)
        long_enough = [name for name in names if len(name) * 3 > len(folded)]
        likely = process.extract(
            folded, long_enough, scorer=fuzz.WRatio, limit=most, score_cutoff=_LIKE_ENOUGH
        )
        found[word] = [names[match] for match, _, _ in likely]
    return found


def with_counts(skills: Sequence[Skill]) -> list[tuple[Skill, int]]:
    """Each skill with how many people have it: one query."""
    held = CandidateSkill.objects.filter(skill__in=[skill.pk for skill in skills])
    counts = dict(held.values_list("skill").annotate(Count("pk")))
    return [(skill, counts.get(skill.pk, 0)) for skill in skills]


def _rename(skill: Skill, name: str) -> None:
    name = _clean(name)
    normalized = fold(name)[:60]
    if normalized != skill.normalized:
        _refuse_taken(name, but=skill.pk)
    skill.name, skill.normalized = name, normalized


def _save(skill: Skill) -> None:
    """Store it; whoever has it is found by its name as it is now."""
    skill.save()
    refresh_search_text(skill.candidate_skills.values_list("candidate", flat=True))


def _refuse_taken(name: str, *, state: str = "", but: int = 0) -> Skill | None:
    """Refuse a name that a skill or an alias has; a skill in `state` of that name is returned instead."""
    normalized = fold(name)[:60]
    alias = SkillAlias.objects.filter(normalized=normalized).select_related("skill").first()
    if alias is not None:
        raise SkillNameTaken(name, alias.skill.name)
    taken = Skill.objects.filter(normalized=normalized).exclude(pk=but).first()
    if taken is not None and taken.state != state:
        raise SkillNameTaken(name, taken.name)
    return taken


def _clean(name: str) -> str:
    return " ".join(name.split())[:60]

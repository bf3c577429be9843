"""The list of skills that Rapport brings: made for it, shipped with it, asked without a network."""

from functools import cache

from candidates.resumes.skills import ShippedSkill, shipped_skills
from candidates.services.identifying import fold


@cache
def _by_word() -> dict[str, ShippedSkill]:
    """Every way to write a skill, folded; a name wins over another skill's alias."""
    words = {fold(alias): skill for skill in shipped_skills() for alias in skill.aliases}
    return words | {fold(skill.name): skill for skill in shipped_skills()}


def shipped(word: str) -> ShippedSkill | None:
    """The skill that this word names, whatever its case and accents."""
    return _by_word().get(fold(word))


@cache
def families() -> tuple[str, ...]:
    """The families, in the order of the list."""
    return tuple(dict.fromkeys(skill.family for skill in shipped_skills()))


@cache
def related(name: str) -> frozenset[str]:
    """Names of the skills near the one of this name: both ways, as the list says it once."""
    own = {near for skill in shipped_skills() if skill.name == name for near in skill.related}
    return frozenset(own | {skill.name for skill in shipped_skills() if name in skill.related})

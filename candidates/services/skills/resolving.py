"""Every door through which skills come (forms, imports, résumés) asks here which skill a word means.

The organization's own aliases come first, then its own skills by name, then the list that Rapport brings. A word
that none of them knows is kept on the person as it was written, and waits in the queue of unknown skills.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet, Value

from candidates.models import Skill, SkillAlias
from candidates.services.identifying import fold
from candidates.services.skills.taxonomy import shipped
from crm.tenancy.bulk import among_texts

_LONGEST = 60


def canonical_names(words: Iterable[str]) -> dict[str, str]:
    """For each word the name of the skill it means; a word nobody knows means itself. One query."""
    spelled = {word: fold(word)[:_LONGEST] for word in words if word.strip()}
    wanted = among_texts(set(spelled.values()))
    # Of the list's skills that the organization has, its own name for them counts.
    listed = {folded: found.name for word, folded in spelled.items() if (found := shipped(word))}
    aliases = SkillAlias.objects.filter(normalized__in=wanted)
    own = Skill.objects.filter(normalized__in=wanted)
    renamed = Skill.objects.filter(shipped_as__in=among_texts(set(listed.values())))
    known: dict[str, dict[str, str]] = {"alias": {}, "own": {}, "renamed": {}}
    rows = _named(aliases, "alias", "normalized", "skill__name").union(
        _named(own, "own", "normalized", "name"),
        _named(renamed, "renamed", "shipped_as", "name"),
        all=True,
    )
    for kind, key, name in rows:
        known[kind][key] = name
    names = {folded: known["renamed"].get(name, name) for folded, name in listed.items()}
    names |= known["own"] | known["alias"]
    return {word: names.get(folded, _tidy(word)) for word, folded in spelled.items()}


def _named(found: "QuerySet[Any, Any]", kind: str, key: str, name: str) -> "QuerySet[Any, Any]":
    parts = {"kind": Value(kind), "key": F(key), "called": F(name)}
    named: QuerySet[Any, Any] = found.order_by().annotate(**parts)
    return named.values_list("kind", "key", "called")


@transaction.atomic
def skills_named(words: Iterable[str]) -> list[Skill]:
    """The skills that these words mean, each once, in their order; what is new is made.

    New ones of the list are known at once; words that nobody knows wait for a look. Safe beside others who do the same.
    """
    canonical = canonical_names(words)
    names = {fold(name)[:_LONGEST]: name for name in canonical.values()}
    held = set(
        Skill.objects.filter(normalized__in=among_texts(names)).values_list("normalized", flat=True)
    )
    fresh = [_new(name, normalized) for normalized, name in names.items() if normalized not in held]
    Skill.objects.bulk_create(fresh, ignore_conflicts=True)
    found = {
        skill.normalized: skill for skill in Skill.objects.filter(normalized__in=among_texts(names))
    }
    return [found[normalized] for normalized in names]


def _new(name: str, normalized: str) -> Skill:
    skill = Skill(name=name, normalized=normalized, state=Skill.State.WAITING)
    if known := shipped(name):
        skill.state, skill.family, skill.shipped_as = Skill.State.KNOWN, known.family, known.name
    return skill


def _tidy(word: str) -> str:
    return " ".join(word.split())[:_LONGEST]


def own_words(most: int) -> list[str]:
    """Names and aliases of the organization's own skills, for reading texts; what is no skill is not among them."""
    names = (
        Skill.objects.exclude(state=Skill.State.IGNORED)
        .order_by("pk")
        .values_list("name", flat=True)
    )
    aliases = SkillAlias.objects.order_by("pk").values_list("name", flat=True)
    return [*names[:most], *aliases[:most]][:most]

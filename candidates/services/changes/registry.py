"""Which models belong to a person, found by walking the models' foreign keys: a new one is known by itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.db import models
from django.db.models import Q

from candidates.models import Candidate, Change
from crm.tenancy.walls import is_owned


@dataclass(frozen=True)
class Belonging:
    """A model whose rows belong to a person, and the way there: "candidate" or "candidacy__candidate"."""

    model: type[models.Model]
    path: str
    # Rows that only mention a person and stay without one (`on_delete=SET_NULL`).
    is_loose: bool
    # Of rows that stand between two people: the keys to the others.
    others: tuple[str, ...] = ()
    # Keys of rows that go on without the person they mention.
    mentions: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return self.model._meta.label

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def key(self) -> str:
        """The key of its own that the way begins with."""
        return self.path.partition("__")[0]

    def rows_of(self, candidate_ids: Iterable[int]) -> "models.QuerySet[Any]":
        """The rows that go with these people."""
        return self._by((self.path, *self.others), candidate_ids)

    def rows_about(self, candidate_ids: Iterable[int]) -> "models.QuerySet[Any]":
        """These, and the rows that only mention the people."""
        return self._by((self.path, *self.others, *self.mentions), candidate_ids)

    def _by(self, paths: Iterable[str], candidate_ids: Iterable[int]) -> "models.QuerySet[Any]":
        ids = list(candidate_ids)
        found = Q()
        for path in paths:
            found |= Q(**{f"{path}__in": ids})
        return self.model._default_manager.filter(found)


PEOPLE = Belonging(Candidate, "pk", is_loose=False)
# What earlier change sets did to a person: it moves with the person's rows when people are merged.
CHANGES = Belonging(Change, "candidate", is_loose=False)


@cache
def belongings() -> tuple[Belonging, ...]:
    """Every model that belongs to a person, those with a key of their own first; without the changes.

    Rows that Rapport derives from others and can make again (`is_derived`) are of no interest.
    """
    found: dict[type[models.Model], Belonging] = {}
    targets: list[type[models.Model]] = [Candidate]
    # A walk by breadth: what is found first has the shortest way.
    for target in targets:
        beyond = found[target].path if target in found else ""
        for key in keys_to(target):
            model = key.model
            if model in {Candidate, Change} or getattr(model, "is_derived", False):
                continue
            path = f"{key.name}__{beyond}" if beyond else key.name
            is_loose = key.remote_field.on_delete is models.SET_NULL
            way = Belonging(model, path, is_loose)
            if model in found and not _is_surer(way, found[model]):
                if target is Candidate and found[model].path != key.name:
                    found[model] = _also(found[model], key)
                continue
            found[model] = way
            if not is_loose and model not in targets:
                targets.append(model)
    return tuple(found.values())


def _is_surer(way: Belonging, known: Belonging) -> bool:
    """Whether a way over another model is as short and begins with a key that is never empty, as the known one's may be."""
    first, other = (one.model._meta.get_field(one.path.partition("__")[0]) for one in (way, known))
    steps = way.path.count("__")
    return 0 < steps == known.path.count("__") and other.null and not first.null


def _also(found: Belonging, key: "models.ForeignKey[Any, Any]") -> Belonging:
    if key.remote_field.on_delete is models.SET_NULL:
        return replace(found, mentions=(*found.mentions, key.name))
    return replace(found, others=(*found.others, key.name))


def forget_derived(ids: Sequence[int]) -> None:
    """Delete what Rapport has derived from these people, also from their going: the last thing before they go."""
    for key in keys_to(Candidate):
        if getattr(key.model, "is_derived", False):
            rows = key.model._default_manager.filter(**{f"{key.name}__one_of": ids})
            rows._raw_delete(rows.db)


@cache
def keys_to(target: type[models.Model]) -> "tuple[models.ForeignKey[Any, Any], ...]":
    """The foreign keys of owned models that point to `target`."""
    keys = [
        relation.field
        for relation in target._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and is_owned(relation.related_model)
    ]
    # A row that dies with its target belongs to it more than one that outlives it.
    return tuple(sorted(keys, key=lambda key: key.remote_field.on_delete is not models.CASCADE))


@cache
def known_models() -> dict[str, type[models.Model]]:
    """The models that changes speak of, by label: people, what belongs to them, and their words."""
    people: list[type[models.Model]] = [Candidate, *(found.model for found in belongings())]
    words: set[type[models.Model]] = {
        field.remote_field.model
        for owned in people
        for field in owned._meta.local_concrete_fields
        if isinstance(field, models.ForeignKey) and is_owned(field.remote_field.model)
    }
    known: list[type[models.Model]] = [Change, *people, *words]
    return {model._meta.label: model for model in known}

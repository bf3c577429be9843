"""Which rows others need: those that belong to them, and whatever names them without a key."""

from collections.abc import Callable, Collection
from typing import Any

from django.db import models

from candidates.models import Candidate
from candidates.services.changes.registry import keys_to

Finds = Callable[[Collection[int]], set[int]]
_finds: dict[type[models.Model], list[Finds]] = {}


def register_names(model: type[models.Model], finds: Finds) -> None:
    """Let an app say which rows of `model` it names otherwise than by a key. Called in `AppConfig.ready()`.

    `finds` is given ids, and returns those that are named.
    """
    _finds.setdefault(model, []).append(finds)


def named_elsewhere(model: type[models.Model], ids: Collection[int]) -> set[int]:
    """Which of these rows are named without a key, as rules, searches and mails name fields."""
    return {pk for finds in _finds.get(model, ()) for pk in finds(ids)}


def in_use(model: type[models.Model], ids: Collection[int]) -> set[int]:
    """Which of these rows others need, and do not go along with them."""
    used = named_elsewhere(model, ids)
    for key in keys_to(model):
        # A person who came from a source uses it, though they would go on without.
        if key.remote_field.on_delete is not models.SET_NULL or key.model is Candidate:
            users = key.model._default_manager.filter(**{f"{key.name}__in": ids})
            if along := goes_along(key):
                # Held until they are gone: a mail that a worker takes in this moment is not taken back.
                list(users.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
                users = users.exclude(along)
            used.update(users.values_list(key.attname, flat=True).distinct())
    return used


def let_go(model: type[models.Model], ids: Collection[int]) -> None:
    """Empty the keys of rows that stay without these, and delete those that go along with them."""
    for key in keys_to(model):
        users = key.model._default_manager.filter(**{f"{key.name}__in": ids})
        if key.remote_field.on_delete is models.SET_NULL:
            users.update(**{key.name: None})
        elif along := goes_along(key):
            users.filter(along).delete()


def goes_along(key: "models.ForeignKey[Any, Any]") -> models.Q | None:
    """Which rows go with the one that `key` of theirs points to, as their model says it."""
    along: models.Q | None = getattr(key.model, "goes_along", None)
    return along

"""Rows of every model that belongs to people, made from the model registry, and what stands in them."""

import itertools
from datetime import date
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from campaigns.models import Hold
from candidates.models import Candidate, Change, ChangeSet, EmailAddress, FormerId, Touchpoint
from candidates.services.changes.registry import belongings, keys_to
from crm.accounts.models import User
from crm.tenancy.models import OwnedModel
from pipelines.models import PoolPlace

_numbers = itertools.count(1)
# Changed by any write, or of the database's own making.
PASSING = {"updated_at"}
# Keys that may be empty, but not all of a kind at once.
FILLED = {("campaigns.AutoEnrollment", "pool")}


def make_rows(people: list[Candidate], user: User, draw: Any) -> None:
    """For each person up to two rows of every model; `draw(n)` picks a number below n.

    What rows refer to is drawn from two each, so that people have much in common: the same tag, the
    same sequence, the same job.
    """
    words: dict[type[models.Model], list[models.Model]] = {}
    made: dict[int, dict[type[models.Model], list[models.Model]]] = {p.pk: {} for p in people}
    for belonging in belongings():
        for person in people:
            for _ in range(draw(3)):
                row = make_row(belonging.model, person, people, user, draw, words, made[person.pk])
                if row is not None:
                    made[person.pk].setdefault(belonging.model, []).append(row)
    # Each once, in an order that is the same in every process: what is drawn depends on it.
    for model in dict.fromkeys(
        key.model for key in keys_to(Candidate) if getattr(key.model, "is_derived", False)
    ):
        for person in people:
            make_row(model, person, people, user, draw, words, made[person.pk])


def make_row(model, person, people, user, draw, words, own):
    values: dict[str, Any] = {}
    for field in model._meta.local_concrete_fields:
        if field.primary_key or field.name == "organization":
            continue
        values[field.name] = _value(field, model, person, people, user, draw, words, own)
        if values[field.name] is None and not field.null:
            return None
    if model is Hold and values["message"] and values["message"].direction == "in":
        # Nothing that came in is held.
        values["message"] = None
    try:
        with transaction.atomic():
            row = model._default_manager.create(**values)
            connection.check_constraints()
    except IntegrityError:
        return None
    return row


def _value(field, model, person, people, user, draw, words, own):
    if isinstance(field, models.ForeignKey):
        return _target(field, model, person, people, user, draw, words, own)
    if field.choices:
        return field.choices[draw(len(field.choices))][0]
    if isinstance(field, models.FileField):
        return "nowhere.txt"
    if (field.name == "normalized" and model is EmailAddress) or isinstance(
        field, models.EmailField
    ):
        return f"w{draw(10**6)}@example.com"
    if isinstance(field, models.CharField | models.TextField):
        return f"word {draw(3)}"[: field.max_length or None]
    if isinstance(field, models.BooleanField):
        return bool(draw(2))
    if isinstance(field, models.DateTimeField):
        return timezone.now() if draw(2) or not field.null else None
    if isinstance(field, models.DateField):
        return date(2026, 1, 1 + draw(5))
    if field.has_default() or field.null:
        return field.get_default()
    # A former id is nobody's id; a place of another person's membership would follow that one.
    return draw(10**9) + 10**6 if model in {FormerId, PoolPlace} else draw(2) + 1


def _target(field, model, person, people, user, draw, words, own):
    target = field.remote_field.model
    if target is User:
        return user
    if target is Candidate:
        others = [one for one in people if one != person]
        return person if field.name == "candidate" else others[draw(len(others))]
    if target is model:
        return None
    if target in {found.model for found in belongings()}:
        mine = own.get(target, [])
        return mine[draw(len(mine))] if mine else None
    if target not in words:
        words[target] = [_word(target, user, number, words) for number in (1, 2)]
    return words[target][draw(2)]


def _word(target: type[models.Model], user: User, number: int, words: Any) -> models.Model:
    """Something that rows of people refer to: a tag, a job, a sequence."""
    values: dict[str, Any] = {}
    for field in target._meta.local_concrete_fields:
        if field.primary_key or field.name == "organization":
            continue
        if isinstance(field, models.ForeignKey):
            kind = field.remote_field.model
            if kind is User:
                values[field.name] = user
            elif (
                issubclass(kind, OwnedModel)
                and kind is not target
                and (not field.null or (target._meta.label, field.name) in FILLED)
            ):
                values[field.name] = _word(kind, user, number + 10 * len(words), words)
        elif isinstance(field, models.FileField):
            values[field.name] = "nowhere.txt"
        elif isinstance(field, models.EmailField):
            values[field.name] = f"{target.__name__}{next(_numbers)}@example.com"
        elif field.choices and not field.has_default():
            values[field.name] = field.choices[0][0]
        elif isinstance(field, models.CharField | models.TextField) and not field.choices:
            values[field.name] = f"{target.__name__}{next(_numbers)}"[: field.max_length or None]
        elif not field.has_default() and not field.null:
            values[field.name] = number
    return target._default_manager.create(**values)


def standing(*, but: ChangeSet | None = None) -> dict[str, dict[int, dict[str, Any]]]:
    """Every row of people, by model and id; without what undoing adds, and the change set itself."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for model in [Candidate, *(belonging.model for belonging in belongings()), Change]:
        rows = model._default_manager.all()
        if model is Touchpoint:
            rows = rows.exclude(kind=Touchpoint.Kind.UNDONE)
        if model is Change and but is not None:
            rows = rows.exclude(change_set=but)
        found[model._meta.label] = {
            row["id"]: {name: value for name, value in row.items() if name not in PASSING}
            for row in rows.values()
        }
    return found

"""The vocabulary of the data map: what each model field holds, why, for how long, and what erasure does to it.

Every app's `privacy.py` declares `DATA_MAP: dict[type[Model], ModelMap]`; a model field without an
entry fails the build (`crm.privacy.checks`). GDPR Art. 30 asks for this record of processing.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Category(StrEnum):
    """What kind of data a field holds."""

    TECHNICAL = "technical"  # keys, states, counters: nothing about a person
    IDENTITY = "identity"  # names, addresses, numbers, links
    PROFESSIONAL = "professional"  # work, education, skills
    COMMUNICATION = "communication"  # what was written and said
    OPINION = "opinion"  # what colleagues noted or judged
    USAGE = "usage"  # what a user of Rapport did, when, from where
    CONFIGURATION = "configuration"  # settings written by the organization


class Erasure(StrEnum):
    """What happens to a field when the candidate it belongs to is erased."""

    DELETE = "delete"  # the row goes
    BLANK = "blank"  # the row stays for the counts, the value goes
    KEEP = "keep"  # not about a candidate, or needed as proof; says nothing about the person


@dataclass(frozen=True)
class FieldRule:
    """One field: its category, what erasure does, and whether the person's access export holds it."""

    category: Category
    erasure: Erasure = Erasure.KEEP
    exported: bool = False


@dataclass(frozen=True)
class ModelMap:
    """One model: why it is processed, how long it stays, and a rule for each of its fields."""

    purpose: str
    retention: str
    fields: dict[str, FieldRule] = field(default_factory=dict)


def technical(*names: str) -> dict[str, FieldRule]:
    """Rules for fields that say nothing about a person."""
    return {name: FieldRule(Category.TECHNICAL) for name in names}


def configuration(*names: str) -> dict[str, FieldRule]:
    """Rules for what an organization configures."""
    return {name: FieldRule(Category.CONFIGURATION) for name in names}


def usage(*names: str) -> dict[str, FieldRule]:
    """Rules for what users of Rapport did."""
    return {name: FieldRule(Category.USAGE) for name in names}


def personal(category: Category, *names: str, exported: bool = True) -> dict[str, FieldRule]:
    """Rules for a candidate's data: goes with the person, and is part of the person's export."""
    return {name: FieldRule(category, Erasure.DELETE, exported) for name in names}

"""The lists that an organization chooses from: sources, reasons, kinds of contact."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from candidates.models import (
    Candidate,
    Choice,
    ContactKind,
    Import,
    NotNowReason,
    RejectionReason,
    ResumeUpload,
    Source,
)
from candidates.services.identifying import fold
from candidates.services.stored_queries import ask_instead
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

Entry = Choice | Source

# What every organization begins with.
DEFAULTS: dict[type[Choice] | type[Source], tuple[str, ...]] = {
    Source: ("Referral", "LinkedIn", "Careers page", "Event", "Agency"),
    RejectionReason: (
        "Not enough experience",
        "Other skills needed",
        "Salary out of range",
        "Withdrew",
        "Position filled",
    ),
    NotNowReason: (
        "Happy in the job",
        "Just started somewhere",
        "Family time",
        "Notice period",
        "No fitting job of ours",
    ),
    ContactKind: ("Call", "Video call", "Meeting", "Coffee", "Text message", "LinkedIn message"),
}


# Of these sources people come by themselves.
OWN_DATA = frozenset({"Careers page"})


class NameTaken(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(f"“{name}” is in the list already, perhaps among the archived ones.")


class SameEntry(DomainError):
    def __init__(self) -> None:
        super().__init__("It cannot be merged with itself. Choose another one.")


@dataclass(frozen=True)
class Listing:
    """One of the lists: its model, and what the settings call it."""

    slug: str
    model: type[Choice] | type[Source]
    title: str
    one: str
    hint: str


LISTINGS = {
    listing.slug: listing
    for listing in (
        Listing("sources", Source, "Sources", "source", "Where candidates come from."),
        Listing(
            "rejections",
            RejectionReason,
            "Rejection reasons",
            "reason",
            "Why somebody is not taken on for a job.",
        ),
        Listing(
            "not-now", NotNowReason, "“Not now” reasons", "reason", "Why a candidate is snoozed."
        ),
        Listing(
            "contacts",
            ContactKind,
            "Kinds of contact",
            "kind",
            "How you speak to people: offered where a contact is logged.",
        ),
    )
}


@transaction.atomic
def add_entry(model: type[Choice] | type[Source], *, name: str, by: User) -> Entry:
    """Add a word to a list; one of the same name, whatever its case and accents, is refused."""
    name = _clean(name)
    _refuse_taken(model, name)
    entry = _made(model, name)
    entry.save()
    record("list.added", entry, by=by)
    return entry


@transaction.atomic
def rename_entry(entry: Entry, *, name: str, by: User) -> Entry:
    """Give the word another spelling; it changes wherever it stands."""
    name = _clean(name)
    _refuse_taken(type(entry), name, but=entry.pk)
    entry.name = name
    if isinstance(entry, Choice):
        entry.normalized = fold(name)[:60]
    entry.save()
    record("list.renamed", entry, by=by)
    return entry


@transaction.atomic
def set_gives_own_data(source: Source, *, gives: bool, by: User) -> Source:
    """Say whether people from here gave their data themselves; it holds for who comes from now on."""
    if source.gives_own_data != gives:
        source.gives_own_data = gives
        source.save(update_fields=["gives_own_data"])
        record("source.own_data", source, by=by, gives=gives)
    return source


@transaction.atomic
def set_archived(entry: Entry, *, is_archived: bool, by: User) -> Entry:
    """Offer the word no more, or again; where it is used it stays."""
    if bool(entry.archived_at) != is_archived:
        entry.archived_at = timezone.now() if is_archived else None
        entry.save(update_fields=["archived_at"])
        record("list.archived" if is_archived else "list.restored", entry, by=by)
    return entry


@transaction.atomic
def merge_sources(source: Source, *, into: Source, by: User) -> int:
    """Everybody from `source` is from `into`, whoever still comes by an upload too, and every rule and saved search asks
    for it; `source` is gone. Returns how many people moved."""
    if source.pk == into.pk:
        raise SameEntry
    list(Source.objects.select_for_update().filter(pk__in=[source.pk, into.pk]).order_by("pk"))
    moved = Candidate.objects.filter(source=source).update(source=into)
    Import.objects.filter(source=source).update(source=into)
    ResumeUpload.objects.filter(source=source).update(source=into)
    ask_instead(source, into=into)
    record("source.merged", into, by=by, merged=source.pk, count=moved)
    source.delete()
    return moved


def seed_defaults() -> None:
    """Fill the lists of the organization being acted in, where they are empty."""
    for model, names in DEFAULTS.items():
        if not model.objects.exists():
            for name in names:
                entry = _made(model, name)
                if isinstance(entry, Source):
                    entry.gives_own_data = name in OWN_DATA
                entry.save()


def _made(model: type[Choice] | type[Source], name: str) -> Entry:
    if issubclass(model, Choice):
        return model(name=name, normalized=fold(name)[:60])
    return model(name=name)


def _clean(name: str) -> str:
    return " ".join(name.split())[:60]


def _refuse_taken(model: type[Choice] | type[Source], name: str, *, but: int | None = None) -> None:
    same = {"normalized": fold(name)[:60]} if issubclass(model, Choice) else {"name__iexact": name}
    found: Any = model.objects.filter(**same)
    taken = found.exclude(pk=but).first()
    if taken:
        raise NameTaken(taken.name)

"""Adding and editing people by hand: names, ways to reach them, owner and status."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction

from candidates.models import (
    Candidate,
    CandidateSkill,
    CandidateTag,
    EmailAddress,
    PhoneNumber,
    ProfileLink,
    Source,
    Touchpoint,
)
from candidates.services.identifying import normalize_email, normalize_link, normalize_phone
from candidates.services.informing import OWN_RESEARCH, correct_source, start_clock
from candidates.services.provenance import (
    REST,
    Provenance,
    by_hand,
    set_provenance,
    with_provenance,
)
from candidates.services.searching import refresh_search_text
from candidates.services.skills.resolving import skills_named
from candidates.services.snoozing import end_snoozes
from candidates.services.tag_keeping import tags_named
from candidates.services.timeline import add_touchpoint, add_touchpoints
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError


class AddressUnreadable(DomainError):
    """What was given is no e-mail address."""

    def __init__(self, address: str) -> None:
        super().__init__(f"“{address}” is not an e-mail address. Correct it or leave it out.")


class AddressTaken(DomainError):
    """One address belongs to one person per organization."""

    def __init__(self, address: EmailAddress) -> None:
        self.candidate = address.candidate
        super().__init__(
            f"{address.address} belongs to {address.candidate.full_name} already. "
            "Open that record instead of adding the person twice."
        )


@transaction.atomic
def create_candidate(
    *,
    by: User | None,
    full_name: str,
    emails: Iterable[str] = (),
    phones: Iterable[str] = (),
    links: Iterable[str] = (),
    skills: Iterable[str] = (),
    tags: Iterable[str] = (),
    provenance: Provenance | None = None,
    summary: str = "",
    learned_from: str = OWN_RESEARCH,
    **fields: Any,
) -> Candidate:
    """Add a person, with everything we know of them; the first address becomes the primary one.

    `fields` are those of Candidate (company, source, owner, ...). Refuses an address that somebody has.
    `provenance` says where all of it comes from; typed by `by`, unless said otherwise. `summary` is for the timeline.
    `learned_from` says to the person whom we have the data from, where the source does not; empty: from themselves.
    """
    provenance = provenance or by_hand(by)
    candidate = Candidate.objects.create(
        full_name=full_name, created_by=by, provenance={REST: provenance.as_json()}, **fields
    )
    _set_emails(candidate, emails, provenance)
    _set_phones(candidate, phones, provenance)
    _set_links(candidate, links, provenance)
    CandidateSkill.objects.bulk_create(
        CandidateSkill(candidate=candidate, skill=skill, **provenance.as_columns())
        for skill in skills_named(skills)
    )
    CandidateTag.objects.bulk_create(
        CandidateTag(candidate=candidate, tag=tag) for tag in tags_named(tags, by=by)
    )
    refresh_search_text([candidate.pk])
    if learned_from:
        start_clock([candidate.pk], learned_from=learned_from, at=candidate.created_at)
    add_touchpoint(
        candidate,
        Touchpoint.Kind.ADDED,
        summary or (f"Added · {candidate.source}" if candidate.source else "Added by hand"),
        actor=by,
        at=candidate.created_at,
    )
    record("candidate.created", candidate, by=by)
    return candidate


@transaction.atomic
def edit_candidate(
    candidate: Candidate,
    *,
    by: User,
    emails: Iterable[str] | None = None,
    phones: Iterable[str] | None = None,
    links: Iterable[str] | None = None,
    **fields: Any,
) -> Candidate:
    """Set `fields`, and the lists that are given, to exactly these; the timeline names what changed.

    Rows that stay keep their provenance and state: editing a name must not make an address "not tried yet".
    """
    candidate = Candidate.objects.select_for_update().get(pk=candidate.pk)
    changed = [name for name, value in fields.items() if getattr(candidate, name) != value]
    told = []
    for name in changed:
        before = shown_value(candidate, name)
        setattr(candidate, name, fields[name])
        told.append([_label(name).capitalize(), before, shown_value(candidate, name)])
    provenance = by_hand(by)
    set_provenance(candidate, changed, provenance)
    candidate.save(update_fields=[*changed, "provenance", "updated_at"])
    for name, given, setter in [
        ("emails", emails, _set_emails),
        ("phones", phones, _set_phones),
        ("links", links, _set_links),
    ]:
        had = [] if given is None else [str(row) for row in getattr(candidate, name).all()]
        if given is not None and setter(candidate, given, provenance):
            changed.append(name)
            has = [str(row) for row in getattr(candidate, name).all()]
            told.append([_label(name).capitalize(), ", ".join(had), ", ".join(has)])
    if "status" in changed:
        end_snoozes([candidate.pk])
    if "source" in changed:
        correct_source(candidate)
    if changed:
        refresh_search_text([candidate.pk])
        labels = ", ".join(_label(name) for name in changed)
        add_touchpoint(
            candidate, Touchpoint.Kind.EDITED, f"Changed {labels}", actor=by, changes=told
        )
        record("candidate.edited", candidate, by=by, fields=sorted(changed))
    return candidate


@transaction.atomic
def assign_owner(
    candidate_ids: Iterable[int], *, owner: User | None, by: User
) -> dict[int, int | None]:
    """Give these people to `owner` (or to nobody); return the former owner of each whose owner changed."""
    people = Candidate.objects.filter(pk__in=list(candidate_ids)).exclude(owner=owner)
    former: dict[int, int | None] = dict(
        people.order_by("pk").select_for_update().values_list("pk", "owner")
    )
    ids = list(former)
    Candidate.objects.filter(pk__in=ids).update(
        owner=owner, provenance=with_provenance(["owner"], by_hand(by))
    )
    if ids:
        summary = f"Owner is now {owner}" if owner else "Has no owner now"
        add_touchpoints(ids, Touchpoint.Kind.EDITED, summary, actor=by)
        record("candidates.assigned", by=by, count=len(ids), owner=owner.pk if owner else None)
    return former


@transaction.atomic
def set_status(candidate: Candidate, *, status: Candidate.Status, by: User) -> Candidate:
    """Set the overall status of the relationship."""
    return edit_candidate(candidate, by=by, status=status)


def source_named(name: str) -> Source | None:
    """The source with this name whatever its case, made if it is new; None for an empty name."""
    if not name:
        return None
    known = Source.objects.filter(name__iexact=name).first()
    return known or Source.objects.create(name=name)


def shown_value(candidate: Candidate, name: str) -> str:
    """The value of a column in words: a choice by its label, a person by name."""
    display = getattr(candidate, f"get_{name}_display", None)
    return str((display() if display else getattr(candidate, name)) or "")[:300]


def _label(name: str) -> str:
    if name in {"emails", "phones", "links"}:
        return {"emails": "e-mail addresses", "phones": "phone numbers", "links": "links"}[name]
    return str(getattr(Candidate._meta.get_field(name), "verbose_name", name))


@contextmanager
def refusing_taken(addresses: Collection[str]) -> Iterator[None]:
    """Store these (normalized) addresses in the block; AddressTaken where somebody gets one in this very moment."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        taken = EmailAddress.objects.filter(normalized__in=list(addresses))
        owned = taken.select_related("candidate").first()
        if owned is None:
            raise
        raise AddressTaken(owned) from None


def _set_emails(candidate: Candidate, addresses: Iterable[str], provenance: Provenance) -> bool:
    """Let the addresses be exactly these, the first one primary; tell whether anything changed."""
    wanted: dict[str, str] = {}
    for address in addresses:
        normalized = normalize_email(address)
        if not normalized:
            raise AddressUnreadable(address)
        wanted.setdefault(normalized, address.strip())
    taken = (
        EmailAddress.objects.filter(normalized__in=list(wanted))
        .exclude(candidate=candidate)
        .select_related("candidate")
        .first()
    )
    if taken:
        raise AddressTaken(taken)
    had = {row.normalized: row for row in candidate.emails.all()}
    primary = next(iter(wanted), None)
    was_primary = next((key for key, row in had.items() if row.is_primary), None)
    if set(had) == set(wanted) and primary == was_primary:
        return False
    if had:
        candidate.emails.exclude(normalized__in=list(wanted)).delete()
        # First nobody is primary: two at once are refused by the database.
        candidate.emails.exclude(normalized=primary).update(is_primary=False)
    with refusing_taken(wanted.keys() - had.keys()):
        EmailAddress.objects.bulk_create(
            EmailAddress(
                candidate=candidate,
                address=address,
                normalized=normalized,
                is_primary=normalized == primary,
                **provenance.as_columns(),
            )
            for normalized, address in wanted.items()
            if normalized not in had
        )
    if primary in had:
        candidate.emails.filter(normalized=primary).update(is_primary=True)
    return True


def _set_phones(candidate: Candidate, numbers: Iterable[str], provenance: Provenance) -> bool:
    had = {row.number: row for row in candidate.phones.all()}
    wanted = list(dict.fromkeys(number.strip() for number in numbers if number.strip()))
    if set(had) == set(wanted):
        return False
    if had:
        candidate.phones.exclude(number__in=wanted).delete()
    PhoneNumber.objects.bulk_create(
        PhoneNumber(
            candidate=candidate,
            number=number,
            normalized=normalize_phone(number, country=candidate.country),
            **provenance.as_columns(),
        )
        for number in wanted
        if number not in had
    )
    return True


def _set_links(candidate: Candidate, urls: Iterable[str], provenance: Provenance) -> bool:
    had = {row.url: row for row in candidate.links.all()}
    wanted = list(dict.fromkeys(url.strip() for url in urls if url.strip()))
    if set(had) == set(wanted):
        return False
    if had:
        candidate.links.exclude(url__in=wanted).delete()
    ProfileLink.objects.bulk_create(
        ProfileLink(
            candidate=candidate, url=url, normalized=normalize_link(url), **provenance.as_columns()
        )
        for url in wanted
        if url not in had
    )
    return True

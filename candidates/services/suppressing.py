"""Addresses, numbers and profiles that must not be used again, kept as keyed hashes only.

Without FIELD_KEY and the organization, a stored hash cannot confirm a guessed address.
"""

import hmac
from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from candidates.models import Candidate, Suppression
from candidates.services.identifying import (
    mailbox,
    normalize_email,
    normalize_link,
    normalize_phone,
)
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.bulk import among_texts, insert_rows
from crm.tenancy.scope import current_organization

Kind = Suppression.Kind
Reason = Suppression.Reason
# A way to be reached, in comparable form: ("email", "anna@example.com").
Identifier = tuple[str, str]


def digest(kind: str, normalized: str) -> str:
    """HMAC-SHA-256 of a normalized value under the organization's own key, in hex."""
    key = _key(current_organization().pk)
    return hmac.digest(key, f"{kind}:{normalized}".encode(), "sha256").hex()


@lru_cache(maxsize=64)
def _key(organization_id: int) -> bytes:
    return hmac.digest(
        settings.FIELD_KEY.encode(), f"suppression:{organization_id}".encode(), "sha256"
    )


def normalize(kind: str, value: str) -> str:
    """`value` in the form that is compared, "" if it is none of its kind."""
    if kind == Kind.EMAIL:
        return normalize_email(value) or ""
    if kind == Kind.PHONE:
        return normalize_phone(value)
    return normalize_link(value)


def _forms(kind: str, normalized: str) -> list[str]:
    """Under which forms a value may be suppressed: an address also under its mailbox."""
    if kind == Kind.EMAIL and mailbox(normalized) != normalized:
        return [normalized, mailbox(normalized)]
    return [normalized]


def identifiers_of(candidate: Candidate) -> list[Identifier]:
    """Every comparable way in which `candidate` can be reached or known."""
    return [
        *((Kind.EMAIL.value, email.normalized) for email in candidate.emails.all()),
        *((Kind.PHONE.value, phone.normalized) for phone in candidate.phones.all()),
        *((Kind.PROFILE.value, link.normalized) for link in candidate.links.all()),
    ]


@transaction.atomic
def suppress(kind: str, value: str, *, reason: Reason, by: User | None = None) -> bool:
    """Suppress one address, number or link; False if it already is for that reason, or is unreadable."""
    return suppress_all([(kind, value)], reason=reason, by=by) > 0


@transaction.atomic
def suppress_all(
    identifiers: Iterable[Identifier], *, reason: Reason, by: User | None = None
) -> int:
    """Suppress each of `identifiers`; returns how many were not yet suppressed for `reason`."""
    digests: dict[tuple[str, str], None] = {}
    for kind, value in identifiers:
        normalized = normalize(kind, value)
        if normalized:
            # An address may bounce while others of the mailbox work: only that one is dead.
            form = normalized if reason == Reason.BOUNCED else _forms(kind, normalized)[-1]
            digests[str(kind), digest(kind, form)] = None
    known = set(
        Suppression.objects.filter(
            reason=reason, digest__in=among_texts(hashed for _, hashed in digests)
        ).values_list("kind", "digest")
    )
    new = [key for key in digests if key not in known]
    insert_rows(
        Suppression,
        {"kind": [kind for kind, _ in new], "digest": [hashed for _, hashed in new]},
        reason=reason,
        ignore_conflicts=True,
    )
    if new:
        record(
            "suppression.added",
            by=by,
            reason=str(reason),
            kinds=sorted({kind for kind, _ in new}),
            count=len(new),
        )
    return len(new)


def suppressed_reasons(values: Iterable[Identifier]) -> dict[Identifier, set[Reason]]:
    """Which of `values` (kind, normalized value) are suppressed, and why; one query for all."""
    wanted: dict[tuple[str, str], list[Identifier]] = {}
    found: dict[Identifier, set[Reason]] = {}
    if not Suppression.objects.exists():
        return found
    for kind, normalized in set(values):
        if normalized:
            for form in _forms(kind, normalized):
                wanted.setdefault((kind, digest(kind, form)), []).append((kind, normalized))
    rows = Suppression.objects.filter(digest__in=among_texts(hashed for _, hashed in wanted))
    for kind, hashed, reason in rows.values_list("kind", "digest", "reason"):
        for identifier in wanted.get((kind, hashed), []):
            found.setdefault(identifier, set()).add(Reason(reason))
    return found


def is_suppressed(kind: str, value: str, *, reasons: Iterable[Reason] | None = None) -> bool:
    """Whether `value` is suppressed, for any reason or for one of `reasons`."""
    identifier = (kind, normalize(kind, value))
    found = suppressed_reasons([identifier]).get(identifier, set())
    return bool(found if reasons is None else found & set(reasons))


def rows_of(values: Iterable[Identifier]) -> QuerySet[Suppression]:
    """What is kept of these ways to reach somebody, each under any form."""
    hashed = [
        digest(kind, form)
        for kind, value in values
        if (normalized := normalize(kind, value))
        for form in _forms(kind, normalized)
    ]
    rows: QuerySet[Suppression] = Suppression.objects.filter(digest__in=hashed)
    return rows


@transaction.atomic
def lift(
    kind: str, value: str, *, reasons: Iterable[Reason] | None = None, by: User | None = None
) -> int:
    """Take a suppression back, for all or some reasons; returns how many rows went."""
    rows = rows_of([(kind, value)])
    if reasons is not None:
        rows = rows.filter(reason__in=list(reasons))
    lifted = sorted(set(rows.values_list("reason", flat=True)))
    count, _ = rows.delete()
    if count:
        record("suppression.lifted", by=by, kind=str(kind), reasons=lifted)
    return count

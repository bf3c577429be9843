"""What keeps mail from a person for good, and taking it back where that may be."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, TextChoices

from campaigns.services.reaching import PERSONAL
from candidates.models import Candidate, EmailAddress, Suppression, Touchpoint
from candidates.services import suppressing
from candidates.services.identifying import normalize_email
from candidates.services.suppressing import Identifier
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

Reason = Suppression.Reason

# No member takes these back, whatever their role.
FINAL = {
    Reason.COMPLAINED: "They called a mail of yours spam. Another one would count against all of your mail, so this "
    "stays.",
    Reason.OBJECTED: "They objected to being contacted (GDPR Art. 21). Nobody here can take that back for them.",
    Reason.ERASED: "Their data was erased. Only their own application lets them in again.",
}


class Because(TextChoices):
    """Why something is taken back, for the audit log."""

    ASKED = "asked", "They asked to be written to again"
    MISTAKE = "mistake", "It came about by mistake"
    WORKS = "works", "The address works again"


class CannotBeLifted(DomainError):
    """It stays, or is not there (any more)."""


@dataclass(frozen=True)
class Kept:
    """One reason why mail is kept back, since when, and of a final one why it stays."""

    reason: Suppression.Reason
    since: datetime
    final: str = ""

    @property
    def label(self) -> str:
        return self.reason.label


@dataclass(frozen=True)
class Subject:
    """Whose suppression is looked at: a person with all ways to reach them, or an address that nobody has."""

    candidate: Candidate | None = None
    address: str = ""

    @property
    def identifiers(self) -> list[Identifier]:
        found = suppressing.identifiers_of(self.candidate) if self.candidate else []
        return [*found, *([("email", self.address)] if self.address else [])]


def subject_of(address: str) -> Subject:
    """Who has `address` here; else the address alone."""
    normalized = normalize_email(address) or ""
    email = EmailAddress.objects.filter(normalized=normalized).select_related("candidate").first()
    return Subject(email.candidate) if email else Subject(address=normalized)


def kept_back(subject: Subject) -> list[Kept]:
    """Why nobody writes to this person or address, the oldest first; each reason once."""
    found: dict[str, Kept] = {}
    for row in suppressing.rows_of(subject.identifiers).order_by("created_at", "pk"):
        reason = Reason(row.reason)
        found.setdefault(row.reason, Kept(reason, row.created_at, FINAL.get(reason, "")))
    return list(found.values())


def count_kept_back() -> list[tuple[str, int]]:
    """How many addresses, numbers and profiles are kept back for each reason."""
    rows = Suppression.objects.order_by().values_list("reason").annotate(Count("pk"))
    return sorted(
        ((Reason(reason).label, count) for reason, count in rows), key=lambda one: -one[1]
    )


@transaction.atomic
def lift_suppression(
    subject: Subject, reason: str, *, because: Because, note: str = "", by: User
) -> None:
    """Take back what keeps mail from `subject` for one reason. Nothing that was stopped starts again by itself.

    The audit log keeps why in one word; `note`, which may be about the person, goes on their timeline alone.
    """
    if reason in FINAL:
        raise CannotBeLifted(FINAL[Reason(reason)])
    identifiers = subject.identifiers
    if reason not in Reason or not sum(
        suppressing.lift(kind, value, reasons=[Reason(reason)], by=by)
        for kind, value in identifiers
    ):
        raise CannotBeLifted("Nothing is kept back for this reason any more.")
    if reason == Reason.BOUNCED:
        _try_again(value for kind, value in identifiers if kind == "email")
    if subject.candidate:
        _tell(subject.candidate, Reason(reason), because, note=note, by=by)
    record("suppression.taken_back", subject.candidate, by=by, reason=reason, because=str(because))


def _tell(
    candidate: Candidate, reason: Suppression.Reason, because: Because, *, note: str, by: User
) -> None:
    """Write it on the timeline; as the end of what kept mail from the person only where nothing else does."""
    is_kept = any(one.reason in PERSONAL for one in kept_back(Subject(candidate)))
    kind = Touchpoint.Kind.EDITED if is_kept else Touchpoint.Kind.MAIL_AGAIN
    begin = "Not kept back any more" if is_kept else "May be written to again"
    summary = f"{begin}: {because.label.lower()} (was: {reason.label})"
    add_touchpoint(candidate, kind, summary, body=note.strip(), actor=by)


def _try_again(addresses: Iterable[str]) -> None:
    EmailAddress.objects.filter(
        normalized__in=list(addresses), state=EmailAddress.State.BOUNCED
    ).update(state=EmailAddress.State.UNKNOWN)

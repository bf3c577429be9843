"""Whether people may be written to, and at which address: asked before enrolling, queueing and sending alike."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from campaigns.models import Enrollment, Message
from candidates.models import Candidate, EmailAddress, Suppression
from candidates.queries.company_rules import blocked_by, sentence_of
from candidates.queries.notices import overdue
from candidates.services.identifying import normalize_email
from candidates.services.suppressing import suppressed_reasons
from crm.tenancy.bulk import among

Reason = Suppression.Reason
StopReason = Enrollment.StopReason

# Reasons that concern the person, whatever the address.
PERSONAL = {
    Reason.UNSUBSCRIBED: (StopReason.UNSUBSCRIBED, "Has unsubscribed."),
    Reason.COMPLAINED: (StopReason.SUPPRESSED, "Marked an earlier mail as spam."),
    Reason.OBJECTED: (StopReason.SUPPRESSED, "Objected to being contacted."),
    Reason.ERASED: (StopReason.SUPPRESSED, "Must not be written to."),
}
CAME_BACK = "Mail to the address came back."
# What stands in the list of suppressions, unlike a status or a missing address.
KEPT_BACK = frozenset({CAME_BACK, *(sentence for _, sentence in PERSONAL.values())})
SILENT = {
    Candidate.Status.DO_NOT_CONTACT: "Is marked “Do not contact”.",
    Candidate.Status.NOT_NOW: "Is marked “Not now”.",
}


# The month of GDPR Art. 14 is over: nobody gets another mail before this one.
NOT_TOLD = "Was not told in time where we have the data from: send the privacy notice first."


class Address(NamedTuple):
    """A person's address, and what keeps mail from it: `is_late` and `company` concern the person."""

    pk: int
    candidate_id: int
    address: str
    normalized: str
    is_primary: bool
    state: EmailAddress.State
    is_late: bool
    company: dict[str, str] | None

    def __str__(self) -> str:
        return self.address


@dataclass(frozen=True)
class Obstacle:
    """Why a person cannot be written to: for the enrollment's end, and as a sentence."""

    reason: Enrollment.StopReason
    sentence: str


def reach(
    candidates: Iterable[Candidate],
    *,
    is_expected: bool = False,
    is_notice: bool = False,
    despite_rest: bool = False,
) -> dict[int, Address | Obstacle]:
    """For each candidate the address to write to, or the obstacle; three queries for all.

    A mail that the person waits for, such as the time of an interview, goes also to who has unsubscribed. It, and
    the notice itself, also go to who was not told in time where the data came from, and to people of companies
    that are not contacted. `despite_rest`: asked for later, when whoever rests is back.
    """
    candidates = list(candidates)
    emails: dict[int, list[Address]] = {candidate.pk: [] for candidate in candidates}
    rows = (
        EmailAddress.objects.filter(candidate__in=among(emails))
        .annotate(
            is_late=Exists(overdue().filter(candidate=OuterRef("candidate"))),
            company=blocked_by("candidate"),
        )
        .values_list(*Address._fields)
    )
    for email in map(Address._make, rows):
        emails[email.candidate_id].append(email)
    suppressed = suppressed_reasons(
        ("email", email.normalized) for owned in emails.values() for email in owned
    )
    reached = {
        candidate.pk: _reach_one(
            candidate,
            emails[candidate.pk],
            suppressed,
            is_expected=is_expected,
            may_rest=is_expected or despite_rest,
        )
        for candidate in candidates
    }
    if is_expected or is_notice:
        return reached
    return {pk: _unless_kept_back(found) for pk, found in reached.items()}


def _unless_kept_back(found: Address | Obstacle) -> Address | Obstacle:
    """The address, unless the company or the missing notice stands before it. The company first: it does not pass by itself."""
    if isinstance(found, Obstacle):
        return found
    if found.company:
        words = sentence_of(found.company["cause"], found.company["name"])
        return Obstacle(StopReason.COMPANY, words)
    return Obstacle(StopReason.NOT_TOLD, NOT_TOLD) if found.is_late else found


@dataclass(frozen=True)
class Destination:
    """Where a mail that a person writes by hand goes, or why it must not go."""

    address: str = ""
    obstacle: str = ""


# No hand may write past these.
FINAL = {
    Reason.COMPLAINED: "Marked an earlier mail as spam.",
    Reason.OBJECTED: "Objected to being contacted.",
    Reason.ERASED: "Must not be written to.",
}


def address_for(candidate: Candidate, *, answers: Message | None = None) -> Destination:
    """The address for a mail by hand. Who wrote to us may be answered where they wrote from, also after having
    unsubscribed, and while they rest; nobody else may be written to who cannot be reached."""
    addresses = [*candidate.emails.values_list("normalized", flat=True)]
    to = normalize_email(answers.from_address) if answers else None
    found = suppressed_reasons(("email", one) for one in {*addresses, *([to] if to else [])})
    for reason, sentence in FINAL.items():
        if any(reason in reasons for reasons in found.values()):
            return Destination(obstacle=sentence)
    if candidate.status == Candidate.Status.DO_NOT_CONTACT:
        return Destination(obstacle=SILENT[Candidate.Status.DO_NOT_CONTACT])
    if answers and to:
        return Destination(address=answers.from_address)
    reached = reach([candidate])[candidate.pk]
    if isinstance(reached, Obstacle):
        return Destination(obstacle=reached.sentence)
    return Destination(address=reached.address)


def _reach_one(
    candidate: Candidate,
    emails: list[Address],
    suppressed: dict[tuple[str, str], set[Suppression.Reason]],
    *,
    is_expected: bool,
    may_rest: bool,
) -> Address | Obstacle:
    status = Candidate.Status(candidate.status)
    if status in SILENT and not (may_rest and status == Candidate.Status.NOT_NOW):
        return Obstacle(StopReason.SUPPRESSED, SILENT[status])
    if not emails:
        return Obstacle(StopReason.NO_ADDRESS, "Has no e-mail address.")
    reasons = {email.pk: suppressed.get(("email", email.normalized), set()) for email in emails}
    for reason, (stop_reason, sentence) in PERSONAL.items():
        if is_expected and reason == Reason.UNSUBSCRIBED:
            continue
        if any(reason in found for found in reasons.values()):
            return Obstacle(stop_reason, sentence)
    usable = [
        email
        for email in emails
        if email.state not in EmailAddress.UNUSABLE and Reason.BOUNCED not in reasons[email.pk]
    ]
    if not usable:
        return Obstacle(StopReason.BOUNCED, CAME_BACK)
    return min(usable, key=lambda email: (not email.is_primary, email.pk))

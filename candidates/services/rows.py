"""The rows of a person's record, edited one by one: ways to be reached, history, skills, wishes.

Each act is told on the timeline with the values before and after, and returns its change set for Undo.
"""

from typing import Any

from django.utils import timezone

from candidates.models import (
    Candidate,
    CandidatePreference,
    CandidateSkill,
    ChangeSet,
    Education,
    EmailAddress,
    Evidence,
    Evidenced,
    PhoneNumber,
    ProfileLink,
    SpokenLanguage,
    Touchpoint,
    WorkExperience,
)
from candidates.services.candidates import AddressTaken, AddressUnreadable, refusing_taken
from candidates.services.editing import undoable
from candidates.services.identifying import fold, normalize_email, normalize_link, normalize_phone
from candidates.services.provenance import Provenance, by_hand
from candidates.services.searching import refresh_search_text
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record

Way = EmailAddress | PhoneNumber | ProfileLink
Row = (
    EmailAddress
    | PhoneNumber
    | ProfileLink
    | WorkExperience
    | Education
    | SpokenLanguage
    | CandidatePreference
    | CandidateSkill
)
# With its article, as a sentence says it.
NOUNS: dict[type[Row], str] = {
    EmailAddress: "an e-mail address",
    PhoneNumber: "a phone number",
    ProfileLink: "a link",
    WorkExperience: "a position",
    Education: "an education",
    SpokenLanguage: "a language",
    CandidatePreference: "what they want",
    CandidateSkill: "a skill",
}


def save_row(
    row: Row, *, by: User, provenance: Provenance | None = None, **values: Any
) -> ChangeSet | None:
    """Add the row (without a key) or change it; None where nothing would change.

    A changed row is from now on `by`'s word, so no import replaces it. Refuses an address that somebody has.
    """
    is_new = row.pk is None
    title = f"{'Added' if is_new else 'Changed'} {NOUNS[type(row)]}"
    if not is_new:
        row = type(row).objects.select_related("candidate").get(pk=row.pk)
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    if not changed and not is_new:
        return None
    with undoable(row.candidate, title, models=[type(row)], by=by) as change_set:
        before = "" if is_new else describe(row)
        for name in changed:
            setattr(row, name, values[name])
        _prepare(row, changed)
        # Whether an address works says nothing of where it is from.
        if is_new or set(changed) - {"state", "use", "evidence"}:
            for name, value in (provenance or by_hand(by)).as_columns().items():
                setattr(row, name, value)
        if isinstance(row, Evidenced) and row.is_verified:
            row.verified_at, row.verified_by = timezone.now(), by
        with refusing_taken([row.normalized] if isinstance(row, EmailAddress) else []):
            row.save()
        _tell(row, title, before, describe(row), by)
    return change_set


def remove_row(row: Row, *, by: User) -> ChangeSet:
    """Take the row off the record; the next address or number becomes the primary one."""
    title = f"Removed {NOUNS[type(row)]}"
    with undoable(row.candidate, title, models=[type(row)], by=by) as change_set:
        before, was_primary = describe(row), getattr(row, "is_primary", False)
        candidate, model = row.candidate, type(row)
        record("candidate.row_removed", row, by=by, candidate=candidate.pk)
        model.objects.filter(pk=row.pk).delete()
        if was_primary and isinstance(row, EmailAddress | PhoneNumber):
            _promote_next(candidate, type(row))
        add_touchpoint(
            candidate,
            Touchpoint.Kind.EDITED,
            title,
            actor=by,
            changes=[[_label(model), before, ""]],
        )
        refresh_search_text([candidate.pk])
    return change_set


def make_primary(row: EmailAddress | PhoneNumber, *, by: User) -> ChangeSet:
    """From now on this is the address that is written to, or the number that is called first."""
    title = f"Chose {NOUNS[type(row)]} as the first"
    with undoable(row.candidate, title, models=[type(row)], by=by) as change_set:
        siblings = type(row).objects.filter(candidate=row.candidate_id)
        before = siblings.filter(is_primary=True).first()
        siblings.exclude(pk=row.pk).update(is_primary=False)
        siblings.filter(pk=row.pk).update(is_primary=True)
        _tell(row, title, str(before or ""), str(row), by)
    return change_set


def confirm_row(row: "WorkExperience | Education | CandidateSkill", *, by: User) -> ChangeSet:
    """`by` stands for it, as of today."""
    title = f"Confirmed {NOUNS[type(row)]}"
    with undoable(row.candidate, title, models=[type(row)], by=by) as change_set:
        # An assessment says more than a word.
        stronger = row.evidence if row.evidence == Evidence.ASSESSED else Evidence.CONFIRMED
        type(row).objects.filter(pk=row.pk).update(
            evidence=stronger, verified_at=timezone.now(), verified_by=by
        )
        record("candidate.row_confirmed", row, by=by, candidate=row.candidate_id)
    return change_set


def retire_email(
    candidate: Candidate,
    normalized: str,
    *,
    state: EmailAddress.State = EmailAddress.State.BOUNCED,
) -> EmailAddress | None:
    """Mail to the address came back: it is no longer the first; returns the one that is offered now, if new."""
    addresses = EmailAddress.objects.filter(candidate=candidate)
    addresses.filter(normalized=normalized).update(state=state)
    primary = addresses.filter(is_primary=True).first()
    if primary and primary.is_usable:
        return None
    following = next((one for one in addresses.order_by("pk") if one.is_usable), None)
    if following is None:
        return None
    addresses.filter(is_primary=True).update(is_primary=False)
    addresses.filter(pk=following.pk).update(is_primary=True)
    return following


def preference_of(candidate: Candidate) -> CandidatePreference:
    """The candidate's row of wishes, or a new one that is not saved yet."""
    found: CandidatePreference | None = candidate.preferences.first()
    return found or CandidatePreference(candidate=candidate)


def describe(row: Row) -> str:
    """The row in one line, as the timeline shows it before and after."""
    parts = [str(row)]
    if isinstance(row, EmailAddress | PhoneNumber | ProfileLink):
        parts += [
            row.get_use_display() if row.use else "",
            row.get_state_display() if row.state else "",
        ]
    elif isinstance(row, WorkExperience | Education):
        parts.append(row.period)
    elif isinstance(row, SpokenLanguage):
        parts.append(row.short_level)
    elif isinstance(row, CandidateSkill):
        parts = [row.skill.name, row.get_evidence_display()]
    elif isinstance(row, CandidatePreference):
        parts = [
            row.wanted_role,
            row.wanted_place,
            row.get_remote_display() if row.remote else "",
            row.pay,
            row.starts_on.isoformat() if row.starts_on else "",
            row.notice,
            row.time_zone,
        ]
    return ", ".join(filter(None, parts))[:300]


def _label(model: type[Row]) -> str:
    label = NOUNS[model].partition(" ")[2] if model is not CandidatePreference else "wishes"
    return label.capitalize()


def _tell(row: Row, title: str, before: str, after: str, by: User) -> None:
    add_touchpoint(
        row.candidate,
        Touchpoint.Kind.EDITED,
        title,
        actor=by,
        changes=[[_label(type(row)), before, after]],
    )
    record("candidate.row_saved", row, by=by, candidate=row.candidate_id)
    if isinstance(row, EmailAddress | PhoneNumber | CandidateSkill | WorkExperience | Education):
        refresh_search_text([row.candidate_id])


def _prepare(row: Row, changed: list[str]) -> None:
    """What follows from what was typed: comparable forms, and the first of its kind is the primary one."""
    if isinstance(row, EmailAddress):
        _prepare_email(row)
    elif isinstance(row, PhoneNumber):
        row.normalized = normalize_phone(row.number, country=row.candidate.country)
    elif isinstance(row, ProfileLink):
        row.normalized = normalize_link(row.url)
    elif isinstance(row, SpokenLanguage):
        row.normalized = fold(row.name)[:60]
    if isinstance(row, EmailAddress | PhoneNumber):
        siblings = type(row).objects.filter(candidate=row.candidate_id).exclude(pk=row.pk)
        if row.pk is None and not siblings.filter(is_primary=True).exists():
            row.is_primary = True
    # A corrected address is another one: nobody tried it yet.
    if isinstance(row, EmailAddress) and "address" in changed and "state" not in changed:
        row.state = EmailAddress.State.UNKNOWN


def _prepare_email(row: EmailAddress) -> None:
    normalized = normalize_email(row.address)
    if not normalized:
        raise AddressUnreadable(row.address)
    taken = EmailAddress.objects.filter(normalized=normalized).exclude(pk=row.pk)
    owned = taken.select_related("candidate").first()
    if owned:
        raise AddressTaken(owned)
    row.normalized = normalized


def _promote_next(candidate: Candidate, model: type[EmailAddress | PhoneNumber]) -> None:
    """After the primary one went: the oldest that works."""
    left: list[EmailAddress | PhoneNumber] = list(
        model.objects.filter(candidate=candidate).order_by("pk")
    )
    following = next((row for row in left if row.state not in {"bounced", "wrong"}), None)
    if following:
        model.objects.filter(pk=following.pk).update(is_primary=True)

"""What becomes of the rows of this app when people are merged."""

from typing import Any

from django.db.models import Q
from django.utils import timezone

from candidates.models import (
    CandidateCustomValue,
    CandidateFile,
    CandidatePreference,
    CandidateSkill,
    CandidateTag,
    CandidateWatch,
    Change,
    Distinction,
    Education,
    EmailAddress,
    FormerId,
    ImportRow,
    Note,
    NoteReader,
    Notification,
    PhoneNumber,
    PoolDeparture,
    PoolExclusion,
    PoolMembership,
    PrivacyNotice,
    ProfileLink,
    Proposal,
    Resume,
    SearchMatch,
    Snooze,
    SpokenLanguage,
    Task,
    Touchpoint,
    WorkExperience,
)
from candidates.services.custom_fields.combining import combine_values
from candidates.services.duplicates.refreshing import in_order
from candidates.services.merging.moving import move
from candidates.services.merging.rules import Merge, MergeRules


def move_emails(merge: Merge) -> None:
    """All addresses stay. Mail goes on to the survivor's, unless that one is dead and another is not."""
    _choose_primary(EmailAddress, merge, dead={"bounced", "wrong"})
    EmailAddress.objects.filter(candidate__in=merge.losers).update(candidate=merge.survivor)


def move_phones(merge: Merge) -> None:
    """A number that both have stays once, and stays wrong if anybody found it to be."""
    _share_states(merge)
    _choose_primary(PhoneNumber, merge, dead={"wrong"})
    held = set()
    for row in _survivors_first(PhoneNumber, merge):
        key = row.normalized or row.number
        if key in held and not row.is_primary:
            row.delete()
        held.add(key)
    PhoneNumber.objects.filter(candidate__in=merge.losers).update(candidate=merge.survivor)


def _share_states(merge: Merge) -> None:
    """What was found out about a number is said by every row of it: the strictest of what they say."""
    strictness = [PhoneNumber.State.UNKNOWN, PhoneNumber.State.VALID, PhoneNumber.State.WRONG]
    rows = _survivors_first(PhoneNumber, merge)
    found: dict[str, str] = {}
    for row in rows:
        key = row.normalized or row.number
        found[key] = max(found.get(key, ""), row.state, key=strictness.index)
    for row in rows:
        if row.state != found[row.normalized or row.number]:
            row.state = found[row.normalized or row.number]
            row.save(update_fields=["state"])


def _survivors_first(model: type[Any], merge: Merge) -> list[Any]:
    """The rows of all, primary ones first, then the survivor's."""
    rows = model._default_manager.filter(candidate__in=merge.everybody)
    return sorted(
        rows, key=lambda row: (not row.is_primary, merge.everybody.index(row.candidate_id), row.pk)
    )


def _choose_primary(
    model: "type[EmailAddress] | type[PhoneNumber]", merge: Merge, *, dead: set[str]
) -> None:
    rows = _survivors_first(model, merge)
    primary = [row for row in rows if row.is_primary]
    alive = [row for row in primary if row.state not in dead]
    for row in primary:
        if row != (alive or primary)[0]:
            row.is_primary = False
            row.save(update_fields=["is_primary"])


def merge_preferences(merge: Merge) -> None:
    """One row a person: what the survivor did not say is taken from the others."""
    rows = {row.candidate_id: row for row in CandidatePreference.objects.filter(candidate__in=merge.everybody)}  # fmt: skip
    ordered = [rows[pk] for pk in merge.everybody if pk in rows]
    if not ordered:
        return
    kept, *others = ordered
    said = [
        field.name
        for field in CandidatePreference._meta.local_concrete_fields
        if field.name not in {"id", "organization", "candidate", "pay_period"}
        and not field.name.startswith("provenance")
    ]
    # An amount without its currency, or a range of two people's halves, would say what nobody said.
    pay = ("pay_min", "pay_max", "pay_currency", "pay_period")
    for other in others:
        if kept.pay_min is None and kept.pay_max is None:
            for name in pay:
                setattr(kept, name, getattr(other, name))
        for name in said:
            if name not in pay and getattr(kept, name) in {None, ""}:
                setattr(kept, name, getattr(other, name))
        other.delete()
    kept.candidate_id = merge.survivor
    kept.save()


def merge_custom_values(merge: Merge) -> None:
    combine_values(CandidateCustomValue, merge.everybody)


def move_distinctions(merge: Merge) -> None:
    """Whom somebody told from one of them is told from the one that stays."""
    everybody = set(merge.everybody)
    rows = Distinction.objects.filter(Q(candidate__in=everybody) | Q(other__in=everybody))
    known = set()
    for row in sorted(rows, key=lambda row: row.pk):
        others = {row.candidate_id, row.other_id} - everybody
        pair = in_order(merge.survivor, others.pop()) if others else None
        if pair is None or pair in known:
            row.delete()
            continue
        known.add(pair)
        if (row.candidate_id, row.other_id) != pair:
            row.candidate_id, row.other_id = pair
            row.save(update_fields=["candidate", "other"])


def move_resumes(merge: Merge) -> None:
    """Files of theirs, and files that seem to be theirs."""
    for key in ("candidate", "match"):
        Resume.objects.filter(**{f"{key}__in": merge.losers}).update(**{key: merge.survivor})


def move_snoozes(merge: Merge) -> None:
    """Whoever wants to be left alone until two days is left alone until the later one."""
    open_ones = Snooze.objects.filter(candidate__in=merge.everybody, ended_at=None)
    for earlier in open_ones.order_by("-until_on", "pk")[1:]:
        earlier.ended_at = timezone.now()
        earlier.save(update_fields=["ended_at"])
    Snooze.objects.filter(candidate__in=merge.losers).update(candidate=merge.survivor)


def merge_notices(merge: Merge) -> None:
    """Whoever was told under one record is told; else they are told of all sources, by the earliest day."""
    rows = list(
        PrivacyNotice.objects.filter(candidate__in=merge.everybody).order_by("due_on", "pk")
    )
    if not rows:
        return
    told = [row for row in rows if row.told_at]
    kept, sources = (told or rows)[0], dict.fromkeys(row.source for row in told or rows)
    PrivacyNotice.objects.filter(pk__in=[row.pk for row in rows if row != kept]).delete()
    kept.candidate_id = merge.survivor
    kept.source = "; ".join(sources)[:200]
    kept.stored_at = min(row.stored_at for row in rows)
    kept.due_on = rows[0].due_on
    kept.save()


RULES = MergeRules(
    {
        EmailAddress: move_emails,
        PhoneNumber: move_phones,
        ProfileLink: move(ProfileLink, same=[["normalized"]], fill=["state"]),
        CandidateTag: move(CandidateTag),
        PoolMembership: move(PoolMembership),
        PoolExclusion: move(PoolExclusion),
        PoolDeparture: move(PoolDeparture),
        CandidateSkill: move(CandidateSkill, fill=["verified_at", "verified_by_id", "evidence"]),
        SpokenLanguage: move(SpokenLanguage, fill=["level"]),
        WorkExperience: move(
            WorkExperience,
            same=[["title", "company", "start_year", "start_month", "end_year", "is_current"]],
        ),
        Education: move(Education, same=[["school", "degree", "field", "start_year", "end_year"]]),
        CandidatePreference: merge_preferences,
        CandidateCustomValue: merge_custom_values,
        CandidateFile: move(CandidateFile),
        Proposal: move(Proposal),
        Note: move(Note),
        NoteReader: move(NoteReader),
        Task: move(Task),
        Touchpoint: move(Touchpoint),
        Notification: move(Notification),
        CandidateWatch: move(CandidateWatch),
        ImportRow: move(ImportRow),
        Resume: move_resumes,
        Snooze: move_snoozes,
        Distinction: move_distinctions,
        PrivacyNotice: merge_notices,
        FormerId: move(FormerId),
        Change: move(Change),
        # Derived, but not made again: whom a search has told of, it tells of no more.
        SearchMatch: move(SearchMatch),
    }
)

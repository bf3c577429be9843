"""Erasing people and their rows, and what the person's own export holds."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model, Q, QuerySet

from candidates.models import (
    Candidate,
    CandidateCustomValue,
    CandidateFile,
    CandidatePlace,
    CandidatePreference,
    CandidateSkill,
    CandidateTag,
    CandidateWatch,
    Change,
    Distinction,
    DuplicatePair,
    Education,
    EmailAddress,
    FormerId,
    ImportRow,
    MatchCheck,
    MatchKey,
    Note,
    NoteReader,
    Notification,
    PersonMark,
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
from candidates.privacy import data, people, work
from candidates.queries import visible_notes
from candidates.services.exporting.running import withdraw_all
from candidates.services.files import delete_from_storage
from crm.accounts.models import User
from crm.data_map import ModelMap
from crm.tenancy.bulk import among

DATA_MAP: dict[type[Model], ModelMap] = people.DATA_MAP | work.DATA_MAP | data.DATA_MAP

# Each candidate's rows, children before what they point to.
CHILDREN: tuple[type[Model], ...] = (
    Change,
    Proposal,
    Touchpoint,
    NoteReader,
    Note,
    Notification,
    CandidateWatch,
    Snooze,
    Task,
    PoolMembership,
    PoolExclusion,
    PoolDeparture,
    CandidateTag,
    CandidateSkill,
    WorkExperience,
    Education,
    CandidatePreference,
    SpokenLanguage,
    CandidateCustomValue,
    CandidateFile,
    EmailAddress,
    PhoneNumber,
    ProfileLink,
    CandidatePlace,
    PrivacyNotice,
    FormerId,
)
# Rows between two people, which go with either.
BETWEEN: tuple[type[Model], ...] = (Distinction, DuplicatePair)
# Noted while the rows above go: the last of all.
NOTED: tuple[type[Model], ...] = (MatchKey, MatchCheck, PersonMark, SearchMatch)


# What numbers in these rows stand for: the person's own export says it.
IN_WORDS: dict[type[Model], tuple[str, ...]] = {
    Candidate: ("source__name",),
    CandidateCustomValue: ("field__name", "option__name", "attachment__file_name"),
    CandidateSkill: ("skill__name",),
    CandidateTag: ("tag__name",),
    PoolMembership: ("pool__name",),
    PoolExclusion: ("pool__name",),
    PoolDeparture: ("pool__name",),
}


def hidden_notes(candidate: Candidate, viewer: User) -> "QuerySet[Note]":
    """The person's notes that are private to others."""
    return Note.objects.filter(candidate=candidate).exclude(pk__in=visible_notes(viewer))


def export_candidate(candidate: Candidate, *, viewer: User | None = None) -> dict[str, Any]:
    """Everything the candidates app knows of one person, by the data map: for an access request.

    With a `viewer` none of the private notes that the viewer may not read, in whatever table.
    """
    hidden = hidden_notes(candidate, viewer) if viewer else Note.objects.none()

    def exported(model: type[Model], rows: Any) -> list[dict[str, Any]]:
        if model is Note:
            rows = rows.exclude(pk__in=hidden.values("pk"))
        elif model is Touchpoint:
            rows = rows.exclude(note__in=hidden.values("pk"))
        elif model is Change:
            rows = rows.exclude(model=Note._meta.label, object_id__in=hidden.values("pk"))
        names = [name for name, rule in DATA_MAP[model].fields.items() if rule.exported]
        words = IN_WORDS.get(model, ())
        return list(rows.values(*(name for name in names if name != "candidate"), *words))

    held: tuple[type[Model], ...] = (*CHILDREN, Resume, ImportRow)
    return {
        "candidate": exported(Candidate, Candidate.objects.filter(pk=candidate.pk))[0],
        **{
            str(model._meta.verbose_name_plural): exported(
                model, model._default_manager.filter(candidate=candidate)
            )
            for model in held
        },
    }


def erase_candidates(candidate_ids: Sequence[int]) -> dict[str, int]:
    """Delete these people and their rows, set by set; returns rows by model.

    Rows of imported files stay for the file's counts, without their cells.
    """
    ids = among(candidate_ids)
    counts = {
        "candidates.ImportRow": ImportRow.objects.filter(candidate__in=ids).update(
            cells=[], reason="", details={}, candidate=None
        )
    }
    # Files already made may hold these people.
    counts["candidates.Export"] = withdraw_all("Somebody was erased after it was asked for.")
    # Also those that nobody reviewed yet, and that seem to be of one of these people.
    resumes = Resume.objects.filter(Q(candidate__in=ids) | Q(match__in=ids))
    delete_from_storage(resumes.only("pk", "organization", "file"))
    counts["candidates.Resume"] = resumes._raw_delete(resumes.db)
    files = CandidateFile.objects.filter(candidate__in=ids)
    delete_from_storage(files.only("pk", "organization", "file"))
    for model in BETWEEN:
        rows = model._default_manager.filter(Q(candidate__in=ids) | Q(other__in=ids))
        counts[model._meta.label] = rows._raw_delete(rows.db)
    for model in (*CHILDREN, *NOTED):
        rows = model._default_manager.filter(candidate__in=ids)
        counts[model._meta.label] = rows._raw_delete(rows.db)
    erased = Candidate.objects.filter(pk__in=ids)
    counts["candidates.Candidate"] = erased._raw_delete(erased.db)
    return counts

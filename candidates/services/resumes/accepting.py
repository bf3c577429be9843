"""A reviewed résumé becomes a person, or a newer version of one: what the reviewer kept is written, with its source."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from candidates.models import (
    Candidate,
    CandidateSkill,
    ChangeSet,
    Education,
    EmailAddress,
    Evidence,
    Origin,
    PhoneNumber,
    PoolExclusion,
    PoolMembership,
    ProfileLink,
    Resume,
    Skill,
    SpokenLanguage,
    Touchpoint,
    WorkExperience,
)
from candidates.services.candidates import (
    AddressTaken,
    create_candidate,
    refusing_taken,
    shown_value,
)
from candidates.services.changes.recording import (
    close_change_set,
    highest_ids,
    open_change_set,
    record_created,
    record_created_people,
    recording,
)
from candidates.services.editing import undoable
from candidates.services.identifying import fold, normalize_email, normalize_link, normalize_phone
from candidates.services.informing import A_RESUME
from candidates.services.pools import add_to_pool
from candidates.services.provenance import Provenance, by_hand, set_provenance
from candidates.services.resumes.matching import values_of
from candidates.services.searching import refresh_search_text
from candidates.services.skills.resolving import skills_named
from candidates.services.suppressing import Reason, suppressed_reasons
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

State = Resume.State
# Columns of Candidate that a résumé fills, and what the field is called in what was found.
COLUMNS = {
    "full_name": "name",
    "headline": "headline",
    "company": "company",
    "city": "city",
    "country": "country",
}
# What accepting writes to somebody who is here already.
_WRITTEN = (
    Candidate, EmailAddress, PhoneNumber, ProfileLink, CandidateSkill, SpokenLanguage, WorkExperience,
    Education, PoolMembership, PoolExclusion, Resume,
)  # fmt: skip
_LEVELS = {
    "native": SpokenLanguage.Level.NATIVE,
    "bilingual": SpokenLanguage.Level.NATIVE,
    "fluent": SpokenLanguage.Level.C1,
    "intermediate": SpokenLanguage.Level.B1,
    "basic": SpokenLanguage.Level.A2,
} | {level.value: level for level in SpokenLanguage.Level}


class ResumeDecided(DomainError):
    """Somebody has accepted or discarded it meanwhile."""

    def __init__(self) -> None:
        super().__init__(
            "This résumé has been accepted or discarded already. Open the list to see what is left."
        )


class PersonErased(DomainError):
    """The person asked to be forgotten."""

    def __init__(self) -> None:
        super().__init__("This person was erased and must not be stored again.")


@dataclass
class Kept:
    """What the reviewer kept: columns of Candidate, and what is to be added."""

    columns: dict[str, str]
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    skills: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    work: list[dict[str, Any]] = field(default_factory=list)
    education: list[dict[str, Any]] = field(default_factory=list)


@transaction.atomic
def accept(resume: Resume, *, by: User, person: Candidate | None, kept: Kept) -> Candidate:
    """Make a person of it, or fill `person`; the file becomes the newest version of the résumé."""
    resume = (
        Resume.objects.select_for_update(of=("self",))
        .select_related("upload__source", "upload__pool")
        .get(pk=resume.pk)
    )
    if resume.state != State.READY:
        raise ResumeDecided
    _refuse_erased(kept, country=kept.columns.get("country") or (person.country if person else ""))
    source = Provenance(Origin.RESUME, timezone.now(), label=resume.file_name[:120], by=by.pk)
    if person is None:
        person = _add(resume, kept, source, by=by)
    else:
        with undoable(
            person,
            "Took over a résumé",
            models=_WRITTEN,
            grown=[Touchpoint],
            joining=[Resume.objects.filter(pk=resume.pk)],
            by=by,
            kind=ChangeSet.Kind.RESUME,
        ) as change_set:
            change_set.link = resume.path
            change_set.save(update_fields=["link"])
            person = _fill(person, resume, kept, source, by=by)
            _add_rest(person, kept, source, change_set)
            _hand_over(resume, person, by=by)
    refresh_search_text([person.pk])
    record("resume.accepted", resume, by=by, candidate=person.pk)
    return person


def _add(resume: Resume, kept: Kept, source: Provenance, *, by: User) -> Candidate:
    """The person of the résumé, who can be taken out again."""
    change_set = open_change_set(
        ChangeSet.Kind.RESUME, "Added a person from a résumé", by=by, link=resume.path
    )
    person = _create(resume, kept, source, by=by)
    _add_rest(person, kept, source, change_set)
    file = Resume.objects.filter(pk=resume.pk)
    with recording(change_set, [person.pk], compared=[Resume], joining=[file]):
        _hand_over(resume, person, by=by)
        # The file is written down after the person: it is taken from them before they go.
        record_created_people(change_set, [person.pk])
    close_change_set(change_set)
    return person


def _hand_over(resume: Resume, person: Candidate, *, by: User) -> None:
    """The file is the person's from now on, and they are in the pool that was chosen for it."""
    if resume.upload and resume.upload.pool and not resume.upload.pool.archived_at:
        add_to_pool(resume.upload.pool, [person.pk], by=by, reason="From a résumé")
    resume.candidate, resume.match, resume.match_reason = person, None, ""
    resume.state, resume.search_text = State.ACCEPTED, fold(resume.text)
    resume.decided_at, resume.decided_by = timezone.now(), by
    resume.save()


def what_changed(resume: Resume) -> ChangeSet | None:
    """What accepting the résumé did, to somebody new or known; None once that is taken back."""
    written: ChangeSet | None = (
        ChangeSet.objects.filter(
            kind=ChangeSet.Kind.RESUME, link=resume.path, state=ChangeSet.State.APPLIED
        )
        .order_by("-pk")
        .first()
    )
    return written


def _refuse_erased(kept: Kept, *, country: str) -> None:
    reasons = suppressed_reasons(
        [
            *(("email", normalize_email(address) or "") for address in kept.emails),
            *(("phone", normalize_phone(number, country=country)) for number in kept.phones),
            *(("profile", normalize_link(url)) for url in kept.links),
        ]
    )
    if any(Reason.ERASED in told for told in reasons.values()):
        raise PersonErased


def _create(resume: Resume, kept: Kept, source: Provenance, *, by: User) -> Candidate:
    upload = resume.upload
    person = create_candidate(
        by=by,
        emails=kept.emails,
        phones=kept.phones,
        links=kept.links,
        provenance=source,
        summary=f"Added from the résumé “{resume.file_name}”",
        learned_from=A_RESUME,
        source=upload.source if upload else None,
        lawful_basis=upload.lawful_basis if upload else Candidate.LawfulBasis.LEGITIMATE_INTEREST,
        **kept.columns,
    )
    typed = [
        name for name, value in kept.columns.items() if value and not _is_found(resume, name, value)
    ]
    if typed:
        set_provenance(person, typed, by_hand(by))
        person.save(update_fields=["provenance"])
    return person


def _is_found(resume: Resume, column: str, value: str) -> bool:
    return value in values_of(resume, COLUMNS[column])


def _fill(
    person: Candidate, resume: Resume, kept: Kept, source: Provenance, *, by: User
) -> Candidate:
    person = Candidate.objects.select_for_update().get(pk=person.pk)
    changed = [
        name for name, value in kept.columns.items() if value and getattr(person, name) != value
    ]
    told = []
    for name in changed:
        before = shown_value(person, name)
        setattr(person, name, kept.columns[name])
        label = str(getattr(Candidate._meta.get_field(name), "verbose_name", name)).capitalize()
        told.append([label, before, shown_value(person, name)])
    set_provenance(
        person, [name for name in changed if _is_found(resume, name, kept.columns[name])], source
    )
    set_provenance(
        person,
        [name for name in changed if not _is_found(resume, name, kept.columns[name])],
        by_hand(by),
    )
    person.save(update_fields=[*changed, "provenance", "updated_at"])
    _add_emails(person, kept.emails, source)
    _add_phones(person, kept.phones, source)
    _add_links(person, kept.links, source)
    add_touchpoint(
        person,
        Touchpoint.Kind.EDITED,
        f"New version of the résumé: “{resume.file_name}”",
        actor=by,
        link=resume.path,
        changes=told,
    )
    record("candidate.edited", person, by=by, fields=sorted(changed), resume=resume.pk)
    return person


def _add_emails(person: Candidate, addresses: Iterable[str], source: Provenance) -> None:
    wanted = {
        normalized: address for address in addresses if (normalized := normalize_email(address))
    }
    for known in EmailAddress.objects.filter(normalized__in=list(wanted)).select_related(
        "candidate"
    ):
        if known.candidate_id != person.pk:
            raise AddressTaken(known)
        del wanted[known.normalized]
    has_primary = person.emails.filter(is_primary=True).exists()
    with refusing_taken(wanted):
        EmailAddress.objects.bulk_create(
            EmailAddress(
                candidate=person,
                address=address,
                normalized=normalized,
                is_primary=not has_primary and position == 0,
                **source.as_columns(),
            )
            for position, (normalized, address) in enumerate(wanted.items())
        )


def _add_phones(person: Candidate, numbers: Iterable[str], source: Provenance) -> None:
    held = list(person.phones.values_list("number", "normalized"))
    known = {value for pair in held for value in pair if value}
    new = {
        normalized or number: PhoneNumber(
            candidate=person, number=number, normalized=normalized, **source.as_columns()
        )
        for number in numbers
        if (normalized := normalize_phone(number, country=person.country)) not in known
        and number not in known
    }
    PhoneNumber.objects.bulk_create(new.values())


def _add_links(person: Candidate, urls: Iterable[str], source: Provenance) -> None:
    known = set(person.links.values_list("normalized", flat=True))
    new = {
        normalized: ProfileLink(
            candidate=person, url=url, normalized=normalized, **source.as_columns()
        )
        for url in urls
        if (normalized := normalize_link(url)) not in known
    }
    ProfileLink.objects.bulk_create(new.values())


def _add_rest(person: Candidate, kept: Kept, source: Provenance, change_set: ChangeSet) -> None:
    known = highest_ids([Skill])[Skill._meta.label]
    _add_skills(person, kept.skills, source)
    # Written down before whoever has them: they can only go after them.
    record_created(
        change_set,
        Skill.objects.filter(pk__gt=known, candidate_skills__candidate=person),
        came_with=person.pk,
    )
    _add_languages(person, kept.languages, source)
    _add_history(person, kept, source)


def _add_skills(person: Candidate, names: Iterable[str], source: Provenance) -> None:
    CandidateSkill.objects.bulk_create(
        (
            CandidateSkill(
                candidate=person, skill=skill, evidence=Evidence.PARSED, **source.as_columns()
            )
            for skill in skills_named(names)
        ),
        ignore_conflicts=True,
    )


def _add_languages(person: Candidate, told: Iterable[str], source: Provenance) -> None:
    """Languages such as "German (Fluent)"; what is known of one already stays."""
    rows = []
    for language in told:
        name, _, level = language.partition(" (")
        rows.append(
            SpokenLanguage(
                candidate=person,
                name=name[:60],
                normalized=fold(name)[:60],
                level=_LEVELS.get(level.rstrip(")").lower(), SpokenLanguage.Level.UNKNOWN),
                **source.as_columns(),
            )
        )
    SpokenLanguage.objects.bulk_create(rows, ignore_conflicts=True)


def _add_history(person: Candidate, kept: Kept, source: Provenance) -> None:
    """Jobs and schools that are not known yet, by name and first year."""
    jobs = {
        (fold(title), fold(company), year)
        for title, company, year in person.experiences.values_list("title", "company", "start_year")
    }
    WorkExperience.objects.bulk_create(
        WorkExperience(candidate=person, evidence=Evidence.PARSED, **job, **source.as_columns())
        for job in kept.work
        if (fold(job["title"]), fold(job["company"]), job["start_year"]) not in jobs
    )
    schools = {
        (fold(school), fold(degree))
        for school, degree in person.educations.values_list("school", "degree")
    }
    Education.objects.bulk_create(
        Education(candidate=person, evidence=Evidence.PARSED, **school, **source.as_columns())
        for school in kept.education
        if (fold(school["school"]), fold(school["degree"])) not in schools
    )

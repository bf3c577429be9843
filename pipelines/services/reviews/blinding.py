"""What a reviewer sees of somebody: everything that speaks for them, or in a blind stage nothing that says who."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from candidates.models import (
    Candidate,
    CandidateSkill,
    Education,
    Resume,
    SpokenLanguage,
    WorkExperience,
)
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError
from pipelines.models import Candidacy, Interview, JobSkill, Review, Stage, Unblinding
from pipelines.queries import pseudonym, unblinded_among
from pipelines.services.reviews.redacting import HIDDEN, redact

RESUME_LENGTH = 30_000


class NotBlind(DomainError):
    def __init__(self, stage: Stage) -> None:
        super().__init__(f"Nobody is hidden in “{stage}”. Nothing was changed.")


Hide = Callable[..., str]


@dataclass(frozen=True)
class Line:
    """One line of somebody's history."""

    title: str
    where: str
    when: str


@dataclass
class Sheet:
    """A shortlisted person as one reviewer sees them."""

    candidacy: Candidacy
    is_blind: bool
    name: str
    headline: str
    place: str
    # Why they are here: which skills that the job must have are theirs.
    match: str = ""
    skills: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    work: list[Line] = field(default_factory=list)
    education: list[Line] = field(default_factory=list)
    resume: str = ""
    review: Review | None = None
    # What the reviewer has typed and could not be taken yet.
    draft: str = ""


def is_blind(candidacy: Candidacy, unblinded: set[tuple[int, int]]) -> bool:
    return candidacy.stage.is_blind and (candidacy.pk, candidacy.stage_id) not in unblinded


@transaction.atomic
def unblind(candidacy: Candidacy, *, by: User) -> None:
    """Let reviewers see who it is, at this stage. Doing it twice changes nothing."""
    if not candidacy.stage.is_blind:
        raise NotBlind(candidacy.stage)
    _, is_new = Unblinding.objects.get_or_create(
        candidacy=candidacy, stage=candidacy.stage, defaults={"by": by}
    )
    if is_new:
        record("review.unblinded", candidacy, by=by, candidate=candidacy.candidate_id)


def sheets_of(candidacies: Sequence[Candidacy], *, email: str) -> list[Sheet]:
    """What the reviewer with this address sees of each: eight queries for all."""
    people = [row.candidate_id for row in candidacies]
    shown, musts = _Shown(people), _musts_of(candidacies)
    unblinded = unblinded_among(candidacies)
    reviews = {
        (row.candidacy_id, row.stage_id): row
        for row in Review.objects.filter(candidacy__in=candidacies, email=email.lower())
    }
    return [
        shown.sheet(
            row,
            blind=is_blind(row, unblinded),
            review=reviews.get((row.pk, row.stage_id)),
            musts=musts[row.job_id],
        )
        for row in candidacies
    ]


def hide_in_interviews(interviews: Iterable[Interview]) -> None:
    """Take out of what interviews say (title, place, kit) who it is, where the stage is blind and nobody uncovered
    the person there; `is_veiled` of the candidacy says for which.

    For what reviewers read: the rows are not to be saved. Asks nothing where nobody is hidden.
    """
    blind = [row for row in interviews if row.candidacy.stage.is_blind]
    unblinded = unblinded_among([row.candidacy for row in blind]) if blind else set()
    blind = [row for row in blind if is_blind(row.candidacy, unblinded)]
    if not blind:
        return
    shown = _Shown([row.candidacy.candidate_id for row in blind])
    for row in blind:
        hide = shown.hider(row.candidacy.candidate)
        # A copy: the same candidacy may be read by colleagues who may know.
        row.candidacy = copy(row.candidacy)
        row.candidacy.is_veiled = True
        row.title, row.kit = hide(row.title), hide(row.kit)
        row.place = hide(row.place, keep_links=True)


class _Shown:
    """What is shown of several people, read at once."""

    def __init__(self, people: Sequence[int]) -> None:
        self.skills = _by_person(
            CandidateSkill.objects.filter(candidate__in=people)
            .select_related("skill")
            .order_by("pk")
        )
        self.languages = _by_person(
            SpokenLanguage.objects.filter(candidate__in=people).order_by("pk")
        )
        self.work = _by_person(WorkExperience.objects.filter(candidate__in=people))
        self.education = _by_person(Education.objects.filter(candidate__in=people))
        accepted = Resume.objects.filter(candidate__in=people, state=Resume.State.ACCEPTED).defer(
            "search_text"
        )
        self.resumes = {
            row.candidate_id: row
            for row in accepted.order_by("candidate", "-pk").distinct("candidate")
        }

    def sheet(
        self, candidacy: Candidacy, *, blind: bool, review: Review | None, musts: set[int]
    ) -> Sheet:
        person = candidacy.candidate
        skills = self.skills[person.pk]
        resume = self.resumes.get(person.pk)
        hide: Hide = self.hider(person) if blind else str
        firm = person.company if not blind else ""
        title = hide(person.headline)
        has = [hide(str(row.skill)) for row in skills if row.skill_id in musts]
        return Sheet(
            candidacy=candidacy,
            is_blind=blind,
            name=pseudonym(candidacy) if blind else str(person),
            headline=f"{title} at {firm}" if title and firm else title or firm,
            place="" if blind else person.city,
            match=f"Has {len(has)} of {len(musts)} musts: {', '.join(has)}" if has else "",
            skills=[hide(str(row.skill)) for row in skills],
            languages=[str(row) for row in self.languages[person.pk]],
            work=[self._work(row, hide, blind=blind) for row in self.work[person.pk]],
            education=[self._school(row, hide, blind=blind) for row in self.education[person.pk]],
            resume=hide(resume.text[:RESUME_LENGTH]) if resume else "",
            review=review,
        )

    def _work(self, row: WorkExperience, hide: Hide, *, blind: bool) -> Line:
        where = HIDDEN if blind and row.company else row.company
        return Line(hide(row.title), where, row.period)

    def _school(self, row: Education, hide: Hide, *, blind: bool) -> Line:
        # Years of study say how old somebody is.
        where = HIDDEN if blind and row.school else row.school
        return Line(hide(row.subject), where, "" if blind else row.period)

    def hider(self, person: Candidate) -> Hide:
        """What takes out of a text who it is."""
        resume = self.resumes.get(person.pk)
        found = resume.fields if resume else {}
        names = [person.full_name, person.preferred_name, *_values(found, "name", "value")]
        firms = [
            person.company,
            *(row.company for row in self.work[person.pk]),
            *_values(found, "work", "organization"),
        ]
        schools = [
            *(row.school for row in self.education[person.pk]),
            *_values(found, "education", "organization"),
        ]
        return partial(
            redact,
            names=tuple(filter(None, names)),
            places_of_work=tuple(filter(None, firms)),
            schools=tuple(filter(None, schools)),
        )


def _musts_of(candidacies: Sequence[Candidacy]) -> defaultdict[int, set[int]]:
    """To each job of these candidacies the skills that it must have."""
    rows = JobSkill.objects.filter(
        job__in={row.job_id for row in candidacies}, need=JobSkill.Need.MUST
    )
    found: defaultdict[int, set[int]] = defaultdict(set)
    for job_id, skill_id in rows.values_list("job_id", "skill_id"):
        found[job_id].add(skill_id)
    return found


def _by_person(rows: "QuerySet[Any]") -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.candidate_id].append(row)
    return found


def _values(found: dict[str, Any], kind: str, key: str) -> list[str]:
    """What the résumé's reader found of a kind, as far as it stands there."""
    return [str(entry.get(key) or "") for entry in found.get(kind) or []]

"""What people can be searched by, of jobs: see `candidates.search_fields`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from candidates.folding import fold
from candidates.models import CustomField
from candidates.queries.search.custom import Family, register_family
from candidates.queries.search.fields import Field, Kind, register
from candidates.queries.search.matching import between, combined
from candidates.queries.search.searcher import Searcher
from candidates.queries.search.tree import Condition
from candidates.queries.search.values import MOST_CHOICES, Rows
from crm.tenancy.roles import READERS
from pipelines.models import (
    CandidacySearch,
    CandidacyValueSearch,
    Job,
    PoolPlaceSearch,
    Stage,
)
from pipelines.queries.access import readable_candidacies, readable_jobs

JOBS = "Jobs"


@dataclass(frozen=True)
class StageNames:
    """Stages by their names: every job and pool has its own, and "Interview" means that of all of them.

    Those of jobs that the searcher may not know of are not told.
    """

    searcher: Searcher

    def of(self, values: Iterable[str]) -> dict[str, str]:
        names = self._names()
        return {value: names[value] for value in values if value in names}

    def find(self, names: Iterable[str]) -> dict[str, str]:
        known = self._names()
        return {name: fold(name) for name in names if fold(name) in known}

    def beginning(self, start: str) -> list[str]:
        return [value for value in self._names() if value.startswith(fold(start))]

    def choices(self) -> list[tuple[str, str]]:
        return list(self._names().items())

    def _names(self) -> dict[str, str]:
        known = Stage.objects.all()
        if hidden := _hidden_jobs(self.searcher):
            known = known.exclude(pipeline__jobs__in=hidden)
        stages = known.order_by("name").values_list("name", flat=True).distinct()
        return {fold(name): name for name in stages[:MOST_CHOICES]}


def jobs_of(searcher: Searcher) -> "QuerySet[Job]":
    """The jobs that the searcher may know of: nobody in particular knows no confidential one."""
    if searcher.membership is None:
        return Job.objects.filter(is_confidential=False)
    return readable_jobs(searcher.membership)


def _hidden_jobs(searcher: Searcher) -> list[int]:
    return list(Job.objects.exclude(pk__in=jobs_of(searcher)).values_list("pk", flat=True))


def _of_visible_jobs(searcher: Searcher) -> dict[str, Any]:
    """Narrows rows with a job to those that the searcher may know of."""
    if not _hidden_jobs(searcher):
        return {}
    return {"job__in": list(jobs_of(searcher).values_list("pk", flat=True))}


def _candidacies(searcher: Searcher) -> "QuerySet[CandidacySearch]":
    """The candidacies of a person that the searcher may know of, through the fence: a list of few ids."""
    own: QuerySet[CandidacySearch] = CandidacySearch.objects.filter(candidate=OuterRef("pk"))
    if searcher.membership and searcher.role not in READERS:
        shown = readable_candidacies(searcher.membership).values_list("pk", flat=True)
        return own.filter(pk__in=list(shown))
    hidden = _hidden_jobs(searcher)
    return own.exclude(job__in=hidden) if hidden else own


def _places(searcher: Searcher) -> "QuerySet[PoolPlaceSearch]":
    """Where a person stands in pools with stages, through the fence; hiring managers know nothing of pools."""
    if searcher.membership and searcher.membership.role not in READERS:
        return PoolPlaceSearch.objects.none()
    return PoolPlaceSearch.objects.filter(candidate=OuterRef("pk"), closed_at=None)


def in_stage(asked: Condition, searcher: Searcher) -> Q:
    """Somebody who stands in such a stage of any job or pool."""
    own, places = _candidacies(searcher), _places(searcher)
    if asked.operator == "set":
        return Q(Exists(own)) | Q(Exists(places))
    wanted = set(asked.values)
    of_jobs: list[int] = []
    of_pools: list[int] = []
    for pk, name, pool in Stage.objects.values_list("pk", "name", "pipeline__pool"):
        if fold(name) in wanted:
            (of_jobs if pool is None else of_pools).append(pk)
    found = Q(Exists(own.filter(stage__in=of_jobs)))
    return found | Q(Exists(places.filter(stage__in=of_pools))) if of_pools else found


def in_stage_since(asked: Condition, searcher: Searcher) -> Q:
    """Somebody who came into the stage where they stand at such a time."""
    since = between("entered_stage_at", asked)
    return Q(Exists(_candidacies(searcher).filter(since))) | Q(
        Exists(_places(searcher).filter(since))
    )


def considered(asked: Condition, searcher: Searcher) -> Q:
    """Somebody whose candidacy for a job goes on."""
    return Q(Exists(_candidacies(searcher).filter(closed_at=None)))


def on_job(asked: Condition, searcher: Searcher) -> Q:
    """Somebody on these jobs, or on any."""
    own = _candidacies(searcher)
    if asked.operator == "set":
        return Q(Exists(own))
    return combined(asked, [Q(Exists(own.filter(job=value))) for value in asked.values])


register(
    Field(
        "job",
        "Job",
        Kind.REFERENCE,
        JOBS,
        on_job,
        names=lambda searcher: Rows(lambda: jobs_of(searcher), name="title"),
        is_many=True,
    ),
    Field("stage", "Stage", Kind.CHOICE, JOBS, in_stage, names=StageNames),
    Field(
        "considered",
        "Considered for a job now",
        Kind.YES_NO,
        JOBS,
        considered,
        can_be_empty=False,
    ),
    Field("moved", "In the stage since", Kind.DATE, JOBS, in_stage_since, can_be_empty=False),
)
register_family(
    Family(
        "candidacy.",
        CustomField.Subject.CANDIDACY,
        "Custom fields of candidacies",
        CandidacyValueSearch,
        _of_visible_jobs,
    )
)

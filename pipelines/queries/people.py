"""People beside their jobs: who is on which, and whom to put on one."""

from collections.abc import Sequence
from functools import lru_cache

from django.db.models import F

from candidates.models import Candidate
from candidates.queries import PersonRow, page_of_candidates
from candidates.queries.search import ANY_READER, prepare, words_query
from crm.accounts.models import User
from crm.tenancy.compiled import KEPT, THOSE, Statement, compiled, run
from crm.tenancy.models import Membership
from crm.web.pagination import KeysetPage
from pipelines.models import Candidacy, Job, Stage
from pipelines.queries.access import readable_candidacies


def candidacies_of(candidate: Candidate, membership: Membership) -> list[Candidacy]:
    """The candidate's candidacies on the jobs that the member sees, open ones first."""
    return list(
        readable_candidacies(membership)
        .filter(candidate=candidate)
        .select_related("job", "stage")
        .order_by(F("closed_at").desc(nulls_first=True), "-created_at", "-id")
    )


def newest_open_stages(
    candidate_ids: Sequence[int], membership: Membership
) -> dict[int, tuple[str, Stage]]:
    """For each of these people the job and stage of the readable candidacy that is open and moved last: one query."""
    statement = _newest_statement(membership.organization_id, membership.user_id, membership.role)
    stages: dict[int, Stage] = {}
    found = {}
    for candidate, job, pk, name, kind, position in run(statement, candidate_ids):
        if pk not in stages:
            stages[pk] = Stage(pk=pk, name=name, kind=kind, position=position)
        found[candidate] = (job, stages[pk])
    return found


@lru_cache(maxsize=KEPT)
def _newest_statement(organization_id: int, user_id: int, role: str) -> Statement:
    """The newest open candidacies of people, in the organization being acted in, for this reader."""
    membership = Membership(organization_id=organization_id, user_id=user_id, role=role)
    return compiled(
        readable_candidacies(membership)
        .filter(candidate__in=THOSE, closed_at=None)
        .order_by("candidate", "-entered_stage_at", "-id")
        .distinct("candidate")
        .values_list(
            *("candidate", "job__title", "stage", "stage__name", "stage__kind", "stage__position")
        )
    )


def people_for(
    job: Job, q: str, *, viewer: User, cursor: str = ""
) -> KeysetPage[tuple[PersonRow, str]]:
    """People whose search text holds every word of `q`, each with the stage's name if on the job."""
    wanted = prepare(words_query(q), searcher=ANY_READER)
    page = page_of_candidates(wanted, viewer=viewer, cursor=cursor)
    there = dict(
        Candidacy.objects.filter(
            job=job, candidate__in=[person.pk for person in page.rows]
        ).values_list("candidate_id", "stage__name")
    )
    rows = [(person, there.get(person.pk, "")) for person in page.rows]
    return KeysetPage(rows, page.next_cursor, page.previous_cursor)

"""What the command palette leads to: people, pools, jobs, sequences, pages and actions by name."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Func, QuerySet, TextField
from django.urls import reverse

from campaigns.models import Sequence
from candidates.folding import fold
from candidates.models import Candidate, TalentPool
from candidates.queries.search import PeopleQuery, Searcher, find_people, words_query
from candidates.queries.search.tree import Combine, Condition, Group
from crm.tenancy.models import Membership
from crm.tenancy.roles import EDITORS, READERS, RECRUITERS, Role
from pipelines.queries.access import readable_jobs

MOST_OF_A_KIND = 6
MEANT = 4
# Label, icon, address and who may.
ACTIONS: tuple[tuple[str, str, str, frozenset[Role]], ...] = (
    ("Add a candidate", "user-plus", "candidates:add", EDITORS),
    ("Import a spreadsheet", "file-up", "candidates:import_add", RECRUITERS),
    ("Build a search", "list-tree", "candidates:build", READERS),
    ("New pool", "layers", "pools:create", EDITORS),
    ("New job", "square-kanban", "pipelines:add", RECRUITERS),
    ("New sequence", "send", "campaigns:add_sequence", RECRUITERS),
)


@dataclass(frozen=True)
class Target:
    """Something to jump to."""

    key: str
    kind: str
    label: str
    hint: str
    icon: str
    url: str


def targets(text: str, membership: Membership) -> list[Target]:
    """Where these words may lead this member: at most five queries, each over names alone but for people."""
    words = " ".join(text.split())[:100]
    if not words:
        return [*_actions("", membership)]
    found = [*_people(words, membership), *_jobs(words, membership)]
    if membership.role in READERS:
        found += [*_pools(words), *_sequences(words)]
    return [*found, *_actions(words, membership)]


def _people(words: str, membership: Membership) -> Iterator[Target]:
    searcher = Searcher(membership)
    people = _newest(words_query(words), searcher)
    if not people and len(words) >= MEANT and words.isalpha():
        # Nobody is called so: whose name is similar.
        like = Condition("name", "any", (f"{words}~",))
        people = _newest(PeopleQuery(Group(Combine.ALL, (like,))), searcher)
    for person in people:
        yield Target(
            f"person-{person.pk}",
            "Person",
            person.full_name,
            person.occupation,
            "user",
            person.get_absolute_url(),
        )


def _newest(query: PeopleQuery, searcher: Searcher) -> list[Candidate]:
    found = find_people(query, searcher=searcher).order_by("-created_at", "-id")[:MOST_OF_A_KIND]
    ids = [row.pk for row in found]
    people = Candidate.objects.only("full_name", "headline", "company").in_bulk(ids)
    return [people[pk] for pk in ids if pk in people]


def _called(words: str, rows: "QuerySet[Any]", column: str = "name") -> "QuerySet[Any]":
    """Those whose name holds the words, whatever their case and accents: the few hundred names are read one by one."""
    folded = Func(column, function="candidates_fold", output_field=TextField())
    called: QuerySet[Any] = rows.alias(folded=folded).filter(folded__contains=fold(words))
    return called


def _jobs(words: str, membership: Membership) -> Iterator[Target]:
    jobs = _called(words, readable_jobs(membership), "title").order_by("-created_at", "-pk")
    for job in jobs[:MOST_OF_A_KIND]:
        status = job.get_status_display()
        yield Target(
            f"job-{job.pk}", "Job", job.title, status, "square-kanban", job.get_absolute_url()
        )


def _pools(words: str) -> Iterator[Target]:
    pools = _called(words, TalentPool.objects.filter(archived_at=None)).order_by("name")
    for pool in pools[:MOST_OF_A_KIND]:
        yield Target(f"pool-{pool.pk}", "Pool", pool.name, "", "layers", pool.get_absolute_url())


def _sequences(words: str) -> Iterator[Target]:
    sequences = _called(words, Sequence.objects.all()).order_by("name")
    for one in sequences[:MOST_OF_A_KIND]:
        state = one.get_state_display()
        yield Target(f"seq-{one.pk}", "Sequence", one.name, state, "send", one.get_absolute_url())


def _actions(words: str, membership: Membership) -> Iterator[Target]:
    folded = words.lower()
    for label, icon, view, roles in ACTIONS:
        if membership.role in roles and folded in label.lower():
            yield Target(f"do-{view.replace(':', '-')}", "Action", label, "", icon, reverse(view))

"""Retention erasing expired people, against the same deletes as bare SQL; and how lists fare meanwhile."""

import multiprocessing
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from campaigns.models import Enrollment, Message, MessageEvent
from candidates.models import Candidate
from candidates.privacy import CHILDREN
from crm.privacy.models import PurgeRun
from crm.privacy.queries import expired_candidates
from crm.privacy.services import retaining
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, StageChange
from tests.bench.bench_lists import NEWEST
from tests.bench.measuring import Result, p95, ratio
from tests.bench.servers import Database, plain_connection

BATCH, ROUNDS, KEEP_DAYS = 1000, 4, 730
# What erasing deletes from, children first.
TABLES = tuple(
    model._meta.db_table
    for model in (MessageEvent, Message, Enrollment, StageChange, Candidacy, *CHILDREN)
)
PARENTS = {
    MessageEvent._meta.db_table: ("message_id", Message._meta.db_table),
    StageChange._meta.db_table: ("candidacy_id", Candidacy._meta.db_table),
}


def measure(database: Database) -> list[Result]:
    """People per second of a run's batches and of the deletes alone, interleaved and rolled back."""
    organization = Organization.objects.get(slug="org-1")
    cutoff_at = timezone.now() - timedelta(days=KEEP_DAYS)
    with acting_in(organization):
        found = expired_candidates(cutoff_at=cutoff_at).order_by("pk")
        ids = list(found.values_list("pk", flat=True)[: BATCH * ROUNDS * 2])
    rounds = len(ids) // (2 * BATCH)
    assert rounds, "Too few people: take a SIZE of 30,000 or more."
    ours = bare = 0.0
    for number in range(rounds):
        mine, theirs = (
            ids[start * BATCH : (start + 1) * BATCH] for start in (2 * number, 2 * number + 1)
        )
        ours += _run_batch(organization, after=mine[0] - 1)
        bare += _delete(database, organization.pk, theirs)
    before = _lists_while(database, organization.pk, lambda: time.sleep(3))
    meanwhile = _lists_while(
        database, organization.pk, lambda: [_run_batch(organization, after=0) for _ in range(5)]
    )
    people = BATCH * rounds
    return [
        ratio(
            "purging",
            "run of retention / bare deletes",
            people / ours,
            people / bare,
            ">= 0.5",
            "people/s",
        ),
        ratio("purging", "p95 of a list meanwhile / before", p95(meanwhile), p95(before), "<= 3"),
    ]


def _run_batch(organization: Organization, *, after: int) -> float:
    """Seconds of one batch with all that belongs to it; its keys are checked as at commit."""
    with acting_in(organization):
        run = retaining.start_run(by=None, keep_days=KEEP_DAYS)
        PurgeRun.objects.filter(pk=run.pk).update(last_id=after)
        started = time.perf_counter()
        assert retaining.run_batch(run.pk, size=BATCH)
        connection.check_constraints()
        seconds = time.perf_counter() - started
        run.refresh_from_db()
        assert run.candidate_count > 0.9 * BATCH, run.candidate_count
        left = expired_candidates(cutoff_at=run.cutoff_at).filter(pk__gt=after, pk__lte=run.last_id)
        assert not left.exists()
        transaction.set_rollback(True)
    return seconds


def _delete(database: Database, organization_id: int, ids: list[int]) -> float:
    with plain_connection(database) as plain:
        started = time.perf_counter()
        with plain.transaction(force_rollback=True):
            for table in (*TABLES, Candidate._meta.db_table):
                column, people = "candidate_id", "SELECT unnest(%(ids)s::bigint[])"
                if table in PARENTS:
                    column, parent = PARENTS[table]
                    people = (
                        f"SELECT id FROM {parent} WHERE organization_id = %(org)s"
                        " AND candidate_id = ANY(%(ids)s)"
                    )
                elif table == Candidate._meta.db_table:
                    column = "id"
                plain.execute(
                    f"DELETE FROM {table} WHERE organization_id = %(org)s AND {column} IN ({people})",
                    {"org": organization_id, "ids": ids},
                )
            plain.execute("SET CONSTRAINTS ALL IMMEDIATE")
            return time.perf_counter() - started


def _lists_while(
    database: Database, organization_id: int, work: Callable[[], object]
) -> list[float]:
    """Seconds of one read of a list after the other, in a process of its own, until `work` is done."""
    # Forked: the connections open here stay ours, for the child ends without closing anything.
    context = multiprocessing.get_context("fork")
    done, results = context.Event(), context.SimpleQueue()

    def read() -> None:
        seconds: list[float] = []
        with plain_connection(database) as plain:
            while not done.is_set():
                started = time.perf_counter()
                plain.execute(NEWEST, [organization_id]).fetchall()
                seconds.append(time.perf_counter() - started)
        results.put(seconds)

    reader = context.Process(target=read)
    reader.start()
    work()
    done.set()
    seconds: list[float] = results.get()
    reader.join()
    return seconds

"""Retention erasing expired people, against the same deletes as bare SQL; and how lists fare meanwhile."""

import statistics
import threading
import time
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
from tests.bench.measuring import Result, ratio
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
    before = _lists(database, organization.pk, threading.Event(), rounds=200)
    ours = bare = 0.0
    meanwhile: list[float] = []
    for number in range(rounds):
        mine, theirs = (
            ids[start * BATCH : (start + 1) * BATCH] for start in (2 * number, 2 * number + 1)
        )
        done = threading.Event()
        reader = threading.Thread(
            target=lambda: meanwhile.extend(_lists(database, organization.pk, done))
        )
        bare += _delete(database, organization.pk, theirs)
        ours += _run_batch(organization, after=mine[0] - 1)
        reader.start()
        _run_batch(organization, after=mine[0] - 1)
        done.set()
        reader.join()
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
        ratio("purging", "p95 of a list meanwhile / before", _p95(meanwhile), _p95(before), "<= 3"),
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
        assert run.candidate_count == BATCH
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


def _lists(
    database: Database, organization_id: int, done: threading.Event, *, rounds: int = 100_000
) -> list[float]:
    """Seconds of one read of a list after the other, on a connection of its own."""
    seconds: list[float] = []
    with plain_connection(database) as plain:
        while len(seconds) < rounds and not done.is_set():
            started = time.perf_counter()
            plain.execute(NEWEST, [organization_id]).fetchall()
            seconds.append(time.perf_counter() - started)
    return seconds


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]

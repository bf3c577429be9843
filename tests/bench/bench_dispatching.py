"""Due steps becoming mails, half a million enrollments waiting beside them.

How fast, against one SQL statement that does the same; what a poll costs that finds nothing; how long a due
step takes to the provider, through a real worker; and what `kill -9` does to dispatchers and workers.
"""

import gc
import itertools
import multiprocessing
import os
import random
import signal
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from django.db import connection, connections
from django.utils import timezone

from campaigns.models import Enrollment
from campaigns.services import dispatching
from campaigns.tasks import dispatch_due
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from tests.bench import due
from tests.bench.filling import Connection, insert
from tests.bench.measuring import Result, medians, p95, ratio
from tests.bench.servers import Database, plain_connection
from tests.workers import kill, start_worker

WAITING = 500_000
DUE, ROUNDS = 5_000, 3
BATCH, DUE_BY_ONE = 500, 300
DUE_KILLED, KILLS = 20_000, 20
# As beat rings where mail really leaves.
TICK = 15
# Mails due in each second, over so many seconds and organizations.
RATE, SECONDS, ORGANIZATIONS = 5, 60, 10
WORKER_KILLS, AT_ONCE = 3, 150
# A worker that was killed has to be at work again after this.
BACK_WITHIN = 90
# Claim, advance, render and insert at once. Its rows are the outbox's, its texts the rendered ones.
BARE = """
WITH due AS (
  SELECT e.id, e.organization_id, e.candidate_id, e.next_step_id, s.subject, q.sender_id, a.address,
    replace(s.body, '{{ first_name | there }}', split_part(c.full_name, ' ', 1)) AS body
  FROM campaigns_enrollment e JOIN campaigns_step s ON s.id = e.next_step_id
  JOIN campaigns_sequence q ON q.id = e.sequence_id
  JOIN candidates_candidate c ON c.id = e.candidate_id
  JOIN candidates_emailaddress a ON a.candidate_id = e.candidate_id AND a.organization_id = e.organization_id
    AND a.is_primary
  WHERE e.state = 'active' AND e.next_at <= now() ORDER BY e.next_at LIMIT %(batch)s FOR UPDATE OF e SKIP LOCKED),
moved AS (
  UPDATE campaigns_enrollment e SET next_at = NULL, next_step_id = NULL FROM due WHERE due.id = e.id)
"""


def measure(database: Database) -> list[Result]:
    with plain_connection(database) as plain:
        # What a run that was ended has left.
        due.clear(plain)
        try:
            waiting = due.fill_waiting(plain, WAITING)
            assert waiting >= WAITING, waiting
            return [
                *_throughput(database, plain),
                _poll(),
                *_killed_dispatchers(database, plain),
                *_to_the_provider(plain),
            ]
        finally:
            due.clear(plain)


def _throughput(database: Database, plain: Connection) -> list[Result]:
    """Rows a second with one and two processes, and in batches of one.

    Two share two organizations: of one, a second dispatcher leaves the work to the first.
    """
    sequences = [
        due.open_sequence(plain, Organization.objects.get(slug=slug).pk)
        for slug in ("org-1", "org-2")
    ]
    seconds: Counter[str] = Counter()

    def bare() -> None:
        with plain_connection(database) as own:
            while _write_bare(own):
                pass

    for round_ in range(ROUNDS + 1):
        for workers, (name, work) in itertools.product(
            (1, 2), (("bare", bare), ("ours", dispatching.dispatch_due))
        ):
            for sequence in sequences:
                due.clear_due(plain, sequence)
            for sequence in sequences[:workers]:
                due.make_due(plain, sequence, DUE // workers)
            took = _in_processes(workers, work)
            assert sum(due.count_texts(plain, sequence) for sequence in sequences) == DUE
            # The first round warms up.
            seconds[f"{name} {workers}"] += took if round_ else 0
    for sequence in sequences:
        due.clear_due(plain, sequence)
    due.make_due(plain, sequences[0], DUE_BY_ONE)
    by_one = _in_processes(1, _dispatch_by_one)
    assert due.count_texts(plain, sequences[0]) == DUE_BY_ONE
    due.clear_due(plain, sequences[0])
    rows = DUE * ROUNDS
    return [
        *(
            ratio(
                "dispatching",
                f"render and queue / one SQL statement, {workers} at work",
                rows / seconds[f"ours {workers}"],
                rows / seconds[f"bare {workers}"],
                ">= 0.4",
                "rows/s",
            )
            for workers in (1, 2)
        ),
        ratio(
            "dispatching",
            f"batches of {BATCH} / of 1",
            rows / seconds["ours 1"],
            DUE_BY_ONE / by_one,
            ">= 20",
            "rows/s",
        ),
    ]


def _in_processes(count: int, work: Callable[[], object]) -> float:
    """Seconds that `work` takes in `count` processes at once, each with a connection that is open already."""
    context = multiprocessing.get_context("fork")
    ready = context.Barrier(count + 1)

    def run() -> None:
        connection.ensure_connection()
        ready.wait()
        work()

    connections.close_all()
    # What a worker has copied of its parent's memory long ago is not copied while it is timed.
    gc.collect()
    gc.freeze()
    processes = [context.Process(target=run) for _ in range(count)]
    for process in processes:
        process.start()
    ready.wait()
    started = time.perf_counter()
    for process in processes:
        process.join()
    seconds = time.perf_counter() - started
    assert [process.exitcode for process in processes] == [0] * count
    return seconds


def _dispatch_by_one() -> None:
    dispatching.BATCH = 1
    dispatching.dispatch_due()


def _write_bare(plain: Connection) -> int:
    """One batch by the yardstick, committed like ours; returns its rows."""
    values = {
        "organization_id": "organization_id",
        "direction": "'out'",
        "state": "'queued'",
        "candidate_id": "candidate_id",
        "enrollment_id": "id",
        "step_id": "next_step_id",
        "sender_id": "sender_id",
        "to_address": "address",
        "subject": "subject",
        "body_text": "body",
        "due_at": "now()",
    }
    return insert(plain, "campaigns.Message", values, "FROM due", {"batch": BATCH}, before=BARE)


def _poll() -> Result:
    def poll() -> None:
        dispatching.organizations_with_work(timezone.now())

    def select() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchall()

    assert dispatching.organizations_with_work(timezone.now()) == []
    polls = medians({"poll": poll, "select": select}, rounds=200)
    return ratio("dispatching", "empty poll / SELECT 1", polls["poll"], polls["select"], "<= 25")


def _killed_dispatchers(database: Database, plain: Connection) -> list[Result]:
    """Two dispatchers, one of which is killed again and again: nothing twice, nothing lost."""
    organization = Organization.objects.get(slug="org-1")
    sequence = due.open_sequence(plain, organization.pk)
    due.make_due(plain, sequence, DUE_KILLED)
    context, chance = multiprocessing.get_context("fork"), random.Random(7)  # noqa: S311
    connections.close_all()

    def dispatch_all() -> None:
        # What a killed one had locked is not there for the other at once.
        while is_left():
            dispatching.dispatch_due()

    def is_left() -> bool:
        with acting_in(organization):
            return Enrollment.objects.filter(
                sequence=sequence, state=Enrollment.State.ACTIVE, next_at__isnull=False
            ).exists()

    def start() -> multiprocessing.process.BaseProcess:
        process = context.Process(target=dispatch_all)
        process.start()
        return process

    started = time.perf_counter()
    dispatchers = [start(), start()]
    for number in range(KILLS):
        time.sleep(chance.uniform(0.05, 0.25))
        victim = dispatchers.pop(0)
        assert victim.is_alive(), f"all was done after {number} kills"
        os.kill(victim.pid or 0, signal.SIGKILL)
        victim.join()
        dispatchers.append(start())
    for process in dispatchers:
        process.join()
    seconds = time.perf_counter() - started
    row = plain.execute(
        "SELECT count(*), count(DISTINCT m.enrollment_id) FROM campaigns_message m"
        " JOIN campaigns_enrollment e ON e.id = m.enrollment_id"
        " WHERE e.sequence_id = %s AND e.next_at IS NULL AND e.next_step_id IS NULL",
        [sequence],
    ).fetchone()
    assert row is not None
    mails, people = int(str(row[0])), int(str(row[1]))
    made = plain.execute(
        "SELECT count(*) FROM campaigns_enrollment WHERE sequence_id = %s", [sequence]
    ).fetchone()
    assert made is not None
    due.clear_due(plain, sequence)
    wrong = (mails - people) + (int(str(made[0])) - people)
    return [
        ratio("dispatching", f"doubled or lost after {KILLS} kill -9", wrong, 1, "<= 0", "rows"),
        ratio(
            "dispatching",
            f"time of {people:,} rows with {KILLS} kill -9",
            seconds,
            BACK_WITHIN,
            "<= 1",
            "s",
        ),
    ]


def _to_the_provider(plain: Connection) -> list[Result]:
    """Through a real worker, rung for as beat does: from due to handed over, and from a kill to the next mail."""
    organizations = Organization.objects.order_by("pk")[:ORGANIZATIONS]
    sequences = [due.open_sequence(plain, organization.pk) for organization in organizations]
    with tempfile.TemporaryDirectory(prefix="rapport-bench-") as folder:
        worker = Worker(Path(folder))
        try:
            # Its modules are loaded, its connections open.
            due.make_due(plain, sequences[0], 5)
            worker.ring_until(lambda: len(worker.accepted()) == 5)
            before = len(worker.accepted())
            each = RATE * SECONDS // ORGANIZATIONS
            for sequence in sequences:
                moment = f"now() + interval '1 second' * (n - random()) * {SECONDS / each}"
                due.make_due(plain, sequence, each, due=moment)
            plain.execute(
                "CREATE TEMPORARY TABLE was_due AS SELECT id, next_at FROM campaigns_enrollment"
                " WHERE sequence_id = ANY(%s)",
                [sequences],
            )
            worker.ring_until(lambda: len(worker.accepted()) == before + each * ORGANIZATIONS)
            delays = [
                float(str(seconds))
                for (seconds,) in plain.execute(
                    "SELECT extract(epoch FROM m.handed_at - w.next_at) FROM was_due w"
                    " JOIN campaigns_message m ON m.enrollment_id = w.id"
                )
            ]
            assert len(delays) == each * ORGANIZATIONS, len(delays)
            pauses = [_kill_once(plain, worker, sequence) for sequence in sequences[:WORKER_KILLS]]
        finally:
            worker.end()
        twice = [line for line, count in Counter(worker.accepted()).items() if count > 1]
    for sequence in sequences:
        due.clear_due(plain, sequence)
    return [
        ratio(
            "dispatching",
            "p95 from due to handed over / tick",
            p95(delays),
            TICK,
            "<= 2",
            "s",
        ),
        ratio(
            "dispatching",
            "kill -9 of the worker to its next mail",
            statistics.median(pauses),
            BACK_WITHIN,
            "<= 1",
            "s",
            p95=max(pauses),
        ),
        ratio("dispatching", "mails twice after killed workers", len(twice), 1, "<= 0", "mails"),
    ]


def _kill_once(plain: Connection, worker: "Worker", sequence: int) -> float:
    """Kill the worker in the middle of many mails; seconds until the provider gets the next one."""
    due.make_due(plain, sequence, AT_ONCE)
    before = len(worker.accepted())
    worker.ring_until(lambda: len(worker.accepted()) > before + AT_ONCE // 5)
    killed_at = time.monotonic()
    worker.start_anew()
    got = len(worker.accepted())
    worker.ring_until(lambda: len(worker.accepted()) > got)
    return time.monotonic() - killed_at


class Worker:
    """A real worker with a provider that writes down what it accepts, rung for at every tick."""

    def __init__(self, folder: Path) -> None:
        self.file, self.log = folder / "accepted", folder / "worker.log"
        self.rung_at = -float("inf")
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return start_worker(
            self.log,
            concurrency=2,
            EMAIL_BACKEND="tests.campaigns.file_provider.Backend",
            ACCEPTED_FILE=str(self.file),
        )

    def accepted(self) -> list[str]:
        return self.file.read_text().splitlines() if self.file.exists() else []

    def ring_until(self, is_done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 4 * SECONDS
        while not is_done():
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            if time.monotonic() - self.rung_at >= TICK:
                self.rung_at = time.monotonic()
                dispatch_due.delay()
            time.sleep(0.05)

    def start_anew(self) -> None:
        kill(self.process)
        self.process = self._start()

    def end(self) -> None:
        kill(self.process)

"""The board of a job with a thousand cards: the server's time, statements and bytes; and the move of one card."""

import gzip
from collections.abc import Callable
from itertools import cycle
from statistics import median

from django.db import connection
from django.test.utils import CaptureQueriesContext

from candidates.models import Candidate
from crm.accounts.models import User
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Job, Pipeline, Stage
from tests.bench.bench_lists import Ask, server
from tests.bench.measuring import Result, p95, ratio, timings
from tests.bench.servers import Database

CARDS, FEW, ROUNDS = 1000, 100, 40
STAGES = ("New", "Contacted", "Replied", "Screening", "Interview", "Offer")
MOST_BYTES, MOST_STATEMENTS = 150_000, 12
# What the walls and the transaction round every request need.
CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT")


def measure(database: Database) -> list[Result]:
    organization = Organization.objects.get(slug="org-1")
    with acting_in(organization):
        many, few = _job(CARDS), _job(FEW)
    get = server(User.objects.get(email=f"owner-{organization.pk}@example.com"))
    paths = {job: f"/{organization.slug}/jobs/{job.pk}/" for job in (many, few)}
    move = _mover(organization, many, get)
    times = timings(
        {"many": lambda: get(paths[many]), "few": lambda: get(paths[few]), "move": move},
        rounds=ROUNDS,
    )
    size = len(gzip.compress(get(paths[many]), 6))
    statements = {job: _statements(lambda job=job: get(paths[job])) for job in (many, few)}
    return [
        ratio(
            "boards",
            f"board of {CARDS:,} cards / of {FEW}",
            median(times["many"]),
            median(times["few"]),
            "<= 1.5",
            p95=p95(times["many"]),
        ),
        ratio(
            "boards",
            f"its statements / those of {FEW} cards",
            statements[many],
            statements[few],
            "<= 1",
            "number",
        ),
        ratio("boards", "its bytes, gzip / 150 kB", size, MOST_BYTES, "<= 1", "bytes"),
        ratio(
            "boards",
            "move of a card / the board",
            median(times["move"]),
            median(times["many"]),
            "<= 1",
            p95=p95(times["move"]),
        ),
        ratio(
            "boards",
            f"its statements / {MOST_STATEMENTS}",
            _statements(move),
            MOST_STATEMENTS,
            "<= 1",
            "number",
        ),
    ]


def _job(cards: int) -> Job:
    """A job with so many cards, spread over its stages; the same at the next run."""
    title = f"Board of {cards}"
    job = Job.objects.filter(title=title).first()
    if job is not None:
        return job
    pipeline = Pipeline.objects.create(name=title)
    stages = Stage.objects.bulk_create(
        Stage(pipeline=pipeline, name=name, kind=Stage.Kind.INTERVIEW, position=number)
        for number, name in enumerate(STAGES, 1)
    )
    job = Job.objects.create(pipeline=pipeline, title=title)
    people = Candidate.objects.order_by("-pk").values_list("pk", flat=True)[:cards]
    Candidacy.objects.bulk_create(
        Candidacy(job=job, candidate_id=pk, stage=stage)
        for pk, stage in zip(people, cycle(stages), strict=False)
    )
    return job


def _mover(organization: Organization, job: Job, ask: Ask) -> Callable[[], object]:
    """Moves the same card to and fro, as the board asks for it: one request."""
    with acting_in(organization):
        card = Candidacy.objects.filter(job=job).order_by("pk").first()
        there = list(Stage.objects.filter(pipeline=job.pipeline_id).order_by("position"))[1:3]
    assert card is not None
    path, turns = f"/{organization.slug}/jobs/{job.pk}/move/", cycle(there)
    version = card.version

    def move() -> None:
        nonlocal version
        form = {"card": card.pk, "stage": next(turns).pk, "version": version}
        assert f'data-card="{card.pk}"'.encode() in ask(path, form)
        version += 1

    return move


def _statements(request: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        request()
    return sum(not query["sql"].startswith(CONTROL) for query in queries)

"""Boards of a thousand cards, of a job and of a pool: the server's time, statements and bytes; and the move of one card."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from statistics import median
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from candidates.models import Candidate, TalentPool
from candidates.services.pools import add_to_pool
from crm.accounts.models import User
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Job, Pipeline, PoolPlace, Stage
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
    ask = server(User.objects.get(email=f"owner-{organization.pk}@example.com"))
    with acting_in(organization):
        jobs = [_board(_job(cards), "jobs/{}/") for cards in (CARDS, FEW)]
        pools = [_board(_pool(cards), "pools/{}/board/") for cards in (CARDS, FEW)]
    return [
        *_results("board", organization, ask, *jobs),
        *_results("board of a pool", organization, ask, *pools),
    ]


@dataclass(frozen=True)
class Board:
    """Its address inside the organization, and how cards of it are asked for and moved."""

    path: str
    move_path: str
    cards: QuerySet[Any]
    stages: QuerySet[Stage]


def _board(owner: Job | TalentPool, path: str) -> Board:
    if isinstance(owner, Job):
        cards: QuerySet[Any] = Candidacy.objects.filter(job=owner)
        stages = Stage.objects.filter(pipeline=owner.pipeline_id)
    else:
        cards = PoolPlace.objects.filter(pool=owner)
        stages = Stage.objects.filter(pipeline__pool=owner)
    folder = path.split("/")[0]
    return Board(path.format(owner.pk), f"{folder}/{owner.pk}/move/", cards, stages)


def _results(
    name: str, organization: Organization, ask: Ask, many: Board, few: Board
) -> list[Result]:
    paths = {board: f"/{organization.slug}/{board.path}" for board in (many, few)}
    move = _mover(organization, many, ask)
    times = timings(
        {"many": lambda: ask(paths[many]), "few": lambda: ask(paths[few]), "move": move},
        rounds=ROUNDS,
    )
    size = len(gzip.compress(ask(paths[many]), 6))
    statements = {board: _statements(lambda board=board: ask(paths[board])) for board in paths}
    return [
        ratio(
            "boards",
            f"{name}, {CARDS:,} cards / {FEW}",
            median(times["many"]),
            median(times["few"]),
            "<= 1.5",
            p95=p95(times["many"]),
        ),
        ratio(
            "boards",
            f"{name}: statements / those of {FEW} cards",
            statements[many],
            statements[few],
            "<= 1",
            "number",
        ),
        ratio("boards", f"{name}: bytes, gzip / 150 kB", size, MOST_BYTES, "<= 1", "bytes"),
        ratio(
            "boards",
            f"{name}: move of a card / the board",
            median(times["move"]),
            median(times["many"]),
            "<= 1",
            p95=p95(times["move"]),
        ),
        ratio(
            "boards",
            f"{name}: statements of a move / {MOST_STATEMENTS}",
            _statements(move),
            MOST_STATEMENTS,
            "<= 1",
            "number",
        ),
    ]


def _pipeline(name: str, **of: object) -> tuple[Pipeline, list[Stage]]:
    pipeline = Pipeline.objects.create(name=name, **of)
    stages = Stage.objects.bulk_create(
        Stage(pipeline=pipeline, name=stage, kind=Stage.Kind.INTERVIEW, position=number)
        for number, stage in enumerate(STAGES, 1)
    )
    return pipeline, stages


def _people(number: int) -> list[int]:
    return list(Candidate.objects.order_by("-pk").values_list("pk", flat=True)[:number])


def _job(cards: int) -> Job:
    """A job with so many cards, spread over its stages; the same at the next run."""
    title = f"Board of {cards}"
    job = Job.objects.filter(title=title).first()
    if job is not None:
        return job
    pipeline, stages = _pipeline(title)
    job = Job.objects.create(pipeline=pipeline, title=title)
    Candidacy.objects.bulk_create(
        Candidacy(job=job, candidate_id=pk, stage=stage)
        for pk, stage in zip(_people(cards), cycle(stages), strict=False)
    )
    return job


def _pool(cards: int) -> TalentPool:
    """A pool with stages and so many people, spread over them; the same at the next run."""
    name = f"Board of {cards}"
    pool = TalentPool.objects.filter(name=name).first()
    if pool is not None:
        return pool
    pool = TalentPool.objects.create(name=name)
    _, stages = _pipeline(name, pool=pool)
    people = _people(cards)
    # The database gives who joins a place in the first stage.
    add_to_pool(pool, people, by=None)
    for number, stage in enumerate(stages):
        PoolPlace.objects.filter(pool=pool, candidate__in=people[number :: len(stages)]).update(
            stage=stage
        )
    return pool


def _mover(organization: Organization, board: Board, ask: Ask) -> Callable[[], object]:
    """Moves the same card to and fro, as the board asks for it: one request."""
    with acting_in(organization):
        card = board.cards.order_by("pk").first()
        there = list(board.stages.order_by("position"))[1:3]
    assert card is not None
    path, turns = f"/{organization.slug}/{board.move_path}", cycle(there)
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

"""`make bench`: measures the main paths, each as a ratio to a limit taken in the same run.

SIZE=1000000 make bench     candidates over 50 organizations (default 100,000)
BENCH_DIR=folder            keeps the filled database for the next run
BENCH=lists,purging          only these
"""

import os
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from tests.bench import measuring, servers

BENCHES = (
    "tenancy",
    "lists",
    "records",
    "imports",
    "memory",
    "resumes",
    "duplicates",
    "dispatching",
    "purging",
    "pools",
    "searching",
    "boards",
)
ORGANIZATIONS = 50


def main() -> None:
    size = int(os.environ.get("SIZE", "100000"))
    wanted = [name for name in os.environ.get("BENCH", "").split(",") if name] or list(BENCHES)
    with tempfile.TemporaryDirectory(
        prefix="rapport-bench-", ignore_cleanup_errors=True
    ) as temporary:
        database = servers.start(Path(os.environ.get("BENCH_DIR", temporary)).resolve())
        data = import_module("tests.bench.data")
        with servers.plain_connection(database) as connection:
            row = connection.execute("SELECT count(*) FROM tenancy_organization").fetchone()
            if row == (0,):
                started = time.perf_counter()
                print(f"Making {size:,} candidates in {ORGANIZATIONS} organizations…", flush=True)
                data.fill(connection, candidates=size, organizations=ORGANIZATIONS)
                print(f"Made in {time.perf_counter() - started:.0f} s.", flush=True)
        results: list[measuring.Result] = []
        for name in wanted:
            print(f"Measuring {name}…", flush=True)
            results += import_module(f"tests.bench.bench_{name}").measure(database)
        measuring.report(results, Path(".artifacts") / "bench.jsonl")
    sys.stdout.flush()


main()

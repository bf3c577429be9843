"""How much memory a long import takes: the most that the process holds after all rows, against after a tenth.

IMPORT_ROWS=1000000     rows of the file (default 100,000)
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from django.core.files import File

from candidates.models import Import
from candidates.services.importing import running, uploading
from crm.accounts.models import User
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from tests.bench.measuring import Result, ratio
from tests.bench.servers import Database, plain_connection

ROWS = int(os.environ.get("IMPORT_ROWS", "100000"))
# At which parts of the rows the memory is told.
PARTS = (0.1, 0.5, 1.0)


def measure(database: Database) -> list[Result]:
    organization = Organization.objects.get(slug="org-1")
    user = User.objects.get(email=f"owner-{organization.pk}@example.com")
    results = []
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        size = _write(Path(file.name))
        for phase, peaks in _import(database, organization, user, File(file), size):
            told = ", ".join(
                f"{round(part * ROWS):,} rows {peak:.0f} MB"
                for part, peak in zip(PARTS, peaks, strict=True)
            )
            print(f"  {phase}: {told}", flush=True)
            results.append(
                ratio(
                    "memory",
                    f"{phase} of {ROWS:,} rows / of a tenth",
                    peaks[-1],
                    peaks[0],
                    "<= 1.25",
                    "MB",
                )
            )
    return results


def _write(path: Path) -> int:
    run = int(time.time())
    with path.open("w") as file:
        file.write("Name,Email,Phone,Company,Title,City\n")
        for number in range(ROWS):
            # Three in a hundred stand in it twice.
            who = number - 1 if number % 33 == 1 else number
            file.write(
                f"Person {run} {who},memory{run}.{who}@example.com,"
                f"+49 151 {run % 100:02d}{who:07d},Tidewater {who % 997},Engineer,Berlin\n"
            )
    return path.stat().st_size


def _import(
    database: Database, organization: Organization, user: User, file: File, size: int
) -> Iterator[tuple[str, list[float]]]:
    """Each phase, and the most megabytes held until each of PARTS was done."""
    with acting_in(organization):
        pk = uploading.store_upload(file, size=size, name="long.csv", by=user).pk
    yield "reading", _worked(database, organization, pk, "row_count")
    with acting_in(organization):
        upload = Import.objects.get(pk=pk)
        uploading.choose(upload, mapping=uploading.mapping_of(upload), by=user)
    yield "checking", _worked(database, organization, pk, "done_count")
    with acting_in(organization):
        uploading.start(Import.objects.get(pk=pk), by=user)
    yield "importing", _worked(database, organization, pk, "done_count")
    with acting_in(organization):
        done = Import.objects.get(pk=pk)
        assert done.state == Import.State.DONE, done.state
        assert sum(done.counts.values()) == ROWS, done.counts


def _worked(database: Database, organization: Organization, pk: int, progress: str) -> list[float]:
    started = time.perf_counter()
    with _watched(database, pk, progress) as peaks:
        while not running.work_on(organization, pk):
            pass
    print(f"  {ROWS / (time.perf_counter() - started):,.0f} rows/s", flush=True)
    return peaks


@contextmanager
def _watched(database: Database, pk: int, progress: str) -> Iterator[list[float]]:
    """The peaks, which are there when the block ends."""
    peaks: list[float] = []
    ended = Event()

    def watch() -> None:
        most = 0.0
        with plain_connection(database) as plain:
            while not ended.wait(0.25):
                most = max(most, _resident())
                row = plain.execute(
                    f"SELECT {progress} FROM candidates_import WHERE id = %s",
                    [pk],
                ).fetchone()
                done = int(str(row[0])) if row else 0
                while len(peaks) < len(PARTS) - 1 and done >= PARTS[len(peaks)] * ROWS:
                    peaks.append(most)
        most = max(most, _resident())
        peaks.extend([most] * (len(PARTS) - len(peaks)))

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        ended.set()
        watcher.join()


def _resident() -> float:
    """Megabytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024

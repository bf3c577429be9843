"""An import from uploaded file to last row, against a raw COPY of the same people into the same tables."""

import io
import time

from django.core.files import File

from candidates.models import Candidate, Import
from candidates.services.importing import running, uploading
from crm.accounts.models import User
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from tests.bench.measuring import Result, ratio
from tests.bench.servers import Database, plain_connection

ROWS = 20_000


def measure(database: Database) -> list[Result]:
    organization = Organization.objects.get(slug="org-1")
    run = int(time.time())
    lines = ["Name,Email,Phone,Company,Title,City"]
    lines += [
        f"Person {run} {number},bench{run}.{number}@example.com,+49 151 {10_000_000 + number},Tidewater,Engineer,Berlin"
        for number in range(ROWS)
    ]
    content = "\n".join(lines).encode()
    user = User.objects.get(email=f"owner-{organization.pk}@example.com")

    started = time.perf_counter()
    with acting_in(organization):
        upload = uploading.store_upload(
            File(io.BytesIO(content)), size=len(content), name="bench.csv", by=user
        )
    while not running.work_on(organization, upload.pk):
        pass
    with acting_in(organization):
        upload.refresh_from_db()
        uploading.choose(upload, mapping=uploading.mapping_of(upload), by=user)
    while not running.work_on(organization, upload.pk):
        pass
    with acting_in(organization):
        uploading.start(Import.objects.get(pk=upload.pk), by=user)
    while not running.work_on(organization, upload.pk):
        pass
    ours = time.perf_counter() - started
    with acting_in(organization):
        done = Import.objects.get(pk=upload.pk)
        assert done.state == Import.State.DONE, done.state
        assert Candidate.objects.filter(full_name__startswith=f"Person {run} ").count() == ROWS
    return [
        ratio(
            "imports",
            "whole import / raw COPY of people and addresses",
            ROWS / ours,
            ROWS / _copy(database, organization.pk, run),
            ">= 0.6",
            "rows/s",
        )
    ]


def _copy(database: Database, organization_id: int, run: int) -> float:
    """Seconds of COPY into the candidate and address tables, with their indexes and keys; rolled back."""
    with plain_connection(database) as plain, plain.transaction(force_rollback=True):
        started = time.perf_counter()
        row = plain.execute(
            "SELECT array_agg(nextval('candidates_candidate_id_seq')) FROM generate_series(1, %s)",
            [ROWS],
        ).fetchone()
        assert row is not None
        ids: list[int] = row[0]  # type: ignore[assignment]
        with plain.cursor().copy(
            "COPY candidates_candidate (id, organization_id, full_name, preferred_name, headline, company, city,"
            " country, salary_expectation, status, lawful_basis, created_at, updated_at, search_text, provenance) FROM STDIN"
        ) as copy:
            for number, pk in enumerate(ids):
                copy.write_row(
                    (pk, organization_id, f"Copied {run} {number}", "", "Engineer", "Tidewater", "Berlin", "",
                     "", "new", "consent", "now", "now", f"copied {run} {number} copy{run}.{number}@example.com", "{}")
                )  # fmt: skip
        with plain.cursor().copy(
            "COPY candidates_emailaddress (organization_id, candidate_id, address, normalized, is_primary, state,"
            " provenance_kind, provenance_label, provenance_at) FROM STDIN"
        ) as copy:
            for number, pk in enumerate(ids):
                address = f"copy{run}.{number}@example.com"
                copy.write_row(
                    (
                        organization_id,
                        pk,
                        address,
                        address,
                        True,
                        "unknown",
                        "import",
                        "bench",
                        "now",
                    )
                )
        plain.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return time.perf_counter() - started

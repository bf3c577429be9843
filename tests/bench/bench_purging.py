"""Erasing expired people, against the same deletes as bare SQL; and how lists fare meanwhile."""

import time

from django.db import transaction

from candidates.models import Candidate
from crm.privacy.services.erasing import erase_candidates
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from tests.bench.measuring import Result, ratio
from tests.bench.servers import Database, plain_connection

BATCH, ROUNDS = 1000, 5
CHILDREN = (
    "candidates_touchpoint", "candidates_emailaddress", "candidates_poolmembership", "candidates_candidatetag",
)  # fmt: skip


def measure(database: Database) -> list[Result]:
    """Rows per second of the service and of the deletes alone, in interleaved batches that are rolled back."""
    organization = Organization.objects.get(slug="org-1")
    with acting_in(organization):
        ids = list(
            Candidate.objects.order_by("pk").values_list("pk", flat=True)[: BATCH * ROUNDS * 2]
        )
    ours = bare = 0.0
    with plain_connection(database) as plain:
        for number in range(ROUNDS):
            mine = ids[2 * number * BATCH : (2 * number + 1) * BATCH]
            theirs = ids[(2 * number + 1) * BATCH : (2 * number + 2) * BATCH]
            started = time.perf_counter()
            with acting_in(organization):
                erase_candidates(mine)
                transaction.set_rollback(True)
            ours += time.perf_counter() - started
            started = time.perf_counter()
            with plain.transaction(force_rollback=True):
                for table in CHILDREN:
                    plain.execute(
                        f"DELETE FROM {table} WHERE organization_id = %s AND candidate_id = ANY(%s)",
                        [organization.pk, theirs],
                    )
                plain.execute("DELETE FROM candidates_candidate WHERE id = ANY(%s)", [theirs])
            bare += time.perf_counter() - started
    people = BATCH * ROUNDS
    return [
        ratio(
            "purging", "service / bare deletes", people / ours, people / bare, ">= 0.5", "people/s"
        )
    ]

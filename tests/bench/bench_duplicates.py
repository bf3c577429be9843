"""Merging somebody with a long history against moving the same rows bare; refreshing the queue of duplicates."""

import time

from django.db import transaction

from candidates.models import Candidate, MatchCheck, Touchpoint
from candidates.services.duplicates.keys import current_rules, facts_of, keys_of
from candidates.services.duplicates.refreshing import compare_batch, write_keys
from candidates.services.merging.merging import merge_people
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from tests.bench.measuring import Result, ratio
from tests.bench.servers import Database, plain_connection

LONG, ROUNDS, BATCH, KEYED = 5000, 3, 500, 2000


def measure(database: Database) -> list[Result]:
    organization = Organization.objects.get(slug="org-1")
    return [_merging(database, organization), _refreshing(database, organization)]


def _merging(database: Database, organization: Organization) -> Result:
    """A merge of 5,000 touchpoints with its before-images, and the bare UPDATE of as many; all rolled back."""
    ours = bare = 0.0
    with acting_in(organization):
        survivor, loser = Candidate.objects.order_by("-pk")[:2]
        Touchpoint.objects.bulk_create(
            Touchpoint(candidate=loser, kind="note", summary=f"Entry {number}")
            for number in range(LONG)
        )
    with plain_connection(database) as plain:
        for _ in range(ROUNDS):
            started = time.perf_counter()
            with acting_in(organization):
                merge_people(survivor, [loser.pk], by=None)
                transaction.set_rollback(True)
            ours += time.perf_counter() - started
            started = time.perf_counter()
            with plain.transaction(force_rollback=True):
                plain.execute(
                    "UPDATE candidates_touchpoint SET candidate_id = %s"
                    " WHERE organization_id = %s AND candidate_id = %s",
                    [survivor.pk, organization.pk, loser.pk],
                )
            bare += time.perf_counter() - started
    with acting_in(organization):
        Touchpoint.objects.filter(candidate=loser, summary__startswith="Entry ").delete()
    return ratio("duplicates", "merge of 5,000 touchpoints / bare UPDATE", ours, bare, "<= 16", "s")


def _refreshing(database: Database, organization: Organization) -> Result:
    """People compared per second with the whole organization, against only reading them and making their keys."""
    # Everybody has keys, and nobody waits: what is measured is a queue that stands.
    with acting_in(organization):
        everybody = list(Candidate.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(everybody), KEYED):
        with acting_in(organization):
            facts = facts_of(everybody[start : start + KEYED], current_rules())
            write_keys({pk: keys_of(known) for pk, known in facts.items()})
    with plain_connection(database) as plain:
        plain.execute(
            "DELETE FROM candidates_matchcheck WHERE organization_id = %s", [organization.pk]
        )
    ours = bare = 0.0
    for _ in range(ROUNDS):
        with acting_in(organization):
            ids = list(Candidate.objects.order_by("pk").values_list("pk", flat=True)[:BATCH])
            MatchCheck.objects.bulk_create(MatchCheck(candidate_id=pk) for pk in ids)
        started = time.perf_counter()
        with acting_in(organization):
            compare_batch(BATCH)
        ours += time.perf_counter() - started
        started = time.perf_counter()
        with acting_in(organization):
            for facts in facts_of(ids, current_rules()).values():
                keys_of(facts)
        bare += time.perf_counter() - started
    return ratio("duplicates", "comparing 500 people / reading them", ours, bare, "<= 40", "s")

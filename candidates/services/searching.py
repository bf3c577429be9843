"""Keeping `Candidate.search_text`: what the search box looks through."""

from collections.abc import Iterable

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, transaction

from candidates.models import Candidate
from candidates.services.identifying import fold

BATCH = 1000


@transaction.atomic
def refresh_search_text(candidate_ids: Iterable[int]) -> None:
    """Rewrite the search text of these people from their rows: two statements per thousand.

    To be called after names, company, title or addresses changed, in the same transaction.
    """
    ids = list(candidate_ids)
    for start in range(0, len(ids), BATCH):
        people = (
            Candidate.objects.filter(pk__in=ids[start : start + BATCH])
            .order_by()
            .annotate(addresses=ArrayAgg("emails__normalized", default=[], order_by="emails__pk"))
            .values_list("pk", "full_name", "preferred_name", "company", "headline", "addresses")
        )
        fresh = [(pk, search_text(*parts, *addresses)) for pk, *parts, addresses in people]
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE candidates_candidate SET search_text = fresh.search_text"
                " FROM unnest(%s::bigint[], %s::text[]) AS fresh (id, search_text)"
                " WHERE candidates_candidate.id = fresh.id",
                [[pk for pk, _ in fresh], [text for _, text in fresh]],
            )


def search_text(*parts: str) -> str:
    """The parts folded, one a line: no search word spans two of them."""
    return "\n".join(fold(part) for part in parts if part)

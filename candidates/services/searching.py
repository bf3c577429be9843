"""Keeping `Candidate.search_text`: what the search box looks through."""

from collections.abc import Iterable

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, transaction
from django.db.models import OuterRef, TextField
from django.db.models.functions import Coalesce

from candidates.models import Candidate, CandidateCustomValue
from candidates.services.identifying import fold

BATCH = 1000


@transaction.atomic
def refresh_search_text(candidate_ids: Iterable[int]) -> None:
    """Rewrite the search text of these people from their rows: two statements per thousand.

    To be called after names, company, title, addresses or searchable custom fields changed, in the same transaction.
    """
    ids = list(candidate_ids)
    # Of custom fields, their short texts and choices.
    custom = CandidateCustomValue.objects.filter(
        candidate=OuterRef("pk"), field__is_searchable=True, field__archived_at=None
    ).order_by("pk")
    words = custom.values_list(Coalesce("option__name", "normalized", output_field=TextField()))
    for start in range(0, len(ids), BATCH):
        people = (
            Candidate.objects.filter(pk__in=ids[start : start + BATCH])
            .order_by()
            .annotate(
                addresses=ArrayAgg("emails__normalized", default=[], order_by="emails__pk"),
                custom=ArraySubquery(words),
            )
            .values_list(
                "pk", "full_name", "preferred_name", "company", "headline", "addresses", "custom"
            )
        )
        fresh = [
            (pk, search_text(*parts, *addresses, *custom))
            for pk, *parts, addresses, custom in people
        ]
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

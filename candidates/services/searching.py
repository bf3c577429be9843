"""Keeping `Candidate.search_text`: the words of the record, of which the database makes the search index.

Notes and résumés get into the index by themselves, by triggers.
"""

from collections.abc import Iterable
from itertools import chain

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, transaction
from django.db.models import OuterRef, TextField, Value
from django.db.models.functions import Coalesce, Concat

from candidates.models import (
    Candidate,
    CandidateCustomValue,
    CandidateSkill,
    Education,
    PhoneNumber,
    WorkExperience,
)
from candidates.services.identifying import fold
from crm.tenancy.bulk import array_of

BATCH = 1000
# In this order: the first line of the search text is the name.
COLUMNS = ("pk", "full_name", "preferred_name", "company", "headline", "city")


@transaction.atomic
def refresh_search_text(candidate_ids: Iterable[int]) -> None:
    """Rewrite the search text of these people from their rows: two statements per thousand.

    To be called after names, company, title, city, addresses, numbers, skills, positions, schools or searchable custom
    fields changed, in the same transaction.
    """
    ids = list(candidate_ids)
    # Of custom fields, their short texts and choices.
    custom = CandidateCustomValue.objects.filter(
        candidate=OuterRef("pk"), field__is_searchable=True, field__archived_at=None
    ).order_by("pk")
    numbers = PhoneNumber.objects.filter(candidate=OuterRef("pk")).order_by("pk")
    skills = CandidateSkill.objects.filter(candidate=OuterRef("pk")).order_by("skill__name")
    held = WorkExperience.objects.filter(candidate=OuterRef("pk")).order_by("pk")
    learned = Education.objects.filter(candidate=OuterRef("pk")).order_by("pk")
    gap = Value(" ")
    positions = Concat("title", gap, "company", output_field=TextField())
    schools = Concat("school", gap, "degree", gap, "field", output_field=TextField())
    words = custom.values_list(Coalesce("option__name", "normalized", output_field=TextField()))
    for start in range(0, len(ids), BATCH):
        people = (
            Candidate.objects.filter(pk__in=ids[start : start + BATCH])
            .order_by()
            .annotate(
                addresses=ArrayAgg("emails__normalized", default=[], order_by="emails__pk"),
                numbers=ArraySubquery(numbers.values("normalized")),
                skills=ArraySubquery(skills.values("skill__name")),
                custom=ArraySubquery(words),
                positions=ArraySubquery(held.values(words=positions)),
                schools=ArraySubquery(learned.values(words=schools)),
            )
            .values_list(
                *COLUMNS, "addresses", "numbers", "skills", "custom", "positions", "schools"
            )
        )
        fresh = [
            (row[0], search_text(*row[1 : len(COLUMNS)], *chain.from_iterable(row[len(COLUMNS) :])))
            for row in people
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE candidates_candidate SET search_text = fresh.search_text"
                " FROM unnest(%s::bigint[], %s::text[]) AS fresh (id, search_text)"
                " WHERE candidates_candidate.id = fresh.id",
                [array_of(pk for pk, _ in fresh), array_of(text for _, text in fresh)],
            )


def search_text(*parts: str) -> str:
    """The parts folded, one a line: no search word spans two of them."""
    return "\n".join(fold(part) for part in parts if part)

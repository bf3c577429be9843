"""Words anywhere: in the record, in notes that the searcher may read, in résumés."""

from django.db.models import Q

from candidates.models import NoteSearch
from candidates.queries.search.fields import Match
from candidates.queries.search.matching import combined, having_rows
from candidates.queries.search.searcher import Searcher
from candidates.queries.search.terms import (
    Term,
    index_holds,
    looks_like,
    number_holds,
    read_term,
    row_holds,
)
from candidates.queries.search.tree import Condition
from candidates.queries.timeline import visible_notes

# A member's own private notes are few. Beyond so many people with them, those of the newest records count.
MOST_PRIVATE = 5000


def anywhere(asked: Condition, searcher: Searcher) -> Q:
    """The whole search index, phone numbers as people type them, and private notes of the searcher."""
    return combined(asked, [_anywhere(read_term(value), searcher) for value in asked.values])


def _anywhere(term: Term, searcher: Searcher) -> Q:
    if term.is_like:
        return looks_like(term)
    found = index_holds(term)
    if term.digits:
        found |= number_holds(term)
    return found | _in_private_notes(searcher, row_holds("body", term, is_long=True))


def in_notes(asked: Condition, searcher: Searcher) -> Q:
    """Notes that the searcher may read."""
    if asked.operator == "set":
        return having_rows(NoteSearch)(asked, searcher) | _in_private_notes(searcher, Q())
    terms = [read_term(value) for value in asked.values]
    return combined(
        asked,
        [
            index_holds(term, record=False, long_texts="C")
            | _in_private_notes(searcher, row_holds("body", term, is_long=True))
            for term in terms
        ],
    )


def long_text(weight: str) -> Match:
    """Texts of one weight of the search index."""

    def match(asked: Condition, searcher: Searcher) -> Q:
        terms = [read_term(value) for value in asked.values]
        return combined(
            asked,
            [index_holds(term, record=False, long_texts=weight) for term in terms],
        )

    return match


def _in_private_notes(searcher: Searcher, wanted: Q) -> Q:
    """People with such private notes, as far as the searcher reads them: found beforehand.

    They are not in the search index. A list of ids keeps the query inside the fence.
    """
    if searcher.user is None:
        return Q()
    private = visible_notes(searcher.user).filter(wanted, is_private=True)
    people = private.values_list("candidate_id", flat=True).distinct().order_by("-candidate_id")
    ids = list(people[:MOST_PRIVATE])
    return Q(pk__in=ids) if ids else Q()

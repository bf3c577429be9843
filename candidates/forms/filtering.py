"""The list's filters as they stand in the address: what cannot be read is left out, never an error."""

from collections.abc import Mapping

from candidates.models import Candidate
from candidates.queries import SORTS, CandidateFilter
from candidates.services.identifying import fold
from crm.accounts.models import User

MOST_WORDS = 8


def filter_from(data: Mapping[str, str], *, viewer: User) -> CandidateFilter:
    """The filter in a query string: q, tag, pool, owner ("me", "none" or an id), status, within, sort."""
    owner, status, sort = data.get("owner", ""), data.get("status", ""), data.get("sort", "")
    return CandidateFilter(
        words=search_words(data.get("q", "")),
        tag=_id(data.get("tag", "")),
        pool=_id(data.get("pool", "")),
        owner=viewer.pk if owner == "me" else _id(owner),
        is_unowned=owner == "none",
        status=status if status in Candidate.Status else "",
        sort=sort if sort in SORTS else "",
        in_resumes=data.get("within") == "resumes",
    )


def search_words(text: str) -> tuple[str, ...]:
    """The words of a search, folded as the search text is."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text[:200])
    return tuple(fold(printable).split()[:MOST_WORDS])


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None

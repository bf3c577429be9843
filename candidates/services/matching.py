"""Who is already here: people known by an address, a number or a profile link, and whether two names agree."""

import re
from collections.abc import Iterable
from operator import itemgetter

from rapidfuzz.distance import Levenshtein

from candidates.models import EmailAddress, PhoneNumber, ProfileLink
from candidates.services.identifying import digits_of, fold
from crm.tenancy.bulk import rows_by_key

WayToReach = EmailAddress | PhoneNumber | ProfileLink
# ("email", "anna@example.com"): how a way to reach somebody is compared.
Identifier = tuple[str, str]
# The identifier of who has no other: name, company and city together.
NAME = "name"

_SHARED_MAILBOXES = frozenset(
    {"admin", "bewerbung", "career", "careers", "contact", "hello", "hr", "info", "jobs", "kontakt"}
    | {"mail", "office", "personal", "recruiting", "sales", "support", "team", "rh"}
)
_PERSONAL_PATHS = {
    "linkedin.com": ("/in/", "/pub/"),
    "xing.com": ("/profile/",),
    "facebook.com": ("/",),
    "github.com": ("/",),
    "gitlab.com": ("/",),
    "x.com": ("/",),
    "twitter.com": ("/",),
    "instagram.com": ("/",),
}


def find_matches(
    emails: Iterable[str] = (), phones: Iterable[str] = (), links: Iterable[str] = ()
) -> dict[Identifier, list[int]]:
    """Who has which of these normalized values: candidate ids, oldest first, in at most three queries."""
    found: dict[Identifier, list[int]] = {}
    ways: list[tuple[str, type[WayToReach], Iterable[str]]] = [
        ("email", EmailAddress, emails),
        ("phone", PhoneNumber, phones),
        ("profile", ProfileLink, links),
    ]
    for kind, model, values in ways:
        wanted = {value for value in values if value}
        if not wanted:
            continue
        rows = rows_by_key(model, "normalized", wanted, "candidate_id")
        for normalized, candidate_id in sorted(set(rows), key=itemgetter(1)):
            found.setdefault((kind, normalized), []).append(candidate_id)
    return found


def same(kind: str) -> str:
    """ "same e-mail address" and so on."""
    nouns = {"email": "e-mail address", "phone": "phone number", "profile": "profile link"}
    return f"same {nouns.get(kind, 'name, company and city')}"


def is_decisive(kind: str, normalized: str) -> bool:
    """Whether a value names one person by itself. Numbers, shared mailboxes and websites do not."""
    if kind == "email":
        return normalized.partition("@")[0] not in _SHARED_MAILBOXES
    if kind == "profile":
        host, slash, path = normalized.partition("/")
        starts = _PERSONAL_PATHS.get(host, ())
        return bool(path) and f"{slash}{path}".startswith(starts) if starts else False
    return kind == NAME


def names_agree(one: str, other: str) -> bool:
    """Whether two names may be one person's: every word of the shorter one is in the longer one.

    An initial stands for a word, and a letter inside a long word may be wrong. Not at its end: Daniel and
    Daniela share a telephone, and are two people.
    """
    words, others = sorted([_words(one), _words(other)], key=len)
    if not words:
        return False
    for word in words:
        same_word = next((known for known in others if _is_same_word(word, known)), None)
        if same_word is None:
            return False
        others.remove(same_word)
    return True


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[\s,.]+", fold(name)) if word]


def _is_same_word(one: str, other: str) -> bool:
    if one == other:
        return True
    if (len(one) == 1 or len(other) == 1) and one[0].isalpha():
        return one[0] == other[0]
    return (
        max(len(one), len(other)) > 5
        and digits_of(one) == digits_of(other)
        and (one[0], one[-1]) == (other[0], other[-1])
        and Levenshtein.distance(one, other, score_cutoff=1) == 1
    )

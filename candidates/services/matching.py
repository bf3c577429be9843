"""Who is already here: people known by an address, a number or a profile link, and whether two names agree."""

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from candidates.models import Candidate, EmailAddress, PhoneNumber, ProfileLink
from candidates.services.identifying import (
    fold,
    normalize_email,
    normalize_link,
    normalize_phone,
)

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
        wanted = list({value for value in values if value})
        if not wanted:
            continue
        rows = model.objects.filter(normalized__in=wanted).order_by("candidate_id")
        for normalized, candidate_id in rows.values_list("normalized", "candidate_id"):
            ids = found.setdefault((kind, normalized), [])
            if candidate_id not in ids:
                ids.append(candidate_id)
    return found


@dataclass(frozen=True)
class Duplicate:
    """Somebody who may be the same person, and what speaks for it."""

    candidate: Candidate
    reason: str


def find_duplicates(
    *,
    full_name: str,
    emails: Iterable[str] = (),
    phones: Iterable[str] = (),
    links: Iterable[str] = (),
    country: str = "",
) -> list[Duplicate]:
    """Who is probably the person that a form describes, surest first; values as they were typed."""
    matches = find_matches(
        [normalize_email(email) or "" for email in emails],
        [normalize_phone(phone, country=country) for phone in phones],
        [normalize_link(link) for link in links],
    )
    ids = {candidate_id for found in matches.values() for candidate_id in found}
    people = Candidate.objects.in_bulk(ids)
    duplicates: dict[int, Duplicate] = {}
    for (kind, value), found in matches.items():
        for candidate_id in found:
            person = people[candidate_id]
            if is_decisive(kind, value) or names_agree(full_name, person.full_name):
                duplicates.setdefault(candidate_id, Duplicate(person, same(kind)))
    return list(duplicates.values())


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
    """Whether two names may be one person's: same words in any order, a typing error, an initial."""
    words, other_words = fold(one).split(), fold(other).split()
    if not words or not other_words:
        return False
    if fuzz.token_set_ratio(" ".join(words), " ".join(other_words)) >= 88:
        return True
    return (
        words[-1] == other_words[-1]
        and words[0][0] == other_words[0][0]
        and (len(words[0].strip(".")) == 1 or len(other_words[0].strip(".")) == 1)
    )

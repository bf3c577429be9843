"""Who is compared with whom: people who share a key. Never all with all.

A key is a hash of something that one person's two records have in common: a mailbox, a number, a profile, the name
with the employer, the whole name in its long form, or one part of it with the first letter of the other and the employer or the city.
The latter finds short forms, swapped parts, initials and a wrong letter in either part.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Coalesce

from candidates.models import Candidate, EmailAddress, MatchingRules, PhoneNumber, ProfileLink
from candidates.services.duplicates.names import forms_of, words_of
from candidates.services.duplicates.scoring import Facts, city_words, company_words
from candidates.services.identifying import (
    fold,
    mailbox,
    normalize_email,
    normalize_link,
    normalize_phone,
)
from crm.tenancy.bulk import array_of
from crm.tenancy.scope import current_organization

# A key that more people share says nothing: a switchboard, the commonest name of a large city.
MOST_OF_A_KEY = 40


def current_rules() -> MatchingRules:
    """The organization's rules; those of a new one where nobody set any."""
    return MatchingRules.objects.first() or MatchingRules()


def facts_of(candidate_ids: Iterable[int], rules: MatchingRules) -> dict[int, Facts]:
    """What these people are compared by, in four queries."""
    ids = list(candidate_ids)
    ways: list[dict[int, list[str]]] = [
        dict(
            model._default_manager.filter(candidate__in=ids)
            .order_by()
            .values_list("candidate")
            .annotate(all=Coalesce(ArrayAgg("normalized"), Value([])))
        )
        for model in (EmailAddress, PhoneNumber, ProfileLink)
    ]
    words = ("full_name", "preferred_name", "company", "city", "country")
    return {
        pk: Facts(
            name,
            preferred_name,
            company,
            city,
            country,
            mailboxes=_mailboxes(ways[0].get(pk, []), rules),
            phones=frozenset(filter(None, ways[1].get(pk, []))),
            links=frozenset(filter(None, ways[2].get(pk, []))),
        )
        for pk, name, preferred_name, company, city, country in (
            Candidate.objects.filter(pk__in=ids).values_list("pk", *words)
        )
    }


def facts_from(
    *,
    name: str = "",
    preferred_name: str = "",
    company: str = "",
    city: str = "",
    country: str = "",
    emails: Iterable[str] = (),
    phones: Iterable[str] = (),
    links: Iterable[str] = (),
) -> Facts:
    """What somebody is compared by who is not stored: as typed into a form or read from a document."""
    return Facts(
        name,
        preferred_name,
        company,
        city,
        country,
        mailboxes=_mailboxes((normalize_email(address) for address in emails), current_rules()),
        phones=frozenset(filter(None, (normalize_phone(one, country=country) for one in phones))),
        links=frozenset(filter(None, map(normalize_link, links))),
    )


def _mailboxes(addresses: Iterable[str | None], rules: MatchingRules) -> frozenset[str]:
    return frozenset(
        mailbox(address, ignore_dots=rules.ignores_dots, ignore_plus=rules.ignores_plus)
        for address in addresses
        if address
    )


def keys_of(facts: Facts) -> set[int]:
    """The keys of one person, as numbers that Postgres holds in eight bytes."""
    return {_hashed(text) for text in _texts(facts)}


def namesake_key(name: str, company: str) -> int | None:
    """The key of everybody of this very name at this employer, cheap enough for each row of an import."""
    employer = company_words(company)
    return _hashed(_namesake(name, employer)) if employer and name else None


def _namesake(name: str, employer: str) -> str:
    return f"c:{fold(name)}|{employer}"


def with_namesakes(one: Facts, other: Facts, blocks: Mapping[int, Sequence[int]]) -> Facts:
    """`one`, knowing how many people here have the name that both have."""
    shared = _name_keys(one) & _name_keys(other)
    return replace(one, namesakes=max((len(blocks.get(key, ())) for key in shared), default=1))


def _name_keys(facts: Facts) -> set[int]:
    return {_hashed(text) for text in _texts(facts) if text.startswith("n:")}


def blocks_of(keys: Iterable[int]) -> dict[int, list[int]]:
    """Who has each of these keys. A list longer than MOST_OF_A_KEY is cut, and says only that there are many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT wanted.key, array_agg(held.candidate_id) FROM unnest(%s::bigint[]) AS wanted (key)"
            " CROSS JOIN LATERAL (SELECT candidate_id FROM candidates_matchkey"
            " WHERE organization_id = %s AND key = wanted.key LIMIT %s) AS held GROUP BY wanted.key",
            [array_of(keys), current_organization().pk, MOST_OF_A_KEY + 1],
        )
        return dict(cursor.fetchall())


def _hashed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def _texts(facts: Facts) -> Iterator[str]:
    yield from (f"m:{one}" for one in facts.mailboxes)
    yield from (f"p:{one}" for one in facts.phones)
    yield from (f"l:{one}" for one in facts.links)
    if (employer := company_words(facts.company)) and facts.name:
        yield _namesake(facts.name, employer)
    words = words_of(facts.name)
    if len(words) < 2:
        return
    called = words_of(facts.preferred_name)[:1]
    for given in {words[0], *called}:
        yield from _of_name(given, words[-1], facts)


def _of_name(given: str, family: str, facts: Facts) -> Iterator[str]:
    if min(len(given), len(family)) > 1:
        for one in forms_of(given):
            for other in forms_of(family):
                yield f"n:{'|'.join(sorted([one, other]))}"
    places = [company_words(facts.company).partition(" ")[0], city_words(facts.city)]
    for part, initial in ((given, family[0]), (family, given[0])):
        for form in forms_of(part) if len(part) > 1 else ():
            yield from (f"w:{form}|{initial}|{place}" for place in places if place)

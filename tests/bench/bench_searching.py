"""Finding people: the product's statement under row-level security, against bare SQL without it.

Each search is asked twice: as somebody types it, through parser, compiler, fenced views and the application's
role; and as one would write it by hand over the tables, as a superuser, with the organization as bigint. Both
give the newest 51 and must find the same people. A limit below a millisecond counts as one: less than that is
round trip and planning. The page that shows what was found is measured whole.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import Any
from urllib.parse import urlencode

from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet
from django.utils import timezone

from candidates.models import (
    Candidate,
    CandidateSearch,
    CustomField,
    CustomFieldOption,
    PhoneNumber,
    Skill,
    Tag,
    TalentPool,
)
from candidates.queries.search import SORTS, PeopleQuery, Searcher, find_people, parse
from candidates.queries.search.values import day_bounds, moment_of
from candidates.queries.warmth import heat_of
from crm.accounts.models import User
from crm.tenancy.models import Membership, Organization
from crm.tenancy.scope import acting_in
from crm.web.pagination import COUNT_LIMIT, PAGE_SIZE, beyond, cursor_after
from pipelines.models import Stage
from tests.bench.bench_lists import server
from tests.bench.measuring import Result, p95, ratio, timings
from tests.bench.servers import PLAIN, Database

ROUNDS, PAGE_ROUNDS = 25, 25
FLOOR = 0.001
# What a page may take at the most, whatever is searched for.
MOST_SECONDS = 0.3
DEEP = 50_000
# SQL and its parameters.
Statement = tuple[str, Any]
# Kilometres between a place and Lyon, as the crow flies.
FROM_LYON = (
    "2 * 6371.0088 * asin(least(1, sqrt(power(sin(radians(t.latitude - 45.74906) / 2), 2)"
    " + power(sin(radians(t.longitude - 4.84789) / 2), 2) * cos(radians(t.latitude)) * cos(radians(45.74906)))))"
)


@dataclass(frozen=True)
class Search:
    """One search: as it is typed, and the same as a condition on the table of people."""

    name: str
    typed: str
    bare: str


def words(*wanted: str) -> str:
    """The search index holds words that begin so in the record, or the words themselves in long texts."""
    query = " & ".join(f"('{word}':*A | '{word}':CD)" for word in wanted)
    return "person.search @@ '" + query.replace("'", "''") + "'::tsquery"


def having(table: str, condition: str) -> str:
    return (
        f"EXISTS (SELECT FROM {table} t WHERE t.organization_id = %(org)s::bigint"
        f" AND t.candidate_id = person.id AND {condition})"
    )


def tagged(name: str) -> str:
    return having("candidates_candidatetag", f"t.tag_id = %(tag {name})s")


def pooled(name: str) -> str:
    return having("candidates_poolmembership", f"t.pool_id = %(pool {name})s")


def skilled(*names: str) -> str:
    ids = ", ".join(f"%(skill {name})s" for name in names)
    return having("candidates_candidateskill", f"t.skill_id IN ({ids})")


def searches(digits: str, last: str, rare: str) -> list[Search]:
    # With a letter left out.
    typo = last[:3] + last[4:]
    company = "to_tsvector('simple', person.company) @@ 'kedai:*'::tsquery"
    lyon = "t.latitude BETWEEN 45.2 AND 46.3 AND t.longitude BETWEEN 4.1 AND 5.6"
    living = "t.state NOT IN ('bounced', 'wrong')"
    unsubscribed = having("candidates_touchpoint", "t.kind = 'unsubscribe'")
    recent = (
        "person.last_contacted_at IS NOT NULL AND person.last_contacted_at >= %(30d)s"
        " AND person.last_contacted_at < %(tomorrow)s"
    )
    return [
        Search("everybody", "", "true"),
        Search("common word", "engineer", words("engineer")),
        Search("rare word", rare, words(rare)),
        Search("two words", f"{last} {rare}", words(last, rare)),
        Search("fuzzy name", f"{typo}~", f"person.search_text %%> '{typo}'"),
        Search(
            "fuzzy name and a word",
            f"{typo}~ {rare}",
            f"person.search_text %%> '{typo}' AND {words(rare)}",
        ),
        Search("digits of a number", digits, f"({words(digits)} OR person.search_text LIKE '%%{digits}%%')"),
        Search("company", "company:kedai", f"{words('kedai')} AND {company}"),
        Search("tag", 'tag:"Tag 3"', tagged("Tag 3")),
        Search("no tag", "no:tag", f"NOT {having('candidates_candidatetag', 'true')}"),
        Search("pool", 'pool:"Pool 2"', pooled("Pool 2")),
        Search("skills, both", "skill:python&django", f"{skilled('Python')} AND {skilled('Django')}"),
        Search("stage", 'stage:"Stage 2"', having("pipelines_candidacy", "t.stage_id = ANY(%(stages)s)")),
        Search("added", "added:>1y", "person.created_at < %(1y)s"),
        Search("last contact", "contacted:>90d", "person.last_contacted_at < %(90d)s"),
        Search("own number", "notice:10..12", having("candidates_candidatecustomvalue", "t.field_id = %(notice)s AND t.number BETWEEN 10 AND 12")),
        Search("own choice", "site:north", having("candidates_candidatecustomvalue", "t.field_id = %(site)s AND t.option_id = %(north)s")),
        Search("country", "country:de", "person.country = 'DE'"),
        Search("near", 'near:"Lyon, FR 50 km"', having("candidates_candidateplace", f"{lyon} AND {FROM_LYON} <= 50")),
        Search("warmth", "warmth:>=20", "person.heat >= %(heat)s"),
        Search("language", "language:german", having("candidates_spokenlanguage", "t.normalized = 'german'")),
        Search("engagement", "engagement:replied", having("candidates_touchpoint", "t.kind = 'mail_received'")),
        Search(
            "contactable",
            "contactable:yes",
            f"{having('candidates_emailaddress', living)} AND NOT {unsubscribed} AND person.status <> 'do_not_contact'",
        ),
        Search("segment", 'country:de skill:python,rust contacted:>90d -pool:"Pool 1"',
               f"person.country = 'DE' AND {skilled('Python', 'Rust')} AND person.last_contacted_at < %(90d)s AND NOT {pooled('Pool 1')}"),
        Search("any and none, nested", '(tag:"Tag 1" OR skill:rust) -(company:kedai OR country:jp) NOT (pool:"Pool 3" OR contacted:30d)',
               f"({tagged('Tag 1')} OR {skilled('Rust')}) AND NOT (({words('kedai')} AND {company}) OR person.country = 'JP')"
               f" AND NOT ({pooled('Pool 3')} OR ({recent}))"),
    ]  # fmt: skip


def measure(database: Database) -> list[Result]:
    organization = Organization.objects.get(slug="org-1")
    user = User.objects.get(email=f"owner-{organization.pk}@example.com")
    with acting_in(organization), transaction.atomic(using=PLAIN):
        member = Membership.objects.select_related("user").get(user=user, organization=organization)
        known = _known(organization)
        asked = searches(*_seldom())
        with connections[PLAIN].cursor() as cursor:
            # As the search itself sets it for its own connection.
            cursor.execute("SET LOCAL pg_trgm.word_similarity_threshold = 0.5")
        results = []
        for one in asked:
            found = _people(one, Searcher(member))
            plain = _bare(one.bare, known)
            assert _ids(connection, _page(found)) == _ids(connections[PLAIN], plain), one.name
            results.append(_compared(one.name, _page(found), plain))
        results += [_deep(known), *_counts(asked, Searcher(member), known)]
        rare = asked[3]
        results.append(_blocks(_page(_people(rare, Searcher(member))), _bare(rare.bare, known)))
    return [*results, *_pages(organization, user, asked)]


def _known(organization: Organization) -> dict[str, Any]:
    """What the bare statements need to know, by name."""
    named: dict[str, Any] = {"org": organization.pk}
    for model, noun in ((Tag, "tag"), (TalentPool, "pool"), (Skill, "skill")):
        named |= {f"{noun} {one.name}": one.pk for one in model._default_manager.all()}
    # As the search has them: "older than" is before a day, "within" from a day to the end of today.
    for span in ("90d", "1y"):
        named[span] = _moment(day_bounds("older", (span,))[1])
    named["30d"], named["tomorrow"] = map(_moment, day_bounds("within", ("30d",)))
    named["stages"] = list(Stage.objects.filter(name="Stage 2").values_list("pk", flat=True))
    named["notice"] = CustomField.objects.get(key="notice").pk
    named["site"] = CustomField.objects.get(key="site").pk
    named["north"] = CustomFieldOption.objects.get(field=named["site"], normalized="north").pk
    named["heat"] = heat_of(20, timezone.now())
    return named


def _moment(day: date | None) -> datetime:
    assert day is not None
    return moment_of(day)


def _seldom() -> tuple[str, str, str]:
    """Digits of one number; a usual last name, and a word of few names that somebody has beside it."""
    number = PhoneNumber.objects.order_by("-pk").values_list("normalized", flat=True)[0]
    named = Candidate.objects.filter(full_name__regex=" [a-f]{3}$").order_by("-pk")
    _, last, rare = named[0].full_name.lower().split()
    return number.removeprefix("+4915").lstrip("0"), last, rare


def _people(search: Search, searcher: Searcher) -> "QuerySet[CandidateSearch]":
    query = PeopleQuery(parse(search.typed, searcher=searcher))
    return find_people(query, searcher=searcher)


def _page(people: "QuerySet[CandidateSearch]") -> Statement:
    """The statement of a page, as `page_of_candidates` sends it."""
    return (
        people.only("created_at", "id")
        .order_by(*SORTS[""])[: PAGE_SIZE + 1]
        .query.sql_with_params()
    )


def _bare(condition: str, known: dict[str, Any], *, columns: str = "id, created_at") -> Statement:
    return (
        f"SELECT {columns} FROM candidates_candidate person WHERE organization_id = %(org)s::bigint"
        f" AND ({condition}) ORDER BY created_at DESC, id DESC LIMIT {PAGE_SIZE + 1}",
        known,
    )


def _run(database: BaseDatabaseWrapper, statement: Statement) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        cursor.execute(*statement)
        return cursor.fetchall()


def _ids(database: BaseDatabaseWrapper, statement: Statement) -> list[int]:
    found = [row[0] for row in _run(database, statement)]
    assert found, statement
    return found


def _compared(name: str, ours: Statement, plain: Statement) -> Result:
    times = timings(
        {
            "ours": lambda: _run(connection, ours),
            "plain": lambda: _run(connections[PLAIN], plain),
        },
        rounds=ROUNDS,
    )
    limit = max(median(times["plain"]), FLOOR)
    return ratio(
        "searching", f"SQL: {name}", median(times["ours"]), limit, "<= 2", p95=p95(times["ours"])
    )


def _deep(known: dict[str, Any]) -> Result:
    """The page behind the first fifty thousand people (or half of them), by its cursor."""
    people = find_people(PeopleQuery(), searcher=Searcher(None))
    newest = people.order_by(*SORTS[""])
    there = newest[min(DEEP, newest.count() // 2)]
    rest = beyond(people, order=SORTS[""], cursor=cursor_after(there, SORTS[""]))
    place = {**known, "at": there.created_at, "pk": there.pk}
    return _compared(
        "everybody, deep page", _page(rest), _bare("(created_at, id) < (%(at)s, %(pk)s)", place)
    )


def _counts(asked: Sequence[Search], searcher: Searcher, known: dict[str, Any]) -> list[Result]:
    results = []
    for name in ("everybody", "two words", "tag", "any and none, nested"):
        one = next(search for search in asked if search.name == name)
        inner, parameters = (
            _people(one, searcher).order_by()[: COUNT_LIMIT + 1].query.sql_with_params()
        )
        ours = (f"SELECT count(*) FROM ({inner}) counted", parameters)
        plain = (
            "SELECT count(*) FROM (SELECT FROM candidates_candidate person"
            f" WHERE organization_id = %(org)s::bigint AND ({one.bare}) LIMIT {COUNT_LIMIT + 1}) counted",
            known,
        )
        assert _run(connection, ours) == _run(connections[PLAIN], plain), name
        results.append(_compared(f"{name}, counted to 10,000", ours, plain))
    return results


def _blocks(ours: Statement, plain: Statement) -> Result:
    """Pages of the database that a rare search touches. No timing: here the gate must hold."""

    def touched(database: BaseDatabaseWrapper, statement: Statement) -> int:
        sql, parameters = statement
        explained = _run(database, (f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", parameters))
        (found,) = explained[0]
        (whole,) = json.loads(found) if isinstance(found, str) else found
        return int(whole["Plan"]["Shared Hit Blocks"] + whole["Plan"]["Shared Read Blocks"])

    result = ratio(
        "searching",
        "blocks of two words / bare SQL",
        touched(connection, ours),
        touched(connections[PLAIN], plain),
        "<= 3",
        "blocks",
    )
    assert result.holds, result
    return result


def _pages(organization: Organization, user: User, asked: Sequence[Search]) -> list[Result]:
    """The whole page of every search, as a request: the newest people's, and the slowest one."""
    get = server(user)

    def visit(search: Search) -> Callable[[], object]:
        path = f"/{organization.slug}/candidates/?{urlencode({'q': search.typed})}"
        return lambda: get(path)

    times = timings({one.name: visit(one) for one in asked}, rounds=PAGE_ROUNDS)
    slowest = max(times, key=lambda name: p95(times[name]))
    return [
        ratio(
            "searching",
            f"page: {name} / {MOST_SECONDS * 1000:.0f} ms",
            median(times[name]),
            MOST_SECONDS,
            "<= 1",
            p95=p95(times[name]),
        )
        for name in dict.fromkeys(("everybody", slowest))
    ]

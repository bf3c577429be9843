"""People, conditions and trees to search by, drawn so that every boundary is met."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from math import floor
from random import Random
from typing import TypeVar

from candidates.queries.search import Combine, Condition, Field, Group, Kind
from tests.candidates.search.naive import Person, Position, Standing, Wishes
from tests.candidates.search.naive_rows import TOWNS, distance
from tests.candidates.search.world import NOW, World

T = TypeVar("T")
WORDS = (
    *("ana", "Zoë", "java", "javascript", "C++", "C#", "node.js", "Łódź", "o'brien", "3d", "x1"),
    *("staff", "nurse"),
)
COMPANIES = (
    *("", "Tidewater", "tidewater G.m.b.H.", "Harbor Inc.", "Quay", "Jetty Ltd", "Mole", "Pier"),
    *("Tidewater Labs", "java staff"),
)
DOMAINS = ("example.com", "tidewater.example", "mail.tidewater.example", "not-tidewater.example")
NUMBERS = ("+4930901820", "+351211234567", "+15550100", "")
TODAY = NOW.date()
# In UTC, in Los Angeles and in Auckland a day begins at these hours of UTC.
MIDNIGHTS = (time(0), time(7), time(11))
AGO = (0, 1, 6, 7, 8, 29, 30, 31, 365, 366)
MOMENTS = tuple(
    datetime.combine(TODAY - timedelta(days=ago), midnight, UTC) - timedelta(seconds=earlier)
    for ago in AGO
    for midnight in MIDNIGHTS
    for earlier in (0, 1)
)
DATES = tuple(
    TODAY + timedelta(days=ahead)
    for ahead in (-366, -31, -30, -29, -8, -7, -1, 0, 1, 2, 7, 8, 14, 15, 30, 31)
)
SPANS = ("0d", "1d", "1w", "30d", "1y")
# Nearness to Lisbon, and the way from there to Porto; across the date line.
TO_PORTO = floor(distance(TOWNS["Lisbon", "PT"][:2], TOWNS["Porto", "PT"][:2]))
VALUES = {
    "text": (
        *("ana", "jav", "java*", '"java"', '"staff nurse"', "C++", "c", "Łódź"),
        *("o'brien", "3d", '"+49 30 901820"', '"030 901820"', "0049309018", "nurse*", "low"),
    ),
    "name": ("ana", "jav", '"java"', "zoe*", '"staff nurse"', "o'brien", "n1"),
    "title": ("ana", "jav", '"java"', "staff*", '"staff nurse"', "C#"),
    "company": ("tidewater", "har", '"harbor inc"', "gmbh", "java*", '"tide"'),
    "past_title": ("nurse", "jav", '"java"', "staff*", "3d"),
    "past_company": ("tidewater", "har", "quay*", '"tide"'),
    "school": ("ana", "jav", '"java"', "staff*", '"staff nurse"'),
    "language": ("german", "german b2", "german a1", "french a2", "french native", "dutch", "ger*"),
    "city": ("lisb", '"lisbon"', '"new york"', "lodz", '"york"', "atlantis"),
    "country": ("PT", "PL", "US", "DE", "po*"),
    "near": (
        *("Lisbon, PT 50 km", "Lisbon, PT 1 km", "Sintra, PT 100 km", "Suva, FJ 1200 km"),
        *(f"Lisbon, PT {TO_PORTO} km", f"Lisbon, PT {TO_PORTO + 1} km", "Apia, WS 4000 km"),
        *("New York, US 5000 km", "Porto, PT 2500 km"),
    ),
    "timezone": ("Europe/Lisbon", "Europe/Berlin", "Pacific/Apia", "Asia/Tokyo", "america*"),
    "email": ("ana", "@example.com", "tidewater", "zoe.o", "zoe_o", "java+x", "EXAMPLE"),
    "phone": ('"+49 30 901820"', '"030 901820"', "0049309018", "0820", "55501", "x1", "0"),
    "note": ("ana", "jav", "java*", '"java"', '"staff nurse"', "C++"),
    "resume": ("ana", "jav", "java*", '"java"', '"staff nurse"', "node.js"),
    "status": ("new", "nurturing", "do_not_contact", "hired", "n*"),
    "warmth": ("-1", "0", "0.5", "1", "39", "40", "41", "79.5", "99", "100", "101"),
    "engagement": ("mail_received", "auto_reply", "bounce", "unsubscribe", "auto*"),
    "basis": ("consent", "contract", "legitimate_interest", "con*"),
    "remote": ("onsite", "hybrid", "remote", "any", "on*"),
    "wantspay": (
        "59999",
        "60000EUR",
        "72000",
        "80000",
        "80000.01EUR",
        "88000",
        "105600USD",
        "88000USD",
    ),
    "stage": ("lead", "interview", "hired", "tasting", "chat", "inquiry", "in*", "zzz*"),
    "number": ("-1", "0", "1", "2.5", "3", "2.500001", "3EUR"),
    "money": ("0", "100", "100EUR", "100.01EUR", "100USD", "200EUR", "200"),
    "boolean": ("True", "False", "y*"),
}
TEXTS = ("ana", "jav", '"java"', "staff*", '"staff nurse"', "C#")


PAYS = (
    None,
    (60_000, 80_000, "EUR", "year"),
    (80_000, None, "EUR", "year"),
    (None, 80_000, "USD", "year"),
    (5000, 6000, "EUR", "month"),
    (400, None, "", "day"),
    (50, 60, "USD", "hour"),
)


class Dealer:
    """Deals each of the options once, in any order, before one comes again."""

    def __init__(self, seed: int) -> None:
        self.random, self.left = Random(seed), dict[str, list[object]]()  # noqa: S311 - the same people for the same seed

    def one(self, name: str, options: Sequence[T]) -> T:
        left = self.left.setdefault(name, [])
        if not left:
            left += self.random.sample(options, len(options))
        return left.pop()

    def some(self, name: str, options: Sequence[T], most: int = 2) -> list[T]:
        """From none to `most` different ones."""
        number = self.one(f"number of {name}", range(min(most, len(options)) + 1))
        return self.random.sample(options, number)

    def text(self, name: str) -> str:
        return " ".join(
            self.one(name, WORDS) for _ in range(self.one(f"words of {name}", range(4)))
        )


def people(world: World, seed: int, number: int) -> list[Person]:
    """People who share words, labels and days; the first is somebody of whom nothing is known."""
    dealer = Dealer(seed)
    nobody = Person(name="n0", added=MOMENTS[0], changed=MOMENTS[0])
    return [nobody, *(_person(dealer, world, place) for place in range(1, number))]


def _person(dealer: Dealer, world: World, place: int) -> Person:
    one, some, text = dealer.one, dealer.some, dealer.text
    city, country = one("town", (("", ""), ("Atlantis", "PT"), ("", "DE"), *TOWNS))
    members = [world.users["owner"].pk, world.users["recruiter"].pk]
    pools = frozenset(some("pools", list(world.pools.values())))
    skills = some("skills", list(world.skills))
    emails = some("emails", ("ana", "zoe.o", "java+x", "staff1"))
    states = ("unknown", "valid", "bounced", "wrong")
    return Person(
        name=f"{text('name')} n{place}",
        preferred=one("preferred", ("", "", "Zed")),
        company=one("company", COMPANIES),
        title=text("title"),
        city=city,
        country=country,
        status=one("status", ("new", "nurturing", "not_now", "do_not_contact", "hired")),
        basis=one("basis", ("legitimate_interest", "consent")),
        owner=one("owner", (None, *members)),
        source=one("source", (None, *world.sources.values())),
        added=one("added", MOMENTS),
        changed=one("changed", MOMENTS),
        contacted=one("contacted", (None, *MOMENTS)),
        replied=one("replied", (None, *MOMENTS)),
        tags=frozenset(some("tags", list(world.tags.values()))),
        skills={world.skills[name]: name for name in skills},
        pools=pools,
        languages={
            name: one("level", ("", "a1", "a2", "b2", "c1", "native"))
            for name in some("languages", ("german", "french", "dutch"))
        },
        emails=tuple(
            (f"{local}.{place}@{one('domain', DOMAINS)}", one("state", states))
            for local in emails
        ),
        phones=tuple(some("phones", NUMBERS)),
        notes=tuple(text("note") for _ in some("notes", "ab")),
        private_notes=tuple(
            (text("private note"), one("readers", _readers(members)))
            for _ in some("private notes", "a", 1)
        ),
        resumes=tuple(
            (text("resume"), one("state of resume", ("accepted", "accepted", "ready")))
            for _ in some("resumes", "ab")
        ),
        positions=tuple(_position(dealer, world) for _ in some("positions", "ab")),
        schools=tuple(
            (text("school"), text("degree"), "Physics") for _ in some("schools", "ab")
        ),
        wishes=_wishes(dealer) if one("wishes", (True, True, False)) else None,
        entries=tuple(
            (kind, one(f"{kind} at", MOMENTS)) for kind in some("entries", ENTRIES, 4)
        ),
        tasks=tuple(
            (one("due", (None, *DATES)), one("done", (True, False, False)))
            for _ in some("tasks", "ab")
        ),
        snoozes=tuple(
            (one("until", DATES), is_over) for is_over in one("snoozes", ((), (True,), (False,), (True, False)))
        ),
        candidacies=tuple(
            _standing(dealer, world, job) for job in some("jobs", list(world.jobs.values()), 3)
        ),
        places=_places(dealer, world, is_there=world.pool_with_stages in pools),
        enrollments=tuple(
            (sequence, one("enrollment", ("active", "paused", "finished", "stopped")), one("enrolled", MOMENTS))
            for sequence in some("sequences", list(world.sequences.values()))
        ),
        custom=_custom(dealer, world, "field."),
    )  # fmt: skip


ENTRIES = (
    *("mail_received", "auto_reply", "bounce", "unsubscribe", "meeting", "call", "text", "social"),
    *("mail_sent", "tag", "unsubscribe", "mail_again", "mail_again"),
)


def _readers(members: list[int]) -> tuple[frozenset[int], ...]:
    first, second = members
    return frozenset({first}), frozenset({second}), frozenset(members)


def _wishes(dealer: Dealer) -> Wishes:
    return Wishes(
        remote=dealer.one("remote", ("", "onsite", "hybrid", "remote", "any")),
        zone=dealer.one("zone", ("", "Europe/Lisbon", "Europe/Berlin")),
        starts=dealer.one("starts", (None, *DATES)),
        role=dealer.one("role", ("", "Staff nurse", "Java lead", "C# java")),
        place=dealer.one("place", ("", "Lisbon or Porto", "ana, java")),
        pay=dealer.one("pay", PAYS),
    )


def _position(dealer: Dealer, world: World) -> Position:
    months = (None, world.day.month, world.day.month % 12 + 1, (world.day.month - 2) % 12 + 1)
    year = dealer.one("end", (None, *(world.day.year - ago for ago in (0, 1, 2, 3))))
    return Position(
        title=dealer.one("past title", WORDS),
        company=dealer.one("past company", COMPANIES),
        is_current=dealer.one("current", (False, False, True)),
        end_year=year,
        end_month=year and dealer.one("month", months),
    )


def _standing(dealer: Dealer, world: World, job: int) -> Standing:
    return Standing(
        where=job,
        stage=dealer.one(f"stage of {job}", list(world.stages[job])),
        since=dealer.one("since", MOMENTS),
        is_closed=dealer.one("closed", (False, True)),
        is_shortlisted=dealer.one("shortlisted", (False, True)),
        custom=_custom(dealer, world, "candidacy."),
    )


def _places(dealer: Dealer, world: World, *, is_there: bool) -> tuple[Standing, ...]:
    """Where somebody stands in the pool with stages, and where they stood when they left it once."""
    closed = [True] if dealer.one("left", (False, True)) else []
    return tuple(
        Standing(
            where=world.pool_with_stages,
            stage=dealer.one("stage of pool", ("Chat", "Interview")),
            since=dealer.one("place since", MOMENTS),
            is_closed=is_closed,
        )
        for is_closed in [*closed, *([False] if is_there else [])]
    )


def _custom(dealer: Dealer, world: World, prefix: str) -> dict[str, object]:
    """Values in about half of the custom fields."""
    found: dict[str, object] = {}
    for key, kind in world.kinds.items():
        if key.startswith(prefix) and dealer.one(f"whether {key}", (True, False)):
            found[key] = _custom_value(dealer, world, key, kind)
    return found


def _custom_value(dealer: Dealer, world: World, key: str, kind: str) -> object:
    match kind:
        case "number":
            return dealer.one(key, (-1, 0, 1, 2.5, 3)), ""
        case "money":
            return dealer.one(
                key,
                ((0, "EUR"), (100, "EUR"), (100, "USD"), (Decimal("100.01"), "EUR"), (200, "EUR")),
            )
        case "date":
            return dealer.one(key, DATES)
        case "boolean":
            return dealer.one(key, (True, False))
        case "member":
            return world.users[dealer.one(key, ("owner", "recruiter"))].pk
        case "single":
            return dealer.one(key, list(world.options[key].values()))
        case "multiple":
            return tuple(
                dealer.random.sample(list(world.options[key].values()), dealer.one(key, (1, 2)))
            )
    return dealer.text(key)  # fmt: skip


def values_of(field: Field, world: World, known: dict[str, str]) -> tuple[str, ...]:
    """What to compare a field with; `known` are the values that the asker may name."""
    kind = world.kinds.get(field.key, field.key)
    if field.kind == Kind.DATE or field.kind == Kind.YES_NO:
        return ()
    if field.key == "stage":
        return tuple(one for one in VALUES["stage"] if one.endswith("*") or one in known)
    if kind in VALUES:
        return VALUES[kind]
    if field.kind == Kind.TEXT:
        return TEXTS
    starts = sorted({name[:3].lower() + "*" for name in known.values()})
    return (*sorted(known, key=int), *starts, "zzz*")


def conditions(
    field: Field, world: World, known: dict[str, str], *, has_me: bool
) -> list[Condition]:
    """Conditions with every operator of the field, and with every value."""
    values = list(values_of(field, world, known))
    if has_me and field.key in {"owner", "field.member", "candidacy.member"}:
        values.append("me")
    return [
        Condition(field.key, operator, chosen)
        for operator in field.operators
        for chosen in _chosen(field, operator, values)
    ]


def _chosen(field: Field, operator: str, values: list[str]) -> Iterator[tuple[str, ...]]:
    if operator in {"set", "empty", "yes", "no"}:
        yield ()
        return
    if field.kind == Kind.DATE:
        values = list(SPANS) if operator in {"within", "not_within", "older", "next"} else _days()
    if operator == "between":
        yield from pairwise(values)
        yield values[0], values[-1]
        yield values[-1], values[0]
        yield values[1], values[1]
        return
    if operator in {"none", "not_within"}:
        # What is the opposite of another needs fewer to show it.
        values = values[::2]
    for value in values:
        yield (value,)
    if operator in {"any", "none", "all"}:
        yield from zip(values[::2], values[1::2], strict=False)
        yield tuple(values[:3])


def _days() -> list[str]:
    return [(TODAY + timedelta(days=ahead)).isoformat() for ahead in (-30, -7, -1, 0, 1, 8)]


def tree(random: Random, drawn: Sequence[Condition]) -> Group:
    """A tree of a few conditions in groups of every kind."""
    return Group(Combine.ALL, tuple(_node(random, drawn, 3) for _ in range(random.randint(1, 3))))


def _node(random: Random, drawn: Sequence[Condition], depth: int) -> Condition | Group:
    if depth == 0 or random.random() < 0.45:
        return random.choice(drawn)
    parts = tuple(_node(random, drawn, depth - 1) for _ in range(random.randint(1, 3)))
    return Group(random.choice(list(Combine)), parts)

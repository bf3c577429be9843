"""The plain reading of days, places, jobs, companies, warmth and custom fields; and what reads each field."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import atan2, cos, radians, sin, sqrt

from candidates.folding import fold, words_of
from candidates.queries.search import Condition
from tests.candidates.search.naive import (
    Asker,
    Check,
    Person,
    Rule,
    anything,
    code,
    email,
    ids,
    ids_hold,
    is_true,
    note,
    number_fits,
    phone,
    resume,
    several,
    texts,
    texts_hold,
    wanted_pay,
)

LEVELS = ("a1", "a2", "b1", "b2", "c1", "c2", "native")
DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
# Latitude, longitude and time zone of the towns that people of these tests live in.
TOWNS = {
    ("Lisbon", "PT"): (38.73, -9.15, "Europe/Lisbon"),
    ("Sintra", "PT"): (38.80, -9.38, "Europe/Lisbon"),
    ("Porto", "PT"): (41.15, -8.61, "Europe/Lisbon"),
    ("Madrid", "ES"): (40.42, -3.70, "Europe/Madrid"),
    ("Łódź", "PL"): (51.77, 19.47, "Europe/Warsaw"),
    ("New York", "US"): (40.71, -74.01, "America/New_York"),
    ("Suva", "FJ"): (-18.14, 178.43, "Pacific/Fiji"),
    ("Apia", "WS"): (-13.83, -171.77, "Pacific/Apia"),
}
# What a contact is worth: to the person's side, to ours.
CONTACTS = {
    "meeting": (30, 10),
    "mail_received": (30, 0),
    "call": (18, 7),
    "text": (0, 5),
    "social": (0, 5),
    "mail_sent": (0, 3),
}
DOINGS = {"mail_received", "auto_reply", "bounce", "unsubscribe"}
FORMS = {"gmbh", "inc", "ltd"}
DEAD = {"bounced", "wrong"}


def day_fits(node: Condition, day: date, today: date) -> bool:
    """Whether a day is one of those that the condition means."""
    if node.operator in {"within", "older", "next"}:
        span = timedelta(days=int(node.values[0][:-1]) * DAYS[node.values[0][-1]])
        if node.operator == "next":
            return today <= day <= today + span
        return today - span <= day <= today if node.operator == "within" else day < today - span
    asked = sorted(map(date.fromisoformat, node.values))
    match node.operator:
        case "from":
            return day >= asked[0]
        case "before":
            return day < asked[0]
        case "on" | "between":
            return asked[0] <= day <= asked[-1]
    raise AssertionError(node)


def days(of: Callable[[Person, Asker], Iterable[date | datetime | None]]) -> Check:
    """Days, and moments as the days they fall on for the asker."""

    def check(node: Condition, person: Person, asker: Asker) -> bool:
        return days_hold(node, of(person, asker), asker)

    return check


def days_hold(node: Condition, own: Iterable[date | datetime | None], asker: Asker) -> bool:
    known = [
        asker.day_of(one) if isinstance(one, datetime) else one for one in own if one is not None
    ]
    if node.operator == "set":
        return bool(known)
    return any(day_fits(node, day, asker.today) for day in known)


def moment(name: str) -> Check:
    return days(lambda person, _: [getattr(person, name)])


def language(node: Condition, person: Person, asker: Asker) -> bool:
    if node.operator == "set":
        return bool(person.languages)

    def speaks(value: str) -> bool:
        name, _, level = value.partition(" ")
        own = person.languages.get(name)
        return own is not None and (not level or own in LEVELS[LEVELS.index(level) :])

    return several(node, asker, speaks)


def distance(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Kilometers along a great circle (haversine), the earth being a ball of 6371 km."""
    up, across = radians(there[0] - here[0]), radians(there[1] - here[1])
    part = sin(up / 2) ** 2 + cos(radians(here[0])) * cos(radians(there[0])) * sin(across / 2) ** 2
    return 6371 * 2 * atan2(sqrt(part), sqrt(1 - part))


def near(node: Condition, person: Person, asker: Asker) -> bool:
    """Values are written as “Lisbon, PT 50 km”."""
    town = TOWNS.get((person.city, person.country))

    def is_near(value: str) -> bool:
        where, kilometers = value.removesuffix(" km").rsplit(" ", 1)
        name, country = where.split(", ")
        return town is not None and distance(TOWNS[name, country][:2], town[:2]) <= int(kilometers)

    return several(node, asker, is_near)


def zone(node: Condition, person: Person, asker: Asker) -> bool:
    """What the person said; else the time zone of the town."""
    town = TOWNS.get((person.city, person.country))
    own = (person.wishes.zone if person.wishes else "") or (town[2] if town else "")
    return bool(own) if node.operator == "set" else several(node, asker, own.__eq__)


def company_of(name: str) -> tuple[str, ...]:
    """The words of a company's name without its legal form."""
    words = words_of(fold(name.replace(".", "")))
    while len(words) > 1 and words[-1] in FORMS:
        words.pop()
    return tuple(words)


def concerns(rule: Rule, person: Person, today: date) -> bool:
    """Whether the person works, or worked, where nobody is written to."""
    if rule.until is not None and rule.until < today:
        return False
    if person.company and company_of(person.company) == company_of(rule.name):
        return True
    for address, state in person.emails:
        domain = address.split("@")[1]
        if rule.domain and state not in DEAD and rule.domain in {domain, domain.partition(".")[2]}:
            return True
    for held in person.positions:
        if not held.company or company_of(held.company) != company_of(rule.name):
            continue
        if held.is_current or rule.scope == "ever":
            return True
        if rule.scope == "recent":
            if held.end_year is None or rule.years is None:
                return True
            if (held.end_year + rule.years, held.end_month or 12) >= (today.year, today.month):
                return True
    return False


def contactable(person: Person, asker: Asker) -> bool:
    alive = [address for address, state in person.emails if state not in DEAD]
    # Who unsubscribed has left, unless that was taken back at that moment or later.
    again = [at for kind, at in person.entries if kind == "mail_again"]
    left = any(
        kind == "unsubscribe" and not any(back >= at for back in again)
        for kind, at in person.entries
    )
    rests = person.status in {"do_not_contact", "not_now"}
    blocked = any(rule.is_blocking and concerns(rule, person, asker.day) for rule in asker.rules)
    return bool(alive) and not rests and not left and not blocked


def warmth(person: Person, now: datetime) -> int:
    """The score: both sides' points halve in 90 days, what we gave beyond theirs counts a tenth."""
    left = [at for kind, at in person.entries if kind == "unsubscribe"]
    theirs = ours = 0.0
    for kind, at in person.entries:
        if kind in CONTACTS:
            worth = 0.5 ** ((now - at).total_seconds() / 86400 / 90)
            if left and at < max(left):
                worth /= 10
            theirs += CONTACTS[kind][0] * worth
            ours += CONTACTS[kind][1] * worth
    points = theirs + min(theirs, ours) + max(0.0, ours - theirs) / 10
    return round(100 - 100 * 0.5 ** (points / 40))


def stage(node: Condition, person: Person, asker: Asker) -> bool:
    return ids_hold(
        node,
        (fold(one.stage) for one in [*asker.standings(person), *asker.places(person)]),
        asker,
    )


def _past(name: str) -> Check:
    return texts(
        lambda person: [getattr(one, name) for one in person.positions if not one.is_current]
    )


CHECKS: dict[str, Check] = {
    "text": anything,
    "name": texts(lambda person: [person.name]),
    "title": texts(lambda person: [person.title]),
    "company": texts(lambda person: [person.company]),
    "past_title": _past("title"),
    "past_company": _past("company"),
    "school": texts(lambda person: [school for school, _, _ in person.schools]),
    "skill": ids(lambda person, _: person.skills),
    "language": language,
    "city": texts(lambda person: [person.city]),
    "country": code("country"),
    "near": near,
    "timezone": zone,
    "email": email,
    "phone": phone,
    "note": note,
    "resume": resume,
    "tag": ids(lambda person, _: person.tags),
    "pool": ids(lambda person, _: person.pools),
    "owner": code("owner"),
    "status": code("status"),
    "source": code("source"),
    "added": moment("added"),
    "changed": moment("changed"),
    "task": days(lambda person, _: [day for day, is_done in person.tasks if not is_done]),
    "snoozed": days(lambda person, _: [day for day, is_over in person.snoozes if not is_over]),
    "contacted": moment("contacted"),
    "replied": moment("replied"),
    "warmth": lambda node, person, asker: number_fits(node, Decimal(warmth(person, asker.now))),
    "engagement": ids(lambda person, _: DOINGS & {kind for kind, _ in person.entries}),
    "contactable": is_true(contactable),
    "basis": code("basis"),
    "remote": ids(lambda person, _: [person.wishes.remote] if person.wishes and person.wishes.remote else []),
    "starts": days(lambda person, _: [person.wishes.starts if person.wishes else None]),
    "wantsrole": texts(lambda person: [person.wishes.role] if person.wishes and person.wishes.role else []),
    "wantsplace": texts(lambda person: [person.wishes.place] if person.wishes and person.wishes.place else []),
    "wantspay": wanted_pay,
    "sequence": ids(lambda person, _: [sequence for sequence, _, _ in person.enrollments]),
    "enrolled": days(lambda person, _: [since for _, _, since in person.enrollments]),
    "onsequence": is_true(lambda person, _: any(state in {"active", "paused"} for _, state, _ in person.enrollments)),
    "job": ids(lambda person, asker: [one.where for one in asker.standings(person)]),
    "stage": stage,
    "considered": is_true(lambda person, asker: any(not one.is_closed for one in asker.standings(person))),
    "moved": days(lambda person, asker: [one.since for one in [*asker.standings(person), *asker.places(person)]]),
}  # fmt: skip


def _in_words(node: Condition, own: list[object], asker: Asker) -> bool:
    return texts_hold(node, map(str, own), asker)


def _in_numbers(node: Condition, own: list[object], asker: Asker) -> bool:
    """Numbers are pairs with their currency."""
    if node.operator == "set":
        return bool(own)
    return any(number_fits(node, *one) for one in own)


def _in_choices(node: Condition, own: list[object], asker: Asker) -> bool:
    chosen: list[object] = []
    for one in own:
        chosen += one if isinstance(one, tuple) else [one]
    return ids_hold(node, chosen, asker)


# By the kind of a custom field: what reads the values that one person has in it.
CUSTOM: dict[str, Callable[[Condition, list[object], Asker], bool]] = {
    "text": _in_words,
    "long_text": _in_words,
    "url": _in_words,
    "file": _in_words,
    "number": _in_numbers,
    "money": _in_numbers,
    "date": days_hold,
    "single": _in_choices,
    "multiple": _in_choices,
    "boolean": _in_choices,
    "member": _in_choices,
}


def custom_check(key: str, kind: str) -> Check:
    """What reads the custom field `field.…` of a person, or `candidacy.…` of their candidacies."""

    def check(node: Condition, person: Person, asker: Asker) -> bool:
        held: list[dict[str, object]] = [person.custom]
        if key.startswith("candidacy."):
            held = [one.custom for one in asker.standings(person)]
        return CUSTOM[kind](node, [own[key] for own in held if key in own], asker)

    return check


def checks_of(kinds: dict[str, str]) -> dict[str, Check]:
    """What reads each field: the registered ones, and the custom ones of these kinds."""
    return CHECKS | {key: custom_check(key, kind) for key, kind in kinds.items()}

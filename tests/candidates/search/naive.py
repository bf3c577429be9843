"""What a search means, said again the plainest way: one person at a time, in memory, without an index."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from candidates.folding import fold, words_of
from candidates.queries.search import Combine, Condition, Group


@dataclass
class Person:
    """Everything of a person that the random searches ask for."""

    name: str
    company: str = ""
    title: str = ""
    city: str = ""
    country: str = ""
    status: str = "new"
    owner: int | None = None
    contacted: int | None = None  # days ago
    tags: frozenset[int] = frozenset()
    skills: dict[int, str] = field(default_factory=dict)
    pools: frozenset[int] = frozenset()
    emails: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    private_notes: tuple[str, ...] = ()
    notice: int | None = None
    visa: bool | None = None
    languages: dict[str, str] = field(default_factory=dict)
    unsubscribed: bool = False

    @property
    def record(self) -> list[str]:
        parts = [self.name, self.company, self.title, self.city, *self.emails]
        return words_of(fold(" ".join([*parts, *sorted(self.skills.values())])))


LEVELS = ("a1", "a2", "b1", "b2", "c1", "c2", "native")


def matches(node: Condition | Group, person: Person, *, reads_private: bool = False) -> bool:
    if isinstance(node, Group):
        found = [matches(part, person, reads_private=reads_private) for part in node.parts]
        if node.combine == Combine.ALL:
            return all(found)
        return not any(found) if node.combine == Combine.NONE else any(found)
    opposite = {"none": "any", "empty": "set", "not_within": "within", "no": "yes"}
    if node.operator in opposite:
        positive = Condition(node.field, opposite[node.operator], node.values)
        return not matches(positive, person, reads_private=reads_private)
    return CHECKS[node.field](node, person, reads_private)


def holds(term: str, words: list[str], *, is_record: bool) -> bool:
    """Whether the words stand there one after the other; the last one may go on, where the term lets it."""
    is_exact = term.startswith('"')
    is_beginning = term.endswith("*") or (is_record and not is_exact)
    *before, last = words_of(fold(term.strip('"*')))
    length = len(before) + 1
    for start in range(len(words) - length + 1):
        *first, final = words[start : start + length]
        fits = final.startswith(last) if is_beginning else final == last
        if first == before and fits:
            return True
    return False


def _text(node, person, reads_private):
    notes = [words_of(fold(" ".join(person.notes)))]
    if reads_private:
        notes += [words_of(fold(note)) for note in person.private_notes]

    def found(term):
        # A private note is looked through as a text of its own, word beginnings included.
        private = notes[1:]
        return (
            holds(term, person.record, is_record=True)
            or holds(term, notes[0], is_record=False)
            or any(holds(term, note, is_record=False) for note in private)
        )

    return _several(node, found)


def _several(node, found):
    return (all if node.operator == "all" else any)(found(value) for value in node.values)


def _column(name):
    def check(node, person, _):
        value = getattr(person, name)
        if node.operator == "set":
            return bool(value)
        return _several(node, lambda term: holds(term, words_of(fold(value)), is_record=True))

    return check


def _code(name):
    def check(node, person, _):
        value = getattr(person, name)
        return bool(value) if node.operator == "set" else str(value) in node.values

    return check


def _many(name):
    def check(node, person, _):
        own = {str(value) for value in getattr(person, name)}
        return bool(own) if node.operator == "set" else _several(node, own.__contains__)

    return check


def _contacted(node, person, _):
    if node.operator == "set":
        return person.contacted is not None
    if person.contacted is None:
        return False
    today = date.today()  # noqa: DTZ011 - the test's day
    day = today - timedelta(days=person.contacted)
    ago = {"d": 1, "w": 7, "m": 30, "y": 365}
    match node.operator:
        case "within" | "older":
            number, unit = int(node.values[0][:-1]), node.values[0][-1]
            since = today - timedelta(days=number * ago[unit])
            return day >= since if node.operator == "within" else day < since
        case "from":
            return day >= date.fromisoformat(node.values[0])
        case "before":
            return day < date.fromisoformat(node.values[0])
        case "on":
            return day == date.fromisoformat(node.values[0])
    first, last = sorted(map(date.fromisoformat, node.values))
    return first <= day <= last


def _notice(node, person, _):
    if node.operator == "set" or person.notice is None:
        return person.notice is not None
    low, *high = sorted(map(float, node.values))
    match node.operator:
        case "at_least":
            return person.notice >= low
        case "at_most":
            return person.notice <= low
        case "equals":
            return person.notice == low
    return low <= person.notice <= high[0]


def _visa(node, person, _):
    if node.operator == "set" or person.visa is None:
        return person.visa is not None
    return str(person.visa) in node.values


def _language(node, person, _):
    if node.operator == "set":
        return bool(person.languages)

    def speaks(value):
        name, _, level = value.partition(" ")
        own = person.languages.get(name)
        return own is not None and (not level or own in LEVELS[LEVELS.index(level) :])

    return _several(node, speaks)


def _contactable(node, person, _):
    return (
        bool(person.emails)
        and person.status not in {"do_not_contact", "not_now"}
        and not person.unsubscribed
    )


def _note(node, person, reads_private):
    if node.operator == "set":
        return bool(person.notes)
    public = Person(name="", notes=person.notes, private_notes=person.private_notes)
    return _text(node, public, reads_private)


CHECKS = {
    "text": _text,
    "name": _column("name"),
    "company": _column("company"),
    "title": _column("title"),
    "city": _column("city"),
    "country": _code("country"),
    "status": _code("status"),
    "owner": _code("owner"),
    "tag": _many("tags"),
    "skill": _many("skills"),
    "pool": _many("pools"),
    "contacted": _contacted,
    "field.notice": _notice,
    "field.visa": _visa,
    "language": _language,
    "contactable": _contactable,
    "note": _note,
}

"""What a search means, said again the plainest way: one person at a time, in memory, without an index."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from candidates.folding import fold, words_of
from candidates.queries.search import Combine, Condition, Group


@dataclass(frozen=True)
class Position:
    """A position that somebody holds or held."""

    title: str
    company: str
    is_current: bool = False
    end_year: int | None = None
    end_month: int | None = None


@dataclass(frozen=True)
class Wishes:
    """What somebody said of the next job; each may be unknown."""

    remote: str = ""
    zone: str = ""
    starts: date | None = None
    role: str = ""
    place: str = ""
    # From, to, currency, period.
    pay: tuple[int | None, int | None, str, str] | None = None


@dataclass(frozen=True)
class Standing:
    """Where somebody stands on a job, or in a pool with stages, and what was written down about that."""

    where: int
    stage: str
    since: datetime
    is_closed: bool = False
    is_shortlisted: bool = False
    custom: dict[str, object] = field(default_factory=dict)


@dataclass
class Person:
    """Everything of a person that the searches ask for."""

    name: str
    added: datetime
    changed: datetime
    preferred: str = ""
    company: str = ""
    title: str = ""
    city: str = ""
    country: str = ""
    status: str = "new"
    basis: str = "consent"
    owner: int | None = None
    source: int | None = None
    contacted: datetime | None = None
    replied: datetime | None = None
    tags: frozenset[int] = frozenset()
    skills: dict[int, str] = field(default_factory=dict)
    pools: frozenset[int] = frozenset()
    languages: dict[str, str] = field(default_factory=dict)
    # Addresses with their states; numbers in E.164, or empty where nobody could read them.
    emails: tuple[tuple[str, str], ...] = ()
    phones: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    # Private notes with those who may read them.
    private_notes: tuple[tuple[str, frozenset[int]], ...] = ()
    # Texts of résumés with their states.
    resumes: tuple[tuple[str, str], ...] = ()
    positions: tuple[Position, ...] = ()
    # School, degree, field of study.
    schools: tuple[tuple[str, str, str], ...] = ()
    wishes: Wishes | None = None
    # What happened: its kind and when.
    entries: tuple[tuple[str, datetime], ...] = ()
    # Days with whether they are over: tasks that are done, snoozes that ended.
    tasks: tuple[tuple[date | None, bool], ...] = ()
    snoozes: tuple[tuple[date, bool], ...] = ()
    candidacies: tuple[Standing, ...] = ()
    places: tuple[Standing, ...] = ()
    # Sequence, state, since when.
    enrollments: tuple[tuple[int, str, datetime], ...] = ()
    custom: dict[str, object] = field(default_factory=dict)

    def record(self, asker: "Asker") -> list[str]:
        """The words of the record, in the order in which it is looked through."""
        parts = [self.name, self.preferred, self.company, self.title, self.city]
        parts += [address for address, _ in self.emails]
        parts += [*self.phones, *sorted(self.skills.values())]
        for key, value in self.custom.items():
            if key in asker.searchable:
                parts.append(asker.names.get(key, {}).get(str(value), str(value)))
        parts += [f"{one.title} {one.company}" for one in self.positions]
        parts += [" ".join(school) for school in self.schools]
        return words_of(fold(" ".join(parts)))


@dataclass(frozen=True)
class Rule:
    """A company that is not written to; `until` is its last day."""

    name: str
    domain: str = ""
    scope: str = "now"
    years: int | None = None
    is_blocking: bool = True
    until: date | None = None


@dataclass(frozen=True)
class Asker:
    """Who asks, when and where, and what the organization has."""

    now: datetime
    zone: ZoneInfo
    # The day by which rules about companies are counted.
    day: date
    user: int | None
    is_manager: bool
    jobs: frozenset[int]
    # Names of values by field, for values such as py*; the kinds of custom fields.
    names: dict[str, dict[str, str]]
    kinds: dict[str, str]
    searchable: frozenset[str]
    rules: tuple[Rule, ...]

    @property
    def today(self) -> date:
        return self.day_of(self.now)

    def day_of(self, moment: datetime) -> date:
        """On which day something happened where the asker lives."""
        return moment.astimezone(self.zone).date()

    def standings(self, person: Person) -> list[Standing]:
        """Where a person stands on jobs, as far as the asker knows: managers know who was shown to them."""
        return [
            one
            for one in person.candidacies
            if one.where in self.jobs and (one.is_shortlisted or not self.is_manager)
        ]

    def places(self, person: Person) -> list[Standing]:
        """Where a person stands in pools. Managers know nothing of pools."""
        return [] if self.is_manager else [one for one in person.places if not one.is_closed]

    def meant(self, key: str, value: str) -> list[str]:
        """The values that one stands for: oneself, or all whose names begin so."""
        if value == "me" and key in self.names:
            return [str(self.user)]
        if key not in self.names or not value.endswith("*"):
            return [value]
        start = fold(value[:-1])
        return [one for one, name in self.names[key].items() if fold(name).startswith(start)]


Check = Callable[[Condition, Person, Asker], bool]
OPPOSITES = {"none": "any", "empty": "set", "not_within": "within", "no": "yes"}


def finds(tree: Group, person: Person, asker: Asker, checks: dict[str, Check]) -> bool:
    """Whether the search finds the person. Managers find nobody but whom they are shown."""
    if asker.is_manager and not any(one.is_shortlisted for one in asker.standings(person)):
        return False
    return matches(tree, person, asker, checks)


def matches(
    node: Condition | Group, person: Person, asker: Asker, checks: dict[str, Check]
) -> bool:
    """Whether the tree holds of the person."""
    if isinstance(node, Group):
        found = [matches(part, person, asker, checks) for part in node.parts]
        if node.combine == Combine.ALL:
            return all(found)
        return not any(found) if node.combine == Combine.NONE else any(found)
    check = checks[node.field]
    if node.operator in OPPOSITES:
        positive = Condition(node.field, OPPOSITES[node.operator], node.values)
        return not check(positive, person, asker)
    return check(node, person, asker)


def several(node: Condition, asker: Asker, found: Callable[[str], bool]) -> bool:
    """Whether any of the values, or all of them, are found."""
    each = (any(map(found, asker.meant(node.field, value))) for value in node.values)
    return all(each) if node.operator == "all" else any(each)


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


def digits_in(term: str) -> str:
    """The digits of what looks like a phone number, without the zeros in front; nothing of anything else."""
    body = term.strip('"*')
    digits = "".join(letter for letter in body if letter.isdigit())
    is_number = len(digits) >= 5 and all(sign.isdigit() or sign in " +-/()." for sign in body)
    return digits.lstrip("0") if is_number else ""


def long_words(texts: Iterable[str]) -> list[str]:
    """The words of texts that are read one after the other."""
    return words_of(fold(" ".join(texts)))


def resumes_of(person: Person) -> list[str]:
    return [text for text, state in person.resumes if state == "accepted"]


def private_of(person: Person, asker: Asker) -> list[list[str]]:
    """The words of the private notes that the asker may read, each for itself."""
    own = [text for text, readers in person.private_notes if asker.user in readers]
    return [words_of(fold(text)) for text in own]


def anything(node: Condition, person: Person, asker: Asker) -> bool:
    long = [long_words([*person.notes, *resumes_of(person)]), *private_of(person, asker)]

    def found(term: str) -> bool:
        digits = digits_in(term)
        return (
            holds(term, person.record(asker), is_record=True)
            or any(holds(term, text, is_record=False) for text in long)
            or (digits != "" and any(digits in number for number in person.phones))
        )

    return several(node, asker, found)


def note(node: Condition, person: Person, asker: Asker) -> bool:
    private = private_of(person, asker)
    if node.operator == "set":
        return bool(person.notes or private)
    texts = [long_words(person.notes), *private]
    return several(
        node, asker, lambda term: any(holds(term, text, is_record=False) for text in texts)
    )


def resume(node: Condition, person: Person, asker: Asker) -> bool:
    own = resumes_of(person)
    if node.operator == "set":
        return bool(own)
    return several(node, asker, lambda term: holds(term, long_words(own), is_record=False))


def texts(of: Callable[[Person], Iterable[str]]) -> Check:
    """Words in texts that each stand for themselves."""

    def check(node: Condition, person: Person, asker: Asker) -> bool:
        return texts_hold(node, of(person), asker)

    return check


def texts_hold(node: Condition, own: Iterable[str], asker: Asker) -> bool:
    own = [text for text in own if text]
    if node.operator == "set":
        return bool(own)
    read = [words_of(fold(text)) for text in own]
    return several(
        node, asker, lambda term: any(holds(term, words, is_record=True) for words in read)
    )


def email(node: Condition, person: Person, asker: Asker) -> bool:
    if node.operator == "set":
        return bool(person.emails)
    return several(
        node,
        asker,
        lambda term: any(term.strip('"*').lower() in address for address, _ in person.emails),
    )


def phone(node: Condition, person: Person, asker: Asker) -> bool:
    if node.operator == "set":
        return bool(person.phones)

    def found(term: str) -> bool:
        part = digits_in(term) or "".join(words_of(fold(term.strip('"*')))).lstrip("0") or "0"
        return any(part in number for number in person.phones)

    return several(node, asker, found)


def code(name: str) -> Check:
    """One code or id, which may be unknown."""

    def check(node: Condition, person: Person, asker: Asker) -> bool:
        value = getattr(person, name)
        if node.operator == "set":
            return bool(value)
        return several(node, asker, str(value).__eq__)

    return check


def ids(of: Callable[[Person, Asker], Iterable[object]]) -> Check:
    """Several codes or ids."""

    def check(node: Condition, person: Person, asker: Asker) -> bool:
        return ids_hold(node, of(person, asker), asker)

    return check


def ids_hold(node: Condition, own: Iterable[object], asker: Asker) -> bool:
    found = {str(value) for value in own}
    return bool(found) if node.operator == "set" else several(node, asker, found.__contains__)


def is_true(of: Callable[[Person, Asker], bool]) -> Check:
    def check(node: Condition, person: Person, asker: Asker) -> bool:
        return of(person, asker)

    return check


def number_fits(node: Condition, number: Decimal, currency: str = "") -> bool:
    """Whether a number is one of those that the condition means, in the currency that it names."""
    asked = [value.replace(" ", "") for value in node.values]
    if any(value[-3:].isalpha() and value[-3:].upper() != currency for value in asked):
        return False
    low, high = min(map(_number, asked)), max(map(_number, asked))
    match node.operator:
        case "at_least":
            return number >= low
        case "at_most":
            return number <= high
        case "equals" | "between":
            return low <= number <= high
    raise AssertionError(node)


def wanted_pay(node: Condition, person: Person, asker: Asker) -> bool:
    """Whether some amount a year is both wanted and asked for."""
    if not person.wishes or not person.wishes.pay:
        return False
    low, high, currency, period = person.wishes.pay
    if node.operator == "set":
        return True
    times = {"year": 1, "month": 12, "day": 220, "hour": 1760}[period]
    ends = [end * times for end in (low, high) if end is not None]
    asked = [value.replace(" ", "") for value in node.values]
    if any(value[-3:].isalpha() and value[-3:].upper() != currency for value in asked):
        return False
    least, most = min(map(_number, asked)), max(map(_number, asked))
    is_too_little = node.operator != "at_most" and max(ends) < least
    is_too_much = node.operator != "at_least" and min(ends) > most
    return not is_too_little and not is_too_much


def _number(text: str) -> Decimal:
    return Decimal(text[:-3] if text[-3:].isalpha() else text)

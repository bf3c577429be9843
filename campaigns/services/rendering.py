"""Merge fields in mail texts: `{{ first_name | there }}`. Own small parser; a value is never expanded again."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from campaigns.models import ContentItem, Sender, Signature
from campaigns.services.library import CONTENT, address_of, items_named, items_offered, why_unknown
from candidates.models import Candidate
from candidates.queries import custom_fields, custom_values_of_all
from crm.tenancy.scope import current_organization

VALUE_LENGTH = 200

# Everything between double braces, so that a misspelled field is found and not sent as text.
_FIELD = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_BRACES = re.compile(r"\{\{|\}\}")
_NAME = re.compile(r"[a-z_]+(?:\.[a-z0-9_]+)?")
# An organization's own field, by its key.
CUSTOM = "custom."
_NO_NAME = re.compile("[@?\ufffd]")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\s]+")


class Rendered(NamedTuple):
    """A text ready to send, and the fields that had neither value nor fallback (then it must not be sent).

    `items` are those of the content library that it links to.
    """

    text: str
    missing: list[str]
    items: tuple[ContentItem, ...] = ()


@dataclass(frozen=True)
class Problem:
    """What is wrong with a text, and where (both counted from 1)."""

    line: int
    column: int
    sentence: str

    def __str__(self) -> str:
        return f"Line {self.line}, column {self.column}: {self.sentence}"


def _first_name(candidate: Candidate) -> str:
    return candidate.preferred_name or _words(candidate.full_name)[0]


def _words(name: str) -> list[str]:
    # A name that is an address, or has lost letters on its way, as some imports have it, is no name to write to.
    return [""] if _NO_NAME.search(name) else name.split() or [""]


class Sources:
    """What texts may name besides columns of a person: read when it is first named, once for all of these people."""

    def __init__(self, candidate_ids: Iterable[int]) -> None:
        self._candidate_ids = list(candidate_ids)
        self._signatures: dict[int, str] = {}
        self._items: dict[str, ContentItem] = {}
        self._asked: set[str] = set()

    def signature_of(self, sender: Sender) -> str:
        """How the member behind a sender signs; never missing, for everybody has a name."""
        if sender.pk not in self._signatures:
            own = Signature.objects.filter(user=sender.user_id)
            signature = own.first() if sender.user_id else None
            self._signatures[sender.pk] = signature.body if signature else sender.name
        return self._signatures[sender.pk]

    def items_in(self, text: str) -> Mapping[str, ContentItem]:
        """Items of the library by field, with all that `text` names."""
        if CONTENT in text:
            named = {name for _, name, _ in _parse(text) if name} - self._asked
            self._asked |= named
            self._items |= items_named(named)
        return self._items

    def custom_of(self, candidate: Candidate) -> dict[str, str]:
        """What the candidate has in each of the organization's own fields, in words; of none that is hidden."""
        return self._custom[candidate.pk]

    @cached_property
    def _custom(self) -> dict[int, dict[str, str]]:
        held = custom_values_of_all(self._candidate_ids, role=None)
        return {
            candidate_id: {
                f"{CUSTOM}{one.field.key}": one.shown for one in own if not one.field.is_private
            }
            for candidate_id, own in held.items()
        }


@dataclass(frozen=True)
class MergeField:
    """A field that a mail may name, and how to read it."""

    label: str
    read: Callable[[Candidate, Sender, Sources], str]
    has_lines: bool = False


FIELDS: dict[str, MergeField] = {
    "first_name": MergeField("First name", lambda candidate, *_: _first_name(candidate)),
    "last_name": MergeField(
        "Last name", lambda candidate, *_: " ".join(_words(candidate.full_name)[1:])
    ),
    "full_name": MergeField(
        "Full name", lambda candidate, *_: " ".join(_words(candidate.full_name))
    ),
    "company": MergeField("Company", lambda candidate, *_: candidate.company),
    "title": MergeField("Current title", lambda candidate, *_: candidate.headline),
    "city": MergeField("City", lambda candidate, *_: candidate.city),
    "sender_name": MergeField("Sender's name", lambda _, sender, __: sender.name),
    "sender_first_name": MergeField(
        "Sender's first name", lambda _, sender, __: _words(sender.name)[0]
    ),
    "sender_address": MergeField("Sender's address", lambda _, sender, __: sender.address),
    "signature": MergeField(
        "Signature", lambda _, sender, sources: sources.signature_of(sender), has_lines=True
    ),
    "organization": MergeField("Your organization", lambda *_: current_organization().name),
}


def render(
    text: str,
    candidate: Candidate,
    *,
    sender: Sender,
    quote: Callable[[str], str] = str,
    sources: Sources | None = None,
) -> Rendered:
    """Fill the merge fields of `text` for `candidate`; `quote` makes values harmless where signs mean something.

    There an item of the library is a link; in a text without signs, such as a subject, it is its title alone.
    What is not a known field counts as missing: a text that was never checked must not go out raw.
    `sources` are those of everybody who gets such a text; without them they are read for this one.
    """
    if "{{" not in text:
        return Rendered(text, [])
    missing: list[str] = []
    parts = []
    sources = sources or Sources([candidate.pk])
    custom = sources.custom_of(candidate) if CUSTOM in text else {}
    content = sources.items_in(text)
    linked: dict[str, ContentItem] = {}
    for literal, name, fallback in _parse(text):
        parts.append(literal)
        if name is None:
            continue
        if item := content.get(name):
            if quote is str:
                parts.append(item.title)
            else:
                parts.append(f"[{quote(item.title)}]({address_of(item)})")
                linked[name] = item
            continue
        field = FIELDS.get(name)
        value = field.read(candidate, sender, sources) if field else custom.get(name, "")
        if field and field.has_lines:
            parts.append(value)
            continue
        value = _BREAKS.sub(" ", value).strip()
        if value:
            parts.append(quote(value[:VALUE_LENGTH]))
            continue
        if not fallback or (field is None and name not in custom):
            missing.append(name)
        parts.append(fallback)
    return Rendered("".join(parts), missing, tuple(linked.values()))


def fill(text: str, values: Mapping[str, str], *, quote: Callable[[str], str] = str) -> str:
    """Fill a text that names these values and nothing else; one that has no such value loses the field."""
    parts = []
    for literal, name, _ in _parse(text):
        parts.append(literal)
        if name is not None:
            value = _BREAKS.sub(" ", values.get(name, "")).strip()
            parts.append(quote(value[: 2 * VALUE_LENGTH]))
    return "".join(parts)


def find_fields(text: str) -> Iterator[re.Match[str]]:
    """Everything between double braces; group 1 is what stands there.

    Nothing opens behind the last closing braces: without that end, each of many opening ones would be followed
    through the whole text.
    """
    return _FIELD.finditer(text, 0, text.rfind("}}") + 2)


def _without_fields(text: str) -> str:
    """`text` with spaces where its fields are."""
    parts, end = [], 0
    for match in find_fields(text):
        parts += [text[end : match.start()], " " * len(match.group())]
        end = match.end()
    return "".join([*parts, text[end:]])


@lru_cache(maxsize=256)
def _parse(text: str) -> tuple[tuple[str, str | None, str], ...]:
    """`text` as runs of (words as they are, field's name or None at the end, its fallback)."""
    parsed: list[tuple[str, str | None, str]] = []
    end = 0
    for match in find_fields(text):
        name, _, fallback = (part.strip() for part in match.group(1).partition("|"))
        parsed.append((text[end : match.start()], name, fallback))
        end = match.end()
    return (*parsed, (text[end:], None, ""))


def custom_merge_fields() -> dict[str, str]:
    """The organization's own fields that a mail may name, with their labels: none that is hidden from colleagues."""
    return {f"{CUSTOM}{field.key}": field.name for field in custom_fields() if not field.is_private}


def content_fields() -> dict[str, str]:
    """The items of the library that a mail may name, with their titles."""
    items = items_offered().values_list("key", "title")
    return {f"{CONTENT}{key}": title for key, title in items}


def merge_fields() -> dict[str, str]:
    """Every field that a mail may name, with its label."""
    return {**{name: field.label for name, field in FIELDS.items()}, **custom_merge_fields()}


def check(text: str, *, known: Sequence[str] = ()) -> list[Problem]:
    """What would keep `text` from being saved: unknown fields and braces that do not close, with their places.

    Where other fields than those of a person's mail may be named, they are `known`.
    """
    problems = []
    custom = custom_merge_fields() if CUSTOM in text and not known else {}
    content = {} if known else Sources([]).items_in(text)
    names = [*(known or FIELDS), *custom]
    for match in find_fields(text):
        name = match.group(1).partition("|")[0].strip()
        if name in content:
            continue
        if name.startswith(CONTENT) and not known:
            problems.append(_problem(text, match.start(), why_unknown(name)))
        elif name not in names:
            shown = f"“{name}”" if _NAME.fullmatch(name) else "This"
            sentence = f"{shown} is not a merge field. Known are {', '.join(names)}."
            problems.append(_problem(text, match.start(), sentence))
    problems += [
        _problem(
            text, match.start(), f"“{match.group()}” has no partner: write {{{{ first_name }}}}."
        )
        for match in _BRACES.finditer(_without_fields(text))
    ]
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def _problem(text: str, position: int, sentence: str) -> Problem:
    before = text[:position]
    return Problem(before.count("\n") + 1, position - before.rfind("\n"), sentence)

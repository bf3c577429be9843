"""The lines of a list of people, ready to be stamped: every value as it is shown, what differs in shape as HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from html import escape
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from candidates.queries import PersonRow
from candidates.queries.warmth import level_of, score_of
from crm.web.templatetags.web import hue, initials, moment


@dataclass(frozen=True, slots=True)
class Line:
    """One person's line; the names are those of the slots in candidates/table.html."""

    pk: int
    url: str
    name: str
    initials: str
    hue: str
    occupation: str
    cells: SafeString
    warmth: SafeString
    skills: SafeString
    place: str
    last: SafeString
    due: SafeString
    owner: SafeString


class LineMaker:
    """Makes the lines of one page; what many people share is rendered once."""

    def __init__(self, cells: dict[int, list[SafeString]], walk: str) -> None:
        self._cells = cells
        # What the record needs to know of the list, so that one can walk through it there.
        self._walk = walk
        self._now, self._today = timezone.now(), timezone.localdate()
        # The address of nobody: only its number differs from a person's.
        self._before, _, self._after = reverse("candidates:detail", args=[0]).rpartition("0")
        self._rendered: dict[Any, SafeString] = {}
        self._tags: dict[str, str] = {}

    def make(self, person: PersonRow) -> Line:
        return Line(
            pk=person.pk,
            url=f"{self._before}{person.pk}{self._after}{self._walk}{person.at if self._walk else ''}",
            name=person.full_name,
            initials=initials(person.full_name),
            hue=hue(person.pk),
            occupation=person.occupation,
            cells=self._cells_of(person),
            warmth=_warmth(score_of(person.heat, self._now)),
            skills=self._skills(person.skill_names),
            place=person.place,
            last=self._last(person),
            due=_due(person.next_due_on, self._today),
            owner=self._owner(person),
        )

    def _cells_of(self, person: PersonRow) -> SafeString:
        """The cells of the registered columns; the status where there is none, or the first has nothing to say."""
        first, *others = self._cells.get(person.pk) or [SafeString()]
        shown = [first if first.strip() else self._status(person), *others]
        cells = (f'<td class="c-stage">{cell}</td>' for cell in shown)
        return mark_safe("".join(cells))  # noqa: S308 - rendered templates

    def _skills(self, names: Sequence[str]) -> SafeString:
        for name in names:
            if name not in self._tags:
                self._tags[name] = f'<span class="tag">{escape(name)}</span>'
        return mark_safe("".join(map(self._tags.__getitem__, names)))  # noqa: S308 - escaped above

    def _last(self, person: PersonRow) -> SafeString:
        if not person.last_entry:
            return SafeString()
        summary, when = escape(person.last_summary), moment(person.last_at)
        return mark_safe(f'<span class="last"><span class="ell">{summary}</span>{when}</span>')  # noqa: S308 - both escaped

    def _status(self, person: PersonRow) -> SafeString:
        return self._once("candidates/status.html", person.status, candidate=person)

    def _owner(self, person: PersonRow) -> SafeString:
        if not person.owner_id:
            return SafeString()
        return self._once(
            "includes/avatar.html",
            person.owner_id,
            name=person.owner,
            key=person.owner_id,
            size="sm",
            labelled=True,
        )

    def _once(self, template: str, of: object, /, **context: object) -> SafeString:
        if (template, of) not in self._rendered:
            self._rendered[template, of] = render_to_string(template, context)
        return self._rendered[template, of]


@cache
def _warmth(score: int) -> SafeString:
    return render_to_string("candidates/warmth.html", {"score": score, "level": level_of(score)})


@lru_cache(maxsize=2000)
def _due(day: date | None, today: date) -> SafeString:
    """How the day reads today."""
    return render_to_string("candidates/due.html", {"day": day})


def lines_of(
    people: Sequence[PersonRow], cells: dict[int, list[SafeString]], walk: str = ""
) -> list[Line]:
    maker = LineMaker(cells, walk)
    return [maker.make(person) for person in people]

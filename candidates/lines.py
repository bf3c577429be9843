"""The lines of a list of people, ready to be stamped: every value as it is shown, what differs in shape as HTML."""

from collections.abc import Mapping, Sequence
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
from candidates.queries.excerpts import Excerpt
from candidates.queries.search.marking import Marks
from candidates.queries.warmth import level_of, score_of
from crm.web.templatetags.web import hue, initials, moment


@dataclass(frozen=True, slots=True)
class Line:
    """One person's line; the names are those of the slots in candidates/table.html."""

    pk: int
    url: str
    name: str
    # The name with what was searched for marked.
    shown: SafeString
    initials: str
    hue: str
    occupation: SafeString
    excerpt: SafeString
    cells: SafeString
    warmth: SafeString
    skills: SafeString
    place: SafeString
    last: SafeString
    due: SafeString
    owner: SafeString


class LineMaker:
    """Makes the lines of one page; what many people share is rendered once."""

    def __init__(
        self,
        cells: dict[int, list[SafeString]],
        walk: str,
        marks: Marks,
        excerpts: Mapping[int, Excerpt],
    ) -> None:
        self._cells = cells
        # What the record needs to know of the list, so that one can walk through it there.
        self._walk = walk
        self._marks, self._excerpts = marks, excerpts
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
            shown=self._marked(person.full_name, "name"),
            initials=initials(person.full_name),
            hue=hue(person.pk),
            occupation=self._occupation(person),
            excerpt=self._excerpt(person),
            cells=self._cells_of(person),
            warmth=_warmth(score_of(person.heat, self._now)),
            skills=self._skills(person.skill_names),
            place=self._place(person),
            last=self._last(person),
            due=_due(person.next_due_on, self._today),
            owner=self._owner(person),
        )

    def _marked(self, text: str, within: str) -> SafeString:
        return marked(text, self._marks.spans(text, within) if self._marks else [])

    def _occupation(self, person: PersonRow) -> SafeString:
        """Title and company, as a line below the name."""
        parts = [(person.headline, "title"), (person.company, "company")]
        shown = [self._marked(text, within) for text, within in parts if text]
        return mark_safe(" · ".join(shown))  # noqa: S308 - each escaped

    def _place(self, person: PersonRow) -> SafeString:
        """City and country, such as Lisbon, PT."""
        shown = [self._marked(person.city, "city"), escape(person.country)]
        return mark_safe(", ".join(filter(None, shown)))  # noqa: S308 - each escaped

    def _excerpt(self, person: PersonRow) -> SafeString:
        """What a position, a school, a note or a résumé says of what was searched for, where the row does not."""
        excerpt = self._excerpts.get(person.pk)
        if excerpt is None:
            return SafeString()
        text = self._marked(excerpt.text, excerpt.within)
        return mark_safe(f'<span class="excerpt"><b>{excerpt.label}:</b> {text}</span>')  # noqa: S308 - escaped

    def _cells_of(self, person: PersonRow) -> SafeString:
        """The cells of the registered columns; the status where there is none, or the first has nothing to say."""
        first, *others = self._cells.get(person.pk) or [SafeString()]
        shown = [first if first.strip() else self._status(person), *others]
        cells = (f'<td class="c-stage">{cell}</td>' for cell in shown)
        return mark_safe("".join(cells))  # noqa: S308 - rendered templates

    def _skills(self, names: Sequence[str]) -> SafeString:
        for name in names:
            if name not in self._tags:
                self._tags[name] = f'<span class="tag">{self._marked(name, "skill")}</span>'
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


def marked(text: str, spans: Sequence[tuple[int, int]]) -> SafeString:
    """The text with these stretches of it marked."""
    parts, position = [], 0
    for start, end in spans:
        parts += [escape(text[position:start]), f"<mark>{escape(text[start:end])}</mark>"]
        position = end
    parts.append(escape(text[position:]))
    return mark_safe("".join(parts))  # noqa: S308 - every part escaped


def lines_of(
    people: Sequence[PersonRow],
    cells: dict[int, list[SafeString]],
    walk: str = "",
    marks: Marks | None = None,
    excerpts: Mapping[int, Excerpt] | None = None,
) -> list[Line]:
    maker = LineMaker(cells, walk, marks or Marks(), excerpts or {})
    return [maker.make(person) for person in people]

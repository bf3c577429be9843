"""Places on the pages about candidates and pools that higher apps fill: candidates may not import them.

A higher app registers in its `AppConfig.ready()`; what was registered first at equal `order` comes first:

    from candidates import panels

    panels.register_panel("pipelines/panels/candidacies.html", load_candidacies, panels.CANDIDATE_SIDE)
    panels.register_column("Stage", "pipelines/panels/stage_cell.html", load_stages)

- A panel's loader is called as `loader(subject, request)`, where the subject is the candidate, the pool,
  or None (bulk bar), and returns the template's context, or None to show nothing. The template also sees
  `subject` and what every template sees (`request`, `membership`, `may`). Permission belongs into the loader;
  a panel is shown to `roles` only.
- A column's loader is called once for each page of the list as `loader(candidate_ids, request)` and returns
  `{candidate_id: value}`; its template is stamped (`crm.web.stamping`): it names the value's attributes as
  `{% slot "name" %}`. A cell without a value stays empty. At most two queries, constant in rows.
- A pool's column is asked for as `loader(pool, candidate_ids, request)`; where it returns None, the list of that pool
  goes without it. At most two queries, constant in rows.
- A plan's loader returns the next touch that the app has planned (`Plan`), or None: the record shows the
  earliest of all, tasks included.
- In the bulk bar (CANDIDATES_BULK) a template holds buttons of the list's selection form, each with
  `name="action"` and the `formaction` of a view of its own, which reads the choice of people with
  `candidates.forms.selection.selected_ids(request.POST, membership=request.membership)`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from candidates.models import Candidate, TalentPool, Touchpoint
from candidates.queries import PersonRow
from crm.accounts.models import User
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import READERS, Role
from crm.web.stamping import Stamp

# Beside the title of the record: buttons.
CANDIDATE_HEADER = "candidate.header"
# Under the title of the record: what the last automatic act was, what forbids writing.
CANDIDATE_NOTICE = "candidate.notice"
# A fact in the strip below the title, such as whether the person may be written to: a `<div>` with `<dt>`, `<dd>`.
CANDIDATE_FACTS = "candidate.facts"
# A link in the tabs of the record: `<a href="…">`.
CANDIDATE_TABS = "candidate.tabs"
# A card in the right column of the record; the template renders a whole `<section class="card">`.
CANDIDATE_SIDE = "candidate.side"
# Inside the record's privacy card: buttons such as "Erase".
CANDIDATE_PRIVACY = "candidate.privacy"
# Beside the title of a pool's page: buttons.
POOL_HEADER = "pool.header"
# A card in the right column of a pool's page.
POOL_SIDE = "pool.side"
# A section on the home page, for everybody who reads candidates: `<section class="panel">`. The subject is nothing.
HOME = "home"
# Buttons in the bar that appears when people are selected in a list.
CANDIDATES_BULK = "candidates.bulk"

POSITIONS = frozenset(
    {CANDIDATE_HEADER, CANDIDATE_NOTICE, CANDIDATE_FACTS, CANDIDATE_TABS}
    | {CANDIDATE_SIDE, CANDIDATE_PRIVACY}
    | {POOL_HEADER, POOL_SIDE, HOME, CANDIDATES_BULK}
)


@dataclass(frozen=True)
class Plan:
    """A touch that is planned: on which day or at which moment, what, and where more is told of it."""

    at: date | datetime
    words: str
    link: str = ""

    @property
    def day(self) -> date:
        return localtime(self.at).date() if isinstance(self.at, datetime) else self.at


PanelLoader = Callable[[Any, OrganizationRequest], dict[str, Any] | None]
PlanLoader = Callable[[Candidate, OrganizationRequest], Plan | None]
PoolColumnLoader = Callable[[TalentPool, Sequence[int], OrganizationRequest], dict[int, Any] | None]
WordsLoader = Callable[[Sequence[Touchpoint], User], None]
ColumnLoader = Callable[[Sequence[int], OrganizationRequest], dict[int, Any]]


@dataclass(frozen=True)
class Panel:
    template: str
    loader: PanelLoader
    position: str
    order: int
    roles: frozenset[Role]


@dataclass(frozen=True)
class Column:
    heading: str
    template: str
    loader: ColumnLoader


@dataclass(frozen=True)
class PoolColumn:
    heading: str
    template: str
    loader: PoolColumnLoader


@dataclass
class Registry:
    panels: list[Panel] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    pool_columns: list[PoolColumn] = field(default_factory=list)
    plans: list[PlanLoader] = field(default_factory=list)
    words: list[WordsLoader] = field(default_factory=list)


registry = Registry()


def register_panel(
    template: str,
    loader: PanelLoader,
    position: str,
    *,
    order: int = 50,
    roles: frozenset[Role] = READERS,
) -> None:
    """Let `template` appear at `position`, lower `order` first."""
    if position not in POSITIONS:
        raise ValueError(
            f"“{position}” is no position. Choose one of {', '.join(sorted(POSITIONS))}."
        )
    registry.panels.append(Panel(template, loader, position, order, roles))
    registry.panels.sort(key=lambda panel: panel.order)


def register_column(heading: str, template: str, loader: ColumnLoader) -> None:
    """Let a column appear in the list of candidates, after the name."""
    registry.columns.append(Column(heading, template, loader))


def register_pool_column(heading: str, template: str, loader: PoolColumnLoader) -> None:
    """Let a column appear in the list of those pools for which the loader has something."""
    registry.pool_columns.append(PoolColumn(heading, template, loader))


def register_words(loader: WordsLoader) -> None:
    """Let entries of a timeline have words that only some may read: `loader(entries, viewer)` fills them in."""
    registry.words.append(loader)


def add_words(entries: Sequence[Touchpoint], viewer: User) -> None:
    for loader in registry.words:
        loader(entries, viewer)


def register_plan(loader: PlanLoader) -> None:
    """Let the record know of a planned touch; the earliest of all is shown. At most two queries."""
    registry.plans.append(loader)


def next_plan(candidate: Candidate, request: OrganizationRequest) -> Plan | None:
    """The earliest touch that a higher app has planned."""
    plans = [plan for loader in registry.plans if (plan := loader(candidate, request))]
    return min(plans, key=lambda plan: plan.day, default=None)


def render_panels(position: str, subject: Any, request: OrganizationRequest) -> list[SafeString]:
    """What the registered panels at `position` have to show for `subject`."""
    rendered = []
    for panel in registry.panels:
        if panel.position != position or request.membership.role not in panel.roles:
            continue
        context = panel.loader(subject, request)
        if context is not None:
            rendered.append(
                render_to_string(panel.template, {"subject": subject, **context}, request=request)
            )
    return rendered


def pool_cells(
    pool: TalentPool, candidate_ids: Sequence[int], request: OrganizationRequest
) -> tuple[list[str], dict[int, list[SafeString]]]:
    """The headings of the columns that this pool's list has besides, and for each person their cells."""
    headings: list[str] = []
    cells: dict[int, list[SafeString]] = {pk: [] for pk in candidate_ids}
    for column in registry.pool_columns:
        values = column.loader(pool, candidate_ids, request)
        if values is None:
            continue
        headings.append(column.heading)
        stamp = Stamp.of(column.template)
        for pk in candidate_ids:
            cells[pk].append(stamp(values[pk]) if pk in values else SafeString())
    return headings, cells


def render_cells(
    people: Sequence[PersonRow], request: OrganizationRequest
) -> dict[int, list[SafeString]]:
    """For each person the registered columns' cells, in the order of `registry.columns`."""
    ids = [person.pk for person in people]
    cells: dict[int, list[SafeString]] = {pk: [] for pk in ids}
    for column in registry.columns:
        stamp = Stamp.of(column.template)
        values = column.loader(ids, request)
        for pk in ids:
            cells[pk].append(stamp(values[pk]) if pk in values else SafeString())
    return cells

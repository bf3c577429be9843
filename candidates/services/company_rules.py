"""Keeping the list of companies whose people are not written to: by hand, or from a file."""

import re
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO

from django.db import connection, transaction

from candidates.models import CompanyRule
from candidates.public_mail import PUBLIC_MAIL
from candidates.services.importing.reading import Reading, first_records
from candidates.services.smart_pools import refill_where_asked_for
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

Scope, Effect = CompanyRule.Scope, CompanyRule.Effect

# As the model has them.
NAME_LENGTH, DOMAIN_LENGTH, NOTE_LENGTH = 120, 120, 200
# A list of companies is read at once, while somebody waits.
MOST_ROWS = 5000
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)


class CompanyListed(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(f"“{name}” is on the list already. Change that entry instead.")


class BadEntry(DomainError):
    """What is wrong with one company of the list, as a sentence."""


class NoCompanies(DomainError):
    """What is wrong with a whole file."""


def keys_of(names: Iterable[str]) -> dict[str, str]:
    """The form in which companies are compared: without case, accents, signs and legal form; "" if nothing is left."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, candidates_company_key(name) FROM unnest(%s::text[]) name", [list(names)]
        )
        return dict(cursor.fetchall())


def read_domain(text: str) -> str:
    """A mail domain as people write it (@acme.com, https://www.acme.com/jobs), in comparable form; may be empty."""
    domain = text.strip().lower().rpartition("@")[2]
    domain = domain.partition("://")[2] or domain
    domain = domain.partition("/")[0].removeprefix("www.").rstrip(".")
    if domain and not _DOMAIN.fullmatch(domain):
        raise BadEntry(f"“{text.strip()[:60]}” is no mail domain. Write it like acme.com.")
    if len(domain) > DOMAIN_LENGTH:
        raise BadEntry(f"The mail domain has more than {DOMAIN_LENGTH} letters.")
    if domain in PUBLIC_MAIL:
        raise BadEntry(
            f"Anybody can have an address at {domain}: it says nothing about where they work. Leave it out."
        )
    return domain


@transaction.atomic
def save_rule(rule: CompanyRule, *, by: User) -> CompanyRule:
    """Put a company on the list, or change its entry; refused if another entry is for the same company."""
    is_new = rule.pk is None
    rule.name = " ".join(rule.name.split())
    rule.key = keys_of([rule.name])[rule.name]
    _complete(rule)
    if CompanyRule.objects.filter(key=rule.key).exclude(pk=rule.pk).exists():
        raise CompanyListed(rule.name)
    if is_new:
        rule.created_by = by
    rule.save()
    verb = "company_rule.added" if is_new else "company_rule.edited"
    record(verb, rule, by=by, effect=rule.effect)
    refill_where_asked_for("contactable")
    return rule


def _complete(rule: CompanyRule) -> None:
    """Refuse what does not go together, and drop what says nothing."""
    if not rule.key:
        raise BadEntry(f"“{rule.name}” is no name of a company.")
    rule.domain = read_domain(rule.domain)
    if rule.scope != Scope.RECENT:
        rule.years = None
    elif rule.years is None:
        raise BadEntry("Say for how many years after they left.")


@transaction.atomic
def remove_rule(rule: CompanyRule, *, by: User) -> None:
    """Take a company off the list: its people may be written to at once."""
    record("company_rule.removed", rule, by=by)
    rule.delete()
    refill_where_asked_for("contactable")


# Columns of a file, by the titles that people give them.
TITLES = {
    "name": {"name", "company", "company name", "firm", "employer", "organization"},
    "domain": {"domain", "mail domain", "email domain", "website"},
    "scope": {"scope", "whom", "who"},
    "years": {"years", "years since they left", "years since"},
    "effect": {"effect", "what happens", "action"},
    "expires_on": {"expires", "expires on", "until", "expiry"},
    "note": {"note", "notes", "reason", "comment"},
}
COLUMNS = list(TITLES)


@dataclass(frozen=True)
class BadRow:
    """A row that was not taken: where it stands, what it holds, and what is wrong with it."""

    line: int
    cells: list[str]
    sentence: str


@dataclass
class ListReport:
    """What became of a file: how many companies are new or changed; the rows that were not taken, as they were."""

    header: list[str]
    added: int = 0
    changed: int = 0
    bad: list[BadRow] = field(default_factory=list)


@transaction.atomic
def import_rules(file: BinaryIO, *, by: User) -> ListReport:
    """Take companies from a table with titles. A company that is listed already gets what the file says of it; cells that
    are empty, and columns that are missing, change nothing. Good rows are taken, the others are given back."""
    records = first_records(file, Reading(), digest="", most=MOST_ROWS + 2)
    if not records:
        raise NoCompanies("The file is empty.")
    (_, header), rows = records[0], records[1:]
    places = _places(header)
    if "name" not in places:
        raise NoCompanies(
            "The first row must hold titles, one of them “company”. "
            f"Others that are read: {', '.join(COLUMNS[1:])}."
        )
    if len(rows) > MOST_ROWS:
        raise NoCompanies(f"The file has more than {MOST_ROWS:,} companies. Split it.")
    said = [
        (line, cells, {name: cells[at].strip() for name, at in places.items() if at < len(cells)})
        for line, cells in rows
    ]
    keys = keys_of({row.get("name", "") for _, _, row in said})
    known = {rule.key: rule for rule in CompanyRule.objects.all()}
    report, taken = ListReport(header), dict[str, tuple[int, CompanyRule]]()
    for line, cells, row in said:
        key = keys[row.get("name", "")]
        try:
            if key in taken:
                raise BadEntry(f"The same company stands in line {taken[key][0]} already.")
            rule = _read_row(row, known.get(key) or CompanyRule(key=key, created_by=by))
        except DomainError as refusal:
            report.bad.append(BadRow(line, cells, str(refusal)))
        else:
            taken[key] = line, rule
    new = [rule for _, rule in taken.values() if rule.pk is None]
    changed = [rule for _, rule in taken.values() if rule.pk is not None]
    CompanyRule.objects.bulk_create(new)
    CompanyRule.objects.bulk_update(changed, COLUMNS)
    report.added, report.changed = len(new), len(changed)
    record("company_rules.imported", by=by, added=len(new), edited=len(changed))
    refill_where_asked_for("contactable")
    return report


def _places(header: list[str]) -> dict[str, int]:
    """Which field stands in which column; of two columns for one field the first counts."""
    places: dict[str, int] = {}
    for at, title in enumerate(header):
        spoken = " ".join(title.replace("_", " ").replace("-", " ").lower().split())
        for name, titles in TITLES.items():
            if spoken in titles:
                places.setdefault(name, at)
    return places


def _read_row(said: dict[str, str], rule: CompanyRule) -> CompanyRule:
    """What the row says of a company, onto its entry or a new one. Of an entry that is refused, nothing is kept."""
    rule = copy(rule)
    name = " ".join(said.get("name", "").split())
    if not name:
        raise BadEntry("The company is missing.")
    if len(name) > NAME_LENGTH:
        raise BadEntry(f"The company's name has more than {NAME_LENGTH} letters.")
    rule.name = rule.name or name
    if said.get("domain"):
        rule.domain = said["domain"]
    if said.get("years"):
        rule.years = _read_years(said["years"])
        rule.scope = Scope.RECENT
    if said.get("scope"):
        rule.scope = _read_choice(said["scope"], SCOPES, "Whom it concerns")
    if said.get("effect"):
        rule.effect = _read_choice(said["effect"], EFFECTS, "What happens")
    if said.get("expires_on"):
        rule.expires_on = _read_day(said["expires_on"])
    if said.get("note"):
        if len(said["note"]) > NOTE_LENGTH:
            raise BadEntry(f"The note has more than {NOTE_LENGTH} letters.")
        rule.note = said["note"]
    _complete(rule)
    return rule


SCOPES = {
    "now": Scope.NOW,
    "current": Scope.NOW,
    "works there now": Scope.NOW,
    "recent": Scope.RECENT,
    "ever": Scope.EVER,
    "past": Scope.EVER,
    "has ever worked there": Scope.EVER,
}
EFFECTS = {"block": Effect.BLOCK, "warn": Effect.WARN, "warning": Effect.WARN}


def _read_choice(text: str, choices: dict[str, Any], what: str) -> Any:
    found = choices.get(" ".join(text.lower().split()))
    if found is None:
        offered = ", ".join(dict.fromkeys(choice.value for choice in choices.values()))
        raise BadEntry(f"{what} is one of: {offered}. “{text[:40]}” is none of them.")
    return found


def _read_years(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 50):
        raise BadEntry(f"Years are a number from 1 to 50. “{text[:40]}” is not.")
    return int(text)


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadEntry(f"Write the day like 2027-12-31. “{text[:40]}” cannot be read.") from None

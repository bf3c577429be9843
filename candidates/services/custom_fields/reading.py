"""What people and files write, as values of custom fields."""

import hashlib
import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from candidates.models import CustomField, CustomFieldOption, KeptFile
from candidates.services.custom_fields.numbers import DecimalSign, parse_number, split_money
from candidates.services.identifying import fold, link_address, normalize_link
from candidates.services.importing.dates import parse_date
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError

Kind = CustomField.Kind
# The columns of one row that holds a value.
Columns = dict[str, Any]

LONGEST = {Kind.TEXT: 500, Kind.LONG_TEXT: 20_000, Kind.URL: 500}
YES = frozenset(
    [
        "yes",
        "y",
        "true",
        "t",
        "1",
        "x",
        "✓",
        "✔",
        "ja",
        "j",
        "oui",
        "o",
        "si",
        "sim",
        "wahr",
        "vrai",
    ]
)
NO = frozenset(["no", "n", "false", "f", "0", "-", "nein", "non", "nao", "falsch", "faux"])


class ValueUnreadable(DomainError):
    """What was given does not fit the kind of the field."""

    def __init__(self, field: CustomField, why: str) -> None:
        self.field = field
        super().__init__(f"{field.name}: {why}")


class Reader:
    """Reads values for `fields`, which come with their `choices` (`queries.custom_fields`)."""

    def __init__(self, fields: Iterable[CustomField]) -> None:
        fields = list(fields)
        self.options = {
            field.pk: {option.normalized: option for option in field.choices}  # type: ignore[attr-defined]
            for field in fields
        }
        names_members = any(field.kind == Kind.MEMBER for field in fields)
        self.members = _members_by_name() if names_members else {}

    def read(self, field: CustomField, given: Any) -> list[Columns]:
        """The columns of each row that holds `given`; none where nothing was given."""
        if isinstance(given, str):
            given = given.replace("\0", "").strip()
        if given is None or given in ("", [], ()):
            return []
        if field.kind == Kind.MULTIPLE:
            return self._several(field, given)
        columns: Columns = {
            Kind.TEXT: self._text,
            Kind.LONG_TEXT: self._text,
            Kind.NUMBER: self._number,
            Kind.MONEY: self._money,
            Kind.DATE: self._date,
            Kind.SINGLE: self._option,
            Kind.BOOLEAN: self._boolean,
            Kind.MEMBER: self._member,
            Kind.URL: self._url,
            Kind.FILE: self._file,
        }[Kind(field.kind)](field, given)
        if field.is_unique:
            columns["unique_key"] = unique_key(columns)
        return [columns]

    def _text(self, field: CustomField, given: Any) -> Columns:
        text = str(given) if field.kind == Kind.LONG_TEXT else " ".join(str(given).split())
        most = LONGEST[Kind(field.kind)]
        if len(text) > most:
            raise ValueUnreadable(field, f"At most {most:,} characters, please.")
        return {"text": text, "normalized": fold(text)[:100].strip()}

    def _url(self, field: CustomField, given: Any) -> Columns:
        address = link_address(str(given))
        if not address:
            raise ValueUnreadable(field, f"“{_short(given)}” is not a web address.")
        return {"text": address, "normalized": normalize_link(address)[:100]}

    def _number(self, field: CustomField, given: Any) -> Columns:
        # As pages show numbers: “1.234” is a little more than one.
        number = parse_number(given, sign=DecimalSign.DOT)
        if number is None:
            raise ValueUnreadable(field, f"“{_short(given)}” is not a number.")
        return {"number": number}

    def _money(self, field: CustomField, given: Any) -> Columns:
        amount, currency = given if isinstance(given, tuple) else split_money(given)
        # Nobody types a thousandth of a euro: “65.000 €” is 65,000.
        number = parse_number(amount)
        if number is None or (currency and not re.fullmatch(r"[A-Z]{3}", currency)):
            raise ValueUnreadable(field, f"“{_short(given)}” is not an amount, such as 85,000 EUR.")
        return {"number": number, "currency": currency}

    def _date(self, field: CustomField, given: Any) -> Columns:
        if isinstance(given, datetime):
            given = given.date()
        day = (
            given if isinstance(given, date) else parse_date(str(given), today=timezone.localdate())
        )
        if day is None:
            raise ValueUnreadable(field, f"“{_short(given)}” is not a date, such as 2026-03-01.")
        return {"day": day}

    def _boolean(self, field: CustomField, given: Any) -> Columns:
        if isinstance(given, bool):
            return {"yes": given}
        word = fold(str(given))
        if word not in YES | NO:
            raise ValueUnreadable(field, f"“{_short(given)}” is neither yes nor no.")
        return {"yes": word in YES}

    def _option(self, field: CustomField, given: Any) -> Columns:
        options = self.options.get(field.pk, {})
        if isinstance(given, CustomFieldOption):
            given = given.name
        option = options.get(fold(str(given))[:100])
        if option is None:
            names = ", ".join(one.name for one in list(options.values())[:8])
            raise ValueUnreadable(field, f"“{_short(given)}” is not among the choices: {names}.")
        return {"option": option}

    def _several(self, field: CustomField, given: Any) -> list[Columns]:
        if isinstance(given, str):
            whole = fold(given)[:100] in self.options.get(field.pk, {})
            given = [given] if whole else re.split(r"[,;\n|]", given)
        found: dict[int, Columns] = {}
        for one in given:
            if str(one).strip():
                columns = self._option(field, one)
                found[columns["option"].pk] = columns
        return list(found.values())

    def _member(self, field: CustomField, given: Any) -> Columns:
        if isinstance(given, User):
            given = given.pk
        key = given if isinstance(given, int) else fold(str(given))
        member = self.members.get(key)
        if member is None:
            raise ValueUnreadable(field, f"“{_short(given)}” is not a member of your organization.")
        return {"member": member}

    def _file(self, field: CustomField, given: Any) -> Columns:
        if not isinstance(given, KeptFile):
            raise ValueUnreadable(field, "A file is added on the form; a text cannot stand for it.")
        name = given.file_name
        return {"text": name, "normalized": fold(name)[:100].strip(), "attachment": given}


def unique_key(columns: Columns) -> str:
    """What two people must not share; a digest where the text is long."""
    text = fold(str(columns.get("text") or columns.get("number", "")))
    return text if len(text) <= 100 else hashlib.sha256(text.encode()).hexdigest()


def _short(given: Any) -> str:
    text = " ".join(str(given).split())
    return text if len(text) <= 40 else f"{text[:39]}…"


def _members_by_name() -> dict[str | int, User]:
    """The organization's members by id, address and folded name; a name that two have is left out."""
    memberships = Membership.objects.filter(organization=current_organization())
    users = [membership.user for membership in memberships.select_related("user")]
    found: dict[str | int, User] = {}
    names = [fold(user.name) for user in users]
    for user in users:
        found[user.pk] = found[user.email.lower()] = user
        if names.count(fold(user.name)) == 1:
            found[fold(user.name)] = user
    return found

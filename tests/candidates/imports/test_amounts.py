"""Numbers and amounts of money in a file: which of two readings is meant, and in which currency."""

import pytest
from django.test import Client

from candidates.models import Candidate, CustomField, Note
from candidates.services import custom_fields as service
from candidates.services.custom_fields.numbers import currency_of_title
from candidates.services.importing import running
from candidates.services.importing.custom import likely_kind
from tests.candidates.conftest import seen
from tests.candidates.imports.conftest import shown
from tests.candidates.imports.pages import CHOICES, LIST
from tests.candidates.imports.workbooks import cell as ods_cell
from tests.candidates.imports.workbooks import (
    document,
    inline,
    ods_row,
    row,
    table,
    titles,
    workbook,
)

pytestmark = pytest.mark.django_db
Kind = CustomField.Kind


@pytest.fixture
def amounts(in_acme, owner) -> None:
    service.add_field(name="Budget", kind=Kind.MONEY, by=owner)
    service.add_field(name="Points", kind=Kind.NUMBER, by=owner)


def column_of(name: str) -> list[str]:
    people = Candidate.objects.order_by("full_name")
    return [shown(person)[name] for person in people]


def test_money_with_a_dot_before_three_digits_is_thousands_and_said(amounts, import_text):
    done = import_text("Name;Budget\nAnna Muster;65.000 €\nBert Beil;58.500 EUR\n")

    assert column_of("Budget") == ["65,000 EUR", "58,500 EUR"]
    assert done.hints["sentences"] == [
        "Amounts in “Budget” are read with dots and commas before three digits for thousands "
        "(65.000 is 65,000): no amount in it says otherwise."
    ]


def test_numbers_that_could_be_two_are_read_alike_and_each_deserves_a_look(amounts, import_text):
    done = import_text("Name;Points\nAnna Muster;1.234\nBert Beil;1,234\nCy Clop;7\n")

    assert column_of("Points") == ["1,234", "1,234", "7"]
    warnings = [row.details.get("warnings", []) for row in done.rows.order_by("line")]
    assert warnings == [
        ["Points: “1.234” was read as 1,234"],
        ["Points: “1,234” was read as 1,234"],
        [],
    ]


def test_the_whole_column_tells_what_a_number_is(amounts, import_text):
    done = import_text(
        "Name;Points\nAnna Muster;1.234\nBert Beil;1,234\nCy Clop;2,5\nDora Daun;3.75\nEmil Erz;7,25\n"
    )

    assert column_of("Points") == ["1,234", "1.234", "2.5", "3.75", "7.25"]
    assert "The column mixes both spellings: check it." in done.hints["sentences"][0]
    assert done.rows.get(line=5).details["warnings"] == ["Points: “3.75” was read as 3.75"]


def excel_of(*numbers: str) -> bytes:
    """A workbook with a number in each row; what is no number is a text."""
    cells = (
        inline(f"B{line}", number) if "," in number else f'<c r="B{line}"><v>{number}</v></c>'
        for line, number in enumerate(numbers, 2)
    )
    rows = [
        row(line, inline(f"A{line}", f"Person {line} Muster"), cell)
        for line, cell in enumerate(cells, 2)
    ]
    return workbook(("People", titles("Name", "Points") + "".join(rows)))


def open_document_of(*numbers: str) -> bytes:
    kind = 'office:value-type="float" office:value="{}"'
    rows = [
        ods_row(
            ods_cell(f"Person {line} Muster"),
            ods_cell(number) if "," in number else ods_cell(f"{number} €", kind.format(number)),
        )
        for line, number in enumerate(numbers, 2)
    ]
    return document(table("People", ods_row(ods_cell("Name"), ods_cell("Points")), *rows))


@pytest.mark.parametrize(("make", "ending"), [(excel_of, "xlsx"), (open_document_of, "ods")])
def test_what_a_spreadsheet_stores_as_a_number_is_that_number(
    amounts, upload, check, run, make, ending
):
    done = run(check(upload(f"people.{ending}", make("1.234", "-65.125", "0.0000001", "7"))))

    assert column_of("Points") == ["1.234", "-65.125", "0", "7"]
    assert done.hints["sentences"] == []
    assert not done.rows.filter(details__has_key="warnings").exists()


@pytest.mark.parametrize(("make", "ending"), [(excel_of, "xlsx"), (open_document_of, "ods")])
def test_numbers_beside_texts_tell_nothing_of_them(amounts, upload, check, run, make, ending):
    done = run(check(upload(f"people.{ending}", make("1.5", "1.234", "2.75", "1,234", "12,5"))))

    assert column_of("Points") == ["1.5", "1.234", "2.75", "1.234", "12.5"]
    assert done.hints["decimal_signs"] == {"1": ","}


def test_a_number_without_a_field_is_kept_as_it_was(in_acme, upload, check, run):
    done = run(check(upload("people.xlsx", excel_of("1.234"))))

    assert Note.objects.get().body.endswith("Points: 1.234")
    assert done.rows.get().cells == ["Person 2 Muster", "1.234"]


@pytest.mark.parametrize(
    ("title", "currency"),
    [
        ("Salary EUR", "EUR"),
        ("Gehalt (EUR)", "EUR"),
        ("Gehalt (eur)", "EUR"),
        ("Expected salary in CHF", "CHF"),
        ("Wanted [try]", "TRY"),
        ("Pay in €", "EUR"),
        ("Budget, k$", "USD"),
        ("Salary", ""),
        ("EUR or USD", ""),
        ("TOP SKILLS", ""),
        ("Try out", ""),
        ("Europe", ""),
    ],
)
def test_a_title_names_a_currency(title, currency):
    assert currency_of_title(title) == currency


def test_numbers_under_a_currency_are_likely_amounts():
    assert likely_kind(["65.000", "70k", "58,500 EUR"], "Gehalt (EUR)") == Kind.MONEY
    assert likely_kind(["65.000", "a lot"], "Gehalt (EUR)") == Kind.TEXT
    assert likely_kind(["65.000"], "Gehalt") == Kind.NUMBER


def test_a_wished_salary_takes_the_currency_of_its_title(in_acme, import_text):
    import_text(
        "Name;Gehaltswunsch (EUR)\nAnna Muster;65000\nBert Beil;70-80k\nCy Clop;90 000 USD\nDee Dur;negotiable\n"
    )

    wished = Candidate.objects.order_by("full_name").values_list("salary_expectation", flat=True)
    assert list(wished) == ["65000 EUR", "70-80k EUR", "90 000 USD", "negotiable"]


def test_amounts_without_a_currency_take_that_of_the_title(in_acme, owner, import_text):
    service.add_field(name="Salary EUR", kind=Kind.MONEY, by=owner)
    service.add_field(name="Bonus", kind=Kind.MONEY, by=owner)

    done = import_text(
        "Name;Salary EUR;Bonus\nAnna Muster;65000;100\nBert Beil;70000 CHF;\nCy Clop;$ 80k;5 GBP\n"
    )

    assert column_of("Salary EUR") == ["65,000 EUR", "70,000 CHF", "80,000 USD"]
    assert [shown(person).get("Bonus") for person in Candidate.objects.order_by("full_name")] == [
        "100",
        None,
        "5 GBP",
    ]
    assert done.hints["sentences"] == [
        "Amounts in “Salary EUR” that name no currency are in EUR, as its title says."
    ]


def test_the_currency_of_a_title_is_shown_where_columns_are_chosen(
    in_acme, owner, recruiter, upload, client
):
    service.add_field(name="Salary EUR", kind=Kind.MONEY, by=owner)
    given = upload("p.csv", "Name;Salary EUR;Wanted in CHF;Team EUR\nAnna;65000;70000;Sales\n")
    told = "As an amount of money: in {} where a cell names no other currency, as the title says"

    # Who may make no fields can still choose one of amounts.
    for user in (owner, recruiter):
        client.force_login(user)
        page = seen(client.get(f"{LIST}{given.pk}/"))

        assert page.count(told.format("EUR")) == 1
        assert page.count(told.format("CHF")) == 1


def test_a_new_field_of_amounts_takes_the_currency_of_its_title(in_acme, owner, upload, run):
    given = upload("p.csv", "Name;Gehalt (CHF)\nAnna Muster;65000\n")
    client = Client()
    client.force_login(owner)
    client.post(
        f"{LIST}{given.pk}/columns/",
        {**CHOICES, "column_0": "full_name", "column_1": "new.money"},
    )
    assert running.work_on(in_acme, given.pk)
    given.refresh_from_db()

    run(given)

    assert column_of("Gehalt (CHF)") == ["65,000 CHF"]

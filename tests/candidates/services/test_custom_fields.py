"""Custom fields: every kind is read, written, told, kept unique and searched as its settings say."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from candidates.models import CandidateCustomValue, CustomField, Touchpoint
from candidates.privacy import erase_candidates, export_candidate
from candidates.queries.custom_fields import custom_fields, custom_values_of
from candidates.services import custom_fields as service
from candidates.services.custom_fields.numbers import DecimalSign, parse_number, split_money
from candidates.services.provenance import Origin, Provenance, by_hand
from crm.tenancy.roles import Role
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db
Kind = CustomField.Kind


@pytest.fixture
def make(in_acme, owner):
    def add(name: str, kind: str = Kind.TEXT, **settings) -> CustomField:
        return service.add_field(name=name, kind=kind, by=owner, **settings)

    return add


@pytest.fixture
def ana(in_acme):
    return CandidateFactory(full_name="Ana Silva")


@pytest.fixture
def hand(recruiter):
    return by_hand(recruiter)


def imported() -> Provenance:
    return Provenance(Origin.IMPORT, timezone.now(), label="people.csv")


def shown(candidate, role=Role.OWNER) -> dict[str, str]:
    return {one.field.key: one.shown for one in custom_values_of(candidate.pk, role=role)}


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        (Kind.TEXT, "  three   months ", "three months"),
        (Kind.LONG_TEXT, "line one\nline two", "line one\nline two"),
        (Kind.NUMBER, "1.234,50", "1,234.5"),
        (Kind.NUMBER, 7, "7"),
        (Kind.MONEY, "85,000 eur", "85,000 EUR"),
        (Kind.NUMBER, "1.234", "1.234"),
        (Kind.NUMBER, "1,234", "1,234"),
        (Kind.MONEY, "65.000 €", "65,000 EUR"),
        (Kind.MONEY, "65.000,- EUR", "65,000 EUR"),
        (Kind.MONEY, "€ 85k", "85,000 EUR"),
        (Kind.MONEY, (Decimal(90000), "CHF"), "90,000 CHF"),
        (Kind.DATE, "2026-03-01", "1 Mar 2026"),
        (Kind.DATE, date(2026, 3, 1), "1 Mar 2026"),
        (Kind.BOOLEAN, "Ja", "Yes"),
        (Kind.BOOLEAN, False, "No"),
        (Kind.SINGLE, "BLUE", "Blue"),
        (Kind.MULTIPLE, "green; blue", "Blue, Green"),
        (Kind.MULTIPLE, ["Green"], "Green"),
        (Kind.MEMBER, "recruiter of acme", "Recruiter of Acme"),
        (Kind.MEMBER, "RECRUITER@acme.example", "Recruiter of Acme"),
        (Kind.URL, "Example.com/ana?utm_source=x", "https://example.com/ana"),
    ],
)  # fmt: skip
def test_every_kind_is_read_and_shown(make, ana, hand, kind, given, words):
    options = ["Blue", "Green"] if kind in {Kind.SINGLE, Kind.MULTIPLE} else []
    field = make("My field", kind, options=options)

    outcome = service.set_values(ana, {"my_field": given}, provenance=hand)

    assert outcome.changed == ["my_field"]
    assert shown(ana) == {"my_field": words}
    value = field and CandidateCustomValue.objects.filter(candidate=ana).first()
    assert (value.provenance_kind, value.provenance_by_id) == (Origin.PERSON, hand.by)


@pytest.mark.parametrize(
    ("kind", "given", "sentence"),
    [
        (Kind.TEXT, "x" * 501, "My field: At most 500 characters, please."),
        (Kind.NUMBER, "a lot", "My field: “a lot” is not a number."),
        (Kind.NUMBER, "1e99", "My field: “1e99” is not a number."),
        (Kind.NUMBER, True, "My field: “True” is not a number."),
        (Kind.MONEY, "85,000 euros", "My field: “85,000 euros” is not an amount, such as 85,000 EUR."),
        (Kind.DATE, "31/31/2026", "My field: “31/31/2026” is not a date, such as 2026-03-01."),
        (Kind.BOOLEAN, "perhaps", "My field: “perhaps” is neither yes nor no."),
        (Kind.SINGLE, "Red", "My field: “Red” is not among the choices: Blue, Green."),
        (Kind.MULTIPLE, "Blue, Red", "My field: “Red” is not among the choices: Blue, Green."),
        (Kind.MEMBER, "stranger@globex.example", "My field: “stranger@globex.example” is not a member of your organization."),
        (Kind.URL, "javascript:alert(1)", "My field: “javascript:alert(1)” is not a web address."),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_sentence(
    make, ana, hand, stranger, kind, given, sentence
):
    options = ["Blue", "Green"] if kind in {Kind.SINGLE, Kind.MULTIPLE} else []
    make("My field", kind, options=options)

    with pytest.raises(service.ValueUnreadable) as refused:
        service.set_values(ana, {"my_field": given}, provenance=hand)

    assert str(refused.value) == sentence
    assert not CandidateCustomValue.objects.exists()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234.5", "1234.5"), ("1.234,5", "1234.5"), ("1 234", "1234"), ("1'234.50", "1234.5"),
        ("1,234,567", "1234567"), ("1.234.567", "1234567"), ("12,5", "12.5"), ("80k", "80000"),
        ("1.5m", "1500000"), ("-3", "-3"), ("NaN", None), ("inf", None), ("", None), ("1.2.3", None),
        ("100000000000000", None), ("--1", None), ("1.234", "1234"), ("65,000", "65000"), ("0.125", "0.125"),
        ("1234.567", "1234.567"), ("12,34,567", "1234567"), ("1,2,3", None), ("1.2,5", None),
        ("1.234,567.8", None), (".5", "0.5"), (".", None), ("65.000,-", "65000"),
    ],
)  # fmt: skip
def test_numbers_are_read_in_any_spelling(text, number):
    assert parse_number(text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("text", "dot", "comma"),
    [
        ("1.234", "1.234", "1234"),
        ("1,234", "1234", "1.234"),
        ("1.5", "1.5", "1.5"),
        ("1,5", "1.5", "1.5"),
        ("1.234.567", "1234567", "1234567"),
    ],
)
def test_three_digits_are_decimals_where_the_sign_is_known(text, dot, comma):
    assert parse_number(text, sign=DecimalSign.DOT) == Decimal(dot)
    assert parse_number(text, sign=DecimalSign.COMMA) == Decimal(comma)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("85,000 EUR", ("85,000", "EUR")), ("chf 90k", ("90k", "CHF")), ("$100", ("100", "USD")),
        ("85000", ("85000", "")), ("lots", ("lots", "")), ("80k", ("80k", "")), ("1 mio eur", ("1 mio", "EUR")),
    ],
)  # fmt: skip
def test_amounts_are_split_from_their_currency(text, parts):
    assert split_money(text) == parts


def test_an_edit_is_told_with_both_values(make, ana, hand, recruiter):
    make("Notice")
    service.set_values(ana, {"notice": "3 months"}, provenance=hand, by=recruiter)

    service.set_values(ana, {"notice": "1 month"}, provenance=hand, by=recruiter)

    entry = Touchpoint.objects.filter(candidate=ana).latest("pk")
    assert (entry.kind, entry.summary, entry.actor) == ("edited", "Changed Notice", recruiter)
    assert entry.changes == [["Notice", "3 months", "1 month"]]


def test_private_values_are_not_told(make, ana, hand, recruiter):
    make("Reason", visible_to="admins")

    service.set_values(ana, {"reason": "a secret"}, provenance=hand, by=recruiter)

    assert Touchpoint.objects.get(candidate=ana).changes == [["Reason"]]
    assert shown(ana, Role.RECRUITER) == {}
    assert shown(ana, Role.ADMIN) == {"reason": "a secret"}


def test_the_same_again_changes_nothing(make, ana, hand):
    make("Colors", Kind.MULTIPLE, options=["Blue", "Green"])
    service.set_values(ana, {"colors": "Green, Blue"}, provenance=hand)

    assert service.set_values(ana, {"colors": "blue,green,blue"}, provenance=hand).changed == []

    assert Touchpoint.objects.filter(candidate=ana).count() == 1


def test_a_choice_that_stays_keeps_its_provenance(make, ana, hand):
    make("Colors", Kind.MULTIPLE, options=["Blue", "Green"])
    service.set_values(ana, {"colors": "Blue"}, provenance=imported())

    service.set_values(ana, {"colors": "Blue, Green"}, provenance=hand)

    kinds = CandidateCustomValue.objects.values_list("option__name", "provenance_kind")
    assert dict(kinds) == {"Blue": "import", "Green": "person"}


def test_nothing_takes_the_value_away(make, ana, hand):
    make("Notice")
    service.set_values(ana, {"notice": "3 months"}, provenance=hand)

    outcome = service.set_values(ana, {"notice": " "}, provenance=hand)

    assert outcome.told == [["Notice", "3 months", ""]]
    assert shown(ana) == {"notice": ""}


def test_what_a_person_set_is_kept_by_an_import_and_not_the_reverse(make, ana, hand):
    make("Notice")
    make("Start", Kind.DATE)
    service.set_values(ana, {"notice": "3 months"}, provenance=hand)
    service.set_values(ana, {"start": "2026-03-01"}, provenance=imported())

    by_file = service.set_values(
        ana, {"notice": "1 month", "start": "2026-04-01"}, provenance=imported()
    )
    service.set_values(ana, {"start": "2026-05-01"}, provenance=hand)

    assert (by_file.kept, by_file.changed) == (["notice"], ["start"])
    assert shown(ana) == {"notice": "3 months", "start": "1 May 2026"}


def test_an_unknown_key_is_refused(make, ana, hand):
    make("Notice")

    with pytest.raises(service.UnknownField, match="no custom field “shoe_size”"):
        service.set_values(ana, {"shoe_size": "42"}, provenance=hand)


def test_a_unique_value_belongs_to_one_person(make, ana, hand):
    make("Badge", is_unique=True)
    ben = CandidateFactory()
    service.set_values(ana, {"badge": "A-1"}, provenance=hand)

    with pytest.raises(service.ValueTaken, match="Somebody else has this value"):
        service.set_values(ben, {"badge": "a-1"}, provenance=hand)

    assert shown(ben) == {"badge": ""}
    assert service.set_values(ana, {"badge": "A-2"}, provenance=hand).changed == ["badge"]
    assert service.set_values(ben, {"badge": "a-1"}, provenance=hand).changed == ["badge"]


def test_one_field_costs_as_many_queries_as_three(make, ana, hand, django_assert_num_queries):
    make("Notice")
    make("Start", Kind.DATE)
    make("Badge")

    ben = CandidateFactory()

    # Two savepoints, each with its release; lock, fields, choices, held values, insert, two entries.
    with django_assert_num_queries(11):
        service.set_values(ana, {"notice": "6 weeks"}, provenance=hand)
    given = {"notice": "7 weeks", "start": "2026-03-01", "badge": "7"}
    with django_assert_num_queries(11):
        service.set_values(ben, given, provenance=hand)

    assert shown(ana)["notice"] == "6 weeks"
    assert shown(ben) == {"notice": "7 weeks", "start": "1 Mar 2026", "badge": "7"}


def test_search_looks_through_searchable_fields_only(make, ana, hand, owner):
    field = make("Clearance", Kind.SINGLE, options=["Top Sécret"], is_searchable=True)
    make("Hobby")
    service.set_values(ana, {"clearance": "Top Sécret", "hobby": "chess"}, provenance=hand)
    ana.refresh_from_db()
    assert "top secret" in ana.search_text
    assert "chess" not in ana.search_text

    service.edit_field(field, by=owner, is_searchable=False)

    ana.refresh_from_db()
    assert "secret" not in ana.search_text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": "Notice"}, "There is a field “Notice” already."),
        ({"name": "X", "kind": Kind.DATE, "is_unique": True}, "Only text, numbers and links can be unique."),
        ({"name": "X", "kind": Kind.DATE, "is_searchable": True}, "The search box looks through short texts and choices only."),
        ({"name": "X", "is_searchable": True, "visible_to": "admins"}, "What not everybody sees cannot be searchable: the search would tell it to all."),
        ({"name": "X", "kind": Kind.SINGLE, "options": [" "]}, "Write down at least one choice."),
    ],
)  # fmt: skip
def test_nonsense_is_refused(make, wrong, sentence):
    make("Notice")

    with pytest.raises(service.definitions.FieldRefused) as refused:
        make(**{"kind": Kind.TEXT, **wrong})

    assert str(refused.value) == sentence


def test_keys_are_plain_and_free(make):
    names = ["Notice period", "Notice-Period!", "Ödegård", "2nd school", "???"]

    assert [make(name).key for name in names] == [
        "notice_period", "notice_period_2", "odegard", "f_2nd_school", "field",
    ]  # fmt: skip


def test_a_choice_that_goes_is_archived_and_its_values_stay(make, ana, hand, owner):
    field = make("Color", Kind.SINGLE, options=["Blue", "Green"])
    service.set_values(ana, {"color": "Blue"}, provenance=hand)

    service.edit_field(field, by=owner, options=["Green", "Red"])

    (field,) = custom_fields()
    assert [option.name for option in field.choices] == ["Green", "Red"]
    assert shown(ana) == {"color": "Blue"}


def test_unique_is_refused_where_two_share_a_value(make, ana, hand, owner):
    field = make("Badge")
    for person in (ana, CandidateFactory()):
        service.set_values(person, {"badge": "7"}, provenance=hand)

    with pytest.raises(service.definitions.FieldRefused, match="Some people have the same Badge"):
        service.edit_field(field, by=owner, is_unique=True)


def test_fields_are_moved_archived_and_restored(make, owner):
    first, second = make("First"), make("Second")

    service.move_field(second, up=True, by=owner)
    assert [field.name for field in custom_fields()] == ["Second", "First"]
    service.move_field(second, up=True, by=owner)
    assert [field.name for field in custom_fields()] == ["Second", "First"]

    service.archive_field(first, by=owner)
    assert [field.name for field in custom_fields()] == ["Second"]
    service.restore_field(first, by=owner)
    assert [field.name for field in custom_fields()] == ["Second", "First"]


def test_who_archives_a_field_can_add_another(make, owner, monkeypatch):
    monkeypatch.setattr(service.definitions, "MOST_FIELDS", 2)
    first, _ = make("First"), make("Second")
    with pytest.raises(service.definitions.FieldRefused, match="2 fields already"):
        make("Third")

    service.archive_field(first, by=owner)
    make("Third")

    first.refresh_from_db()
    with pytest.raises(service.definitions.FieldRefused, match="2 fields already"):
        service.restore_field(first, by=owner)
    assert [field.name for field in custom_fields()] == ["Second", "Third"]


def test_field_whose_name_is_taken_by_now_is_not_restored(make, owner):
    old = make("Notice")
    service.archive_field(old, by=owner)
    new = make("notice")

    old.refresh_from_db()
    with pytest.raises(service.definitions.FieldRefused, match="There is a field “Notice” already"):
        service.restore_field(old, by=owner)
    assert list(custom_fields()) == [new]

    service.edit_field(new, by=owner, name="Notice period")
    service.restore_field(old, by=owner)
    assert set(custom_fields()) == {old, new}


def test_nobody_is_found_by_a_field_that_is_archived(make, ana, hand, owner):
    field = make("Hobby", is_searchable=True)
    service.set_values(ana, {"hobby": "chess"}, provenance=hand)

    service.archive_field(field, by=owner)
    ana.refresh_from_db()
    assert "chess" not in ana.search_text

    service.restore_field(field, by=owner)
    ana.refresh_from_db()
    assert "chess" in ana.search_text


def test_values_are_in_the_persons_own_export_and_go_with_the_person(make, ana, hand):
    make("Color", Kind.SINGLE, options=["Blue"])
    make("Notice", visible_to="admins")
    service.set_values(ana, {"color": "Blue", "notice": "3 months"}, provenance=hand)

    rows = export_candidate(ana)["candidate custom values"]
    erase_candidates([ana.pk])

    assert {(row["field__name"], row["option__name"], row["text"]) for row in rows} == {
        ("Color", "Blue", ""),
        ("Notice", None, "3 months"),
    }
    assert not CandidateCustomValue.objects.exists()

"""Rows of a record, edited one by one; each act is told, and its undo gives back what was."""

from datetime import timedelta

import pytest
from django.utils import timezone

from candidates.models import (
    CandidatePreference,
    CandidateSkill,
    EmailAddress,
    PhoneNumber,
    ProfileLink,
    Touchpoint,
    WorkExperience,
)
from candidates.services.candidates import AddressTaken, AddressUnreadable
from candidates.services.editing import UndoExpired, undo_edit
from candidates.services.rows import (
    confirm_row,
    make_primary,
    remove_row,
    retire_email,
    save_row,
)
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(in_acme):
    return CandidateFactory(
        full_name="Ana Silva",
        country="PT",
        emails=["ana@example.com", "silva@work.example"],
        phones=["+351 210 123 456"],
        skills=["Go"],
    )


def addresses(candidate) -> dict[str, bool]:
    return dict(candidate.emails.order_by("pk").values_list("address", "is_primary"))


def told(candidate) -> list[list[str]]:
    return Touchpoint.objects.filter(candidate=candidate).latest("pk").changes


def test_an_address_is_added_told_searched_and_taken_back(ana, recruiter):
    change_set = save_row(
        EmailAddress(candidate=ana),
        address="New@Example.com",
        use="work",
        state="unknown",
        by=recruiter,
    )

    row = ana.emails.get(normalized="new@example.com")
    assert (row.is_primary, row.provenance_kind, row.provenance_by) == (False, "person", recruiter)
    assert told(ana) == [["E-mail address", "", "New@Example.com, Work, Not tried yet"]]
    ana.refresh_from_db()
    assert "new@example.com" in ana.search_text

    assert undo_edit(change_set, by=recruiter) == "Undone."
    assert addresses(ana) == {"ana@example.com": True, "silva@work.example": False}
    ana.refresh_from_db()
    assert "new@example.com" not in ana.search_text


def test_the_first_address_becomes_the_primary_one(in_acme, recruiter):
    ben = CandidateFactory()

    save_row(EmailAddress(candidate=ben), address="ben@example.com", by=recruiter)
    save_row(PhoneNumber(candidate=ben), number="+49 30 901820", by=recruiter)

    assert ben.emails.get().is_primary
    assert ben.phones.get().is_primary


def test_addresses_of_others_and_what_is_none_are_refused(ana, recruiter):
    ben = CandidateFactory(full_name="Ben", emails=["ben@example.com"])

    with pytest.raises(AddressTaken, match="belongs to Ben already"):
        save_row(EmailAddress(candidate=ana), address="BEN@example.com", by=recruiter)
    with pytest.raises(AddressUnreadable):
        save_row(ben.emails.get(), address="ben at home", by=recruiter)

    assert addresses(ben) == {"ben@example.com": True}


def test_a_changed_address_is_untried_again_and_told_with_both_values(ana, recruiter):
    row = ana.emails.get(address="ana@example.com")
    EmailAddress.objects.filter(pk=row.pk).update(state="bounced")

    change_set = save_row(row, address="ana@home.example", by=recruiter)

    row.refresh_from_db()
    assert (row.normalized, row.state, row.is_primary) == ("ana@home.example", "unknown", True)
    assert told(ana) == [
        ["E-mail address", "ana@example.com, Bounced", "ana@home.example, Not tried yet"]
    ]
    undo_edit(change_set, by=recruiter)
    row.refresh_from_db()
    assert (row.address, row.normalized, row.state) == (
        "ana@example.com",
        "ana@example.com",
        "bounced",
    )


def test_saving_what_is_there_already_changes_nothing(ana, recruiter):
    row = ana.phones.get()

    assert save_row(row, number=row.number, use="", by=recruiter) is None

    assert not Touchpoint.objects.filter(candidate=ana).exists()


def test_a_note_that_it_works_is_no_new_source(ana, recruiter):
    ProfileLink.objects.create(
        candidate=ana,
        url="https://x.example/ana",
        normalized="x.example/ana",
        provenance_kind="import",
    )

    save_row(ana.links.get(), state="dead", by=recruiter)

    assert ana.links.get().provenance_kind == "import"


def test_removing_the_primary_address_offers_the_next_that_works(ana, recruiter):
    first, second = ana.emails.order_by("pk")
    third = EmailAddress.objects.create(
        candidate=ana, address="old@example.com", normalized="old@example.com"
    )
    EmailAddress.objects.filter(pk=second.pk).update(state="bounced")

    change_set = remove_row(first, by=recruiter)

    assert addresses(ana) == {"silva@work.example": False, "old@example.com": True}
    undo_edit(change_set, by=recruiter)
    assert addresses(ana) == {
        "ana@example.com": True,
        "silva@work.example": False,
        third.address: False,
    }


def test_another_address_is_made_the_first_and_back(ana, recruiter):
    second = ana.emails.get(address="silva@work.example")

    change_set = make_primary(second, by=recruiter)

    assert addresses(ana) == {"ana@example.com": False, "silva@work.example": True}
    assert told(ana) == [["E-mail address", "ana@example.com", "silva@work.example"]]
    undo_edit(change_set, by=recruiter)
    assert addresses(ana) == {"ana@example.com": True, "silva@work.example": False}


def test_an_address_that_bounced_is_demoted_and_the_next_offered(ana):
    following = retire_email(ana, "ana@example.com")

    assert str(following) == "silva@work.example"
    assert addresses(ana) == {"ana@example.com": False, "silva@work.example": True}
    assert ana.emails.get(address="ana@example.com").state == "bounced"
    # The other bounces too: there is nobody left to write to, and the first stays the first.
    assert retire_email(ana, "silva@work.example") is None
    assert addresses(ana) == {"ana@example.com": False, "silva@work.example": True}


def test_an_address_that_is_not_the_first_bounces_alone(ana):
    assert retire_email(ana, "silva@work.example") is None

    assert addresses(ana) == {"ana@example.com": True, "silva@work.example": False}


def test_a_skill_is_confirmed_with_one_act(ana, recruiter):
    skill = ana.candidate_skills.get()
    CandidateSkill.objects.filter(pk=skill.pk).update(
        evidence="parsed", provenance_at=timezone.now() - timedelta(days=400)
    )
    skill.refresh_from_db()
    assert (skill.is_stale, skill.is_verified) == (True, False)

    change_set = confirm_row(skill, by=recruiter)

    skill.refresh_from_db()
    assert (skill.evidence, skill.verified_by, skill.is_stale) == ("confirmed", recruiter, False)
    undo_edit(change_set, by=recruiter)
    skill.refresh_from_db()
    assert (skill.evidence, skill.verified_by, skill.is_stale) == ("parsed", None, True)


def test_an_assessment_is_not_weakened_by_a_word(ana, recruiter):
    CandidateSkill.objects.update(evidence="assessed")

    confirm_row(ana.candidate_skills.get(), by=recruiter)

    assert ana.candidate_skills.get().evidence == "assessed"


def test_positions_stand_in_the_order_of_a_career(ana, recruiter):
    for title, values in {
        "Junior": {"start_year": 2010, "end_year": 2014},
        "Lead": {"start_year": 2019, "is_current": True},
        "Engineer": {"start_year": 2014, "start_month": 3, "end_year": 2019, "end_month": 1},
        "Unknown": {},
    }.items():
        save_row(
            WorkExperience(candidate=ana), title=title, company="Initech", by=recruiter, **values
        )

    shown = [(row.title, row.period) for row in ana.experiences.all()]

    assert shown == [
        ("Lead", "2019 to now"), ("Engineer", "Mar 2014 to Jan 2019"), ("Junior", "2010 to 2014"),
        ("Unknown", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"pay_min": 80_000, "pay_max": 95_000, "pay_currency": "EUR"},
            "80,000 to 95,000 EUR a year",
        ),
        ({"pay_min": 80_000, "pay_currency": "EUR"}, "from 80,000 EUR a year"),
        ({"pay_max": 700, "pay_currency": "CHF", "pay_period": "day"}, "up to 700 CHF a day"),
        ({"pay_min": 50, "pay_max": 50, "pay_period": "hour"}, "50 an hour"),
        ({}, ""),
    ],
)
def test_pay_is_said_in_words(values, words):
    assert CandidatePreference(**values).pay == words


def test_only_who_did_it_undoes_it_and_only_soon(ana, recruiter, sourcer):
    change_set = remove_row(ana.phones.get(), by=recruiter)

    with pytest.raises(UndoExpired):
        undo_edit(change_set, by=sourcer)
    type(change_set).objects.update(created_at=timezone.now() - timedelta(hours=2))
    change_set.refresh_from_db()
    with pytest.raises(UndoExpired):
        undo_edit(change_set, by=recruiter)

    assert not ana.phones.exists()


def test_undo_keeps_what_was_changed_since(ana, recruiter, sourcer):
    row = ana.phones.get()
    change_set = save_row(row, number="+351 210 000 000", by=recruiter)
    save_row(row, number="+351 210 999 999", by=sourcer)

    assert undo_edit(change_set, by=recruiter) == "Undone, except for what was changed since."

    assert ana.phones.get().number == "+351 210 999 999"

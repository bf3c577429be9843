"""Whoever's data came from others is to be told: the clock starts at every door, and only there (GDPR Art. 14)."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from candidates import privacy
from candidates.models import Candidate, NoticeRules, PrivacyNotice, Source
from candidates.queries.notices import due_soon, overdue, untold
from candidates.services import informing
from candidates.services.candidates import create_candidate, edit_candidate
from candidates.services.changes.undoing import start_undo, work_on_undo
from candidates.services.informing import last_day, note_told, save_rules
from candidates.services.merging.merging import merge_people
from crm.audit.models import AuditEntry
from tests.factories import CandidateFactory, SourceFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db

DAY_ZERO = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)


@pytest.fixture
def day_zero():
    with time_machine.travel(DAY_ZERO, tick=False) as clock:
        yield clock


def notice_of(candidate: Candidate) -> PrivacyNotice | None:
    return PrivacyNotice.objects.filter(candidate=candidate).first()


@pytest.mark.parametrize(
    ("stored_on", "days", "last"),
    [
        (date(2026, 3, 5), None, date(2026, 4, 5)),
        (date(2026, 1, 31), None, date(2026, 2, 28)),
        (date(2028, 1, 31), None, date(2028, 2, 29)),
        (date(2026, 12, 31), None, date(2027, 1, 31)),
        (date(2026, 11, 30), None, date(2026, 12, 30)),
        (date(2026, 1, 31), 14, date(2026, 2, 14)),
    ],
)
def test_the_last_day_is_a_calendar_month_later_or_sooner_by_the_rules(stored_on, days, last):
    assert last_day(stored_on, days) == last


def test_a_person_added_by_hand_is_to_be_told_the_source(in_acme, recruiter, day_zero):
    fair = SourceFactory(name="Fair in Ulm")

    named = create_candidate(by=recruiter, full_name="Ada", source=fair)
    found = create_candidate(by=recruiter, full_name="Bo")

    of_named, of_found = notice_of(named), notice_of(found)
    assert (of_named.source, of_found.source) == ("Fair in Ulm", "our own research")
    assert (of_named.stored_at, of_named.due_on) == (DAY_ZERO, date(2026, 2, 28))
    assert of_named.told_at is None


def test_who_gave_us_the_data_is_not_to_be_told(in_acme, recruiter):
    careers = SourceFactory(name="Careers page", gives_own_data=True)

    applied = create_candidate(by=recruiter, full_name="Ada", source=careers)
    wrote = create_candidate(by=recruiter, full_name="Bo", learned_from="")

    assert (notice_of(applied), notice_of(wrote)) == (None, None)


def test_the_days_of_the_rules_count_in_the_organizations_zone(in_acme, recruiter):
    in_acme.time_zone = "Pacific/Auckland"
    in_acme.save()
    save_rules(NoticeRules(days=14), by=recruiter)

    with time_machine.travel(datetime(2026, 6, 1, 20, tzinfo=UTC), tick=False):
        ada = create_candidate(by=recruiter, full_name="Ada")

    assert notice_of(ada).due_on == date(2026, 6, 16)
    assert AuditEntry.objects.filter(action="notice.rules_changed").count() == 1


def test_an_import_notes_all_in_one_statement(in_acme, recruiter, django_assert_num_queries):
    few = [CandidateFactory().pk for _ in range(3)]

    # The rules, and the rows.
    with django_assert_num_queries(2):
        informing.start_clock(few, learned_from=informing.A_FILE, at=DAY_ZERO)

    assert PrivacyNotice.objects.count() == 3


def test_erasing_takes_the_notice_along_and_the_export_holds_it(in_acme, recruiter, day_zero):
    ada = create_candidate(by=recruiter, full_name="Ada")
    exported = privacy.export_candidate(ada)["privacy notices"]

    assert [(row["source"], row["due_on"]) for row in exported] == [
        ("our own research", date(2026, 2, 28))
    ]
    counts = privacy.erase_candidates([ada.pk])
    assert counts["candidates.PrivacyNotice"] == 1
    assert PrivacyNotice.objects.count() == 0


def test_merging_keeps_the_earliest_day_and_all_sources(in_acme, recruiter):
    linked, fair = SourceFactory(name="LinkedIn"), SourceFactory(name="Fair")
    with time_machine.travel(datetime(2026, 1, 5, tzinfo=UTC)):
        early = create_candidate(by=recruiter, full_name="Ada Byron", source=linked)
    with time_machine.travel(datetime(2026, 2, 5, tzinfo=UTC)):
        late = create_candidate(by=recruiter, full_name="Ada B.", source=fair)

    change_set = merge_people(late, [early.pk], by=recruiter)

    merged = PrivacyNotice.objects.get()
    assert (merged.candidate_id, merged.due_on) == (late.pk, date(2026, 2, 5))
    assert merged.source == "LinkedIn; Fair"

    start_undo(change_set, by=recruiter)
    assert work_on_undo(in_acme, change_set.pk)
    assert {
        (notice.candidate_id, notice.source, notice.due_on)
        for notice in PrivacyNotice.objects.all()
    } == {(early.pk, "LinkedIn", date(2026, 2, 5)), (late.pk, "Fair", date(2026, 3, 5))}


def test_merging_with_somebody_who_was_told_makes_one_who_was_told(in_acme, recruiter):
    told = create_candidate(by=recruiter, full_name="Ada Byron", source=SourceFactory(name="Fair"))
    other = create_candidate(by=recruiter, full_name="Ada B.")
    note_told([told.pk], how=PrivacyNotice.How.BY_HAND, at=DAY_ZERO, by=recruiter)

    merge_people(other, [told.pk], by=recruiter)

    merged = PrivacyNotice.objects.get()
    assert (merged.candidate_id, merged.source) == (other.pk, "Fair")
    assert (merged.told_at, merged.how, merged.told_by) == (DAY_ZERO, "by_hand", recruiter)


def test_merging_with_somebody_who_is_not_to_be_told_keeps_the_duty(in_acme, recruiter):
    bought = create_candidate(by=recruiter, full_name="Ada Byron")
    own = CandidateFactory(full_name="Ada B.")

    merge_people(own, [bought.pk], by=recruiter)

    assert PrivacyNotice.objects.get().candidate_id == own.pk


def test_who_was_told_keeps_the_first_day(in_acme, recruiter):
    ada = create_candidate(by=recruiter, full_name="Ada")
    how = PrivacyNotice.How

    assert note_told([ada.pk], how=how.FIRST_MAIL, at=DAY_ZERO) == [ada.pk]
    assert note_told([ada.pk], how=how.BY_HAND, at=datetime(2027, 1, 1, tzinfo=UTC)) == []

    assert (notice_of(ada).told_at, notice_of(ada).how) == (DAY_ZERO, "first_mail")


def test_a_corrected_source_is_the_one_that_is_told(in_acme, recruiter):
    ada = create_candidate(by=recruiter, full_name="Ada", source=SourceFactory(name="LinkedIn"))

    edit_candidate(ada, by=recruiter, source=SourceFactory(name="Fair"))
    assert notice_of(ada).source == "Fair"

    edit_candidate(ada, by=recruiter, source=SourceFactory(name="Careers", gives_own_data=True))
    assert notice_of(ada) is None


def test_near_and_late_are_told_apart_by_the_day(in_acme, recruiter, day_zero):
    create_candidate(by=recruiter, full_name="Ada")

    def at(moment: datetime) -> tuple[int, int]:
        day_zero.move_to(moment)
        return due_soon(moment.date()).count(), overdue().count()

    assert at(datetime(2026, 2, 17, 12, tzinfo=UTC)) == (0, 0)
    assert at(datetime(2026, 2, 18, 12, tzinfo=UTC)) == (1, 0)
    assert at(datetime(2026, 2, 28, 23, tzinfo=UTC)) == (1, 0)
    assert at(datetime(2026, 3, 1, 0, tzinfo=UTC)) == (1, 1)


def test_an_organization_that_tells_nobody_has_nobody_waiting(in_acme, recruiter):
    create_candidate(by=recruiter, full_name="Ada")
    assert untold().count() == 1

    save_rules(NoticeRules(is_enabled=False), by=recruiter)
    assert untold().count() == 0


def test_an_admin_says_of_a_source_that_people_come_by_themselves(as_user, owner, in_acme):
    source = SourceFactory(name="Careers")
    client = as_user(owner)
    url = f"/acme/settings/people/lists/sources/{source.pk}/"
    assert "People come from here by themselves" in text_of(client.get(url))

    client.post(url, {"name": "Careers", "gives_own_data": "on"})
    source.refresh_from_db()
    assert source.gives_own_data

    client.post(url, {"name": "Careers"})
    assert not Source.objects.get(pk=source.pk).gives_own_data

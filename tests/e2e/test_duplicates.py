"""Finding and merging duplicates in a browser: two clicks a pair, by keyboard, and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from candidates.models import Candidate, DuplicatePair
from candidates.services.duplicates import deciding
from candidates.services.duplicates.refreshing import compare_batch
from candidates.services.notes import add_note
from crm.tenancy.scope import acting_in
from tests.e2e.conftest import assert_accessible, assert_fits, assert_free, dress, shot
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queue(acme, recruiter):
    with acting_in(acme):
        for name, other, company in (
            ("Robert Smith", "Bob Smith", "Tidewater"),
            ("Katharina Schmidt", "Kathrin Schmitt", "Modehaus"),
            ("Mateo Álvarez", "Alvarez, Mateo", "Parcelo"),
        ):
            one = CandidateFactory(full_name=name, company=company, city="Rome")
            CandidateFactory(full_name=other, company=f"{company} Ltd", city="", headline="Lead")
            add_note(one, by=recruiter, body="Met at the fair.", is_private=False)
        CandidateFactory(full_name="B. Smith", company="Tidewater", city="Rome")
        compare_batch()


def test_duplicates_are_merged_with_two_clicks_each(live_server, page, sign_in, queue, acme, recruiter):  # fmt: skip
    clicks = []

    def click(locator):
        clicks.append(locator)
        locator.click()

    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/candidates/duplicates/")
    expect(page.get_by_role("row")).to_have_count(4)
    expect(page.get_by_role("row", name="Robert Smith")).to_contain_text("B. Smith")
    assert_accessible(page)
    assert_fits(page)
    shot(page, "duplicates")

    click(page.get_by_role("link", name="Compare").first)
    expect(page.get_by_role("heading", name="Same person?")).to_be_visible()
    expect(page.get_by_role("region", name="The records side by side")).to_contain_text("1 note")
    assert_accessible(page)
    assert_fits(page)
    shot(page, "merge")
    for _ in range(2):
        click(page.get_by_role("button", name="Merge and next"))
        expect(page.get_by_text("Merged", exact=False).first).to_be_visible()
        expect(page.get_by_role("heading", name="Same person?")).to_be_visible()
    click(page.get_by_role("button", name="Merge and next"))

    # The merged ones are compared anew, which a worker may not have done yet.
    expect(page.get_by_text(re.compile("Nobody (stands here twice|found so far)"))).to_be_visible()
    # Three groups of two and three people.
    assert len(clicks) <= 2 * 3
    with acting_in(acme):
        assert Candidate.objects.count() == 3
    # Equally sure groups come in any order: the toast says how many records were one.
    toast = page.locator("#toasts").get_by_text(re.compile(r"Merged \d records of")).last
    records = int(re.search(r"Merged (\d)", toast.inner_text())[1])
    page.get_by_role("button", name="Undo").last.click()
    expect(page.get_by_text("Undone").first).to_be_visible()
    with acting_in(acme):
        assert Candidate.objects.count() == 3 + records - 1


def test_duplicates_in_the_dark_and_on_a_phone(live_server, page, sign_in, queue, recruiter):
    sign_in(recruiter)
    for path, name in (
        ("duplicates/", "duplicates"),
        ("duplicates/all/?at_least=90", "merge_all"),
    ):
        page.goto(f"{live_server.url}/acme/candidates/{path}")
        dress(page, theme="dark", width=360)
        assert_accessible(page)
        assert_fits(page)
        shot(page, name)
    page.goto(f"{live_server.url}/acme/candidates/duplicates/")
    page.get_by_role("link", name="Compare").first.click()
    expect(page.get_by_role("heading", name="Same person?")).to_be_visible()
    assert_fits(page)
    shot(page, "merge")
    assert_accessible(page)
    page.keyboard.press("n")
    expect(page.get_by_text("Remembered: not the same person.")).to_be_visible()


def test_what_merging_all_leaves_is_said_with_the_way_to_it(live_server, page, sign_in, queue, acme, recruiter):  # fmt: skip
    with acting_in(acme):
        two = [CandidateFactory(full_name="Jonas Berg", phones=["+4930555555"]) for _ in range(2)]
        CandidateFactory.create_batch(2, full_name="Ruth Blau", phones=["+4930444444"])
        compare_batch()
        pair = DuplicatePair.objects.get(candidate=two[0], other=two[1])
        deciding.tell_apart([pair.pk], by=recruiter)
        CandidateFactory(full_name="Jonas Berg", phones=["+4930555555"])
        compare_batch()
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/candidates/duplicates/all/?at_least=90")
    expect(page.get_by_role("button", name="Merge 1 group")).to_be_visible()
    left = page.get_by_role("listitem").filter(has_text="either of two people")
    expect(left).to_have_count(2)
    assert_accessible(page)
    for theme, width in (("light", 1280), ("dark", 360)):
        dress(page, theme=theme, width=width)
        assert_fits(page)
        shot(page, "merge_all_left")
    left.first.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Same person?")).to_be_visible()


def test_three_records_on_a_phone_are_all_in_sight(live_server, page, sign_in, acme, recruiter):
    with acting_in(acme):
        people = [
            CandidateFactory(full_name=name, company="Tidewater", phones=["+4930123456"])
            for name in ("Robert Smith", "Bob Smith", "Rob Smith")
        ]
    sign_in(recruiter)
    asked = "&".join(f"people={person.pk}" for person in people)
    page.goto(f"{live_server.url}/acme/candidates/duplicates/compare/?{asked}")
    dress(page, theme="light", width=360)
    assert_fits(page)
    assert_accessible(page)
    table = page.get_by_role("region", name="The records side by side")
    assert table.evaluate("node => node.scrollWidth <= node.clientWidth")
    shot(page, "merge_three")


def test_a_toast_leaves_the_buttons_at_the_foot_free(live_server, page, sign_in, queue, recruiter):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/candidates/duplicates/")
    page.get_by_role("link", name="Compare").first.click()
    page.get_by_role("button", name="Merge and next").click()
    for width in (1440, 360):
        dress(page, theme="light", width=width)
        assert_free(page, ".merge-foot .btn")

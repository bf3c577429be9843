"""A column of a thousand cards in a browser: cards out of view leave the page, and nothing else notices."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from candidates.models import Candidate
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy
from pipelines.services import jobs
from tests.e2e.conftest import assert_accessible, dress

CARDS = 1000
# Some screens of cards; what a column may hold of them at once, wherever it was scrolled to.
MOST = 120
SCROLLER = ".board"
BOTTOM = 1_000_000


@pytest.fixture
def job(transactional_db, acme, recruiter):
    with acting_in(acme):
        job = jobs.create_job(by=recruiter, title="Engineer")
        people = Candidate.objects.bulk_create(
            Candidate(full_name=f"Person {number:04}") for number in range(CARDS)
        )
        first = job.pipeline.stages.order_by("position")[0]
        Candidacy.objects.bulk_create(
            Candidacy(job=job, candidate=person, stage=first) for person in reversed(people)
        )
        return job


@pytest.fixture
def board(page, live_server, sign_in, recruiter, job):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/jobs/{job.pk}/")
    return page


def column(page: Page, name: str) -> Locator:
    return page.locator(f'[data-stage-name="{name}"]')


def sourced(page: Page) -> Locator:
    return column(page, "Sourced")


def cards_in_page(page: Page) -> int:
    return sourced(page).locator(".card").count()


def card(page: Page, number: int) -> Locator:
    return page.locator(f'[data-name="Person {number:04}"]')


def scroll_to(page: Page, top: float) -> None:
    """Scroll there, and give the page a frame to follow."""
    page.evaluate(
        "([to, top]) => new Promise((done) => {"
        " document.querySelector(to).scrollTop = top;"
        " requestAnimationFrame(() => requestAnimationFrame(done)) })",
        [SCROLLER, top],
    )


def place_of(page: Page, number: int) -> float:
    """How far down in the column the card stands."""
    return card(page, number).evaluate(
        "(card) => card.getBoundingClientRect().top"
        " - card.closest('.cards').getBoundingClientRect().top"
    )


def load(page: Page, *, pages: int) -> int:
    """Scroll to the end of the column as often. Returns how many cards the page held at most."""
    most = 0
    for _ in range(pages - 1):
        at = sourced(page).locator(".col-more a").get_attribute("hx-get")
        scroll_to(page, BOTTOM)
        expect(sourced(page).locator(f'[hx-get="{at}"]')).to_have_count(0)
        most = max(most, cards_in_page(page))
    scroll_to(page, BOTTOM)
    return most


def select(page: Page, number: int) -> None:
    """Select the card, and have the focus elsewhere."""
    page.get_by_label(f"Select Person {number:04}").check()
    page.get_by_role("searchbox").focus()


def drag(page: Page, number: int, *, to: Locator) -> None:
    """Sideways, without scrolling."""
    start, end = card(page, number).bounding_box(), to.bounding_box()
    assert start
    assert end
    height = start["y"] + start["height"] / 2
    page.mouse.move(start["x"] + start["width"] / 2, height)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, height, steps=5)
    page.mouse.up()


def test_a_column_holds_few_cards_however_far_it_was_scrolled(board):
    start = place_of(board, 10)
    select(board, 10)

    assert load(board, pages=CARDS // 20) <= MOST
    expect(card(board, CARDS - 1)).to_be_in_viewport()
    # Gone out of the page, but for its box: it is selected still, and a range reaches back to it.
    expect(card(board, 10)).to_have_count(0)
    expect(board.locator("[data-bulk-count]")).to_have_text("1 selected")
    board.get_by_label("Select Person 0990").click(modifiers=["Shift"])
    expect(board.locator("[data-bulk-count]")).to_have_text("981 selected")
    board.get_by_role("button", name="Clear the selection").click()
    board.get_by_label("Select Person 0990").check()
    assert_accessible(board)

    # Back up, screen by screen: what was there is there again, where it was.
    height = board.locator(SCROLLER).evaluate("(it) => it.scrollHeight")
    for top in range(int(height), -1, -1500):
        scroll_to(board, top)
        assert cards_in_page(board) <= MOST
        assert board.locator(SCROLLER).evaluate("(it) => it.scrollHeight") == height
    scroll_to(board, 0)
    assert place_of(board, 10) == start
    expect(card(board, 3)).to_be_in_viewport()
    expect(board.get_by_label("Select Person 0010")).not_to_be_checked()
    expect(board.locator("[data-bulk-count]")).to_have_text("1 selected")
    in_order = sourced(board).locator(".card b").all_inner_texts()[:30]
    assert in_order == [f"Person {number:04}" for number in range(30)]


def test_cards_out_of_the_page_are_moved_with_the_selection(board, acme):
    select(board, 3)
    load(board, pages=5)
    expect(card(board, 3)).to_have_count(0)

    board.get_by_label("Stage to move to").select_option(label="Onsite")
    board.get_by_role("button", name="Move", exact=True).click()

    expect(board.locator("[data-toast]", has_text="1 card moved to Onsite.")).to_be_visible()
    with acting_in(acme):
        assert Candidacy.objects.get(candidate__full_name="Person 0003").stage.name == "Onsite"


def test_keys_walk_on_where_cards_have_left(board):
    load(board, pages=5)
    focused = board.locator(".card:focus-within b")
    # The first card never leaves, nor what comes next to the one with the focus.
    card(board, 0).locator(".card-t").focus()
    scroll_to(board, BOTTOM)

    for _ in range(25):
        board.keyboard.press("j")
    expect(focused).to_have_text("Person 0025")
    scroll_to(board, BOTTOM)
    expect(focused).to_have_text("Person 0025")
    for _ in range(20):
        board.keyboard.press("k")
    expect(focused).to_have_text("Person 0005")
    expect(focused).to_be_in_viewport()


def test_undo_puts_the_card_back_and_leaves_the_rest(board, acme):
    load(board, pages=5)
    select(board, 70)
    card(board, 72).scroll_into_view_if_needed()
    drag(board, 72, to=column(board, "Contacted"))
    expect(board.locator("[data-toast]", has_text="Person 0072 moved")).to_be_visible()
    top = board.locator(SCROLLER).evaluate("(it) => it.scrollTop")
    assert top > 5000
    board.evaluate("window.stays = true")

    board.get_by_role("button", name="Undo").click()

    expect(board.locator("[data-toast]", has_text="is back in Sourced.")).to_be_visible()
    expect(sourced(board).locator('[data-name="Person 0072"]')).to_have_count(1)
    expect(card(board, 72)).to_have_count(1)
    expect(card(board, 72)).to_have_attribute("data-version", "2")
    names = sourced(board).locator(".card b").all_inner_texts()
    at = names.index("Person 0072")
    assert (names[at - 1], names[at + 1]) == ("Person 0071", "Person 0073")
    assert board.locator(SCROLLER).evaluate("(it) => it.scrollTop") == top
    assert board.evaluate("window.stays")
    expect(board.get_by_label("Select Person 0070")).to_be_checked()
    expect(board.locator("[data-bulk-count]")).to_have_text("1 selected")
    heads = board.locator(".col", has=board.get_by_role("heading", name=re.compile("^Sourced$")))
    expect(heads.locator("[data-col-count]")).to_have_text(str(CARDS))
    with acting_in(acme):
        assert Candidacy.objects.get(candidate__full_name="Person 0072").stage.name == "Sourced"


def test_a_card_that_somebody_else_moved_is_shown_once(board, acme, job):
    load(board, pages=4)
    expect(card(board, 3)).to_have_count(0)
    with acting_in(acme):
        contacted = job.pipeline.stages.get(name="Contacted")
        moved = Candidacy.objects.filter(candidate__full_name="Person 0003")
        # So long ago that the next cards of its column bring it.
        moved.update(
            stage=contacted, version=1, entered_stage_at=timezone.now() - timedelta(days=9)
        )
        contacted_url = f"/acme/jobs/{job.pk}/stages/{contacted.pk}/"

    board.evaluate(
        "([url, id]) => htmx.ajax('GET', url,"
        " {target: `[data-stage='${id}'] .col-empty`, swap: 'beforebegin'})",
        [contacted_url, contacted.pk],
    )

    expect(column(board, "Contacted").locator('[data-name="Person 0003"]')).to_have_count(1)
    scroll_to(board, 0)
    expect(card(board, 3)).to_have_count(1)
    expect(card(board, 3)).to_have_attribute("data-version", "1")
    names = sourced(board).locator(".card b").all_inner_texts()[:4]
    assert names == ["Person 0000", "Person 0001", "Person 0002", "Person 0004"]


def test_the_columns_scroll_the_page_of_a_phone(page, live_server, sign_in, recruiter, job):
    dress(page, theme="light", width=360)
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/jobs/{job.pk}/")
    page.mouse.move(180, 500)

    for _ in range(6):
        at = sourced(page).locator(".col-more a").get_attribute("hx-get")
        page.mouse.wheel(0, 5000)
        expect(sourced(page).locator(f'[hx-get="{at}"]')).to_have_count(0)

    expect(card(page, 5)).to_have_count(0)
    assert page.evaluate("scrollY") > 5000
    assert cards_in_page(page) <= MOST
    page.mouse.wheel(0, -100_000)
    expect(card(page, 5)).to_be_in_viewport()

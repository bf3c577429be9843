"""A pool with stages in a browser: its board by keys alone, on a phone, and the card that somebody else has moved."""

import pytest
from playwright.sync_api import expect

from candidates.services import pools
from crm.tenancy.scope import acting_in
from pipelines.models import PoolPlace
from pipelines.services import candidacies, pool_stages
from tests.e2e.conftest import Look, dress
from tests.factories import CandidateFactory, TalentPoolFactory

PEOPLE = ("Yuki Tanabe", "Mateo Álvarez", "Amara Okafor")


@pytest.fixture
def staged(transactional_db, acme, recruiter):
    with acting_in(acme):
        pool = TalentPoolFactory(name="Designers", description="To ask in spring")
        staged = pool_stages.give_stages(pool, by=recruiter)
        people = [
            CandidateFactory(full_name=name, headline="Designer", owner=recruiter, skills=["Figma"])
            for name in PEOPLE
        ]
        pools.add_to_pool(pool, [person.pk for person in people], by=recruiter)
        return staged


@pytest.fixture
def board(page, live_server, sign_in, recruiter, staged):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/pools/{staged.pk}/board/")
    return page


def column(page, name: str):
    return page.locator(f'[data-stage-name="{name}"]')


def stages_of(acme) -> dict[str, str]:
    with acting_in(acme):
        return dict(PoolPlace.objects.values_list("candidate__full_name", "stage__name"))


def test_pages_of_pools_with_stages_look_right(page, live_server, sign_in, acme, recruiter, staged):
    sign_in(recruiter)
    with acting_in(acme):
        place = PoolPlace.objects.get(candidate__full_name="Amara Okafor")
        candidacies.move_card(place, to=staged.pipeline.stages.get(name="Replied"), by=recruiter)
        plain = TalentPoolFactory(name="Engineers")
    look = Look(page)

    wrong = []
    for name, path in (
        ("pool-board", f"/acme/pools/{staged.pk}/board/"),
        ("pool-table", f"/acme/pools/{staged.pk}/table/"),
        ("pool-with-stages", f"/acme/pools/{staged.pk}/"),
        ("pool-stages", f"/acme/jobs/pipelines/{staged.pipeline_id}/"),
        ("pool-stage", f"/acme/jobs/stages/{place.stage_id}/edit/"),
        ("pool-gets-stages", f"/acme/pools/{plain.pk}/board/"),
        ("record-with-place", f"/acme/candidates/{place.candidate_id}/"),
    ):
        wrong += look.over(name, live_server.url + path, picture=name)

    assert wrong == []


def test_card_is_moved_and_taken_back_by_keys_alone(board, acme):
    board.locator(".card", has_text="Amara Okafor").locator(".card-t").focus()
    # From the next stage on to the one after it.
    board.keyboard.press("m")
    board.keyboard.press("Tab")
    board.keyboard.press("Enter")

    expect(column(board, "Replied").get_by_text("Amara Okafor")).to_be_visible()
    expect(board.locator('[data-name="Amara Okafor"]')).to_have_attribute("data-version", "1")
    expect(board.locator(".card", has_text="Amara Okafor").locator(".card-t")).to_be_focused()
    expect(board.get_by_text("Amara Okafor moved to Replied.").first).to_be_visible()
    assert stages_of(acme)["Amara Okafor"] == "Replied"

    board.get_by_role("button", name="Undo").press("Enter")
    expect(column(board, "Sourced").get_by_text("Amara Okafor")).to_be_visible()
    assert stages_of(acme)["Amara Okafor"] == "Sourced"


def test_selection_moves_on_a_phone(board, acme):
    dress(board, theme="light", width=360)
    for name in ("Yuki Tanabe", "Mateo Álvarez"):
        board.get_by_label(f"Select {name}").check()
    board.get_by_label("Stage to move to").select_option(label="Contacted")
    board.get_by_role("button", name="Move", exact=True).click()

    expect(board.get_by_text("2 cards moved to Contacted.")).to_be_visible()
    assert stages_of(acme) == {
        "Yuki Tanabe": "Contacted",
        "Mateo Álvarez": "Contacted",
        "Amara Okafor": "Sourced",
    }


def test_card_that_somebody_else_moved_goes_to_where_it_is(board, acme, recruiter, staged):
    with acting_in(acme):
        place = PoolPlace.objects.get(candidate__full_name="Amara Okafor")
        candidacies.move_card(place, to=staged.pipeline.stages.get(name="Offer"), by=recruiter)

    card = board.locator(".card", has_text="Amara Okafor")
    card.get_by_role("button", name="Move or act on Amara Okafor").click()
    card.get_by_role("button", name="Replied").click()

    expect(column(board, "Offer").get_by_text("Amara Okafor")).to_be_visible()
    expect(
        board.get_by_text("Somebody else has moved Amara Okafor to “Offer” meanwhile.").first
    ).to_be_visible()
    assert stages_of(acme)["Amara Okafor"] == "Offer"

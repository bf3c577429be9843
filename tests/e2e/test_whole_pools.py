"""Everybody in a pool, in a browser: counted and asked before they leave it or go on a job; two editors of one pool."""

import pytest
from playwright.sync_api import expect

from candidates.models import TalentPool
from crm.tenancy.scope import acting_in
from pipelines.services.jobs import create_job
from tests.e2e.conftest import assert_accessible, assert_fits, dress, shot
from tests.factories import CandidateFactory, TalentPoolFactory


@pytest.fixture
def pool(acme, recruiter) -> TalentPool:
    with acting_in(acme):
        pool = TalentPoolFactory(name="Backend in Lisbon")
        for name in ("Ana Silva", "Bo Lund", "Caro Weiss"):
            CandidateFactory(full_name=name, pools=[pool])
        create_job(by=recruiter, title="Staff Backend Engineer")
    return pool


def test_everybody_leaves_a_pool_and_comes_back(live_server, page, sign_in, pool, recruiter):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/pools/{pool.pk}/")

    page.get_by_role("checkbox", name="Select all").check()
    page.get_by_role("button", name="Remove from pool").click()
    dialog = page.get_by_role("dialog", name="Remove 3 people from the pool")
    expect(dialog).to_contain_text("They leave the pool “Backend in Lisbon”")
    assert_accessible(page)
    dress(page, theme="dark", width=390)
    assert_fits(page)
    shot(page, "pool-leaving")
    dialog.get_by_role("button", name="Remove 3 people from the pool").click()

    told = page.get_by_role("status")
    expect(told).to_contain_text("Removed 3 people from Backend in Lisbon.", timeout=20_000)
    expect(page.get_by_text("Nobody is in this pool yet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("rowheader")).to_have_count(3)


def test_everybody_in_a_pool_goes_on_a_job_once_it_is_confirmed(
    live_server, page, sign_in, pool, recruiter
):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/pools/{pool.pk}/")

    page.get_by_role("button", name="Put on a job").click()
    page.get_by_role("button", name="Add to the job").click()
    dialog = page.get_by_role("dialog", name="Put 3 people on the job")
    expect(dialog).to_contain_text("on the job “Staff Backend Engineer”")
    assert_accessible(page)
    shot(page, "pool-on-job")
    dialog.get_by_role("button", name="Put 3 people on the job").click()

    told = page.get_by_role("status")
    expect(told).to_contain_text("Added 3 people to Staff Backend Engineer.", timeout=20_000)


def test_a_pool_that_was_changed_meanwhile_says_so(live_server, page, sign_in, pool, recruiter):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/pools/{pool.pk}/edit/")
    with acting_in(pool.organization):
        TalentPool.objects.filter(pk=pool.pk).update(team="Platform")

    page.get_by_label("Description").fill("For the spring")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("alert")).to_contain_text(
        "Somebody else has saved this meanwhile: Team"
    )
    expect(page.get_by_label("Team")).to_have_value("Platform")
    expect(page.get_by_label("Description")).to_have_value("For the spring")
    assert_accessible(page)
    shot(page, "pool-meanwhile")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.", timeout=20_000)

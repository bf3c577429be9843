"""Pages of smart and mixed pools: the rule that is tried, who came and went and why, pools that wait to be filled."""

from datetime import timedelta

import pytest
from django.utils import timezone

from candidates.models import Candidate, PoolExclusion, PoolMembership, TalentPool
from candidates.services import pools
from candidates.services.bulk_edits import put_into_pool, take_out_of_pool
from candidates.services.freshening import freshen_batch
from candidates.services.smart_pools import fill
from crm.runtime.models import Heartbeat
from crm.runtime.services import beat_heart
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import asking, seen
from tests.factories import CandidateFactory


def test_page_shows_the_rule_and_who_came_and_went(acme, recruiter, client):
    with acting_in(acme):
        CandidateFactory(full_name="Ana", headline="Cook", emails=["ana@example.com"])
        ben = CandidateFactory(full_name="Ben", headline="Cook")
        pool = pools.create_pool(
            by=recruiter, name="Cooks", query=asking("title:cook"), target_size=10
        )
        fill(pool)
        Candidate.objects.filter(pk=ben.pk).update(headline="Pilot")
        freshen_batch()

    client.force_login(recruiter)
    page = seen(client.get(f"/acme/pools/{pool.pk}/"))

    assert "title:cook" in page
    assert "1 of 10" in page
    assert "100 %" in page
    assert "Does not match any more: title:cook" in page


def test_rule_is_tried_before_it_is_saved(acme, recruiter, as_user, client):
    with acting_in(acme):
        CandidateFactory(full_name="Ana", headline="Cook")

    found = seen(as_user(recruiter).get("/acme/pools/preview/", {"rule": "title:cook"}))
    assert "1 person matches now" in found
    assert "Ana" in found
    client.force_login(recruiter)
    wrong = client.post("/acme/pools/add/", {"name": "Cooks", "rule": "title:cook AND ("})
    assert wrong.status_code == 422
    assert "title:cook AND (" in wrong.content.decode()
    made = client.post("/acme/pools/add/", {"name": "Cooks", "rule": "title:cook"})
    assert made.status_code == 302
    with acting_in(acme):
        assert TalentPool.objects.get().is_smart


@pytest.fixture
def waiting_pool(acme, recruiter) -> TalentPool:
    with acting_in(acme):
        return pools.create_pool(by=recruiter, name="Waiting", query=asking("title:nurse"))


def test_page_of_a_pool_that_waits_says_when_no_worker_answers(client, acme, viewer, waiting_pool):
    client.force_login(viewer)
    silence = "The worker does not answer"
    shown = seen(client.get(f"/acme/pools/{waiting_pool.pk}/"))
    assert silence in shown
    assert "goes on by itself" in shown

    beat_heart(Heartbeat.Part.WORKER)
    shown = seen(client.get(f"/acme/pools/{waiting_pool.pk}/"))
    assert silence not in shown
    assert "Everybody is being compared with the rule" in shown

    Heartbeat.objects.update(beaten_at=timezone.now() - timedelta(minutes=4))
    assert silence in seen(client.get(f"/acme/pools/{waiting_pool.pk}/"))


def test_a_pool_that_was_filled_meanwhile_shows_itself(client, acme, viewer, waiting_pool):
    client.force_login(viewer)
    address = f"/acme/pools/{waiting_pool.pk}/"
    waiting = client.get(f"{address}filling/", headers={"HX-Request": "true"})
    assert f'hx-get="{address}filling/"' in waiting.content.decode()
    with acting_in(acme):
        fill(waiting_pool)

    filled = client.get(f"{address}filling/", headers={"HX-Request": "true"})

    assert filled.headers["HX-Redirect"] == address
    assert "filling/" not in client.get(address).content.decode()
    assert client.get(f"{address}filling/").url == address


def test_a_mixed_pool_tells_who_was_put_in_by_whom(client, acme, recruiter, viewer):
    with acting_in(acme):
        CandidateFactory(full_name="Ana", headline="Nurse")
        ben, cy = (CandidateFactory(full_name=name, headline="Cook") for name in ("Ben", "Cy"))
        pool = pools.create_pool(by=recruiter, name="Mixed", query=asking("title:nurse"))
        fill(pool)
        put_into_pool(pool, [ben.pk, cy.pk], by=recruiter)
        take_out_of_pool(pool, [cy.pk], by=recruiter)
    client.force_login(viewer)

    page = client.get(f"/acme/pools/{pool.pk}/")

    words = seen(page)
    assert page.content.decode().count(">by hand</span>") == 1
    assert f'title="Put in by {recruiter}: stays, whatever the rule says"' in page.content.decode()
    assert f"Ben Put in by {recruiter}" in words
    assert "Ana Matches the rule" in words
    assert f"Cy Taken out by {recruiter}" in words


def test_an_empty_smart_pool_says_whether_it_was_filled(client, acme, viewer, waiting_pool):
    client.force_login(viewer)
    assert "still to be compared" in seen(client.get(f"/acme/pools/{waiting_pool.pk}/"))
    with acting_in(acme):
        fill(waiting_pool)

    assert "Nobody matches its rule." in seen(client.get(f"/acme/pools/{waiting_pool.pk}/"))


def test_a_rule_is_given_up_in_two_steps_and_forgets_nobody(client, acme, recruiter):
    with acting_in(acme):
        CandidateFactory(full_name="Ana", headline="Nurse")
        ben = CandidateFactory(full_name="Ben", headline="Nurse")
        pool = pools.create_pool(by=recruiter, name="Nurses", query=asking("title:nurse"))
        fill(pool)
        take_out_of_pool(pool, [ben.pk], by=recruiter)
    client.force_login(recruiter)
    path = f"/acme/pools/{pool.pk}/edit/"
    emptied = {"name": "Nurses", "rule": " "}

    asked = client.post(path, emptied)
    with acting_in(acme):
        assert TalentPool.objects.get().is_smart
    assert asked.status_code == 422
    assert "nobody comes or goes by itself any more" in seen(asked)
    assert "From now on the pool is picked by hand" in seen(asked)

    assert client.post(path, emptied | {"picked_by_hand": "on"}).status_code == 302
    with acting_in(acme):
        assert not TalentPool.objects.get().is_smart
        assert PoolMembership.objects.get().origin == PoolMembership.Origin.HAND
        assert PoolExclusion.objects.get().candidate_id == ben.pk
    assert "picked by hand from" not in seen(client.get(path))

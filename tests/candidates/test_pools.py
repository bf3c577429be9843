"""Pages of talent pools."""

import pytest
from django.utils import timezone

from candidates import panels
from candidates.models import PoolMembership, TalentPool
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory, TalentPoolFactory


@pytest.fixture
def pool(acme, recruiter) -> TalentPool:
    with acting_in(acme):
        return TalentPoolFactory(
            name="Silver medalists", description="Came second", owner=recruiter
        )


@pytest.fixture
def path(pool) -> str:
    return f"/acme/pools/{pool.pk}/"


def test_pools_are_listed_with_their_numbers(pool, acme, viewer, as_user):
    with acting_in(acme):
        CandidateFactory.create_batch(2, pools=[pool])
        PoolMembership.objects.filter(candidate=CandidateFactory(pools=[pool])).update(
            added_at="2020-01-01T00:00Z"
        )
        TalentPoolFactory(name="Put away", archived_at=timezone.now())

    response = as_user(viewer).get("/acme/pools/")

    (row,) = response.context["page"].rows
    assert (row.people, row.new_people) == (3, 2)
    assert "Silver medalists" in response.text
    assert "Came second" in response.text
    assert "Put away" not in response.text
    assert "Put away" in as_user(viewer).get("/acme/pools/?show=archived").text


@pytest.mark.parametrize("rows", [1, 3])
def test_pool_list_takes_the_same_queries_for_any_number_of_rows(
    acme, recruiter, client, bare_panels, count_queries, rows
):
    with acting_in(acme):
        for _ in range(rows):
            CandidateFactory(pools=[TalentPoolFactory(owner=recruiter)])
    client.force_login(recruiter)

    assert count_queries(client, "/acme/pools/") == 6


@pytest.mark.parametrize("rows", [1, 3])
def test_pool_takes_the_same_queries_for_any_number_of_people(
    pool, path, recruiter, acme, client, bare_panels, count_queries, rows
):
    with acting_in(acme):
        for _ in range(rows):
            CandidateFactory(pools=[pool], owner=recruiter, skills=["Go"])
    client.force_login(recruiter)

    assert count_queries(client, path) == 20


def test_pool_shows_who_joined_last_first(pool, path, acme, recruiter, as_user):
    with acting_in(acme):
        for name in ("First", "Second"):
            CandidateFactory(full_name=name, pools=[pool])
        CandidateFactory(full_name="Outside")

    response = as_user(recruiter).get(path)

    people = [row.person.full_name for row in response.context["page"].rows]
    assert people == ["Second", "First"]
    assert "Outside" not in response.text


def test_people_to_add_are_found_outside_the_pool(pool, path, acme, recruiter, as_user):
    with acting_in(acme):
        CandidateFactory(full_name="Ana Inside", pools=[pool])
        CandidateFactory(full_name="Ana Outside")
        CandidateFactory(full_name="Bo Outside")

    response = as_user(recruiter).get(f"{path}?q=ana")

    assert [person.full_name for person in response.context["found"]] == ["Ana Outside"]
    assert "Nobody outside this pool matches." in seen(as_user(recruiter).get(f"{path}?q=zz"))


def test_people_join_and_leave(pool, path, acme, recruiter, as_user):
    with acting_in(acme):
        ana, bo = CandidateFactory(), CandidateFactory(pools=[pool])
    client = as_user(recruiter)

    joined = client.post(f"{path}join/", {"ids": [ana.pk, bo.pk]}, follow=True)
    asked = client.post(f"{path}leave/", {"ids": [bo.pk]})
    with acting_in(acme):
        assert pool.memberships.count() == 2
    left = client.post(f"{path}leave/", {"frozen": bo.pk}, follow=True)

    assert "Remove 1 person from the pool" in seen(asked)
    assert joined.status_code == asked.status_code == 200
    assert left.status_code == 200
    with acting_in(acme):
        membership = pool.memberships.get()
        assert (membership.candidate, membership.added_by) == (ana, recruiter)
        assert list(ana.touchpoints.values_list("summary", "link")) == [
            ("Added to the pool Silver medalists", f"pools/{pool.pk}/")
        ]
        assert bo.touchpoints.get().summary == "Removed from the pool Silver medalists"


def test_everybody_who_was_counted_leaves_and_who_joins_meanwhile_stays(
    pool, path, acme, recruiter, as_user
):
    with acting_in(acme):
        CandidateFactory.create_batch(3, pools=[pool])
        other = CandidateFactory(pools=[TalentPoolFactory()])
    client = as_user(recruiter)

    asked = client.post(f"{path}leave/", {"everything": "1", "query": f"pool={pool.pk}"})
    assert "Remove 3 people from the pool" in seen(asked)
    with acting_in(acme):
        late = CandidateFactory(pools=[pool])
    frozen = asked.context["form"]["frozen"].value()
    answer = client.post(f"{path}leave/", {"frozen": frozen, "next": path})

    assert answer.status_code in (200, 302)
    with acting_in(acme):
        assert {row.candidate for row in PoolMembership.objects.all()} == {other, late}


def test_pool_is_made_and_edited(acme, recruiter, sourcer, as_user):
    client = as_user(recruiter)

    client.post("/acme/pools/add/", {"name": " Spring  2027 ", "owner": sourcer.pk})
    with acting_in(acme):
        pool = TalentPool.objects.get()
        assert (pool.name, pool.owner) == ("Spring 2027", sourcer)
    client.post(f"/acme/pools/{pool.pk}/edit/", {"name": "Summer", "description": "For later"})

    with acting_in(acme):
        pool.refresh_from_db()
        assert (pool.name, pool.description, pool.owner) == ("Summer", "For later", None)


def test_pool_names_are_told_apart(pool, recruiter, as_user):
    response = as_user(recruiter).post("/acme/pools/add/", {"name": "SILVER medalists"})

    assert response.status_code == 422
    assert "There is a pool with this name." in seen(response)


def test_archived_pool_keeps_its_people_and_takes_no_more(pool, path, acme, recruiter, as_user):
    with acting_in(acme):
        CandidateFactory(full_name="Ana Inside", pools=[pool])
        late = CandidateFactory()
    client = as_user(recruiter)

    client.post(f"{path}archive/")
    refused = client.post(f"{path}join/", {"ids": [late.pk]})

    assert refused.status_code == 409
    assert "is archived" in seen(refused)
    assert "Ana Inside" in client.get(path).text

    client.post(f"{path}restore/")
    assert client.post(f"{path}join/", {"ids": [late.pk]}, follow=True).status_code == 200
    with acting_in(acme):
        assert pool.memberships.count() == 2


def test_higher_apps_add_to_a_pool(pool, path, recruiter, client, bare_panels):
    panels.register_panel(
        "candidates/due.html", lambda pool, request: {"day": None}, panels.POOL_HEADER
    )
    client.force_login(recruiter)

    assert 'class="due muted"' in client.get(path).text

"""Pools with stages are worked on the board that jobs have."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates.models import (
    PoolMembership,
)
from candidates.services import pools
from crm.tenancy.scope import acting_in
from pipelines.models import PoolPlace
from pipelines.queries import staged_pool
from pipelines.services import candidacies, many
from tests.factories import CandidateFactory, TalentPoolFactory
from tests.pipelines.conftest import words
from tests.pipelines.pool_stages.conftest import move, standing, url


def test_board_shows_the_pools_people_in_their_stages(
    as_user, acme, recruiter, staged, steps, join
):
    place = join("Ada Byron", headline="Analyst", company="Engines", skills=["Go"])
    gone = join("Bob Kahn")
    with acting_in(acme):
        pools.remove_from_pool(staged.pool, [gone.candidate_id], by=recruiter)
        steps["Replied"].limit = 1
        steps["Replied"].save()

    response = as_user(recruiter).get(url(staged))

    content = response.content.decode()
    assert "Sourced 1" in words(response)
    assert "Replied 0 max 1" in words(response)
    assert "Ada Byron Analyst Engines" in words(response)
    assert "Bob Kahn" not in content
    assert f'data-card="{place.pk}"' in content
    for of_jobs in ("Reject…", "Another job…", "Scorecard", "Hired"):
        assert of_jobs not in content


@pytest.mark.parametrize("number", [1, 3])
def test_board_costs_the_same_for_three(
    as_user, acme, recruiter, staged, join, number, django_assert_num_queries, around
):
    for index in range(number):
        join(f"Person {index}")
    client = as_user(recruiter)
    client.get(url(staged))

    # The pool, its pipeline, cards, stages; a page also the owners to filter by.
    with django_assert_num_queries(around + 4 + (around - 7)):
        client.get(url(staged))


def test_table_and_board_are_the_same_people_and_filters(
    as_user, acme, recruiter, viewer, staged, steps, join
):
    ada, bob = join("Ada Byron", owner=recruiter), join("Bob Kahn")
    with acting_in(acme):
        candidacies.move_card(ada, to=steps["Replied"], by=recruiter)
        old = timezone.now() - timedelta(days=60)
        PoolPlace.objects.filter(pk=bob.pk).update(entered_stage_at=old)
    client = as_user(viewer)

    def found(query: str) -> tuple[bool, bool]:
        pages = [
            client.get(url(staged, f"{page}{query}")).content.decode()
            for page in ("board/", "table/")
        ]
        names = [("Ada Byron" in page, "Bob Kahn" in page) for page in pages]
        assert names[0] == names[1]
        return names[0]

    assert found("") == (True, True)
    assert found("?q=byron") == (True, False)
    assert found("?waiting=1") == (False, True)
    assert found(f"?owner={recruiter.pk}") == (True, False)
    only = client.get(url(staged, f"table/?stage={steps['Replied'].pk}")).content.decode()
    assert ("Ada Byron" in only, "Bob Kahn" in only) == (True, False)
    assert "data-can-move" not in client.get(url(staged)).content.decode()


def test_columns_come_in_windows(as_user, acme, recruiter, staged, mode):
    with acting_in(acme):
        people = [CandidateFactory(full_name=f"Person {index:02}").pk for index in range(23)]
        pools.add_to_pool(staged.pool, people, by=recruiter)
        first = staged.pipeline.stages.all()[0]
    client = as_user(recruiter)

    content = client.get(url(staged)).content.decode()

    assert content.count('data-card="') == 20
    if mode == "htmx":
        cursor = content.partition(f"stages/{first.pk}/?cursor=")[2].partition('"')[0]
        more = client.get(url(staged, f"stages/{first.pk}/?cursor={cursor}")).content.decode()
        assert more.count('data-card="') == 3


def test_move_answers_with_the_card_and_409_to_whoever_is_late(
    as_user, acme, recruiter, steps, join, mode
):
    place = join("Ada Byron")
    client = as_user(recruiter)

    first = move(client, place, steps["Replied"])
    late = move(client, place, steps["Offer"], version=0)

    assert first.status_code == (200 if mode == "htmx" else 302)
    assert late.status_code == 409
    assert "Somebody else has moved Ada Byron to “Replied” meanwhile." in late.content.decode()
    if mode == "htmx":
        assert 'data-version="1"' in first.content.decode()
        assert f'data-in="{steps["Replied"].pk}"' in late.content.decode()
    with acting_in(acme):
        assert standing() == [("Replied", True, ["Sourced", "Replied"])]


def test_selection_moves_and_undo_brings_it_back(as_user, acme, recruiter, staged, steps, join):
    places = [join("Ada Byron"), join("Bob Kahn")]
    client = as_user(recruiter)

    client.post(
        url(staged, "move/selected/"),
        {"cards": [f"{place.pk}:0" for place in places], "stage": steps["Offer"].pk},
    )
    with acting_in(acme):
        assert {row[0] for row in standing()} == {"Offer"}
    with acting_in(acme):
        name = many.undo_token({place.pk: 1 for place in places}, by=recruiter)
    client.post(url(staged, f"undo/{name}/"))

    with acting_in(acme):
        assert {row[0] for row in standing()} == {"Sourced"}


@pytest.mark.parametrize("number", [1, 3])
def test_list_of_the_pool_shows_the_stage(
    as_user, acme, recruiter, staged, steps, join, number, django_assert_num_queries
):
    """Instead of the status; two statements more than a pool without stages, however many people."""
    for index in range(number):
        place = join(f"Person {index}")
    with acting_in(acme):
        candidacies.move_card(place, to=steps["Replied"], by=recruiter)
        plain = TalentPoolFactory()
        people = staged.pool.memberships.values_list("candidate", flat=True)
        pools.add_to_pool(plain, people, by=recruiter)
    client = as_user(recruiter)
    with CaptureQueriesContext(connection) as without:
        assert " Status " in words(client.get(url(plain, "")))

    with django_assert_num_queries(len(without) + 1):
        page = words(client.get(url(staged, "")))

    assert " Stage Skills " in page
    assert " Status " not in page
    assert page.count(" Sourced ") == number - 1
    assert page.count(" Replied ") == 1


def test_stages_are_given_and_taken_on_pages(as_user, acme, recruiter, viewer, mode):
    with acting_in(acme):
        pool = TalentPoolFactory(name="Designers")
        pools.add_to_pool(pool, [CandidateFactory().pk], by=recruiter)
    client = as_user(recruiter)
    address = f"/acme/pools/{pool.pk}/"

    if mode == "plain":
        assert f'href="{address}board/"' in client.get(address).content.decode()
    assert "Make the stages" in client.get(f"{address}board/").content.decode()
    assert "Make the stages" not in as_user(viewer).get(f"{address}board/").content.decode()
    client.post(f"{address}stages/", {})
    with acting_in(acme):
        staged = staged_pool(pool)
        assert staged is not None
        assert [row[0] for row in standing()] == ["Sourced"]
    page = client.get(f"/acme/jobs/pipelines/{staged.pipeline_id}/").content.decode()
    assert "The stages of this pool only." in page
    assert "Scorecards ask for" not in page
    assert 'value="rejected"' not in page
    # These pages are addressed under Jobs, and belong to the pool.
    with acting_in(acme):
        first = staged.pipeline.stages.earliest("position")
    stage = client.get(f"/acme/jobs/stages/{first.pk}/edit/")
    for shown in (page, stage.content.decode()):
        assert re.findall(r'href="(\S+)"\s+aria-current="page"', shown) == ["/acme/pools/"]
    client.post(f"{address}stages/remove/")

    with acting_in(acme):
        assert staged_pool(pool) is None
        assert PoolMembership.objects.count() == 1


def test_taking_out_leads_back_to_the_board(as_user, acme, recruiter, staged, join, mode):
    place = join("Ada Byron")

    response = as_user(recruiter).post(
        url(staged, "leave/"), {"frozen": place.candidate_id, "next": url(staged)}
    )

    if mode == "plain":
        assert response["Location"] == url(staged)
    with acting_in(acme):
        assert standing() == [("Sourced", False, ["Sourced"])]


def test_record_shows_where_somebody_stands(as_user, acme, recruiter, viewer, join):
    place = join("Ada Byron")
    address = f"/acme/candidates/{place.candidate_id}/"

    mine, theirs = (words(as_user(user).get(address)) for user in (recruiter, viewer))

    assert "Stages in pools Designers Sourced" in mine
    assert "Move to" in mine
    assert "Stages in pools Designers Sourced" in theirs


# Searching

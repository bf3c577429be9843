"""Pools with stages: who joins starts, who leaves ends, and they are worked on the board that jobs have."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates.models import (
    CandidateTag,
    Change,
    ChangeSet,
    PoolMembership,
    TalentPool,
    Touchpoint,
)
from candidates.queries.search import ANY_READER, PeopleQuery, Searcher, find_people, parse
from candidates.services import pools
from candidates.services.bulk_edits import put_into_pool, take_out_of_pool
from candidates.services.changes.undoing import start_undo, undo_batch
from candidates.services.merging.merging import merge_people
from candidates.services.smart_pools import fill
from candidates.services.tagging import tag_candidates
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from pipelines.models import Pipeline, PoolPlace, PoolStageChange, RuleRun, Stage, StagedPool
from pipelines.privacy import erase_candidates, export_candidate
from pipelines.queries import staged_pool
from pipelines.services import candidacies, many, pool_stages, rules
from pipelines.services import stages as stage_services
from tests.factories import CandidateFactory, TagFactory, TalentPoolFactory
from tests.pipelines.conftest import words


@pytest.fixture
def staged(acme, recruiter) -> StagedPool:
    with acting_in(acme):
        return pool_stages.give_stages(TalentPoolFactory(name="Designers"), by=recruiter)


@pytest.fixture
def steps(acme, staged) -> dict[str, Stage]:
    with acting_in(acme):
        return {stage.name: stage for stage in staged.pipeline.stages.all()}


@pytest.fixture
def join(acme, recruiter, staged):
    """`join("Ada Byron")` makes somebody of the pool and returns the place."""

    def make(name: str, **fields) -> PoolPlace:
        with acting_in(acme):
            person = CandidateFactory(full_name=name, **fields)
            pools.add_to_pool(staged.pool, [person.pk], by=recruiter)
            return PoolPlace.objects.select_related("candidate", "stage", "pool").get(
                candidate=person, closed_at=None
            )

    return make


def url(staged, rest: str = "board/") -> str:
    return f"/acme/pools/{staged.pk}/{rest}"


def move(client, place, stage, version=None, **fields):
    return client.post(
        f"/acme/pools/{place.pool_id}/move/",
        {
            "card": place.pk,
            "stage": stage.pk,
            "version": place.version if version is None else version,
            **fields,
        },
    )


def undo(change_set: ChangeSet, by) -> None:
    change_set = start_undo(change_set, by=by)
    while not undo_batch(change_set.pk):
        pass


def standing(person=None) -> list[tuple[str, bool, list[str]]]:
    """Each place, the oldest first: its stage, whether it is open, and the stages of its history."""
    rows = PoolPlace.objects.select_related("stage").order_by("pk")
    rows = rows.filter(candidate=person) if person else rows
    return [
        (
            row.stage.name,
            row.closed_at is None,
            [change.to.name for change in row.stage_changes.order_by("at", "pk")],
        )
        for row in rows
    ]


# Having stages


def test_stages_come_from_a_template_without_those_that_end_a_candidacy(in_acme, recruiter):
    pool = TalentPoolFactory()
    pools.add_to_pool(pool, [CandidateFactory().pk for _ in range(3)], by=recruiter)
    template = stage_services.create_template(by=recruiter, name="Nurture")
    template.stages.exclude(name__in=["Sourced", "Offer", "Hired"]).delete()
    template.stages.filter(name="Offer").update(is_blind=True, requires_scorecard=True, limit=4)

    staged = pool_stages.give_stages(pool, by=recruiter, template=template)

    assert [
        (stage.name, stage.position, stage.limit, stage.is_blind, stage.requires_scorecard)
        for stage in staged.pipeline.stages.all()
    ] == [("Sourced", 0, None, False, False), ("Offer", 1, 4, False, False)]
    assert standing() == [("Sourced", True, ["Sourced"])] * 3
    with pytest.raises(pool_stages.HasStages):
        pool_stages.give_stages(pool, by=recruiter)


def test_removed_stages_leave_everybody_in_the_pool(in_acme, recruiter, staged, steps, join):
    place = join("Ada Byron")
    candidacies.move_card(place, to=steps["Replied"], by=recruiter)

    pool_stages.remove_stages(staged, by=recruiter)

    assert PoolMembership.objects.get().candidate_id == place.candidate_id
    assert not PoolPlace.objects.exists()
    assert not Pipeline.objects.filter(pool=staged.pool).exists()
    moves = Touchpoint.objects.filter(candidate=place.candidate_id, kind=Touchpoint.Kind.STAGE)
    assert moves.get().summary == "Moved from Sourced to Replied · pool Designers"
    # Joining goes on without a place.
    pools.add_to_pool(staged.pool, [CandidateFactory().pk], by=recruiter)
    assert not PoolPlace.objects.exists()


def test_archived_pool_gets_no_stages(in_acme, recruiter):
    pool = pools.archive_pool(TalentPoolFactory(), by=recruiter)

    with pytest.raises(pool_stages.ArchivedPool):
        pool_stages.give_stages(pool, by=recruiter)


def test_pools_have_no_stage_that_ends_a_candidacy(in_acme, recruiter, staged, steps):
    with pytest.raises(stage_services.ClosingInPool):
        stage_services.add_stage(staged.pipeline, by=recruiter, name="No", kind=Stage.Kind.REJECTED)
    with pytest.raises(stage_services.ClosingInPool):
        stage_services.edit_stage(steps["Offer"], by=recruiter, kind=Stage.Kind.HIRED)


def test_stage_that_somebody_stood_in_cannot_be_removed(in_acme, recruiter, steps, join):
    place = join("Ada Byron")
    candidacies.move_card(place, to=steps["Replied"], by=recruiter)

    for name in ("Sourced", "Replied"):
        with pytest.raises(stage_services.StageInUse):
            stage_services.remove_stage(steps[name], by=recruiter)
    stage_services.remove_stage(steps["Offer"], by=recruiter)


# Coming and going


def test_who_joins_starts_and_who_leaves_ends_with_history_kept(
    in_acme, recruiter, staged, steps, join
):
    place = join("Ada Byron")
    candidacies.move_card(place, to=steps["Replied"], by=recruiter)

    pools.remove_from_pool(staged.pool, [place.candidate_id], by=recruiter)
    assert standing() == [("Replied", False, ["Sourced", "Replied"])]

    pools.add_to_pool(staged.pool, [place.candidate_id], by=recruiter)
    assert standing() == [
        ("Replied", False, ["Sourced", "Replied"]),
        ("Sourced", True, ["Sourced"]),
    ]


def test_rule_of_a_smart_pool_lets_people_in_and_out_of_the_stages(in_acme, recruiter):
    tag, person = TagFactory(name="Design"), CandidateFactory()
    rule = PeopleQuery(parse("tag:Design", searcher=ANY_READER))
    pool = pools.create_pool(by=recruiter, name="Tagged", query=rule)
    pool_stages.give_stages(pool, by=recruiter)
    tag_candidates(tag, [person.pk], by=recruiter)

    fill(pool)
    assert standing() == [("Sourced", True, ["Sourced"])]

    CandidateTag.objects.all().delete()
    fill(pool)
    assert standing() == [("Sourced", False, ["Sourced"])]


def test_undo_of_leaving_brings_the_place_back(in_acme, recruiter, staged, steps, join):
    place = join("Ada Byron")
    candidacies.move_card(place, to=steps["Replied"], by=recruiter)

    take_out_of_pool(staged.pool, [place.candidate_id], by=recruiter)
    assert standing() == [("Replied", False, ["Sourced", "Replied"])]
    undo(ChangeSet.objects.latest("pk"), recruiter)

    assert standing() == [("Replied", True, ["Sourced", "Replied"])]


def test_undo_of_joining_ends_the_place(in_acme, recruiter, staged):
    put_into_pool(staged.pool, [CandidateFactory().pk], by=recruiter)
    assert standing() == [("Sourced", True, ["Sourced"])]

    undo(ChangeSet.objects.latest("pk"), recruiter)

    assert standing() == [("Sourced", False, ["Sourced"])]
    assert not PoolMembership.objects.exists()


def test_pool_without_stages_has_no_places(in_acme, recruiter, staged):
    pools.add_to_pool(TalentPoolFactory(), [CandidateFactory().pk], by=recruiter)

    assert not PoolPlace.objects.exists()


# Moving


def test_moves_are_told_and_taken_back(in_acme, recruiter, steps, join):
    place = join("Ada Byron")

    candidacies.move_card(place, to=steps["Replied"], by=recruiter, version=0)
    assert (place.version, place.stage) == (1, steps["Replied"])
    candidacies.undo_move(place, by=recruiter, version=1)

    assert standing() == [("Sourced", True, ["Sourced", "Replied", "Sourced"])]
    told = Touchpoint.objects.filter(kind=Touchpoint.Kind.STAGE).order_by("pk")
    assert [(one.summary, one.link) for one in told] == [
        ("Moved from Sourced to Replied · pool Designers", f"pools/{place.pool_id}/board/"),
        ("Moved back from Replied to Sourced · pool Designers", f"pools/{place.pool_id}/board/"),
    ]


def test_move_refuses_what_is_old_left_or_of_elsewhere(
    in_acme, recruiter, staged, steps, job, stages, join
):
    place = join("Ada Byron")
    candidacies.move_card(place, to=steps["Replied"], by=recruiter)

    with pytest.raises(candidacies.StaleCandidacy):
        candidacies.move_card(place, to=steps["Offer"], by=recruiter, version=0)
    with pytest.raises(candidacies.WrongStage):
        candidacies.move_card(place, to=stages["Offer"], by=recruiter)
    pools.remove_from_pool(staged.pool, [place.candidate_id], by=recruiter)
    with pytest.raises(candidacies.LeftPool):
        candidacies.move_card(place, to=steps["Offer"], by=recruiter)
    with pytest.raises(candidacies.LeftPool):
        candidacies.undo_move(place, by=recruiter, version=place.version)


@pytest.mark.parametrize("number", [2, 5])
def test_many_move_and_come_back_as_one_act(
    in_acme, recruiter, staged, steps, join, number, django_assert_num_queries
):
    places = [join(f"Person {index}") for index in range(number)]
    seen = {place.pk: 0 for place in places}

    with django_assert_num_queries(7):
        done = many.move_many(staged, seen, to=steps["Replied"], by=recruiter)
    assert done.versions == {place.pk: 1 for place in places}
    assert many.undo_many(staged, done.versions, by=recruiter).left == {}

    assert standing() == [("Sourced", True, ["Sourced", "Replied", "Sourced"])] * number


def test_moves_plan_no_rule_of_a_job(in_acme, recruiter, job, stages, staged, join, steps):
    """A pool's stages are its own: what a job's stage of the same name wants does not happen."""
    rules.add_rule(
        stages["Replied"], by=recruiter, action="notify", title="Look", whom="owner", after_hours=0
    )
    candidacies.move_card(join("Ada Byron"), to=steps["Replied"], by=recruiter)

    assert not RuleRun.objects.exists()


# Pages


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
    assert "Take out of the pool" in content
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
        url(staged, "leave/"), {"ids": place.candidate_id, "next": url(staged)}
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


def test_people_are_found_by_the_stage_of_a_pool(in_acme, recruiter, manager, staged, steps, join):
    ada, bob = join("Ada Byron"), join("Bob Kahn")
    candidacies.move_card(ada, to=steps["Replied"], by=recruiter)
    pools.remove_from_pool(staged.pool, [bob.candidate_id], by=recruiter)

    def found(text: str, searcher=ANY_READER) -> set[int]:
        query = PeopleQuery(parse(text, searcher=searcher))
        return set(find_people(query, searcher=searcher).values_list("pk", flat=True))

    assert found("stage:Replied") == {ada.candidate_id}
    assert found("stage:Sourced") == set()
    hiring = Searcher(Membership.objects.get(user=manager))
    assert found("stage:Replied", hiring) == set()


# Privacy, merging


def test_export_and_erasure_know_the_places(in_acme, recruiter, steps, join):
    ada, bob = join("Ada Byron"), join("Bob Kahn")
    candidacies.move_card(ada, to=steps["Replied"], by=recruiter)

    told = export_candidate(ada.candidate)["pool_places"]
    assert [(one["pool"], one["stage"]) for one in told] == [("Designers", "Replied")]
    assert [(one["origin"], one["to"]) for one in told[0]["stage_changes"]] == [
        (None, "Sourced"),
        ("Sourced", "Replied"),
    ]
    counts = erase_candidates([ada.candidate_id])

    assert (counts["pipelines.PoolPlace"], counts["pipelines.PoolStageChange"]) == (1, 2)
    assert PoolPlace.objects.get() == bob
    assert PoolStageChange.objects.get().place == bob


def test_merge_keeps_one_open_place_in_the_further_stage_and_undo_parts_them(
    in_acme, recruiter, staged, steps, join
):
    kept, gone = join("Ada Byron"), join("Ada Byron-Lovelace")
    candidacies.move_card(gone, to=steps["Replied"], by=recruiter)
    before = standing(kept.candidate_id), standing(gone.candidate_id)

    done = merge_people(kept.candidate, [gone.candidate_id], by=recruiter)

    assert standing() == [
        ("Replied", True, ["Sourced", "Replied"]),
        ("Replied", False, ["Sourced", "Replied"]),
    ]
    assert set(PoolPlace.objects.values_list("candidate", flat=True)) == {kept.candidate_id}
    undo(done, recruiter)
    assert not done.changes.filter(outcome=Change.Outcome.KEPT).exists()
    assert (standing(kept.candidate_id), standing(gone.candidate_id)) == before


def test_merge_takes_the_place_of_who_alone_is_in_the_pool(in_acme, recruiter, join):
    person, gone = CandidateFactory(), join("Ada Byron")

    merge_people(person, [gone.candidate_id], by=recruiter)

    assert standing(person) == [("Sourced", True, ["Sourced"])]
    assert TalentPool.objects.get().memberships.get().candidate == person

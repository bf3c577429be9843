"""Pools with stages: who joins starts, who leaves ends, with history kept."""

import pytest

from candidates.models import (
    CandidateTag,
    ChangeSet,
    PoolMembership,
    Touchpoint,
)
from candidates.queries.search import ANY_READER, PeopleQuery, parse
from candidates.services import pools
from candidates.services.bulk_edits import put_into_pool, take_out_of_pool
from candidates.services.smart_pools import fill
from candidates.services.tagging import tag_candidates
from pipelines.models import Pipeline, PoolPlace, RuleRun, Stage
from pipelines.services import candidacies, many, pool_stages, rules
from pipelines.services import stages as stage_services
from tests.factories import CandidateFactory, TagFactory, TalentPoolFactory
from tests.pipelines.pool_stages.conftest import standing, undo


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

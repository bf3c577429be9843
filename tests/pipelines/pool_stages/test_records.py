"""Where people stand in pools is searched for, exported, erased and merged."""

from candidates.models import (
    Change,
    TalentPool,
)
from candidates.queries.search import ANY_READER, PeopleQuery, Searcher, find_people, parse
from candidates.services import pools
from candidates.services.merging.merging import merge_people
from crm.tenancy.models import Membership
from pipelines.models import PoolPlace, PoolStageChange
from pipelines.privacy import erase_candidates, export_candidate
from pipelines.services import candidacies
from tests.factories import CandidateFactory
from tests.pipelines.pool_stages.conftest import standing, undo


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

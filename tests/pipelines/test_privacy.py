"""What an access request tells of candidacies, and that erasure leaves none."""

from pipelines.models import Candidacy, Criterion, StageChange
from pipelines.privacy import erase_candidates, export_candidate
from pipelines.services import candidacies, criteria, scorecards


def test_export_candidate_tells_jobs_and_history(in_acme, recruiter, job, stages, put_on):
    card = put_on(job, "Ada Byron")
    put_on(job, "Bob Kahn")
    candidacies.move_card(card, to=stages["Offer"], by=recruiter)

    (told,) = export_candidate(card.candidate)["candidacies"]

    assert (told["job"], told["stage"], told["origin"]) == (
        *("Staff Backend Engineer", "Offer"),
        "Sourced",
    )
    assert [(change["origin"], change["to"]) for change in told["stage_changes"]] == [
        (None, "Sourced"),
        ("Sourced", "Offer"),
    ]


def test_erase_candidates_deletes_theirs_only(
    in_acme, recruiter, job, stages, put_on, django_assert_num_queries
):
    ada, bob = put_on(job, "Ada Byron"), put_on(job, "Bob Kahn")
    candidacies.move_card(ada, to=stages["Offer"], by=recruiter)
    for name in ("Kindness", "Craft"):
        criteria.add_criterion(job.pipeline, by=recruiter, name=name)
    Criterion.objects.exclude(name__in=["Kindness", "Craft"]).delete()
    scorecards.save_scorecard(
        ada, stage=stages["Offer"], by=recruiter, verdict="yes", summary="Builds well", submit=True
    )

    with django_assert_num_queries(13):
        counts = erase_candidates([ada.candidate_id])

    assert {label: count for label, count in counts.items() if count} == {
        "pipelines.ScorecardRating": 2,
        "pipelines.Scorecard": 1,
        "pipelines.StageChange": 2,
        "pipelines.Candidacy": 1,
    }
    assert Candidacy.objects.get() == bob
    assert StageChange.objects.get().candidacy == bob

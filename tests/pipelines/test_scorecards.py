"""Scorecards: drafts are one's own, what is handed in counts, and stages may ask for one."""

from datetime import timedelta

import pytest

from candidates.models import Touchpoint
from crm.tenancy.models import Membership
from pipelines.models import Criterion, Interview, Scorecard
from pipelines.queries import feedback_on
from pipelines.services import candidacies, criteria, jobs, scorecards, transferring
from pipelines.services import stages as stage_services
from pipelines.services.scorecards import Judged
from tests.pipelines.talks import TUESDAY_TEN, arrange

pytestmark = pytest.mark.usefixtures("in_acme")


def test_criteria_of_a_stage_are_its_own_and_those_of_all(job, stages, recruiter):
    criteria.add_criterion(job.pipeline, by=recruiter, name="Pairing", stage=stages["Onsite"])

    at_onsite = [row.name for row in scorecards.criteria_for(stages["Onsite"])]
    at_screen = [row.name for row in scorecards.criteria_for(stages["Phone screen"])]

    assert at_onsite == [*jobs.DEFAULT_CRITERIA, "Pairing"]
    assert at_screen == list(jobs.DEFAULT_CRITERIA)
    with pytest.raises(criteria.CriterionUnclear, match="“pairing” is judged there already"):
        criteria.add_criterion(job.pipeline, by=recruiter, name="pairing", stage=stages["Onsite"])


def test_templates_hand_their_criteria_and_flags_on(recruiter):
    template = stage_services.create_template(by=recruiter, name="Careful")
    onsite = template.stages.get(name="Onsite")
    stage_services.edit_stage(
        onsite, by=recruiter, requires_scorecard=True, guide="Ask for a story"
    )
    criteria.add_criterion(template, by=recruiter, name="Pairing", stage=onsite)

    job = jobs.create_job(by=recruiter, title="Engineer", template=template)

    copy = job.pipeline.stages.get(name="Onsite")
    assert (copy.requires_scorecard, copy.guide) == (True, "Ask for a story")
    assert Criterion.objects.get(pipeline=job.pipeline, name="Pairing").stage == copy


def test_a_scorecard_is_kept_handed_in_once_and_changed(ada, stages, recruiter):
    first, *_ = scorecards.criteria_for(stages["Sourced"])
    draft = scorecards.save_scorecard(ada, stage=stages["Sourced"], by=recruiter, summary="So far")
    assert (draft.submitted_at, draft.ratings.count()) == (None, 3)

    for score in (3, 4):
        card = scorecards.save_scorecard(
            ada,
            stage=stages["Sourced"],
            by=recruiter,
            verdict=Scorecard.Verdict.YES,
            judged={first.pk: Judged(score, "Explains well")},
            submit=True,
        )

    assert card.pk == draft.pk
    assert card.is_in_favor
    row = card.ratings.get(criterion=first)
    assert (row.score, row.note, row.name) == (4, "Explains well", first.name)
    assert Touchpoint.objects.filter(summary__startswith="Scorecard for Sourced").count() == 1
    with pytest.raises(scorecards.VerdictMissing):
        scorecards.save_scorecard(ada, stage=stages["Sourced"], by=recruiter)


def test_a_stage_that_asks_for_a_scorecard_lets_nobody_go_on_without(
    ada, stages, recruiter, sourcer
):
    stage_services.edit_stage(stages["Sourced"], by=recruiter, requires_scorecard=True)
    ada.stage.requires_scorecard = True
    with pytest.raises(candidacies.ScorecardMissing, match="Fill one in for Ada Byron"):
        candidacies.move_card(ada, to=stages["Offer"], by=recruiter)

    scorecards.save_scorecard(ada, stage=stages["Sourced"], by=sourcer, verdict="no")
    with pytest.raises(candidacies.ScorecardMissing):
        candidacies.move_card(ada, to=stages["Offer"], by=recruiter)
    scorecards.save_scorecard(ada, stage=stages["Sourced"], by=sourcer, verdict="no", submit=True)
    candidacies.move_card(ada, to=stages["Offer"], by=recruiter)

    assert ada.stage == stages["Offer"]


def test_rejecting_needs_no_scorecard(ada, stages, recruiter):
    stage_services.edit_stage(stages["Sourced"], by=recruiter, requires_scorecard=True)
    ada.stage.requires_scorecard = True

    candidacies.move_card(ada, to=stages["Rejected"], by=recruiter)

    assert ada.closed_at


def test_removing_a_criterion_keeps_what_was_said(ada, stages, recruiter):
    first, *_ = scorecards.criteria_for(stages["Sourced"])
    card = scorecards.save_scorecard(
        ada, stage=stages["Sourced"], by=recruiter, judged={first.pk: Judged(2)}
    )

    criteria.remove_criterion(first, by=recruiter)

    row = card.ratings.get(name=first.name)
    assert (row.criterion, row.score) == (None, 2)


def test_interviewers_read_colleagues_words_once_their_own_is_handed_in(
    ada, acme, stages, recruiter, sourcer, owner
):
    def read(user) -> tuple[list[str], int]:
        membership = Membership.objects.get(user=user, organization=acme)
        of_stage = feedback_on(ada, membership)[0]
        return [one.summary for one in of_stage.others], of_stage.hidden

    for colleague in (recruiter, sourcer):
        arrange(ada, colleague, by=owner, starts_at=TUESDAY_TEN.replace(year=2099))
        Interview.objects.update(starts_at=TUESDAY_TEN, ends_at=TUESDAY_TEN + timedelta(hours=1))
    at = {"stage": stages["Sourced"], "verdict": "yes", "submit": True}
    scorecards.save_scorecard(ada, by=owner, summary="Strong opinion", **at)

    assert read(recruiter) == ([], 1)
    assert read(sourcer) == ([], 1)
    scorecards.save_scorecard(ada, by=sourcer, summary="Mine", **at)
    assert read(sourcer) == (["Strong opinion"], 0)
    assert read(recruiter) == ([], 2)
    assert read(owner) == (["Mine"], 0)

    Interview.objects.update(state=Interview.State.CANCELLED)
    assert read(recruiter) == (["Strong opinion", "Mine"], 0)


def test_who_does_not_interview_reads_at_once(ada, acme, stages, recruiter, sourcer, owner):
    arrange(ada, owner, by=owner, starts_at=TUESDAY_TEN.replace(year=2099))
    scorecards.save_scorecard(
        ada, stage=stages["Sourced"], by=sourcer, verdict="no", summary="Word", submit=True
    )
    membership = Membership.objects.get(user=recruiter, organization=acme)

    assert [one.summary for one in feedback_on(ada, membership)[0].others] == ["Word"]


def test_feedback_takes_four_statements(ada, acme, recruiter, django_assert_num_queries):
    membership = Membership.objects.get(user=recruiter, organization=acme)
    assert ada.stage.name == "Sourced"
    with django_assert_num_queries(3):
        feedback_on(ada, membership)
    arrange(ada, recruiter, by=recruiter, starts_at=TUESDAY_TEN.replace(year=2099))
    scorecards.save_scorecard(ada, stage=ada.stage, by=recruiter, summary="Draft")
    with django_assert_num_queries(4):
        feedback_on(ada, membership)


def test_a_scorecard_is_changed_after_the_person_moved_over_to_another_job(
    as_user, ada, stages, recruiter
):
    other = jobs.create_job(by=recruiter, title="Engineering Manager")
    scorecards.save_scorecard(ada, stage=stages["Sourced"], by=recruiter, verdict="no", submit=True)
    transferring.transfer_candidacy(ada, to=other, by=recruiter)
    path = f"/acme/jobs/candidacies/{ada.pk}/scorecard/"
    client = as_user(recruiter)

    assert client.get(f"{path}{stages['Sourced'].pk}/").status_code == 200
    client.post(f"{path}{stages['Sourced'].pk}/", {"verdict": "yes", "summary": "", "submit": "1"})

    assert Scorecard.objects.get().verdict == "yes"
    assert client.get(f"{path}{stages['Onsite'].pk}/").status_code == 404

"""Taking somebody off a job: what hangs on the card is not lost, and a card without anything comes back."""

import re

import pytest

from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Interview, Review, Scorecard
from pipelines.services import candidacies, scorecards
from pipelines.services.reviews import answering
from tests.pipelines.conftest import words
from tests.pipelines.talks import TUESDAY_TEN, arrange


def take_off(client, card):
    return client.post(f"/acme/jobs/candidacies/{card.pk}/remove/", follow=True)


def book(card, recruiter):
    arrange(card, recruiter, by=recruiter, starts_at=TUESDAY_TEN.replace(year=2099))


def propose(card, recruiter):
    Interview.objects.create(candidacy=card, stage=card.stage, title="Talk", organizer=recruiter)


def judge(card, recruiter):
    scorecards.save_scorecard(card, stage=card.stage, by=recruiter, summary="Draft")


def review(card, recruiter):
    candidacies.add_to_shortlist([card.pk], job=card.job, by=recruiter)
    card.refresh_from_db()
    answering.answer(card, email=recruiter.email, says=Review.Answer.YES, comment="", by=recruiter)


@pytest.mark.parametrize(
    ("happen", "what"),
    [
        (book, "interviews"),
        (propose, "interviews"),
        (judge, "scorecards"),
        (review, "answers of hiring managers"),
    ],
)
def test_nobody_is_taken_off_on_whose_card_something_hangs(
    as_user, acme, ada, recruiter, happen, what
):
    with acting_in(acme):
        happen(ada, recruiter)
        before = [Interview.objects.count(), Scorecard.objects.count(), Review.objects.count()]

    answer = take_off(as_user(recruiter), ada)

    assert answer.status_code == 409
    said = words(answer)
    assert f"{what} of Ada Byron on this job, which would be lost. Reject instead" in said
    with acting_in(acme):
        assert Candidacy.objects.filter(pk=ada.pk).exists()
        now = [Interview.objects.count(), Scorecard.objects.count(), Review.objects.count()]
    assert now == before


def test_a_card_with_nothing_on_it_goes_and_comes_back(as_user, acme, ada, job, recruiter, owner):
    with acting_in(acme):
        candidacies.rate_candidacy(ada, rating=4, by=recruiter)
        candidacies.add_to_shortlist([ada.pk], job=job, by=recruiter)
        was = Candidacy.objects.get(pk=ada.pk)
    client = as_user(recruiter)

    client.post(f"/acme/jobs/candidacies/{ada.pk}/remove/")

    with acting_in(acme):
        assert not Candidacy.objects.exists()
    page = client.get(f"/acme/jobs/{job.pk}/table/", headers={"HX-Request": ""}).text
    undo = re.search(r'action="(/acme/jobs/\d+/put-back/[^"]+)"', page)
    assert undo, "the toast offers no Undo"
    assert as_user(owner).post(undo[1]).status_code == 409
    client = as_user(recruiter)
    for _ in range(2):
        client.post(undo[1])
    with acting_in(acme):
        back = Candidacy.objects.get()
    assert (back.candidate_id, back.stage_id, back.rating) == (ada.candidate_id, ada.stage_id, 4)
    assert (back.created_at, back.shortlisted_at) == (was.created_at, was.shortlisted_at)
    assert client.post(f"/acme/jobs/{job.pk}/put-back/old/").status_code == 409

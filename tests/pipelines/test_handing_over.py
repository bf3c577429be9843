"""Handing a hired person over, and nobody else."""

from candidates.models import (
    Candidate,
    TalentPool,
)
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy
from pipelines.services import candidacies, handing_over, jobs, transferring
from tests.pipelines.conftest import words


def test_hand_over_of_a_hired_person(as_user, acme, recruiter, job, put_on, stages):
    card = put_on(job, "Ada Byron", emails=["ada@example.com"])
    with acting_in(acme):
        other = jobs.create_job(by=recruiter, title="Engineering Manager")
        copy = transferring.copy_candidacy(card, to=other, by=recruiter)
    client, path = as_user(recruiter), f"/acme/jobs/candidacies/{card.pk}/hand-over/"
    assert client.post(path, {"close": [copy.pk]}).status_code == 409
    with acting_in(acme):
        candidacies.move_card(card, to=stages["Hired"], by=recruiter)

    sheet = b"".join(client.get(f"{path}?format=csv")).decode()
    page = words(client.get(path))
    client.post(path, {"close": [copy.pk]})
    client.post(path, {"close": [copy.pk]})

    assert "E-mail,ada@example.com" in sheet
    assert "Close the candidacy for Engineering Manager (Sourced)" in page
    with acting_in(acme):
        assert (
            Candidacy.objects.get(pk=copy.pk).rejection_note == "Hired for Staff Backend Engineer"
        )
        assert Candidate.objects.get(pk=card.candidate_id).status == Candidate.Status.HIRED
        assert TalentPool.objects.get(name=handing_over.POOL).memberships.count() == 1
        membership = Membership.objects.get(user=recruiter)
        assert not handing_over.sheet_of(card, membership).others


def test_who_is_not_hired_is_not_handed_over(as_user, recruiter, job, put_on):
    card = put_on(job, "Ada Byron")
    client, path = as_user(recruiter), f"/acme/jobs/candidacies/{card.pk}/hand-over/"

    for answer in (client.get(path), client.get(path, {"format": "csv"}), client.post(path)):
        assert answer.status_code == 409
        assert "Ada Byron is not hired yet" in answer.text


def test_who_is_reopened_after_being_handed_over_is_no_longer_hired(
    acme, recruiter, job, put_on, stages
):
    card = put_on(job, "Ada Byron")

    def state() -> tuple[str, int]:
        status = Candidate.objects.get(pk=card.candidate_id).status
        pool = TalentPool.objects.get(name=handing_over.POOL)
        return status, pool.memberships.count()

    with acting_in(acme):
        membership = Membership.objects.get(user=recruiter)
        candidacies.move_card(card, to=stages["Hired"], by=recruiter)
        handing_over.finish_hire(card, close=[], membership=membership, by=recruiter)
        assert state() == (Candidate.Status.HIRED, 1)

        candidacies.reopen_candidacy(card, by=recruiter, to=stages["Offer"])
        assert state() == (Candidate.Status.IN_PROCESS, 0)

        other = jobs.create_job(by=recruiter, title="Engineering Manager")
        copy = transferring.copy_candidacy(card, to=other, by=recruiter)
        hired = other.pipeline.stages.get(kind="hired")
        for one, to in ((card, stages["Hired"]), (copy, hired)):
            candidacies.move_card(one, to=to, by=recruiter)
            handing_over.finish_hire(one, close=[], membership=membership, by=recruiter)
        candidacies.reopen_candidacy(card, by=recruiter, to=stages["Offer"])
        assert state() == (Candidate.Status.HIRED, 1)

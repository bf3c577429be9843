"""Moving over to another job: what goes along, and what does not."""

import re

import pytest

from campaigns.models import Message
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Interview
from pipelines.services import candidacies, jobs, transferring
from pipelines.services.reviews.answering import shortlist
from tests.pipelines.conftest import add_sender, words
from tests.pipelines.talks import TUESDAY_TEN, arrange


def test_moving_over_says_at_the_field_why_not(as_user, acme, recruiter, job, put_on):
    card = put_on(job, "Ada Byron")
    with acting_in(acme):
        other = jobs.create_job(by=recruiter, title="Engineering Manager")
        transferring.copy_candidacy(card, to=other, by=recruiter)

    answer = as_user(recruiter).post(
        f"/acme/jobs/candidacies/{card.pk}/transfer/", {"job": other.pk, "how": "move"}
    )

    assert answer.status_code == 422
    assert "Ada Byron is on “Engineering Manager” already" in words(answer)
    assert f'value="{other.pk}" selected' in answer.content.decode()


def test_moving_over_takes_history_and_stage_kind_along(in_acme, ada, stages, recruiter):
    other = jobs.create_job(by=recruiter, title="Engineering Manager")
    candidacies.move_card(ada, to=stages["Onsite"], by=recruiter)
    candidacies.rate_candidacy(ada, rating=4, by=recruiter)

    transferring.transfer_candidacy(ada, to=other, by=recruiter)

    row = Candidacy.objects.select_related("stage", "job").get(pk=ada.pk)
    assert (row.job, row.stage.name, row.stage.pipeline_id) == (other, "Onsite", other.pipeline_id)
    assert row.rating == 4
    names = [change.to.name for change in row.stage_changes.order_by("id")]
    assert names == ["Sourced", "Onsite", "Onsite"]
    summary = ada.candidate.touchpoints.order_by("-id").first().summary
    assert summary.startswith("Moved over from Staff Backend Engineer, from Onsite to Onsite")

    candidacies.undo_move(ada, by=recruiter, version=row.version)
    row = Candidacy.objects.get(pk=ada.pk)
    assert (row.job_id, row.stage) == (stages["Onsite"].pipeline.jobs.get().pk, stages["Onsite"])


def test_moving_over_shares_nobody_with_the_managers_of_the_new_job(in_acme, ada, job, recruiter):
    other = jobs.create_job(by=recruiter, title="Engineering Manager", is_confidential=True)
    candidacies.add_to_shortlist([ada.pk], job=job, by=recruiter)
    shared_at = Candidacy.objects.get(pk=ada.pk).shortlisted_at
    ada.refresh_from_db()

    transferring.transfer_candidacy(ada, to=other, by=recruiter)

    assert list(shortlist(other)) == []
    row = Candidacy.objects.select_related("stage", "job").get(pk=ada.pk)
    candidacies.undo_move(row, by=recruiter, version=row.version)
    row = Candidacy.objects.get(pk=ada.pk)
    assert (row.job, row.shortlisted_at, row.shortlisted_by) == (job, shared_at, recruiter)
    assert list(shortlist(job)) == [row]


def test_moving_over_what_somebody_has_moved_meanwhile_is_refused(
    as_user, acme, owner, recruiter, job, put_on, stages
):
    card = put_on(job, "Ada Byron")
    with acting_in(acme):
        other = jobs.create_job(by=recruiter, title="Engineering Manager")
    client, path = as_user(recruiter), f"/acme/jobs/candidacies/{card.pk}/transfer/"
    seen = re.search(r'name="version" value="(\d+)"', client.get(path).content.decode())[1]
    with acting_in(acme):
        candidacies.move_card(card, to=stages["Offer"], by=owner)

    answer = client.post(path, {"job": other.pk, "how": "move", "version": seen})

    assert answer.status_code == 409
    assert "Somebody else has moved Ada Byron to “Offer” meanwhile" in words(answer)
    with acting_in(acme):
        assert Candidacy.objects.get(pk=card.pk).job == job


def test_moving_over_is_refused_where_the_person_is_already(in_acme, ada, recruiter):
    other = jobs.create_job(by=recruiter, title="Engineering Manager")
    copy = transferring.copy_candidacy(ada, to=other, by=recruiter)
    assert (copy.job, copy.stage) == (other, other.first_stage)

    for act in (transferring.transfer_candidacy, transferring.copy_candidacy):
        with pytest.raises(transferring.OnThatJobAlready, match="is on “Engineering Manager”"):
            act(ada, to=other, by=recruiter)


def test_the_same_transfer_sent_twice_says_that_somebody_else_has_moved_the_card(
    as_user, acme, recruiter, job, put_on
):
    card = put_on(job, "Ada Byron")
    with acting_in(acme):
        other = jobs.create_job(by=recruiter, title="Engineering Manager")
    client, path = as_user(recruiter), f"/acme/jobs/candidacies/{card.pk}/transfer/"
    form = {"job": other.pk, "how": "move", "version": card.version}
    client.post(path, form)

    again = client.post(path, form)

    assert again.status_code == 409
    assert "Somebody else has moved Ada Byron to “Sourced” meanwhile" in words(again)
    assert "Select a valid choice" not in words(again)


def test_moving_over_cancels_the_interviews_that_are_not_ticked(
    as_user, acme, recruiter, job, put_on
):
    card = put_on(job, "Ada Byron", emails=["ada@example.com"])
    later = TUESDAY_TEN.replace(year=2099)
    with acting_in(acme):
        add_sender(acme, recruiter)
        other = jobs.create_job(by=recruiter, title="Engineering Manager")
        arrange(card, recruiter, by=recruiter, starts_at=later, title="Pairing")
        kept = arrange(
            card, recruiter, by=recruiter, starts_at=later.replace(hour=14), title="Talk"
        )
    client, path = as_user(recruiter), f"/acme/jobs/candidacies/{card.pk}/transfer/"
    shown = client.get(path)
    assert "Pairing, " in words(shown)
    assert "Moving over cancels those that are not ticked" in words(shown)
    # Nobody is called off without having been unticked.
    assert len(re.findall(r'name="keep"[^>]*checked', shown.text)) == 2

    client.post(path, {"job": other.pk, "how": "move", "keep": [kept.pk]})

    with acting_in(acme):
        states = dict(Interview.objects.values_list("title", "state"))
        assert states == {"Pairing": "cancelled", "Talk": "booked"}
        kept.refresh_from_db()
        assert kept.sequence == 1
        assert not kept.interviewers.filter(mail_due_at=None).exists()
        bodies = dict(Message.objects.values_list("subject", "body_text"))
    assert (
        "“Pairing” about Staff Backend Engineer does not take place" in bodies["Cancelled: Pairing"]
    )
    assert "“Talk” about Engineering Manager" in bodies["Changed: Talk"]


def test_taking_the_move_back_tells_everybody_invited_again(in_acme, ada, recruiter, job):
    other = jobs.create_job(by=recruiter, title="Engineering Manager")
    talk = arrange(ada, recruiter, by=recruiter, starts_at=TUESDAY_TEN.replace(year=2099))
    transferring.transfer_candidacy(ada, to=other, by=recruiter, keep=[talk])
    talk.refresh_from_db()
    assert (talk.state, talk.sequence) == ("booked", 1)
    talk.interviewers.update(mail_due_at=None)

    candidacies.undo_move(ada, by=recruiter, version=ada.version)

    talk.refresh_from_db()
    assert (talk.candidacy.job, talk.state, talk.sequence) == (job, "booked", 2)
    assert not talk.interviewers.filter(mail_due_at=None).exists()


def test_a_job_that_is_none_to_choose_is_refused_in_one_sentence(as_user, recruiter, job, put_on):
    card = put_on(job, "Ada Byron")

    answer = as_user(recruiter).post(
        f"/acme/jobs/candidacies/{card.pk}/transfer/", {"job": job.pk, "how": "move"}
    )

    assert answer.status_code == 422
    assert "This job is not open any more. Choose another one." in words(answer)
    assert "valid choice" not in words(answer)


def test_copying_leaves_the_interviews_as_they_are(as_user, acme, recruiter, job, put_on):
    card = put_on(job, "Ada Byron")
    with acting_in(acme):
        other = jobs.create_job(by=recruiter, title="Engineering Manager")
        arrange(card, recruiter, by=recruiter, starts_at=TUESDAY_TEN.replace(year=2099))

    as_user(recruiter).post(
        f"/acme/jobs/candidacies/{card.pk}/transfer/", {"job": other.pk, "how": "copy"}
    )

    with acting_in(acme):
        assert Interview.objects.get().state == Interview.State.BOOKED

"""Sending in a colleague's name: asked for, granted, taken back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Hold, Message, Sender, Sequence
from campaigns.services import (
    auto_enrolling,
    delivering,
    disclosing,
    dispatching,
    enrolling,
    holding,
    permissions,
    personalizing,
    reconciling,
    resuming,
    sequences,
    writing,
)
from candidates.models import Candidate, Notification
from candidates.queries.notices import untold
from candidates.services.candidates import create_candidate
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy
from pipelines.services import candidacies, jobs
from tests.pages import text_of
from tests.pipelines.talks import arrange

pytestmark = pytest.mark.django_db
SENDERS = "/acme/settings/senders/"


@pytest.fixture
def robins(outreach, owner) -> Sender:
    """The sender is the owner's own."""
    with acting_in(outreach.organization):
        Sender.objects.filter(pk=outreach.sender.pk).update(user=owner)
        return Sender.objects.select_related("user").get()


def test_a_colleague_asks_and_is_let_until_it_is_taken_back(
    as_user, owner, recruiter, outreach, robins
):
    client, mine = as_user(recruiter), as_user(owner)
    with acting_in(outreach.organization):
        assert not permissions.senders_for(recruiter).exists()

    client.post(f"{SENDERS}names/{robins.pk}/ask/")
    with acting_in(outreach.organization):
        (permission,) = robins.permissions.all()
        assert Notification.objects.get(kind="sender").user == owner
        assert not permissions.senders_for(recruiter).exists()
    mine.post(f"{SENDERS}names/{permission.pk}/grant/")
    with acting_in(outreach.organization):
        assert permissions.senders_for(recruiter).get() == robins
        Sequence.objects.update(owner=recruiter)
    mine.post(f"{SENDERS}names/{permission.pk}/revoke/")
    with acting_in(outreach.organization):
        assert not permissions.senders_for(recruiter).exists()
        assert Sequence.objects.get().state == Sequence.State.PAUSED


def test_only_whose_name_it_is_may_grant(as_user, recruiter, outreach, robins):
    as_user(recruiter).post(f"{SENDERS}names/{robins.pk}/ask/")
    with acting_in(outreach.organization):
        (permission,) = robins.permissions.all()

    response = as_user(recruiter).post(f"{SENDERS}names/{permission.pk}/grant/")

    assert response.status_code == 409
    outreach.inside(permission.refresh_from_db)
    assert permission.state == "asked"


def test_a_sequence_cannot_be_made_in_a_name_that_is_not_granted(
    as_user, recruiter, outreach, robins
):
    response = as_user(recruiter).post(
        "/acme/sequences/add/", {"name": "New", "sender": robins.pk, "owner": recruiter.pk}
    )

    assert response.status_code == 422
    with acting_in(outreach.organization):
        assert Sequence.objects.count() == 1


@pytest.fixture
def granted(outreach, owner, recruiter, robins):
    """The recruiter may send in the owner's name; the sequence is theirs."""
    with acting_in(outreach.organization):
        permission = permissions.grant(permissions.ask(robins, by=recruiter), by=owner)
        Sequence.objects.update(owner=recruiter)
        return permission


def revoke(outreach, permission, owner) -> None:
    with acting_in(outreach.organization):
        permissions.revoke(permission, by=owner)


def test_after_the_permission_is_taken_back_only_its_owner_resumes_a_sequence(
    as_user, owner, recruiter, outreach, granted
):
    revoke(outreach, granted, owner)

    response = as_user(recruiter).post(f"/acme/sequences/{outreach.sequence.pk}/activate/")

    assert response.status_code == 409
    assert f"belongs to {owner}" in text_of(response)
    outreach.inside(outreach.sequence.refresh_from_db)
    assert outreach.sequence.state == Sequence.State.PAUSED
    as_user(owner).post(f"/acme/sequences/{outreach.sequence.pk}/activate/")
    outreach.inside(outreach.sequence.refresh_from_db)
    assert outreach.sequence.state == Sequence.State.ACTIVE


def _enroll(outreach, by):
    enrolling.enroll(outreach.sequence, [Candidate.objects.first().pk], by=by)


def _edit(outreach, by):
    details = sequences.StepDetails(kind="mail", subject="Other", body="Other words")
    sequences.edit_step(outreach.first, details, by=by)


def _add(outreach, by):
    sequences.add_step(outreach.sequence, sequences.StepDetails(kind="wait"), by=by)


def _settings(outreach, by):
    sequences.edit_sequence(outreach.sequence, name="Other", by=by)


def _rule(outreach, by):
    auto_enrolling.add_rule(outreach.sequence, event="applied", by=by)


def _word(outreach, by):
    personalizing.write_personal_mail(
        outreach.first, Candidate.objects.first(), subject="Other", body="Other words", by=by
    )


@pytest.mark.parametrize("act", [_enroll, _edit, _add, _settings, _rule, _word])
def test_nobody_writes_in_a_name_that_is_not_granted(act, outreach, owner, recruiter, robins):
    outreach.candidate()
    with acting_in(outreach.organization):
        with pytest.raises(permissions.MayNotSend):
            act(outreach, recruiter)
        act(outreach, owner)


def test_who_may_not_send_in_a_name_is_told_before_anybody_is_checked(
    as_user, owner, recruiter, outreach, robins
):
    chosen = {"sequence": outreach.sequence.pk, "candidates": outreach.candidate().pk}

    response = as_user(recruiter).post("/acme/sequences/enroll/", chosen)

    assert response.status_code == 409
    assert f"belongs to {owner}" in text_of(response)
    assert as_user(owner).post("/acme/sequences/enroll/", chosen).status_code == 200


def test_a_sequence_whose_name_was_taken_back_goes_on_in_ones_own(
    outreach, owner, recruiter, granted
):
    outreach.queue(outreach.candidate())
    revoke(outreach, granted, owner)

    with acting_in(outreach.organization):
        own = Sender.objects.create(name="R", address="r@acme.example", user=recruiter)
        sequences.edit_sequence(outreach.sequence, sender=own, by=recruiter)
        sequences.activate_sequence(outreach.sequence, by=recruiter)
        message = Message.objects.get()

    assert (message.sender_id, message.from_address) == (own.pk, "r@acme.example")


def test_whom_one_has_put_on_a_colleagues_sequence_rests_until_it_is_granted_again(
    outreach, owner, recruiter, granted, provider
):
    first, second = outreach.people(2)
    with acting_in(outreach.organization):
        Sequence.objects.update(owner=owner)
        enrolling.enroll(outreach.sequence, [first.pk], by=recruiter)
        enrolling.enroll(outreach.sequence, [second.pk], by=owner)
        Sender.objects.update(gap_seconds=0)
    dispatching.dispatch(outreach.organization)
    revoke(outreach, granted, owner)

    delivering.deliver_due(outreach.organization)

    assert [mail.to_address for mail in outreach.messages(state="sent")] == ["p1@example.com"]
    held = outreach.enrollment(first)
    assert held.waits_for == f"{recruiter} may no longer send from {outreach.sender.address}"
    with acting_in(outreach.organization):
        with pytest.raises(permissions.MayNotSend):
            resuming.resume(held, by=recruiter)
        permissions.grant(granted, by=owner)
    delivering.deliver_due(outreach.organization)
    assert len(outreach.messages(state="sent")) == 2


def test_a_sequence_under_another_owner_is_paused_too(outreach, owner, recruiter, granted):
    with acting_in(outreach.organization):
        Sequence.objects.update(owner=None)
    revoke(outreach, granted, owner)

    outreach.inside(outreach.sequence.refresh_from_db)
    assert outreach.sequence.state == Sequence.State.PAUSED
    with acting_in(outreach.organization):
        assert Hold.objects.get(sequence=outreach.sequence).because == holding.SEQUENCE_PAUSED
        assert AuditEntry.objects.get(action="sequence.paused").actor == owner
        told = Notification.objects.filter(user=recruiter).latest("pk")
        assert told.text.endswith("; 1 sequence is paused")


def test_saying_no_pauses_nobodys_sequence(outreach, owner, recruiter, robins):
    with acting_in(outreach.organization):
        Sequence.objects.update(owner=None)
        permissions.revoke(permissions.ask(robins, by=recruiter), by=owner)

    outreach.inside(outreach.sequence.refresh_from_db)
    assert outreach.sequence.state == Sequence.State.ACTIVE


def test_a_mail_by_hand_in_a_name_taken_back_does_not_go_and_is_looked_at(
    outreach, owner, recruiter, robins, granted, provider
):
    candidate = outreach.candidate()
    with acting_in(outreach.organization):
        letter = writing.Letter(sender=robins, subject="Hello", body="May we talk?")
        message = writing.write_mail(candidate, letter, by=recruiter)
    revoke(outreach, granted, owner)

    delivering.deliver_due(outreach.organization)

    looked_at = outreach.reload(message)
    assert (looked_at.state, provider.accepted) == (Message.State.FAILED, [])
    assert "may no longer send from" in looked_at.problem
    with acting_in(outreach.organization), pytest.raises(permissions.MayNotSend):
        reconciling.resend(looked_at, by=recruiter)


@pytest.fixture
def amara(outreach) -> Candidate:
    return outreach.candidate()


def test_a_privacy_notice_in_a_name_taken_back_does_not_go_and_is_looked_at(
    outreach, owner, recruiter, robins, granted, provider
):
    with acting_in(outreach.organization):
        amara = create_candidate(by=owner, full_name="Amara", emails=["amara@example.com"])
        assert disclosing.queue_notices([amara.pk], sender=robins, by=recruiter)[0] == 1
    revoke(outreach, granted, owner)

    delivering.deliver_due(outreach.organization)

    (message,) = outreach.messages()
    assert (message.state, provider.accepted) == (Message.State.FAILED, [])
    assert message.problem == f"{recruiter} may no longer send from {robins.address}."
    with acting_in(outreach.organization):
        assert untold().filter(candidate=amara).exists()
        reconciling.resend(message, by=owner)
    delivering.deliver_due(outreach.organization)
    assert [mail.to for mail in provider.accepted] == [["amara@example.com"]]


def test_an_interview_mail_in_a_name_taken_back_does_not_go_and_is_looked_at(
    outreach, owner, recruiter, robins, granted, provider, amara
):
    with acting_in(outreach.organization):
        job = jobs.create_job(by=owner, title="Engineer", owner=owner)
        candidacies.add_to_job(job, [amara.pk], by=owner)
        card = Candidacy.objects.select_related("candidate", "job", "stage").get()
        arrange(card, owner, by=recruiter, starts_at=timezone.now() + timedelta(days=2))
    (message,) = outreach.messages()
    assert message.sender_id == robins.pk
    revoke(outreach, granted, owner)

    delivering.deliver_due(outreach.organization)

    message = outreach.reload(message)
    assert (message.state, provider.accepted) == (Message.State.FAILED, [])
    assert "may no longer send from" in message.problem


def test_no_interview_mail_is_written_in_a_name_that_is_not_granted(
    outreach, owner, recruiter, robins, amara
):
    """The job's owner is asked for their name, too; what is everybody's may always be used."""
    with acting_in(outreach.organization):
        job = jobs.create_job(by=owner, title="Engineer", owner=owner)
        candidacies.add_to_job(job, [amara.pk], by=owner)
        card = Candidacy.objects.select_related("candidate", "job", "stage").get()
        arrange(card, owner, by=recruiter, starts_at=timezone.now() + timedelta(days=2))
        assert not Message.objects.exists()
        everybodys = Sender.objects.create(name="Jobs", address="jobs@acme.example")
        arrange(card, owner, by=recruiter, starts_at=timezone.now() + timedelta(days=3))
        assert Message.objects.get().sender == everybodys


def test_a_mail_that_the_owner_of_the_name_sends_again_goes(
    outreach, owner, recruiter, robins, granted, provider, amara
):
    with acting_in(outreach.organization):
        letter = writing.Letter(sender=robins, subject="Hello", body="May we talk?")
        message = writing.write_mail(amara, letter, by=recruiter)
    revoke(outreach, granted, owner)
    delivering.deliver_due(outreach.organization)

    outreach.inside(reconciling.resend, message, by=owner)
    delivering.deliver_due(outreach.organization)

    assert outreach.reload(message).state == Message.State.SENT

"""Leaving people alone until a day: their status, their sequences, and how they come back."""

import re
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from campaigns.models import Enrollment, Sender, Sequence
from campaigns.services.enrolling import enroll
from candidates.models import Candidate, Notification, NotNowReason, Snooze, Task
from candidates.services.candidates import set_status
from candidates.services.snoozing import (
    SnoozeInThePast,
    return_due,
    snooze_candidates,
    snooze_of,
    wake_candidates,
)
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory

Status = Candidate.Status
UNDO = r"/acme/candidates/changes/\d+/undo/"


@pytest.fixture
def spring() -> date:
    return timezone.localdate() + timedelta(days=100)


@pytest.fixture
def ana(acme, recruiter):
    with acting_in(acme):
        return CandidateFactory(
            full_name="Ana Sousa",
            status=Status.NURTURING,
            owner=recruiter,
            emails=["ana@example.com"],
        )


def status_of(candidate) -> str:
    return Candidate.objects.get(pk=candidate.pk).status


def test_snooze_sets_not_now_and_says_so(in_acme, ana, recruiter, spring):
    reason = NotNowReason.objects.create(name="New baby", normalized="new baby")

    assert snooze_candidates([ana.pk], until=spring, reason=reason, note="Ask in May", by=recruiter)

    assert status_of(ana) == Status.NOT_NOW
    entry = ana.touchpoints.get()
    assert entry.summary == f"Not now until {spring:%-d %b %Y} · New baby: Ask in May"
    assert Candidate.objects.get(pk=ana.pk).provenance["status"]["by"] == recruiter.pk


def test_waking_sets_back_what_the_status_was(in_acme, ana, recruiter, spring):
    snooze_candidates([ana.pk], until=spring, by=recruiter)
    snooze_candidates([ana.pk], until=spring + timedelta(days=9), by=recruiter)

    assert wake_candidates([ana.pk], by=recruiter) == [ana.pk]
    assert wake_candidates([ana.pk], by=recruiter) == []
    assert status_of(ana) == Status.NURTURING
    assert not Snooze.objects.filter(ended_at=None).exists()


def test_another_status_ends_the_snooze(in_acme, ana, recruiter, spring):
    snooze_candidates([ana.pk], until=spring, by=recruiter)
    set_status(ana, status=Status.IN_PROCESS, by=recruiter)

    assert snooze_of(Candidate.objects.get(pk=ana.pk)) is None
    return_due(spring)
    assert status_of(ana) == Status.IN_PROCESS
    assert not Task.objects.exists()


def test_snooze_leaves_out_whom_nobody_may_contact_and_refuses_the_past(
    in_acme, ana, recruiter, spring
):
    never = CandidateFactory(status=Status.DO_NOT_CONTACT)

    assert snooze_candidates([ana.pk, never.pk], until=spring, by=recruiter) == [ana.pk]
    assert status_of(never) == Status.DO_NOT_CONTACT
    with pytest.raises(SnoozeInThePast):
        snooze_candidates([ana.pk], until=timezone.localdate(), by=recruiter)


def test_on_their_day_people_are_back_with_a_task_once(in_acme, ana, recruiter, sourcer, spring):
    later = CandidateFactory()
    snooze_candidates([ana.pk], until=spring, note="in spring", by=sourcer)
    snooze_candidates([later.pk], until=spring + timedelta(days=1), by=sourcer)

    assert return_due(spring - timedelta(days=1)) == 0
    assert return_due(spring) == 1
    assert return_due(spring) == 0

    task = Task.objects.get()
    assert (task.title, task.assignee, task.due_on, task.origin) == (
        "Ask Ana Sousa again (in spring)", recruiter, spring, Task.Origin.SNOOZE,
    )  # fmt: skip
    told = Notification.objects.get()
    assert (told.user, told.kind, told.candidate) == (recruiter, "returned", ana)
    assert status_of(ana) == Status.NURTURING
    assert status_of(later) == Status.NOT_NOW


def test_who_left_gets_no_task(in_acme, ana, recruiter, sourcer, spring):
    snooze_candidates([ana.pk], until=spring, by=sourcer)
    Membership.objects.filter(user=recruiter).delete()

    return_due(spring)

    assert Task.objects.get().assignee == sourcer


def test_the_sweep_brings_people_back(acme, ana, recruiter, spring):
    with acting_in(acme):
        snooze_candidates([ana.pk], until=spring, by=recruiter)
        Snooze.objects.update(until_on=timezone.localdate())

    call_command("sweep", "return_snoozed", verbosity=0)

    with acting_in(acme):
        assert Task.objects.get().origin == Task.Origin.SNOOZE


@pytest.fixture
def enrollment(acme, ana, recruiter):
    with acting_in(acme):
        sender = Sender.objects.create(name="Rita", address="rita@acme.example")
        sequence = Sequence.objects.create(name="Hello", sender=sender, state="active")
        sequence.steps.create(position=1, subject="Hello", body="Hi")
        enroll(sequence, [ana.pk], by=recruiter)
        return Enrollment.objects.get()


def test_sequences_pause_until_somebody_resumes_them(acme, ana, recruiter, spring, enrollment):
    with acting_in(acme):
        snooze_candidates([ana.pk], until=spring, by=recruiter)
        enrollment.refresh_from_db()
        assert (enrollment.state, enrollment.waits_for) == (
            Enrollment.State.PAUSED,
            f"Not now until {spring:%-d %b %Y}",
        )
        return_due(spring)
        enrollment.refresh_from_db()
        assert enrollment.state == Enrollment.State.PAUSED


def test_record_is_snoozed_and_undone(acme, ana, recruiter, client, spring):
    client.force_login(recruiter)
    path = f"/acme/candidates/{ana.pk}/"
    assert f'href="{path}snooze/"' in client.get(path).text

    client.post(f"{path}snooze/", {"until": spring, "note": "New job"})

    page = client.get(path)
    assert f"Not now until {spring:%-d %b %Y}. New job." in seen(page)
    client.post(f"{path}wake/")
    with acting_in(acme):
        assert status_of(ana) == Status.NURTURING


def test_snoozing_needs_a_day_ahead(ana, recruiter, client):
    client.force_login(recruiter)
    path = f"/acme/candidates/{ana.pk}/snooze/"

    response = client.post(path, {"until": timezone.localdate()})

    assert response.status_code == 422
    assert "Choose a day that lies ahead." in seen(response)
    assert client.post(path, {}).status_code == 422


def test_many_are_snoozed_from_a_list_and_taken_back(acme, ana, recruiter, client, spring):
    with acting_in(acme):
        never = CandidateFactory(status=Status.DO_NOT_CONTACT)
    client.force_login(recruiter)
    path = "/acme/candidates/bulk/snooze/"
    ids = [ana.pk, never.pk]
    assert "Snooze 2 people" in client.post(path, {"ids": ids}).text

    client.post(path, {"frozen": ",".join(map(str, ids)), "until": spring})

    page = client.get("/acme/candidates/")
    assert "1 person left alone until" in seen(page)
    assert "1 must not be contacted at all" in seen(page)
    with acting_in(acme):
        assert status_of(ana) == Status.NOT_NOW
    client.post(re.search(UNDO, page.text).group())
    with acting_in(acme):
        assert status_of(ana) == Status.NURTURING
        assert not Snooze.objects.exists()


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_undo_gives_back_what_was_before(acme, ana, recruiter, sourcer, client, spring, many):
    with acting_in(acme):
        reason = NotNowReason.objects.create(name="New baby", normalized="new baby")
        snooze_candidates([ana.pk], until=spring, reason=reason, note="In May", by=sourcer)
        waiting = CandidateFactory(full_name="Noa Berg", status=Status.NOT_NOW)
    people = [ana, waiting]
    client.force_login(recruiter)
    body = {"until": spring + timedelta(days=30)}

    if many:
        frozen = {"frozen": ",".join(str(person.pk) for person in people)}
        client.post("/acme/candidates/bulk/snooze/", body | frozen)
        client.post(re.search(UNDO, client.get("/acme/candidates/").text).group())
    else:
        for person in people:
            path = f"/acme/candidates/{person.pk}/"
            client.post(f"{path}snooze/", body)
            client.post(re.search(UNDO, client.get(path).text).group())

    with acting_in(acme):
        assert {status_of(person) for person in people} == {Status.NOT_NOW}
        held = Snooze.objects.get()
        assert (held.candidate, held.until_on, held.ended_at) == (ana, spring, None)
        assert (held.because, held.created_by) == ("New baby: In May", sourcer)
        assert wake_candidates([ana.pk], by=recruiter) == [ana.pk]
        assert status_of(ana) == Status.NURTURING


def test_many_get_a_task_from_a_list(acme, ana, recruiter, sourcer, client):
    client.force_login(recruiter)
    body = {"frozen": ana.pk, "title": "Call", "assignee": sourcer.pk, "due_on": "2027-03-01"}

    client.post("/acme/candidates/bulk/task/", body)

    with acting_in(acme):
        task = Task.objects.get()
        assert (task.candidate, task.assignee, task.due_on) == (ana, sourcer, date(2027, 3, 1))
        assert Notification.objects.get().user == sourcer
    page = client.get("/acme/candidates/")
    assert "Added a task for 1 person." in seen(page)
    client.post(re.search(UNDO, page.text).group())
    with acting_in(acme):
        assert not Task.objects.exists()

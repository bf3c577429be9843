"""People who are held because a mail lacks a value of theirs go on once it is there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Enrollment, Hold, Step
from campaigns.services import delivering, dispatching, enrolling, filling
from campaigns.tasks import go_on_filled
from candidates.models import Candidate
from candidates.services.candidates import edit_candidate
from candidates.services.snoozing import snooze_candidates
from crm.tenancy.scope import acting_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(outreach, provider):
    """Somebody whose mail names their company, which is not on the record."""
    outreach.first.body = "Hi {{ first_name }}, how is {{ company }}?"
    outreach.inside(outreach.first.save)
    amara = outreach.candidate(company="")
    outreach.enroll(amara)
    dispatching.dispatch(outreach.organization)
    assert outreach.enrollment(amara).waits_for == "Needs data: company"
    return amara


def fill(outreach, candidate) -> None:
    with acting_in(outreach.organization):
        person = Candidate.objects.get(pk=candidate.pk)
        edit_candidate(person, by=outreach.user, company="Initech")


def test_who_gets_the_value_on_the_record_goes_on_by_themselves(outreach, provider, held):
    go_on_filled()
    assert outreach.enrollment(held).state == Enrollment.State.PAUSED

    fill(outreach, held)
    go_on_filled()

    assert outreach.enrollment(held).state == Enrollment.State.ACTIVE
    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization)
    (mail,) = provider.accepted
    assert "how is Initech?" in mail.body


def test_a_text_that_no_longer_names_it_lets_them_go_on(outreach, held):
    outreach.first.body = "Hi {{ first_name }}, how is {{ company | work }}?"
    outreach.inside(outreach.first.save)

    go_on_filled()

    assert outreach.enrollment(held).state == Enrollment.State.ACTIVE


def test_a_queued_mail_that_was_held_goes_when_its_value_is_back(outreach, provider):
    outreach.first.body = "Hi {{ first_name }}, how is {{ company }}?"
    outreach.inside(outreach.first.save)
    outreach.add_second()
    amara = outreach.candidate(company="Initech")
    (message,) = outreach.queue(amara)
    outreach.inside(lambda: Candidate.objects.update(company=""))
    delivering.deliver_due(outreach.organization)
    assert outreach.enrollment(amara).stop_reason == "missing_data"

    go_on_filled()
    assert outreach.enrollment(amara).state == Enrollment.State.PAUSED
    fill(outreach, amara)
    go_on_filled()
    delivering.deliver_due(outreach.organization)

    assert outreach.reload(message).state == "sent"
    assert len(provider.accepted) == 1


def test_what_was_paused_by_hand_stays_paused(outreach):
    amara = outreach.candidate(company="Initech")
    outreach.enroll(amara)
    outreach.inside(enrolling.pause, outreach.enrollment(amara), by=outreach.user)

    go_on_filled()

    assert outreach.enrollment(amara).waits_for == "Paused by hand"


def test_who_must_not_be_written_to_now_stays_held(outreach, held):
    fill(outreach, held)
    outreach.inside(lambda: Candidate.objects.update(status=Candidate.Status.NOT_NOW))

    go_on_filled()

    enrollment = outreach.enrollment(held)
    assert (enrollment.state, enrollment.stop_reason) == ("paused", "missing_data")


def test_who_is_snoozed_meanwhile_is_resumed_by_a_recruiter(outreach, held):
    until = timezone.localdate() + timedelta(days=10)
    outreach.inside(snooze_candidates, [held.pk], until=until, by=outreach.user)
    fill(outreach, held)
    outreach.inside(lambda: Candidate.objects.update(status=Candidate.Status.NURTURING))

    go_on_filled()

    enrollment = outreach.enrollment(held)
    assert (enrollment.state, enrollment.stop_reason) == ("paused", "")
    assert enrollment.waits_for.startswith("Not now until")


def test_who_still_lacks_something_leaves_no_trace(outreach, held):
    holds = outreach.inside(Hold.objects.count)
    with acting_in(outreach.organization):
        Step.objects.update(body="{{ company }} {{ custom.gone | x }}")
    fill(outreach, held)

    go_on_filled()

    enrollment = outreach.enrollment(held)
    assert (enrollment.state, enrollment.stop_reason) == ("paused", "missing_data")
    assert outreach.inside(filling.lacking, [enrollment]) == {enrollment.pk: ("custom.gone",)}
    assert outreach.inside(Hold.objects.count) == holds


def test_more_than_a_batch_is_gone_through(outreach, provider, monkeypatch):
    monkeypatch.setattr(filling, "BATCH", 2)
    outreach.first.body = "{{ company }}"
    outreach.inside(outreach.first.save)
    people = [outreach.candidate(f"p{number}@example.com", company="") for number in range(5)]
    outreach.enroll(*people)
    dispatching.dispatch(outreach.organization)
    outreach.inside(lambda: Candidate.objects.update(company="Initech"))

    assert outreach.inside(filling.go_on_filled, [one.pk for one in people[:4]]) == 4
    assert outreach.inside(filling.go_on_filled) == 1

"""“Not now”: until when somebody is left alone, and which sequence takes up the thread then."""

import re
from datetime import date, timedelta

import pytest
import time_machine

from campaigns.inbound.intents import Intent
from campaigns.models import Enrollment, Message, Sequence, Step
from campaigns.services import answering, delivering, dispatching, enrolling, threads
from candidates.models import Candidate
from candidates.services import snoozing
from crm.tenancy.scope import acting_in
from tests.campaigns.test_answering import MONDAY, PAGE, choose, reply_to
from tests.pages import text_of
from tests.pipelines.test_meanwhile import fields_in, fields_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def answered(outreach, provider) -> Message:
    outreach.add_second()
    return reply_to(
        outreach, outreach.send(outreach.candidate()), "Not now, ask again in half a year."
    )


@pytest.fixture
def nurture(outreach) -> Sequence:
    """Where the sequence that was answered lets people go on."""
    with acting_in(outreach.organization):
        nurture = Sequence.objects.create(
            name="Nurture", sender=outreach.sender, owner=outreach.user, state="active"
        )
        Step.objects.create(sequence=nurture, position=1, subject="Hello again", body="Hi!")
        Step.objects.create(
            sequence=nurture, position=2, wait_business_days=2, subject="News", body="Well?"
        )
        Sequence.objects.filter(pk=outreach.sequence.pk).update(after_not_now=nurture)
        return nurture


def test_a_nurture_sequence_is_one_click_and_answers_in_the_thread_on_its_day(
    as_user, recruiter, outreach, answered, nurture, provider
):
    client = as_user(recruiter)
    with time_machine.travel(MONDAY + timedelta(hours=1), tick=False):
        page = client.get(PAGE)
        assert "until 30 Nov 2026</span>, then “Nurture”" in text_of(page)
        fields = fields_in(re.findall(r'<form id="nurture-.*?</form>', page.text, re.DOTALL)[0])
        client.post(f"{PAGE}{answered.pk}/sort/", fields | {"until": "2026-06-10"})

    accepted = len(provider.accepted)
    for day, expected in ((9, 0), (10, 0), (11, 1), (12, 1), (15, 2)):
        with time_machine.travel(MONDAY.replace(day=day, hour=12), tick=False):
            with acting_in(outreach.organization):
                snoozing.return_due()
            dispatching.dispatch(outreach.organization)
            delivering.deliver_due(outreach.organization)
            assert len(provider.accepted) - accepted == expected, day
    again, news = provider.accepted[-2:]
    assert (again.subject, again.body.split()[0]) == ("Re: A role", "Hi!")
    assert again.extra_headers["In-Reply-To"] == answered.message_id
    assert answered.in_reply_to in again.extra_headers["References"]
    # A later step begins a thread of its own where it has a subject.
    assert (news.subject, "In-Reply-To" in news.extra_headers) == ("News", False)


def test_a_private_thread_is_taken_up_in_private(recruiter, owner, outreach, answered, nurture):
    with acting_in(outreach.organization):
        threads.make_private(answered, by=owner, readers=[recruiter])
        rest = answering.Rest(until=date(2026, 6, 10), sequence=nurture)
        answering.sort_reply(answered, Intent.NOT_NOW, by=owner, rest=rest)
    with time_machine.travel(MONDAY.replace(day=11, hour=12), tick=False):
        outreach.inside(snoozing.return_due)
        dispatching.dispatch(outreach.organization)

    (queued,) = outreach.messages(state="queued")
    with acting_in(outreach.organization):
        assert (queued.is_private, queued.member) == (True, owner)
        assert queued.readers.get().user == recruiter


def test_what_nurtures_is_neither_what_was_answered_nor_a_draft(
    as_user, recruiter, outreach, answered, nurture
):
    with acting_in(outreach.organization):
        draft = Sequence.objects.create(name="Draft", sender=outreach.sender)
        Step.objects.create(sequence=draft, position=1, subject="Hello", body="Hi!")

    html = as_user(recruiter).get(PAGE).text

    (select,) = re.findall(r'<select[^>]*name="sequence".*?</select>', html, re.DOTALL)
    assert re.findall(r"<option[^>]*>\s*(.*?)\s*</option>", select) == [
        "No sequence: only remind me",
        "Nurture",
    ]


def test_a_nurture_sequence_that_is_put_away_is_not_offered(
    as_user, recruiter, outreach, answered, nurture
):
    with acting_in(outreach.organization):
        Sequence.objects.filter(pk=nurture.pk).update(state="archived")

    assert "then “Nurture”" not in text_of(as_user(recruiter).get(PAGE))


def test_which_sequence_nurtures_is_said_in_the_settings(as_user, recruiter, outreach, nurture):
    path = f"/acme/sequences/{outreach.sequence.pk}/edit/"
    client = as_user(recruiter)
    fields = fields_of(client.get(path).text)
    assert fields["after_not_now"] == [str(nurture.pk)]

    client.post(path, fields | {"after_not_now": ""})

    with acting_in(outreach.organization):
        assert Sequence.objects.get(pk=outreach.sequence.pk).after_not_now is None
    answer = client.post(
        path, fields_of(client.get(path).text) | {"after_not_now": outreach.sequence.pk}
    )
    assert answer.status_code == 422


def test_who_was_nurtured_before_is_so_again(as_user, recruiter, outreach, answered):
    with acting_in(outreach.organization):
        nurture = Sequence.objects.create(
            name="Nurture", sender=outreach.sender, state="active", entry=Sequence.Entry.ALWAYS
        )
        Step.objects.create(sequence=nurture, position=1, subject="Hello again", body="Hi!")
        Enrollment.objects.create(
            sequence=nurture, candidate=answered.candidate, state="finished", ended_at=MONDAY
        )

    response = choose(
        as_user(recruiter), answered, "not_now", until="2026-06-10", sequence=nurture.pk
    )

    assert response.status_code < 400
    with acting_in(outreach.organization):
        before, again = Enrollment.objects.filter(sequence=nurture).order_by("pk")
        assert (before.state, again.state) == ("finished", "active")
        assert again.waits_for == "Not now until 10 Jun 2026"


def test_who_rests_already_can_be_nurtured(as_user, recruiter, outreach, answered, nurture):
    outreach.inside(
        snoozing.snooze_candidates,
        [answered.candidate_id],
        until=date(2026, 7, 1),
        by=outreach.user,
    )

    choose(as_user(recruiter), answered, "not_now", until="2026-06-10", sequence=nurture.pk)

    with acting_in(outreach.organization):
        enrollment = Enrollment.objects.get(sequence=nurture)
        assert (enrollment.state, enrollment.next_at.date()) == ("active", date(2026, 6, 11))
        assert snoozing.snooze_of(Candidate.objects.get()).until_on == date(2026, 6, 10)
        snoozing.wake_candidates([answered.candidate_id], by=outreach.user)
        assert Candidate.objects.get().status != Candidate.Status.NOT_NOW


@pytest.mark.parametrize("day", [5, 20])
def test_who_waits_on_a_nurture_gets_another_day(
    as_user, recruiter, outreach, answered, nurture, day, provider
):
    client = as_user(recruiter)
    with time_machine.travel(MONDAY + timedelta(hours=1), tick=False):
        choose(client, answered, "not_now", until="2026-06-10", sequence=nurture.pk)

    answer = choose(client, answered, "not_now", until=f"2026-06-{day:02}", sequence=nurture.pk)

    assert answer.status_code < 400
    with acting_in(outreach.organization):
        enrollment = Enrollment.objects.get(sequence=nurture)
        assert enrollment.waits_for == f"Not now until {day} Jun 2026"
    accepted = len(provider.accepted)
    for later, expected in ((0, 0), (3, 1)):
        with time_machine.travel(MONDAY.replace(day=day + later, hour=12), tick=False):
            outreach.inside(snoozing.return_due)
            dispatching.dispatch(outreach.organization)
            delivering.deliver_due(outreach.organization)
            assert len(provider.accepted) - accepted == expected


def test_a_mail_of_a_nurture_that_is_queued_waits_for_the_day_too(
    outreach, answered, nurture, provider
):
    """Whoever answers something else meanwhile gets the one mail on that day, not two."""
    with acting_in(outreach.organization):
        nurture.stops_on_other_mail = False
        nurture.save()
        enrolling.enroll(nurture, [answered.candidate_id], by=outreach.user, despite_contact=True)
    dispatching.dispatch(outreach.organization)
    rest = answering.Rest(until=date(2026, 6, 10), sequence=nurture)
    outreach.inside(answering.sort_reply, answered, Intent.NOT_NOW, by=outreach.user, rest=rest)

    accepted = len(provider.accepted)
    for day, expected in ((9, 0), (11, 1)):
        with time_machine.travel(MONDAY.replace(day=day, hour=12), tick=False):
            outreach.inside(snoozing.return_due)
            dispatching.dispatch(outreach.organization)
            delivering.deliver_due(outreach.organization)
            assert len(provider.accepted) - accepted == expected, day


def test_somebody_who_cannot_join_the_sequence_is_not_snoozed_either(
    as_user, recruiter, outreach, answered
):
    """One transaction: all of it, or nothing."""
    response = choose(
        as_user(recruiter), answered, "not_now", until="2026-11-30", sequence=outreach.sequence.pk
    )

    assert response.status_code == 409
    assert "Was on this sequence before" in text_of(response)
    with acting_in(outreach.organization):
        assert Candidate.objects.get().status != Candidate.Status.NOT_NOW
    assert outreach.reload(answered).sorted_at is None

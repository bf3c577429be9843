"""Whoever's data came from others is told with the first mail, and gets no other once the month is over."""

import smtplib
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from campaigns.models import CarriedNotice, Message
from campaigns.services import (
    bouncing,
    delivering,
    disclosing,
    dispatching,
    reconciling,
    resuming,
)
from campaigns.services.reaching import NOT_TOLD, Obstacle, address_for, reach
from campaigns.services.writing import CannotWrite, Letter, write_mail
from candidates.models import Candidate, NoticeRules, PrivacyNotice
from candidates.services.candidates import create_candidate
from candidates.services.informing import note_told, save_rules
from crm.privacy.services.erasing import erase_candidate
from crm.tenancy.scope import acting_in
from tests.factories import SourceFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db

DAY_ZERO = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
State = Message.State


@pytest.fixture
def clock():
    with time_machine.travel(DAY_ZERO, tick=False) as traveller:
        yield traveller


@pytest.fixture
def sourced(clock, outreach) -> Candidate:
    """Somebody found on day zero, by us."""
    with acting_in(outreach.organization):
        return create_candidate(
            by=outreach.user,
            full_name="Amara Okafor",
            emails=["amara@example.com"],
            source=SourceFactory(name="GitHub *stars* <b>"),
        )


def notice(outreach) -> PrivacyNotice:
    with acting_in(outreach.organization):
        return PrivacyNotice.objects.get()


def html_of(mail) -> str:
    ((html, _),) = mail.alternatives
    return html


def test_the_first_mail_names_the_true_source_and_the_second_does_not(outreach, sourced, provider):
    outreach.add_second(subject="Again")
    message = outreach.send(sourced)

    (first,) = provider.accepted
    assert "Hi Amara,\n\nshall we talk?\n\nWhy you hear from us" in first.body
    assert "We have them since 1 June 2026, from: GitHub *stars* <b>." in first.body
    assert "Our basis is legitimate interest" in first.body
    assert "robin@acme.example or to Acme, 1 Main Street, Springfield" in first.body
    assert "from: GitHub *stars* &lt;b&gt;." in html_of(first)
    told = notice(outreach)
    assert (told.told_at, told.how) == (message.handed_at, "first_mail")

    with time_machine.travel(DAY_ZERO + timedelta(days=8), tick=False):
        dispatching.dispatch(outreach.organization)
        delivering.deliver_due(outreach.organization)
    second = provider.accepted[1]
    assert second.subject == "Again"
    assert "GitHub" not in second.body
    assert [
        row.message_id for row in outreach.inside(lambda: list(CarriedNotice.objects.all()))
    ] == [message.pk]


def test_who_is_not_to_be_told_gets_the_mail_alone(outreach, clock, provider):
    outreach.send(outreach.candidate())

    assert "Why you hear from us" not in provider.accepted[0].body


def test_a_mail_by_hand_tells_too_in_the_organizations_words(outreach, sourced, provider, owner):
    with acting_in(outreach.organization):
        save_rules(NoticeRules(text="Found at: {{ source }} ({{ basis }})"), by=owner)
        letter = Letter(sender=outreach.sender, subject="Lunch", body="On Thursday?")
        write_mail(sourced, letter, by=owner)

    delivering.deliver_due(outreach.organization)

    assert "On Thursday?\n\nFound at: GitHub *stars* <b> (legitimate interest)" in (
        provider.accepted[0].body
    )
    assert notice(outreach).how == "first_mail"


def test_an_organization_that_tells_nobody_sends_no_notice(outreach, sourced, provider, owner):
    outreach.inside(save_rules, NoticeRules(is_enabled=False), by=owner)

    outreach.send(sourced)

    assert "Why you hear from us" not in provider.accepted[0].body
    assert notice(outreach).told_at is None


def fail(_: object) -> None:
    raise smtplib.SMTPDataError(550, b"no such user")


def break_off(_: object) -> None:
    raise TimeoutError


@pytest.mark.parametrize(
    ("accident", "state"), [(fail, State.FAILED), (break_off, State.AMBIGUOUS)]
)
def test_a_mail_that_did_not_go_for_certain_tells_nobody(
    outreach, sourced, provider, accident, state
):
    provider.before_accepting = accident

    assert outreach.send(sourced).state == state

    assert notice(outreach).told_at is None


def test_a_doubtful_mail_tells_once_somebody_says_that_it_went(outreach, sourced, provider, owner):
    provider.after_accepting = break_off
    message = outreach.send(sourced)
    assert (message.state, notice(outreach).told_at) == (State.AMBIGUOUS, None)

    outreach.inside(reconciling.mark_sent, message, by=owner)

    assert notice(outreach).told_at == message.handed_at


def test_a_mail_that_came_back_told_nobody(outreach, sourced, provider):
    message = outreach.send(sourced)
    assert notice(outreach).told_at

    outreach.inside(bouncing.mark_bounced, message, "amara@example.com")

    assert (notice(outreach).told_at, notice(outreach).how) == (None, "")


def test_told_meanwhile_a_retried_mail_drops_the_notice(outreach, sourced, provider):
    (message,) = outreach.queue(sourced)
    with acting_in(outreach.organization):
        disclosing.carry(message, outreach.sender)
        note_told([sourced.pk], how=PrivacyNotice.How.BY_HAND, at=DAY_ZERO)
        Message.objects.update(attempts=1)

    delivering.deliver_due(outreach.organization)

    assert "Why you hear from us" not in provider.accepted[0].body
    assert outreach.inside(CarriedNotice.objects.count) == 0
    assert notice(outreach).how == "by_hand"


def test_not_told_within_the_month_nobody_writes_until_the_notice_went(
    outreach, sourced, provider, clock, owner
):
    """T53: day zero to the calendar month and after, for a person on a sequence."""
    (message,) = outreach.queue(sourced)
    assert notice(outreach).due_on == date(2026, 7, 1)

    clock.move_to(datetime(2026, 7, 1, 23, 59, tzinfo=UTC))
    assert not isinstance(outreach.inside(reach, [sourced])[sourced.pk], Obstacle)

    clock.move_to(datetime(2026, 7, 2, 0, 1, tzinfo=UTC))
    delivering.deliver_due(outreach.organization)

    assert provider.accepted == []
    waiting, enrollment = outreach.reload(message), outreach.enrollment(sourced)
    assert (waiting.state, outreach.waits_for(message)) == (State.QUEUED, NOT_TOLD)
    assert (enrollment.state, enrollment.stop_reason) == ("paused", "not_told")
    assert outreach.inside(address_for, sourced).obstacle == NOT_TOLD
    with acting_in(outreach.organization), pytest.raises(CannotWrite, match="privacy notice first"):
        letter = Letter(sender=outreach.sender, subject="Lunch", body="On Thursday?")
        write_mail(sourced, letter, by=owner)

    with acting_in(outreach.organization):
        told = note_told([sourced.pk], how=PrivacyNotice.How.BY_HAND, at=DAY_ZERO, by=owner)
        resuming.go_on_told(told)
    delivering.deliver_due(outreach.organization)

    assert [mail.subject for mail in provider.accepted] == ["A role for Amara"]
    assert outreach.reload(message).state == State.SENT


def test_a_late_person_waits_at_the_step_and_joins_nothing(outreach, sourced, clock):
    outreach.enroll(sourced)
    clock.move_to(DAY_ZERO + timedelta(days=40))

    report = dispatching.dispatch(outreach.organization)

    assert (report.held, report.stopped, outreach.messages()) == (1, 0, [])
    assert outreach.enrollment(sourced).waits_for == NOT_TOLD
    with acting_in(outreach.organization):
        late = create_candidate(by=outreach.user, full_name="Bo", emails=["bo@example.com"])
        PrivacyNotice.objects.filter(candidate=late).update(due_on=date(2026, 6, 5))
    assert outreach.enroll(late).refused == [(late.pk, NOT_TOLD)]


def test_the_record_of_a_late_person_says_why(as_user, recruiter, outreach, sourced, clock):
    clock.move_to(DAY_ZERO + timedelta(days=40))

    page = text_of(as_user(recruiter).get(f"/acme/candidates/{sourced.pk}/"))

    assert "Was not told in time where we have the data from" in page


def test_reaching_asks_as_much_as_before(outreach, sourced, django_assert_num_queries):
    with acting_in(outreach.organization), django_assert_num_queries(2):
        reach([sourced])


def test_the_mail_shows_what_it_carried(as_user, recruiter, outreach, sourced, provider):
    message = outreach.send(sourced)

    page = text_of(as_user(recruiter).get(f"/acme/sequences/mails/{message.pk}/"))

    assert "With the privacy notice" in page
    assert "from: GitHub" in page


def test_erasing_takes_the_proof_along(outreach, sourced, provider):
    outreach.send(sourced)

    run = outreach.inside(erase_candidate, sourced, by=outreach.user)

    assert run.counts["campaigns.CarriedNotice"] == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("From {{ source }} since {{ stored_on }}", None),
        ("Nothing said", "must say where the data came from"),
        ("{{ source }} {{ company }}", "“company” is not a merge field"),
        ("{{ source }", "has no partner"),
    ],
)
def test_a_wording_names_the_source_and_only_what_everybody_has(outreach, text, problem):
    found = disclosing.problems_of(text)

    assert [problem in one for one in found] == ([True] if problem else [])

"""People keep the steps they joined; whoever is moved goes on after the last step they got, and gets none twice."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from campaigns.models import Message, PersonalMail, Step
from campaigns.services import (
    delivering,
    dispatching,
    enrolling,
    personalizing,
    sequences,
    versions,
)
from campaigns.services.sequences import StepDetails
from crm.tenancy.scope import acting_in

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
NEW = StepDetails("mail", 0, "New subject", "New words")


def edit(outreach, step: Step, details: StepDetails = NEW, **how) -> Step:
    return outreach.inside(sequences.edit_step, step, details, by=outreach.user, **how)


def test_a_draft_is_changed_in_place(outreach):
    outreach.inside(outreach.sequence.__class__.objects.update, state="draft")
    outreach.enroll(outreach.candidate())

    changed = edit(outreach, outreach.first)

    assert (changed.pk, changed.version) == (outreach.first.pk, 1)


def test_people_on_a_draft_begin_with_its_first_step_whatever_was_done_to_it(outreach, provider):
    outreach.inside(outreach.sequence.__class__.objects.update, state="draft")
    amara = outreach.candidate()
    with time_machine.travel(MONDAY, tick=False) as clock:
        outreach.enroll(amara)
        outreach.inside(sequences.delete_step, outreach.first, by=outreach.user)
        enrollment = outreach.enrollment(amara)
        assert (enrollment.state, enrollment.next_step) == ("active", None)

        waits = StepDetails("mail", 2, "Two days later", "Words")
        outreach.inside(sequences.add_step, outreach.sequence, waits, by=outreach.user)
        assert outreach.enrollment(amara).next_at == MONDAY + timedelta(days=2)

        added = outreach.inside(sequences.add_step, outreach.sequence, NEW, by=outreach.user)
        outreach.inside(sequences.move_step, added, up=True, by=outreach.user)
        enrollment = outreach.enrollment(amara)
        assert (enrollment.next_step, enrollment.next_at) == (added, MONDAY)

        edit(outreach, added, StepDetails("mail", 1, "Tomorrow", "Words"))
        outreach.inside(sequences.activate_sequence, outreach.sequence, by=outreach.user)
        for _ in range(8):
            dispatching.dispatch(outreach.organization)
            delivering.deliver_due(outreach.organization)
            clock.shift(timedelta(days=1))

    assert [mail.subject for mail in provider.accepted] == ["Tomorrow", "Two days later"]
    assert outreach.enrollment(amara).state == "finished"


def test_a_draft_that_changes_lets_nobody_start_before_the_day_that_they_wait_for(outreach):
    outreach.inside(outreach.sequence.__class__.objects.update, state="draft")
    amara = outreach.candidate()
    outreach.enroll(amara)
    until = MONDAY + timedelta(days=300)
    enrollment = outreach.enrollment(amara)
    outreach.inside(enrolling.postpone, [enrollment], until=until, because="Away")

    outreach.inside(sequences.delete_step, outreach.first, by=outreach.user)
    added = outreach.inside(sequences.add_step, outreach.sequence, NEW, by=outreach.user)

    enrollment = outreach.enrollment(amara)
    assert (enrollment.next_step, enrollment.next_at) == (added, until)


def test_changes_before_anybody_joins_make_one_version(outreach):
    outreach.enroll(outreach.candidate())

    first = edit(outreach, outreach.first)
    edit(outreach, first, StepDetails("mail", 0, "Newer", "Newer words"))
    outreach.inside(sequences.add_step, outreach.sequence, NEW, by=outreach.user)

    outreach.inside(outreach.sequence.refresh_from_db)
    assert outreach.sequence.version == 2
    assert outreach.inside(lambda: Step.objects.filter(version=2).count()) == 2


def test_each_gets_the_words_of_their_version(outreach, provider):
    amara, ben = outreach.candidate(), outreach.candidate("ben@example.com", full_name="Ben Li")
    outreach.enroll(amara)
    edit(outreach, outreach.first)
    outreach.enroll(ben)

    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization)

    subjects = {mail.to[0]: mail.subject for mail in provider.accepted}
    assert subjects == {"amara@example.com": "A role for Amara", "ben@example.com": "New subject"}


def test_who_is_moved_gets_a_step_that_stands_before_their_next_one(outreach, provider):
    second = outreach.add_second(wait_business_days=1)
    amara = outreach.candidate()
    with time_machine.travel(MONDAY, tick=False) as clock:
        outreach.send(amara)
        added = outreach.inside(sequences.add_step, outreach.sequence, NEW, by=outreach.user)
        outreach.inside(sequences.move_step, added, up=True, by=outreach.user)
        outreach.inside(versions.move_people, outreach.sequence, by=outreach.user)
        clock.shift(timedelta(days=4))
        for _ in range(3):
            dispatching.dispatch(outreach.organization)
            delivering.deliver_due(outreach.organization)
            clock.shift(timedelta(days=4))

    texts = [mail.body.split("\n")[0] for mail in provider.accepted]
    assert texts == ["Hi Amara,", "New words", second.body]


def test_a_queued_mail_goes_with_the_new_words_of_who_is_moved(outreach, provider):
    amara = outreach.candidate()
    outreach.queue(amara)

    edit(outreach, outreach.first, moves=True)
    delivering.deliver_due(outreach.organization)

    (mail,) = provider.accepted
    assert mail.subject == "New subject"


def test_a_queued_mail_of_a_step_that_is_gone_does_not_go_to_who_is_moved(outreach, provider):
    outreach.add_second(wait_business_days=1, subject="Again")
    amara = outreach.candidate()
    with time_machine.travel(MONDAY, tick=False) as clock:
        (message,) = outreach.queue(amara)
        outreach.inside(sequences.delete_step, outreach.first, by=outreach.user, moves=True)
        delivering.deliver_due(outreach.organization)
        assert provider.accepted == []
        message = outreach.reload(message)
        assert message.state == "cancelled"
        assert message.problem == "Its step was taken out of the sequence"
        enrollment = outreach.enrollment(amara)
        assert enrollment.next_at > MONDAY
        clock.move_to(enrollment.next_at)
        for _ in range(2):
            dispatching.dispatch(outreach.organization)
            delivering.deliver_due(outreach.organization)

    (mail,) = provider.accepted
    assert mail.body.startswith("Did you see my mail?")
    assert outreach.enrollment(amara).state == "finished"


def test_who_is_not_moved_gets_what_is_queued_of_a_step_that_is_gone(outreach, provider):
    outreach.add_second(subject="Again")
    outreach.queue(outreach.candidate())

    outreach.inside(sequences.delete_step, outreach.first, by=outreach.user)
    delivering.deliver_due(outreach.organization)

    assert [mail.subject for mail in provider.accepted] == ["A role for Amara"]


def test_two_hundred_are_moved_as_quickly_as_two(outreach, django_assert_max_num_queries):
    """A statement for all to whom the same happens; one of them has their mail called back, one is paused by hand."""
    outreach.add_second()
    people = outreach.people(200)
    outreach.enroll(*people)
    outreach.inside(enrolling.pause, outreach.enrollment(people[7]), by=outreach.user)
    second = outreach.inside(lambda: outreach.sequence.current_steps().get(position=2))
    edit(outreach, second)
    due = outreach.enrollment(people[3]).next_at

    with acting_in(outreach.organization), django_assert_max_num_queries(16):
        assert versions.move_people(outreach.sequence, by=outreach.user) == 200

    paused, other = outreach.enrollment(people[7]), outreach.enrollment(people[3])
    assert (paused.state, paused.version, paused.waits_for) == ("paused", 2, "Paused by hand")
    assert (other.state, other.version, other.next_at) == ("active", 2, due)
    assert other.next_step.version == 2


def test_who_is_moved_is_done_where_the_last_step_is_gone(outreach, provider):
    last = outreach.add_second(wait_business_days=0)
    amara = outreach.candidate()
    outreach.send(amara)
    dispatching.dispatch(outreach.organization)
    assert [message.state for message in outreach.messages()] == ["sent", "queued"]

    outreach.inside(sequences.delete_step, last, by=outreach.user, moves=True)

    assert [message.state for message in outreach.messages()] == ["sent", "cancelled"]
    assert outreach.enrollment(amara).state == "finished"


def test_a_queued_mail_becomes_the_call_that_its_step_is_now(outreach, provider):
    amara = outreach.candidate()
    outreach.queue(amara)
    call = StepDetails(kind=Step.Kind.CALL)

    outreach.inside(sequences.edit_step, outreach.first, call, by=outreach.user, moves=True)
    outreach.add_second()
    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization)

    assert provider.accepted == []
    assert [task.title for task in outreach.inside(lambda: list(amara.tasks.all()))] == [
        "Call Amara Okafor"
    ]


def test_nobody_who_is_moved_gets_a_step_twice(outreach, provider):
    outreach.add_second(wait_business_days=0, subject="Second")
    amara = outreach.candidate()
    outreach.send(amara)
    (_first, second) = outreach.inside(lambda: list(outreach.sequence.current_steps()))
    outreach.inside(sequences.move_step, second, up=True, by=outreach.user, moves=True)

    for _ in range(4):
        dispatching.dispatch(outreach.organization)
        delivering.deliver_due(outreach.organization)

    assert len({mail.subject for mail in provider.accepted}) == len(provider.accepted)
    assert outreach.enrollment(amara).state == "finished"


def test_what_was_written_for_one_person_moves_along(outreach, provider):
    amara = outreach.candidate()
    outreach.enroll(amara)
    outreach.inside(
        personalizing.write_personal_mail,
        outreach.first,
        amara,
        subject="Just for you",
        body="Hi {{ first_name }}, it is me",
        by=outreach.user,
    )

    edit(outreach, outreach.first, moves=True)
    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization)

    (mail,) = provider.accepted
    assert mail.subject == "Just for you"
    assert mail.body.startswith("Hi Amara, it is me")


def test_what_was_written_for_who_has_not_joined_yet_outlives_a_change(outreach, provider):
    amara, ben = outreach.candidate(), outreach.candidate("ben@example.com", full_name="Ben Li")
    for person in (amara, ben):
        outreach.inside(
            personalizing.write_personal_mail,
            outreach.first,
            person,
            subject=f"Just for {person}",
            body="Hi",
            by=outreach.user,
        )
    outreach.enroll(ben)

    edit(outreach, outreach.first)
    outreach.enroll(amara)
    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization)

    subjects = {mail.to[0]: mail.subject for mail in provider.accepted}
    assert subjects == {
        "amara@example.com": "Just for Amara Okafor",
        "ben@example.com": "Just for Ben Li",
    }


def test_a_mail_that_has_gone_is_not_written_by_hand_any_more(outreach, provider):
    amara = outreach.candidate()
    outreach.send(amara)

    with pytest.raises(personalizing.MailHasGone):
        outreach.inside(
            personalizing.write_personal_mail,
            outreach.first,
            amara,
            subject="",
            body="Late",
            by=outreach.user,
        )
    assert outreach.inside(PersonalMail.objects.count) == 0
    assert outreach.inside(Message.objects.count) == 1

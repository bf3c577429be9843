"""People keep the steps they joined; whoever is moved goes on after the last step they got, and gets none twice."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from campaigns.models import Message, PersonalMail, Step
from campaigns.services import delivering, dispatching, personalizing, sequences, versions
from campaigns.services.sequences import StepDetails

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

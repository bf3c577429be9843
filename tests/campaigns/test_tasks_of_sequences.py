"""What a sequence asks colleagues to do is asked no longer once the person has answered or must be left alone."""

import pytest

from campaigns import signing
from campaigns.models import Enrollment, Sequence, Step
from campaigns.services import delivering, dispatching, enrolling, receiving
from campaigns.services.composing import reference_of
from campaigns.services.unsubscribing import unsubscribe_candidate
from candidates.models import Task, Touchpoint
from candidates.services.tasks import add_task
from crm.tenancy.scope import acting_in

pytestmark = pytest.mark.django_db

StopReason = Enrollment.StopReason


@pytest.fixture
def asked(outreach, provider):
    """Amara got a mail, and somebody is to call her; a third step is still to come, unless it is taken away."""
    outreach.add_second(kind=Step.Kind.CALL, wait_business_days=0)
    outreach.add_second(wait_business_days=5)
    return outreach.candidate()


def write_and_ask(outreach, candidate) -> None:
    outreach.send(candidate)
    dispatching.dispatch(outreach.organization)
    assert titles(outreach) == ["Call Amara Okafor"]


def titles(outreach) -> list[str]:
    with acting_in(outreach.organization):
        return list(
            Task.objects.filter(done_at=None).order_by("pk").values_list("title", flat=True)
        )


def dropped(outreach) -> list[str]:
    with acting_in(outreach.organization):
        entries = Touchpoint.objects.filter(summary__startswith="No longer needed")
        return list(entries.values_list("summary", flat=True))


def answer(outreach) -> None:
    (written, *_) = outreach.messages()
    to = signing.reply_address(reference_of(written), slug="acme")
    receiving.receive(
        f"From: amara@example.com\nTo: {to}\nMessage-ID: <7@x>\n\nCall me!\n".encode()
    )


def test_who_answers_need_not_be_called(outreach, asked):
    write_and_ask(outreach, asked)

    answer(outreach)

    assert titles(outreach) == ["Answer Amara Okafor"]
    assert dropped(outreach) == ["No longer needed (replied): Call Amara Okafor"]


def test_who_answers_when_the_sequence_is_through_need_not_be_called(outreach, asked):
    outreach.inside(lambda: Step.objects.filter(position=3).delete())
    write_and_ask(outreach, asked)
    assert outreach.enrollment(asked).state == Enrollment.State.FINISHED

    answer(outreach)

    assert titles(outreach) == ["Answer Amara Okafor"]


def test_who_unsubscribes_is_not_called(outreach, asked):
    write_and_ask(outreach, asked)

    outreach.inside(unsubscribe_candidate, asked)

    assert titles(outreach) == []
    assert dropped(outreach) == ["No longer needed (unsubscribed): Call Amara Okafor"]


def test_whose_mail_comes_back_is_still_called(outreach, asked):
    write_and_ask(outreach, asked)

    outreach.inside(enrolling.stop, outreach.enrollment(asked), StopReason.BOUNCED)

    assert titles(outreach) == ["Call Amara Okafor"]


def test_what_somebody_asked_by_hand_stays(outreach, asked):
    write_and_ask(outreach, asked)
    outreach.inside(add_task, title="Look at Amara's talk", candidate=asked, by=outreach.user)

    outreach.inside(enrolling.stop, outreach.enrollment(asked), StopReason.MANUAL)

    assert titles(outreach) == ["Look at Amara's talk"]


def test_a_habit_that_was_made_of_it_stays(outreach, asked):
    write_and_ask(outreach, asked)
    outreach.inside(lambda: Task.objects.update(repeat_unit=Task.Unit.WEEK))

    answer(outreach)

    assert titles(outreach) == ["Call Amara Okafor", "Answer Amara Okafor"]


def test_who_stays_on_another_sequence_is_still_called(outreach, asked):
    write_and_ask(outreach, asked)
    with acting_in(outreach.organization):
        other = Sequence.objects.create(
            name="Other", sender=outreach.sender, state="active", is_exclusive=False, quiet_days=0
        )
        step = Step.objects.create(sequence=other, position=1, subject="S", body="B")
        Enrollment.objects.create(sequence=other, candidate=asked, next_step=step)
        mine = Enrollment.objects.get(sequence=outreach.sequence)
        enrolling.stop(mine, StopReason.MANUAL, by=outreach.user)

    assert titles(outreach) == ["Call Amara Okafor"]


def test_a_worker_that_ends_an_enrollment_drops_its_tasks(outreach, asked):
    outreach.inside(lambda: Step.objects.filter(position=3).update(wait_business_days=0))
    write_and_ask(outreach, asked)
    dispatching.dispatch(outreach.organization)
    outreach.inside(lambda: type(asked).objects.update(status="do_not_contact"))

    delivering.deliver_due(outreach.organization)

    assert outreach.enrollment(asked).stop_reason == StopReason.SUPPRESSED
    assert titles(outreach) == []

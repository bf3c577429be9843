"""A step that is paused: whoever reaches it waits, all others go on; then they go on too."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from campaigns.models import Enrollment, Hold, Sender, Step
from campaigns.services import (
    delivering,
    dispatching,
    enrolling,
    explaining,
    halting,
    sequences,
    versions,
)
from campaigns.services.permissions import MayNotSend
from campaigns.services.sequences import StepDetails
from candidates.models import Candidate
from candidates.services.pools import add_to_pool
from candidates.services.snoozing import snooze_candidates
from crm.tenancy.scope import acting_in
from tests.factories import TalentPoolFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
State = Enrollment.State


@pytest.fixture
def second(outreach, provider) -> Step:
    return outreach.add_second(wait_business_days=1, subject="Second")


def pause(outreach, step: Step) -> int:
    return outreach.inside(halting.pause_step, step, by=outreach.user)


def resume(outreach, step: Step) -> int:
    return outreach.inside(halting.resume_step, step, by=outreach.user)


def work(outreach) -> None:
    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization)


def _paused(sequence) -> list[int]:
    return [step.position for step in sequence.paused_steps()]


def subjects(provider) -> list[tuple[str, str]]:
    return [(mail.to[0], mail.subject) for mail in provider.accepted]


def waits_for(outreach, candidate) -> tuple[str, str]:
    enrollment = outreach.enrollment(candidate)
    return enrollment.state, enrollment.waits_for


def test_who_waits_for_a_day_is_told_that_the_sender_is_paused(outreach, second):
    amara = outreach.candidate()
    outreach.send(amara)
    with acting_in(outreach.organization):
        assert explaining.what_now(outreach.enrollment(amara)) == "Step 2 is next."
        Sender.objects.update(paused_at=MONDAY, paused_because="Ola is on leave")
        now = explaining.what_now(outreach.enrollment(amara))

    assert now == "Step 2 is next. The sender is paused: Ola is on leave."


def test_who_reaches_it_waits_and_others_go_on(outreach, provider, second):
    amara, ben = outreach.candidate(), outreach.candidate("ben@example.com", full_name="Ben Li")
    with time_machine.travel(MONDAY, tick=False) as clock:
        outreach.send(amara)
        pause(outreach, second)
        outreach.enroll(ben)
        work(outreach)
        assert subjects(provider)[-1] == ("ben@example.com", "A role for Ben")
        assert waits_for(outreach, amara) == (State.ACTIVE, "")
        with acting_in(outreach.organization):
            now = explaining.what_now(outreach.enrollment(amara))
            assert now == "Step 2 is next, but it is paused."

        clock.shift(timedelta(days=1))
        for _ in range(2):
            work(outreach)
        assert len(provider.accepted) == 2
        for candidate in (amara, ben):
            assert waits_for(outreach, candidate) == (State.PAUSED, "Step 2 is paused")
        with acting_in(outreach.organization):
            enrollment = outreach.enrollment(amara)
            assert explaining.what_now(enrollment) == "Step 2 is paused."
            assert Hold.objects.filter(enrollment=enrollment).count() == 1

        assert resume(outreach, second) == 2
        work(outreach)

    assert sorted(subjects(provider)[2:]) == [
        ("amara@example.com", "Second"),
        ("ben@example.com", "Second"),
    ]
    assert waits_for(outreach, amara) == (State.FINISHED, "")


def test_what_is_queued_of_it_does_not_go(outreach, provider, second):
    amara = outreach.candidate()
    (message,) = outreach.queue(amara)

    assert pause(outreach, outreach.first) == 1
    work(outreach)

    assert provider.accepted == []
    assert outreach.waits_for(message) == "Step 1 is paused"
    assert waits_for(outreach, amara) == (State.PAUSED, "Step 1 is paused")
    assert resume(outreach, outreach.first) == 1
    work(outreach)
    assert subjects(provider) == [("amara@example.com", "A role for Amara")]


def test_what_came_into_the_queue_at_that_moment_does_not_go(outreach, provider, second):
    amara = outreach.candidate()
    (message,) = outreach.queue(amara)
    outreach.inside(lambda: Step.objects.filter(position=1).update(paused_at=MONDAY))

    for _ in range(2):
        work(outreach)

    assert provider.accepted == []
    assert outreach.reload(message).state == "queued"
    assert waits_for(outreach, amara) == (State.PAUSED, "Step 1 is paused")
    assert resume(outreach, outreach.first) == 1


def test_a_task_waits_as_well(outreach, provider):
    call = outreach.add_second(kind=Step.Kind.CALL, wait_business_days=0)
    amara = outreach.candidate()
    pause(outreach, call)
    outreach.send(amara)
    work(outreach)
    assert not outreach.inside(amara.tasks.exists)

    resume(outreach, call)
    work(outreach)

    assert outreach.inside(amara.tasks.exists)


def test_people_on_an_older_version_wait_too(outreach, provider, second):
    amara = outreach.candidate()
    with time_machine.travel(MONDAY, tick=False) as clock:
        outreach.send(amara)
        new = outreach.inside(
            sequences.edit_step, second, StepDetails("mail", 1, "New", "Words"), by=outreach.user
        )
        assert new.pk != second.pk
        pause(outreach, new)
        clock.shift(timedelta(days=1))
        work(outreach)
        assert waits_for(outreach, amara) == (State.PAUSED, "Step 2 is paused")
        # A version that is made of it is paused as well.
        outreach.enroll(outreach.candidate("ben@example.com"))
        added = outreach.inside(
            sequences.add_step, outreach.sequence, StepDetails("wait", 1), by=outreach.user
        )
        assert (added.version, outreach.inside(_paused, added.sequence)) == (3, [2])

        resume(outreach, new)
        work(outreach)

    assert ("amara@example.com", "Second") in subjects(provider)


def test_who_is_moved_past_it_goes_on(outreach, provider, second):
    outreach.add_second(wait_business_days=0, subject="Third")
    amara = outreach.candidate()
    with time_machine.travel(MONDAY, tick=False) as clock:
        outreach.send(amara)
        pause(outreach, second)
        clock.shift(timedelta(days=1))
        work(outreach)
        outreach.inside(sequences.delete_step, second, by=outreach.user)
        work(outreach)
        assert waits_for(outreach, amara) == (State.PAUSED, "Step 2 is paused")

        outreach.inside(versions.move_people, outreach.sequence, by=outreach.user)
        work(outreach)

    assert subjects(provider)[-1] == ("amara@example.com", "Third")


def test_who_must_not_be_written_to_is_stopped_all_the_same(outreach, provider, second):
    amara = outreach.candidate()
    outreach.enroll(amara)
    pause(outreach, outreach.first)
    outreach.inside(lambda: Candidate.objects.update(status=Candidate.Status.DO_NOT_CONTACT))

    work(outreach)

    assert outreach.enrollment(amara).stop_reason == Enrollment.StopReason.SUPPRESSED


def test_who_is_paused_by_hand_or_snoozed_does_not_go_on_with_the_step(outreach, provider, second):
    amara, ben = outreach.candidate(), outreach.candidate("ben@example.com", full_name="Ben Li")
    outreach.queue(amara, ben)
    outreach.inside(enrolling.pause, outreach.enrollment(amara), by=outreach.user)
    pause(outreach, outreach.first)
    until = datetime.now(UTC).date() + timedelta(days=9)
    outreach.inside(snooze_candidates, [ben.pk], until=until, by=outreach.user)

    assert resume(outreach, outreach.first) == 0

    assert waits_for(outreach, amara) == (State.PAUSED, "Paused by hand")
    assert waits_for(outreach, ben)[1].startswith("Not now until")


def test_what_is_said_in_a_colleagues_name_goes_on_by_who_may_say_it(
    outreach, second, owner, recruiter
):
    outreach.sender.user = owner
    outreach.inside(outreach.sender.save)
    outreach.inside(halting.pause_step, second, by=recruiter)

    with pytest.raises(MayNotSend), acting_in(outreach.organization):
        halting.resume_step(second, by=recruiter)


def test_the_editor_pauses_a_step_and_lets_it_go_on(as_user, recruiter, outreach, second):
    client, page = as_user(recruiter), f"/acme/sequences/{outreach.sequence.pk}/"
    step = f"/acme/sequences/steps/{second.pk}"

    said = _told(client.post(f"{step}/pause/", follow=True))
    assert "Step 2 is paused: whoever reaches it waits, all others go on." in said
    html = text_of(client.get(page))
    assert "Whoever reaches this step waits here until it goes on" in html
    assert f"{step}/resume/" in html
    assert f"{step}/pause/" not in html

    said = _told(client.post(f"{step}/resume/", follow=True))
    assert "Step 2 is no longer paused. Nobody waited." in said
    assert "Whoever reaches this step" not in text_of(client.get(page))


def _told(response) -> str:
    """The page, and what htmx shows at once."""
    return text_of(response) + response.headers.get("HX-Trigger", "")


def test_whoever_puts_people_on_the_sequence_is_told(as_user, recruiter, outreach, second):
    pool = outreach.inside(TalentPoolFactory, name="Alumni")
    outreach.inside(add_to_pool, pool, [outreach.candidate().pk], by=None)
    pause(outreach, second)

    page = as_user(recruiter).get(
        "/acme/sequences/enroll/", {"sequence": outreach.sequence.pk, "pool": pool.pk}
    )

    assert "Step 2 is paused." in text_of(page)

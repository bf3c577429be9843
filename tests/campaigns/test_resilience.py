"""What must not go wrong when a worker dies, a clock is off, a provider is busy, or two beats run."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from campaigns import clock, faults, outcomes
from campaigns.models import Enrollment, Hold, MailAccount, Message, Sender, SendingRules
from campaigns.services import (
    auto_enrolling,
    batching,
    delivering,
    dispatching,
    pacing,
    reconciling,
    repeating,
    settling,
)
from campaigns.tasks import dispatch_due, send_due
from candidates.services.pools import add_to_pool
from crm.tenancy.scope import acting_in, current_organization
from tests.campaigns.conftest import Outreach
from tests.factories import TalentPoolFactory

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
State = Message.State


class Poisoned(RuntimeError):
    """What a step does that no worker survives."""


@pytest.fixture
def poison(monkeypatch):
    """Let the steps of one person raise."""

    def arm(candidate) -> None:
        take = batching.Batch._take

        def poisoned(self, due, address) -> None:
            if due.candidate.pk == candidate.pk:
                raise Poisoned
            take(self, due, address)

        monkeypatch.setattr(batching.Batch, "_take", poisoned)

    return arm


def test_a_poisonous_step_is_set_aside_and_the_others_go(outreach, provider, poison):
    bad = outreach.candidate("bad@example.com", full_name="Bad Luck")
    others = [outreach.candidate(f"p{number}@example.com") for number in range(3)]
    outreach.enroll(bad, *others)
    poison(bad)

    for _ in range(dispatching.POISONOUS_AFTER):
        with pytest.raises(Poisoned):
            dispatching.dispatch(outreach.organization)
    # From now on one by one: the others go at once, the guilty one after three tries of its own.
    assert dispatching.dispatch(outreach.organization).queued == 3
    later = timezone.now()
    for _ in range(30):
        later += dispatching.AGAIN_AFTER
        try:
            dispatching.dispatch(outreach.organization, later)
        except Poisoned:
            continue

    enrollment = outreach.enrollment(bad)
    assert enrollment.state == Enrollment.State.PAUSED
    assert enrollment.waits_for == "Set aside: 3 workers stopped at this step"
    with acting_in(outreach.organization):
        assert Hold.objects.filter(enrollment=enrollment).count() == 1
    assert dispatching.dispatch(outreach.organization, later).queued == 0


@pytest.mark.parametrize("point", ["attempt counted", "in dispatch"])
def test_a_step_that_workers_died_at_is_soon_due_again_and_forgets_them(outreach, die_at, point):
    amara = outreach.candidate()
    outreach.enroll(amara)
    outreach.inside(SendingRules.objects.create, unfinished=dispatching.POISONOUS_AFTER)
    now = timezone.now()
    for deaths in range(1, dispatching.POISONOUS_AFTER):
        die_at(point)
        with pytest.raises(BaseException, match=point):
            dispatching.dispatch(outreach.organization, now)
        enrollment = outreach.enrollment(amara)
        assert (enrollment.state, enrollment.crashes) == (Enrollment.State.ACTIVE, deaths)
        assert dispatching.dispatch(outreach.organization, now).queued == 0
        assert now < enrollment.next_at <= now + 2 * dispatching.AGAIN_AFTER
        now = enrollment.next_at

    assert dispatching.dispatch(outreach.organization, now).queued == 1
    assert outreach.enrollment(amara).crashes == 0


def test_after_deaths_some_are_taken_one_by_one_in_a_turn_until_a_batch_of_them_was(
    outreach, die_at, monkeypatch
):
    """One organization that is looked at so closely must not keep the mails of all for minutes."""
    monkeypatch.setattr(dispatching, "BATCH", 6)
    monkeypatch.setattr(dispatching, "FEW", 4)
    outreach.enroll(*outreach.people(20))
    for _ in range(dispatching.POISONOUS_AFTER):
        die_at("in dispatch")
        with pytest.raises(BaseException, match="in dispatch"):
            dispatching.dispatch(outreach.organization)
    points: list[str] = []
    monkeypatch.setattr(faults, "reach", points.append)

    turns = [dispatching.dispatch(outreach.organization) for _ in range(3)]

    assert [(turn.queued, turn.is_full) for turn in turns] == [(4, True), (2, True), (6, True)]
    assert points.count("attempt counted") == 6


def test_a_worker_killed_in_a_dispatch_leaves_it_to_the_next(outreach, die_at):
    outreach.enroll(outreach.candidate())
    die_at("in dispatch")

    with pytest.raises(BaseException, match="in dispatch"):
        dispatching.dispatch(outreach.organization)

    assert dispatching.dispatch(outreach.organization).queued == 1
    assert len(outreach.messages()) == 1


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_worker_whose_clock_is_off_sends_nothing_early_and_nothing_twice(
    outreach, provider, monkeypatch, hours
):
    """The database says what time it is: a process's own clock may say what it likes."""
    monkeypatch.setattr(clock, "now", real_now)
    outreach.add_second(wait_business_days=1)
    amara = outreach.candidate()
    outreach.send(amara)
    due = outreach.enrollment(amara).next_at

    with time_machine.travel(timezone.now() + timedelta(hours=hours), tick=True):
        dispatching.dispatch_due()
        delivering.deliver_due(outreach.organization)

    assert len(provider.accepted) == 1
    assert outreach.enrollment(amara).next_at == due
    # The other one: a step that is due goes, though this worker believes that it is not yet.
    outreach.inside(Enrollment.objects.update, next_at=real_now())
    with time_machine.travel(timezone.now() - timedelta(hours=2), tick=True):
        dispatching.dispatch(outreach.organization)
        dispatching.dispatch(outreach.organization)
        delivering.deliver_due(outreach.organization)
    assert len(provider.accepted) == 2


real_now = clock.now


def test_two_beats_and_three_dispatchers_do_every_step_of_a_week_once(outreach, provider):
    for _ in range(3):
        outreach.add_second(wait_business_days=1)
    people = [outreach.candidate(f"p{number}@example.com") for number in range(5)]
    chance = random.Random(7)  # noqa: S311
    with time_machine.travel(MONDAY, tick=False) as travel:
        outreach.enroll(*people)
        for _ in range(7 * 4):
            for _ in range(chance.randint(0, 3)):
                chance.choice(
                    [
                        lambda: dispatching.dispatch(outreach.organization),
                        lambda: delivering.deliver_due(outreach.organization, limit=2),
                        dispatching.dispatch_due,
                    ]
                )()
            travel.shift(timedelta(hours=6))
        for _ in range(8):
            dispatching.dispatch_due()
            delivering.deliver_due(outreach.organization)
            travel.shift(timedelta(days=1))

    copies = Counter((mail.to[0], mail.extra_headers["Message-ID"]) for mail in provider.accepted)
    assert set(copies.values()) == {1}
    assert Counter(mail.to[0] for mail in provider.accepted) == {
        f"p{number}@example.com": 4 for number in range(5)
    }


def test_after_hours_without_beat_what_is_overdue_goes_in_no_burst(acme, owner, provider):
    """Nobody rang for three hours: all of it is done, and no limit counts for less because of that."""
    capped = Outreach(acme, owner, hourly_cap=4, gap_seconds=60)
    with time_machine.travel(MONDAY, tick=False) as travel:
        capped.enroll(*capped.people(12))
        travel.shift(timedelta(hours=3))
        for _ in range(6 * 60):
            dispatching.dispatch_due()
            delivering.deliver_due(acme)
            travel.shift(timedelta(minutes=1))

    went = sorted(message.handed_at for message in capped.messages(state=State.SENT))
    assert len(went) == len({mail.to[0] for mail in provider.accepted}) == 12
    assert went[0] == MONDAY + timedelta(hours=3)
    assert all(later - earlier >= timedelta(seconds=60) for earlier, later in pairwise(went))
    assert all(went[n + 4] - went[n] >= timedelta(hours=1) for n in range(len(went) - 4))


def test_a_broker_that_forgot_everything_loses_nothing(outreach, provider, monkeypatch):
    """Bells, queues and locks of the broker are gone: the next beat rings anew."""
    rung: list[int] = []
    monkeypatch.setattr(send_due, "delay", rung.append)
    outreach.enroll(outreach.candidate())
    cache.clear()
    dispatch_due()

    cache.clear()
    dispatch_due()
    send_due(rung[-1])

    assert len(provider.accepted) == 1


def test_patience_that_a_provider_asks_for_holds_for_the_whole_sender(
    outreach, provider, monkeypatch
):
    first, second = outreach.queue(
        outreach.candidate(), outreach.candidate("ben@example.com", full_name="Ben Li")
    )

    busy = outcomes.Outcome(outcomes.Fate.RETRY, "The mail provider answered 429.", retry_after=600)
    monkeypatch.setattr(delivering, "of_sending_error", lambda error: busy)

    def refuse(mail) -> None:
        raise ConnectionError

    provider.before_accepting = refuse
    with time_machine.travel(MONDAY, tick=False):
        outreach.inside(Message.objects.update, due_at=MONDAY)
        delivering.deliver_due(outreach.organization)

        assert outreach.reload(first).attempts == 1
        assert outreach.reload(second).attempts == 0
        with acting_in(outreach.organization):
            assert Sender.objects.get().blocked_until == MONDAY + timedelta(seconds=600)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("Mon, 01 Jun 2026 09:01:30 GMT", 90),
        ("Mon, 01 Jun 2026 08:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("999999999", 86_400),
    ],
)
def test_retry_after_is_read_as_seconds_and_as_a_date(header, seconds):
    with time_machine.travel(MONDAY, tick=False):
        assert outcomes.seconds_of(header) == seconds


def test_ten_thousand_failures_do_not_come_back_together():
    """Full jitter: no second holds more than two in a hundred of them."""
    waits = Counter(int(delivering.backoff(attempt=2).total_seconds()) for _ in range(10_000))

    assert max(waits.values()) <= 200


def test_an_organization_with_a_hundred_thousand_does_not_keep_others_waiting(
    outreach, globex, stranger, provider, monkeypatch
):
    """Turns: the bell of the big one goes behind that of the small one."""
    small = Outreach(globex, stranger)
    outreach.enroll(*(outreach.candidate(f"p{number}@example.com") for number in range(60)))
    small.enroll(small.candidate("only@example.com"))
    bells: list[int] = []
    monkeypatch.setattr(send_due, "delay", bells.append)
    cache.clear()

    dispatch_due()
    turns = 0
    while bells and not any(mail.to == ["only@example.com"] for mail in provider.accepted):
        send_due(bells.pop(0))
        turns += 1

    assert turns <= 2


@pytest.fixture
def two(acme, globex, owner, provider, monkeypatch) -> tuple[Outreach, Outreach]:
    """Two organizations with a mail in flight each; whatever is looked up in the first fails."""
    both = Outreach(acme, owner), Outreach(globex, owner)
    for one in both:
        one.queue(one.candidate())

    def failing(act):
        def ask(*args, **more):
            if current_organization() == acme:
                raise Poisoned
            return act(*args, **more)

        return ask

    for module, name in [
        (settling, "lock"),
        (pacing, "organization_obstacle"),
        (auto_enrolling, "follow_rules"),
    ]:
        monkeypatch.setattr(module, name, failing(getattr(module, name)))
    return both


def test_stuck_mail_is_settled_though_another_organization_fails(two):
    for one in two:
        with acting_in(one.organization):
            Message.objects.update(state=State.SENDING, claimed_at=MONDAY)

    report = reconciling.reconcile_sending()

    assert report.requeued == 1
    states = [one.messages()[0].state for one in two]
    assert states == [State.SENDING, State.QUEUED]


def test_mail_in_doubt_is_asked_about_though_another_organization_fails(two, settings, monkeypatch):
    for one in two:
        with acting_in(one.organization):
            account = MailAccount(name="Resend", kind="resend")
            account.save()
            account.keep_secret("a-key")
            account.save()
            Sender.objects.update(account=account)
            Message.objects.update(
                state=State.AMBIGUOUS, handed_through=account, handed_at=clock.now()
            )
    asked = []

    def accept(parcel):
        asked.append(parcel.message.pk)
        return outcomes.Outcome(outcomes.Fate.ACCEPTED)

    monkeypatch.setattr(delivering, "hand_over", accept)
    settings.DEMO_MAILBOX = False

    assert repeating.repeat_doubtful() == 1
    assert asked == [two[1].messages()[0].pk]


def test_people_join_by_rules_though_another_organization_fails(two):
    for one in two:
        pool = one.inside(TalentPoolFactory, name="Alumni")
        one.inside(auto_enrolling.add_rule, one.sequence, pool=pool, by=one.user)
        ben = one.candidate("ben@example.com")
        one.inside(add_to_pool, pool, [ben.pk], by=None)

    assert auto_enrolling.auto_enroll_everywhere().enrolled == 1

"""The plan of what will be sent is what then happens, and is foretold with bounded work."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from campaigns.models import (
    Enrollment,
    Message,
    Sender,
    Sequence,
    Step,
)
from campaigns.services import (
    dispatching,
    enrolling,
    foretelling,
)
from candidates.models import Candidate
from crm.tenancy.scope import acting_in
from tests.campaigns.conftest import Outreach
from tests.campaigns.limiting import crowd, rules, work
from tests.factories import CandidateFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
State = Message.State


@pytest.mark.parametrize("of_one_company", [0, 8])
def test_the_plan_is_what_then_happens(acme, owner, provider, of_one_company):
    """The replay against the scheduler itself: as many first mails and follow-ups on each day."""
    capped = Outreach(
        acme,
        owner,
        daily_cap=4,
        gap_seconds=0,
        window_days=[0, 1, 2, 3, 4],
        window_start=time(9),
        window_end=time(17),
    )
    capped.inside(Sequence.objects.update, starts_per_day=3, holidays="DE")
    capped.add_second(wait_business_days=2)
    capped.add_second(wait_business_days=1, kind="task", task_title="Call")
    rules(capped, domain_cap=1)
    people = [
        *crowd(capped, of_one_company, "bigcorp.test"),
        *crowd(capped, 17 - of_one_company, "gmail.com"),
    ]
    with time_machine.travel(MONDAY, tick=False) as clock:
        plan = capped.inside(foretelling.foretell, capped.sequence, people)
        capped.enroll(*people)
        happened: dict[date, list[int]] = {}
        while True:
            before = len(provider.accepted)
            work(capped)
            for mail in provider.accepted[before:]:
                day = happened.setdefault(clock_date(), [0, 0])
                day[mail.subject.startswith("Re:")] += 1
            following = next_moment(capped)
            if following is None:
                break
            clock.move_to(max(following, datetime.now(UTC)))

    assert {day.on: [day.first, day.follow_ups] for day in plan.days if day.mails} == happened
    assert plan.mails == 34
    assert sum(day.by_hand for day in plan.days) == 17


def test_two_sequences_of_a_sender_are_foretold_as_they_then_go(acme, owner, provider):
    """Some of the other one have started, some were put off by its own limit and the sender's."""
    capped = Outreach(
        acme, owner, daily_cap=3, gap_seconds=0, window_days=[0, 1, 2, 3, 4],
        window_start=time(9), window_end=time(17),
    )  # fmt: skip
    capped.add_second(wait_business_days=2)
    capped.inside(Sequence.objects.update, starts_per_day=2)
    with acting_in(acme):
        other = Sequence.objects.create(name="Other", sender=capped.sender, state="active")
        Step.objects.create(sequence=other, position=1, subject="A", body="B")
        Step.objects.create(sequence=other, position=2, wait_business_days=1, body="B")
    first, new = crowd(capped, 5, "gmail.com"), crowd(capped, 4, "web.de")
    with time_machine.travel(MONDAY, tick=False) as clock:
        capped.enroll(*first)
        work(capped)
        clock.shift(timedelta(hours=1))
        plan = capped.inside(foretelling.foretell, other, new)
        with acting_in(acme):
            enrolling.enroll(other, [one.pk for one in new], by=owner)
        happened: dict[date, int] = {}
        while following := next_moment(capped):
            clock.move_to(max(following, datetime.now(UTC)))
            before = len(provider.accepted)
            work(capped)
            of_other = [one for one in provider.accepted[before:] if one.to[0].endswith("web.de")]
            if of_other:
                happened[clock_date()] = happened.get(clock_date(), 0) + len(of_other)

    assert {day.on: day.mails for day in plan.days} == happened
    assert plan.finished_at.date() == max(happened)


@pytest.mark.parametrize(("most", "is_shared"), [(4, True), (5, False), (None, False)])
def test_what_other_senders_may_need_of_a_common_cap_leaves_the_end_open(
    most, is_shared, acme, owner, as_user
):
    capped = Outreach(acme, owner, daily_cap=2)
    rules(capped, daily_cap=most)
    new = crowd(capped, 3)
    with acting_in(acme):
        colleague = Sender.objects.create(name="Jo", address="jo@acme.example", daily_cap=3)
        theirs = Sequence.objects.create(name="Theirs", sender=colleague, state="active")
        Step.objects.create(sequence=theirs, position=1, subject="A", body="B")
        people = crowd(capped, 1, "example.org")
        enrolling.enroll(theirs, [one.pk for one in people], by=owner)
    with time_machine.travel(MONDAY, tick=False):
        plan = capped.inside(foretelling.foretell, capped.sequence, new)

    tuesday = date(2026, 6, 2)
    assert (plan.is_shared, plan.not_before) == (is_shared, tuesday if is_shared else None)
    assert (plan.finished_at is None, plan.started_by is None) == (is_shared, is_shared)
    chosen = {"sequence": capped.sequence.pk, "candidates": ",".join(str(p.pk) for p in new)}
    page = text_of(as_user(owner).post("/acme/sequences/enroll/", chosen))
    assert ("Other senders share the organization’s cap" in page) is is_shared
    assert ("Not done before" in page) is is_shared


def next_moment(outreach: Outreach) -> datetime | None:
    """When something is due next: a step, a mail, or a sender's free place."""
    with acting_in(outreach.organization):
        steps = Enrollment.objects.filter(state="active").exclude(next_at=None)
        mails = Message.objects.filter(state=State.QUEUED)
        moments = [
            *steps.order_by("next_at").values_list("next_at", flat=True)[:1],
            *mails.order_by("due_at").values_list("due_at", flat=True)[:1],
        ]
        blocked = Sender.objects.get().blocked_until
        if mails.exists() and blocked:
            return max(min(moments), blocked) if moments else blocked
        return min(moments, default=None)


def clock_date() -> date:
    return datetime.now(UTC).date()


def turns_of(monkeypatch) -> list[int]:
    """Grows with whatever the replay does for anybody."""
    turns, step = [], foretelling._Replay._step
    monkeypatch.setattr(
        foretelling._Replay, "_step", lambda *args: (turns.append(1), step(*args))[1]
    )
    return turns


def test_the_replay_ends_with_those_who_are_asked_about(acme, owner, monkeypatch):
    """Two people behind 300 who are planned for months: it plays until the two are done, and for nobody nothing."""
    capped = Outreach(
        acme, owner, daily_cap=20, gap_seconds=100, window_days=[0, 1, 2, 3, 4],
        window_start=time(9), window_end=time(18),
    )  # fmt: skip
    with time_machine.travel(MONDAY, tick=False):
        capped.enroll(*crowd(capped, 300, "gmail.com"))
        dispatching.dispatch(acme)
        # Whoever comes later has all the time of the world.
        capped.add_second(wait_business_days=200)
        with acting_in(acme):
            other = Sequence.objects.create(name="Other", sender=capped.sender, state="active")
            Step.objects.create(sequence=other, position=1, subject="A", body="B")
            new = CandidateFactory.create_batch(2)
            turns = turns_of(monkeypatch)
            plan = foretelling.foretell(other, new)
            # Three turns a mail: the step, the mail, and its turn when the sender is free; some were put off.
            assert len(turns) < 302 * 5
            assert (plan.mails, plan.is_cut, plan.finished_at) == (2, False, plan.started_by)
            # Nobody overtakes: 300 at 20 a day come first.
            assert plan.started_by.date() == date(2026, 6, 22)
            turns.clear()
            assert foretelling.foretell(other, []).days == []
            assert turns == []


@pytest.mark.parametrize(
    ("bound", "most"), [("MOST_TURNS", 20), ("MOST_SECONDS", 0.0)], ids=["turns", "time"]
)
def test_of_too_much_work_the_end_is_not_foretold(acme, owner, monkeypatch, as_user, bound, most):
    capped = Outreach(acme, owner, daily_cap=1)
    people = crowd(capped, 30)
    with acting_in(acme):
        whole = foretelling.foretell(capped.sequence, people)
    turns = turns_of(monkeypatch)
    monkeypatch.setattr(foretelling, bound, most)
    with acting_in(acme):
        plan = foretelling.foretell(capped.sequence, people)

    last = whole.finished_at.date()
    assert (whole.is_cut, whole.not_before) == (False, None)
    assert last - timedelta(days=15) < plan.not_before <= last
    assert most <= len(turns) < 60
    assert (plan.is_cut, plan.started_by, plan.finished_at) == (True, None, None)
    chosen = {"sequence": capped.sequence.pk, "candidates": ",".join(str(p.pk) for p in people)}
    page = text_of(as_user(owner).post("/acme/sequences/enroll/", chosen))
    assert "Not done before" in page
    assert "the end cannot be foretold to the day: it is not before" in " ".join(page.split())


def test_two_thousand_people_are_foretold_to_the_end(acme, owner, monkeypatch):
    """80 a day, three mails each: the numbers of somebody who asks when it will be over."""
    # However long it takes here: what takes too long is another test's.
    monkeypatch.setattr(foretelling, "MOST_SECONDS", 600)
    capped = Outreach(
        acme, owner, daily_cap=80, gap_seconds=100, window_days=[0, 1, 2, 3, 4],
        window_start=time(9), window_end=time(18),
    )  # fmt: skip
    capped.add_second(wait_business_days=3)
    capped.add_second(wait_business_days=4)
    with acting_in(acme), time_machine.travel(MONDAY, tick=False):
        people = Candidate.objects.bulk_create(
            Candidate(full_name=f"Person {number}") for number in range(2000)
        )
        started = datetime.now(UTC)
        plan = foretelling.foretell(capped.sequence, people)

    assert started == MONDAY
    assert plan.mails == 6000
    assert plan.busiest <= 80
    # 6,000 mails at 80 a day are 75 business days at least.
    assert 75 <= len([day for day in plan.days if day.mails]) <= 85

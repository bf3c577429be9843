"""The days ahead are worked out after the page is open where that takes long, and once as long as nothing changes."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from redis.exceptions import RedisError

from campaigns.models import Enrollment, Sender, Sequence, Step
from campaigns.services import enrolling, foreseeing, foretelling
from campaigns.services.sending_rules import edit_sending_rules
from candidates.models import Candidate
from crm.tenancy.scope import acting_in
from tests.campaigns.conftest import Outreach
from tests.campaigns.limiting import crowd
from tests.pages import text_of

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
ADDRESS = "/acme/sequences/enroll/"


@pytest.fixture
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def _nothing_is_kept():
    cache.clear()


@pytest.fixture
def busy(acme, owner, clock, monkeypatch) -> Outreach:
    """A sender of five mails a day whom eleven people wait for, which counts as many here."""
    busy = Outreach(acme, owner, daily_cap=5)
    busy.enroll(*crowd(busy, 11))
    monkeypatch.setattr(foreseeing, "QUICK", 10)
    return busy


@pytest.fixture
def played(monkeypatch) -> list[int]:
    """How many people each time that the days were played through."""
    played, foretell = [], foretelling.foretell

    def note(sequence, people, **more):
        played.append(len(people))
        return foretell(sequence, people, **more)

    monkeypatch.setattr(foretelling, "foretell", note)
    return played


def asked(busy, *people: Candidate) -> dict[str, object]:
    return {"sequence": busy.sequence.pk, "candidates": ",".join(str(one.pk) for one in people)}


def test_the_page_opens_before_the_days_are_worked_out(client, recruiter, busy, played):
    client.force_login(recruiter)
    new = crowd(busy, 2, "example.org")

    page = client.post(ADDRESS, asked(busy, *new))

    assert played == []
    html = text_of(page)
    assert "Working out the plan…" in html
    assert "Enroll 2 people" in html
    assert "Day by day" not in html

    part = client.post(f"{ADDRESS}days/", asked(busy, *new), headers={"HX-Request": "true"})

    assert played == [2]
    html = " ".join(text_of(part).split())
    assert "<html" not in html
    # Eleven at five a day come first.
    assert "The first mail reaches everyone by <b >Wednesday, 3 June 2026</b>" in html
    assert "<b>Day by day</b>: 2 mails on 1 day" in html
    assert "Done on" in html
    assert busy.inside(lambda: Enrollment.objects.filter(candidate__in=new).count()) == 0


def test_without_javascript_a_button_shows_the_page_with_the_days(client, recruiter, busy):
    client.force_login(recruiter)
    new = crowd(busy, 2, "example.org")
    page = client.post(ADDRESS, asked(busy, *new)).content.decode()
    assert 'formaction="/acme/sequences/enroll/days/"' in page

    html = text_of(client.post(f"{ADDRESS}days/", asked(busy, *new)))

    assert "Wednesday, 3 June 2026" in html
    assert "Enroll 2 people" in html


def test_of_a_sender_with_little_to_do_the_page_has_the_days(client, recruiter, busy, monkeypatch):
    monkeypatch.setattr(foreseeing, "QUICK", 13)
    client.force_login(recruiter)

    html = text_of(client.post(ADDRESS, asked(busy, *crowd(busy, 2, "example.org"))))

    assert "Wednesday, 3 June 2026" in html


def test_a_second_opening_has_the_days_that_were_worked_out(client, recruiter, busy, played):
    client.force_login(recruiter)
    new = crowd(busy, 2, "example.org")
    first = client.post(f"{ADDRESS}days/", asked(busy, *new)).context["preflight"].plan

    again = client.post(ADDRESS, asked(busy, *new))

    assert played == [2]
    assert again.context["preflight"].plan == first
    assert "Wednesday, 3 June 2026" in text_of(again)


def enroll_one_more(busy, new):
    busy.enroll(busy.candidate("late@example.net", full_name="Lea Late"))


def let_one_go(busy, new):
    with acting_in(busy.organization):
        enrolling.stop(Enrollment.objects.earliest("pk"), Enrollment.StopReason.MANUAL)


def raise_the_cap(busy, new):
    busy.inside(Sender.objects.update, daily_cap=6)


def limit_the_organization(busy, new):
    busy.inside(edit_sending_rules, by=busy.user, daily_cap=3)


def change_the_hours(busy, new):
    busy.inside(Sequence.objects.update, window_days=[0])


def add_a_step(busy, new):
    busy.add_second()


def pause_a_step(busy, new):
    busy.inside(Step.objects.update, paused_at=MONDAY)


def edit_a_person(busy, new):
    with acting_in(busy.organization):
        Candidate.objects.filter(pk=new[0].pk).update(updated_at=MONDAY + timedelta(days=1))


def leave_one_out(busy, new):
    new.pop()


@pytest.mark.parametrize(
    "change",
    [
        enroll_one_more, let_one_go, raise_the_cap, limit_the_organization, change_the_hours, add_a_step,
        pause_a_step, edit_a_person, leave_one_out,
    ],
)  # fmt: skip
def test_what_the_days_hang_on_is_played_through_anew(change, busy, played):
    new = crowd(busy, 2, "example.org")

    def foresee():
        with acting_in(busy.organization):
            sequence = Sequence.objects.select_related("sender").get(pk=busy.sequence.pk)
            people = list(Candidate.objects.filter(pk__in=[one.pk for one in new]).order_by("pk"))
            return foreseeing.foresee(sequence, people, patient=True)

    foresee()
    foresee()
    assert played == [2]

    change(busy, new)
    foresee()

    assert len(played) == 2


def test_another_organization_never_sees_what_was_kept(busy, globex, owner, played):
    with acting_in(busy.organization):
        own = foreseeing._key(busy.sequence, [])
    with acting_in(globex):
        other = foreseeing._key(busy.sequence, [])

    assert own != other


def test_without_the_cache_the_days_are_worked_out_each_time(busy, played, monkeypatch):
    def away(*args, **more):
        raise RedisError

    monkeypatch.setattr(foreseeing.cache, "get", away)
    monkeypatch.setattr(foreseeing.cache, "set", away)
    new = crowd(busy, 1, "example.org")
    with acting_in(busy.organization):
        plans = [foreseeing.foresee(busy.sequence, new, patient=True) for _ in range(2)]

    assert played == [1, 1]
    assert plans[0] == plans[1]

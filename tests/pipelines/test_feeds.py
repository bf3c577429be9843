"""Calendar addresses: what they show, to whom, and until when."""

from datetime import timedelta

import pytest
import time_machine
import vobject

from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from pipelines.models import CalendarFeed, Stage
from pipelines.services.interviews import feeds, scheduling
from tests.pipelines.talks import NOW, TUESDAY_TEN, arrange


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def booked(acme, job, put_on, recruiter, sourcer):
    ada = put_on(job, "Ada Byron")
    with acting_in(acme):
        return arrange(ada, sourcer, by=recruiter, starts_at=TUESDAY_TEN, kit="Ask about Go")


def address(acme, user, job=None) -> str:
    with acting_in(acme):
        _, token = feeds.make_feed(user, job=job)
    return f"/calendar/{token}.ics"


def summaries(answer) -> list[str]:
    calendar = vobject.readOne(answer.text)
    return [event.summary.value for event in calendar.contents.get("vevent", [])]


def test_member_reads_their_own_interviews(booked, acme, recruiter, sourcer, viewer, client):
    for user, expected in (
        (recruiter, ["Technical interview: Ada Byron"]),
        (sourcer, ["Technical interview: Ada Byron"]),
        (viewer, []),
    ):
        answer = client.get(address(acme, user))
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        assert summaries(answer) == expected
        assert "Ask about Go" not in answer.text


def test_feed_of_a_job_shows_all_of_it(booked, acme, job, viewer, manager, client):
    assert summaries(client.get(address(acme, viewer, job))) == ["Technical interview: Ada Byron"]
    # A hiring manager who is not in the job's team.
    assert summaries(client.get(address(acme, manager, job))) == []


def test_cancelled_ones_are_shown_as_such(booked, acme, recruiter, client):
    with acting_in(acme):
        scheduling.cancel(booked, by=recruiter)

    text = client.get(address(acme, recruiter)).text

    assert "STATUS:CANCELLED" in text


def test_blind_stage_names_nobody(booked, acme, recruiter, client):
    with acting_in(acme):
        Stage.objects.update(is_blind=True)

    assert summaries(client.get(address(acme, recruiter))) == ["Technical interview: a candidate"]


@pytest.mark.parametrize("number", [1, 3])
def test_feed_costs_the_same_for_any_number(
    acme, job, recruiter, put_on, number, django_assert_num_queries
):
    token = address(acme, recruiter).split("/")[2].removesuffix(".ics")
    with acting_in(acme):
        Stage.objects.update(is_blind=True)
        for index in range(number):
            start = TUESDAY_TEN + timedelta(hours=index)
            arrange(put_on(job, f"Person {index}"), recruiter, by=recruiter, starts_at=start)

        with django_assert_num_queries(12):
            assert feeds.read_feed(token).count("a candidate") == number


def test_address_is_kept_as_a_hash_and_can_be_revoked(booked, acme, recruiter, sourcer, client):
    where = address(acme, recruiter)
    token = where.split("/")[2].removesuffix(".ics")
    with acting_in(acme):
        feed = CalendarFeed.objects.get()
        assert token not in feed.token_hash
        assert feed.read_at is None
    assert client.get(where).status_code == 200
    with acting_in(acme):
        feed.refresh_from_db()
        assert feed.read_at == NOW
        with pytest.raises(feeds.SomebodyElsesFeed):
            feeds.revoke_feed(feed, by=sourcer)
        feeds.revoke_feed(feed, by=recruiter)

    assert client.get(where).status_code == 404


def test_address_ends_with_the_membership(booked, acme, recruiter, client):
    where = address(acme, recruiter)
    Membership.objects.filter(user=recruiter).delete()

    assert client.get(where).status_code == 404


@pytest.mark.parametrize(
    "token", ["x", "1.AAAAAAAAAAAAAAAAAAAAAA", "999999.AAAAAAAAAAAAAAAAAAAAAA"]
)
def test_guessed_addresses_show_nothing(booked, client, token):
    answer = client.get(f"/calendar/{token}.ics")

    assert (answer.status_code, answer.content) == (404, b"")


def test_page_shows_a_new_address_once(acme, recruiter, client):
    client.force_login(recruiter)

    made = client.post("/acme/interviews/calendars/", {"job": ""})
    later = client.get("/acme/interviews/calendars/")

    assert "/calendar/" in made.text
    assert ".ics" not in later.text
    assert "never read" in later.text

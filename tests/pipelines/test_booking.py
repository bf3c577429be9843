"""The page behind the candidate's link: one press books, moves or cancels; nobody else gets in."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client

from crm.accounts.models import TryCounter
from crm.tenancy import public_links
from crm.tenancy.scope import acting_in
from pipelines.models import Interview
from pipelines.services.interviews import scheduling
from pipelines.services.interviews.wording import BOOKING, booking_url
from tests.pipelines.conftest import words
from tests.pipelines.talks import NOW, TUESDAY_TEN, arrange, offer

State = Interview.State


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def interview(acme, job, put_on, recruiter) -> Interview:
    ada = put_on(job, "Ada Byron")
    with acting_in(acme):
        offer(recruiter, last=date(2026, 3, 3))
        return arrange(ada, recruiter, by=recruiter)


def path(interview: Interview) -> str:
    with acting_in(interview.organization):
        return booking_url(interview).removeprefix("http://testserver")


def state(interview: Interview) -> tuple[str, object]:
    with acting_in(interview.organization):
        interview.refresh_from_db()
    return interview.state, interview.starts_at


def test_page_shows_the_times_on_the_candidates_clock(interview, client):
    page = client.get(path(interview))
    in_tokyo = client.get(path(interview), {"zone": "Asia/Tokyo"})

    assert "Technical interview" in words(page)
    assert "Tuesday, 3 March 2026 09:00 09:30 10:00 10:30 11:00" in words(page)
    assert "18:00 18:30 19:00 19:30 20:00" in words(in_tokyo)
    assert "Byron" not in words(page)


def test_page_keeps_its_address_to_itself(interview, client):
    headers = client.get(path(interview)).headers

    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["Cache-Control"] == "no-store, private"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_one_press_books(interview, client):
    answer = client.post(
        path(interview), {"starts_at": "2026-03-03T19:00:00+09:00", "zone": "Asia/Tokyo"}
    )

    assert answer.status_code == 302
    assert state(interview) == (State.BOOKED, TUESDAY_TEN)
    assert interview.time_zone == "Asia/Tokyo"
    after = words(client.get(answer["Location"]))
    assert "Booked: Tuesday, 3 March 2026, 19:00 (Asia/Tokyo, UTC+09:00)" in after
    assert "Choose another time" in after


def test_looking_books_nothing(interview, client):
    client.get(path(interview), {"starts_at": TUESDAY_TEN.isoformat()})
    client.head(path(interview))

    assert state(interview) == (State.OFFERED, None)


def test_candidate_moves_and_cancels(interview, client):
    client.post(path(interview), {"starts_at": TUESDAY_TEN.isoformat()})
    change = client.get(path(interview), {"change": "1"})
    assert "09:00" in words(change)

    later = TUESDAY_TEN + timedelta(hours=1)
    client.post(path(interview), {"starts_at": later.isoformat()})
    assert state(interview) == (State.BOOKED, later)

    address = path(interview)
    assert "does not take place" in words(client.post(address, {"cancel": "1"}))
    assert state(interview)[0] == State.CANCELLED
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("starts_at", ["2026-03-03T10:00", "tomorrow", "", "2026-03-03T03:00Z"])
def test_what_is_not_offered_is_refused_with_the_times_that_are(interview, client, starts_at):
    answer = client.post(path(interview), {"starts_at": starts_at})

    assert answer.status_code == 409
    assert "no longer free" in words(answer)
    assert "09:30" in words(answer)
    assert state(interview) == (State.OFFERED, None)


def test_links_that_open_nothing_all_look_alike(interview, acme, client):
    genuine = path(interview)
    token = genuine.split("/")[2]
    forged = token[:-1] + ("a" if token[-1] != "a" else "b")
    other_purpose = public_links.sign(
        "referral form", organization_id=acme.pk, object_id=interview.pk
    )
    other_version = public_links.sign(
        BOOKING, organization_id=acme.pk, object_id=interview.pk, version=7
    )
    pages = [
        client.get(f"/booking/{one}/")
        for one in (forged, other_purpose, other_version, "x", "1.1.1." + "a" * 26)
    ]

    assert {page.status_code for page in pages} == {404}
    assert len({page.content for page in pages}) == 1
    assert client.get(genuine).status_code == 200


def test_link_ends_with_its_time_and_with_a_new_one(interview, acme, recruiter, client):
    with time_machine.travel(NOW + timedelta(days=31), tick=False):
        assert client.get(path(interview)).status_code == 404
    old = path(interview)
    with acting_in(acme):
        renewed = scheduling.renew_link(interview, by=recruiter)

    assert client.get(old).status_code == 404
    assert client.get(path(renewed)).status_code == 200


def test_booked_page_stays_open_after_the_offer_has_ended(interview, client):
    client.post(path(interview), {"starts_at": TUESDAY_TEN.isoformat()})

    with time_machine.travel(NOW + timedelta(days=60), tick=False):
        page = client.get(path(interview))

    assert page.status_code == 200
    assert "has begun or is over" in words(page)


def test_link_of_a_closed_organization_opens_nothing(interview, acme, client):
    acme.closed_at = NOW
    acme.save(update_fields=["closed_at"])

    assert client.get(path(interview)).status_code == 404


def test_link_of_one_organization_shows_nothing_of_another(interview, globex, client):
    token = public_links.sign(BOOKING, organization_id=globex.pk, object_id=interview.pk)

    assert client.get(f"/booking/{token}/").status_code == 404


def test_forms_need_their_token_of_this_browser(interview):
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post(path(interview), {"starts_at": TUESDAY_TEN.isoformat()})

    assert answer.status_code == 403
    assert state(interview) == (State.OFFERED, None)


def test_many_tries_are_slowed(interview, client):
    for _ in range(30):
        client.post(path(interview), {"starts_at": "x"})

    assert client.post(path(interview), {"starts_at": "x"}).status_code == 429
    assert TryCounter.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_candidates_never_get_the_same_time(acme, job, put_on, recruiter):
    """Two real connections press the same time at the same moment."""
    people = [put_on(job, name) for name in ("Ada", "Bo", "Cy")]
    with acting_in(acme):
        offer(recruiter, last=date(2026, 3, 3))
        waiting = [arrange(person, recruiter, by=recruiter) for person in people]
    start = threading.Barrier(len(waiting))

    def press(interview: Interview) -> int:
        try:
            start.wait(timeout=10)
            answer = Client().post(path(interview), {"starts_at": TUESDAY_TEN.isoformat()})
            return answer.status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(waiting)) as threads:
        answers = sorted(threads.map(press, waiting))

    assert answers == [302, 409, 409]
    with acting_in(acme):
        assert Interview.objects.filter(state=State.BOOKED).count() == 1

"""Signing in: who gets in, what a wrong try tells, and how often one may try (T14, short form)."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from crm.accounts import throttling
from crm.accounts.models import TryCounter, User
from crm.accounts.tasks import forget_old_sessions
from tests.accounts.conftest import PASSWORD
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOO_MANY = "Too many tries."
WRONG = "do not belong together"


def said(response) -> str:
    """What the form answers, without the part that is different in every answer."""
    return " ".join(response.context["form"].non_field_errors())


def test_right_password_signs_in(ada, sign_in):
    client = Client()

    response = sign_in(client, ada.email)

    assert response.status_code == 302
    assert client.get("/acme/settings/").status_code == 403
    assert client.get("/accounts/profile/").status_code == 200


def test_address_is_read_without_regard_to_case_and_spaces(ada, sign_in):
    assert sign_in(Client(), f"  {ada.email.upper()} ").status_code == 302


def test_session_has_a_new_id_after_sign_in(ada, sign_in):
    client = Client()
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted

    sign_in(client, ada.email)

    assert client.session.session_key != planted
    assert client.get("/accounts/profile/").status_code == 200
    assert (
        Client(headers={"Cookie": f"sessionid={planted}"}).get("/accounts/profile/").status_code
        == 302
    )


def test_deactivated_user_is_refused_at_the_next_request(ada, sign_in):
    client = Client()
    sign_in(client, ada.email)
    User.objects.filter(pk=ada.pk).update(is_active=False)

    page = client.get("/acme/")
    part = client.get("/acme/", headers={"HX-Request": "true"})

    assert page.status_code == 302
    assert page["Location"].startswith("/accounts/login/")
    assert part.status_code == 200
    assert part["HX-Redirect"].startswith("/accounts/login/")
    assert not part.content


def test_removed_member_is_refused_at_the_next_request(ada, sign_in):
    client = Client()
    sign_in(client, ada.email)
    ada.memberships.all().delete()

    page = client.get("/acme/tasks/")
    part = client.get("/acme/tasks/", headers={"HX-Request": "true"})

    assert page.status_code == part.status_code == 404
    assert part["HX-Redirect"] == "/"


def test_password_change_ends_the_other_sessions(ada, sign_in):
    here, elsewhere = Client(), Client()
    sign_in(here, ada.email)
    sign_in(elsewhere, ada.email)

    here.post(
        "/accounts/password/change/",
        {
            "oldpassword": PASSWORD,
            "password1": "new harbor 77 bells",
            "password2": "new harbor 77 bells",
        },
    )

    assert here.get("/accounts/profile/").status_code == 200
    assert elsewhere.get("/accounts/profile/").status_code == 302


def test_wrong_password_and_unknown_address_look_the_same(ada, sign_in):
    known = sign_in(Client(), ada.email, "wrong")
    unknown = sign_in(Client(), "nobody@example.com", "wrong", ip="203.0.113.2")

    assert known.status_code == unknown.status_code
    assert said(known) == said(unknown)
    assert WRONG in said(known)
    assert set(known.headers) == set(unknown.headers)
    assert known.cookies.keys() == unknown.cookies.keys()


def test_wrong_password_and_unknown_address_cost_the_same(
    ada, sign_in, monkeypatch, django_assert_num_queries
):
    """Time is made of hashing and queries: both are counted, which no busy machine can blur."""
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher,
        "encode",
        lambda self, password, salt: hashed.append(password) or encode(self, password, salt),
    )
    inactive = UserFactory(email="gone@example.com", is_active=False)
    inactive.set_unusable_password()
    inactive.save()
    costs = []

    for number, email in enumerate([ada.email, "nobody@example.com", inactive.email]):
        hashed.clear()
        with django_assert_num_queries(7):
            sign_in(Client(), email, "wrong", ip=f"203.0.113.{number + 1}")
        costs.append(len(hashed))

    assert costs == [1, 1, 1]


def test_tries_from_one_place_are_slowed_then_go_on(ada, sign_in):
    with time_machine.travel(NOON, tick=False) as clock:
        answers = [said(sign_in(Client(), ada.email, "wrong")) for _ in range(7)]

        assert [TOO_MANY in answer for answer in answers] == [False] * 5 + [True] * 2
        assert TOO_MANY in said(sign_in(Client(), ada.email)), "the right one is not even checked"

        clock.shift(timedelta(seconds=61))
        assert WRONG in said(sign_in(Client(), ada.email, "wrong"))
        assert TOO_MANY in said(sign_in(Client(), ada.email, "wrong"))

        clock.shift(timedelta(seconds=61))
        assert sign_in(Client(), ada.email).status_code == 302


def test_unknown_address_is_slowed_alike(sign_in, db, fast_hashing):
    with time_machine.travel(NOON, tick=False):
        answers = [said(sign_in(Client(), "nobody@example.com", "wrong")) for _ in range(7)]

    assert [TOO_MANY in answer for answer in answers] == [False] * 5 + [True] * 2


def test_one_network_cannot_try_many_addresses(db, fast_hashing, sign_in):
    with time_machine.travel(NOON, tick=False):
        answers = [
            said(sign_in(Client(), f"somebody{number}@example.com", "wrong"))
            for number in range(35)
        ]

    assert [TOO_MANY in answer for answer in answers] == [False] * 30 + [True] * 5


def test_neighbours_in_an_ipv6_network_count_as_one(ada, sign_in):
    with time_machine.travel(NOON, tick=False):
        for number in range(5):
            sign_in(Client(), ada.email, "wrong", ip=f"2001:db8:1:2::{number}")

        assert TOO_MANY in said(sign_in(Client(), ada.email, "wrong", ip="2001:db8:1:2:ffff::9"))
        assert WRONG in said(sign_in(Client(), ada.email, "wrong", ip="2001:db8:1:3::9"))


def test_right_passwords_are_not_counted(ada, sign_in):
    with time_machine.travel(NOON, tick=False):
        assert {sign_in(Client(), ada.email).status_code for _ in range(12)} == {302}


def test_many_networks_cannot_guess_without_end_nor_lock_the_owner_out(ada, sign_in, caplog):
    caplog.set_level(logging.WARNING, logger="crm.accounts.throttling")
    with time_machine.travel(NOON, tick=False):
        known = Client()
        sign_in(known, ada.email, ip="192.0.2.7")

        checked = [
            WRONG in said(sign_in(Client(), ada.email, "wrong", ip=f"203.0.113.{network}"))
            for network in range(20)
            for _ in range(5)
        ]

        assert sum(checked) == throttling.ADDRESS.capacity
        assert TOO_MANY in said(sign_in(Client(), ada.email, ip="192.0.2.7")), "a new browser"
        assert sign_in(known, ada.email, ip="192.0.2.7").status_code == 302, "the owner's browser"
        assert sign_in(known, ada.email, ip="198.51.100.9").status_code == 302, "also elsewhere"
    lines = [record.getMessage() for record in caplog.records]
    assert len([line for line in lines if line.startswith("sign_in failed")]) == 20
    assert len([line for line in lines if line.startswith("sign_in refused")]) == 81
    assert not any(ada.email in line for line in lines)


def test_spray_over_accounts_and_networks(db, fast_hashing, sign_in):
    """200 tries, 10 addresses by 20 networks, half of the addresses known: limits do not tell which."""
    for number in range(0, 10, 2):
        UserFactory(email=f"somebody{number}@example.com")
    checked = dict.fromkeys(range(10), 0)

    with time_machine.travel(NOON, tick=False):
        for network in range(20):
            for number in range(10):
                response = sign_in(
                    Client(), f"somebody{number}@example.com", "wrong", ip=f"203.0.113.{network}"
                )
                checked[number] += WRONG in said(response)
        more = [
            said(sign_in(Client(), f"somebody{number}@example.com", "x", ip="192.0.2.1"))
            for number in range(10)
        ]

    assert set(checked.values()) == {20}
    assert all(TOO_MANY in answer for answer in more)


def test_a_stranger_with_a_known_browser_of_its_own_gains_nothing(ada, sign_in, fast_hashing):
    stranger = UserFactory(email="mallory@example.com")
    stranger.set_password(PASSWORD)
    stranger.save()
    with time_machine.travel(NOON, tick=False):
        client = Client()
        sign_in(client, stranger.email)
        client.post("/accounts/logout/")
        answers = [said(sign_in(client, ada.email, "wrong")) for _ in range(6)]

    assert [TOO_MANY in answer for answer in answers] == [False] * 5 + [True]


def test_a_forged_known_browser_is_not_believed(ada, sign_in):
    with time_machine.travel(NOON, tick=False):
        known = Client()
        sign_in(known, ada.email)
        genuine = known.cookies[throttling.COOKIE_NAME].value
        forged = Client()
        forged.cookies[throttling.COOKIE_NAME] = genuine[:-2] + "AA"
        answers = [said(sign_in(forged, ada.email, "wrong")) for _ in range(6)]

    assert TOO_MANY in answers[-1]


def test_a_known_browser_is_limited_too(ada, sign_in):
    with time_machine.travel(NOON, tick=False):
        known = Client()
        sign_in(known, ada.email)
        known.post("/accounts/logout/")
        answers = [said(sign_in(known, ada.email, "wrong")) for _ in range(12)]

    assert [TOO_MANY in answer for answer in answers] == [False] * 10 + [True] * 2


def test_known_browser_cookie_is_out_of_reach_of_scripts(ada, sign_in):
    cookie = sign_in(Client(), ada.email).cookies[throttling.COOKIE_NAME]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert ada.email not in cookie.value


def test_drained_counts_are_forgotten(ada, sign_in):
    with time_machine.travel(NOON, tick=False) as clock:
        sign_in(Client(), ada.email, "wrong")
        assert throttling.forget_old_tries() == 0
        clock.shift(timedelta(days=1, seconds=1))

        assert throttling.forget_old_tries() == 3
    assert not TryCounter.objects.exists()


def test_behind_a_proxy_only_its_own_word_counts(ada, sign_in, settings):
    settings.BEHIND_PROXY = True
    with time_machine.travel(NOON, tick=False):
        answers = [
            said(
                Client().post(
                    "/accounts/login/",
                    {"login": ada.email, "password": "wrong"},
                    headers={"X-Forwarded-For": f"10.1.1.{number}, 203.0.113.5"},
                    REMOTE_ADDR="127.0.0.1",
                )
            )
            for number in range(6)
        ]

    assert TOO_MANY in answers[-1]


def test_reauthentication_counts_wrong_passwords(ada, sign_in):
    with time_machine.travel(NOON, tick=False):
        client = Client()
        sign_in(client, ada.email)
        for _ in range(throttling.KNOWN_BROWSER.capacity):
            client.post("/accounts/reauthenticate/", {"password": "wrong"})

        response = client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    assert TOO_MANY in str(response.context["form"].errors)


def test_changing_the_password_counts_wrong_old_ones(ada, sign_in):
    with time_machine.travel(NOON, tick=False):
        client = Client()
        sign_in(client, ada.email)
        new = {"password1": "new harbor 77 bells", "password2": "new harbor 77 bells"}
        for _ in range(throttling.KNOWN_BROWSER.capacity):
            client.post("/accounts/password/change/", {"oldpassword": "wrong", **new})

        response = client.post("/accounts/password/change/", {"oldpassword": PASSWORD, **new})

    assert TOO_MANY in str(response.context["form"].errors)
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


@pytest.mark.parametrize(
    "path",
    ["/accounts/signup/", "/accounts/email/", "/accounts/login/code/", "/accounts/confirm-email/"],
)
def test_what_is_not_used_is_not_there(path, ada):
    client = Client()
    client.force_login(ada)

    assert client.get(path).status_code == 404


def test_sessions_that_have_expired_are_forgotten(ada):
    here, gone = Client(), Client()
    here.force_login(ada)
    gone.force_login(ada)
    Session.objects.filter(pk=gone.session.session_key).update(
        expire_date=timezone.now() - timedelta(minutes=1)
    )

    forget_old_sessions()

    assert [session.pk for session in Session.objects.all()] == [here.session.session_key]

"""Second factors: each code once, codes are counted, and an organization's policy holds on every page (T15)."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core import mail
from django.test import Client

from crm.accounts import throttling
from crm.accounts.adapter import SecondFactorAdapter
from crm.accounts.second_factor import use_totp_step
from crm.accounts.tasks import send_account_mails
from crm.tenancy.models import Invitation, hash_token
from crm.tenancy.roles import Role
from tests.accounts.conftest import PASSWORD
from tests.accounts.test_password_reset import ask as ask_reset
from tests.accounts.test_password_reset import link_in, set_password

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SET_UP = "/accounts/2fa/totp/activate/"


def code(*, steps: int = 0, secret: str = SECRET) -> str:
    """What the authenticator app shows now, or so many steps later."""
    now = int(datetime.now(tz=UTC).timestamp()) // 30
    return format_hotp_value(hotp_value(secret, now + steps))


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def ada_with_app(ada):
    """Ada, with an authenticator app and recovery codes."""
    TOTP.activate(ada, SECRET)
    RecoveryCodes.activate(ada)
    return ada


def recovery_codes(user) -> list[str]:
    found = Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES)
    return RecoveryCodes(found).get_unused_codes()


def signed_in(client: Client) -> bool:
    return client.get("/accounts/profile/").status_code == 200


def give(client: Client, value: str):
    return client.post("/accounts/2fa/authenticate/", {"code": value})


def test_password_alone_does_not_sign_in(ada_with_app, sign_in, clock):
    client = Client()

    response = sign_in(client, ada_with_app.email)

    assert response["Location"] == "/accounts/2fa/authenticate/"
    assert not signed_in(client)
    give(client, code())
    assert signed_in(client)


def test_a_code_works_once(ada_with_app, sign_in, clock):
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client, ada_with_app.email)
    seen = code()
    give(first, seen)

    give(second, seen)

    assert signed_in(first)
    assert not signed_in(second)
    clock.shift(timedelta(seconds=29))
    give(second, seen)
    assert not signed_in(second), "within the tolerance, but used"


def test_an_older_code_is_refused_after_a_newer_one(ada_with_app, clock):
    authenticator = Authenticator.objects.get(user=ada_with_app, type=Authenticator.Type.TOTP)

    assert use_totp_step(authenticator, SECRET, code())
    assert not use_totp_step(authenticator, SECRET, code(steps=-1))
    assert use_totp_step(authenticator, SECRET, code(steps=1))


@pytest.mark.parametrize(
    ("steps", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_clocks_may_differ_by_one_step(ada_with_app, clock, steps, accepted):
    authenticator = Authenticator.objects.get(user=ada_with_app, type=Authenticator.Type.TOTP)

    assert use_totp_step(authenticator, SECRET, code(steps=steps)) is accepted


def test_a_recovery_code_works_once(ada_with_app, sign_in, clock):
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client, ada_with_app.email)
    one = recovery_codes(ada_with_app)[0]

    give(first, one)
    give(second, one)

    assert signed_in(first)
    assert not signed_in(second)
    assert one not in recovery_codes(ada_with_app)


def test_codes_are_counted(ada_with_app, sign_in, clock):
    client = Client()
    sign_in(client, ada_with_app.email)
    for _ in range(throttling.ADDRESS_AND_NETWORK.capacity):
        give(client, "000000")

    response = give(client, code())

    assert "Too many tries" in str(response.context["form"].errors)
    assert not signed_in(client)
    clock.shift(timedelta(minutes=2))
    give(client, code())
    assert signed_in(client)


def test_the_owners_browser_is_not_hindered_by_a_strangers_codes(ada_with_app, sign_in, clock):
    owner, stranger = Client(), Client()
    sign_in(owner, ada_with_app.email)
    give(owner, code(steps=-1))
    owner.post("/accounts/logout/")
    for network in range(30):
        sign_in(stranger, ada_with_app.email, ip=f"203.0.113.{network}")
        stranger.post(
            "/accounts/2fa/authenticate/", {"code": "000000"}, REMOTE_ADDR=f"203.0.113.{network}"
        )

    sign_in(owner, ada_with_app.email)
    give(owner, code())

    assert signed_in(owner)


def test_a_new_password_by_mail_still_asks_for_the_code(ada_with_app, sign_in, clock):
    client = Client()
    ask_reset(ada_with_app.email)
    send_account_mails()

    set_password(client, link_in(mail.outbox[0]), "quiet river 19 stones")
    response = sign_in(client, ada_with_app.email, "quiet river 19 stones")

    assert response["Location"] == "/accounts/2fa/authenticate/"
    assert not signed_in(client)


def test_secrets_are_stored_encrypted(ada_with_app):
    stored = [str(row.data) for row in Authenticator.objects.all()]

    assert SECRET not in "".join(stored)
    assert SecondFactorAdapter().decrypt(SecondFactorAdapter().encrypt(SECRET)) == SECRET
    assert SecondFactorAdapter().encrypt(SECRET) != SecondFactorAdapter().encrypt(SECRET)


def set_up(client: Client) -> str:
    """Go through the set-up as a browser does; returns the secret."""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get(SET_UP)
    secret = page.context["form"].secret
    client.post(SET_UP, {"code": code(secret=secret)})
    return secret


def test_setting_up_asks_for_the_password_and_shows_recovery_codes(ada, sign_in, clock):
    client = Client()
    sign_in(client, ada.email)
    assert client.get(SET_UP)["Location"].startswith("/accounts/reauthenticate/")

    set_up(client)

    assert set(Authenticator.objects.filter(user=ada).values_list("type", flat=True)) == {
        "totp",
        "recovery_codes",
    }
    page = client.get("/accounts/2fa/recovery-codes/").content.decode()
    assert recovery_codes(ada)[0] in page


def test_the_code_of_the_set_up_is_used_up(ada, sign_in, clock):
    client, again = Client(), Client()
    sign_in(client, ada.email)
    secret = set_up(client)

    sign_in(again, ada.email)
    give(again, code(secret=secret))

    assert not signed_in(again)


@pytest.mark.django_db(transaction=True)
def test_setting_up_and_removing_is_noticed_by_mail(ada, sign_in):
    client = Client()
    sign_in(client, ada.email)
    set_up(client)
    client.post("/accounts/2fa/totp/deactivate/")

    send_account_mails()

    assert [message.subject for message in mail.outbox] == [
        "A second factor was set up for Rapport",
        "Your second factor for Rapport was removed",
    ]


# The policy of an organization


@pytest.fixture
def strict(acme):
    acme.requires_second_factor = True
    acme.save()
    return acme


# Each page of an organization: tests/access/test_urls.py.
@pytest.mark.parametrize(
    "path", ["/acme/", "/acme/admin/", "/acme/admin/candidates/candidate/", "/acme/no-such-page/"]
)
def test_without_a_second_factor_no_address_of_the_organization_opens(path, strict, owner):
    client = Client()
    client.force_login(owner)

    assert client.get(path)["Location"] == SET_UP
    assert client.get(path, headers={"HX-Request": "true"})["HX-Redirect"] == SET_UP


def test_set_up_and_sign_out_stay_open(strict, ada, sign_in):
    client = Client()
    sign_in(client, ada.email)

    assert client.get("/accounts/reauthenticate/").status_code == 200
    assert client.get("/accounts/profile/").status_code == 200
    assert client.post("/accounts/logout/").status_code == 302
    assert not signed_in(client)


def test_other_organizations_stay_open(strict, globex, ada, sign_in):
    globex.memberships.create(user=ada, role=Role.ADMIN)
    client = Client()
    sign_in(client, ada.email)

    assert client.get("/globex/settings/members/").status_code == 200
    assert client.get("/acme/settings/members/").status_code == 302


def test_after_the_set_up_the_pages_open(strict, ada, sign_in, clock):
    strict.memberships.filter(user=ada).update(role=Role.ADMIN)
    client = Client()
    sign_in(client, ada.email)
    assert client.get("/acme/settings/").status_code == 302

    set_up(client)

    assert client.get("/acme/settings/").status_code == 200


def test_a_session_from_before_the_set_up_proves_nothing(strict, ada, sign_in, clock):
    """Somebody with a stolen password may have been signed in already."""
    strict.memberships.filter(user=ada).update(role=Role.ADMIN)
    stolen, owner = Client(), Client()
    sign_in(stolen, ada.email)
    sign_in(owner, ada.email)
    secret = set_up(owner)

    assert stolen.get("/acme/settings/")["Location"].startswith("/accounts/2fa/reauthenticate/")

    clock.shift(timedelta(minutes=1))
    stolen.post("/accounts/2fa/reauthenticate/", {"code": "000000"})
    assert stolen.get("/acme/settings/").status_code == 302
    stolen.post("/accounts/2fa/reauthenticate/", {"code": code(secret=secret)})
    assert stolen.get("/acme/settings/").status_code == 200


def test_removing_the_second_factor_closes_the_pages(strict, ada_with_app, sign_in, clock):
    strict.memberships.filter(user=ada_with_app).update(role=Role.ADMIN)
    client = Client()
    sign_in(client, ada_with_app.email)
    give(client, code())
    assert client.get("/acme/settings/").status_code == 200

    Authenticator.objects.filter(user=ada_with_app).delete()

    assert client.get("/acme/settings/")["Location"] == SET_UP


def test_an_invitation_is_no_way_around(strict, db):
    Invitation.objects.create(
        organization=strict,
        email="new@example.com",
        role=Role.OWNER,
        token_hash=hash_token("token"),
        expires_at=datetime.now(tz=UTC) + timedelta(days=1),
    )
    client = Client()
    client.post("/invitations/token/", {"name": "New", "password": PASSWORD})

    assert signed_in(client)
    assert client.get("/acme/settings/")["Location"] == SET_UP

"""The life of an invitation: sent, opened by whom, accepted once, or gone."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from crm.accounts.models import User
from crm.audit.models import AuditEntry
from crm.tenancy import services
from crm.tenancy.models import Invitation, Membership, Organization
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from crm.tenancy.signals import organization_created
from crm.tenancy.tasks import send_invitations
from crm.web.mails import send_mail
from tests.accounts.conftest import PASSWORD
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NEW = {"name": "Nia Okoye", "password": PASSWORD}


def invite(owner, email="nia@example.com", role=Role.SOURCER):
    """Invite through the service and let the worker mail it; returns the path of the link."""
    with acting_in(owner.memberships.get().organization):
        services.invite(email=email, role=role, by=owner)
    return mailed_link()


def mailed_link() -> str:
    send_invitations()
    return re.search(r"http://testserver(/invitations/\S+)", mail.outbox[-1].body)[1]


def actions(organization) -> list[str]:
    with acting_in(organization):
        return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def test_admin_invites_from_the_page(owner, acme, client_of):
    response = client_of(owner).post(
        "/acme/settings/members/invite/", {"email": " Nia@Example.com", "role": "sourcer"}
    )

    assert response.status_code == 302
    assert mail.outbox == [], "the request itself sends nothing"
    send_invitations()
    (message,) = mail.outbox
    assert message.to == ["nia@example.com"]
    assert message.subject == "Join Acme on Rapport"
    assert "Owner of Acme invites you to Acme as sourcer" in message.body
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    send_invitations()
    assert len(mail.outbox) == 1


def test_the_token_is_in_the_mail_alone(owner):
    path = invite(owner)

    token = path.split("/")[2]
    assert len(token) >= 43
    assert token not in str(Invitation.objects.values())


def test_new_person_joins_with_name_and_password(owner, acme, fast_hashing):
    path = invite(owner)
    client = Client()
    page = client.get(path).content.decode()
    assert "Join Acme" in page
    assert "nia@example.com" in page

    response = client.post(path, NEW)

    assert response["Location"] == "/acme/"
    membership = Membership.objects.get(user__email="nia@example.com")
    assert (membership.organization, membership.role) == (acme, Role.SOURCER)
    assert membership.user.name == "Nia Okoye"
    assert client.get("/accounts/profile/").status_code == 200, "signed in"
    assert actions(acme) == ["invitation.created", "invitation.accepted"]


def test_looking_at_the_link_uses_nothing_up(owner):
    path = invite(owner)

    for _ in range(3):
        assert Client().get(path).status_code == 200

    assert Invitation.objects.get().is_open
    assert not User.objects.filter(email="nia@example.com").exists()


def test_new_person_needs_a_good_password(owner, fast_hashing):
    path = invite(owner)

    for password in ["password123", "short", "nia@example.com"]:
        response = Client().post(path, {"name": "Nia", "password": password})
        assert response.status_code == 422
        assert response.context["form"].errors["password"]
    assert not User.objects.filter(email="nia@example.com").exists()


def test_posted_extras_are_ignored(owner, fast_hashing):
    path = invite(owner)

    Client().post(path, NEW | {"role": "owner", "email": "other@example.com", "is_staff": "on"})

    user = User.objects.get(email="nia@example.com")
    assert not user.is_staff
    assert user.memberships.get().role == Role.SOURCER


def test_existing_person_signs_in_first_then_confirms(owner, acme, stranger, fast_hashing):
    stranger.set_password(PASSWORD)
    stranger.save()
    path = invite(owner, stranger.email, Role.VIEWER)
    client = Client()
    page = client.get(path).content.decode()
    assert f"/accounts/login/?next={path.replace('/', '%2F')}" in page
    assert 'name="password"' not in page
    assert client.post(path, NEW).status_code == 200, "nobody sets a password for an existing user"

    response = client.post(
        f"/accounts/login/?next={path}", {"login": stranger.email, "password": PASSWORD}
    )
    assert response["Location"] == path
    assert not acme.memberships.filter(user=stranger).exists()
    assert "Join Acme?" in client.get(path).content.decode()
    response = client.post(path)

    assert response["Location"] == "/acme/"
    assert acme.memberships.get(user=stranger).role == Role.VIEWER
    stranger.refresh_from_db()
    assert stranger.check_password(PASSWORD)


def test_somebody_else_is_told_whom_the_invitation_is_for(owner, acme, stranger, client_of):
    path = invite(owner)

    for response in [client_of(stranger).get(path), client_of(stranger).post(path)]:
        assert response.status_code == 403
        assert "It was sent to <b>nia@example.com</b>" in response.content.decode()
    assert not acme.memberships.filter(user=stranger).exists()


def test_whatever_ended_it_the_page_is_the_same(owner, acme, globex, client_of, fast_hashing):
    with time_machine.travel(NOON, tick=False) as clock:
        expired = invite(owner, "expired@example.com")
        clock.shift(timedelta(days=7, seconds=1))
        used = invite(owner, "used@example.com")
        Client().post(used, NEW)
        revoked = invite(owner, "revoked@example.com")
        with acting_in(acme):
            services.revoke_invitation(
                Invitation.objects.get(email="revoked@example.com"), by=owner
            )
        replaced = invite(owner, "replaced@example.com")
        invite(owner, "replaced@example.com", Role.VIEWER)
        closed = invite(owner, "closed@example.com")
        answers = set()
        for path in [
            expired,
            used,
            revoked,
            replaced,
            "/invitations/never-was/",
            closed[:-2] + "/",
        ]:
            for response in [Client().get(path), Client().post(path, NEW)]:
                answers.add((response.status_code, bare(response.content)))
        acme.closed_at = NOON
        acme.save()
        response = Client().get(closed)
        answers.add((response.status_code, bare(response.content)))

    assert len(answers) == 1
    assert answers.pop()[0] == 410
    assert set(User.objects.values_list("email", flat=True)) == {owner.email, "used@example.com"}


def bare(content: bytes) -> bytes:
    """A page without its CSRF token and the address that was asked for."""
    return re.sub(rb"[A-Za-z0-9]{64}", b"", content)


def test_sending_again_gives_a_new_link_and_more_time(owner, acme, client_of):
    with time_machine.travel(NOON, tick=False) as clock:
        old = invite(owner)
        clock.shift(timedelta(days=8))
        invitation = Invitation.objects.get()
        page = client_of(owner).get("/acme/settings/members/").content.decode()
        assert "Expired" in page

        client_of(owner).post(f"/acme/settings/invitations/{invitation.pk}/resend/")
        new = mailed_link()

        assert new != old
        assert Client().get(old).status_code == 410
        clock.shift(timedelta(days=6))
        assert Client().get(new).status_code == 200


def test_revoking_from_the_page(owner, acme, client_of):
    path = invite(owner)

    client_of(owner).post(f"/acme/settings/invitations/{Invitation.objects.get().pk}/revoke/")

    assert Client().get(path).status_code == 410
    assert actions(acme) == ["invitation.created", "invitation.revoked"]


def test_a_revoked_invitation_is_not_mailed(owner, acme):
    with acting_in(acme):
        invitation = services.invite(email="nia@example.com", role=Role.SOURCER, by=owner)
        services.revoke_invitation(invitation, by=owner)

    send_invitations()

    assert mail.outbox == []


def test_a_page_that_was_open_when_it_ended_is_told_so(owner, acme, stranger):
    invite(owner, stranger.email)
    invitation = Invitation.objects.get()
    with acting_in(acme):
        services.revoke_invitation(invitation, by=owner)

    with pytest.raises(services.InvitationGone):
        services.accept_invitation(invitation, by=stranger)
    with pytest.raises(services.InvitationGone):
        services.accept_as_new_user(invitation, name="Nia", password=PASSWORD)


def test_accepting_twice_makes_one_member(owner, acme, stranger):
    invite(owner, stranger.email)
    invitation = Invitation.objects.get()
    services.accept_invitation(invitation, by=stranger)

    with pytest.raises(services.InvitationGone):
        services.accept_invitation(invitation, by=stranger)
    assert acme.memberships.filter(user=stranger).count() == 1


def test_members_cannot_be_invited_again(owner, recruiter, acme, client_of):
    response = client_of(owner).post(
        "/acme/settings/members/invite/", {"email": recruiter.email.upper(), "role": "owner"}
    )

    assert response.status_code == 409
    assert "is a member already" in response.content.decode()
    assert not Invitation.objects.exists()


def test_whether_an_invited_person_signs_in_elsewhere_stays_unknown(owner, stranger, client_of):
    client = client_of(owner)
    pages = []
    for email in [stranger.email, "nobody@globex.example"]:
        answer = client.post(
            "/acme/settings/members/invite/", {"email": email, "role": "viewer"}, follow=True
        )
        pages.append(bare(answer.content).replace(email.encode(), b""))
        Invitation.objects.all().delete()

    assert re.sub(rb"\d+", b"", pages[0]) == re.sub(rb"\d+", b"", pages[1])


def test_admins_invite_everybody_but_owners(acme, client_of):
    admin = UserFactory()
    acme.memberships.create(user=admin, role=Role.ADMIN)

    response = client_of(admin).post(
        "/acme/settings/members/invite/", {"email": "nia@example.com", "role": "owner"}
    )

    assert response.status_code == 422
    assert not Invitation.objects.exists()
    with acting_in(acme), pytest.raises(services.RoleOutOfReach):
        services.invite(email="nia@example.com", role=Role.OWNER, by=admin)


def test_mail_that_cannot_be_sent_waits(owner, acme, monkeypatch):
    def refuse(*args, **kwargs):
        raise ConnectionRefusedError

    with time_machine.travel(NOON, tick=False) as clock:
        with acting_in(acme):
            services.invite(email="nia@example.com", role=Role.SOURCER, by=owner)
        monkeypatch.setattr("crm.tenancy.services.send_mail", refuse)
        send_invitations()
        assert Invitation.objects.get().mail_due_at == NOON + services.RETRY_MAIL_AFTER
        monkeypatch.undo()
        send_invitations()
        assert mail.outbox == []
        clock.shift(services.RETRY_MAIL_AFTER)

        assert Client().get(mailed_link()).status_code == 200


def test_command_makes_an_organization_and_prints_the_owners_link(db, fast_hashing):
    heard = []

    def hear(organization, **kwargs):
        heard.append(organization.slug)

    organization_created.connect(hear)
    out = StringIO()
    call_command("create_organization", "initech", "Initech", "Boss@Initech.example", stdout=out)

    path = re.search(r"http://testserver(/invitations/\S+)", out.getvalue())[1]
    response = Client().post(path, NEW)
    assert response["Location"] == "/initech/"
    membership = Membership.objects.get()
    assert (membership.user.email, membership.role) == ("boss@initech.example", Role.OWNER)
    assert heard == ["initech"]
    send_invitations()
    assert mail.outbox == []


@pytest.mark.parametrize("slug", ["admin", "Acme", "a b", "acme", ""])
def test_command_refuses_a_bad_address(slug, acme):
    with pytest.raises(CommandError):
        call_command("create_organization", slug, "Name", "boss@example.com")
    with pytest.raises(CommandError):
        call_command("create_organization", "initech", "Name", "no address")
    assert Organization.objects.count() == 1


def test_an_invitation_that_cannot_be_mailed_holds_up_no_other(owner, acme, monkeypatch):
    def fail_for_the_first(*args, to, **kwargs):
        if to == "first@example.com":
            raise KeyError(to)
        send_mail(*args, to=to, **kwargs)

    monkeypatch.setattr("crm.tenancy.services.send_mail", fail_for_the_first)
    with acting_in(acme):
        for address in ["first@example.com", "second@example.com"]:
            services.invite(email=address, role=Role.SOURCER, by=owner)

    send_invitations()

    assert [message.to for message in mail.outbox] == [["second@example.com"]]
    waiting = Invitation.objects.get(mail_due_at__isnull=False)
    assert waiting.email == "first@example.com"


def test_an_invitation_that_is_sent_anew_while_its_mail_goes_is_mailed_again(
    owner, acme, monkeypatch
):
    def resend_meanwhile(*args, **kwargs):
        monkeypatch.undo()
        with acting_in(acme):
            services.resend_invitation(Invitation.objects.get(), by=owner)

    monkeypatch.setattr("crm.tenancy.services.send_mail", resend_meanwhile)
    with acting_in(acme):
        services.invite(email="first@example.com", role=Role.SOURCER, by=owner)

    send_invitations()

    assert [message.to for message in mail.outbox] == [["first@example.com"]]
    assert Invitation.objects.get().mail_due_at is None


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_an_invitation_is_sent(owner, acme, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "crm.tenancy.services.send_mail",
        lambda *args, **kwargs: seen.append(connection.in_atomic_block),
    )
    with acting_in(acme):
        services.invite(email="first@example.com", role=Role.SOURCER, by=owner)

    assert services.send_next_invitation()
    assert seen == [False]


def test_an_address_longer_than_any_is_refused_in_words(owner, acme, client_of):
    response = client_of(owner).post(
        "/acme/settings/members/invite/", {"email": f"{'a' * 300}@example.com", "role": "sourcer"}
    )

    assert response.status_code == 422
    assert "at most 254 characters" in response.content.decode()

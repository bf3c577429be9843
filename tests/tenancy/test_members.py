"""Roles given and taken, by whom; and the last owner, who stays."""

import threading

import pytest
from django.db import connection
from django.test import Client

from crm.audit.models import AuditEntry
from crm.tenancy import services
from crm.tenancy.models import Membership
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from crm.web.errors import DomainError
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(acme):
    return MembershipFactory(organization=acme, role=Role.ADMIN).user


def membership(user) -> Membership:
    return Membership.objects.get(user=user)


def test_owner_changes_a_role(owner, recruiter, acme, client_of):
    client_of(owner).post(
        f"/acme/settings/members/{membership(recruiter).pk}/role/", {"role": "viewer"}
    )

    assert membership(recruiter).role == Role.VIEWER
    with acting_in(acme):
        entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor) == ("membership.role_changed", owner)
    assert entry.details == {"user": recruiter.pk, "before": "recruiter", "after": "viewer"}


def test_a_new_role_holds_at_the_next_request(owner, recruiter, acme, client_of):
    client = client_of(recruiter)
    assert client.get("/acme/settings/").status_code == 403

    with acting_in(acme):
        services.change_role(membership(recruiter), to=Role.ADMIN, by=owner)

    assert client.get("/acme/settings/").status_code == 200


def test_owner_removes_a_member(owner, recruiter, acme, client_of):
    theirs = client_of(recruiter)

    client_of(owner).post(f"/acme/settings/members/{membership(recruiter).pk}/remove/")

    assert theirs.get("/acme/").status_code == 404
    with acting_in(acme):
        assert AuditEntry.objects.get().action == "membership.removed"


@pytest.mark.parametrize(
    ("act", "arguments"), [(services.change_role, {"to": Role.ADMIN}), (services.remove_member, {})]
)
def test_last_owner_stays(act, arguments, owner, acme):
    with acting_in(acme), pytest.raises(services.LastOwner):
        act(membership(owner), by=owner, **arguments)

    assert membership(owner).role == Role.OWNER


def test_an_owner_who_cannot_sign_in_does_not_count(owner, acme):
    MembershipFactory(organization=acme, role=Role.OWNER, user__is_active=False)

    with acting_in(acme), pytest.raises(services.LastOwner):
        services.remove_member(membership(owner), by=owner)


def test_one_of_two_owners_may_leave(owner, acme, client_of):
    MembershipFactory(organization=acme, role=Role.OWNER)

    response = client_of(owner).post(f"/acme/settings/members/{membership(owner).pk}/remove/")

    assert response["Location"] == "/"
    assert not Membership.objects.filter(user=owner).exists()


@pytest.mark.parametrize(
    ("target", "to"), [("owner", Role.VIEWER), ("recruiter", Role.OWNER), ("admin", Role.OWNER)]
)
def test_admins_neither_touch_nor_make_owners(target, to, owner, admin, recruiter, acme, client_of):
    MembershipFactory(organization=acme, role=Role.OWNER)
    users = {"owner": owner, "admin": admin, "recruiter": recruiter}
    subject = membership(users[target])

    response = client_of(admin).post(f"/acme/settings/members/{subject.pk}/role/", {"role": to})

    assert response.status_code == 409
    assert "Only an owner can" in response.content.decode()
    assert membership(users[target]).role == subject.role


def test_admins_do_not_remove_owners(owner, admin, acme, client_of):
    response = client_of(admin).post(f"/acme/settings/members/{membership(owner).pk}/remove/")

    assert response.status_code == 409
    assert Membership.objects.filter(user=owner).exists()


def test_services_do_not_rely_on_the_page(recruiter, viewer, acme):
    with acting_in(acme):
        for act in [
            lambda: services.invite(email="x@example.com", role=Role.VIEWER, by=recruiter),
            lambda: services.change_role(membership(viewer), to=Role.ADMIN, by=recruiter),
            lambda: services.remove_member(membership(viewer), by=recruiter),
        ]:
            with pytest.raises(services.RoleOutOfReach):
                act()


def test_unknown_role_is_refused(owner, recruiter, client_of):
    client_of(owner).post(
        f"/acme/settings/members/{membership(recruiter).pk}/role/", {"role": "emperor"}
    )

    assert membership(recruiter).role == Role.RECRUITER


def test_another_organizations_member_is_nobody(owner, stranger, client_of):
    for act in ["role", "remove"]:
        response = client_of(owner).post(
            f"/acme/settings/members/{membership(stranger).pk}/{act}/", {"role": "viewer"}
        )
        assert response.status_code == 404
    assert membership(stranger).role == Role.OWNER


@pytest.mark.parametrize("more", [0, 2])
def test_members_page_asks_the_same_number_of_queries(
    more, owner, acme, client_of, django_assert_num_queries
):
    client = client_of(owner)
    MembershipFactory.create_batch(more, organization=acme)

    with django_assert_num_queries(10):
        page = client.get("/acme/settings/members/").content.decode()

    assert page.count('action="/acme/settings/members/') - page.count("/invite/") == 2 * (more + 1)


def test_an_admin_is_offered_no_owner(admin, recruiter, owner, client_of):
    page = client_of(admin).get("/acme/settings/members/").content.decode()

    assert '<option value="owner"' not in page
    assert f"/members/{membership(owner).pk}/" not in page


@pytest.mark.django_db(transaction=True)
def test_two_owners_cannot_remove_each_other_at_once(owner, acme):
    other = MembershipFactory(organization=acme, role=Role.OWNER).user
    barrier, outcomes = threading.Barrier(2), []

    def remove(victim, by):
        barrier.wait()
        try:
            with acting_in(acme):
                services.remove_member(membership(victim), by=by)
            outcomes.append("removed")
        except (DomainError, Membership.DoesNotExist) as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=remove, args=args) for args in [(owner, other), (other, owner)]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes)[-1] == "removed"
    assert outcomes.count("removed") == 1
    assert acme.memberships.filter(role=Role.OWNER).count() == 1


def test_two_tabs_write_where_their_address_says(acme, globex, client_of):
    """T11: the organization is in the path, so nothing that another tab does moves a write."""
    user, one, two = UserFactory(), UserFactory(), UserFactory()
    for organization in (acme, globex):
        MembershipFactory(organization=organization, user=user, role=Role.OWNER)
    in_acme = MembershipFactory(organization=acme, user=one, role=Role.VIEWER)
    in_globex = MembershipFactory(organization=globex, user=two, role=Role.VIEWER)
    browser: Client = client_of(user)
    settings = {"time_zone": "UTC", "postal_address": ""}

    browser.get("/acme/settings/")
    browser.get("/globex/settings/")
    browser.post("/acme/settings/", {"name": "Acme two", **settings})
    browser.post("/globex/settings/", {"name": "Globex two", **settings})
    browser.post(f"/acme/settings/members/{in_acme.pk}/role/", {"role": "sourcer"})
    browser.post(f"/globex/settings/members/{in_globex.pk}/role/", {"role": "recruiter"})
    browser.post("/acme/settings/members/invite/", {"email": "a@example.com", "role": "viewer"})
    browser.post("/globex/settings/members/invite/", {"email": "g@example.com", "role": "viewer"})
    crossed = browser.post(f"/acme/settings/members/{in_globex.pk}/role/", {"role": "viewer"})

    acme.refresh_from_db()
    globex.refresh_from_db()
    assert (acme.name, globex.name) == ("Acme two", "Globex two")
    assert membership(one).role == "sourcer"
    assert membership(two).role == "recruiter"
    assert crossed.status_code == 404
    for organization, email in [(acme, "a@example.com"), (globex, "g@example.com")]:
        assert list(organization.invitations.values_list("email", flat=True)) == [email]
        with acting_in(organization):
            assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
                "organization.changed",
                "membership.role_changed",
                "invitation.created",
            ]

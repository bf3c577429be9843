"""The demo organizations and who signs in to them."""

from django.contrib.auth.hashers import make_password
from django.db import transaction

from crm.accounts.models import User
from crm.tenancy.models import Membership, Organization
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from crm.tenancy.signals import organization_created

SIGN_INS = (
    ("owner@acme.example", "owner of Acme"),
    ("recruiter@acme.example", "recruiter"),
    ("sourcer@acme.example", "sourcer"),
    ("manager@acme.example", "hiring manager"),
    ("viewer@acme.example", "viewer"),
    ("owner@globex.example", "owner of Globex"),
    ("operator@rapport.example", "operator: /admin/"),
)
ACME = (
    ("owner", "Lena Fischer", Role.OWNER),
    ("recruiter", "Jon Park", Role.RECRUITER),
    ("sourcer", "Sofia Novak", Role.SOURCER),
    ("manager", "Daniel Cohen", Role.HIRING_MANAGER),
    ("viewer", "Grace Muriuki", Role.VIEWER),
)


@transaction.atomic
def make_cast(password: str) -> tuple[Organization, Organization]:
    """Acme with a member of each role, Globex with an owner, and an operator; all with `password`."""
    acme = Organization.objects.create(
        name="Acme",
        slug="acme",
        time_zone="Europe/Berlin",
        postal_address="Acme GmbH, Beispielstraße 1, 10115 Berlin",
    )
    globex = Organization.objects.create(
        name="Globex",
        slug="globex",
        time_zone="Europe/London",
        postal_address="Globex Ltd, 1 Example Street, London",
    )
    for organization in (acme, globex):
        with acting_in(organization):
            organization_created.send(Organization, organization=organization)
    for name, full_name, role in ACME:
        user = User.objects.create_user(f"{name}@acme.example", name=full_name)
        Membership.objects.create(user=user, organization=acme, role=role)
    owner = User.objects.create_user("owner@globex.example", name="Nadia Rahman")
    Membership.objects.create(user=owner, organization=globex, role=Role.OWNER)
    User.objects.create_user(
        "operator@rapport.example", name="Operator", is_staff=True, is_superuser=True
    )
    # Hashing is slow on purpose; it is one password, so once is enough.
    User.objects.update(password=make_password(password))
    return acme, globex

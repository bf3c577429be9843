"""Reads about organizations and who belongs to them."""

from collections.abc import Collection
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from crm.accounts.models import User
from crm.tenancy.models import Invitation, Membership, Organization, hash_token
from crm.tenancy.roles import Role
from crm.tenancy.scope import current_organization


def organizations_of(user: User) -> QuerySet[Organization]:
    """The open organizations that `user` belongs to, by name."""
    return Organization.objects.filter(memberships__user=user, closed_at=None)


def members(organization: Organization) -> QuerySet[Membership]:
    return organization.memberships.select_related("user").order_by("user__name", "user__email")


def is_still(user: User | None, roles: Collection[Role]) -> bool:
    """Whether the user still belongs to the organization being acted in, with one of `roles`.

    What somebody started goes on in the background: it asks this before each part.
    """
    if user is None or not user.is_active:
        return False
    return current_organization().memberships.filter(user=user, role__in=roles).exists()


def open_invitations(organization: Organization) -> QuerySet[Invitation]:
    """Invitations that nobody took up yet, also expired ones: they can be sent again."""
    return (
        organization.invitations.filter(accepted_at=None, revoked_at=None)
        .select_related("invited_by")
        .order_by("email", "-id")
    )


def invitation_of(token: str) -> Invitation | None:
    """The open invitation that `token` belongs to; None for any other token, whatever it once was."""
    return (
        Invitation.objects.select_related("organization", "invited_by")
        .filter(
            token_hash=hash_token(token),
            accepted_at=None,
            revoked_at=None,
            expires_at__gt=timezone.now(),
            organization__closed_at=None,
        )
        .first()
    )


def zone_of(user: User) -> ZoneInfo:
    """Whose days count for this user: the own zone, else that of the organization being acted in."""
    return ZoneInfo(user.time_zone or current_organization().time_zone)

"""What happens to organizations: a new one begins with the usual lists, and owners hear what operators do."""

from typing import Any

from django.dispatch import receiver

from candidates.models.notifications import NotificationKind
from candidates.services.choosing import seed_defaults
from candidates.services.notifying import notify_all
from crm.accounts.models import User
from crm.tenancy.roles import Role
from crm.tenancy.scope import current_organization
from crm.tenancy.services import OPERATOR
from crm.tenancy.signals import acted, organization_created

# What is told of an act of an operator; the placeholders are the user and the role.
TOLD = {
    "membership.created": "An operator of Rapport let {user} in as {role}.",
    "membership.role_changed": "An operator of Rapport made {user} {role}.",
    "membership.removed": "An operator of Rapport removed {user}.",
    "user.edited": "An operator of Rapport changed the account of {user}.",
}


@receiver(organization_created)
def fill_lists(sender: type, **kwargs: Any) -> None:
    seed_defaults()


@receiver(acted)
def tell_owners(*, action: str, by: User | None, details: dict[str, Any], **kwargs: Any) -> None:
    """Owners hear when somebody from outside the organization changes who signs in to it."""
    if action not in TOLD or details.get("via") != OPERATOR["via"]:
        return
    owners = User.objects.filter(
        memberships__organization=current_organization(), memberships__role=Role.OWNER
    )
    user = User.objects.get(pk=details["user"])
    role = details.get("after") or details.get("role")
    notify_all(
        owners,
        kind=NotificationKind.OPERATOR,
        text=TOLD[action].format(user=user, role=Role(role).label.lower() if role else ""),
        link="settings/members/",
        by=by,
    )

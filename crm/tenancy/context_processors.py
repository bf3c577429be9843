"""The organization, and what its member may do, for templates."""

from django.http import HttpRequest

from crm.tenancy import roles


def organization(request: HttpRequest) -> dict[str, object]:
    """`organization`, `membership`, `may`: the role sets that the member's role is in."""
    membership = getattr(request, "membership", None)
    if membership is None:
        return {}
    role = membership.role
    return {
        "organization": membership.organization,
        "membership": membership,
        "may": {
            "read": role in roles.READERS,
            "edit": role in roles.EDITORS,
            "recruit": role in roles.RECRUITERS,
            "administer": role in roles.ADMINS,
        },
    }

"""The organization, and what its member may do, for templates."""

from django.http import HttpRequest

from crm.tenancy import queries, roles


def organization(request: HttpRequest) -> dict[str, object]:
    """`organization`, `membership`, `may`: the role sets that the member's role is in.

    `other_organizations`: where else the member belongs; asked of the database only if a template looks.
    """
    membership = getattr(request, "membership", None)
    if membership is None:
        return {}
    role = membership.role
    others = queries.organizations_of(membership.user).exclude(pk=membership.organization_id)
    return {
        "organization": membership.organization,
        "other_organizations": others,
        "membership": membership,
        "may": {
            "read": role in roles.READERS,
            "edit": role in roles.EDITORS,
            "recruit": role in roles.RECRUITERS,
            "administer": role in roles.ADMINS,
        },
    }

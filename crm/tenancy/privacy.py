"""The data map of organizations and who belongs to them. None of it is about candidates."""

from django.db.models import Model

from crm.data_map import Category, FieldRule, ModelMap, configuration, technical, usage
from crm.tenancy.models import ApiToken, Invitation, Membership, Organization

DATA_MAP: dict[type[Model], ModelMap] = {
    Organization: ModelMap(
        purpose="The tenant that everything belongs to.",
        retention="Until the organization is closed and its data deleted.",
        fields={
            **technical("id", "created_at", "closed_at", "sending_paused_at"),
            **configuration("name", "slug", "time_zone", "postal_address"),
            **configuration("requires_second_factor"),
        },
    ),
    Membership: ModelMap(
        purpose="Who may act in an organization, in which role.",
        retention="Until the member is removed.",
        fields={
            **technical("id", "user", "organization", "address_version"),
            **usage("role", "created_at"),
        },
    ),
    Invitation: ModelMap(
        purpose="Letting one address join an organization.",
        retention="As long as the organization exists: the proof of who let whom in.",
        fields={
            **technical("id", "organization", "token_hash", "expires_at", "mail_due_at"),
            **usage("role", "invited_by", "created_at", "accepted_at", "revoked_at"),
            "email": FieldRule(Category.IDENTITY),
        },
    ),
    ApiToken: ModelMap(
        purpose="Letting a member's own programs read what the member may read.",
        retention="As long as the organization exists: the proof of what had access, and when.",
        fields={
            **technical("id", "organization", "token_hash", "with_second_factor"),
            **configuration("name", "expires_on"),
            **usage("user", "created_at", "last_used_at", "revoked_at"),
        },
    ),
}

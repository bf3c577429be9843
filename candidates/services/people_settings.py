"""What an organization sets about its people."""

from django.db import transaction

from candidates.models import PeopleSettings
from crm.accounts.models import User
from crm.audit.services import record


@transaction.atomic
def change_people_settings(
    *, by: User, cold_after_days: int, tag_makers: list[str], shows_match: bool = True
) -> None:
    """Store the organization's numbers and rules."""
    values = {
        "cold_after_days": cold_after_days,
        "tag_makers": sorted(tag_makers),
        "shows_match": shows_match,
    }
    kept, _ = PeopleSettings.objects.update_or_create(defaults=values)
    record("people_settings.changed", kept, by=by, **values)

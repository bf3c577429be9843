"""What changes elsewhere and ends something here."""

from typing import Any

from django.dispatch import receiver

from crm.accounts.models import User
from crm.tenancy.signals import acted
from pipelines.services.reviews.linking import revoke_links_of


@receiver(acted)
def end_links(*, action: str, details: dict[str, Any], **kwargs: Any) -> None:
    """Who leaves the organization no longer answers by link either."""
    if action == "membership.removed":
        gone = User.objects.filter(pk=details["user"]).first()
        if gone:
            revoke_links_of(gone.email)

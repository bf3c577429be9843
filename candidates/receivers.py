"""What happens to organizations: a new one begins with the usual lists."""

from typing import Any

from django.dispatch import receiver

from candidates.services.choosing import seed_defaults
from crm.tenancy.signals import organization_created


@receiver(organization_created)
def fill_lists(sender: type, **kwargs: Any) -> None:
    seed_defaults()

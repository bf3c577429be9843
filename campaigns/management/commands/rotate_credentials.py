"""`manage.py rotate_credentials`: seals the secrets of mailboxes and providers with the first of CREDENTIALS_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand

from campaigns.services.accounts import reseal_all
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in


class Command(BaseCommand):
    help = (
        "Seal every password and key anew with the first of CREDENTIALS_KEYS. "
        "Afterwards the others may be taken out of the environment."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for organization in Organization.objects.order_by("pk"):
            with acting_in(organization):
                count = reseal_all()
            self.stdout.write(f"{organization.slug}: {count} sealed with the first key")

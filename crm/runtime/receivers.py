"""What the local mailbox hears from the apps below."""

from typing import Any

from django.dispatch import receiver

from crm.privacy.signals import candidates_erased
from crm.runtime import mailbox


@receiver(candidates_erased)
def wipe_mails_of_erased(sender: object, *, addresses: list[str], **kwargs: Any) -> None:
    """Erasure reaches the mails that local mode keeps, too."""
    mailbox.wipe(addresses)

"""Data map of the machinery: pulses, and the mail that local mode keeps instead of sending."""

from django.db.models import Model

from crm.data_map import Category, ModelMap, personal, technical
from crm.runtime.models import Heartbeat, MailboxMessage

DATA_MAP: dict[type[Model], ModelMap] = {
    Heartbeat: ModelMap(
        purpose="Shows operators that background work is being done.",
        retention="One row per part, overwritten every half minute.",
        fields=technical("part", "beaten_at"),
    ),
    MailboxMessage: ModelMap(
        purpose="Local mode only: shows the mails that would have left.",
        retention="Until the data folder is deleted, or the person is erased.",
        fields={
            **technical("id", "message_id", "organization_slug", "received_at", "answered_with"),
            **personal(Category.IDENTITY, "to_address", "from_address", exported=False),
            **personal(Category.COMMUNICATION, "subject", "raw", exported=False),
        },
    ),
}

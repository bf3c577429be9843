"""What every template may rely on."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """`demo_mailbox`: whether mail stays on this machine; `version`: of Rapport."""
    return {"demo_mailbox": settings.DEMO_MAILBOX, "version": settings.VERSION}

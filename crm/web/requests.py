"""The request as views see it: signed in, and inside an organization."""

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from crm.accounts.models import User


class SignedInRequest(HttpRequest):
    """A request of a signed-in user, on a site-level page."""

    user: "User"  # type: ignore[assignment]
    htmx: HtmxDetails

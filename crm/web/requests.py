"""The request as views see it: signed in, and inside an organization."""

from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from crm.accounts.models import User


class SignedInRequest(HttpRequest):
    """A request of a signed-in user, on a site-level page."""

    user: "User"
    htmx: HtmxDetails


def client_ip(request: HttpRequest) -> str | None:
    """The address that the request came from; None where there is none that can be read.

    Behind a proxy that is the last entry of X-Forwarded-For, the one that our own proxy added;
    whatever stands before it was written by the client.
    """
    forwarded: str = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if settings.BEHIND_PROXY and forwarded:
        return _address(forwarded.rsplit(",", 1)[-1].strip())
    return _address(request.META.get("REMOTE_ADDR", ""))


def _address(text: str) -> str | None:
    """Some proxies add the port, or write "unknown"."""
    for part in (text, text.rpartition(":")[0].strip("[]")):
        with suppress(ValueError):
            return str(ip_address(part))
    return None

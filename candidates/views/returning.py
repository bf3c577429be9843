"""Where an act that can be done from several pages sends its user back to."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from crm.web.responses import safe_next


def back_to(request: HttpRequest, default: str) -> str:
    """The `next` of the request, else the page it came from, if they are on this host."""
    came_from = request.headers.get("referer", "")
    if not url_has_allowed_host_and_scheme(
        came_from, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return safe_next(request, default)
    parts = urlsplit(came_from)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return safe_next(request, path or default)

"""Where a user is sent: back from an act that can be done from several pages, on from an address of a merged record."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from candidates.services.merging.merging import where_is
from crm.tenancy.requests import OrganizationRequest
from crm.web.responses import redirect_for, safe_next


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


def follows_merges(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a page of a record that was merged lead to the same page of the record that it became.

    Only what is read: whoever posts has seen neither record as it is now. Stands below `roles_allowed`.
    """

    @wraps(view)
    def following(request: OrganizationRequest, *args: Any, pk: int, **parts: Any) -> HttpResponse:
        try:
            return view(request, *args, pk=pk, **parts)
        except Http404:
            survivor = where_is(pk) if request.method in {"GET", "HEAD"} else None
            if survivor is None or request.resolver_match is None:
                raise
        name = request.resolver_match.view_name
        address = reverse(name, kwargs={**parts, "pk": survivor.pk})
        query = request.META.get("QUERY_STRING", "")
        return redirect_for(request, f"{address}?{query}" if query else address)

    return following

"""One view, one template: answer htmx with a named part of the page, everyone else with the page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asked for a part of a page (not a boosted visit, not a history restore)."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    if not htmx:
        return False
    return not htmx.boosted and not htmx.history_restore_request


def fragment_or_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render `page.html#part`: the named part for htmx, the whole page otherwise.

    The view names the part, never the request: a client cannot ask for a part that a permission hid.
    """
    page, _, part = template.partition("#")
    name = template if part and wants_fragment(request) else page
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def fragment_or_redirect(
    request: HttpRequest, template: str, context: dict[str, Any], *, to: Any
) -> HttpResponse:
    """After a successful POST: the changed part for htmx, a redirect to `to` otherwise."""
    if wants_fragment(request):
        return fragment_or_page(request, template, context)
    return redirect(to)


def redirect_for(request: HttpRequest, to: Any) -> HttpResponse:
    """Send the whole browser page to `to`, also when htmx asked for a part."""
    response = redirect(to)
    if wants_fragment(request):
        return HttpResponseClientRedirect(response["Location"])
    return response


def safe_next(request: HttpRequest, default: str) -> str:
    """The `next` address of the request if it stays on this host, else `default`."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    # A word without a slash would be taken for the name of a page.
    if "/" in target and url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return target
    return default

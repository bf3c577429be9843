"""Answers that belong to no app."""

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.defaults import server_error

from crm.web.errors import is_outage

# Seconds after which a client may try again while the database is away.
RETRY_AFTER = 5
TRY_AGAIN = "Something went wrong on our side, and it is written down. Try again later."


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without a valid token: mostly a page that was open for too long."""
    return render(request, "403_csrf.html", status=403)


def failure(request: HttpRequest) -> HttpResponse:
    """An exception that nobody caught: 500; while the database is away 503, which monitors and proxies know to pass."""
    is_away = is_outage(sys.exc_info()[1])
    again = {"Retry-After": str(RETRY_AFTER)} if is_away else {}
    if "/api/v1/" in request.path:
        body = {"detail": TRY_AGAIN, "errors": []}
        return JsonResponse(body, status=503 if is_away else 500, headers=again)
    if not is_away:
        return server_error(request)
    # Without the request: no context processor may ask the database.
    return HttpResponse(render_to_string("503.html"), status=503, headers=again)

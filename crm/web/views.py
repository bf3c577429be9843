"""Answers that belong to no app."""

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.defaults import server_error

from crm.web.errors import is_clash, is_outage
from crm.web.responses import wants_fragment

# Seconds after which a client may try again while the database is away.
RETRY_AFTER = 5
TRY_AGAIN = "Something went wrong on our side, and it is written down. Try again later."
CLASHED = "Somebody else changed the same at this moment, so this was not saved. Look again, and do it once more if you still want it."


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without a valid token: mostly a page that was open for too long."""
    return render(request, "403_csrf.html", status=403)


def failure(request: HttpRequest) -> HttpResponse:
    """An exception that nobody caught: 500; while the database is away 503, which monitors and proxies know to pass;
    409 for who met somebody else at the same rows.

    Pages are rendered without the request: no context processor may ask the database.
    """
    error = sys.exc_info()[1]
    is_away = is_outage(error)
    status = 503 if is_away else 409 if is_clash(error) else 500
    again = {"Retry-After": str(RETRY_AFTER)} if is_away else {}
    if "/api/v1/" in request.path:
        body = {"detail": CLASHED if status == 409 else TRY_AGAIN, "errors": []}
        return JsonResponse(body, status=status, headers=again)
    if status == 500:
        return server_error(request)
    if status == 409 and wants_fragment(request):
        return HttpResponse(CLASHED, status=status)
    page = render_to_string("clash.html" if status == 409 else "503.html", {"message": CLASHED})
    return HttpResponse(page, status=status, headers=again)

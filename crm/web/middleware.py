"""Headers on every answer, sign-in by default, and refused actions as a clear 409."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from crm.web.errors import DomainError
from crm.web.responses import wants_fragment
from crm.web.toasts import undo_path

GetResponse = Callable[[HttpRequest], HttpResponse]


class SecurityHeadersMiddleware:
    """Nothing that a signed-in user saw may stay in a cache; no feature that no page needs."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        return response


class LoginRequiredMiddleware(DjangoLoginRequiredMiddleware):
    """Sign-in by default. A part of a page sends the whole page to sign-in, not a form into a table cell."""

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        response = super().handle_no_permission(request, view_func)
        if wants_fragment(request):
            return HttpResponseClientRedirect(response["Location"])
        return response


class ToastMiddleware:
    """Messages of a request that htmx made are shown at once: the next whole page may be far away."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        leaves = {"HX-Redirect", "HX-Location", "HX-Refresh", "Location"} & set(response.headers)
        if not wants_fragment(request) or leaves:
            return response
        toasts = [
            {"text": str(message), "kind": message.level_tag, "undo_url": undo_path(message)}
            for message in messages.get_messages(request)
        ]
        return trigger_client_event(response, "toast", {"toasts": toasts}) if toasts else response


class DomainErrorMiddleware:
    """A DomainError that no view caught becomes a 409: a page, or a message for htmx."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        template = "409.html#message" if wants_fragment(request) else "409.html"
        return render(request, template, {"message": str(exception)}, status=409)

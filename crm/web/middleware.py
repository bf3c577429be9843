"""Headers on every answer, sign-in by default, and refused actions as a clear 409."""

import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequiredMiddleware
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.shortcuts import render
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event
from redis.exceptions import RedisError

from crm.web.errors import DomainError
from crm.web.responses import redirect_for, wants_fragment
from crm.web.toasts import undo_path

MULTIPART = "multipart/form-data"

GetResponse = Callable[[HttpRequest], HttpResponse]


class NullBytesMiddleware:
    """Postgres keeps no NUL in a text: in a query string one reads as a space, and no path has one.

    Forms refuse it by themselves.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info:
            raise Http404
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query or "\0" in query:
            # Not taken out: what stands around it could be a new one.
            request.META["QUERY_STRING"] = query.replace("%00", "%20").replace("\0", "%20")
        return self.get_response(request)


class FormSizeMiddleware:
    """Only providers post what is as large as a mail. Files, which come in parts, are not read into memory."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        is_large = length.isdecimal() and int(length) > settings.FORM_MAX_BYTES
        is_free = request.path_info.startswith("/hooks/") or request.content_type == MULTIPART
        if is_large and not is_free:
            raise RequestDataTooBig("More was posted than a form holds.")
        return self.get_response(request)


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


class DoubleSubmitMiddleware:
    """Two identical posts of one user at the same moment have one effect.

    The second one waits for the first and is sent where that one was sent. Once the first is
    answered, the same post is a new one: whoever repeats something on purpose may.
    """

    # Longer than any page takes; a lock whose holder died goes by itself.
    SECONDS = 30

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or not request.user.is_authenticated:
            return self.get_response(request)
        try:
            key = f"post:{_fingerprint(request)}"
            is_first = cache.add(key, "running", self.SECONDS)
        except (RedisError, UnreadablePostError):
            # Without the cache, work goes on: a second copy of a note harms less than no note.
            return self.get_response(request)
        if not is_first:
            return self._follow(request, key)
        response = None
        try:
            response = self.get_response(request)
            return response
        finally:
            was_done = response is not None and response.status_code < 400
            target = response.headers.get("Location", "") if response else ""
            with suppress(RedisError):
                cache.set(f"{key}:outcome", (was_done, target), self.SECONDS)
                cache.delete(key)

    def _follow(self, request: HttpRequest, key: str) -> HttpResponse:
        deadline = time.monotonic() + self.SECONDS
        while cache.get(key) and time.monotonic() < deadline:
            time.sleep(0.05)
        was_done, target = cache.get(f"{key}:outcome") or (True, "")
        if not was_done:
            # The first one changed nothing; one of those that waited tries, and the others wait for it.
            return self(request)
        if target:
            return redirect_for(request, target)
        message = "This was sent twice at the same moment. It was done once."
        template = "409.html#message" if wants_fragment(request) else "409.html"
        return render(request, template, {"message": message}, status=409)


def _fingerprint(request: HttpRequest) -> str:
    """The same for two posts of one user that say the same.

    Of a form with files the parsed parts count: its raw body differs by the boundary that the browser
    makes up, and would have to be held in memory. Reading the files here costs nothing that the check
    of the CSRF token, which is in the same body, does not cost.
    """
    digest = sha256(f"{request.user.pk}|{request.get_full_path()}|".encode())
    if request.content_type != "multipart/form-data":
        digest.update(request.body)
        return digest.hexdigest()
    digest.update(repr(sorted(request.POST.lists())).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest.update(f"|{name}|{file.name}|{file.size}|".encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return digest.hexdigest()

"""Says that the web process lives, before anything that could be sick is asked."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class LivezMiddleware:
    """Answers /livez first of all: no session, no user, no host check, so that no sick part restarts the web."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/livez" and request.method in {"GET", "HEAD"}:
            return HttpResponse(
                "ok", content_type="text/plain", headers={"Cache-Control": "no-store"}
            )
        return self.get_response(request)

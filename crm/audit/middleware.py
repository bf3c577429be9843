"""Remembers where a request came from, for the audit entries that it writes."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from crm.audit.services import client_address
from crm.web.requests import client_ip


class AuditMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = client_address.set(client_ip(request))
        try:
            return self.get_response(request)
        finally:
            client_address.reset(token)

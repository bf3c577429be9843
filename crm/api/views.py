"""The API explained: its OpenAPI document, and the same as a page."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from crm.api.describing import document, operations, shapes
from crm.api.refusing import NOT_HERE
from crm.api.throttling import PER_MINUTE
from crm.tenancy.api_tokens import refusal
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import MEMBERS, roles_allowed


def _root(request: HttpRequest) -> str:
    return f"{request.build_absolute_uri(reverse('home'))}api/v1"


@require_GET
@roles_allowed(MEMBERS)
def docs(request: OrganizationRequest) -> HttpResponse:
    """What can be asked, with which parameters, and what comes back."""
    described = document(_root(request))
    context: dict[str, Any] = {
        "document": described,
        "root": _root(request),
        "per_minute": PER_MINUTE,
        "operations": operations(described),
        "shapes": shapes(described),
    }
    return render(request, "api/docs.html", context)


@require_GET
@roles_allowed(MEMBERS)
def openapi(request: OrganizationRequest) -> JsonResponse:
    """The OpenAPI document, for programs that write clients."""
    return JsonResponse(document(_root(request)))


def nothing(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Below the API's address everything is answered as JSON."""
    return refusal(NOT_HERE, status=404)

"""The list of people who go cold."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from candidates.queries import page_of_cold
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import READERS, roles_allowed
from crm.web.responses import fragment_or_page


@require_GET
@roles_allowed(READERS)
def going_cold(request: OrganizationRequest) -> HttpResponse:
    """Who has gone without contact for too long, and by which rule: one's own people, or everybody's."""
    is_everybody = request.GET.get("show") == "all"
    rows, page = page_of_cold(
        viewer=request.user,
        owner=None if is_everybody else request.user,
        cursor=request.GET.get("cursor", ""),
    )
    context = {"rows": rows, "page": page, "is_everybody": is_everybody}
    return fragment_or_page(request, "candidates/cold.html#results", context)

"""The audit log of an organization."""

from django.http import HttpResponse

from crm.audit import queries
from crm.audit.forms import FilterForm
from crm.audit.wording import put_in_words
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, roles_allowed
from crm.web.pagination import keyset_page
from crm.web.responses import fragment_or_page


@roles_allowed(ADMINS)
def entries(request: OrganizationRequest) -> HttpResponse:
    """Who did or saw what, when, from where: newest first."""
    form = FilterForm(request.GET, organization=request.organization, actions=queries.actions())
    form.is_valid()
    actor = form.cleaned_data.get("actor")
    found = queries.entries(
        action=form.cleaned_data.get("action", ""), actor_id=actor.user_id if actor else None
    )
    page = keyset_page(found, order=("-at", "-id"), cursor=request.GET.get("cursor", ""))
    put_in_words(page.rows)
    return fragment_or_page(request, "audit/entries.html#list", {"page": page, "form": form})

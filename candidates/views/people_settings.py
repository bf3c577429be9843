"""Settings about people: when they go cold, who may make tags."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from candidates.forms.people_settings import PeopleSettingsForm
from candidates.models import TalentPool
from candidates.queries import people_settings
from candidates.services.people_settings import change_people_settings
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, roles_allowed


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def general(request: OrganizationRequest) -> HttpResponse:
    form = PeopleSettingsForm(request.POST or None, instance=people_settings())
    if form.is_valid():
        change_people_settings(by=request.user, **form.cleaned_data)
        messages.success(request, "The settings were saved.")
        return redirect("people_settings:general")
    pools = TalentPool.objects.filter(archived_at=None, cold_after_days__isnull=False)
    context = {"form": form, "pools": pools}
    status = 422 if form.is_bound else 200
    return render(request, "people_settings/general.html", context, status=status)

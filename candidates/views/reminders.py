"""The same task for several colleagues, about everybody in a pool or a stage."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from candidates.forms.tasks import ReminderForm
from candidates.models import TalentPool
from candidates.services.tasks import remind
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, roles_allowed
from crm.web.responses import redirect_for
from crm.web.toasts import notify


@require_http_methods(["GET", "POST"])
@roles_allowed(EDITORS)
def remind_of_pool(request: OrganizationRequest, pk: int) -> HttpResponse:
    pool = get_object_or_404(TalentPool, pk=pk)
    return reminder_page(
        request, about=str(pool), link=f"pools/{pk}/", back=pool.get_absolute_url()
    )


def reminder_page(
    request: OrganizationRequest, *, about: str, link: str, back: str
) -> HttpResponse:
    """Ask for the task and the colleagues, give it to them, and go `back`; also for higher apps."""
    data = request.POST if request.method == "POST" else None
    form = ReminderForm(data, initial={"assignees": [request.user.pk]})
    if form.is_valid():
        added = remind(about=about, link=link, by=request.user, **form.cleaned_data)
        people = "1 colleague has" if len(added) == 1 else f"{len(added)} colleagues have"
        notify(request, f"{people} the task “{form.cleaned_data['title']}”.")
        return redirect_for(request, back)
    context = {"form": form, "about": about, "back": back}
    return render(request, "tasks/remind.html", context, status=422 if form.is_bound else 200)

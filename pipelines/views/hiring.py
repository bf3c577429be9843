"""Asking before people are hired whose interviews end by it."""

from collections.abc import Iterable

from django.http import HttpResponse
from django_htmx.http import reswap, retarget

from crm.tenancy.bulk import among
from crm.tenancy.requests import OrganizationRequest
from crm.web.responses import wants_fragment
from pipelines.forms import IS_ASKED, AskedMoveForm
from pipelines.models import Job, Stage
from pipelines.services.interviews.ending import what_ends
from pipelines.views.small_form import small_form


def is_asked(request: OrganizationRequest) -> bool:
    """Whether it was read already what ends, and is wished for all the same."""
    return IS_ASKED in request.POST


def ask_before_hiring(
    request: OrganizationRequest, job: Job, cards: Iterable[int], *, to: Stage, back: str
) -> HttpResponse | None:
    """What ends where these cards of the job go into `to`, and a button to go on; None where nothing does."""
    if to.kind != Stage.Kind.HIRED or is_asked(request):
        return None
    going = job.candidacies.filter(pk__in=among(cards), closed_at=None).exclude(stage=to)
    note = what_ends(going)
    if not note:
        return None
    form = AskedMoveForm(request.POST)
    answer = small_form(
        request, form, f"Move to {to}?", back=back, verb="Move", post_to=request.path, note=note
    )
    # A card that was dragged asks for itself; the question stands in the sheet.
    return reswap(retarget(answer, "#sheet"), "innerHTML") if wants_fragment(request) else answer

"""Asking why people are not taken on: one of them, or all that were selected."""

from collections.abc import Collection

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_POST

from crm.tenancy.bulk import among
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, EDITORS, roles_allowed
from crm.web.responses import redirect_for, safe_next
from crm.web.toasts import notify
from pipelines.forms import RejectForm, RejectManyForm
from pipelines.models import Candidacy, Job, Stage
from pipelines.services import many, rejecting
from pipelines.services.candidacies import BoardChanged, CandidacyClosed
from pipelines.services.interviews.ending import what_ends
from pipelines.views.access import card_or_404, job_or_404
from pipelines.views.small_form import small_form


@roles_allowed(EDITORS)
def reject(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Why somebody is not taken on; with a mail later and a pool to be remembered in, if wanted."""
    card = card_or_404(request, pk)
    if card.closed_at:
        raise CandidacyClosed(card)
    initial = {"version": card.version, "stage": request.GET.get("stage", "")}
    form = RejectForm(
        request.POST or None, job=card.job, initial=initial, reasons_url=_reasons_url(request)
    )
    back = safe_next(request, card.job.get_absolute_url())
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        done = rejecting.reject_candidacy(
            card,
            by=request.user,
            reason=wanted["reason"],
            note=wanted["note"],
            to=wanted["stage"],
            keep_in=wanted["keep_in"],
            farewell=form.farewell,
            version=wanted["version"],
        )
        undo = reverse("pipelines:undo", args=[card.pk, card.version])
        told = f" {done.mail.words}" if done.mail else ""
        notify(request, f"{card.candidate} was rejected.{told}", undo=undo)
        return redirect_for(request, back)
    title, note = f"Reject {card.candidate}", what_ends([card])
    return small_form(request, form, title, back=back, verb="Reject", note=note)


@require_POST
@roles_allowed(EDITORS)
def reject_selected(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Why the selected are not taken on: one answer for all of them, which one Undo takes back."""
    job = job_or_404(request, pk)
    form = RejectManyForm(request.POST, job=job, reasons_url=_reasons_url(request))
    back = safe_next(request, job.get_absolute_url())
    if "cards" in form.errors:
        raise BoardChanged
    if not form.is_valid():
        return _form_for_many(request, form, job, form.cleaned_data["cards"], back)
    wanted = form.cleaned_data
    done = rejecting.reject_many(
        job,
        wanted["cards"],
        by=request.user,
        reason=wanted["reason"],
        note=wanted["note"],
        to=wanted["stage"],
        keep_in=wanted["keep_in"],
        farewell=form.farewell,
    )
    versions = done.moved.versions
    if versions:
        undo = reverse(
            "pipelines:undo_selected", args=[pk, many.undo_token(versions, by=request.user)]
        )
        were = "person was" if len(versions) == 1 else "people were"
        notify(request, f"{len(versions)} {were} rejected. {done.words}".strip(), undo=undo)
    else:
        notify(request, f"Nobody was rejected. {done.words}".strip())
    return redirect_for(request, back)


def ask_why(request: OrganizationRequest, card: Candidacy, stage: Stage, back: str) -> HttpResponse:
    """To the form, from a button that moves one card into a rejected stage."""
    wanted = QueryDict(mutable=True)
    wanted.update({"stage": str(stage.pk), "next": back})
    to = f"{reverse('pipelines:reject', args=[card.pk])}?{wanted.urlencode()}"
    return redirect_for(request, to)


def ask_why_of_many(
    request: OrganizationRequest, job: Job, stage: Stage, cards: dict[int, int], back: str
) -> HttpResponse:
    """The form, instead of moving the selected cards into a rejected stage."""
    seen = [f"{pk}:{version}" for pk, version in cards.items()]
    form = RejectManyForm(
        job=job,
        initial={"cards": seen, "stage": stage.pk},
        reasons_url=_reasons_url(request),
    )
    return _form_for_many(request, form, job, cards, back)


def _form_for_many(
    request: OrganizationRequest,
    form: RejectManyForm,
    job: Job,
    cards: Collection[int],
    back: str,
) -> HttpResponse:
    people = "1 person" if len(cards) == 1 else f"{len(cards)} people"
    note = what_ends(job.candidacies.filter(pk__in=among(cards), closed_at=None))
    post_to = reverse("pipelines:reject_selected", args=[job.pk])
    return small_form(
        request, form, f"Reject {people}", back=back, verb="Reject", post_to=post_to, note=note
    )


def _reasons_url(request: OrganizationRequest) -> str:
    """Where the reasons are kept; empty for those who may not change them."""
    if request.membership.role not in ADMINS:
        return ""
    return reverse("people_settings:entries", args=["rejections"])

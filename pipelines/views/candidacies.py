"""One candidacy: its page, and what is done with it beside moving."""

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from candidates.models import ChangeSet, CustomField
from candidates.queries import custom_values_of
from candidates.services.editing import undo_edit
from candidates.views.custom_fields import file_answer, form_for, value_with_file
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, MEMBERS, READERS, Role, roles_allowed
from crm.web.csv_export import csv_download
from crm.web.errors import DomainError
from crm.web.refusals import refusals_in
from crm.web.responses import redirect_for, safe_next
from crm.web.toasts import notify
from pipelines import queries
from pipelines.forms import RatingForm, ScorecardForm, TransferForm
from pipelines.models import Candidacy, CandidacyCustomValue, Interview, Job, Scorecard, Stage
from pipelines.services import candidacies, handing_over, scorecards, transferring
from pipelines.services.custom_values import fill_candidacy
from pipelines.services.interviews.ending import what_ends
from pipelines.views.access import card_or_404
from pipelines.views.boards import stage_buttons
from pipelines.views.small_form import small_form

RATINGS = range(1, 6)
CANDIDACY = CustomField.Subject.CANDIDACY
# At which field of the form a refusal is shown.
OF_TRANSFERS: dict[type[DomainError], str] = {
    transferring.OnThatJobAlready: "job",
    candidacies.JobClosed: "job",
    candidacies.CandidacyClosed: "",
}


@roles_allowed(MEMBERS)
def candidacy(request: OrganizationRequest, pk: int) -> HttpResponse:
    """One person on one job: the stage, what colleagues say, and how it came there."""
    card = card_or_404(request, pk)
    changes = queries.history_of([card]).get(card.pk, [])
    queries.veil([card], request.membership)
    custom = custom_values_of(card.pk, role=Role(request.membership.role), subject=CANDIDACY)
    if card.is_veiled:
        # Colleagues who know who it is may have written it there.
        custom = []
        for change in changes:
            change.note = ""
    stages = list(Stage.objects.filter(pipeline=card.job.pipeline_id).order_by("position"))
    context = {
        "card": card,
        "job": card.job,
        "ratings": RATINGS,
        "custom": custom,
        "changes": changes,
        "feedback": queries.feedback_on(card, request.membership),
        "stage_buttons": stage_buttons([one for one in stages if one.kind != Stage.Kind.REJECTED]),
    }
    return render(request, "pipelines/candidacy.html", context)


@roles_allowed(EDITORS)
def transfer(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Move somebody over to another job, or consider them for both."""
    card = card_or_404(request, pk)
    form = TransferForm(request.POST or None, candidacy=card, membership=request.membership)
    back = safe_next(request, card.job.get_absolute_url())
    is_fine = form.is_valid()
    if form.is_bound:
        # First: the job that somebody else chose meanwhile is no longer among those to choose from.
        candidacies.refuse_stale(card, form.cleaned_data.get("version"))
    if is_fine:
        with refusals_in(form, OF_TRANSFERS):
            _transfer(request, card, **form.cleaned_data)
            return redirect_for(request, back)
    title = f"{card.candidate}: another job"
    return small_form(request, form, title, back=back, verb="Go on")


def _transfer(
    request: OrganizationRequest,
    card: Candidacy,
    *,
    job: Job,
    how: str,
    version: int | None,
    keep: QuerySet[Interview],
) -> None:
    if how == TransferForm.COPY:
        transferring.copy_candidacy(card, to=job, by=request.user)
        notify(request, f"{card.candidate} is considered for {job}, too.")
        return
    transferring.transfer_candidacy(card, to=job, by=request.user, version=version, keep=list(keep))
    undo = reverse("pipelines:undo", args=[card.pk, card.version])
    notify(request, f"{card.candidate} moved over to {job}: {card.stage}.", undo=undo)


@require_POST
@roles_allowed(EDITORS)
def rate(request: OrganizationRequest, pk: int) -> HttpResponse:
    """So many stars for this job, or none."""
    card = card_or_404(request, pk)
    form = RatingForm(request.POST)
    if form.is_valid():
        stars = form.cleaned_data["rating"]
        candidacies.rate_candidacy(card, rating=stars, by=request.user)
        notify(request, f"{card.candidate}: {stars} of 5." if stars else "The rating is gone.")
    return redirect(safe_next(request, card.get_absolute_url()))


@require_POST
@roles_allowed(EDITORS)
def shortlist(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Put somebody on the list that hiring managers look at, or take them off."""
    card = card_or_404(request, pk)
    if card.shortlisted_at:
        candidacies.drop_from_shortlist([card.pk], job=card.job, by=request.user)
        notify(request, f"{card.candidate} is no longer on the shortlist.")
    else:
        candidacies.add_to_shortlist([card.pk], job=card.job, by=request.user)
        notify(request, f"{card.candidate} is on the shortlist.")
    return redirect(safe_next(request, card.get_absolute_url()))


@roles_allowed(EDITORS)
def fields(request: OrganizationRequest, pk: int) -> HttpResponse:
    """All custom fields of a candidacy, or the one whose key is in the address (`?field=offer`)."""
    card = card_or_404(request, pk)
    form = form_for(request, card, subject=CANDIDACY, only=request.GET.get("field", ""))
    if form.is_valid():
        done = fill_candidacy(card, form.values(), by=request.user)
        undo = reverse("pipelines:undo_fields", args=[card.pk, done.pk]) if done else ""
        notify(request, "Saved." if done else "Nothing to change.", undo=undo)
        return redirect_for(request, card)
    title = f"{card.candidate} on {card.job}"
    return small_form(request, form, title, back=card.get_absolute_url(), verb="Save")


@require_POST
@roles_allowed(EDITORS)
def undo_fields(request: OrganizationRequest, pk: int, change_set: int) -> HttpResponse:
    """Take back what was just changed in the fields of a candidacy."""
    card = card_or_404(request, pk)
    act = get_object_or_404(ChangeSet, pk=change_set)
    if not act.changes.filter(candidate=card.candidate_id).exists():
        raise Http404
    notify(request, undo_edit(act, by=request.user))
    return redirect(card)


@require_GET
@roles_allowed(READERS)
def custom_file(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The file that a value of a candidacy names."""
    readable = queries.readable_candidacies(request.membership)
    value = value_with_file(CandidacyCustomValue, pk, candidacy__in=readable)
    return file_answer(request, value)


@roles_allowed(MEMBERS)
def scorecard(request: OrganizationRequest, pk: int, stage_pk: int) -> HttpResponse:
    """One's own scorecard for one stage of the candidacy."""
    card = card_or_404(request, pk)
    stage = get_object_or_404(scorecards.stages_to_judge(card), pk=stage_pk)
    mine = Scorecard.objects.filter(candidacy=card, stage=stage, author=request.user).first()
    form = ScorecardForm(
        request.POST or None,
        instance=mine,
        criteria=scorecards.criteria_for(stage),
        must_decide="submit" in request.POST or bool(mine and mine.submitted_at),
    )
    if request.method == "POST" and form.is_valid():
        scorecards.save_scorecard(
            card,
            stage=stage,
            by=request.user,
            verdict=form.cleaned_data["verdict"],
            summary=form.cleaned_data["summary"],
            judged=form.judged,
            submit="submit" in request.POST,
        )
        notify(request, "Handed in." if "submit" in request.POST else "Kept as a draft.")
        return redirect(card)
    queries.veil([card], request.membership)
    context = {"card": card, "stage": stage, "form": form, "mine": mine}
    status = 422 if form.errors else 200
    return render(request, "pipelines/scorecard.html", context, status=status)


@roles_allowed(EDITORS)
def hand_over(request: OrganizationRequest, pk: int) -> HttpResponse | FileResponse:
    """The sheet for whoever receives a hired person, and the other candidacies to close."""
    card = card_or_404(request, pk)
    if request.method == "POST":
        done = handing_over.finish_hire(
            card,
            close=request.POST.getlist("close"),
            membership=request.membership,
            by=request.user,
        )
        notify(request, done)
        return redirect("pipelines:hand_over", card.pk)
    sheet = handing_over.sheet_of(card, request.membership)
    if request.GET.get("format") == "csv":
        return csv_download(sheet.rows, file_name=f"hand-over-{card.pk}.csv")
    context = {"card": card, "sheet": sheet, "ends": what_ends(sheet.others)}
    return render(request, "pipelines/hand_over.html", context)

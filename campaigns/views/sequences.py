"""Sequences: the list, one sequence with its steps, and its states."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns.models import AutoEnrollment, Sender, Sequence
from campaigns.queries import count_sequences, count_triage
from campaigns.sequence_forms import AutoEnrollmentForm, SequenceForm
from campaigns.services import auto_enrolling
from campaigns.services import sequences as services
from campaigns.tasks import ring
from campaigns.views.editor import editor_context, held, redrawn
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import READERS, RECRUITERS, roles_allowed
from crm.web.pagination import keyset_page
from crm.web.responses import wants_fragment


@require_GET
@roles_allowed(READERS)
def sequence_list(request: OrganizationRequest) -> HttpResponse:
    archived = request.GET.get("state") == Sequence.State.ARCHIVED
    found = Sequence.objects.select_related("sender", "owner")
    archive = Sequence.State.ARCHIVED
    found = found.filter(state=archive) if archived else found.exclude(state=archive)
    page = keyset_page(found, cursor=request.GET.get("cursor", ""))
    numbers = count_sequences(page.rows)
    context = {
        "page": page,
        "rows": [(sequence, numbers[sequence.pk]) for sequence in page.rows],
        "archived": archived,
        "triage": count_triage(request.user),
    }
    return render(request, "campaigns/sequences.html", context)


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def add_sequence(request: OrganizationRequest) -> HttpResponse:
    own_sender = Sender.objects.filter(user=request.user).first()
    form = SequenceForm(
        request.POST or None,
        user=request.user,
        initial={"owner": request.user.pk, "sender": own_sender},
    )
    if request.method == "POST" and form.is_valid():
        sequence = services.create_sequence(**form.cleaned_data, by=request.user)
        return redirect(sequence)
    status = 422 if form.errors else 200
    return render(request, "campaigns/sequence_form.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def edit_sequence(request: OrganizationRequest, pk: int) -> HttpResponse:
    sequence = get_object_or_404(held(request, Sequence.objects.all()), pk=pk)
    form = SequenceForm(request.POST or None, instance=sequence, user=request.user)
    if request.method == "POST" and form.is_valid():
        services.edit_sequence(sequence, **form.cleaned_data, by=request.user)
        messages.success(request, "Saved.")
        return redirect("campaigns:sequence", pk=pk)
    return _form_page(request, pk, form, AutoEnrollmentForm())


def _form_page(
    request: OrganizationRequest, pk: int, form: SequenceForm, auto_form: AutoEnrollmentForm
) -> HttpResponse:
    sequence = Sequence.objects.get(pk=pk)
    context = {
        "form": form,
        "auto_form": auto_form,
        "sequence": sequence,
        "auto": list(sequence.auto.select_related("pool", "stage__pipeline", "job")),
    }
    status = 422 if form.errors or auto_form.errors else 200
    return render(request, "campaigns/sequence_form.html", context, status=status)


@require_POST
@roles_allowed(RECRUITERS)
def add_auto_enrollment(request: OrganizationRequest, pk: int) -> HttpResponse:
    sequence = get_object_or_404(Sequence, pk=pk)
    form = AutoEnrollmentForm(request.POST)
    if not form.is_valid():
        return _form_page(request, pk, SequenceForm(instance=sequence, user=request.user), form)
    rule = auto_enrolling.add_rule(sequence, **form.cleaned_data, by=request.user)
    messages.success(request, f"From now on, whoever {rule} joins by themselves.")
    return redirect("campaigns:edit_sequence", pk=pk)


@require_POST
@roles_allowed(RECRUITERS)
def remove_auto_enrollment(request: OrganizationRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(AutoEnrollment, pk=pk)
    auto_enrolling.remove_rule(rule, by=request.user)
    messages.success(request, "Nobody joins by themselves there any more.")
    return redirect("campaigns:edit_sequence", pk=rule.sequence_id)


@require_GET
@roles_allowed(READERS)
def sequence(request: OrganizationRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Sequence.objects.select_related("sender", "owner"), pk=pk)
    if wants_fragment(request):
        return redrawn(request, found)
    return render(request, "campaigns/sequence.html", editor_context(request, found))


@require_POST
@roles_allowed(RECRUITERS)
def activate(request: OrganizationRequest, pk: int) -> HttpResponse:
    found = services.activate_sequence(get_object_or_404(Sequence, pk=pk), by=request.user)
    ring(request.organization.pk)
    messages.success(request, f"“{found}” is running.")
    return redirect(found)


@require_POST
@roles_allowed(RECRUITERS)
def pause(request: OrganizationRequest, pk: int) -> HttpResponse:
    found = services.pause_sequence(get_object_or_404(Sequence, pk=pk), by=request.user)
    messages.success(request, f"“{found}” is paused. Nothing leaves until you resume it.")
    return redirect(found)


@require_POST
@roles_allowed(RECRUITERS)
def archive(request: OrganizationRequest, pk: int) -> HttpResponse:
    found = services.archive_sequence(get_object_or_404(Sequence, pk=pk), by=request.user)
    messages.success(request, f"“{found}” is archived.")
    return redirect("campaigns:sequences")

"""The people on a sequence: where they are, why they wait, and stopping, pausing or resuming one."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns.forms import typed_values
from campaigns.models import Enrollment, Message, Sequence, Step
from campaigns.progress import progress_of
from campaigns.queries import count_sequences, enrollments_of, latest_mails
from campaigns.reading import is_thread_hidden
from campaigns.services import (
    enrolling,
    explaining,
    filling,
    personalizing,
    preflighting,
    resuming,
)
from campaigns.services.previewing import FILLABLE, label_of, preview_steps
from campaigns.services.rendering import merge_fields
from campaigns.services.wording import wording_of
from campaigns.step_forms import PersonalMailForm
from campaigns.tasks import ring
from campaigns.views.enrolling import saved_words
from candidates.models import Candidate
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import READERS, RECRUITERS, roles_allowed
from crm.web.errors import DomainError
from crm.web.pagination import capped_count, keyset_page
from crm.web.responses import safe_next

STATES = [
    ("", "Everyone"),
    ("active", "On their way"),
    ("paused", "Paused"),
    ("missing_data", "Needs data"),
    ("replied", "Replied"),
    ("finished", "Finished"),
    ("stopped", "Stopped"),
]


class Row(NamedTuple):
    """Somebody on a sequence, their latest mail and what it waits for, until when they are left alone, what they lack."""

    enrollment: Enrollment
    mail: Message | None
    waits_for: str
    rests_until: date | None
    lacks: list[tuple[str, str, bool]]


@require_GET
@roles_allowed(READERS)
def people(request: OrganizationRequest, pk: int) -> HttpResponse:
    sequence = get_object_or_404(Sequence.objects.select_related("sender"), pk=pk)
    state = request.GET.get("state", "")
    found = enrollments_of(sequence, state=state)
    order = ("-enrolled_at", "-id")
    page = keyset_page(found, order=order, cursor=request.GET.get("cursor", ""))
    for enrollment in page.rows:
        enrollment.sequence = sequence
    mails = latest_mails(page.rows)
    why = explaining.why_queued(mails.values())
    rest = resuming.rest_of(page.rows)
    lacks = _lacks(sequence, page.rows) if state == Enrollment.StopReason.MISSING_DATA else {}
    context = {
        "sequence": sequence,
        "page": page,
        "rows": [
            Row(
                one,
                mails.get(one.pk),
                why.get(mails[one.pk].pk, "") if one.pk in mails else "",
                rest.get(one.candidate_id),
                lacks.get(one.pk, []),
            )
            for one in page.rows
        ],
        "can_fill_in": any(fillable for fields in lacks.values() for _, _, fillable in fields),
        "count": capped_count(found),
        "numbers": count_sequences([sequence])[pk],
        "state": state,
        "states": STATES,
    }
    return render(request, "campaigns/people.html", context)


def _lacks(
    sequence: Sequence, people: Iterable[Enrollment]
) -> dict[int, list[tuple[str, str, bool]]]:
    """What each of these lacks: merge field, label, and whether it is filled in here."""
    for enrollment in people:
        enrollment.sequence = sequence
    return {
        pk: [(name, label_of(name), name in FILLABLE) for name in names]
        for pk, names in filling.lacking(people).items()
    }


@require_POST
@roles_allowed(RECRUITERS)
def fill_in(request: OrganizationRequest, pk: int) -> HttpResponse:
    """What was typed for people who lack a value goes into their records, and they go on."""
    sequence = get_object_or_404(Sequence, pk=pk)
    typed = typed_values(request.POST)
    count = preflighting.fill_in(typed, by=request.user)
    if count:
        going = filling.go_on_filled({candidate_id for candidate_id, _ in typed})
        ring(request.organization.pk)
        go = "goes" if going == 1 else "go"
        messages.success(request, f"{saved_words(count)} {going:,} {go} on.")
    else:
        messages.info(request, "Nothing was filled in.")
    default = f"{sequence.get_absolute_url()}people/?state={Enrollment.StopReason.MISSING_DATA}"
    return redirect(safe_next(request, default))


def _back(request: OrganizationRequest, enrollment: Enrollment) -> HttpResponse:
    return redirect(safe_next(request, f"{enrollment.sequence.get_absolute_url()}people/"))


def _enrollment(pk: int) -> Enrollment:
    found: Enrollment = get_object_or_404(
        Enrollment.objects.select_related("candidate", "sequence"), pk=pk
    )
    return found


@require_GET
@roles_allowed(READERS)
def why(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Why mails were sent, or were not."""
    found = Enrollment.objects.select_related(
        "candidate", "sequence__sender", "next_step", "enrolled_by"
    )
    enrollment = get_object_or_404(found, pk=pk)
    context = {
        "enrollment": enrollment,
        "sequence": enrollment.sequence,
        "now": explaining.what_now(enrollment),
        "lines": explaining.explain(enrollment, viewer=request.user),
        "steps": progress_of(enrollment, viewer=request.user),
        "pressure": explaining.pressure(enrollment.candidate_id),
    }
    return render(request, "campaigns/why.html", context)


class PrivateThread(DomainError):
    def __init__(self) -> None:
        super().__init__("This thread is private: what goes into it is written by its member.")


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def personal(request: OrganizationRequest, pk: int, candidate_pk: int) -> HttpResponse:
    """What one person gets for one step: to be read, and to be written by hand instead."""
    step = get_object_or_404(Step.objects.select_related("sequence__sender"), pk=pk)
    candidate = get_object_or_404(Candidate, pk=candidate_pk)
    if is_thread_hidden(step, candidate, request.user):
        raise PrivateThread
    words = wording_of(step, candidate.pk)
    form = PersonalMailForm(request.POST or None, initial=words._asdict())
    if request.method == "POST" and request.POST.get("drop"):
        personalizing.drop_personal_mail(step, candidate, by=request.user)
        messages.success(request, f"{candidate} gets the text of the step again.")
    elif request.method == "POST" and form.is_valid():
        personalizing.write_personal_mail(step, candidate, **form.cleaned_data, by=request.user)
        messages.success(request, f"Saved: {candidate} gets these words.")
    else:
        context = _personal_context(step, candidate, form)
        status = 422 if form.errors else 200
        return render(request, "campaigns/personal.html", context, status=status)
    return redirect("campaigns:personal", pk=pk, candidate_pk=candidate_pk)


def _personal_context(step: Step, candidate: Candidate, form: PersonalMailForm) -> dict[str, Any]:
    sequence = step.sequence
    steps = list(sequence.steps.filter(version=step.version))
    return {
        "sequence": sequence,
        "step": step,
        "candidate": candidate,
        "form": form,
        "is_own": step.personal_mails.filter(candidate=candidate).exists(),
        "previews": preview_steps(steps, candidate, sender=sequence.sender),
        "merge_fields": merge_fields(),
    }


@require_POST
@roles_allowed(RECRUITERS)
def stop_enrollment(request: OrganizationRequest, pk: int) -> HttpResponse:
    enrollment = _enrollment(pk)
    enrolling.stop(enrollment, Enrollment.StopReason.MANUAL, by=request.user)
    messages.success(request, f"{enrollment.candidate} gets nothing more from this sequence.")
    return _back(request, enrollment)


@require_POST
@roles_allowed(RECRUITERS)
def pause_enrollment(request: OrganizationRequest, pk: int) -> HttpResponse:
    enrollment = _enrollment(pk)
    enrolling.pause(enrollment, by=request.user)
    messages.success(request, f"{enrollment.candidate} is paused.")
    return _back(request, enrollment)


@require_POST
@roles_allowed(RECRUITERS)
def resume_enrollment(request: OrganizationRequest, pk: int) -> HttpResponse:
    enrollment = _enrollment(pk)
    resumed = resuming.resume(enrollment, by=request.user)
    ring(request.organization.pk)
    until = resuming.rest_of([resumed]).get(resumed.candidate_id)
    when = f" after {until:%-d %b %Y}. Until then they are left alone." if until else "."
    messages.success(request, f"{enrollment.candidate} goes on{when}")
    return _back(request, enrollment)

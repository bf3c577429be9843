"""The editor of a sequence: its steps top-down, and beside them a preview for a chosen candidate."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from campaigns.models import Sequence, Step, Template
from campaigns.queries import (
    StepNumbers,
    candidates_named,
    count_sequences,
    count_steps,
    preview_candidate,
)
from campaigns.services import halting, templating, versions
from campaigns.services import sequences as services
from campaigns.services.comparing import compare_variants
from campaigns.services.languages import LANGUAGES, language_name
from campaigns.services.linting import advise
from campaigns.services.previewing import describe, preview_steps, split
from campaigns.services.rendering import content_fields, merge_fields
from campaigns.step_forms import StepForm
from campaigns.tasks import ring
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import READERS, RECRUITERS, roles_allowed
from crm.web.ids import is_id
from crm.web.responses import fragment_or_page, fragment_or_redirect, wants_fragment

EDITOR = "campaigns/sequence.html#editor"


def editor_context(
    request: OrganizationRequest, sequence: Sequence, **extra: Any
) -> dict[str, Any]:
    """What the page of one sequence shows. `form` and `editing` open a step's form in its place."""
    steps = list(sequence.current_steps().select_related("pool").prefetch_related("variants"))
    numbers = count_steps(sequence)
    variants = compare_variants(steps)
    return {
        "sequence": sequence,
        "rows": [
            {
                "step": step,
                "title": split(describe(step)),
                "variants": variants.get(step.pk),
                "languages": [
                    language_name(one.language) for one in step.variants.all() if one.language
                ],
                "subject": split(step.subject),
                "body": split(step.body),
                "numbers": numbers.get(step.lineage, StepNumbers()),
            }
            for step in steps
        ],
        "numbers": count_sequences([sequence])[sequence.pk],
        "problems": services.find_problems(steps),
        "older": versions.older_versions(sequence) if sequence.version > 1 else [],
        "in_use": versions.is_in_use(sequence),
        "auto": list(sequence.auto.select_related("pool", "stage__pipeline", "job")),
        "merge_fields": merge_fields(),
        "snippets": templating.snippets_for(request.user),
        "content": content_fields,
        "is_part": wants_fragment(request),
        **preview_context(request, sequence, steps),
        **extra,
    }


def preview_context(
    request: OrganizationRequest,
    sequence: Sequence,
    steps: list[Step],
    translations: Mapping[str, tuple[str, str]] | None = None,
) -> dict[str, Any]:
    """The preview pane: `candidate` chooses whose, `?q=` searches. `translations` are those of a step being written."""
    query = request.GET.get("q", "").strip()
    chosen = request.POST.get("candidate") or request.GET.get("candidate", "")
    candidate = preview_candidate(sequence, chosen)
    return {
        "q": query,
        "found": candidates_named(query) if query else [],
        "candidate": candidate,
        "previews": preview_steps(
            steps,
            candidate,
            sender=sequence.sender,
            viewer=request.user,
            translations=translations or {},
        )
        if candidate
        else [],
    }


def held(request: OrganizationRequest, rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """These, and until the request is over nobody else changes what is about to be saved."""
    is_saved = request.method == "POST"
    return rows.select_for_update(of=("self",), no_key=True) if is_saved else rows


def _sequence(pk: int) -> Sequence:
    found: Sequence = get_object_or_404(Sequence.objects.select_related("sender", "owner"), pk=pk)
    return found


def _step(pk: int) -> Step:
    found: Step = get_object_or_404(Step.objects.select_related("sequence__sender"), pk=pk)
    return found


@require_GET
@roles_allowed(READERS)
def preview(request: OrganizationRequest, pk: int) -> HttpResponse:
    sequence = _sequence(pk)
    if not wants_fragment(request):
        return fragment_or_page(
            request, "campaigns/sequence.html", editor_context(request, sequence)
        )
    context = preview_context(request, sequence, list(sequence.current_steps()))
    return fragment_or_page(
        request, "campaigns/sequence.html#preview", {"sequence": sequence, **context}
    )


@require_POST
@roles_allowed(RECRUITERS)
def preview_draft(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The step being written, as it stands in the form, for the chosen candidate. Saves nothing."""
    sequence = _sequence(pk)
    draft = Step(
        kind=request.POST.get("kind", Step.Kind.MAIL),
        subject=request.POST.get("subject", "")[:200],
        body=request.POST.get("body", ""),
        task_title=request.POST.get("task_title", "")[:200],
    )
    translations = {
        code: (request.POST.get(f"subject_{code}", ""), request.POST[f"body_{code}"])
        for code in LANGUAGES
        if request.POST.get(f"body_{code}", "").strip()
    }
    context = {
        "sequence": sequence,
        "is_draft": True,
        "advice": advise(draft.subject, draft.body) if draft.kind == Step.Kind.MAIL else [],
        **preview_context(request, sequence, [draft], translations),
    }
    return render(request, "campaigns/sequence.html#preview", context)


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def add_step(request: OrganizationRequest, pk: int) -> HttpResponse:
    sequence = _sequence(pk)
    kind = request.GET.get("kind", "")
    initial: dict[str, Any] = {
        "kind": kind if kind in Step.Kind else Step.Kind.MAIL,
        "wait_business_days": 3 if sequence.current_steps().exists() else 0,
    }
    template = chosen_template(request)
    if template:
        text = templating.text_for(template)
        initial |= {"subject": text.subject, "body": text.body}
    translations = templating.translations_of(template) if template else []
    form = StepForm(
        request.POST or None, sequence=sequence, initial=initial, translations=translations
    )
    if request.method == "POST" and form.is_valid():
        step = services.add_step(sequence, form.details(), by=request.user, moves=form.moves())
        templating.remember_origin(step, template)
        return redrawn(request, _sequence(pk))
    usable = templating.templates_for(request.user)
    context = editor_context(
        request, sequence, form=form, adding=True, template=template, templates=usable
    )
    return fragment_or_page(request, EDITOR, context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def edit_step(request: OrganizationRequest, pk: int) -> HttpResponse:
    # The sequence first: whoever changes one of its steps holds it.
    get_object_or_404(held(request, Sequence.objects.filter(steps=pk)))
    step = _newest(_step(pk))
    form = StepForm(request.POST or None, instance=step, sequence=step.sequence)
    if request.method == "POST" and form.is_valid():
        before = step.sequence.version
        changed = services.edit_step(step, form.details(), by=request.user, moves=form.moves())
        messages.success(request, _saved(changed, before=before, moved=form.moves()))
        return redrawn(request, _sequence(step.sequence_id))
    context = editor_context(request, step.sequence, form=form, editing=step.pk)
    return fragment_or_page(request, EDITOR, context, status=422 if form.errors else 200)


def _newest(step: Step) -> Step:
    """The step as people who join now get it: a version may have been made since the page was drawn."""
    current = step.sequence.current_steps().select_related("sequence__sender")
    return current.filter(lineage=step.lineage).first() or step


def _saved(step: Step, *, before: int, moved: bool) -> str:
    if moved:
        return "Saved. Whoever has not got this step yet gets it as it is now."
    if step.version == before:
        return "Saved."
    return f"Saved as version {step.version}. Whoever is on it keeps version {before}."


@require_POST
@roles_allowed(RECRUITERS)
def move_people(request: OrganizationRequest, pk: int) -> HttpResponse:
    sequence = _sequence(pk)
    count = versions.move_people(sequence, by=request.user)
    messages.success(
        request,
        f"{count:,} {'person goes' if count == 1 else 'people go'} on with version {sequence.version}.",
    )
    return redrawn(request, _sequence(pk))


@require_POST
@roles_allowed(RECRUITERS)
def move_step(request: OrganizationRequest, pk: int) -> HttpResponse:
    step = _step(pk)
    services.move_step(step, up=request.POST.get("to") == "up", by=request.user)
    return redrawn(request, _sequence(step.sequence_id))


@require_POST
@roles_allowed(RECRUITERS)
def pause_step(request: OrganizationRequest, pk: int) -> HttpResponse:
    step = _step(pk)
    halting.pause_step(step, by=request.user)
    messages.success(
        request, f"Step {step.position} is paused: whoever reaches it waits, all others go on."
    )
    return redrawn(request, _sequence(step.sequence_id))


@require_POST
@roles_allowed(RECRUITERS)
def resume_step(request: OrganizationRequest, pk: int) -> HttpResponse:
    step = _step(pk)
    count = halting.resume_step(step, by=request.user)
    ring(request.organization.pk)
    waited = {0: "Nobody waited", 1: "1 person goes on"}.get(count, f"{count:,} people go on")
    messages.success(request, f"Step {step.position} is no longer paused. {waited}.")
    return redrawn(request, _sequence(step.sequence_id))


@require_POST
@roles_allowed(RECRUITERS)
def delete_step(request: OrganizationRequest, pk: int) -> HttpResponse:
    step = _step(pk)
    services.delete_step(step, by=request.user)
    messages.success(request, "The step is gone.")
    return redrawn(request, _sequence(step.sequence_id))


def chosen_template(request: OrganizationRequest) -> Template | None:
    """What a new step's text begins as."""
    chosen = request.POST.get("template") or request.GET.get("template", "")
    usable = templating.templates_for(request.user)
    return usable.filter(pk=chosen).first() if is_id(chosen) else None


def redrawn(request: OrganizationRequest, sequence: Sequence) -> HttpResponse:
    """The editor as it stands now; the preview beside it hears of it and follows."""
    response = fragment_or_redirect(request, EDITOR, editor_context(request, sequence), to=sequence)
    return trigger_client_event(response, "steps-changed")

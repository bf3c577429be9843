"""Templates, snippets and one's signature."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns.models import Signature, Snippet, Template
from campaigns.queries import count_triage
from campaigns.services import templating as services
from campaigns.services.languages import language_name
from campaigns.services.linting import advise
from campaigns.services.rendering import content_fields, merge_fields
from campaigns.template_forms import SignatureForm, SnippetForm, TemplateForm
from campaigns.template_numbers import TemplateNumbers, hint, numbers_of, total
from campaigns.views.editor import held
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import RECRUITERS, roles_allowed
from crm.web.ids import is_id


@require_GET
@roles_allowed(RECRUITERS)
def template_list(request: OrganizationRequest) -> HttpResponse:
    """`?folder=` shows one folder."""
    folder = request.GET.get("folder", "")
    usable = services.templates_for(request.user).select_related("owner")
    shown = list(usable.filter(folder=folder) if folder else usable)
    numbers = numbers_of(shown)
    of_all = total(numbers.values())
    rows = []
    for template in shown:
        own = numbers.get(template.pk, TemplateNumbers())
        may_edit = services.may_edit(template, request.user)
        rows.append((template, own, hint(template, own, of_all=of_all), may_edit))
    folders = usable.exclude(folder="").order_by("folder").values_list("folder", flat=True)
    context = {"rows": rows, "folder": folder, "folders": folders.distinct()}
    return render(
        request, "campaigns/templates/list.html", {**context, "triage": count_triage(request.user)}
    )


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def add_template(request: OrganizationRequest) -> HttpResponse:
    return _template_page(request, None)


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def edit_template(request: OrganizationRequest, pk: int) -> HttpResponse:
    """`?language=` opens the text of a language, `?version=` an old text to look at or to save again."""
    template = get_object_or_404(held(request, services.templates_for(request.user)), pk=pk)
    if not services.may_edit(template, request.user):
        raise services.NotYourTemplate(template)
    return _template_page(request, template)


def _template_page(request: OrganizationRequest, template: Template | None) -> HttpResponse:
    initial, context = _texts(request, template) if template else ({}, {})
    form = TemplateForm(
        request.POST or None, instance=template, initial=initial, newest=context.get("newest")
    )
    if request.method == "POST" and form.is_valid():
        text = services.save_template(template, form.details(), by=request.user)
        messages.success(request, f"Saved as version {text.version}.")
        address = redirect("campaigns:template", pk=text.template_id)
        address["Location"] += f"?language={text.language}" if text.language else ""
        return address
    context |= {
        "form": form,
        "merge_fields": merge_fields(),
        "snippets": services.snippets_for(request.user),
        "content": content_fields(),
        "template": template,
    }
    status = 422 if form.errors else 200
    return render(request, "campaigns/templates/form.html", context, status=status)


def _texts(
    request: OrganizationRequest, template: Template
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the form begins with, and what stands beside it."""
    texts = services.newest_texts(template)
    language = request.GET.get("language", "")
    version = request.GET.get("version", "")
    old = template.texts.filter(version=version).first() if is_id(version) else None
    text = old or texts.get(language)
    initial = {"language": text.language if text else language}
    if text:
        initial |= {"subject": text.subject, "body": text.body}
    return initial, {
        "languages": [(code, language_name(code) or "Everybody else") for code in texts],
        "language": initial["language"],
        "newest": texts.get(initial["language"]),
        "old": old,
        "advice": advise(text.subject, text.body) if text else [],
        "versions": template.texts.select_related("created_by").order_by("-version")[:20],
    }


@require_POST
@roles_allowed(RECRUITERS)
def archive_template(request: OrganizationRequest, pk: int) -> HttpResponse:
    template = get_object_or_404(services.templates_for(request.user), pk=pk)
    services.archive_template(template, by=request.user)
    messages.success(request, f"“{template}” is offered no more.")
    return redirect("campaigns:templates")


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def snippets(request: OrganizationRequest) -> HttpResponse:
    """`?edit=` opens one to be changed, also by its POST; else a new one is written."""
    chosen = request.GET.get("edit", "")
    rows = services.snippets_for(request.user)
    editing = get_object_or_404(rows, pk=chosen) if is_id(chosen) else None
    form = SnippetForm(request.POST or None, user=request.user, snippet=editing)
    if request.method == "POST" and form.is_valid():
        services.save_snippet(editing, **form.cleaned_data, by=request.user)
        messages.success(request, "Saved.")
        return redirect("campaigns:snippets")
    context = {
        "form": form,
        "snippets": rows,
        "editing": editing,
        "triage": count_triage(request.user),
    }
    status = 422 if form.errors else 200
    return render(request, "campaigns/templates/snippets.html", context, status=status)


@require_POST
@roles_allowed(RECRUITERS)
def remove_snippet(request: OrganizationRequest, pk: int) -> HttpResponse:
    snippet: Snippet = get_object_or_404(services.snippets_for(request.user), pk=pk)
    services.remove_snippet(snippet, by=request.user)
    messages.success(request, "Removed.")
    return redirect("campaigns:snippets")


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def signature(request: OrganizationRequest) -> HttpResponse:
    own = Signature.objects.filter(user=request.user).first()
    form = SignatureForm(request.POST or None, initial={"body": own.body if own else ""})
    if request.method == "POST" and form.is_valid():
        services.sign(request.user, form.cleaned_data["body"])
        messages.success(request, "Saved.")
        return redirect("campaigns:signature")
    status = 422 if form.errors else 200
    return render(request, "campaigns/templates/signature.html", {"form": form}, status=status)

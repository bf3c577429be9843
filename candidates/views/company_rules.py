"""Settings: companies whose people are not written to, or only after a warning."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from candidates.forms.company_rules import CompanyListForm, CompanyRuleForm
from candidates.models import CompanyRule
from candidates.services import choosing
from candidates.services.company_rules import ListReport, import_rules, remove_rule, save_rule
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, roles_allowed
from crm.web.csv_export import csv_lines
from crm.web.errors import DomainError
from crm.web.pagination import keyset_page


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def companies(request: OrganizationRequest) -> HttpResponse:
    """The list by name; and a new entry."""
    form = CompanyRuleForm(request.POST or None)
    if _is_saved(request, form):
        messages.success(request, f"“{form.instance}” is on the list.")
        return redirect("people_settings:companies")
    return _list(request, form, CompanyListForm())


@require_POST
@roles_allowed(ADMINS)
def import_companies(request: OrganizationRequest) -> HttpResponse:
    """Take many from a file; what could not be taken is given back on the same page."""
    form = CompanyListForm(request.POST, request.FILES)
    report = None
    if form.is_valid():
        try:
            report = import_rules(form.cleaned_data["file"], by=request.user)
        except DomainError as refusal:
            form.add_error("file", str(refusal))
    return _list(request, CompanyRuleForm(), form, report)


@require_http_methods(["GET", "POST"])
@roles_allowed(ADMINS)
def company(request: OrganizationRequest, pk: int) -> HttpResponse:
    """One entry: change it, or take it off the list."""
    rule = get_object_or_404(CompanyRule, pk=pk)
    name = str(rule)
    form = CompanyRuleForm(request.POST or None, instance=rule)
    if _is_saved(request, form):
        messages.success(request, "Saved.")
        return redirect("people_settings:companies")
    context = {"form": form, "rule": rule, "name": name}
    return render(
        request, "people_settings/company.html", context, status=422 if form.errors else 200
    )


@require_POST
@roles_allowed(ADMINS)
def remove_company(request: OrganizationRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(CompanyRule, pk=pk)
    remove_rule(rule, by=request.user)
    messages.success(request, f"“{rule}” is off the list: its people may be written to.")
    return redirect("people_settings:companies")


def _is_saved(request: OrganizationRequest, form: CompanyRuleForm) -> bool:
    if not form.is_valid():
        return False
    try:
        save_rule(form.instance, by=request.user)
    except DomainError as refusal:
        form.add_error("name", str(refusal))
        return False
    return True


def _list(
    request: OrganizationRequest,
    form: CompanyRuleForm,
    list_form: CompanyListForm,
    report: ListReport | None = None,
) -> HttpResponse:
    rules = CompanyRule.objects.all()
    context = {
        "form": form,
        "list_form": list_form,
        "report": report,
        "given_back": _given_back(report) if report and report.bad else "",
        "page": keyset_page(rules, order=("name", "id"), cursor=request.GET.get("cursor", "")),
        "listings": choosing.LISTINGS.values(),
    }
    status = 422 if form.errors or list_form.errors else 200
    return render(request, "people_settings/companies.html", context, status=status)


def _given_back(report: ListReport) -> str:
    """The rows that were not taken, as a file to mend: with what is wrong behind each."""
    rows = [[*report.header, "problem"]]
    rows += [[*row.cells, row.sentence] for row in report.bad]
    return "".join(csv_lines(rows))

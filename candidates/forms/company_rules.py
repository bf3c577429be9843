"""The do-not-contact list of companies: one entry, and a file of many."""

from typing import Any

from django import forms

from candidates.models import CompanyRule
from candidates.services.company_rules import BadEntry, read_domain
from crm.web.forms import DayInput


class CompanyRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = CompanyRule
        fields = ["name", "domain", "scope", "years", "effect", "expires_on", "note"]
        widgets = {"expires_on": DayInput()}

    def clean_domain(self) -> str:
        try:
            return read_domain(self.cleaned_data["domain"])
        except BadEntry as wrong:
            raise forms.ValidationError(str(wrong)) from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("scope") != CompanyRule.Scope.RECENT:
            cleaned["years"] = None
        elif not cleaned.get("years") and "years" not in self.errors:
            self.add_error("years", "Say for how many years after they left.")
        return cleaned


class CompanyListForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text="CSV or Excel with titles: company, domain, scope (now, recent, ever), years, effect (block, warn), "
        "expires, note. Only the company is needed.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xls,.ods"}),
        error_messages={"empty": "The file is empty.", "required": "Choose a file."},
    )

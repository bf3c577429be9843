"""Keeping a search under a name."""

from django import forms

from candidates.models import SavedSearch


class SaveSearchForm(forms.Form):
    """The name, and who sees it; the search itself travels along as text."""

    name = forms.CharField(
        max_length=80, help_text="Under the name of one of your searches it takes that one's place"
    )
    is_shared = forms.BooleanField(
        label="Shared", required=False, help_text="Everybody who reads candidates sees it too"
    )
    alert = forms.ChoiceField(
        label="Tell me of new people", choices=SavedSearch.Alert.choices, required=False
    )
    where = forms.CharField(widget=forms.HiddenInput, required=False, max_length=4000)
    sort = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)

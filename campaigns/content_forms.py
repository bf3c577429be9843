"""The form of an item of the content library."""

from typing import Any

from django import forms

from campaigns.models import ContentItem
from campaigns.services.library import ItemDetails, clean_address, clean_tags
from candidates.resumes.documents import Unreadable
from candidates.services.custom_fields.files import ACCEPTED, Upload, safe_kind


class ItemForm(forms.Form):
    """A link asks for an address, a file for a file: `kind` takes the other one out."""

    title = forms.CharField(max_length=120, help_text="People read it as the words of the link.")
    url = forms.CharField(
        label="Address",
        max_length=1000,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text="Begins with https://.",
    )
    upload = forms.FileField(
        label="File",
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        help_text="A PDF, a text document or a picture. Whoever has the link can open it.",
    )
    description = forms.CharField(
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For colleagues: what it is good for.",
    )
    tags = forms.CharField(max_length=500, required=False, help_text="With commas between them.")

    def __init__(
        self, *args: Any, kind: str, item: ContentItem | None = None, **kwargs: Any
    ) -> None:
        """`item` is the one that is changed."""
        if item:
            kwargs["initial"] = {
                "title": item.title,
                "description": item.description,
                "tags": ", ".join(item.tags),
                "url": item.url,
            }
        super().__init__(*args, **kwargs)
        del self.fields["upload" if kind == ContentItem.Kind.LINK else "url"]
        if item and item.file:
            field = self.fields["upload"]
            field.required = False
            field.help_text = f"Now {item.file.file_name}. Another one takes its place, also behind links already sent."

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    def clean_url(self) -> str:
        return clean_address(self.cleaned_data["url"])

    def clean_tags(self) -> tuple[str, ...]:
        return clean_tags(self.cleaned_data["tags"])

    def clean_upload(self) -> "Upload | None":
        upload: Upload | None = self.cleaned_data["upload"]
        if upload:
            try:
                safe_kind(upload)
            except Unreadable as problem:
                raise forms.ValidationError(str(problem)) from problem
        return upload

    def details(self) -> ItemDetails:
        return ItemDetails(**self.cleaned_data)

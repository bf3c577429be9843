"""A form that a button of a card asks for."""

from typing import Any

from django.http import HttpResponse

from crm.tenancy.requests import OrganizationRequest
from crm.web.responses import fragment_or_page


def small_form(
    request: OrganizationRequest,
    form: Any,
    title: str,
    *,
    back: str,
    verb: str,
    post_to: str = "",
    note: str = "",
) -> HttpResponse:
    """It stands in a dialog where htmx asked for it, and on its own page otherwise.

    It is posted to `post_to`, or to where it was asked for. `note` says what else comes of it.
    """
    context = {
        "form": form,
        "title": title,
        "back": back,
        "verb": verb,
        "note": note,
        "post_to": post_to or request.get_full_path(),
    }
    status = 422 if form.errors else 200
    part = "#form" if form.is_bound else "#dialog"
    return fragment_or_page(request, f"pipelines/small_form.html{part}", context, status=status)

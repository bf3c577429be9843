"""Reading what a form edits, so that it is still the same when it is saved."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from crm.tenancy.requests import OrganizationRequest

RowT = TypeVar("RowT", bound=Model)


def held(request: OrganizationRequest, rows: "QuerySet[RowT]") -> "QuerySet[RowT]":
    """Where the request is to save one of these, nobody else does until it ends."""
    is_saved = request.method == "POST"
    return rows.select_for_update(of=("self",), no_key=True) if is_saved else rows

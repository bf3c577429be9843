"""What a service refuses, said at the field of the form that asked for it: nothing that was typed is lost."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django import forms
from django.db import transaction

from crm.web.errors import DomainError


@contextmanager
def refusals_in(form: forms.BaseForm, fields: Mapping[type[DomainError], str]) -> Iterator[None]:
    """Add a refusal of one of these kinds to `form`, at its own `field` or else the one named for its kind.

    Where the form has no such field it stands above all. What was written until then is taken back. Other
    refusals go on to whoever answers them.
    """
    try:
        with transaction.atomic():
            yield
    except tuple(fields) as refusal:
        usual = next(name for kind, name in fields.items() if isinstance(refusal, kind))
        name = getattr(refusal, "field", usual)
        form.add_error(name if name in form.fields else None, str(refusal))

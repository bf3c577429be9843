"""Custom fields: `definitions` adds and changes them, `reading` reads what was given, `values` sets it.

For forms and résumés:

    custom_fields.set_values(candidate, {"notice": "3 months", "start": date(2026, 3, 1)}, provenance=…)

sets the fields with these keys; a candidacy, a job and a pool have fields of their own. Given is text as a person or a cell has it, or the value itself (a number, a
date, True, an option, a user, an uploaded file, an amount with its currency as a pair); several choices are a list or one text with
commas. Nothing ("" or None) takes the value away; of a required field it
raises `ValueMissing`. A required field that is not named is asked for only where a person fills a form: an
import, a résumé or a sign-up brings what it has, and an import says how many came without. What cannot be read raises `ValueUnreadable` with a
sentence. What a person set is kept when the provenance is no person's; the result says so in `kept`.

`Reader(fields).read(field, given)` tells beforehand what would be refused, writing nothing.
"""

from candidates.services.custom_fields.definitions import (
    add_field,
    archive_field,
    edit_field,
    move_field,
    restore_field,
)
from candidates.services.custom_fields.reading import Reader, ValueUnreadable
from candidates.services.custom_fields.values import (
    Outcome,
    UnknownField,
    ValueMissing,
    ValueTaken,
    set_values,
)

__all__ = [
    "Outcome",
    "Reader",
    "UnknownField",
    "ValueMissing",
    "ValueTaken",
    "ValueUnreadable",
    "add_field",
    "archive_field",
    "edit_field",
    "move_field",
    "restore_field",
    "set_values",
]

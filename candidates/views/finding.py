"""Why the search that one came from found this person: its words marked on the record, and told where they stand deep.

The search travels in the address of the record, as in `candidates.views.walking`, and is read as the list reads it.
"""

from dataclasses import dataclass

from django.http import QueryDict

from candidates.forms.filtering import asked_from
from candidates.models import Candidate
from candidates.queries.excerpts import Excerpt, excerpts_of
from candidates.queries.people import list_rows
from candidates.queries.search import Searcher
from candidates.queries.search.marking import Marks, marks_of
from candidates.views.walking import LONGEST
from crm.tenancy.requests import OrganizationRequest


@dataclass(frozen=True)
class Found:
    """What the search looked for; `excerpt` where only a note or a résumé holds it."""

    marks: Marks
    excerpt: Excerpt | None


def found_by(candidate: Candidate, request: OrganizationRequest) -> Found | None:
    """What the search in the address looked for; None where there is none, or none for words."""
    marks = marks_in(request)
    if not marks:
        return None
    person = list_rows([candidate.pk], viewer=request.user)
    excerpts = excerpts_of(person, marks, viewer=request.user)
    return Found(marks, excerpts.get(candidate.pk))


def marks_in(request: OrganizationRequest) -> Marks:
    """What the search in the address of a record looks for."""
    listed = request.GET.get("list", "")
    if not listed or len(listed) > LONGEST:
        return Marks()
    asked = asked_from(QueryDict(listed), searcher=Searcher(request.membership))
    return Marks() if asked.errors or not asked else marks_of(asked.prepared())

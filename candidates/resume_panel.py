"""The versions of a person's résumé, in the right column of the record."""

from typing import Any

from candidates.models import Candidate, Resume
from candidates.queries import resumes_of
from candidates.views.finding import marks_in
from crm.tenancy.requests import OrganizationRequest

State = Resume.State


def load_resumes(candidate: Candidate, request: OrganizationRequest) -> dict[str, Any]:
    """Every version, newest first, each with its number: one query. `marks`: what the search one came from looks for."""
    resumes = list(resumes_of(candidate))
    versions = [resume for resume in resumes if resume.state != State.REFUSED]
    for number, resume in enumerate(reversed(versions), start=1):
        resume.number = number  # type: ignore[attr-defined]
    latest = versions[0] if versions else None
    marks = marks_in(request) if latest and latest.opening else None  # type: ignore[attr-defined]
    return {"resumes": resumes, "latest": latest, "marks": marks}

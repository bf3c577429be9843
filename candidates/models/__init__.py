"""People we may hire, and everything we know of them: one module per noun."""

from candidates.models.identifiers import EmailAddress, PhoneNumber, ProfileLink
from candidates.models.imports import Import, ImportRow
from candidates.models.labels import CandidateSkill, CandidateTag, Label, Skill, Tag
from candidates.models.notes import Note
from candidates.models.people import Candidate, CandidateChild, CandidateQuerySet, Source
from candidates.models.pools import PoolMembership, TalentPool
from candidates.models.search_views import (
    CandidateSearch,
    CandidateTagSearch,
    PoolMembershipSearch,
    SearchManager,
    SearchView,
)
from candidates.models.suppressions import Suppression
from candidates.models.tasks import Task
from candidates.models.timeline import Touchpoint

__all__ = [
    "Candidate",
    "CandidateChild",
    "CandidateQuerySet",
    "CandidateSearch",
    "CandidateSkill",
    "CandidateTag",
    "CandidateTagSearch",
    "EmailAddress",
    "Import",
    "ImportRow",
    "Label",
    "Note",
    "PhoneNumber",
    "PoolMembership",
    "PoolMembershipSearch",
    "ProfileLink",
    "SearchManager",
    "SearchView",
    "Skill",
    "Source",
    "Suppression",
    "Tag",
    "TalentPool",
    "Task",
    "Touchpoint",
]

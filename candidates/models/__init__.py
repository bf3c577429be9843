"""People we may hire, and everything we know of them: one module per noun."""

from candidates.models.bulk import BulkAct
from candidates.models.changes import UNDOABLE_FOR, Change, ChangeMark, ChangeSet
from candidates.models.choices import Choice, ContactKind, NotNowReason, RejectionReason
from candidates.models.company_rules import CompanyRule, CompanyRuleMatch, CompanyRulePerson
from candidates.models.custom_fields import (
    UNIQUE_VALUE,
    VALUE_ORDER,
    CandidateCustomValue,
    CustomField,
    CustomFieldOption,
    CustomValue,
    PoolCustomValue,
    value_constraints,
    value_model,
    value_model_of,
    value_models,
)
from candidates.models.duplicates import (
    Distinction,
    DuplicatePair,
    FormerId,
    MatchCheck,
    MatchingRules,
    MatchKey,
)
from candidates.models.evidence import Evidence, Evidenced
from candidates.models.exports import Export
from candidates.models.files import CandidateFile, KeptFile, OrganizationFile
from candidates.models.history import Education, WorkExperience
from candidates.models.identifiers import EmailAddress, PhoneNumber, ProfileLink, Use
from candidates.models.imports import Import, ImportCheckpoint, ImportRow
from candidates.models.labels import CandidateSkill, CandidateTag, Label, Skill, SkillAlias, Tag
from candidates.models.marks import CandidatePlace, PersonMark
from candidates.models.notes import Note, NoteReader
from candidates.models.notices import DEFAULT_TEXT, NoticeRules, PrivacyNotice
from candidates.models.notifications import Notification, NotificationChoice
from candidates.models.people import Candidate, CandidateChild, Source
from candidates.models.people_settings import PeopleSettings
from candidates.models.pools import PoolDeparture, PoolExclusion, PoolMembership, TalentPool
from candidates.models.preferences import CandidatePreference, SpokenLanguage
from candidates.models.provenance import Origin, Proposal, Sourced
from candidates.models.resumes import Resume, ResumeSearch, ResumeUpload
from candidates.models.search_views import (
    CandidateSearch,
    CandidateSkillSearch,
    CandidateTagSearch,
    CustomValueSearch,
    EducationSearch,
    EmailSearch,
    LanguageSearch,
    NoteSearch,
    PastPositionSearch,
    PhoneSearch,
    PlaceSearch,
    PoolMembershipSearch,
    PositionSearch,
    PreferenceSearch,
    SearchManager,
    SearchRow,
    SearchView,
    SnoozeSearch,
    TaskSearch,
    TouchpointSearch,
)
from candidates.models.searches import SavedSearch, SearchMatch, SearchPin
from candidates.models.snoozes import Snooze
from candidates.models.suppressions import Suppression
from candidates.models.tasks import Task
from candidates.models.timeline import Touchpoint
from candidates.models.watches import CandidateWatch, PoolWatch, Watch

__all__ = [
    "DEFAULT_TEXT",
    "UNDOABLE_FOR",
    "UNIQUE_VALUE",
    "VALUE_ORDER",
    "BulkAct",
    "Candidate",
    "CandidateChild",
    "CandidateCustomValue",
    "CandidateFile",
    "CandidatePlace",
    "CandidatePreference",
    "CandidateSearch",
    "CandidateSkill",
    "CandidateSkillSearch",
    "CandidateTag",
    "CandidateTagSearch",
    "CandidateWatch",
    "Change",
    "ChangeMark",
    "ChangeSet",
    "Choice",
    "CompanyRule",
    "CompanyRuleMatch",
    "CompanyRulePerson",
    "ContactKind",
    "CustomField",
    "CustomFieldOption",
    "CustomValue",
    "CustomValueSearch",
    "Distinction",
    "DuplicatePair",
    "Education",
    "EducationSearch",
    "EmailAddress",
    "EmailSearch",
    "Evidence",
    "Evidenced",
    "Export",
    "FormerId",
    "Import",
    "ImportCheckpoint",
    "ImportRow",
    "KeptFile",
    "Label",
    "LanguageSearch",
    "MatchCheck",
    "MatchKey",
    "MatchingRules",
    "NotNowReason",
    "Note",
    "NoteReader",
    "NoteSearch",
    "NoticeRules",
    "Notification",
    "NotificationChoice",
    "OrganizationFile",
    "Origin",
    "PastPositionSearch",
    "PeopleSettings",
    "PersonMark",
    "PhoneNumber",
    "PhoneSearch",
    "PlaceSearch",
    "PoolCustomValue",
    "PoolDeparture",
    "PoolExclusion",
    "PoolMembership",
    "PoolMembershipSearch",
    "PoolWatch",
    "PositionSearch",
    "PreferenceSearch",
    "PrivacyNotice",
    "ProfileLink",
    "Proposal",
    "RejectionReason",
    "Resume",
    "ResumeSearch",
    "ResumeUpload",
    "SavedSearch",
    "SearchManager",
    "SearchMatch",
    "SearchPin",
    "SearchRow",
    "SearchView",
    "Skill",
    "SkillAlias",
    "Snooze",
    "SnoozeSearch",
    "Source",
    "Sourced",
    "SpokenLanguage",
    "Suppression",
    "Tag",
    "TalentPool",
    "Task",
    "TaskSearch",
    "Touchpoint",
    "TouchpointSearch",
    "Use",
    "Watch",
    "WorkExperience",
    "value_constraints",
    "value_model",
    "value_model_of",
    "value_models",
]

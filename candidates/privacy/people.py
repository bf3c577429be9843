"""The data map of the record itself: who somebody is, how to reach them, what they can do and want."""

from django.db.models import Model

from candidates.models import (
    Candidate,
    CandidateCustomValue,
    CandidateFile,
    CandidatePlace,
    CandidatePreference,
    CandidateSkill,
    CandidateTag,
    CompanyRule,
    CustomField,
    CustomFieldOption,
    Education,
    EmailAddress,
    NoticeRules,
    OrganizationFile,
    PersonMark,
    PhoneNumber,
    PoolCustomValue,
    PrivacyNotice,
    ProfileLink,
    Skill,
    SkillAlias,
    Source,
    SpokenLanguage,
    Suppression,
    Tag,
    WorkExperience,
)
from candidates.privacy.words import (
    EVIDENCED,
    OWN_VALUE,
    SOURCED,
    VALUE_OF_WORK,
    WITH_ORGANIZATION,
    WITH_PERSON,
)
from crm.data_map import Category, ModelMap, configuration, personal, technical, usage

DATA_MAP: dict[type[Model], ModelMap] = {
    Source: ModelMap(
        "Says where candidates come from", WITH_ORGANIZATION, technical("id", "archived_at") | configuration("name", "gives_own_data")
    ),
    Tag: ModelMap(
        "Words for sorting people",
        WITH_ORGANIZATION,
        technical("id") | configuration("name", "normalized", "hue"),
    ),
    Skill: ModelMap(
        "Words for what people can do",
        WITH_ORGANIZATION,
        technical("id") | configuration("name", "normalized", "state", "family", "shipped_as"),
    ),
    SkillAlias: ModelMap(
        "Other ways to write what people can do",
        WITH_ORGANIZATION,
        technical("id") | configuration("skill", "name", "normalized"),
    ),
    Candidate: ModelMap(
        "Knowing the people we may hire",
        "Until the retention policy's days after the last contact, or until erased",
        technical("id", "updated_at")
        | personal(Category.IDENTITY, "full_name", "preferred_name", "city", "country")
        | personal(Category.PROFESSIONAL, "headline", "company", "salary_expectation", "source")
        | personal(Category.OPINION, "status", "lawful_basis")
        | personal(
            Category.COMMUNICATION,
            "created_at",
            "last_contacted_at",
            "imported_contact_at",
            "last_replied_at",
        )
        | personal(Category.USAGE, "owner", "created_by", exported=False)
        | personal(Category.TECHNICAL, "search_text", exported=False)
        | personal(Category.OPINION, "heat")
        | personal(Category.TECHNICAL, "provenance"),
    ),
    EmailAddress: ModelMap(
        "Writing to candidates",
        WITH_PERSON,
        technical("id")
        | personal(Category.IDENTITY, "candidate", "address", "use", "state")
        | SOURCED
        | personal(Category.TECHNICAL, "normalized", "is_primary", exported=False),
    ),
    PhoneNumber: ModelMap(
        "Calling candidates",
        WITH_PERSON,
        technical("id")
        | personal(Category.IDENTITY, "candidate", "number", "use", "state")
        | SOURCED
        | personal(Category.TECHNICAL, "normalized", "is_primary", exported=False),
    ),
    ProfileLink: ModelMap(
        "Knowing the public profiles of candidates",
        WITH_PERSON,
        technical("id")
        | personal(Category.IDENTITY, "candidate", "url", "use", "state")
        | SOURCED
        | personal(Category.TECHNICAL, "normalized", exported=False),
    ),
    CandidateTag: ModelMap(
        "Sorting people",
        WITH_PERSON,
        technical("id") | personal(Category.OPINION, "candidate", "tag"),
    ),
    CandidateSkill: ModelMap(
        "Knowing what people can do",
        WITH_PERSON,
        technical("id")
        | personal(Category.PROFESSIONAL, "candidate", "skill")
        | SOURCED
        | EVIDENCED,
    ),
    WorkExperience: ModelMap(
        "Knowing where people worked",
        WITH_PERSON,
        technical("id")
        | personal(
            Category.PROFESSIONAL, "candidate", "title", "company", "place", "start_year", "start_month",
            "end_year", "end_month", "is_current", "description",
        )
        | SOURCED
        | EVIDENCED,
    ),
    Education: ModelMap(
        "Knowing what people learned",
        WITH_PERSON,
        technical("id")
        | personal(
            Category.PROFESSIONAL, "candidate", "school", "degree", "field", "start_year", "end_year",
            "description",
        )
        | SOURCED
        | EVIDENCED,
    ),
    CandidatePreference: ModelMap(
        "Knowing what people want next",
        WITH_PERSON,
        technical("id")
        | personal(
            Category.PROFESSIONAL, "candidate", "wanted_role", "wanted_place", "remote", "pay_min",
            "pay_max", "pay_currency", "pay_period", "starts_on", "notice", "time_zone",
        )
        | SOURCED,
    ),
    SpokenLanguage: ModelMap(
        "Knowing which languages people speak",
        WITH_PERSON,
        technical("id")
        | personal(Category.PROFESSIONAL, "candidate", "name", "level")
        | personal(Category.TECHNICAL, "normalized", exported=False)
        | SOURCED,
    ),
    CustomField: ModelMap(
        "What an organization writes down beyond the common columns",
        WITH_ORGANIZATION,
        technical("id", "position", "archived_at")
        | configuration(
            "subject", "name", "key", "kind", "help_text", "is_required", "is_unique",
            "is_searchable", "visible_to",
        ),
    ),
    CustomFieldOption: ModelMap(
        "The choices of a custom field",
        WITH_ORGANIZATION,
        technical("id", "field", "position", "archived_at") | configuration("name", "normalized"),
    ),
    CandidateCustomValue: ModelMap(
        "What one person has in the organization's own fields",
        WITH_PERSON,
        personal(Category.PROFESSIONAL, "candidate") | OWN_VALUE,
    ),
    PoolCustomValue: ModelMap(
        "What one pool has in the organization's own fields",
        WITH_ORGANIZATION,
        technical("pool") | VALUE_OF_WORK,
    ),
    OrganizationFile: ModelMap(
        "Documents that members keep with a job or a pool",
        "As long as a value names it, and a day",
        technical("id", "file", "kind", "size")
        | configuration("file_name")
        | usage("created_by", "created_at"),
    ),
    CandidateFile: ModelMap(
        "Documents that members keep with a person",
        "As long as the candidate; without a value that names it, 30 days",
        technical("id")
        | personal(Category.PROFESSIONAL, "candidate", "file_name", "kind", "size", "created_at")
        | personal(Category.TECHNICAL, "file", exported=False)
        | personal(Category.USAGE, "created_by", exported=False),
    ),
    PersonMark: ModelMap(
        "Whose place and smart pools are to be found anew, because the person changed",
        "Until that was done, a minute or so",
        technical("id") | personal(Category.TECHNICAL, "candidate", exported=False),
    ),
    CandidatePlace: ModelMap(
        "Where the town of the record is, for distances and time zones",
        WITH_PERSON,
        technical("id")
        | personal(
            Category.IDENTITY, "candidate", "place", "name", "country", "latitude", "longitude", "time_zone",
        ),
    ),
    CompanyRule: ModelMap(
        "Companies whose people are not written to, or only after a warning",
        WITH_ORGANIZATION,
        technical("id", "key", "created_at")
        | configuration("name", "domain", "scope", "years", "effect", "expires_on", "note")
        | usage("created_by"),
    ),
    NoticeRules: ModelMap(
        "What people are told whose data came from others, and by when (GDPR Art. 14)",
        WITH_ORGANIZATION,
        technical("id", "updated_at") | configuration("is_enabled", "days", "text"),
    ),
    PrivacyNotice: ModelMap(
        "Telling people where their data came from, and the proof of it (GDPR Art. 14)",
        WITH_PERSON,
        technical("id")
        | personal(
            Category.COMMUNICATION, "candidate", "source", "stored_at", "due_on", "told_at", "how",
        )
        | personal(Category.USAGE, "told_by", exported=False),
    ),
    Suppression: ModelMap(
        "Not writing to, and not importing again, who must not be (GDPR Art. 21(3))",
        "As long as the organization; a keyed hash only",
        technical("id", "kind", "digest", "reason", "created_at"),
    ),
}  # fmt: skip

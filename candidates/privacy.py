"""The data map of candidates, what their export holds, and how they are erased."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model, Q

from candidates.models import (
    BulkAct,
    Candidate,
    CandidateCustomValue,
    CandidateFile,
    CandidatePlace,
    CandidatePreference,
    CandidateSkill,
    CandidateTag,
    CandidateWatch,
    Change,
    ChangeMark,
    ChangeSet,
    ContactKind,
    CustomField,
    CustomFieldOption,
    Distinction,
    DuplicatePair,
    Education,
    EmailAddress,
    Export,
    FormerId,
    Import,
    ImportCheckpoint,
    ImportRow,
    MatchCheck,
    MatchingRules,
    MatchKey,
    Note,
    NoteReader,
    Notification,
    NotificationChoice,
    NotNowReason,
    PeopleSettings,
    PersonMark,
    PhoneNumber,
    PoolDeparture,
    PoolExclusion,
    PoolMembership,
    PoolWatch,
    ProfileLink,
    Proposal,
    RejectionReason,
    Resume,
    ResumeUpload,
    SavedSearch,
    SearchMatch,
    SearchPin,
    Skill,
    SkillAlias,
    Snooze,
    Source,
    SpokenLanguage,
    Suppression,
    Tag,
    TalentPool,
    Task,
    Touchpoint,
    WorkExperience,
)
from candidates.services.exporting.running import withdraw_all
from candidates.services.files import delete_from_storage
from crm.data_map import (
    Category,
    Erasure,
    FieldRule,
    ModelMap,
    configuration,
    personal,
    technical,
    usage,
)
from crm.tenancy.bulk import among

WITH_PERSON = "As long as the candidate"
WITH_ORGANIZATION = "As long as the organization"
# The columns of `Sourced`: where a row comes from.
SOURCED = personal(
    Category.TECHNICAL, "provenance_kind", "provenance_label", "provenance_at"
) | personal(Category.USAGE, "provenance_by", exported=False)
# The columns of `Evidenced`: how sure we are of it.
EVIDENCED = personal(Category.OPINION, "evidence", "verified_at") | personal(
    Category.USAGE, "verified_by", exported=False
)

DATA_MAP: dict[type[Model], ModelMap] = {
    Source: ModelMap(
        "Says where candidates come from", WITH_ORGANIZATION, technical("id", "archived_at") | configuration("name")
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
        | personal(Category.COMMUNICATION, "created_at", "last_contacted_at", "last_replied_at")
        | personal(Category.USAGE, "owner", "created_by", exported=False)
        | personal(Category.TECHNICAL, "search_text", exported=False)
        | personal(Category.OPINION, "heat")
        | personal(Category.TECHNICAL, "provenance"),
    ),
    Proposal: ModelMap(
        "Values that wait for a person's word, because another person had set the present one",
        WITH_PERSON,
        technical("id") | personal(Category.IDENTITY, "candidate", "field", "value") | SOURCED,
    ),
    BulkAct: ModelMap(
        "One act on many people, such as tagging them: whom, how far it came",
        "The people until it is over, the rest as long as the organization",
        technical(
            "id", "action", "state", "chosen", "candidate_ids", "total", "done_count", "changed_count", "left_out",
            "problem", "change_set", "created_at", "finished_at", "beat_at", "restarts",
        )
        | configuration("title")
        | usage("created_by"),
    ),
    ChangeSet: ModelMap(
        "What one act (an import, a merge, a bulk edit) did to many people, so that it can be taken back",
        WITH_ORGANIZATION,
        technical(
            "id", "kind", "state", "link", "created_at", "applied_at", "counts", "undo_started_at",
            "undone_at", "undone_down_to", "beat_at", "forgotten_at",
        )
        | configuration("title")
        | usage("created_by", "undone_by"),
    ),
    Change: ModelMap(
        "What a change set changed, field by field",
        "The values for 30 days, the rest as long as the candidate",
        technical("id", "change_set")
        | personal(
            Category.IDENTITY, "candidate", "action", "model", "object_id", "field", "before", "after"
        )
        | personal(
            Category.TECHNICAL, "provenance", "outcome", "reason", "kept_by", "kept_at", exported=False
        ),
    ),
    ChangeMark: ModelMap(
        "How far the tables were filled when a part of a change set had been written",
        WITH_ORGANIZATION,
        technical("id", "change_set", "last_change", "ids"),
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
        technical("id")
        | personal(
            Category.PROFESSIONAL, "candidate", "field", "text", "number", "currency", "day", "yes",
            "option", "member",
        )
        | personal(Category.TECHNICAL, "normalized", "unique_key", "attachment", exported=False)
        | SOURCED,
    ),
    CandidateFile: ModelMap(
        "Documents that members keep with a person",
        "As long as the candidate; without a value that names it, 30 days",
        technical("id")
        | personal(Category.PROFESSIONAL, "candidate", "file_name", "kind", "size", "created_at")
        | personal(Category.TECHNICAL, "file", exported=False)
        | personal(Category.USAGE, "created_by", exported=False),
    ),
    Note: ModelMap(
        "Remembering what was said",
        WITH_PERSON,
        technical("id")
        | personal(Category.OPINION, "candidate", "body", "created_at", "edited_at")
        | personal(Category.USAGE, "author", "is_private", exported=False),
    ),
    NoteReader: ModelMap(
        "With whom the author of a private note shares it",
        WITH_PERSON,
        technical("id") | personal(Category.USAGE, "candidate", "note", "user", exported=False),
    ),
    Task: ModelMap(
        "Keeping promises to candidates",
        WITH_PERSON,
        technical("id")
        | personal(
            Category.COMMUNICATION,
            "candidate", "title", "due_on", "due_time", "created_at", "done_at",
        )
        | personal(
            Category.USAGE,
            "assignee", "created_by", "origin", "about", "link", "follows",
            "repeat_unit", "repeat_every", "repeat_from", "repeat_until",
            exported=False,
        ),
    ),
    **{
        model: ModelMap(
            "Words to choose from",
            WITH_ORGANIZATION,
            technical("id", "archived_at") | configuration("name", "normalized"),
        )
        for model in (RejectionReason, NotNowReason, ContactKind)
    },
    PeopleSettings: ModelMap(
        "What an organization sets about its people",
        WITH_ORGANIZATION,
        technical("id") | configuration("cold_after_days", "tag_makers", "shows_match"),
    ),
    Snooze: ModelMap(
        "Leaving people alone as long as they asked for",
        WITH_PERSON,
        technical("id")
        | personal(
            Category.OPINION,
            "candidate", "until_on", "reason", "note", "status_before", "created_at", "ended_at",
        )
        | personal(Category.USAGE, "created_by", exported=False),
    ),
    Notification: ModelMap(
        "Telling members what happened",
        "90 days; what names a candidate at most as long as the candidate",
        technical("id", "kind", "key", "link")
        | personal(Category.COMMUNICATION, "candidate", "text", exported=False)
        | usage("user", "created_at", "read_at", "mail_due_at", "mailed_at"),
    ),
    NotificationChoice: ModelMap(
        "What a member wants to be told", WITH_ORGANIZATION, technical("id") | usage("user", "kind", "delivery")
    ),
    CandidateWatch: ModelMap(
        "Which members follow a candidate",
        WITH_PERSON,
        technical("id")
        | personal(Category.USAGE, "user", "candidate", "told_at", exported=False),
    ),
    PoolWatch: ModelMap(
        "Which members follow a pool", WITH_ORGANIZATION, technical("id", "pool") | usage("user", "told_at")
    ),
    Touchpoint: ModelMap(
        "The history with a candidate",
        WITH_PERSON,
        technical("id")
        | personal(Category.COMMUNICATION, "candidate", "kind", "at", "summary", "body", "changes")
        | personal(Category.USAGE, "actor", "note", "link", exported=False),
    ),
    TalentPool: ModelMap(
        "Groups of candidates with a purpose",
        WITH_ORGANIZATION,
        technical("id", "created_at", "archived_at", "problem", "filled_at", "due_at")
        | configuration(
            "name", "description", "cold_after_days", "team", "target_size", "target_on", "query"
        )
        | usage("owner"),
    ),
    PoolMembership: ModelMap(
        "Who is in which pool, and why",
        WITH_PERSON,
        technical("id")
        | personal(Category.OPINION, "pool", "candidate", "reason", "added_at", "origin")
        | personal(Category.USAGE, "added_by", exported=False),
    ),
    PoolExclusion: ModelMap(
        "Who was taken out of a pool by hand, so that its rule does not bring them back",
        WITH_PERSON,
        technical("id")
        | personal(Category.OPINION, "pool", "candidate", "excluded_at")
        | personal(Category.USAGE, "excluded_by", exported=False),
    ),
    PoolDeparture: ModelMap(
        "Who left which pool, and why",
        "90 days, at most as long as the candidate",
        technical("id")
        | personal(Category.OPINION, "pool", "candidate", "reason", "left_at")
        | personal(Category.USAGE, "by", exported=False),
    ),
    MatchingRules: ModelMap(
        "Which spellings of an address name the same mailbox",
        WITH_ORGANIZATION,
        technical("id") | configuration("ignores_dots", "ignores_plus"),
    ),
    MatchCheck: ModelMap(
        "Who is to be compared with all others, so that nobody stands here twice",
        "Until the next comparison, a minute or so",
        technical("id") | personal(Category.TECHNICAL, "candidate", exported=False),
    ),
    SavedSearch: ModelMap(
        "Searches that members keep under a name",
        WITH_ORGANIZATION,
        technical("id", "told_at", "created_at")
        | configuration("name", "query", "is_shared", "alert")
        | usage("owner"),
    ),
    SearchPin: ModelMap(
        "Which searches a member keeps at hand", WITH_ORGANIZATION, technical("id", "search") | usage("user")
    ),
    SearchMatch: ModelMap(
        "Whom a saved search has found, so that nobody is told of twice",
        WITH_PERSON,
        technical("id", "search") | personal(Category.TECHNICAL, "candidate", exported=False),
    ),
    MatchKey: ModelMap(
        "Finding records of the same person",
        WITH_PERSON,
        technical("id") | personal(Category.TECHNICAL, "candidate", "key", exported=False),
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
    DuplicatePair: ModelMap(
        "Records that may be of the same person, for somebody to look at",
        "Until merged or told apart, at most as long as the candidate",
        technical("id")
        | personal(
            Category.OPINION, "candidate", "other", "confidence", "reasons", "is_leading", "found_at",
            exported=False,
        ),
    ),
    Distinction: ModelMap(
        "Remembering that two records are of two people",
        WITH_PERSON,
        technical("id")
        | personal(Category.OPINION, "candidate", "other", exported=False)
        | personal(Category.USAGE, "decided_by", "decided_at", exported=False),
    ),
    FormerId: ModelMap(
        "Old addresses of a merged record lead to the one that stayed",
        WITH_PERSON,
        technical("id") | personal(Category.TECHNICAL, "candidate", "number", exported=False),
    ),
    Suppression: ModelMap(
        "Not writing to, and not importing again, who must not be (GDPR Art. 21(3))",
        "As long as the organization; a keyed hash only",
        technical("id", "kind", "digest", "reason", "created_at"),
    ),
    Import: ModelMap(
        "One uploaded file's journey",
        "As long as the organization; the file itself until its people are imported, at most 30 days",
        technical(
            "file", "kind", "header_line", "recognized",
            "id", "file_digest", "encoding", "delimiter", "skipped_lines", "notices", "hints", "state",
            "problem", "row_count", "done_count", "counts", "created_at", "started_at",
            "finished_at", "beat_at", "restarts", "change_set",
        )
        | configuration("file_name", "sheet", "sheets", "header", "mapping", "policy", "policies", "lawful_basis", "source", "pool", "tag")
        | usage("owner", "created_by"),
    ),
    Export: ModelMap(
        "Files of candidates that somebody asked for",
        "The file three days, or until somebody in it is erased; that it was made, as long as the organization",
        technical(
            "id", "kind", "format", "state", "problem", "total", "done_count", "file", "size", "created_at",
            "finished_at", "expires_at", "beat_at", "restarts",
        )
        | {"wanted": FieldRule(Category.USAGE, Erasure.BLANK)}
        | usage("created_by"),
    ),
    ResumeUpload: ModelMap(
        "Résumés that were dropped at one time",
        WITH_ORGANIZATION,
        technical("id", "created_at") | configuration("source", "pool", "lawful_basis") | usage("created_by"),
    ),
    Resume: ModelMap(
        "Résumés as they came, and what was read out of them",
        "As long as the candidate; 30 days where nobody reviews them",
        technical("id", "upload")
        | personal(Category.PROFESSIONAL, "candidate", "file_name", "text", "fields", "created_at")
        | personal(
            Category.TECHNICAL, "match", "match_reason", "file", "digest", "size", "kind", "pages",
            "notices", "reader_version", "search_text", "state", "problem", "beat_at", "tries",
            exported=False,
        )
        | personal(Category.USAGE, "created_by", "decided_at", "decided_by", exported=False),
    ),
    ImportCheckpoint: ModelMap(
        "How far the check of a file came",
        "Until the file is checked",
        technical("id", "import_file", "line", "marks"),
    ),
    ImportRow: ModelMap(
        "What became of each row of a file",
        "The row as long as the import; its cells as long as the candidate",
        technical("id", "import_file", "line", "state", "outcome")
        | {
            name: FieldRule(Category.IDENTITY, Erasure.BLANK, exported=True)
            for name in ("cells", "reason", "details", "candidate")
        },
    ),
}  # fmt: skip

# Each candidate's rows, children before what they point to.
CHILDREN: tuple[type[Model], ...] = (
    Change,
    Proposal,
    Touchpoint,
    NoteReader,
    Note,
    Notification,
    CandidateWatch,
    Snooze,
    Task,
    PoolMembership,
    PoolExclusion,
    PoolDeparture,
    CandidateTag,
    CandidateSkill,
    WorkExperience,
    Education,
    CandidatePreference,
    SpokenLanguage,
    CandidateCustomValue,
    CandidateFile,
    EmailAddress,
    PhoneNumber,
    ProfileLink,
    CandidatePlace,
    FormerId,
)
# Rows between two people, which go with either.
BETWEEN: tuple[type[Model], ...] = (Distinction, DuplicatePair)
# Noted while the rows above go: the last of all.
NOTED: tuple[type[Model], ...] = (MatchKey, MatchCheck, PersonMark, SearchMatch)


# What numbers in these rows stand for: the person's own export says it.
IN_WORDS: dict[type[Model], tuple[str, ...]] = {
    CandidateCustomValue: ("field__name", "option__name"),
    CandidateSkill: ("skill__name",),
    CandidateTag: ("tag__name",),
    PoolMembership: ("pool__name",),
    PoolExclusion: ("pool__name",),
    PoolDeparture: ("pool__name",),
}


def export_candidate(candidate: Candidate) -> dict[str, Any]:
    """Everything the candidates app knows of one person, by the data map: for an access request."""

    def exported(model: type[Model], rows: Any) -> list[dict[str, Any]]:
        names = [name for name, rule in DATA_MAP[model].fields.items() if rule.exported]
        words = IN_WORDS.get(model, ())
        return list(rows.values(*(name for name in names if name != "candidate"), *words))

    held: tuple[type[Model], ...] = (*CHILDREN, Resume, ImportRow)
    return {
        "candidate": exported(Candidate, Candidate.objects.filter(pk=candidate.pk))[0],
        **{
            str(model._meta.verbose_name_plural): exported(
                model, model._default_manager.filter(candidate=candidate)
            )
            for model in held
        },
    }


def erase_candidates(candidate_ids: Sequence[int]) -> dict[str, int]:
    """Delete these people and their rows, set by set; returns rows by model.

    Rows of imported files stay for the file's counts, without their cells.
    """
    people = among(candidate_ids)
    counts = {
        "candidates.ImportRow": ImportRow.objects.filter(candidate__in=people).update(
            cells=[], reason="", details={}, candidate=None
        )
    }
    # Files already made may hold these people.
    counts["candidates.Export"] = withdraw_all("Somebody was erased after it was asked for.")
    # Also those that nobody reviewed yet, and that seem to be of one of these people.
    resumes = Resume.objects.filter(Q(candidate__in=people) | Q(match__in=people))
    delete_from_storage(resumes.only("pk", "organization", "file"))
    counts["candidates.Resume"] = resumes._raw_delete(resumes.db)
    files = CandidateFile.objects.filter(candidate__in=people)
    delete_from_storage(files.only("pk", "organization", "file"))
    for model in BETWEEN:
        rows = model._default_manager.filter(Q(candidate__in=people) | Q(other__in=people))
        counts[model._meta.label] = rows._raw_delete(rows.db)
    for model in (*CHILDREN, *NOTED):
        rows = model._default_manager.filter(candidate__in=people)
        counts[model._meta.label] = rows._raw_delete(rows.db)
    erased = Candidate.objects.filter(pk__in=people)
    counts["candidates.Candidate"] = erased._raw_delete(erased.db)
    return counts

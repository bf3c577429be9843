"""The data map of what members do with people: notes, tasks, the timeline, pools, searches, settings."""

from django.db.models import Model

from candidates.models import (
    CandidateWatch,
    ContactKind,
    Note,
    NoteReader,
    Notification,
    NotificationChoice,
    NotNowReason,
    PeopleSettings,
    PoolDeparture,
    PoolExclusion,
    PoolMembership,
    PoolWatch,
    RejectionReason,
    SavedSearch,
    SearchMatch,
    SearchPin,
    Snooze,
    TalentPool,
    Task,
    Touchpoint,
)
from candidates.privacy.words import WITH_ORGANIZATION, WITH_PERSON
from crm.data_map import Category, ModelMap, configuration, personal, technical, usage

DATA_MAP: dict[type[Model], ModelMap] = {
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
}  # fmt: skip

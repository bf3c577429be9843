"""The data map of campaigns, what a person's export holds of them, and how they are erased."""

from collections.abc import Sequence as Ids
from typing import Any

from django.db.models import Model

from campaigns.models import (
    AutoEnrollment,
    CandidacyMail,
    CarriedNotice,
    ContentClick,
    ContentFile,
    ContentItem,
    Enrollment,
    Hold,
    MailAccount,
    Mailbox,
    MailReader,
    Message,
    MessageEvent,
    PersonalMail,
    Sender,
    SendingRules,
    SendPermission,
    Sequence,
    SharedContent,
    Signature,
    Snippet,
    Step,
    StepVariant,
    Template,
    TemplateText,
)
from candidates.models import Candidate, EmailAddress
from crm.data_map import Category, ModelMap, configuration, personal, technical, usage
from crm.tenancy.bulk import among, among_texts

WITH_PERSON = "As long as the candidate"
WITH_ORGANIZATION = "As long as the organization"

DATA_MAP: dict[type[Model], ModelMap] = {
    MailAccount: ModelMap(
        "Providers and mail servers that senders go out through, with sealed keys",
        WITH_ORGANIZATION,
        technical("id", "secret", "checked_at", "problem")
        | configuration("name", "kind", "host", "port", "security", "username", "domain"),
    ),
    Mailbox: ModelMap(
        "Members' own mailboxes, read for mail of candidates, with sealed passwords",
        WITH_ORGANIZATION,
        technical(
            "id", "secret", "since", "positions", "next_sync_at", "tried_at", "synced_at", "behind",
            "failures", "problem", "seen_count", "kept_count",
        )
        | configuration("host", "port", "security", "username", "folders", "ignored", "begins_private")
        | usage("user", "address"),
    ),
    Template: ModelMap(
        "Mails to begin with",
        WITH_ORGANIZATION,
        technical("id", "created_at", "archived_at")
        | configuration("name", "folder", "visibility")
        | usage("owner"),
    ),
    TemplateText: ModelMap(
        "What templates say, version by version",
        WITH_ORGANIZATION,
        technical("id", "version", "created_at")
        | configuration("template", "language", "subject", "body")
        | usage("created_by"),
    ),
    Snippet: ModelMap(
        "Sentences to drop into mails",
        WITH_ORGANIZATION,
        technical("id") | configuration("name", "body") | usage("owner"),
    ),
    ContentItem: ModelMap(
        "Links and files to show people",
        WITH_ORGANIZATION,
        technical("id", "key", "created_at", "archived_at")
        | configuration("kind", "title", "description", "tags", "url", "file")
        | usage("owner"),
    ),
    ContentFile: ModelMap(
        "Files of the content library",
        "As long as the item, or until another takes its place",
        technical("id", "file", "kind", "size")
        | configuration("file_name")
        | usage("created_by", "created_at"),
    ),
    Signature: ModelMap(
        "How members sign",
        WITH_ORGANIZATION,
        technical("id") | usage("user", "body"),
    ),
    SendPermission: ModelMap(
        "Who may send in a colleague's name",
        WITH_ORGANIZATION,
        technical("id", "state", "asked_at", "decided_at") | usage("sender", "user"),
    ),
    Sender: ModelMap(
        "Addresses that mail goes out from",
        WITH_ORGANIZATION,
        technical("id", "paused_at", "paused_because", "blocked_until", "blocked_because")
        | configuration(
            "name", "address", "daily_cap", "hourly_cap", "gap_seconds", "window_days",
            "window_start", "window_end", "time_zone", "account",
        )
        | usage("user"),
    ),
    Sequence: ModelMap(
        "Planned follow-ups",
        WITH_ORGANIZATION,
        technical("id", "state", "version", "created_at")
        | configuration(
            "name", "sender", "zone_of", "window_days", "window_start", "window_end", "holidays",
            "starts_per_day", "entry", "is_exclusive", "quiet_days", "stops_on_reply",
            "stops_on_other_mail", "stops_on_interview", "stops_on_bounce", "stop_kinds",
            "stop_names", "after_not_now",
        )
        | usage("owner"),
    ),
    Step: ModelMap(
        "What a sequence sends, and when",
        WITH_ORGANIZATION,
        technical("id", "version", "lineage")
        | configuration(
            "sequence", "position", "kind", "wait_business_days", "on_date", "subject", "body",
            "task_title", "template", "pool", "pool_act", "paused_at",
        ),
    ),
    StepVariant: ModelMap(
        "Other wordings of a mail",
        WITH_ORGANIZATION,
        technical("id") | configuration("step", "letter", "language", "subject", "body"),
    ),
    AutoEnrollment: ModelMap(
        "Pools, stages and events whose people join a sequence by themselves",
        WITH_ORGANIZATION,
        technical("id", "since")
        | configuration("sequence", "pool", "stage", "event", "job", "ends_on_leaving")
        | usage("created_by"),
    ),
    SendingRules: ModelMap(
        "Limits of all mail",
        WITH_ORGANIZATION,
        technical("id", "blocked_until", "unfinished", "one_by_one")
        | configuration(
            "daily_cap", "domain_cap", "budget_mails", "budget_days", "quiet_start", "quiet_end",
            "bounce_limit", "complaint_limit", "counts_clicks",
        ),
    ),
    PersonalMail: ModelMap(
        "Mail written for one person",
        WITH_PERSON,
        technical("id")
        | personal(Category.COMMUNICATION, "step", "candidate", "subject", "body")
        | personal(Category.USAGE, "written_by", "written_at", exported=False),
    ),
    Hold: ModelMap(
        "Why something waited",
        WITH_PERSON,
        technical("id")
        | personal(
            Category.TECHNICAL, "at", "until", "because", "enrollment", "message", "sequence",
            "sender", exported=False,
        ),
    ),
    Enrollment: ModelMap(
        "Who is on which sequence",
        WITH_PERSON,
        technical("id")
        | personal(
            Category.COMMUNICATION, "sequence", "candidate", "state", "stop_reason", "reached",
            "enrolled_at", "ended_at",
        )
        | personal(
            Category.USAGE, "next_step", "next_at", "waits_for", "enrolled_by", "version",
            "started_at", "crashes", "auto", "takes_up", exported=False,
        ),
    ),
    Message: ModelMap(
        "Mails out and in: the outbox, and the proof of what was written",
        WITH_PERSON,
        technical("id")
        | personal(
            Category.COMMUNICATION, "direction", "state", "candidate", "from_address", "to_address",
            "subject", "body_text", "created_at", "sent_at",
        )
        | personal(
            Category.TECHNICAL, "enrollment", "step", "sender", "body_html", "message_id", "to_domain", "variant",
            "in_reply_to", "references", "due_at", "claimed_at", "handed_at", "handed_through", "attempts", "crashes",
            "waits_for", "problem", "provider_id", "is_automatic", "matched_by", exported=False,
        )
        | personal(
            Category.USAGE, "suggested_intent", "intent", "sorted_at", "sorted_by", "template",
            "is_private", "member", exported=False,
        ),
    ),
    CandidacyMail: ModelMap(
        purpose="Which candidacy a mail is about",
        retention="As long as the mail",
        fields={
            **technical("id", "organization", "message", "key", "calendar_method", "is_expected"),
            **personal(Category.COMMUNICATION, "candidacy", "calendar", exported=False),
        },
    ),
    CarriedNotice: ModelMap(
        "What a mail told of where the person's data came from (GDPR Art. 14)",
        WITH_PERSON,
        technical("id")
        | personal(Category.COMMUNICATION, "message", "text")
        | personal(Category.TECHNICAL, "is_own", exported=False),
    ),
    SharedContent: ModelMap(
        "Which links and files a person was shown",
        WITH_PERSON,
        technical("id")
        | personal(Category.COMMUNICATION, "item", "message", "candidate", "created_at")
        | personal(Category.USAGE, "shared_by", "is_tracked", exported=False),
    ),
    ContentClick: ModelMap(
        "When a person opened what they were shown, where the organization counts clicks",
        WITH_PERSON,
        technical("id") | personal(Category.COMMUNICATION, "shared", "at", "machine"),
    ),
    MailReader: ModelMap(
        "Colleagues with whom a member shares a private mail",
        WITH_PERSON,
        technical("id") | personal(Category.USAGE, "message", "user", exported=False),
    ),
    MessageEvent: ModelMap(
        "What the provider said of a mail",
        WITH_PERSON,
        technical("id")
        | personal(Category.COMMUNICATION, "message", "kind", "at", "description")
        | personal(Category.TECHNICAL, "event_id", exported=False),
    ),
}  # fmt: skip


def export_candidate(candidate: Candidate) -> dict[str, Any]:
    """The person's mails and sequences, for the answer to an access request."""
    messages = Message.objects.filter(candidate=candidate).order_by("created_at", "id")
    events = MessageEvent.objects.filter(message__candidate=candidate).order_by("at", "id")
    enrollments = Enrollment.objects.filter(candidate=candidate).order_by("enrolled_at", "id")
    return {
        "mails": list(
            messages.values(
                "direction", "state", "from_address", "to_address", "subject", "body_text",
                "created_at", "sent_at",
            )
        ),
        "mails written for you": list(
            PersonalMail.objects.filter(candidate=candidate)
            .order_by("written_at", "id")
            .values("subject", "body")
        ),
        "privacy notices in mails": list(
            CarriedNotice.objects.filter(message__candidate=candidate)
            .order_by("pk")
            .values("message__sent_at", "text")
        ),
        "links and files shown to you": list(
            SharedContent.objects.filter(candidate=candidate)
            .order_by("created_at", "id")
            .values("item__title", "item__url", "message__subject", "created_at")
        ),
        "when you opened them": list(
            ContentClick.objects.filter(shared__candidate=candidate)
            .order_by("at", "id")
            .values("shared__item__title", "at", "machine")
        ),
        "mail events": list(events.values("kind", "at", "description")),
        "sequences": list(
            enrollments.values(
                "sequence__name", "state", "stop_reason", "reached", "enrolled_at", "ended_at"
            )
        ),
    }  # fmt: skip


def erase_candidates(candidate_ids: Ids[int]) -> dict[str, int]:
    """Delete the mails and enrollments of these people, set by set; returns rows by model.

    Also mail that they wrote and nobody matched yet.
    """
    people = among(candidate_ids)
    addresses = EmailAddress.objects.filter(candidate__in=people).values_list(
        "normalized", flat=True
    )
    unmatched = Message.objects.filter(candidate=None, from_address__in=among_texts(addresses))
    unmatched_count = unmatched._raw_delete(unmatched.db)
    counts: dict[str, int] = {}
    for model, path in (
        (ContentClick, "shared__candidate__in"),
        (SharedContent, "candidate__in"),
        (CandidacyMail, "message__candidate__in"),
        (CarriedNotice, "message__candidate__in"),
        (Hold, "enrollment__candidate__in"),
        (Hold, "message__candidate__in"),
        (PersonalMail, "candidate__in"),
        (MailReader, "message__candidate__in"),
        (MessageEvent, "message__candidate__in"),
        (Message, "candidate__in"),
        (Enrollment, "candidate__in"),
    ):
        rows = model._default_manager.filter(**{path: people})
        counts[model._meta.label] = counts.get(model._meta.label, 0) + (
            rows._raw_delete(rows.db) or 0
        )
    # Nothing at all to look for gives None.
    counts[Message._meta.label] += unmatched_count or 0
    return counts

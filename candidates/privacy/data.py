"""The data map of what comes in and goes out: imports, résumés, exports, duplicates, and change sets."""

from django.db.models import Model

from candidates.models import (
    BulkAct,
    Change,
    ChangeMark,
    ChangeSet,
    Distinction,
    DuplicatePair,
    Export,
    FormerId,
    Import,
    ImportCheckpoint,
    ImportRow,
    MatchCheck,
    MatchingRules,
    MatchKey,
    Proposal,
    Resume,
    ResumeUpload,
)
from candidates.privacy.words import SOURCED, WITH_ORGANIZATION, WITH_PERSON
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

DATA_MAP: dict[type[Model], ModelMap] = {
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
    MatchKey: ModelMap(
        "Finding records of the same person",
        WITH_PERSON,
        technical("id") | personal(Category.TECHNICAL, "candidate", "key", exported=False),
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

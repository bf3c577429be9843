"""What jobs and candidacies hold about people, and how they go."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model

from candidates.models import Candidate
from candidates.privacy.words import OWN_VALUE, VALUE_OF_WORK
from crm.data_map import (
    Category,
    ModelMap,
    configuration,
    personal,
    technical,
    usage,
)
from crm.tenancy.bulk import among
from pipelines import privacy_of_talks
from pipelines.models import (
    Candidacy,
    CandidacyCustomValue,
    Criterion,
    Job,
    JobCustomValue,
    JobMember,
    JobPool,
    JobSkill,
    JobStatusChange,
    MatchCriteria,
    Pipeline,
    PoolPlace,
    PoolStageChange,
    RuleRun,
    Scorecard,
    ScorecardRating,
    Stage,
    StageChange,
    StageRule,
)

WITH_ORGANIZATION = "As long as the organization"
WITH_CANDIDATE = "As long as the candidate"

DATA_MAP: dict[type[Model], ModelMap] = {
    **privacy_of_talks.DATA_MAP,
    Pipeline: ModelMap(
        purpose="The stages of a job or a pool, or a template of them",
        retention=WITH_ORGANIZATION,
        fields={**technical("id", "organization", "pool"), **configuration("name", "is_template")},
    ),
    Stage: ModelMap(
        purpose="One step of a pipeline",
        retention=WITH_ORGANIZATION,
        fields={
            **technical("id", "organization", "pipeline", "position"),
            **configuration(*Stage.SETTINGS),
        },
    ),
    StageRule: ModelMap(
        purpose="What happens by itself when somebody enters a stage",
        retention=WITH_ORGANIZATION,
        fields={
            **technical("id", "organization", "stage", "to"),
            **configuration("action", "after_hours", "title", "body", "due_in_days", "whom"),
            **configuration("paused_at"),
            **usage("member", "created_by", "created_at"),
        },
    ),
    RuleRun: ModelMap(
        purpose="What a stage rule did for one candidacy",
        retention=WITH_CANDIDATE,
        fields={
            **technical("id", "organization", "rule", "change", "due_at", "state", "failures"),
            **personal(Category.USAGE, "candidacy", "outcome", "ended_at", exported=False),
        },
    ),
    Criterion: ModelMap(
        purpose="Something that is judged on scorecards",
        retention=WITH_ORGANIZATION,
        fields={
            **technical("id", "organization", "pipeline", "stage", "position"),
            **configuration("name", "hint"),
        },
    ),
    Job: ModelMap(
        purpose="An opening being filled",
        retention=WITH_ORGANIZATION,
        fields={
            **technical("id", "organization", "pipeline"),
            **configuration(
                *("title", "code", "place", "remote", "description", "openings"),
                *("is_confidential", "status", "opened_on", "on_hold_on", "closed_on"),
                *("salary_min", "salary_max", "salary_currency", "salary_period"),
                "salary_seen_by",
            ),
            **usage("owner", "created_at"),
        },
    ),
    JobMember: ModelMap(
        purpose="Who works on a job, in which role, and so sees it and its people",
        retention=WITH_ORGANIZATION,
        fields={**technical("id", "organization", "job"), **usage("user", "role")},
    ),
    JobStatusChange: ModelMap(
        purpose="From when on a job was open, on hold, filled or cancelled",
        retention=WITH_ORGANIZATION,
        fields={
            **technical("id", "organization", "job"),
            **configuration("status", "since_on"),
            **usage("by", "at"),
        },
    ),
    MatchCriteria: ModelMap(
        purpose="What counts when people are matched with a job",
        retention=WITH_ORGANIZATION,
        fields={
            **technical("id", "organization", "job"),
            **configuration(
                *("seniority", "languages", "within_km", "starts_by", "must_weight", "nice_weight"),
                *("seniority_weight", "place_weight", "working_weight", "language_weight"),
                *("start_weight", "past_weight"),
            ),
        },
    ),
    JobSkill: ModelMap(
        purpose="The skills that a job asks for",
        retention=WITH_ORGANIZATION,
        fields={**technical("id", "organization", "job"), **configuration("skill", "need")},
    ),
    JobPool: ModelMap(
        purpose="Which pools a job's shortlist looks into",
        retention=WITH_ORGANIZATION,
        fields={**technical("id", "organization", "job"), **configuration("pool")},
    ),
    Candidacy: ModelMap(
        purpose="That a candidate is considered for a job, and how far it went",
        retention=WITH_CANDIDATE,
        fields={
            **technical("id", "organization", "version"),
            **personal(
                Category.PROFESSIONAL,
                "job",
                "candidate",
                "stage",
                "origin",
                "entered_stage_at",
                "created_at",
                "closed_at",
                "rejection_reason",
                "rejection_note",
            ),
            **personal(Category.OPINION, "rating"),
            **personal(
                Category.USAGE, "created_by", "shortlisted_at", "shortlisted_by", exported=False
            ),
        },
    ),
    JobCustomValue: ModelMap(
        purpose="What one job has in the organization's own fields",
        retention=WITH_ORGANIZATION,
        fields=technical("organization", "job") | VALUE_OF_WORK,
    ),
    CandidacyCustomValue: ModelMap(
        purpose="What somebody has in the organization's own fields, for one job",
        retention=WITH_CANDIDATE,
        fields=technical("organization") | personal(Category.PROFESSIONAL, "candidacy") | OWN_VALUE,
    ),
    StageChange: ModelMap(
        purpose="The history of a candidacy",
        retention=WITH_CANDIDATE,
        fields={
            **technical("id", "organization"),
            **personal(Category.PROFESSIONAL, "candidacy", "origin", "to", "at"),
            **personal(Category.PROFESSIONAL, "rejection_reason", "note"),
            **personal(Category.USAGE, "by", exported=False),
            **personal(Category.USAGE, "was_shortlisted_at", "was_shortlisted_by", exported=False),
        },
    ),
    PoolPlace: ModelMap(
        purpose="Where somebody stands in a pool that has stages",
        retention=WITH_CANDIDATE,
        fields={
            **technical("id", "organization", "membership", "version"),
            **personal(
                Category.PROFESSIONAL,
                *("pool", "candidate", "stage", "entered_stage_at", "created_at", "closed_at"),
            ),
            **personal(Category.USAGE, "created_by", exported=False),
        },
    ),
    PoolStageChange: ModelMap(
        purpose="The history of somebody in a pool that has stages",
        retention=WITH_CANDIDATE,
        fields={
            **technical("id", "organization"),
            **personal(Category.PROFESSIONAL, "place", "origin", "to", "at"),
            **personal(Category.USAGE, "by", exported=False),
        },
    ),
    Scorecard: ModelMap(
        purpose="What a colleague says of a candidate at one stage",
        retention=WITH_CANDIDATE,
        fields={
            **technical("id", "organization"),
            **personal(
                Category.OPINION, "candidacy", "stage", "verdict", "summary", "submitted_at"
            ),
            **personal(Category.USAGE, "author", "created_at", exported=False),
        },
    ),
    ScorecardRating: ModelMap(
        purpose="How one criterion was met",
        retention=WITH_CANDIDATE,
        fields={
            **technical("id", "organization", "criterion"),
            **personal(Category.OPINION, "scorecard", "name", "score", "note"),
        },
    ),
}


def export_candidate(candidate: Candidate) -> dict[str, Any]:
    """The person's candidacies with their history, for the answer to an access request."""
    candidacies = (
        Candidacy.objects.filter(candidate=candidate)
        .select_related("job", "stage", "rejection_reason")
        .order_by("created_at", "id")
    )
    history, judged = _history_of(candidate), _scorecards_of(candidate)
    own, sources = _fields_of(candidate)
    return {
        "candidacies": [
            {
                "job": candidacy.job.title,
                "stage": candidacy.stage.name,
                "origin": candidacy.get_origin_display(),
                "created_at": candidacy.created_at,
                "entered_stage_at": candidacy.entered_stage_at,
                "closed_at": candidacy.closed_at,
                "rating": candidacy.rating,
                "rejection_reason": _name(candidacy.rejection_reason),
                "rejection_note": candidacy.rejection_note,
                "fields": own.get(candidacy.pk, {}),
                "sources of the fields": sources.get(candidacy.pk, {}),
                "stage_changes": history.get(candidacy.pk, []),
                "scorecards": judged.get(candidacy.pk, []),
            }
            for candidacy in candidacies
        ],
        "pool_places": _pool_places_of(candidate),
        **privacy_of_talks.export_candidate(candidate),
    }


def _pool_places_of(candidate: Candidate) -> list[dict[str, Any]]:
    places = (
        PoolPlace.objects.filter(candidate=candidate)
        .select_related("pool", "stage")
        .order_by("created_at", "id")
    )
    history: dict[int, list[dict[str, Any]]] = {}
    for change in (
        PoolStageChange.objects.filter(place__candidate=candidate)
        .select_related("origin", "to")
        .order_by("at", "id")
    ):
        history.setdefault(change.place_id, []).append(
            {"at": change.at, "origin": _name(change.origin), "to": change.to.name}
        )
    return [
        {
            "pool": place.pool.name,
            "stage": place.stage.name,
            "created_at": place.created_at,
            "entered_stage_at": place.entered_stage_at,
            "closed_at": place.closed_at,
            "stage_changes": history.get(place.pk, []),
        }
        for place in places
    ]


def _history_of(candidate: Candidate) -> dict[int, list[dict[str, Any]]]:
    changes = (
        StageChange.objects.filter(candidacy__candidate=candidate)
        .select_related("origin", "to", "rejection_reason")
        .order_by("at", "id")
    )
    history: dict[int, list[dict[str, Any]]] = {}
    for change in changes:
        history.setdefault(change.candidacy_id, []).append(
            {
                "at": change.at,
                "origin": _name(change.origin),
                "to": change.to.name,
                "rejection_reason": _name(change.rejection_reason),
                "note": change.note,
            }
        )
    return history


def _fields_of(
    candidate: Candidate,
) -> tuple[dict[int, dict[str, str]], dict[int, dict[str, str]]]:
    """What each candidacy has in the organization's own fields, archived ones too, and where it is from."""
    rows = CandidacyCustomValue.objects.filter(candidacy__candidate=candidate)
    own: dict[int, dict[str, str]] = {}
    sources: dict[int, dict[str, str]] = {}
    for row in rows.select_related("field", "option", "member"):
        of_one = own.setdefault(row.candidacy_id, {})
        of_one[row.field.name] = ", ".join(filter(None, [of_one.get(row.field.name), row.shown]))
        sources.setdefault(row.candidacy_id, {})[row.field.name] = row.provenance_label
    return own, sources


def _scorecards_of(candidate: Candidate) -> dict[int, list[dict[str, Any]]]:
    """What was handed in; a draft is nobody's word yet."""
    cards = (
        Scorecard.objects.filter(candidacy__candidate=candidate, submitted_at__isnull=False)
        .select_related("stage")
        .prefetch_related("ratings")
        .order_by("submitted_at", "id")
    )
    judged: dict[int, list[dict[str, Any]]] = {}
    for card in cards:
        judged.setdefault(card.candidacy_id, []).append(
            {
                "stage": card.stage.name,
                "verdict": card.get_verdict_display(),
                "summary": card.summary,
                "submitted_at": card.submitted_at,
                "ratings": [
                    {"name": row.name, "score": row.get_score_display(), "note": row.note}
                    for row in card.ratings.all()
                ],
            }
        )
    return judged


def _name(row: Any) -> str | None:
    return row.name if row else None


# Children before what they point to.
OF_CANDIDACIES: tuple[tuple[type[Model], str], ...] = (
    (RuleRun, "candidacy__candidate"),
    (ScorecardRating, "scorecard__candidacy__candidate"),
    (Scorecard, "candidacy__candidate"),
    (StageChange, "candidacy__candidate"),
    (CandidacyCustomValue, "candidacy__candidate"),
    (Candidacy, "candidate"),
    (PoolStageChange, "place__candidate"),
    (PoolPlace, "candidate"),
)


def erase_candidates(candidate_ids: Sequence[int]) -> dict[str, int]:
    """Delete the candidacies of these people, and where they stand in pools; returns the number of rows by model. Set-based."""
    people = among(candidate_ids)
    counts = privacy_of_talks.erase_candidates(candidate_ids)
    for model, path in OF_CANDIDACIES:
        rows = model._default_manager.filter(**{f"{path}__in": people})
        counts[model._meta.label] = rows._raw_delete(rows.db)
    return counts

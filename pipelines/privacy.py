"""What jobs and candidacies hold about people, and how they go."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model

from candidates.models import Candidate
from crm.data_map import (
    Category,
    ModelMap,
    configuration,
    personal,
    technical,
    usage,
)
from crm.tenancy.bulk import among
from pipelines.models import Candidacy, Job, JobMember, Pipeline, Stage, StageChange

WITH_ORGANIZATION = "As long as the organization"
WITH_CANDIDATE = "As long as the candidate"

DATA_MAP: dict[type[Model], ModelMap] = {
    Pipeline: ModelMap(
        purpose="The stages of a job, or a template of them",
        retention=WITH_ORGANIZATION,
        fields={**technical("id", "organization"), **configuration("name", "is_template")},
    ),
    Stage: ModelMap(
        purpose="One step of a pipeline",
        retention=WITH_ORGANIZATION,
        fields={
            **technical("id", "organization", "pipeline", "position"),
            **configuration("name", "kind", "stale_after_days"),
        },
    ),
    Job: ModelMap(
        purpose="An opening being filled",
        retention=WITH_ORGANIZATION,
        fields={
            **technical("id", "organization", "pipeline"),
            **configuration(
                "title", "place", "description", "openings", "status", "opened_on", "closed_on"
            ),
            **usage("owner", "created_at"),
        },
    ),
    JobMember: ModelMap(
        purpose="Which hiring managers see a job and its people",
        retention=WITH_ORGANIZATION,
        fields={**technical("id", "organization", "job"), **usage("user")},
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
            ),
            **personal(Category.USAGE, "created_by", exported=False),
        },
    ),
    StageChange: ModelMap(
        purpose="The history of a candidacy",
        retention=WITH_CANDIDATE,
        fields={
            **technical("id", "organization"),
            **personal(Category.PROFESSIONAL, "candidacy", "origin", "to", "at"),
            **personal(Category.USAGE, "by", exported=False),
        },
    ),
}


def export_candidate(candidate: Candidate) -> dict[str, Any]:
    """The person's candidacies with their history, for the answer to an access request."""
    candidacies = (
        Candidacy.objects.filter(candidate=candidate)
        .select_related("job", "stage")
        .order_by("created_at", "id")
    )
    changes = (
        StageChange.objects.filter(candidacy__candidate=candidate)
        .select_related("origin", "to")
        .order_by("at", "id")
    )
    history: dict[int, list[dict[str, Any]]] = {}
    for change in changes:
        history.setdefault(change.candidacy_id, []).append(
            {
                "at": change.at,
                "origin": change.origin.name if change.origin else None,
                "to": change.to.name,
            }
        )
    return {
        "candidacies": [
            {
                "job": candidacy.job.title,
                "stage": candidacy.stage.name,
                "origin": candidacy.get_origin_display(),
                "created_at": candidacy.created_at,
                "entered_stage_at": candidacy.entered_stage_at,
                "closed_at": candidacy.closed_at,
                "stage_changes": history.get(candidacy.pk, []),
            }
            for candidacy in candidacies
        ]
    }


def erase_candidates(candidate_ids: Sequence[int]) -> dict[str, int]:
    """Delete the candidacies of these people; returns the number of rows by model. Set-based."""
    people = among(candidate_ids)
    changes = StageChange.objects.filter(candidacy__candidate__in=people)
    candidacies = Candidacy.objects.filter(candidate__in=people)
    return {
        "pipelines.StageChange": changes._raw_delete(changes.db),
        "pipelines.Candidacy": candidacies._raw_delete(candidacies.db),
    }

"""Jobs, the stages that candidates move through, and what interviewers say of them: one module per noun."""

from pipelines.models.candidacies import Candidacy, StageChange
from pipelines.models.jobs import Job, JobMember, JobPool, JobSkill, JobStatusChange
from pipelines.models.matching import MatchCriteria
from pipelines.models.scorecards import Criterion, Scorecard, ScorecardRating
from pipelines.models.stages import Pipeline, Stage

__all__ = [
    "Candidacy",
    "Criterion",
    "Job",
    "JobMember",
    "JobPool",
    "JobSkill",
    "JobStatusChange",
    "MatchCriteria",
    "Pipeline",
    "Scorecard",
    "ScorecardRating",
    "Stage",
    "StageChange",
]

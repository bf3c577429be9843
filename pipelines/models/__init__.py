"""Jobs, the stages that candidates move through, and what interviewers say of them: one module per noun."""

from pipelines.models.candidacies import Candidacy, CandidacySearch, StageChange
from pipelines.models.cards import Card
from pipelines.models.custom_values import (
    CandidacyCustomValue,
    CandidacyValueSearch,
    JobCustomValue,
)
from pipelines.models.interviews import CalendarFeed, Interview, Interviewer, OfferedTime
from pipelines.models.jobs import Job, JobMember, JobPool, JobSkill, JobStatusChange
from pipelines.models.matching import MatchCriteria
from pipelines.models.pools import PoolPlace, PoolPlaceSearch, PoolStageChange, StagedPool
from pipelines.models.referrals import Referral, ReferralLink
from pipelines.models.reviews import Review, ReviewLink, Unblinding
from pipelines.models.rules import RuleRun, StageRule
from pipelines.models.scorecards import Criterion, Scorecard, ScorecardRating
from pipelines.models.stages import Pipeline, Stage
from pipelines.models.watches import JobWatch

__all__ = [
    "CalendarFeed",
    "Candidacy",
    "CandidacyCustomValue",
    "CandidacySearch",
    "CandidacyValueSearch",
    "Card",
    "Criterion",
    "Interview",
    "Interviewer",
    "Job",
    "JobCustomValue",
    "JobMember",
    "JobPool",
    "JobSkill",
    "JobStatusChange",
    "JobWatch",
    "MatchCriteria",
    "OfferedTime",
    "Pipeline",
    "PoolPlace",
    "PoolPlaceSearch",
    "PoolStageChange",
    "Referral",
    "ReferralLink",
    "Review",
    "ReviewLink",
    "RuleRun",
    "Scorecard",
    "ScorecardRating",
    "Stage",
    "StageChange",
    "StageRule",
    "StagedPool",
    "Unblinding",
]

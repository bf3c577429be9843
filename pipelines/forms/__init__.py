"""What is asked about jobs, stages and moves: one module per noun."""

from pipelines.forms.candidacies import (
    RatingForm,
    RejectForm,
    RejectManyForm,
    ScorecardForm,
    TransferForm,
)
from pipelines.forms.jobs import JobForm, NewJobForm, TeamForm
from pipelines.forms.moving import (
    BY_HAND,
    IS_ASKED,
    AskedMoveForm,
    BulkJobForm,
    JobChoiceForm,
    ManyMovesForm,
    MoveForm,
    PoolChoiceForm,
)
from pipelines.forms.rules import RuleForm
from pipelines.forms.stages import (
    CriterionForm,
    NewStageForm,
    NewTemplateForm,
    PoolStagesForm,
    ShiftForm,
    StageForm,
    TemplateForm,
)

__all__ = [
    "BY_HAND",
    "IS_ASKED",
    "AskedMoveForm",
    "BulkJobForm",
    "CriterionForm",
    "JobChoiceForm",
    "JobForm",
    "ManyMovesForm",
    "MoveForm",
    "NewJobForm",
    "NewStageForm",
    "NewTemplateForm",
    "PoolChoiceForm",
    "PoolStagesForm",
    "RatingForm",
    "RejectForm",
    "RejectManyForm",
    "RuleForm",
    "ScorecardForm",
    "ShiftForm",
    "StageForm",
    "TeamForm",
    "TemplateForm",
    "TransferForm",
]

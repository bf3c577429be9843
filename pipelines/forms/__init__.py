"""What is asked about jobs, stages and moves: one module per noun."""

from pipelines.forms.jobs import JobForm, NewJobForm, TeamForm
from pipelines.forms.moving import BulkJobForm, JobChoiceForm, MoveForm, PoolChoiceForm
from pipelines.forms.stages import (
    CriterionForm,
    NewStageForm,
    NewTemplateForm,
    ShiftForm,
    StageForm,
    TemplateForm,
)

__all__ = [
    "BulkJobForm",
    "CriterionForm",
    "JobChoiceForm",
    "JobForm",
    "MoveForm",
    "NewJobForm",
    "NewStageForm",
    "NewTemplateForm",
    "PoolChoiceForm",
    "ShiftForm",
    "StageForm",
    "TeamForm",
    "TemplateForm",
]

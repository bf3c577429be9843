"""What is judged on scorecards: the criteria of a template or of one job."""

from django.db import transaction
from django.db.models import Max

from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError
from pipelines.models import Criterion, Pipeline, Stage


class CriterionUnclear(DomainError):
    """A criterion without a name, or one that stands at the same place already."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"“{name}” is judged there already. Choose another name or another stage."
            if name
            else "A criterion needs a name. Nothing was changed."
        )


@transaction.atomic
def add_criterion(
    pipeline: Pipeline, *, by: User | None, name: str, hint: str = "", stage: Stage | None = None
) -> Criterion:
    """Let something be judged at one stage, or at every one; scorecards that exist stay as they are."""
    name = " ".join(name.split())[:80]
    if not name or pipeline.criteria.filter(name__iexact=name, stage=stage).exists():
        raise CriterionUnclear(name)
    last = pipeline.criteria.aggregate(last=Max("position"))["last"]
    criterion = Criterion.objects.create(
        pipeline=pipeline,
        stage=stage,
        name=name,
        hint=hint.strip()[:300],
        position=0 if last is None else last + 1,
    )
    record("criterion.added", pipeline, by=by, criterion=criterion.pk)
    return criterion


@transaction.atomic
def remove_criterion(criterion: Criterion, *, by: User | None) -> None:
    """Ask no more; what was judged keeps its name on the scorecards."""
    record("criterion.removed", criterion.pipeline, by=by, criterion=criterion.pk)
    criterion.delete()

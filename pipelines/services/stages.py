"""The stages of a template, of one job or of one pool: adding, naming, ordering, removing."""

from typing import Any

from django.db import transaction
from django.db.models import Max

from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError
from pipelines.models import Pipeline, PoolStageChange, Stage, StageChange
from pipelines.services.jobs import copy_stages, ensure_default_pipeline


class StageInUse(DomainError):
    """A stage that people are in, or have been in, is part of their history."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(
            f"“{stage}” is part of the history of people here. Rename it, or leave it empty."
        )


class StageNameTaken(DomainError):
    """Two stages of one pipeline could not be told apart."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a stage “{name}” already. Choose another name.")


class NoFirstStage(DomainError):
    """New people need a stage to start in."""

    def __init__(self) -> None:
        super().__init__(
            "The first stage must be one that people start in, not one that ends a candidacy."
        )


class ClosingInPool(DomainError):
    """One leaves a pool by being taken out of it."""

    def __init__(self) -> None:
        super().__init__(
            "A pool has no stage that ends a candidacy: people leave it by being taken out. Choose another kind."
        )


class LastTemplate(DomainError):
    """New jobs need a template to copy."""

    def __init__(self) -> None:
        super().__init__("This is the only template. Add another one before removing it.")


class NoTemplate(DomainError):
    """The stages of a job go with the job."""

    def __init__(self, pipeline: Pipeline) -> None:
        super().__init__(f"“{pipeline}” are the stages of a job or a pool, not a template.")


@transaction.atomic
def create_template(*, by: User | None, name: str, copy_of: Pipeline | None = None) -> Pipeline:
    """A new template with the stages of another one (of the first one if none is named)."""
    origin = copy_of or ensure_default_pipeline()
    template = Pipeline.objects.create(name=name, is_template=True)
    copy_stages(origin, template)
    record("template.created", template, by=by)
    return template


@transaction.atomic
def rename_template(template: Pipeline, *, by: User | None, name: str) -> Pipeline:
    if not template.is_template:
        raise NoTemplate(template)
    template.name = name
    template.save(update_fields=["name"])
    record("template.renamed", template, by=by)
    return template


@transaction.atomic
def remove_template(template: Pipeline, *, by: User | None) -> None:
    """Remove a template; the jobs made from it have their own copies and stay as they are."""
    if not template.is_template:
        raise NoTemplate(template)
    if not Pipeline.objects.filter(is_template=True).exclude(pk=template.pk).exists():
        raise LastTemplate
    record("template.removed", template, by=by)
    template.delete()


@transaction.atomic
def add_stage(
    pipeline: Pipeline,
    *,
    by: User | None,
    name: str,
    kind: Stage.Kind = Stage.Kind.SCREEN,
    **settings: Any,
) -> Stage:
    """Add a stage: behind the last open one, or at the very end if it ends candidacies.

    `settings` are others of `Stage.SETTINGS`: limit, is_blind, requires_scorecard…
    """
    _lock(pipeline)
    _refuse_closing_in_pool(pipeline, kind)
    _refuse_taken_name(pipeline, name)
    stages = list(pipeline.stages.order_by("position"))
    stage = Stage(pipeline=pipeline, name=name, kind=kind, **settings)
    place = len(stages)
    if not stage.is_closing:
        place = next((index for index, other in enumerate(stages) if other.is_closing), len(stages))
    stage.position = (pipeline.stages.aggregate(last=Max("position"))["last"] or 0) + 1
    stage.save()
    stages.insert(place, stage)
    _number(stages)
    record("stage.added", pipeline, by=by, stage=stage.pk, kind=stage.kind)
    return stage


@transaction.atomic
def edit_stage(stage: Stage, *, by: User | None, **settings: Any) -> Stage:
    """Change what the stage says of itself (`Stage.SETTINGS`).

    Whether it ends candidacies is fixed once somebody has been in it.
    """
    _lock(stage.pipeline)
    name, kind = settings.get("name", stage.name), settings.get("kind", stage.kind)
    _refuse_closing_in_pool(stage.pipeline, kind)
    _refuse_taken_name(stage.pipeline, name, besides=stage)
    if (kind in Stage.CLOSING_KINDS) != stage.is_closing and _has_history(stage):
        raise StageInUse(stage)
    for field, value in settings.items():
        setattr(stage, field, value)
    stage.save(update_fields=list(settings))
    _refuse_closing_start(list(stage.pipeline.stages.order_by("position")))
    record("stage.edited", stage.pipeline, by=by, stage=stage.pk, kind=stage.kind)
    return stage


@transaction.atomic
def shift_stage(stage: Stage, *, by: User | None, steps: int) -> None:
    """Move the stage `steps` places to the right (to the left if negative), at most to the end."""
    _lock(stage.pipeline)
    stages = list(stage.pipeline.stages.order_by("position"))
    place = stages.index(stage)
    stages.insert(max(0, min(place + steps, len(stages) - 1)), stages.pop(place))
    _refuse_closing_start(stages)
    _number(stages)
    record("stage.shifted", stage.pipeline, by=by, stage=stage.pk, steps=steps)


@transaction.atomic
def remove_stage(stage: Stage, *, by: User | None) -> None:
    """Remove a stage that nobody is or was in."""
    _lock(stage.pipeline)
    if _has_history(stage):
        raise StageInUse(stage)
    rest = list(stage.pipeline.stages.exclude(pk=stage.pk).order_by("position"))
    _refuse_closing_start(rest)
    record("stage.removed", stage.pipeline, by=by, stage=stage.pk, kind=stage.kind)
    stage.delete()
    _number(rest)


def _lock(pipeline: Pipeline) -> None:
    """One change of a pipeline's stages at a time: positions stay without gaps."""
    Pipeline.objects.select_for_update().get(pk=pipeline.pk)


def _number(stages: list[Stage]) -> None:
    for position, stage in enumerate(stages):
        stage.position = position
    Stage.objects.bulk_update(stages, ["position"])


def _refuse_taken_name(pipeline: Pipeline, name: str, *, besides: Stage | None = None) -> None:
    others = pipeline.stages.filter(name__iexact=name)
    if besides:
        others = others.exclude(pk=besides.pk)
    if others.exists():
        raise StageNameTaken(name)


def _refuse_closing_start(stages: list[Stage]) -> None:
    if not stages or stages[0].is_closing:
        raise NoFirstStage


def _refuse_closing_in_pool(pipeline: Pipeline, kind: str) -> None:
    if pipeline.pool_id and kind in Stage.CLOSING_KINDS:
        raise ClosingInPool


def _has_history(stage: Stage) -> bool:
    if stage.pipeline.pool_id:
        return PoolStageChange.objects.filter(to=stage).exists() or stage.places.exists()
    return StageChange.objects.filter(to=stage).exists() or stage.candidacies.exists()

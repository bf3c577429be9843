"""Stages of pools: giving a pool some, and taking them away."""

from django.db import connection, transaction
from django.utils import timezone

from candidates.models import TalentPool
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError
from pipelines.models import Pipeline, PoolPlace, PoolStageChange, Stage, StagedPool
from pipelines.services.jobs import NoStages, ensure_default_pipeline


class HasStages(DomainError):
    """One set of stages a pool."""

    def __init__(self, pool: TalentPool) -> None:
        super().__init__(f"The pool “{pool}” has stages already. Change them on the page Stages.")


class ArchivedPool(DomainError):
    def __init__(self, pool: TalentPool) -> None:
        super().__init__(f"The pool “{pool}” is archived. Bring it back before giving it stages.")


@transaction.atomic
def give_stages(pool: TalentPool, *, by: User, template: Pipeline | None = None) -> StagedPool:
    """Give the pool its own copy of the template's open stages; everybody who is in it enters the first one.

    What ends a candidacy (Hired, Rejected) is left out: one leaves a pool by being taken out. So are rules,
    scorecards and blindness, which are of jobs.
    """
    # Whoever joins meanwhile waits for the first stage, or is seen below.
    pool = TalentPool.objects.select_for_update(of=("self",)).get(pk=pool.pk)
    if pool.archived_at:
        raise ArchivedPool(pool)
    if Pipeline.objects.filter(pool=pool).exists():
        raise HasStages(pool)
    template = template or ensure_default_pipeline()
    stages = [stage for stage in template.stages.order_by("position") if not stage.is_closing]
    if not stages:
        raise NoStages(template)
    pipeline = Pipeline.objects.create(name=pool.name, pool=pool)
    Stage.objects.bulk_create(
        Stage(
            pipeline=pipeline,
            position=position,
            **{name: getattr(stage, name) for name in Stage.OF_POOLS},
        )
        for position, stage in enumerate(stages)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pipelines_enter_pool(array_agg(organization_id), array_agg(id), %s)"
            " FROM candidates_poolmembership WHERE organization_id = %s AND pool_id = %s",
            [timezone.now(), current_organization().pk, pool.pk],
        )
    record("pool.stages_given", pool, by=by, template=template.pk)
    return StagedPool(pool, pipeline)


@transaction.atomic
def remove_stages(staged: StagedPool, *, by: User) -> None:
    """Take the stages away, with who stood where. Who is in the pool stays in it; timelines keep the moves."""
    pool = TalentPool.objects.select_for_update(of=("self",)).get(pk=staged.pk)
    for rows in (
        PoolStageChange.objects.filter(place__pool=pool),
        PoolPlace.objects.filter(pool=pool),
    ):
        rows._raw_delete(rows.db)
    staged.pipeline.delete()
    record("pool.stages_removed", pool, by=by)

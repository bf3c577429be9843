"""A pool with stages in the demo data: people who are kept warm on a board until a job opens."""

from datetime import timedelta

from django.utils import timezone

from candidates.models import TalentPool
from crm.accounts.models import User
from pipelines.models import PoolPlace, Stage
from pipelines.services import candidacies, pool_stages, stages

# Name, days until a card is tinted, how many may be there at once.
STAGES = (
    ("New", 14, None),
    ("In touch", 30, 12),
    ("Met", 60, None),
    ("Ready when we are", 90, 3),
)
# How many stand further on than in the first stage, and for how many days.
FURTHER = ((1, 5, 41), (2, 3, 12), (3, 2, 4))


def nurture(pool: TalentPool, *, by: User) -> None:
    """Give the pool stages of its own, from a template for such pools, and bring some people on."""
    template = stages.create_template(by=by, name="Keeping in touch")
    kept, *others = template.stages.order_by("position")
    for stage in others:
        stages.remove_stage(stage, by=by)
    for number, (name, days, limit) in enumerate(STAGES):
        if number == 0:
            stages.edit_stage(kept, by=by, name=name, stale_after_days=days, limit=limit)
        else:
            stages.add_stage(
                template, by=by, name=name, kind=Stage.Kind.LEAD, stale_after_days=days, limit=limit
            )
    staged = pool_stages.give_stages(pool, by=by, template=template)
    steps = list(staged.pipeline.stages.order_by("position"))
    waiting = iter(PoolPlace.objects.filter(pool=pool).select_related("stage").order_by("pk"))
    for position, count, days in FURTHER:
        for _, place in zip(range(count), waiting, strict=False):
            candidacies.move_card(place, to=steps[position], by=by)
            since = timezone.now() - timedelta(days=days)
            PoolPlace.objects.filter(pk=place.pk).update(entered_stage_at=since)

"""Which scorecards of a candidacy somebody reads: colleagues' words only after the own one."""

from dataclasses import dataclass, field

from crm.accounts.models import User
from pipelines.models import Candidacy, Scorecard, Stage


@dataclass
class StageScorecards:
    """One stage: the reader's own scorecard, and those of others that may be read.

    Others' words are `hidden` as long as the reader has a draft for the stage: they would color it.
    """

    stage: Stage
    mine: Scorecard | None = None
    others: list[Scorecard] = field(default_factory=list)
    hidden: int = 0


def scorecards_for(candidacy: Candidacy, reader: User) -> list[StageScorecards]:
    """Stage by stage, the present one first; two statements."""
    rows = (
        Scorecard.objects.filter(candidacy=candidacy)
        .select_related("stage", "author")
        .prefetch_related("ratings")
        .order_by("-stage__position", "submitted_at", "pk")
    )
    found = {candidacy.stage_id: StageScorecards(candidacy.stage)}
    for row in rows:
        of_stage = found.setdefault(row.stage_id, StageScorecards(row.stage))
        if row.author_id == reader.pk:
            of_stage.mine = row
        elif row.submitted_at:
            of_stage.others.append(row)
    for of_stage in found.values():
        if of_stage.mine and not of_stage.mine.submitted_at:
            of_stage.hidden, of_stage.others = len(of_stage.others), []
    return list(found.values())

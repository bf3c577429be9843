"""A job, people on it, and moving them: what sequences stop at."""

from typing import TYPE_CHECKING

from campaigns.models import Sequence
from candidates.models import Candidate
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Job, Stage
from pipelines.services import candidacies

if TYPE_CHECKING:
    from tests.campaigns.conftest import Outreach


def rule(outreach: "Outreach", **fields) -> None:
    with acting_in(outreach.organization):
        Sequence.objects.filter(pk=outreach.sequence.pk).update(**fields)


def ended(outreach: "Outreach", candidate: Candidate) -> tuple[str, str]:
    enrollment = outreach.enrollment(candidate)
    return enrollment.state, enrollment.stop_reason


def put_on(outreach: "Outreach", job: Job, candidate: Candidate) -> Candidacy:
    with acting_in(outreach.organization):
        candidacies.add_to_job(job, [candidate.pk], by=outreach.user)
        return card_of(job, candidate)


def card_of(job: Job, candidate: Candidate) -> Candidacy:
    rows = Candidacy.objects.select_related("candidate", "job", "stage")
    return rows.get(job=job, candidate=candidate)


def stage(outreach: "Outreach", job: Job, name: str) -> Stage:
    with acting_in(outreach.organization):
        return job.pipeline.stages.get(name=name)


def move(outreach: "Outreach", card: Candidacy, name: str) -> Candidacy:
    to = stage(outreach, card.job, name)
    return outreach.inside(candidacies.move_card, card, to=to, by=outreach.user)

"""After “Hired”: a sheet for whoever receives the person, a pool of alumni, and no loose ends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from candidates.models import Candidate, PoolExclusion, TalentPool
from candidates.services.candidates import set_status
from candidates.services.pools import add_to_pool, remove_from_pool
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.models import Membership
from crm.web.errors import DomainError
from pipelines.models import Candidacy, Job, Stage
from pipelines.queries import may_see_salary, readable_candidacies
from pipelines.services.rejecting import reject_candidacy

POOL = "Hired"
# How the reason begins for which somebody is in the pool.
REASON = "Hired for "


class NotHired(DomainError):
    """Handing over comes after hiring."""

    def __init__(self, candidacy: Candidacy) -> None:
        super().__init__(
            f"{candidacy.candidate} is not hired yet. Move the card to a stage of the kind Hired first."
        )


@dataclass(frozen=True)
class Sheet:
    """What is handed over, line by line, and the person's other candidacies that are open."""

    rows: Sequence[tuple[str, str]]
    others: Sequence[Candidacy]
    pool_name: str = POOL


def sheet_of(candidacy: Candidacy, membership: Membership) -> Sheet:
    """The sheet of a hired person, with what the member may read."""
    _refuse_unhired(candidacy)
    person: Candidate = Candidate.objects.get(pk=candidacy.candidate_id)
    job: Job = Job.objects.select_related("owner").get(pk=candidacy.job_id)
    managers = job.members.filter(role="hiring_manager").select_related("user")
    rows = [
        ("Name", person.full_name),
        ("Called", person.preferred_name),
        ("E-mail", ", ".join(row.address for row in person.emails.order_by("-is_primary", "pk"))),
        ("Phone", ", ".join(row.number for row in person.phones.order_by("-is_primary", "pk"))),
        ("Lives in", person.place),
        ("Job", job.title),
        ("Number", job.code),
        ("Place of work", job.place),
        ("Pay of the job", job.salary if may_see_salary(job, membership) else ""),
        ("Hired on", f"{candidacy.entered_stage_at:%-d %b %Y}"),
        ("Recruiter", str(job.owner or "")),
        ("Hiring manager", ", ".join(str(row.user) for row in managers)),
        ("Came from", str(person.source or candidacy.get_origin_display())),
    ]
    return Sheet([row for row in rows if row[1]], list(_others(candidacy, membership)))


def _refuse_unhired(candidacy: Candidacy) -> None:
    if candidacy.stage.kind != Stage.Kind.HIRED:
        raise NotHired(candidacy)


def _others(candidacy: Candidacy, membership: Membership) -> Iterable[Candidacy]:
    return (
        readable_candidacies(membership)
        .filter(candidate=candidacy.candidate_id, closed_at=None)
        .exclude(pk=candidacy.pk)
        .select_related("job", "stage", "candidate")
        .order_by("pk")
    )


@transaction.atomic
def finish_hire(
    candidacy: Candidacy, *, close: Iterable[str], membership: Membership, by: User
) -> str:
    """Say on the record that the person is hired, remember them among the hired, close the candidacies in `close`.

    Returns a sentence. Doing it twice changes nothing more.
    """
    _refuse_unhired(candidacy)
    person: Candidate = Candidate.objects.get(pk=candidacy.candidate_id)
    wanted = set(close)
    closed = [row for row in _others(candidacy, membership) if str(row.pk) in wanted]
    for row in closed:
        reject_candidacy(row, by=by, note=f"Hired for {candidacy.job.told_as}")
    if person.status != Candidate.Status.HIRED:
        set_status(person, status=Candidate.Status.HIRED, by=by)
    pool, _ = TalentPool.objects.get_or_create(
        name=POOL, defaults={"description": "People who work here now, or did."}
    )
    if not pool.archived_at:
        add_to_pool(pool, [person.pk], by=by, reason=f"{REASON}{candidacy.job.told_as}")
    record("candidacy.handed_over", candidacy, by=by, count=len(closed))
    others = "candidacy was" if len(closed) == 1 else "candidacies were"
    ended = f" {len(closed)} other open {others} closed." if closed else ""
    return f"{person} is in the pool “{pool}”.{ended}"


@transaction.atomic
def take_back_hire(candidacy: Candidacy, *, by: User) -> None:
    """Who is no longer hired is in process again, and not among the hired; unless another job has hired them.

    Other candidacies that were closed with it stay closed.
    """
    hired = Candidacy.objects.filter(
        candidate=candidacy.candidate_id, stage__kind=Stage.Kind.HIRED
    ).exclude(pk=candidacy.pk)
    if hired.exists():
        return
    person: Candidate = Candidate.objects.get(pk=candidacy.candidate_id)
    if person.status == Candidate.Status.HIRED:
        set_status(person, status=Candidate.Status.IN_PROCESS, by=by)
    pool = TalentPool.objects.filter(
        name=POOL, memberships__candidate=person, memberships__reason__startswith=REASON
    ).first()
    if pool:
        gone = remove_from_pool(pool, [person.pk], by=by)
        # Nobody has decided that the pool's rule may not bring them back.
        PoolExclusion.objects.filter(pool=pool, candidate__in=gone).delete()

"""From a proposal to a shortlist: put people on the job and show them to the hiring managers, as one act."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from candidates.models import Notification
from candidates.services.notifying import notify_all
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.models import Membership
from pipelines.models import Candidacy, Job, JobMember
from pipelines.queries import Proposal, propose
from pipelines.services.candidacies import add_to_job, add_to_shortlist
from pipelines.services.matching import is_matching_on, match_people, wanted_of


def proposals_for(job: Job, membership: Membership, *, q: str = "") -> list[Proposal]:
    """Whom the job's shortlist proposes; by their match with it, where the organization wants scores."""
    proposals = propose(job, membership, q=q)
    if not proposals or not is_matching_on():
        return proposals
    ids = [one.candidate.pk for one in proposals]
    scores = {match.candidate.pk: match.score for match in match_people(wanted_of(job), ids)}
    for one in proposals:
        one.score = scores.get(one.candidate.pk)
    # Sorting keeps the order of the reasons among equals.
    return sorted(proposals, key=lambda one: -(one.score or 0))


@dataclass(frozen=True)
class Shortlisted:
    """How many joined the job, and how many the hiring managers are now shown."""

    added: int
    shared: int


@transaction.atomic
def shortlist_people(
    job: Job, candidate_ids: Sequence[int], *, by: User, share: bool
) -> Shortlisted:
    """Put these people on the job (who is on it stays where they are); `share` shows them to the managers."""
    added = add_to_job(job, candidate_ids, by=by)
    shared = 0
    if share:
        cards = Candidacy.objects.filter(job=job, candidate__in=list(candidate_ids))
        shared = share_shortlist(job, list(cards.values_list("pk", flat=True)), by=by)
    return Shortlisted(added, shared)


@transaction.atomic
def share_shortlist(job: Job, candidacy_ids: Sequence[int], *, by: User) -> int:
    """Show these to the hiring managers and tell them; return how many are new to them."""
    count = add_to_shortlist(candidacy_ids, job=job, by=by)
    if count:
        managers = job.members.filter(role=JobMember.Role.HIRING_MANAGER).select_related("user")
        people = "1 person" if count == 1 else f"{count} people"
        notify_all(
            [row.user for row in managers],
            kind=Notification.Kind.REVIEW,
            text=f"{people} to look at for {job}",
            link=f"review/{job.pk}/",
            by=by,
        )
        record("shortlist.shared", job, by=by, count=count)
    return count

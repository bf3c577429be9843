"""Taking or dismissing a value that waits because a person had typed another one."""

from django.db import transaction

from candidates.models import Candidate, Proposal
from candidates.services.candidates import edit_candidate
from crm.accounts.models import User
from crm.audit.services import record


@transaction.atomic
def take_proposal(proposal: Proposal, *, by: User) -> Candidate:
    """Let the value replace the present one; other values that wait for the same column stay."""
    candidate = edit_candidate(proposal.candidate, by=by, **{proposal.field: proposal.value})
    proposal.delete()
    return candidate


@transaction.atomic
def dismiss_proposal(proposal: Proposal, *, by: User) -> None:
    record("candidate.proposal_dismissed", proposal.candidate, by=by, field=proposal.field)
    proposal.delete()

"""Makes candidates go, with everything that any app knows of them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from campaigns import privacy as campaigns_privacy
from campaigns.services import enrolling
from candidates import privacy as candidates_privacy
from candidates.models import (
    Candidate,
    ChangeSet,
    EmailAddress,
    PhoneNumber,
    ProfileLink,
    Suppression,
)
from candidates.services import suppressing
from candidates.services.bulk import Applied, BulkAction
from crm.accounts.models import User
from crm.audit.services import record
from crm.privacy.models import PurgeRun
from crm.privacy.signals import candidates_erased
from crm.tenancy.bulk import among
from crm.tenancy.roles import ADMINS
from pipelines import privacy as pipelines_privacy

# The one explicit order: what points to others goes before what it points to.
ORDER = (campaigns_privacy, pipelines_privacy, candidates_privacy)
IDENTIFIERS = (
    (Suppression.Kind.EMAIL, EmailAddress),
    (Suppression.Kind.PHONE, PhoneNumber),
    (Suppression.Kind.PROFILE, ProfileLink),
)


def lock_candidates(candidate_ids: Sequence[int]) -> list[int]:
    """Lock these people until the transaction ends; returns those who exist.

    Candidacies first, then enrollments, then candidates: the order that moves, sending, replies and unsubscribing keep.
    """
    enrolling.lock_whatever_is_about(candidate_ids)
    return list(
        Candidate.objects.select_for_update(of=("self",))
        .filter(pk__in=among(candidate_ids))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


@transaction.atomic
def erase_candidates(candidate_ids: Sequence[int]) -> dict[str, int]:
    """Delete these candidates with all their rows in every app, set-based; returns rows per kind.

    Keyed hashes of their addresses, numbers and profiles stay, so that no import brings them back.
    Ids that are gone already count nothing: running it twice is harmless.
    """
    return erase_locked(lock_candidates(candidate_ids))


def erase_locked(ids: Sequence[int]) -> dict[str, int]:
    """Erase people whom `lock_candidates` has locked in this transaction."""
    if not ids:
        return {}
    identifiers = [
        (kind.value, value)
        for kind, model in IDENTIFIERS
        for value in model.objects.filter(candidate__in=among(ids)).values_list(
            "normalized", flat=True
        )
    ]
    suppressing.suppress_all(identifiers, reason=Suppression.Reason.ERASED)
    addresses = [value for kind, value in identifiers if kind == Suppression.Kind.EMAIL]
    counts: Counter[str] = Counter()
    for app in ORDER:
        counts.update(app.erase_candidates(ids))
    candidates_erased.send(Candidate, addresses=addresses)
    return dict(+counts)


@transaction.atomic
def erase_candidate(candidate: Candidate, *, by: User | None) -> PurgeRun:
    """Erase one person at once; returns the run with its certificate."""
    counts = erase_candidates([candidate.pk])
    now = timezone.now()
    run = PurgeRun.objects.create(
        trigger=PurgeRun.Trigger.ERASURE,
        state=PurgeRun.State.DONE,
        candidate_count=1 if counts else 0,
        counts=counts,
        started_by=by,
        started_at=now,
        finished_at=now,
    )
    record("candidate.erased", run, by=by, candidate_id=candidate.pk)
    return run


def _erase_many(
    change_set: ChangeSet | None, chosen: dict[str, Any], ids: Sequence[int], by: User
) -> Applied:
    """One batch of a selection, with a certificate of its own: erasing is never taken back."""
    here = lock_candidates(ids)
    counts = erase_locked(here)
    if here:
        now = timezone.now()
        run = PurgeRun.objects.create(
            trigger=PurgeRun.Trigger.ERASURE,
            state=PurgeRun.State.DONE,
            candidate_count=len(here),
            counts=counts,
            started_by=by,
            started_at=now,
            finished_at=now,
        )
        record("candidates.erased", run, by=by, count=len(here))
    gone = len(ids) - len(here)
    return Applied(len(here), {"gone already": gone} if gone else {})


ERASE = BulkAction("erase", _erase_many, is_undoable=False, batch=500, roles=ADMINS)

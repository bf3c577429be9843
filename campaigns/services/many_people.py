"""Putting many people on a sequence, so that it can be taken back: see `candidates.services.bulk`."""

from collections import Counter
from collections.abc import Mapping
from collections.abc import Sequence as Several
from typing import Any

from django.db import transaction
from django.urls import reverse

from campaigns.models import Enrollment, Sequence
from campaigns.services.enrolling import EnrollResult, enroll
from campaigns.services.entering import CONTACTED
from campaigns.services.opening import write_openings
from candidates.models import BulkAct, ChangeSet
from candidates.services.bulk import Applied, BulkAction
from candidates.services.bulk.actions import TargetGone
from candidates.services.changes.recording import (
    close_change_set,
    open_change_set,
    record_created,
)
from crm.accounts.models import User
from crm.tenancy.bulk import among


@transaction.atomic
def enroll_few(
    sequence: Sequence,
    candidate_ids: Several[int],
    *,
    by: User,
    despite_contact: bool = False,
    lines: Mapping[int, str] | None = None,
) -> tuple[EnrollResult, str]:
    """Enroll at once; also the address that takes it back, empty where nobody was enrolled.

    `lines`: by candidate, what their first mail begins with.
    """
    title = f"Put people on the sequence “{sequence}”"
    change_set = open_change_set(ChangeSet.Kind.BULK_EDIT, title, by=by)
    result = _enroll(change_set, sequence, candidate_ids, by=by, despite_contact=despite_contact)
    if not result.enrolled:
        change_set.delete()
        return result, ""
    write_openings(sequence, lines or {}, by=by)
    close_change_set(change_set)
    return result, reverse("candidates:undo_changes", args=[change_set.pk])


def _enroll(
    change_set: ChangeSet | None,
    sequence: Sequence,
    candidate_ids: Several[int],
    *,
    by: User,
    despite_contact: bool,
) -> EnrollResult:
    """Enroll, and write down which enrollments are new: an undo takes away those that nothing was sent for."""
    here = Enrollment.objects.filter(sequence=sequence, candidate_id__in=among(candidate_ids))
    before = set(here.values_list("pk", flat=True))
    result = enroll(sequence, candidate_ids, by=by, despite_contact=despite_contact)
    if change_set:
        record_created(change_set, here.exclude(pk__in=before))
    return result


def _put_on_sequence(
    change_set: ChangeSet | None, chosen: dict[str, Any], ids: Several[int], by: User
) -> Applied:
    sequence = Sequence.objects.filter(pk=chosen["sequence"]).first()
    if sequence is None:
        raise TargetGone("sequence")
    result = _enroll(change_set, sequence, ids, by=by, despite_contact=chosen["despite_contact"])
    return Applied(result.enrolled, dict(Counter(reason_of(said) for _, said in result.refused)))


def reason_of(sentence: str) -> str:
    """Why people were left out, without what is special about one of them."""
    return "contacted lately" if sentence.startswith(CONTACTED) else sentence.rstrip(".")


def _people_of_sequence(act: BulkAct) -> str:
    """Where those who are on it now are followed."""
    sequence = Sequence.objects.filter(pk=act.chosen["sequence"]).first()
    return reverse("campaigns:people", args=[sequence.pk]) if sequence else ""


PUT_ON_SEQUENCE = BulkAction(
    "enroll",
    _put_on_sequence,
    goes_on=_people_of_sequence,
    goes_on_words="Follow them on the sequence",
)

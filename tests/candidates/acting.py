"""What acts on many people did, and working them off."""

from candidates.models import (
    BulkAct,
    CandidateTag,
)
from candidates.services.bulk.running import work_on_batch


def tagged() -> set[int]:
    return set(CandidateTag.objects.values_list("candidate", flat=True))


def finish(act: BulkAct) -> BulkAct:
    while work_on_batch(act.pk):
        pass
    act.refresh_from_db()
    return act

"""A real worker is killed in the middle of an act on many: it goes on where it was, and nobody is acted on twice."""

import time
from collections import Counter
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from candidates.models import BulkAct, Candidate, CandidateTag, Change, Touchpoint
from candidates.services import bulk
from candidates.services.bulk.running import STALE_AFTER
from candidates.tasks import work_on_bulk_act
from crm.celery import app
from crm.tenancy.scope import acting_in
from tests.factories import TagFactory
from tests.workers import kill, start_worker

pytestmark = pytest.mark.django_db(transaction=True)

# Six batches.
PEOPLE = 12_000
KILL_AT = (1, 4_000, 8_000)
DEADLINE = 300


def gone_through(act: BulkAct) -> int:
    return BulkAct.objects.values_list("done_count", flat=True).get(pk=act.pk)


def test_a_killed_worker_loses_a_batch_and_nobody_is_acted_on_twice(acme, recruiter, tmp_path):
    app.control.purge()
    cache.clear()
    log = tmp_path / "worker.log"
    with acting_in(acme):
        tag = TagFactory(name="Berlin")
        Candidate.objects.bulk_create(
            Candidate(full_name=f"Person {number}") for number in range(PEOPLE)
        )
        ids = list(Candidate.objects.order_by("pk").values_list("pk", flat=True))
        act = bulk.start("tag", ids, chosen={"tag": tag.pk}, title="Tag", by=recruiter)
    deadline = time.monotonic() + DEADLINE
    progress = []

    for wanted in (*KILL_AT, PEOPLE):
        worker = start_worker(log, concurrency=1)
        try:
            # What the sweep does once an act stands still.
            later = timezone.now() + STALE_AFTER + timedelta(seconds=1)
            for act_id in bulk.tend(acme, later) or [act.pk]:
                work_on_bulk_act.delay(acme.pk, act_id)
            with acting_in(acme):
                while gone_through(act) < wanted:
                    assert time.monotonic() < deadline, log.read_text()[-3000:]
                    time.sleep(0.01)
        finally:
            kill(worker)
        with acting_in(acme):
            progress.append(gone_through(act))

    assert progress == sorted(progress)
    # At least once it died on the way.
    assert 0 < progress[0] < PEOPLE
    with acting_in(acme):
        act.refresh_from_db()
        assert (act.state, act.done_count, act.changed_count) == ("done", PEOPLE, PEOPLE)
        # A batch done twice would have found its people tagged.
        assert act.left_out == {}
        assert act.restarts <= len(KILL_AT) + 1
        told = Counter(Touchpoint.objects.filter(kind="tag").values_list("candidate_id", flat=True))
        assert told == Counter(ids)
        assert CandidateTag.objects.filter(tag=tag).count() == PEOPLE
        assert Change.objects.filter(change_set=act.change_set).count() == PEOPLE

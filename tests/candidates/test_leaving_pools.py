"""Leaving a pool by the thousand: counted, confirmed, in the background, taken back."""

from dataclasses import replace

import pytest

from candidates.models import BulkAct
from candidates.services.bulk import actions
from candidates.services.bulk.running import work_on_batch
from candidates.services.changes.undoing import start_undo, undo_batch
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory, TalentPoolFactory

State = BulkAct.State


@pytest.fixture
def small_batches(monkeypatch):
    """Three are many, and two are gone through at a time."""
    for module in ("candidates.services.bulk.running", "candidates.views.pools"):
        monkeypatch.setattr(f"{module}.SMALL", 2)
    action = replace(actions._actions["leave_pool"], batch=2)
    monkeypatch.setitem(actions._actions, "leave_pool", action)


def test_many_leave_a_pool_in_the_background_and_come_back(acme, recruiter, as_user, small_batches):
    with acting_in(acme):
        pool = TalentPoolFactory(name="Backend")
        ids = {CandidateFactory(pools=[pool]).pk for _ in range(3)}
    client, path = as_user(recruiter), f"/acme/pools/{pool.pk}/"

    asked = client.post(f"{path}leave/", {"everything": "1", "query": f"pool={pool.pk}"})
    frozen = asked.context["form"]["frozen"].value()
    with acting_in(acme):
        late = CandidateFactory(pools=[pool]).pk
    client.post(f"{path}leave/", {"frozen": frozen})

    with acting_in(acme):
        act = BulkAct.objects.get(action="leave_pool")
        assert set(act.candidate_ids) == ids
        while work_on_batch(act.pk):
            pass
        act.refresh_from_db()
        assert (act.state, act.total, act.changed_count) == (State.DONE, 3, 3)
        assert set(pool.memberships.values_list("candidate", flat=True)) == {late}
        change_set = start_undo(act.change_set, by=recruiter)
        while not undo_batch(change_set.pk):
            pass
        assert set(pool.memberships.values_list("candidate", flat=True)) == {*ids, late}
    page = client.get(f"/acme/candidates/bulk/acts/{act.pk}/")
    assert f'href="{path}"' in page.text

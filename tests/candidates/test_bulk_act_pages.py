"""Pages of acts on many people: asked first, followed, told with their numbers."""

import pytest

from candidates.models import (
    BulkAct,
    Candidate,
    Task,
)
from candidates.services import bulk
from crm.tenancy.scope import acting_in
from tests.candidates.acting import finish, tagged
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory, TalentPoolFactory

State = BulkAct.State


def test_erasing_a_selection_asks_for_the_number_and_has_no_undo(acme, owner, client):
    with acting_in(acme):
        ids = [CandidateFactory().pk for _ in range(2)]
        kept = CandidateFactory()
    client.force_login(owner)
    here = "/acme/settings/privacy/erase/selected/"

    asked = client.post(here, {"ids": ids})
    assert "This cannot be undone." in seen(asked)
    frozen = ",".join(map(str, ids))
    assert client.post(here, {"frozen": frozen, "number": 3}).status_code == 422
    client.post(here, {"frozen": frozen, "number": 2})
    with acting_in(acme):
        act = BulkAct.objects.get()
        assert finish(act).state == State.DONE
        assert list(Candidate.objects.all()) == [kept]
        assert act.change_set is None


def test_what_cannot_be_called_back_is_said_before_it_is_done(acme, owner, client, few_are_many):
    with acting_in(acme):
        ids = [CandidateFactory().pk for _ in range(1001)]
    client.force_login(owner)

    exporting = seen(client.post("/acme/candidates/exports/selected/", {"ids": ids}))
    erasing = seen(client.post("/acme/settings/privacy/erase/selected/", {"ids": ids}))

    assert "Export 1,001 people" in exporting
    assert "What somebody has downloaded cannot be called back" in exporting
    assert "1,001 people go with everything" in erasing
    assert "Erase 1,001 people" in erasing


def test_many_are_done_in_the_background_from_the_list(acme, recruiter, as_user, few_are_many):
    with acting_in(acme):
        ids = [CandidateFactory(full_name=f"Ana {number}").pk for number in range(4)]
    client = as_user(recruiter)
    selection = {"everything": "1", "query": "q=ana", "next": "/acme/candidates/"}
    dialog = client.post("/acme/candidates/bulk/tag/", selection).content.decode()
    assert "Tag 4 people" in dialog
    frozen = dialog.split('name="frozen" value="')[1].split('"')[0]
    assert frozen.startswith("act:")
    with acting_in(acme):
        CandidateFactory(full_name="Ana Late")

    client.post("/acme/candidates/bulk/tag/", {"frozen": frozen, "tag": "Berlin"})

    with acting_in(acme):
        act = BulkAct.objects.exclude(state=State.DRAFT).get()
        assert act.candidate_ids == sorted(ids)
    assert "0 of 4" in seen(client.get(f"/acme/candidates/bulk/acts/{act.pk}/"))
    with acting_in(acme):
        finish(act)
        assert tagged() == set(ids)


def test_a_task_for_many_is_a_background_act(acme, recruiter, as_user, few_are_many):
    with acting_in(acme):
        ids = [CandidateFactory().pk for _ in range(3)]
        frozen = bulk.freeze(ids, by=recruiter)
    data = {"frozen": frozen, "title": "Call", "assignee": "", "due_on": ""}

    as_user(recruiter).post("/acme/candidates/bulk/task/", data)

    with acting_in(acme):
        act = BulkAct.objects.exclude(state=State.DRAFT).get()
        assert (act.action, act.candidate_ids, str(act)) == ("task", ids, "Add the task “Call”")
        assert finish(act).changed_count == 3
        assert set(Task.objects.values_list("candidate", "due_on", "assignee")) == {
            (pk, None, None) for pk in ids
        }


def test_an_act_says_where_one_goes_on_once_it_is_over(in_acme, recruiter, small_batches):
    pool = TalentPoolFactory()
    ids = [CandidateFactory().pk for _ in range(3)]
    act = bulk.start("pool", ids, chosen={"pool": pool.pk}, title="Add to pool", by=recruiter)
    assert bulk.where_next(act) == ("", "")

    act = finish(act)

    assert bulk.where_next(act) == (pool.get_absolute_url(), "Open the pool")
    pool.delete()
    assert bulk.where_next(act) == ("", "")


@pytest.mark.parametrize(
    ("state", "told"), [("running", "1,200 of 2,500"), ("stopped", "Stopped after 1,200 of 2,500.")]
)
def test_the_page_of_an_act_tells_large_numbers_readably(acme, recruiter, as_user, state, told):
    with acting_in(acme):
        act = BulkAct.objects.create(
            action="tag", title="Tag people", state=state, total=2500, done_count=1200
        )

    page = seen(as_user(recruiter).get(f"/acme/candidates/bulk/acts/{act.pk}/"))
    assert told in page
    assert "2,500 people, asked for by" in page

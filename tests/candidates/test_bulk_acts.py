"""Acts on many people: exactly those who were counted, resumable, once, taken back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from celery.signals import task_prerun
from django.db import connection
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from candidates.models import (
    BulkAct,
    Candidate,
    CandidateTag,
    ChangeSet,
    Notification,
    Snooze,
    Task,
    Touchpoint,
)
from candidates.services import bulk
from candidates.services.bulk.running import ActOver, work_on_batch
from candidates.services.changes.undoing import start_undo, undo_batch
from candidates.services.snoozing import snooze_candidates
from candidates.services.tasks import complete_task
from candidates.tasks import work_on_bulk_act
from crm.accounts.models import User
from crm.celery import app
from crm.tenancy.scope import acting_in
from pipelines.models import RuleRun, StageRule
from pipelines.services.candidacies import move_card
from pipelines.services.jobs import create_job
from pipelines.services.rules import add_rule
from tests.candidates.acting import finish, tagged
from tests.conftest import lose_rights
from tests.factories import CandidateFactory, TagFactory, TalentPoolFactory

State = BulkAct.State


def take_back(act: BulkAct, *, by: User) -> None:
    change_set = start_undo(ChangeSet.objects.get(pk=act.change_set_id), by=by)
    while not undo_batch(change_set.pk):
        pass


def test_act_changes_those_who_were_counted_and_says_who_was_left_out(
    in_acme, recruiter, small_batches
):
    tag = TagFactory(name="Berlin")
    people = [CandidateFactory() for _ in range(5)]
    CandidateTag.objects.create(candidate=people[0], tag=tag)
    ids = [person.pk for person in people]
    people[4].delete()
    act = bulk.start("tag", ids, chosen={"tag": tag.pk}, title="Tag people Berlin", by=recruiter)
    CandidateFactory()

    act = finish(act)

    assert tagged() == set(ids[:4])
    assert (act.state, act.done_count, act.changed_count) == (State.DONE, 5, 3)
    assert act.left_out == {"already tagged": 1, "gone meanwhile": 1}
    assert "3 changed. 1 left out: " in act.result
    # Whom it was about is forgotten with the end.
    assert act.candidate_ids == []


def test_undo_takes_back_every_batch(in_acme, recruiter, small_batches):
    tag = TagFactory(name="Berlin")
    people = [CandidateFactory() for _ in range(5)]
    CandidateTag.objects.create(candidate=people[0], tag=tag)
    act = finish(
        bulk.start(
            "tag", [one.pk for one in people], chosen={"tag": tag.pk}, title="Tag", by=recruiter
        )
    )

    take_back(act, by=recruiter)

    assert tagged() == {people[0].pk}


def test_dead_worker_loses_one_batch_and_nothing_is_done_twice(
    in_acme, recruiter, small_batches, monkeypatch
):
    tag = TagFactory(name="Berlin")
    people = [CandidateFactory() for _ in range(5)]
    ids = [one.pk for one in people]
    act = bulk.start("tag", ids, chosen={"tag": tag.pk}, title="Tag", by=recruiter)
    assert work_on_batch(act.pk)

    def die(self, *args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(BulkAct, "save", die)
        work_on_batch(act.pk)
    # The batch that was in flight is not half done.
    assert tagged() == set(ids[:2])
    act = finish(act)
    assert not work_on_batch(act.pk)

    assert tagged() == set(ids)
    assert act.changed_count == 5
    assert Touchpoint.objects.filter(kind="tag").count() == 5


def test_standing_acts_are_found_and_go_on(acme, recruiter):
    with acting_in(acme):
        tag = TagFactory(name="Berlin")
        ana = CandidateFactory()
        act = bulk.start("tag", [ana.pk], chosen={"tag": tag.pk}, title="Tag", by=recruiter)
        draft = bulk.freeze([ana.pk] * 501, by=recruiter)
    assert bulk.organizations_with_bulk_acts() == []
    later = timezone.now() + timedelta(days=2)
    assert bulk.organizations_with_bulk_acts(later) == [acme]

    assert bulk.tend(acme, later) == [act.pk]
    bulk.work_on(acme, act.pk)

    with acting_in(acme):
        assert tagged() == {ana.pk}
        with pytest.raises(ActOver):
            bulk.frozen_ids(draft, by=recruiter)


def test_a_long_act_queues_up_again_after_its_time(acme, recruiter, small_batches, monkeypatch):
    monkeypatch.setitem(app.conf, "task_always_eager", True)
    monkeypatch.setitem(bulk.work_on.__kwdefaults__, "seconds", 0)
    turns = []
    with acting_in(acme):
        ids = [CandidateFactory().pk for _ in range(5)]
        chosen = {"tag": TagFactory(name="Berlin").pk}
        act = bulk.start("tag", ids, chosen=chosen, title="Tag", by=recruiter)

    def note(**about):
        with acting_in(acme):
            turns.append(BulkAct.objects.get(pk=act.pk).done_count)

    task_prerun.connect(note, sender=work_on_bulk_act)
    work_on_bulk_act.delay(acme.pk, act.pk)
    task_prerun.disconnect(note, sender=work_on_bulk_act)

    assert turns == [0, 2, 4]
    with acting_in(acme):
        assert tagged() == set(ids)


def test_an_act_that_gets_on_is_not_given_up_however_often_it_stopped(
    acme, recruiter, small_batches
):
    with acting_in(acme):
        ids = [CandidateFactory().pk for _ in range(20)]
        chosen = {"tag": TagFactory(name="Berlin").pk}
        act = bulk.start("tag", ids, chosen=chosen, title="Tag", by=recruiter)
    for day in range(1, 9):
        with acting_in(acme):
            assert work_on_batch(act.pk)
        assert bulk.tend(acme, timezone.now() + timedelta(days=day)) == [act.pk]


def test_double_click_is_one_act(in_acme, recruiter):
    tag = TagFactory()
    ana = CandidateFactory()
    asked = [
        bulk.start("tag", [ana.pk], chosen={"tag": tag.pk}, title="Tag", by=recruiter)
        for _ in range(2)
    ]

    assert asked[0] == asked[1]


def test_stopping_keeps_what_was_done(in_acme, recruiter, small_batches):
    tag = TagFactory()
    ids = [CandidateFactory().pk for _ in range(5)]
    act = bulk.start("tag", ids, chosen={"tag": tag.pk}, title="Tag", by=recruiter)
    work_on_batch(act.pk)

    bulk.stop(act, by=recruiter)

    act = finish(act)
    assert (act.state, tagged()) == (State.STOPPED, set(ids[:2]))
    assert act.change_set.state == ChangeSet.State.APPLIED


@pytest.mark.parametrize("change", ["removed", "viewer", "inactive"])
def test_who_may_not_any_more_goes_no_further(in_acme, recruiter, small_batches, change):
    """T11: what somebody started stops at the next batch once they are gone."""
    tag = TagFactory()
    ids = [CandidateFactory().pk for _ in range(5)]
    act = bulk.start("tag", ids, chosen={"tag": tag.pk}, title="Tag", by=recruiter)
    work_on_batch(act.pk)

    lose_rights(recruiter, change)
    act = finish(act)

    assert (act.state, tagged()) == (State.FAILED, set(ids[:2]))
    assert act.problem == "Whoever asked for this may not do it any more."
    assert act.change_set.state == ChangeSet.State.APPLIED


def test_target_that_is_gone_ends_the_act_with_a_sentence(in_acme, recruiter):
    tag = TagFactory()
    act = bulk.start(
        "tag", [CandidateFactory().pk], chosen={"tag": tag.pk}, title="Tag", by=recruiter
    )
    tag.delete()

    act = finish(act)

    assert act.state == State.FAILED
    assert act.problem.startswith("The tag is not there any more")
    assert not ChangeSet.objects.exists()


def test_selection_of_another_member_is_nobodys(in_acme, recruiter, owner):
    frozen = bulk.freeze([CandidateFactory().pk] * 501, by=recruiter)

    assert len(bulk.frozen_ids(frozen, by=recruiter)) == 1
    with pytest.raises(ActOver):
        bulk.frozen_ids(frozen, by=owner)


@settings(
    max_examples=15,
)
@given(chosen=st.sets(st.integers(0, 5)), joined=st.integers(0, 2), gone=st.sets(st.integers(0, 5)))
def test_exactly_the_frozen_ones_are_changed_whoever_comes_and_goes(
    in_acme, recruiter, chosen, joined, gone
):
    CandidateTag.objects.all().delete()
    people = [CandidateFactory().pk for _ in range(6)]
    tag = TagFactory()
    ids = [people[number] for number in sorted(chosen)]
    if not ids:
        return
    act = bulk.start("tag", ids, chosen={"tag": tag.pk}, title="Tag", by=recruiter)
    for _ in range(joined):
        CandidateFactory()
    Candidate.objects.filter(pk__in=[people[number] for number in gone]).delete()

    act = finish(act)

    assert tagged() == {people[number] for number in chosen - gone}
    assert act.changed_count + sum(act.left_out.values()) == act.total == len(ids)


def test_pools_owners_and_jobs_work_the_same_way_and_are_taken_back(
    in_acme, recruiter, owner, small_batches
):
    pool, job = TalentPoolFactory(), create_job(by=recruiter, title="Cook")
    first = job.first_stage
    add_rule(first, by=recruiter, action=StageRule.Action.TASK, title="Look")
    ids = [CandidateFactory().pk for _ in range(3)]
    acts = [
        finish(bulk.start(action, ids, chosen=chosen, title=action, by=recruiter))
        for action, chosen in [
            ("pool", {"pool": pool.pk}),
            ("owner", {"owner": owner.pk}),
            ("job", {"job": job.pk}),
        ]
    ]

    assert [(act.state, act.changed_count) for act in acts] == [(State.DONE, 3)] * 3
    assert pool.memberships.count() == 3
    assert Candidate.objects.filter(owner=owner).count() == 3
    assert job.candidacies.count() == RuleRun.objects.count() == 3
    act = finish(bulk.start("leave_pool", ids, chosen={"pool": pool.pk}, title="x", by=recruiter))
    assert pool.memberships.count() == 0
    take_back(act, by=recruiter)
    assert pool.memberships.count() == 3

    # Somebody went on with one of them meanwhile.
    moved = job.candidacies.get(candidate=ids[0])
    move_card(moved, to=job.pipeline.stages.all()[1], by=recruiter)
    for act in acts:
        take_back(act, by=recruiter)

    assert pool.memberships.count() == 0
    assert Candidate.objects.filter(owner=owner).count() == 0
    assert list(job.candidacies.all()) == [moved]
    assert (moved.stage_changes.count(), moved.rule_runs.count()) == (2, 1)
    assert RuleRun.objects.count() == 1


def test_many_are_snoozed_in_the_background_and_taken_back(
    acme, recruiter, as_user, few_are_many, small_batches
):
    day = timezone.localdate() + timedelta(days=30)
    with acting_in(acme):
        ids = [CandidateFactory(status=status).pk for status in ("sourced", "nurturing", "sourced")]
        never = CandidateFactory(status=Candidate.Status.DO_NOT_CONTACT)
        snooze_candidates(ids[:1], until=day - timedelta(days=3), by=recruiter)
        frozen = bulk.freeze([*ids, never.pk], by=recruiter)

    as_user(recruiter).post(
        "/acme/candidates/bulk/snooze/",
        {"frozen": frozen, "until": day.isoformat(), "note": "Busy"},
    )

    with acting_in(acme):
        act = finish(BulkAct.objects.get(action="snooze"))
        assert act.left_out == {"must not be contacted at all": 1}
        held = Snooze.objects.filter(ended_at=None, until_on=day, note="Busy")
        assert set(held.values_list("candidate", flat=True)) == set(ids)
        take_back(act, by=recruiter)
        assert list(Candidate.objects.order_by("pk").values_list("status", flat=True)) == [
            "not_now", "nurturing", "sourced", "do_not_contact"
        ]  # fmt: skip
        (still,) = Snooze.objects.filter(ended_at=None)
        assert (still.candidate_id, still.until_on) == (ids[0], day - timedelta(days=3))


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_are_one_act(acme, recruiter):
    with acting_in(acme):
        tag, ids = TagFactory(), [CandidateFactory().pk]
    together = Barrier(2)

    def press(_):
        try:
            with acting_in(acme):
                together.wait()
                bulk.start("tag", ids, chosen={"tag": tag.pk}, title="Tag", by=recruiter)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(press, range(2)))

    with acting_in(acme):
        assert BulkAct.objects.count() == 1


def test_only_who_asked_for_it_and_admins_stop_and_take_back(
    acme, recruiter, sourcer, owner, as_user
):
    with acting_in(acme):
        ids, tag = [CandidateFactory().pk for _ in range(2)], TagFactory()
        act = bulk.start("tag", ids, chosen={"tag": tag.pk}, title="Tag", by=recruiter)
        work_on_batch(act.pk)
    address = f"/acme/candidates/bulk/acts/{act.pk}/"

    assert as_user(sourcer).post(f"{address}stop/").status_code == 409
    with acting_in(acme):
        act = finish(act)
    undo = f"/acme/candidates/changes/{act.change_set_id}/undo/"
    assert undo not in as_user(sourcer).get(address).text
    assert undo in as_user(recruiter).get(address).text
    assert as_user(sourcer).post(undo).status_code == 409
    as_user(owner).post(undo)
    with acting_in(acme):
        assert tagged() == set()


def test_act_on_a_hidden_job_is_nobodys_business(acme, sourcer, owner, as_user):
    with acting_in(acme):
        job = create_job(by=owner, title="Spy", is_confidential=True)
        ids = [CandidateFactory().pk]
        act = finish(bulk.start("job", ids, chosen={"job": job.pk}, title="On a job", by=owner))
    address = f"/acme/candidates/bulk/acts/{act.pk}/"
    changes = f"/acme/candidates/changes/{act.change_set_id}/"

    client = as_user(sourcer)
    assert {client.get(address).status_code, client.get(changes).status_code} == {404}
    assert client.post(f"{changes}undo/").status_code == 404
    assert as_user(owner).get(address).status_code == 200


def test_tasks_are_told_once_and_taken_back_but_for_those_done(
    in_acme, recruiter, sourcer, small_batches
):
    ids = [CandidateFactory().pk for _ in range(5)]
    gone = CandidateFactory()
    chosen = {"title": "Call", "assignee": sourcer.pk, "due_on": "2027-03-01"}
    act = bulk.start("task", [*ids, gone.pk], chosen=chosen, title="Call", by=recruiter)
    gone.delete()

    act = finish(act)

    assert (act.state, act.changed_count) == (State.DONE, 5), act.problem
    assert act.left_out == {"gone meanwhile": 1}
    tasks = Task.objects.order_by("candidate")
    assert list(tasks.values_list("candidate", "assignee", "due_on")) == [
        (pk, sourcer.pk, date(2027, 3, 1)) for pk in ids
    ]
    assert [told.text for told in Notification.objects.all()] == ["Tasks for you: Call"]
    done = tasks[0]
    complete_task(done, by=sourcer)
    take_back(act, by=recruiter)
    assert list(Task.objects.all()) == [done]

"""Pools that ask for other pools, and rules that are saved while changes are followed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event, Timer

import pytest
from django.db import connection
from django.utils import timezone

from candidates.models import CandidateTag, TalentPool
from candidates.services import pools, smart_pools
from candidates.services.freshening import freshen_batch
from candidates.services.smart_pools import fill_due
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import asking, seen
from tests.factories import CandidateFactory, TagFactory


def make(name: str, rule: str, by) -> TalentPool:
    return pools.create_pool(by=by, name=name, query=asking(rule))


def members(pool: TalentPool) -> set[int]:
    return set(pool.memberships.values_list("candidate", flat=True))


def test_pools_follow_the_changed_rule_of_one_they_ask_for(acme, recruiter):
    with acting_in(acme):
        ana, bo = CandidateFactory(tags=["Red"]), CandidateFactory(tags=["Blue"])
        base = make("Base", "tag:Red", recruiter)
        over = make("Over", "pool:Base", recruiter)
        top = make("Top", "pool:Over", recruiter)
    fill_due(acme)
    with acting_in(acme):
        assert members(top) == {ana.pk}
        pools.edit_pool(base, by=recruiter, query=asking("tag:Blue"))

    assert fill_due(acme) == 3

    with acting_in(acme):
        assert members(base) == members(over) == members(top) == {bo.pk}
        assert not TalentPool.objects.filter(due_at__isnull=False).exists()
    assert fill_due(acme) == 0


def test_pools_follow_who_was_given_back_to_the_rule_of_one_they_ask_for(acme, recruiter):
    with acting_in(acme):
        ana = CandidateFactory(tags=["Red"])
        base = make("Base", "tag:Red", recruiter)
        over = make("Over", "pool:Base", recruiter)
    fill_due(acme)
    with acting_in(acme):
        pools.remove_from_pool(base, [ana.pk], by=recruiter)
        freshen_batch()
        assert members(over) == set()

        smart_pools.readmit(base, [ana.pk], by=recruiter)
        over.departures.update(left_at=timezone.now() - timedelta(days=2))
        freshen_batch()

        assert members(over) == {ana.pk}


@pytest.mark.django_db(transaction=True)
def test_a_rule_is_saved_while_changes_are_followed(acme, recruiter, monkeypatch):
    """The first pool by number is followed last: its rule asks for the second."""
    with acting_in(acme):
        red = TagFactory(name="Red")
        ana = CandidateFactory()
        first = make("First", "tag:Red", recruiter)
        second = make("Second", "tag:Red", recruiter)
        pools.edit_pool(first, by=recruiter, query=asking("pool:Second"))
    fill_due(acme)
    with acting_in(acme):
        CandidateTag.objects.create(candidate=ana, tag=red)
    is_following, is_saving = Event(), Event()
    refresh = smart_pools._refresh

    def slowly(pool, ids, now):
        moved = refresh(pool, ids, now)
        is_following.set()
        is_saving.wait(5)
        return moved

    monkeypatch.setattr(smart_pools, "_refresh", slowly)

    def follow():
        try:
            with acting_in(acme):
                freshen_batch()
        finally:
            connection.close()

    def save():
        try:
            is_following.wait(20)
            with acting_in(acme):
                # Both are at it now: the one that follows goes on to the pool that is being saved.
                Timer(1, is_saving.set).start()
                pools.edit_pool(first, by=recruiter, query=asking("pool:Second tag:Red"))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(follow), threads.submit(save)]:
            done.result(timeout=60)
    monkeypatch.setattr(smart_pools, "_refresh", refresh)

    fill_due(acme)
    with acting_in(acme):
        assert members(first) == members(second) == {ana.pk}


def test_a_pool_that_is_brought_back_follows_what_changed_meanwhile(acme, recruiter, as_user):
    with acting_in(acme):
        red = TagFactory(name="Red")
        ana, bo = CandidateFactory(tags=["Red"]), CandidateFactory()
        pool = make("Base", "tag:Red", recruiter)
    fill_due(acme)
    with acting_in(acme):
        pools.archive_pool(pool, by=recruiter)
        CandidateTag.objects.create(candidate=bo, tag=red)
        freshen_batch()
        assert members(pool) == {ana.pk}

    as_user(recruiter).post(f"/acme/pools/{pool.pk}/restore/")
    fill_due(acme)

    with acting_in(acme):
        assert members(pool) == {ana.pk, bo.pk}


def test_an_empty_pool_says_that_its_people_were_taken_out(acme, recruiter, as_user):
    with acting_in(acme):
        ana = CandidateFactory(tags=["Red"])
        pool = make("Base", "tag:Red", recruiter)
    fill_due(acme)
    with acting_in(acme):
        pools.remove_from_pool(pool, [ana.pk], by=recruiter)

    page = seen(as_user(recruiter).get(f"/acme/pools/{pool.pk}/"))

    assert "Whoever matches its rule was taken out by hand" in page

"""Following people and pools: who is told of what, once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from candidates.models import CandidateWatch, Notification, PoolWatch, Touchpoint
from candidates.services.merging.merging import merge_people
from candidates.services.notes import add_note
from candidates.services.notifying import notify
from candidates.services.pools import add_to_pool
from candidates.services.timeline import add_touchpoint
from candidates.services.watching import tell_watchers, watch_candidate, watch_pool
from crm.tenancy.models import Membership
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory, TalentPoolFactory

Kind = Touchpoint.Kind


def told(user) -> list[str]:
    mine = Notification.objects.filter(user=user, kind=Notification.Kind.WATCHED)
    return list(mine.order_by("pk").values_list("text", flat=True))


def soon():
    return timezone.now() + timedelta(minutes=1)


@pytest.fixture
def ana(in_acme):
    return CandidateFactory(full_name="Ana Sousa")


def test_watcher_is_told_once_of_what_others_did(ana, recruiter, sourcer):
    add_touchpoint(ana, Kind.CALL, "Before the watch", actor=sourcer)
    watch_candidate(ana, by=recruiter)
    add_touchpoint(ana, Kind.CALL, "Called her", actor=sourcer)
    add_touchpoint(ana, Kind.CALL, "My own doing", actor=recruiter)
    add_touchpoint(CandidateFactory(), Kind.CALL, "Somebody else", actor=sourcer)

    tell_watchers(soon())
    tell_watchers(soon() + timedelta(minutes=1))

    assert told(recruiter) == ["Ana Sousa: Called her"]
    assert told(sourcer) == []


def test_several_things_are_one_line(ana, recruiter, sourcer):
    watch_candidate(ana, by=recruiter)
    for summary in ("Called her", "Met her", "Moved to Screen"):
        add_touchpoint(ana, Kind.MEETING, summary, actor=sourcer)

    tell_watchers(soon())

    assert told(recruiter) == ["Ana Sousa: Moved to Screen · and 2 more"]


def test_what_is_new_waits_until_its_transaction_has_settled(ana, recruiter, sourcer):
    watch_candidate(ana, by=recruiter)
    add_touchpoint(ana, Kind.CALL, "Called her", actor=sourcer)

    tell_watchers()
    assert told(recruiter) == []
    tell_watchers(soon())
    assert told(recruiter) == ["Ana Sousa: Called her"]


def test_private_notes_stay_private(ana, recruiter, sourcer):
    watch_candidate(ana, by=recruiter)
    add_note(ana, body="Between us", by=sourcer, is_private=True)

    tell_watchers(soon())

    assert told(recruiter) == []


def test_what_was_told_already_is_not_told_again(ana, recruiter, sourcer):
    watch_candidate(ana, by=recruiter)
    notify(recruiter, kind=Notification.Kind.REPLY, text="Ana Sousa replied", candidate=ana)
    add_touchpoint(ana, Kind.MAIL_RECEIVED, "Replied: yes")

    tell_watchers(soon())

    assert told(recruiter) == []


@pytest.mark.parametrize("role", [None, Role.HIRING_MANAGER])
def test_who_no_longer_reads_candidates_is_told_nothing(ana, recruiter, sourcer, role):
    watch_candidate(ana, by=recruiter)
    membership = Membership.objects.filter(user=recruiter)
    membership.update(role=role) if role else membership.delete()
    add_touchpoint(ana, Kind.CALL, "Called her", actor=sourcer)

    tell_watchers(soon())

    assert told(recruiter) == []


def test_watcher_of_a_pool_hears_who_joins(in_acme, recruiter, sourcer):
    pool = TalentPoolFactory(name="Backend")
    watch_pool(pool, by=recruiter)
    add_to_pool(pool, [CandidateFactory().pk, CandidateFactory().pk], by=sourcer)
    add_to_pool(pool, [CandidateFactory().pk], by=recruiter)

    tell_watchers(soon())
    tell_watchers(soon() + timedelta(minutes=1))

    assert told(recruiter) == ["2 people joined the pool Backend"]


def test_watch_follows_a_merge(ana, recruiter, owner):
    twin = CandidateFactory(full_name="Ana Souza")
    for watched in (ana, twin):
        watch_candidate(watched, by=recruiter)
    watch_candidate(twin, by=owner)

    merge_people(ana, [twin.pk], by=owner)

    assert set(CandidateWatch.objects.values_list("candidate", "user")) == {
        (ana.pk, recruiter.pk),
        (ana.pk, owner.pk),
    }


def test_buttons_watch_and_unwatch(acme, recruiter, as_user):
    with acting_in(acme):
        ana, pool = CandidateFactory(), TalentPoolFactory()
    client = as_user(recruiter)
    for page in (f"/acme/candidates/{ana.pk}/", f"/acme/pools/{pool.pk}/"):
        client.post(f"{page}watch/")
        client.post(f"{page}watch/")
        if not client.get(page).headers.get("HX-Redirect"):
            assert client.get(page).status_code == 200
    with acting_in(acme):
        assert (CandidateWatch.objects.count(), PoolWatch.objects.count()) == (1, 1)

    client.post(f"/acme/candidates/{ana.pk}/watch/", {"stop": "1"})
    client.post(f"/acme/pools/{pool.pk}/watch/", {"stop": "1"})

    with acting_in(acme):
        assert (CandidateWatch.objects.count(), PoolWatch.objects.count()) == (0, 0)

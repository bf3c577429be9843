"""Who goes cold, by whose number, and what owners are told of it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from candidates.models import Candidate, Notification, PeopleSettings
from candidates.queries import Thresholds, find_cold, page_of_cold
from candidates.services.telling import tell_cold, tell_due
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory, TalentPoolFactory, TaskFactory

Status = Candidate.Status


def contacted(name: str, days: int, **fields) -> Candidate:
    person = CandidateFactory(full_name=name, **fields)
    Candidate.objects.filter(pk=person.pk).update(
        last_contacted_at=timezone.now() - timedelta(days=days)
    )
    return person


def cold(user) -> list[tuple[str, str]]:
    rows, _ = page_of_cold(viewer=user)
    return [(row.candidate.full_name, row.reason) for row in rows]


def test_cold_people_come_coldest_first_with_the_reason(in_acme, recruiter):
    contacted("Warm", 59)
    contacted("Cold", 61)
    contacted("Coldest", 93)
    for status in (Status.DO_NOT_CONTACT, Status.NOT_NOW, Status.HIRED, Status.ALUMNI):
        contacted("At rest", 93, status=status)
    never = CandidateFactory(full_name="Never")
    Candidate.objects.filter(pk=never.pk).update(created_at=timezone.now() - timedelta(days=70))

    assert cold(recruiter) == [
        ("Coldest", "No contact for 93 days; the limit is 60"),
        ("Never", "No contact for 70 days; the limit is 60"),
        ("Cold", "No contact for 61 days; the limit is 60"),
    ]


def test_a_pools_own_number_counts_and_of_several_the_smallest(in_acme, recruiter):
    PeopleSettings.objects.create(cold_after_days=30)
    often = TalentPoolFactory(name="Often", cold_after_days=10)
    seldom = TalentPoolFactory(name="Seldom", cold_after_days=100)
    plain = TalentPoolFactory(name="Plain")
    gone = TalentPoolFactory(name="Gone", cold_after_days=1, archived_at=timezone.now())
    contacted("In often", 12, pools=[often])
    contacted("In both", 12, pools=[seldom, often])
    contacted("In seldom", 40, pools=[seldom])
    contacted("In plain", 40, pools=[plain])
    contacted("In gone", 12, pools=[gone])

    assert cold(recruiter) == [
        ("In plain", "No contact for 40 days; the limit is 30"),
        ("In often", "No contact for 12 days; the pool “Often” wants 10"),
        ("In both", "No contact for 12 days; the pool “Often” wants 10"),
    ]


def test_cold_list_pages_by_key(in_acme, recruiter):
    names = [f"Person {days}" for days in range(70, 64, -1)]
    for days in range(65, 71):
        contacted(f"Person {days}", days)

    first, page = page_of_cold(viewer=recruiter, size=4)
    second, _ = page_of_cold(viewer=recruiter, size=4, cursor=page.next_cursor)

    assert [row.candidate.full_name for row in (*first, *second)] == names


def test_cold_people_are_found_by_an_index(in_acme):
    plan = find_cold(Thresholds(60, {1: ("Often", 10)})).order_by("last_touched_at", "id").explain()

    assert "candidate_last_touched" in plan or "Seq Scan" in plan


@pytest.mark.parametrize("rows", [1, 3])
def test_page_takes_the_same_queries_for_any_number_of_rows(
    acme, recruiter, client, count_queries, bare_panels, rows
):
    with acting_in(acme):
        pool = TalentPoolFactory(cold_after_days=10)
        for number in range(rows):
            contacted(f"Cold {number}", 90, owner=recruiter, pools=[pool])
    client.force_login(recruiter)

    # Session, user, membership, frame; settings, pools, who, their rows, their pools.
    assert count_queries(client, "/acme/candidates/cold/") == 9


def test_page_shows_ones_own_or_everybodys(acme, recruiter, owner, as_user):
    with acting_in(acme):
        contacted("Mine", 90, owner=recruiter)
        contacted("Theirs", 90, owner=owner)
    client = as_user(recruiter)

    mine, every = (
        seen(client.get(f"/acme/candidates/cold/{query}")) for query in ("", "?show=all")
    )

    assert "Mine" in mine
    assert "Theirs" not in mine
    assert "Theirs" in every


def test_admins_set_the_numbers(acme, owner, client):
    with acting_in(acme):
        TalentPoolFactory(name="Often", cold_after_days=10)
    client.force_login(owner)
    path = "/acme/settings/people/"

    client.post(path, {"cold_after_days": 90, "tag_makers": ["admin", "owner"]})

    page = seen(client.get(path))
    assert "Often10 days" in page
    with acting_in(acme):
        kept = PeopleSettings.objects.get()
        assert (kept.cold_after_days, kept.tag_makers) == (90, ["admin", "owner"])
    assert client.post(path, {"cold_after_days": 0}).status_code == 422


MORNING = datetime(2027, 1, 5, 8, 0, tzinfo=UTC)


def texts(user) -> list[str]:
    return list(
        Notification.objects.filter(user=user).order_by("pk").values_list("text", flat=True)
    )


@time_machine.travel(MORNING, tick=False)
def test_owner_is_told_once_a_day_of_who_went_cold_since(in_acme, recruiter, owner):
    contacted("Newly", 60, owner=recruiter)
    contacted("Long ago", 90, owner=recruiter)
    tell_cold(MORNING - timedelta(hours=2))
    assert texts(recruiter) == []

    for _ in range(2):
        tell_cold(MORNING)
    tell_cold(MORNING + timedelta(days=1))

    assert texts(recruiter) == ["1 person of yours went cold"]
    assert texts(owner) == []


@time_machine.travel(MORNING, tick=False)
def test_assignee_is_told_of_the_day_in_the_morning_and_of_a_time_when_it_comes(in_acme, recruiter):
    for _ in range(2):
        TaskFactory(assignee=recruiter, due_on="2027-01-05")
    TaskFactory(assignee=recruiter, due_on="2027-01-06")
    TaskFactory(
        title="Call", candidate=None, assignee=recruiter, due_on="2027-01-05", due_time="09:30"
    )

    tell_due(MORNING - timedelta(hours=2))
    assert texts(recruiter) == []
    for _ in range(2):
        tell_due(MORNING)
    assert texts(recruiter) == ["2 tasks are due today"]
    for _ in range(2):
        tell_due(MORNING + timedelta(hours=2))
    assert texts(recruiter) == ["2 tasks are due today", "Due at 09:30: Call"]


@time_machine.travel(MORNING, tick=False)
def test_morning_is_that_of_the_user(in_acme, recruiter):
    recruiter.time_zone = "America/Los_Angeles"
    recruiter.save()
    TaskFactory(assignee=recruiter, due_on="2027-01-05")

    tell_due(MORNING)
    assert texts(recruiter) == []
    tell_due(MORNING + timedelta(hours=7))
    assert texts(recruiter) == ["1 task is due today"]

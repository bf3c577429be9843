"""Telling members what happened: who, how often, and what they see of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from candidates.models import Notification
from candidates.privacy import erase_candidates
from candidates.services.notifying import (
    choose_delivery,
    forget_old_notifications,
    notify,
    notify_all,
)
from candidates.services.tasks import add_task
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory, MembershipFactory

Kind = Notification.Kind
PAGE = "/acme/notifications/"


def told(user) -> list[str]:
    return list(
        Notification.objects.filter(user=user).order_by("pk").values_list("text", flat=True)
    )


def test_notify_tells_a_member_and_nobody_of_their_own_doing(in_acme, recruiter, sourcer):
    notify_all([recruiter, sourcer, None], kind=Kind.MENTION, text="Ana  was\nnamed", by=sourcer)

    assert told(recruiter) == ["Ana was named"]
    assert told(sourcer) == []


def test_notify_tells_nobody_who_left(in_acme, recruiter, stranger):
    Membership.objects.filter(user=recruiter).delete()

    notify_all([recruiter, stranger], kind=Kind.MENTION, text="Ana was named")

    assert not Notification.objects.exists()


def test_notify_keeps_to_what_was_chosen(in_acme, recruiter):
    choose_delivery(recruiter, {Kind.IMPORT: "off", Kind.REPLY: "now"})

    notify(recruiter, kind=Kind.IMPORT, text="An import")
    notify(recruiter, kind=Kind.REPLY, text="A reply")
    choose_delivery(recruiter, {Kind.IMPORT: "now"})
    notify(recruiter, kind=Kind.IMPORT, text="Another import")

    assert told(recruiter) == ["A reply", "Another import"]


def test_notify_tells_the_same_key_once(in_acme, recruiter, sourcer):
    for _ in range(2):
        notify_all([recruiter, sourcer], kind=Kind.COLD, text="3 people", key="cold:2026-11-22")
    notify(recruiter, kind=Kind.COLD, text="4 people", key="cold:2026-11-23")

    assert told(recruiter) == ["3 people", "4 people"]
    assert told(sourcer) == ["3 people"]


def test_notify_tells_hiring_managers_of_no_candidate_that_they_may_not_read(in_acme, manager):
    notify(manager, kind=Kind.MENTION, text="Ana was named", candidate=CandidateFactory())

    assert told(manager) == []


def test_notification_goes_with_the_person(in_acme, recruiter):
    ana = CandidateFactory(full_name="Ana Sousa")
    notify(recruiter, kind=Kind.REPLY, text="Ana Sousa replied", candidate=ana)
    notify(recruiter, kind=Kind.TASK_DUE, text="3 tasks are due")

    assert erase_candidates([ana.pk])["candidates.Notification"] == 1
    assert told(recruiter) == ["3 tasks are due"]


def test_old_notifications_are_forgotten(in_acme, recruiter):
    notify(recruiter, kind=Kind.IMPORT, text="Old")
    Notification.objects.update(created_at=timezone.now() - timedelta(days=91))
    notify(recruiter, kind=Kind.IMPORT, text="New")

    assert forget_old_notifications() == 1
    assert told(recruiter) == ["New"]


def test_assignee_is_told_of_a_task_from_somebody_else(in_acme, recruiter, sourcer):
    ana = CandidateFactory(full_name="Ana Sousa")
    add_task(title="Call", candidate=ana, assignee=sourcer, by=recruiter)
    add_task(title="My own", assignee=sourcer, by=sourcer)

    assert told(sourcer) == ["Task for you: Call · Ana Sousa"]


@pytest.fixture
def lines(acme, recruiter, sourcer):
    with acting_in(acme):
        notify(recruiter, kind=Kind.IMPORT, text="Import done", link="candidates/imports/1/")
        notify(recruiter, kind=Kind.TASK_DUE, text="Tasks due")
        notify(sourcer, kind=Kind.TASK_DUE, text="Theirs")
        return {line.text: line for line in Notification.objects.all()}


def test_bell_counts_what_is_unread_here(lines, recruiter, globex, client):
    MembershipFactory(user=recruiter, organization=globex)
    with acting_in(globex):
        notify(recruiter, kind=Kind.TASK_DUE, text="Elsewhere")
    client.force_login(recruiter)

    assert "Notifications, 2 unread" in client.get("/acme/tasks/").text
    assert "Notifications, 1 unread" in client.get("/globex/tasks/").text


def test_bell_stops_counting_at_99(acme, recruiter, client):
    with acting_in(acme):
        for number in range(100):
            notify(recruiter, kind=Kind.IMPORT, text=f"Import {number}")
    client.force_login(recruiter)

    assert "Notifications, 99+ unread" in client.get("/acme/tasks/").text


def test_page_shows_ones_own_lines_newest_first(lines, recruiter, as_user):
    client = as_user(recruiter)
    client.post(f"{PAGE}{lines['Tasks due'].pk}/open/")

    every, unread = seen(client.get(PAGE)), seen(client.get(f"{PAGE}?show=unread"))

    assert every.index("Tasks due") < every.index("Import done")
    assert "Import done" in unread
    assert "Tasks due" not in unread
    assert "Theirs" not in every


def test_opening_marks_as_read_and_leads_there(lines, acme, recruiter, client):
    client.force_login(recruiter)
    line = lines["Import done"]

    answer = client.post(f"{PAGE}{line.pk}/open/")

    assert answer["Location"] == "/acme/candidates/imports/1/"
    with acting_in(acme):
        line.refresh_from_db()
        assert line.read_at
    client.post(f"{PAGE}{line.pk}/unread/")
    with acting_in(acme):
        line.refresh_from_db()
        assert line.read_at is None


def test_somebody_elses_line_stays_theirs(lines, acme, recruiter, client):
    client.force_login(recruiter)
    theirs = lines["Theirs"]

    assert client.post(f"{PAGE}{theirs.pk}/open/").status_code == 409
    assert client.post(f"{PAGE}read/").status_code == 302
    with acting_in(acme):
        assert list(Notification.objects.filter(read_at=None)) == [theirs]


def test_choices_are_kept(acme, recruiter, client):
    client.force_login(recruiter)
    body = dict.fromkeys(Kind.values, "now") | {"cold": "off"}

    client.post(f"{PAGE}choices/", body)

    form = client.get(f"{PAGE}choices/").context["form"]
    assert form["cold"].value() == "off"
    assert form["reply"].value() == "now"
    assert client.post(f"{PAGE}choices/", {"cold": "off"}).status_code == 422


@pytest.mark.parametrize("rows", [1, 3])
def test_page_takes_the_same_queries_for_any_number_of_rows(
    acme, recruiter, client, count_queries, rows
):
    with acting_in(acme):
        for number in range(rows):
            notify(recruiter, kind=Kind.IMPORT, text=f"Import {number}")
    client.force_login(recruiter)

    # Session, user, membership, lines, frame.
    assert count_queries(client, PAGE) == 5


def test_empty_page_says_so(acme, viewer, as_user):
    assert "Nothing yet" in seen(as_user(viewer).get(PAGE))
    assert "Nothing new" in seen(as_user(viewer).get(f"{PAGE}?show=unread"))

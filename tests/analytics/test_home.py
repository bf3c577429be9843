"""The home page: what is to be done today, by whom; and a hiring manager's."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from analytics import home
from campaigns.models import Message, MessageEvent, Sender, Sequence
from candidates.models import Candidate, PoolMembership, PrivacyNotice, TalentPool, Task
from crm.tenancy.scope import acting_in
from pipelines.services import jobs
from tests.factories import CandidateFactory, TaskFactory


def words(response) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def test_home_shows_what_i_owe_today(as_user, acme, recruiter, owner):
    today = timezone.localdate()
    with acting_in(acme):
        TaskFactory(title="Late one", assignee=recruiter, due_on=today - timedelta(days=2))
        TaskFactory(title="Due one", assignee=recruiter, due_on=today)
        TaskFactory(title="Later one", assignee=recruiter, due_on=today + timedelta(days=1))
        TaskFactory(title="Of others", assignee=owner, due_on=today)
        done = TaskFactory(title="Done one", assignee=recruiter, due_on=today)
        Task.objects.filter(pk=done.pk).update(done_at=timezone.now())

    page = words(as_user(recruiter).get("/acme/"))

    assert "Due today 2 My day" in page
    assert page.index("Late one") < page.index("Due one")
    for text in ("Later one", "Of others", "Done one"):
        assert text not in page


def test_home_completes_a_task_and_comes_back(as_user, mode, acme, recruiter):
    with acting_in(acme):
        task = TaskFactory(assignee=recruiter, due_on=timezone.localdate())
    client = as_user(recruiter)

    content = client.get("/acme/").content.decode()
    response = client.post(f"/acme/tasks/{task.pk}/complete/", {"next": "/acme/"})

    assert f'formaction="/acme/tasks/{task.pk}/complete/"' in content
    assert 'name="next" value="/acme/"' in " ".join(content.split())
    location = response.url if mode == "plain" else response.headers["HX-Redirect"]
    assert location == "/acme/"


def test_home_shows_replies_of_mine_and_of_nobody(as_user, acme, recruiter, owner):
    with acting_in(acme):
        for title, assignee in (("My reply", recruiter), ("No one's", None), ("Hers", owner)):
            TaskFactory(title=title, assignee=assignee, origin=Task.Origin.REPLY)

    page = words(as_user(recruiter).get("/acme/"))

    assert "Replies to answer 2" in page
    assert "My reply" in page
    assert "Hers" not in page


def test_home_leads_to_what_it_has_no_room_for(as_user, acme, recruiter):
    with acting_in(acme):
        for _ in range(home.MOST_TASKS + 2):
            TaskFactory(assignee=recruiter, due_on=timezone.localdate())
            TaskFactory(assignee=recruiter, origin=Task.Origin.REPLY)
            TaskFactory(assignee=None, origin=Task.Origin.REPLY)

    page = as_user(recruiter).get("/acme/").content.decode()

    assert '<a class="link" href="/acme/tasks/list/">2 more</a>' in page
    assert '<a class="link" href="/acme/tasks/list/?show=replies">12 more</a>' in page


def test_home_shows_who_goes_cold(as_user, acme, recruiter, owner):
    def contacted(name: str, days: int, **fields) -> None:
        person = CandidateFactory(full_name=name, **{"owner": recruiter, **fields})
        Candidate.objects.filter(pk=person.pk).update(
            last_contacted_at=timezone.now() - timedelta(days=days),
            created_at=timezone.now() - timedelta(days=400),
        )

    with acting_in(acme):
        contacted("Warm Person", 59)
        contacted("Cold Person", 61)
        contacted("Coldest Person", 200)
        contacted("Hired Person", 200, status=Candidate.Status.HIRED)
        contacted("Other's Person", 200, owner=owner)
        new = CandidateFactory(full_name="New Person", owner=recruiter)

    page = words(as_user(recruiter).get("/acme/"))

    assert page.index("Coldest Person") < page.index("Cold Person")
    for name in ("Warm Person", "Hired Person", "Other's Person", new.full_name):
        assert name not in page


def test_home_shows_sequences_that_need_a_look(as_user, acme, recruiter):
    with acting_in(acme):
        sender = Sender.objects.create(
            name="Rita",
            address="rita@acme.example",
            paused_at=timezone.now(),
            paused_because="The provider refuses the password",
        )
        for name, state in (
            ("Doubtful", Message.State.AMBIGUOUS),
            ("Refused", Message.State.FAILED),
            ("Fine", Message.State.SENT),
        ):
            sequence = Sequence.objects.create(name=name, sender=sender, state="active")
            person = CandidateFactory()
            enrollment = sequence.enrollments.create(candidate=person)
            Message.objects.create(
                direction="out", state=state, candidate=person, enrollment=enrollment
            )

    page = words(as_user(recruiter).get("/acme/"))

    assert "Doubtful 1 of unknown fate" in page
    assert "Refused 1 refused" in page
    assert "Fine" not in page
    assert "The provider refuses the password" in page


def test_home_shows_how_mail_does_and_who_is_to_be_told(as_user, acme, recruiter, viewer):
    now, today = timezone.now(), timezone.localdate()
    with acting_in(acme):
        people = CandidateFactory.create_batch(40)
        sender = Sender.objects.create(name="Rita", address="rita@acme.example")
        mails = Message.objects.bulk_create(
            Message(direction="out", state="sent", candidate=one, sender=sender, handed_at=now)
            for one in people
        )
        for number, kind in enumerate(["bounced", "bounced", "bounced", "unsubscribed"]):
            MessageEvent.objects.create(message=mails[number], kind=kind, event_id=f"e{number}")
        MessageEvent.objects.create(
            message=mails[9], kind="bounced", event_id="old", at=now - timedelta(days=31)
        )
        asks = Message.objects.create(
            direction="in", state="received", candidate=people[0], suggested_intent="erase_me"
        )
        TaskFactory(candidate=asks.candidate, origin=Task.Origin.REPLY)
        for days in (-1, 5, 60):
            PrivacyNotice.objects.update_or_create(
                candidate=people[days % 40], defaults={"due_on": today + timedelta(days=days)}
            )

    page = words(as_user(recruiter).get("/acme/"))

    assert "Sent 40 People answered 1 Bounced 3 7.5 % Complained 0 0.0 % Unsubscribed 1" in page
    assert "More mails come back than providers put up with." in page
    assert "not written to until then 1 To be told within 10 days 1" in page
    assert "Asked in an answer to have their data deleted 1" in page
    assert "no time limit is set" in page
    assert "/to-be-told/" not in as_user(viewer).get("/acme/").content.decode()


def test_home_begins_with_a_checklist(as_user, acme, recruiter):
    empty = words(as_user(recruiter).get("/acme/"))
    with acting_in(acme):
        CandidateFactory()
    begun = words(as_user(recruiter).get("/acme/"))

    assert "First steps Import your people A spreadsheet or an export is enough. Go" in empty
    assert "Done: Import your people Put some of them into a pool" in begun


@pytest.mark.parametrize("number", [1, 3])
def test_home_costs_the_same_for_three(as_user, acme, recruiter, number, django_assert_num_queries):
    with acting_in(acme):
        for index in range(number):
            person = CandidateFactory(owner=recruiter)
            TaskFactory(candidate=person, assignee=recruiter, due_on=timezone.localdate())
            TaskFactory(candidate=person, assignee=recruiter, origin=Task.Origin.REPLY)
            pool = TalentPool.objects.create(name=f"Pool {index}")
            PoolMembership.objects.create(pool=pool, candidate=person)
        Candidate.objects.update(created_at=timezone.now() - timedelta(days=90))
    client = as_user(recruiter)

    with django_assert_num_queries(36):
        content = client.get("/acme/").content.decode()

    assert content.count("/complete/") == 2 * number


def test_home_of_a_hiring_manager_shows_their_jobs(as_user, acme, manager, recruiter):
    with acting_in(acme):
        jobs.create_job(by=recruiter, title="Mine to fill", managers=[manager])
        jobs.create_job(by=recruiter, title="Secret Plan")
        TaskFactory(title="Of the team")

    page = words(as_user(manager).get("/acme/"))

    assert "Mine to fill Open Review 1 opening · 0 people" in page
    assert "Secret Plan" not in page
    assert "Of the team" not in page

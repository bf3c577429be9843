"""What is due becomes rows, in turns, once."""

import re
from datetime import UTC, datetime, time, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Enrollment, Message, SendingRules, Sequence, Signature, Step
from campaigns.schedule import Quiet, next_open
from campaigns.services import (
    batching,
    composing,
    delivering,
    dispatching,
    previewing,
    resuming,
    timing,
)
from campaigns.services.library import ItemDetails, add_item
from candidates.models import Candidate, Task
from candidates.services.custom_fields import add_field, set_values
from candidates.services.provenance import by_hand
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from tests.campaigns.conftest import Outreach

pytestmark = pytest.mark.django_db


MONDAY = datetime(2026, 6, 1, 8, tzinfo=UTC)


State = Message.State

# Statements of one batch, with those that begin and end its two transactions inside a test's own.
FIRST_MAILS, FOLLOW_UPS = 29, 28


def test_a_step_that_is_not_due_stays(outreach):
    outreach.enroll(outreach.candidate())

    earlier = timezone.now() - timedelta(minutes=1)
    assert dispatching.dispatch(outreach.organization, earlier).queued == 0
    assert dispatching.dispatch(outreach.organization).queued == 1


def test_the_next_wait_counts_from_when_the_mail_has_gone(outreach, provider):
    candidate = outreach.candidate()
    outreach.add_second(wait_business_days=2)
    with time_machine.travel(MONDAY, tick=False) as clock:
        outreach.queue(candidate)
        waiting = outreach.enrollment(candidate)
        assert (waiting.next_step.position, waiting.next_at) == (2, None)

        clock.move_to(MONDAY + timedelta(days=3))
        delivering.deliver_due(outreach.organization)

    assert outreach.enrollment(candidate).next_at == MONDAY + timedelta(days=5)


def test_a_task_step_makes_a_task_and_goes_on(outreach):
    candidate = outreach.candidate()
    with acting_in(outreach.organization):
        Step.objects.update(kind=Step.Kind.TASK, task_title="Call {{ first_name }}")
    outreach.add_second(wait_business_days=1)
    outreach.enroll(candidate)

    report = dispatching.dispatch(outreach.organization)

    assert (report.tasks, report.queued) == (1, 0)
    with acting_in(outreach.organization):
        task = Task.objects.get()
        assert task.title == "Call Amara"
        assert task.assignee == outreach.user
        assert task.origin == Task.Origin.SEQUENCE
    enrollment = outreach.enrollment(candidate)
    assert enrollment.next_step.position == 2
    assert enrollment.next_at > timezone.now()


def test_a_task_at_the_end_finishes_the_enrollment(outreach):
    candidate = outreach.candidate()
    with acting_in(outreach.organization):
        Step.objects.update(kind=Step.Kind.TASK)
    outreach.enroll(candidate)

    dispatching.dispatch(outreach.organization)

    assert outreach.enrollment(candidate).state == Enrollment.State.FINISHED


def test_who_lacks_data_is_held_and_named(outreach):
    nameless = outreach.candidate(full_name="nameless@example.com")
    outreach.enroll(nameless)

    report = dispatching.dispatch(outreach.organization)

    assert (report.held, report.queued) == (1, 0)
    enrollment = outreach.enrollment(nameless)
    assert (enrollment.state, enrollment.stop_reason) == ("paused", "missing_data")
    assert enrollment.waits_for == "Needs data: first_name"
    with acting_in(outreach.organization):
        Candidate.objects.update(full_name="Nia Long")
        resuming.resume(enrollment, by=outreach.user)
    assert dispatching.dispatch(outreach.organization).queued == 1
    assert outreach.enrollment(nameless).stop_reason == ""


def test_who_must_not_be_written_to_any_more_is_stopped(outreach):
    candidate = outreach.candidate()
    outreach.enroll(candidate)
    outreach.inside(lambda: Candidate.objects.update(status=Candidate.Status.DO_NOT_CONTACT))

    report = dispatching.dispatch(outreach.organization)

    assert (report.stopped, report.queued) == (1, 0)
    assert outreach.enrollment(candidate).stop_reason == Enrollment.StopReason.SUPPRESSED


def test_a_step_that_went_out_before_is_passed_over(outreach, provider):
    """Somebody rearranged the steps: the enrollment points to one that has been sent."""
    candidate = outreach.candidate()
    outreach.add_second()
    outreach.send(candidate)
    with acting_in(outreach.organization):
        Enrollment.objects.update(next_step=outreach.first, next_at=timezone.now())

    report = dispatching.dispatch(outreach.organization)

    assert report.queued == 0
    enrollment = outreach.enrollment(candidate)
    assert enrollment.next_step.position == 2
    assert enrollment.next_at > timezone.now()


@pytest.mark.parametrize("count", [1, 20])
def test_a_batch_takes_these_statements_however_many_are_in_it(
    outreach, count, django_assert_num_queries
):
    outreach.enroll(*outreach.people(count))
    outreach.inside(SendingRules.objects.create)

    with django_assert_num_queries(FIRST_MAILS):
        assert dispatching.dispatch(outreach.organization).queued == count


@pytest.mark.parametrize("count", [1, 20])
def test_so_does_one_of_people_on_their_way(outreach, count, django_assert_num_queries):
    """No cap is asked about for them, and when each of them started is not written again."""
    outreach.add_second(subject="", wait_business_days=0)
    outreach.queue(*outreach.people(count))
    now = timezone.now()
    with acting_in(outreach.organization):
        Message.objects.update(state=State.SENT, handed_at=now)
        people = list(Enrollment.objects.order_by("pk"))
        for number, enrollment in enumerate(people):
            enrollment.started_at = now - timedelta(days=1 + number)
            enrollment.next_at = now
        Enrollment.objects.bulk_update(people, ["started_at", "next_at"])

    with django_assert_num_queries(FOLLOW_UPS):
        assert dispatching.dispatch(outreach.organization).queued == count

    started = outreach.inside(
        lambda: list(Enrollment.objects.order_by("pk").values_list("started_at", flat=True))
    )
    assert started == [now - timedelta(days=1 + number) for number in range(count)]


@pytest.mark.parametrize("count", [1, 3])
def test_what_texts_name_is_read_once_for_all(outreach, count, django_assert_num_queries):
    """Signature, items of the library and own fields: each was asked for again for every person."""
    people = outreach.people(count)
    with acting_in(outreach.organization):
        outreach.sender.user = outreach.user
        outreach.sender.save()
        Signature.objects.create(user=outreach.user, body="Robin\nAcme")
        details = ItemDetails(title="Our team", url="https://acme.example/team")
        add_item("link", details, by=outreach.user)
        add_field(name="Notice", kind="text", by=outreach.user)
        for number, person in enumerate(people):
            set_values(person, {"notice": f"{number} weeks"}, provenance=by_hand(outreach.user))
        outreach.first.body = "{{ custom.notice }}: {{ content.our_team }}\n{{ signature }}"
        outreach.first.save()
    outreach.enroll(*people)
    outreach.inside(SendingRules.objects.create)

    # The signature, the items; the fields with their choices, and what people have in them.
    with django_assert_num_queries(FIRST_MAILS + 5):
        assert dispatching.dispatch(outreach.organization).queued == count

    assert [message.body_text for message in outreach.messages()] == [
        f"{number} weeks: Our team (https://acme.example/team)\nRobin\nAcme"
        for number in range(count)
    ]


def test_so_it_is_where_data_that_is_missing_is_looked_for(outreach, django_assert_num_queries):
    people = outreach.people(3)
    with acting_in(outreach.organization):
        add_field(name="Notice", kind="text", by=outreach.user)
        set_values(people[0], {"notice": "4 weeks"}, provenance=by_hand(outreach.user))
        outreach.first.body = "{{ custom.notice }}"
        outreach.first.save()

        # Variants, personal mails; the fields with their choices, and what people have in them.
        with django_assert_num_queries(5):
            missing = previewing.find_missing([outreach.first], people, sender=outreach.sender)

    notice = ("custom.notice", "custom.notice", False)
    assert missing == {people[1]: [notice], people[2]: [notice]}


def test_quiet_hours_are_those_of_where_the_person_is(outreach):
    """Also where the sequence itself counts by the sender's clock: the step after a mail was planned by that."""
    person = outreach.candidate(country="JP")
    outreach.enroll(person)
    enrollment = outreach.enrollment(person)

    with acting_in(outreach.organization):
        assert timing.hours_for(enrollment).quiet is None
        SendingRules.objects.create(quiet_start=time(18), quiet_end=time(8))
        hours = timing.hours_for(enrollment)

    assert hours.window.zone == ZoneInfo("UTC")
    assert hours.quiet == Quiet(time(18), time(8), ZoneInfo("Asia/Tokyo"))


def test_organizations_take_turns(outreach, globex, stranger, monkeypatch):
    monkeypatch.setattr(dispatching, "BATCH", 3)
    other = Outreach(globex, stranger)
    outreach.enroll(*outreach.people(7))
    other.enroll(other.candidate("q@example.com"))
    turns = []
    dispatch = dispatching.dispatch

    def note(organization, now):
        turns.append(organization.slug)
        return dispatch(organization, now)

    monkeypatch.setattr(dispatching, "dispatch", note)
    report = dispatching.dispatch_due()

    assert turns == ["acme", "globex", "acme", "acme"]
    assert (report.organizations, report.queued) == (2, 8)


def test_a_paused_organization_has_no_work(outreach):
    outreach.enroll(outreach.candidate())
    Organization.objects.update(sending_paused_at=timezone.now())

    assert dispatching.organizations_with_work() == []
    outreach.organization.refresh_from_db()
    assert dispatching.dispatch(outreach.organization).queued == 0


def test_a_closed_organization_has_no_work(outreach, provider):
    outreach.queue(outreach.candidate())
    outreach.enroll(outreach.candidate("ben@example.com"))
    Organization.objects.update(closed_at=timezone.now())
    outreach.organization.refresh_from_db()

    assert dispatching.organizations_with_work() == []
    assert dispatching.dispatch(outreach.organization).queued == 0
    assert delivering.deliver_due(outreach.organization).taken == 0
    assert provider.accepted == []


@pytest.mark.parametrize(
    "paused",
    [
        lambda: Sequence.objects.update(state=Sequence.State.PAUSED),
        lambda: Enrollment.objects.update(state=Enrollment.State.PAUSED),
    ],
    ids=["sequence", "enrollment"],
)
def test_a_queued_mail_of_what_is_paused_is_no_work(paused, outreach):
    outreach.queue(outreach.candidate())
    assert dispatching.organizations_with_work() == [outreach.organization]

    outreach.inside(paused)

    assert dispatching.organizations_with_work() == []


def test_work_is_found_without_acting_anywhere_and_tells_ids_alone(outreach, globex, stranger):
    """The only functions that see all organizations: they answer with ids, and do nothing else."""
    outreach.enroll(outreach.candidate())
    Outreach(globex, stranger)

    with connection.cursor() as cursor:
        cursor.execute("SELECT campaigns_organizations_with_work(clock_timestamp())")
        assert cursor.fetchall() == [(outreach.organization.pk,)]
        cursor.execute("SELECT * FROM campaigns_message")
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT p.proname, pg_get_function_result(p.oid), pg_get_function_arguments(p.oid),"
            " p.provolatile, p.proconfig, l.lanname, pg_get_userbyid(p.proowner) <> current_user"
            " FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang"
            " JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = 'public' AND p.prosecdef AND p.proname LIKE 'campaigns%'"
            " ORDER BY p.proname"
        )
        path = ["search_path=public, pg_temp"]
        assert cursor.fetchall() == [
            (
                "campaigns_organizations_with_auto_enrollment",
                "SETOF bigint",
                "",
                "s",
                path,
                "sql",
                True,
            ),
            (
                "campaigns_organizations_with_repeatable_mail",
                "SETOF bigint",
                "",
                "s",
                path,
                "sql",
                True,
            ),
            (
                "campaigns_organizations_with_stuck_mail",
                "SETOF bigint",
                "before timestamp with time zone",
                "s",
                path,
                "sql",
                True,
            ),
            (
                "campaigns_organizations_with_work",
                "SETOF bigint",
                "at timestamp with time zone",
                "s",
                path,
                "sql",
                True,
            ),
        ]


def test_queueing_makes_no_html_and_looks_for_no_mail_before_the_first(outreach, monkeypatch):
    """Both took a third of the time of a batch; what goes out is written anew in the last second."""

    def refuse(*args):
        raise AssertionError

    monkeypatch.setattr(composing.markup, "to_html", refuse)
    outreach.enroll(*outreach.people(3))

    with CaptureQueriesContext(connection) as captured:
        assert dispatching.dispatch(outreach.organization).queued == 3

    assert not [query for query in captured if "DISTINCT ON" in query["sql"]]


def test_hours_that_all_share_are_looked_up_once_and_people_by_one_value(outreach, monkeypatch):
    asked = []
    monkeypatch.setattr(batching, "next_open", lambda *args: asked.append(args) or next_open(*args))
    outreach.enroll(*outreach.people(4))

    with CaptureQueriesContext(connection) as captured:
        assert dispatching.dispatch(outreach.organization).queued == 4

    assert len(asked) == 1
    (people,) = [q["sql"] for q in captured if 'FROM "candidates_candidate" WHERE' in q["sql"]]
    assert "unnest" in people


def test_the_queue_is_not_read_again_for_each_organization():
    """What is asked of the queue names no organization from outside: with fifty of them a poll took 19 seconds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prosrc FROM pg_proc WHERE proname = 'campaigns_organizations_with_work'"
        )
        (source,) = cursor.fetchone()
        inner = source[source.index("o.id IN (") + len("o.id IN (") : source.rindex(")")]
        cursor.execute("EXPLAIN " + re.sub(r"\bat\b", "now()", inner))
        assert "campaigns_message" in str(cursor.fetchall())


def test_dispatch_due_reports_what_it_did(outreach, provider):
    nameless = outreach.candidate("n@example.com", full_name="n@example.com")
    outreach.enroll(*outreach.people(2), nameless)
    output = StringIO()

    call_command("dispatch_due", stdout=output)

    assert output.getvalue() == (
        "Organizations with work: 1\n"
        "Mails queued: 2\n"
        "Tasks given: 0\n"
        "Held because a merge field has no value: 1\n"
        "Stopped because the person must not be written to: 0\n"
        "acme: Sent: 2\n"
    )


def test_dispatch_due_can_leave_the_sending_to_workers(outreach, provider):
    outreach.enroll(*outreach.people(1))

    call_command("dispatch_due", "--queue-only", stdout=StringIO())

    assert provider.accepted == []
    assert [message.state for message in outreach.messages()] == [State.QUEUED]


def test_reconcile_sending_reports_what_it_found(outreach, provider):
    first, second, third = outreach.queue(*outreach.people(3))
    long_ago = timezone.now() - timedelta(minutes=5)
    with acting_in(outreach.organization):
        Message.objects.update(state=State.SENDING, claimed_at=long_ago, attempts=1)
        Message.objects.filter(pk=first.pk).update(handed_at=long_ago)
        Message.objects.filter(pk=second.pk).update(crashes=2)
    output = StringIO()

    call_command("reconcile_sending", stdout=output)

    assert output.getvalue() == (
        "Back in the queue (never handed over): 1\n"
        "In doubt (handed over, no answer recorded): 1\n"
        "Set aside (stopped several workers): 1\n"
        "Cleared up (the provider knew them again): 0\n"
    )
    states = [outreach.reload(message).state for message in (first, second, third)]
    assert states == [State.AMBIGUOUS, State.FAILED, State.QUEUED]


def test_a_paused_sequence_keeps_its_people(outreach, provider):
    candidate = outreach.candidate()
    outreach.enroll(candidate)
    outreach.inside(lambda: Sequence.objects.update(state=Sequence.State.PAUSED))

    assert dispatching.dispatch_due().queued == 0
    assert outreach.enrollment(candidate).state == Enrollment.State.ACTIVE

"""Every mail of the tables in `mails/`, taken in as the answer to a mail of ours; the rates that must hold."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import time_machine

from campaigns import signing
from campaigns.models import Enrollment, Message, MessageEvent
from campaigns.services import delivering, receiving
from campaigns.services.composing import reference_of
from candidates.models import Task, Touchpoint
from candidates.services import suppressing
from tests.campaigns import corpus
from tests.campaigns.conftest import Outreach

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
NO_DATE_GIVEN = "2026-06-15"
Make = Callable[[corpus.Entry, corpus.Written], bytes]


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


def receive_all(
    outreach: Outreach, entries: list[corpus.Entry], make: Make
) -> list[tuple[corpus.Entry, Message | None, Enrollment]]:
    """Write one mail to a person for each entry, answer it, and return what became of it."""
    outreach.add_second()
    people = [
        outreach.candidate(f"amara{number}@example.com", full_name=f"Amara Okafor {number}")
        for number, _ in enumerate(entries)
    ]
    outreach.queue(*people)
    while delivering.deliver_due(outreach.organization, limit=500).taken:
        pass
    sent = {message.candidate_id: message for message in outreach.messages(state="sent")}
    received = []
    for entry, person in zip(entries, people, strict=True):
        message = sent[person.pk]
        written = corpus.Written(
            address=message.to_address,
            message_id=message.message_id,
            reply_to=signing.reply_address(reference_of(message), slug="acme"),
        )
        received.append(receiving.receive(make(entry, written)))
    enrollments = {
        enrollment.candidate_id: enrollment
        for enrollment in outreach.inside(lambda: list(Enrollment.objects.all()))
    }
    return [
        (entry, message, enrollments[person.pk])
        for entry, message, person in zip(entries, received, people, strict=True)
    ]


def test_the_corpus_is_large_enough():
    tables = ("away", "left", "machines", "receipts", "replies", "bounces")
    sizes = {name: len(list(corpus.table(name))) for name in tables}

    assert sum(sizes.values()) + len(list(corpus.MAILS.glob("*.eml"))) >= 380
    assert sizes["away"] >= 76
    assert sizes["replies"] >= 90
    # A name stands for one mail.
    for name in tables:
        names = [entry.name for entry in corpus.table(name)]
        assert len(names) == len(set(names))


def test_every_persons_answer_stops_the_sequence(outreach, provider):
    entries = list(corpus.table("replies"))

    results = receive_all(outreach, entries, corpus.answer)

    passed_over = [
        entry.name for entry, _, enrollment in results if enrollment.stop_reason != "replied"
    ]
    assert passed_over == []
    shown = outreach.inside(
        lambda: dict(
            Touchpoint.objects.filter(kind=Touchpoint.Kind.MAIL_RECEIVED).values_list(
                "candidate", "body"
            )
        )
    )
    misread = {
        entry.name: shown[enrollment.candidate_id]
        for entry, _, enrollment in results
        if shown[enrollment.candidate_id] != entry.text
    }
    assert misread == {}
    assert outreach.inside(Task.objects.count) == len(entries)


def test_automatic_answers_stop_nothing(outreach, provider):
    """At most one in a hundred is taken for a person, and waits for one."""
    entries = [*corpus.table("away"), *corpus.table("machines")]

    results = receive_all(outreach, entries, corpus.automatic)

    mistaken = [
        entry.name
        for entry, message, enrollment in results
        if enrollment.state != "active" or not message or not message.is_automatic
    ]
    assert len(mistaken) <= len(entries) / 100, mistaken
    assert outreach.inside(Task.objects.count) == len(mistaken)
    for entry, _, enrollment in results:
        if entry.table == "away" and entry.name not in mistaken:
            named = entry.field(1)
            expected = NO_DATE_GIVEN if named == "-" else named
            assert enrollment.next_at.date().isoformat() == expected, entry.name


def test_who_has_left_is_not_written_to_again(outreach, provider):
    results = receive_all(outreach, list(corpus.table("left")), corpus.automatic)

    written_to = [
        entry.name for entry, _, enrollment in results if enrollment.stop_reason != "left_company"
    ]
    assert written_to == []
    assert outreach.inside(Task.objects.count) == len(results)


def test_receipts_change_nothing(outreach, provider):
    results = receive_all(outreach, list(corpus.table("receipts")), corpus.receipt)

    days = {enrollment.next_at.date().isoformat() for _, _, enrollment in results}
    assert days == {"2026-06-04"}
    assert {enrollment.state for _, _, enrollment in results} == {"active"}
    assert outreach.inside(Task.objects.count) == 0


def test_delivery_reports_retire_what_is_gone_and_nothing_else(outreach, provider):
    entries = list(corpus.table("bounces"))

    results = receive_all(outreach, entries, corpus.report)

    noted = outreach.inside(
        lambda: set(MessageEvent.objects.values_list("message__candidate", flat=True))
    )
    verdicts = {}
    for entry, message, enrollment in results:
        assert message is None, entry.name
        if enrollment.stop_reason == "bounced":
            verdicts[entry.name] = "hard"
        else:
            assert enrollment.state == "active", entry.name
            verdicts[entry.name] = "soft" if enrollment.candidate_id in noted else "none"
    assert verdicts == {entry.name: entry.field(1) for entry in entries}


def test_a_report_that_names_only_the_address_finds_the_mail(outreach, provider):
    """Some servers send back neither the headers nor the thread."""
    outreach.send(outreach.candidate())
    entry = corpus.Entry("bounces", "bare", ("postfix", "hard"), "failed 5.1.1 unknown", "")
    written = corpus.Written("amara@example.com", "<elsewhere@example.com>", "acme@reply.localhost")

    assert receiving.receive(corpus.report(entry, written)) is None

    assert outreach.inside(suppressing.is_suppressed, "email", "amara@example.com")


def test_answers_without_any_mark_wait_for_a_decision(outreach, provider):
    """From an address that nobody has, to the organization's own: kept, listed, nothing stops."""
    running = outreach.candidate()
    outreach.queue(running)
    entries = list(corpus.table("replies"))
    written = corpus.Written(
        "stranger@example.net", "<x@example.net>", "acme@reply.localhost", "acme@reply.localhost"
    )

    received = [receiving.receive(corpus.answer(entry, written)) for entry in entries]

    assert all(message and message.candidate_id is None for message in received)
    assert len(outreach.messages(direction="in", state="received")) == len(entries)
    assert outreach.enrollment(running).state == "active"

"""Every mail of the tables in `mails/`, taken in as the answer to a mail of ours; the rates that must hold."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import time_machine

from campaigns import signing
from campaigns.inbound.classifying import is_marked
from campaigns.inbound.parsing import parse
from campaigns.models import Enrollment, Message, MessageEvent
from campaigns.queries import unmatched_mails
from campaigns.services import delivering, receiving
from campaigns.services.composing import reference_of
from candidates.models import Task, Touchpoint
from candidates.services import suppressing
from tests.campaigns import corpus
from tests.campaigns.conftest import Outreach

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
ANYBODY = corpus.Written("amara@example.com", "<x@example.com>", "acme@reply.localhost")
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
    # Whose headers do not say so is looked at.
    looked_at = [
        entry.name
        for entry in entries
        if entry.name not in mistaken and not is_marked(parse(corpus.automatic(entry, ANYBODY)))
    ]
    tasks = outreach.inside(lambda: list(Task.objects.values_list("title", flat=True)))
    assert sum(title.startswith("Look whether ") for title in tasks) == len(looked_at)
    assert len(tasks) == len(mistaken) + len(looked_at)
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


def bare_report(address: str, words: str = "failed 5.1.1 unknown") -> bytes:
    """Without the headers or the thread of the mail that it is about: anybody can write one."""
    entry = corpus.Entry("bounces", "bare", ("postfix", "hard"), words, "")
    written = corpus.Written(address, "<elsewhere@example.com>", "acme@reply.localhost")
    return corpus.report(entry, written)


def test_a_report_that_proves_nothing_waits_for_a_decision(outreach, provider):
    outreach.add_second()
    written = outreach.send(outreach.candidate())

    received = receiving.receive(bare_report("amara@example.com"))

    assert (received.candidate, received.is_automatic) == (None, True)
    assert received in outreach.inside(lambda: list(unmatched_mails()))
    assert not outreach.inside(suppressing.is_suppressed, "email", "amara@example.com")
    assert not outreach.inside(MessageEvent.objects.exists)
    assert outreach.enrollment(written.candidate).state == Enrollment.State.ACTIVE


@pytest.mark.parametrize(
    ("words", "is_retired"), [("failed 5.1.1 unknown", True), ("failed 5.2.2 mailbox full", False)]
)
def test_whoever_gives_a_report_to_a_person_vouches_for_it(outreach, provider, words, is_retired):
    outreach.add_second()
    written = outreach.send(outreach.candidate())
    before = outreach.enrollment(written.candidate)
    received = receiving.receive(bare_report("amara@example.com", words))

    outreach.inside(receiving.match, received, written.candidate, by=outreach.user)

    after = outreach.enrollment(written.candidate)
    assert outreach.inside(MessageEvent.objects.get).message_id == written.pk
    assert outreach.inside(suppressing.is_suppressed, "email", "amara@example.com") == is_retired
    if is_retired:
        assert after.stop_reason == Enrollment.StopReason.BOUNCED
    else:
        assert (after.state, after.next_at) == (before.state, before.next_at)


def test_a_report_that_seems_to_come_from_somebody_proves_nothing(outreach, provider):
    outreach.add_second()
    outreach.send(outreach.candidate())
    raw = re.sub(rb"From: .*", b"From: amara@example.com", bare_report("amara@example.com"))

    received = receiving.receive(raw.replace(b"unknown", b"no longer works here"))

    assert received.candidate is None
    assert outreach.inside(Enrollment.objects.get).state == Enrollment.State.ACTIVE


def test_a_report_on_nobody_whom_we_wrote_to_is_not_kept(outreach, provider):
    outreach.send(outreach.candidate())

    assert receiving.receive(bare_report("stranger@example.com")) is None

    assert len(outreach.messages()) == 1


def test_a_report_that_names_the_mail_as_its_provider_does_is_believed(outreach, provider):
    """Some providers put a Message-ID of their own on our mails."""
    written = outreach.send(outreach.candidate())
    outreach.inside(lambda: Message.objects.update(provider_id="<elsewhere@example.com>"))

    assert receiving.receive(bare_report(written.to_address)) is None

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

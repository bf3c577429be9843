"""The corpus in `mails/`: what each mail is, and what must follow from it (all invented)."""

import os
from datetime import timedelta

import psycopg
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import signing
from campaigns.inbound.classifying import is_marked
from campaigns.inbound.parsing import parse
from campaigns.models import Enrollment, Message, MessageEvent
from campaigns.services import receiving
from campaigns.services.composing import reference_of
from candidates.models import (
    Candidate,
    EmailAddress,
    Notification,
    Suppression,
    Task,
    Touchpoint,
)
from candidates.services import suppressing
from crm.tenancy.scope import acting_in
from tests.campaigns.answers import MAILS, MONDAY, mail, touchpoints
from tests.campaigns.conftest import Outreach

pytestmark = pytest.mark.django_db


# Automatic answers, and the first day on which the sequence may go on (two weeks later where none is named).
AWAY = {
    "auto-en-outlook": "2026-06-16",
    "auto-en-gmail": "2026-06-16",
    "auto-de": "2026-06-20",
    "auto-de-abwesenheit": None,
    "auto-fr": "2026-06-23",
    "auto-es": "2026-06-16",
    "auto-it": "2026-06-20",
    "auto-nl": "2026-06-16",
    "auto-pt": "2026-06-16",
    "auto-sv": "2026-06-16",
    "auto-da": "2026-06-16",
    "auto-fi": None,
    "auto-pl": "2026-06-16",
    "auto-cs": None,
    "auto-ru": "2026-06-16",
    "auto-ja": "2026-06-16",
    "auto-zh": None,
    "auto-null-path": None,
    "auto-header-only": None,
    "auto-ticket-system": None,
    "auto-ticket-plain": None,
    "auto-noreply": None,
    "auto-challenge": None,
}


LEFT = {"auto-left-en", "auto-left-de", "auto-left-fr"}


RECEIPTS = {"receipt-mdn", "receipt-plain"}


HARD = {
    "bounce-unknown-user",
    "bounce-enclosed-mail",
    "bounce-disabled",
    "bounce-generic-words",
    "bounce-qmail",
    "bounce-exim",
}


SOFT = {"bounce-full", "bounce-policy", "bounce-dns"}


# What the timeline shows of an answer: the words of the writer, without the quote.
ANSWERS = {
    "human-en-top": "Happy to talk. Thursday?",
    "human-en-bottom": "Yes, Thursday suits me.",
    "human-en-between": "Hello Robin,\n\n> Shall we talk?\nYes.\n> Thursday?\nBetter Friday.",
    "human-en-no-quote": "Not for me, thanks.\nAmara",
    "human-de-outlook": "Guten Tag, ich habe Interesse.\n\nViele Grüße\nAmara",
    "human-fr-gmail": "Oui, volontiers !",
    "human-es": "Gracias, pero no busco ahora.",
    "human-it-latin1": "Perché no? Chiamami più tardi.",
    "human-nl": "Leuk, vertel eens meer.",
    "human-pl": "Dziękuję, chętnie porozmawiam.",
    "human-ja-iso2022": "興味があります。",
    "human-ru-koi8": "Спасибо, интересно.",
    "human-html-only": "Let us talk. x",
    "human-multipart-attachment": "My CV is attached.\n\n[Attached, not kept: cv.pdf]",
    "human-no-thread-headers": "Only the address links this mail.",
    "human-thread-only": "Answered to the sender himself.",
    "human-changed-subject": "What is the salary?",
    "human-says-out-of-office": "I am out of the office until 15 June, but yes, I am interested!",
    "human-says-left": "I no longer work at Initech, so your mail comes at the right time!",
    "human-other-address": "Writing from my private address.",
    "human-forwarded-to-colleague": "This may be for you, Robin meant my sister.",
    "human-auto-submitted-no": "Yes please.",
    "human-suppress-header": "Sent by a client that asks for no automatic answers.",
    "human-empty-subject": "Yes.",
    "human-empty-body": "",
    "human-broken-headers": "Still a person.",
    "human-upper-case-address": "My server shouts.",
    "human-through-a-list": "Happy to talk. Thursday?",
    "human-absent-in-subject": "Tell me more.",
    "human-raw-utf8-subject": "Gerne.",
    "known-sender-no-thread": "I lost your mail, but I am interested.",
}


UNMATCHED = {"unmatched-human", "unmatched-forged-tag"}


ELSEWHERE = {"nobody", "unsubscribe-mailto", "bounce-delayed", "complaint-arf"}


def test_every_mail_of_the_corpus_has_an_expectation():
    names = {path.stem for path in MAILS.glob("*.eml")}

    assert len(names) >= 70
    assert names == {*AWAY, *LEFT, *RECEIPTS, *HARD, *SOFT, *ANSWERS, *UNMATCHED, *ELSEWHERE}


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def written(outreach: Outreach, provider) -> Message:
    """The mail of step 1 to Amara, sent; step 2 is due in three business days."""
    outreach.add_second()
    return outreach.send(outreach.candidate())


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_an_answer_stops_everything(name, outreach, written):
    received = receiving.receive(mail(name, written))

    with acting_in(outreach.organization):
        enrollment = Enrollment.objects.get()
        assert (enrollment.state, enrollment.stop_reason) == ("stopped", "replied")
        assert enrollment.next_at is None
        assert received.candidate == enrollment.candidate
        assert not received.is_automatic
        (entry,) = touchpoints(enrollment.candidate, Touchpoint.Kind.MAIL_RECEIVED)
        assert entry.body == ANSWERS[name]
        task = Task.objects.get()
        assert task.title.startswith("Answer Amara Okafor")
        assert task.assignee == outreach.user
        candidate = Candidate.objects.get()
        assert candidate.last_replied_at == MONDAY
        assert not touchpoints(candidate, Touchpoint.Kind.AUTO_REPLY)


@pytest.mark.parametrize("name", sorted(AWAY))
def test_an_automatic_answer_only_lets_the_sequence_rest(name, outreach, written):
    before = outreach.enrollment(written.candidate).next_at

    received = receiving.receive(mail(name, written))

    with acting_in(outreach.organization):
        enrollment = Enrollment.objects.get()
        assert enrollment.state == Enrollment.State.ACTIVE
        assert received.is_automatic
        assert len(touchpoints(enrollment.candidate, Touchpoint.Kind.AUTO_REPLY)) == 1
        assert not touchpoints(enrollment.candidate, Touchpoint.Kind.MAIL_RECEIVED)
        # Where words alone say so, somebody looks.
        assert Task.objects.exists() != is_marked(parse(mail(name, written)))
        assert Candidate.objects.get().last_replied_at is None
        assert enrollment.next_at > before
        assert enrollment.next_at.date().isoformat() == (AWAY[name] or "2026-06-15")
        assert enrollment.waits_for


@pytest.mark.parametrize("name", sorted(RECEIPTS))
def test_a_read_receipt_changes_nothing(name, outreach, written):
    before = outreach.enrollment(written.candidate)

    received = receiving.receive(mail(name, written))

    after = outreach.enrollment(written.candidate)
    assert received.is_automatic
    assert (after.state, after.next_at) == (before.state, before.next_at)


@pytest.mark.parametrize("name", sorted(LEFT))
def test_who_has_left_is_not_written_to_again(name, outreach, written):
    receiving.receive(mail(name, written))

    with acting_in(outreach.organization):
        assert Enrollment.objects.get().stop_reason == Enrollment.StopReason.LEFT_COMPANY
        assert EmailAddress.objects.get().state == EmailAddress.State.BOUNCED
        assert suppressing.is_suppressed("email", "amara@example.com")
        (entry,) = touchpoints(written.candidate, Touchpoint.Kind.BOUNCE)
        assert entry.summary == "Has left the company: nothing more goes to amara@example.com"
        task = Task.objects.get()
        assert task.title.startswith("Find out where Amara Okafor works now")
        assert task.assignee == outreach.user
        assert "Find out where" in Notification.objects.get(user=outreach.user).text


def test_who_has_left_says_another_address_so_somebody_looks(outreach, written):
    """The candidate's own is not given up on a stranger's word, nor written to."""
    raw = mail("auto-left-en", written).replace(b"amara@example.com", b"hr@example.com")

    receiving.receive(raw)
    receiving.receive(raw.replace(b"Message-ID: <", b"Message-ID: <again."))

    with acting_in(outreach.organization):
        enrollment = Enrollment.objects.get()
        assert enrollment.state == Enrollment.State.PAUSED
        assert enrollment.waits_for == (
            "An automatic answer from hr@example.com says that somebody has left"
        )
        assert EmailAddress.objects.get().state == EmailAddress.State.UNKNOWN
        assert not Suppression.objects.exists()
        task = Task.objects.get()
        assert task.title == "Look whether Amara Okafor has left, as hr@example.com says"
        assert task.assignee == outreach.user


@pytest.mark.parametrize("name", sorted(HARD))
def test_a_hard_bounce_retires_the_address(name, outreach, written):
    raw = mail(name, written)

    assert receiving.receive(raw) is None
    assert receiving.receive(raw) is None

    with acting_in(outreach.organization):
        enrollment = Enrollment.objects.get()
        assert (enrollment.state, enrollment.stop_reason) == ("stopped", "bounced")
        assert EmailAddress.objects.get().state == EmailAddress.State.BOUNCED
        reasons = suppressing.suppressed_reasons([("email", "amara@example.com")])
        assert reasons == {("email", "amara@example.com"): {Suppression.Reason.BOUNCED}}
        assert MessageEvent.objects.get().kind == MessageEvent.Kind.BOUNCED
        assert len(touchpoints(enrollment.candidate, Touchpoint.Kind.BOUNCE)) == 1
        assert Message.objects.filter(direction="in").count() == 0


@pytest.mark.parametrize("name", sorted(SOFT))
def test_trouble_that_may_pass_stops_nothing(name, outreach, written):
    receiving.receive(mail(name, written))

    with acting_in(outreach.organization):
        enrollment = Enrollment.objects.get()
        assert enrollment.state == Enrollment.State.ACTIVE
        assert MessageEvent.objects.get().kind == MessageEvent.Kind.BOUNCED
        assert len(touchpoints(enrollment.candidate, Touchpoint.Kind.BOUNCE)) == 1
        assert not Suppression.objects.exists()


def test_a_delay_is_no_bounce(outreach, written):
    receiving.receive(mail("bounce-delayed", written))

    with acting_in(outreach.organization):
        assert Enrollment.objects.get().state == Enrollment.State.ACTIVE
        assert not MessageEvent.objects.exists()


def test_a_complaint_means_do_not_contact(outreach, written):
    receiving.receive(mail("complaint-arf", written))

    with acting_in(outreach.organization):
        candidate = Candidate.objects.get()
        assert candidate.status == Candidate.Status.DO_NOT_CONTACT
        assert Enrollment.objects.get().state == Enrollment.State.STOPPED
        assert suppressing.is_suppressed("email", "amara@example.com")


def test_a_mail_to_the_unsubscribe_address_unsubscribes(outreach, written):
    assert receiving.receive(mail("unsubscribe-mailto", written)) is None

    with acting_in(outreach.organization):
        assert Enrollment.objects.get().stop_reason == Enrollment.StopReason.UNSUBSCRIBED
        assert not Message.objects.filter(direction="in").exists()


@pytest.mark.parametrize("name", sorted(UNMATCHED))
def test_a_mail_of_nobody_we_know_waits_for_a_decision(name, outreach, written):
    received = receiving.receive(mail(name, written))

    with acting_in(outreach.organization):
        assert received.candidate is None
        assert received.matched_by == ""
        assert Enrollment.objects.get().state == Enrollment.State.ACTIVE
        assert Candidate.objects.count() == 1


def test_an_unmatched_mail_is_given_to_a_candidate_by_hand(outreach, written):
    received = receiving.receive(mail("unmatched-human", written))
    with acting_in(outreach.organization):
        receiving.match(received, written.candidate, by=outreach.user)

        assert Enrollment.objects.get().stop_reason == Enrollment.StopReason.REPLIED
        assert len(touchpoints(written.candidate, Touchpoint.Kind.MAIL_RECEIVED)) == 1


def unmatched(name: str, written: Message) -> Message:
    """A mail of the corpus that came from elsewhere, to the organization's own address."""
    raw = mail(name, written).replace(b"amara@example.com", b"elsewhere@example.org")
    raw = raw.replace(written.message_id.encode(), b"<other@example.org>")
    reply_to = signing.reply_address(reference_of(written), slug="acme")
    received = receiving.receive(raw.replace(reply_to.encode(), b"acme@reply.localhost"))
    assert received is not None
    assert received.candidate is None
    return received


@pytest.mark.django_db(transaction=True)
def test_what_a_mail_answers_is_found_without_reading_all_mails(outreach, written):
    with acting_in(outreach.organization):
        Message.objects.bulk_create(
            Message(
                direction="out", state="sent", message_id=f"<{number}@x>", provider_id=f"{number}"
            )
            for number in range(2_000)
        )
    url = os.environ["TEST_ADMIN_URL"]
    with psycopg.connect(url, dbname=connection.settings_dict["NAME"], autocommit=True) as admin:
        admin.execute("ANALYZE campaigns_message")
    with CaptureQueriesContext(connection) as asked:
        unmatched("human-en-top", written)
    (found,) = {query["sql"] for query in asked if '"provider_id" IN' in query["sql"]}
    with acting_in(outreach.organization), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {found}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "message_by_provider_id" in plan
    assert "message_by_id" in plan


def test_an_automatic_answer_given_by_hand_pauses_to_its_day(outreach, written):
    received = unmatched("auto-de", written)
    with acting_in(outreach.organization):
        receiving.match(received, written.candidate, by=outreach.user)

        enrollment = Enrollment.objects.get()
        assert enrollment.state == Enrollment.State.ACTIVE
        assert enrollment.next_at.date().isoformat() == AWAY["auto-de"]
        assert enrollment.waits_for == "Away until 19 Jun 2026"
        assert len(touchpoints(written.candidate, Touchpoint.Kind.AUTO_REPLY)) == 1
        assert not Task.objects.exists()


def test_one_given_by_hand_after_its_day_delays_nothing(outreach, written):
    received = unmatched("auto-de", written)
    before = outreach.enrollment(written.candidate)
    with time_machine.travel(MONDAY + timedelta(days=60)), acting_in(outreach.organization):
        receiving.match(received, written.candidate, by=outreach.user)

    after = outreach.enrollment(written.candidate)
    assert (after.next_at, after.waits_for) == (before.next_at, before.waits_for)


def test_a_departure_given_by_hand_lets_somebody_look(outreach, written):
    received = unmatched("auto-left-de", written)
    with acting_in(outreach.organization):
        receiving.match(received, written.candidate, by=outreach.user)

        assert Enrollment.objects.get().state == Enrollment.State.PAUSED
        assert Task.objects.get().title.startswith("Look whether Amara Okafor has left")


def test_a_receipt_given_by_hand_delays_nothing(outreach, written):
    received = unmatched("receipt-plain", written)
    before = outreach.enrollment(written.candidate)
    with acting_in(outreach.organization):
        receiving.match(received, written.candidate, by=outreach.user)

    assert outreach.enrollment(written.candidate).next_at == before.next_at


def test_a_mail_to_no_organization_is_not_stored(outreach, written):
    with pytest.raises(receiving.UnknownRecipient):
        receiving.receive(mail("nobody", written))

    with acting_in(outreach.organization):
        assert not Message.objects.filter(direction="in").exists()


def test_the_same_mail_counts_once(outreach, written):
    raw = mail("human-en-top", written)

    first, second = receiving.receive(raw), receiving.receive(raw)

    assert first == second
    with acting_in(outreach.organization):
        assert Touchpoint.objects.filter(kind=Touchpoint.Kind.MAIL_RECEIVED).count() == 1
        assert Task.objects.count() == 1

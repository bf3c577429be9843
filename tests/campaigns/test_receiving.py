"""The corpus in `mails/`: what each mail is, and what must follow from it (all invented)."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from campaigns import signing
from campaigns.models import Enrollment, Message, MessageEvent
from campaigns.privacy import erase_candidates
from campaigns.services import delivering, dispatching, enrolling, receiving
from campaigns.services.composing import reference_of
from campaigns.signals import message_received
from candidates.models import Candidate, EmailAddress, Suppression, Task, Touchpoint
from candidates.services import suppressing
from crm.tenancy.scope import acting_in
from tests.campaigns.conftest import Outreach

pytestmark = pytest.mark.django_db

MAILS = Path(__file__).parent / "mails"
MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)

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


def mail(name: str, written: Message) -> bytes:
    """A mail of the corpus, as an answer to `written`."""
    reference = reference_of(written)
    reply_to = signing.reply_address(reference, slug="acme")
    unsubscribe = signing.reply_address(reference, slug="acme", purpose=signing.Purpose.UNSUBSCRIBE)
    raw = (MAILS / f"{name}.eml").read_bytes()
    for mark, value in {
        b"%REPLY_TO%": reply_to,
        b"%REPLY_TO_UPPER%": reply_to.upper(),
        b"%UNSUBSCRIBE%": unsubscribe,
        b"%MESSAGE_ID%": written.message_id,
    }.items():
        raw = raw.replace(mark, value.encode())
    return raw


def touchpoints(candidate: Candidate, kind: Touchpoint.Kind) -> list[Touchpoint]:
    return list(Touchpoint.objects.filter(candidate=candidate, kind=kind))


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
        assert not Task.objects.exists()
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
        assert Enrollment.objects.get().stop_reason == Enrollment.StopReason.BOUNCED
        assert EmailAddress.objects.get().state == EmailAddress.State.BOUNCED
        assert suppressing.is_suppressed("email", "amara@example.com")
        assert not Task.objects.exists()


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


def test_html_is_kept_without_scripts_and_pictures(outreach, written):
    received = receiving.receive(mail("human-html-only", written))

    assert received.body_html == (
        '<p>Let us <b>talk</b>. <a rel="noopener noreferrer nofollow">x</a></p>'
    )


def test_an_answer_cancels_what_is_queued(outreach, written):
    outreach.inside(
        lambda: Enrollment.objects.update(next_at=MONDAY)  # step 2 is due now
    )
    dispatching.dispatch(outreach.organization)

    receiving.receive(mail("human-en-top", written))

    second = outreach.messages(step__position=2)
    assert [message.state for message in second] == [Message.State.CANCELLED]
    assert delivering.deliver_due(outreach.organization).taken == 0


def test_an_automatic_answer_moves_a_queued_mail(outreach, written):
    outreach.inside(lambda: Enrollment.objects.update(next_at=MONDAY))
    dispatching.dispatch(outreach.organization)

    receiving.receive(mail("auto-de", written))

    (second,) = outreach.messages(step__position=2)
    assert second.state == Message.State.QUEUED
    assert second.due_at.date().isoformat() == "2026-06-20"
    assert second.waits_for == "Away until 19 Jun 2026"


def test_an_automatic_answer_leaves_a_paused_enrollment_alone(outreach, written):
    with acting_in(outreach.organization):
        enrolling.pause(Enrollment.objects.get(), by=outreach.user, because="Asked for a call")
        before = Enrollment.objects.values().get()

        receiving.receive(mail("auto-de", written))

        assert Message.objects.filter(direction="in").count() == 1
        assert Enrollment.objects.values().get() == before


def test_an_automatic_answer_leaves_the_mail_of_a_paused_enrollment_alone(outreach, provider):
    outreach.add_second()
    written = outreach.send(outreach.candidate())
    with acting_in(outreach.organization):
        Enrollment.objects.update(next_at=MONDAY)
    dispatching.dispatch(outreach.organization)
    with acting_in(outreach.organization):
        enrolling.pause(Enrollment.objects.get(), by=outreach.user)
        queued = Message.objects.filter(state=Message.State.QUEUED)
        before = queued.values("due_at", "waits_for").get()

        receiving.receive(mail("auto-de", written))

        assert queued.values("due_at", "waits_for").get() == before


def test_an_answer_after_the_end_still_makes_a_task(outreach, provider):
    written = outreach.send(outreach.candidate())
    assert outreach.enrollment(written.candidate).state == Enrollment.State.FINISHED

    receiving.receive(mail("human-en-top", written))

    with acting_in(outreach.organization):
        assert Enrollment.objects.get().state == Enrollment.State.FINISHED
        assert Task.objects.count() == 1


def test_other_apps_hear_of_an_answer_but_not_of_an_automatic_one(outreach, written):
    heard = []

    def listen(message, **kwargs):
        heard.append(message.subject)

    message_received.connect(listen)
    try:
        receiving.receive(mail("auto-de", written))
        receiving.receive(mail("human-en-top", written))
    finally:
        message_received.disconnect(listen)

    assert heard == ["Re: A role for Amara"]


def test_an_erased_persons_answer_leaves_no_trace(outreach, written):
    raw, fresh = mail("human-en-top", written), mail("known-sender-no-thread", written)
    with acting_in(outreach.organization):
        suppressing.suppress(
            "email", "amara@example.com", reason=Suppression.Reason.ERASED, by=outreach.user
        )
        Message.objects.all().delete()
        Enrollment.objects.all().delete()
        Candidate.objects.all().delete()

    assert receiving.receive(raw) is None
    assert receiving.receive(fresh) is None

    with acting_in(outreach.organization):
        assert not Message.objects.exists()
        assert not Candidate.objects.exists()


def test_our_own_mail_coming_back_is_no_answer(outreach, written, provider):
    """Two of our organizations writing to each other, or a forwarder: nothing goes round."""
    raw = provider.accepted[0].message().as_bytes()
    reply_to = signing.reply_address(reference_of(written), slug="acme")

    assert receiving.receive(raw, recipients=(reply_to,)) is None

    with acting_in(outreach.organization):
        assert Enrollment.objects.get().state == Enrollment.State.ACTIVE
        assert not Message.objects.filter(direction="in").exists()


def test_a_reply_address_of_another_organization_reaches_nobody_here(
    outreach, written, globex, stranger
):
    reference = reference_of(written)
    forged = signing.reply_address(reference, slug="globex")
    raw = (
        (MAILS / "human-no-thread-headers.eml").read_bytes().replace(b"%REPLY_TO%", forged.encode())
    )

    received = receiving.receive(raw)

    assert received.organization_id == globex.pk
    assert received.candidate_id is None
    assert outreach.enrollment(written.candidate).state == Enrollment.State.ACTIVE


def test_an_answer_from_another_address_says_so(outreach, written):
    receiving.receive(mail("human-other-address", written))

    with acting_in(outreach.organization):
        assert Task.objects.get().title == (
            "Answer Amara Okafor, who wrote from amara.private@example.net"
        )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 1000,
        b"From: <>\nTo: acme@reply.localhost\n\n\x00\xff",
        b"To: acme@reply.localhost\nContent-Type: multipart/mixed\n\nno boundary",
        b"To: acme@reply.localhost\nContent-Type: multipart/report; report-type=delivery-status\n\n",
        b"To: acme@reply.localhost\nFrom: a@b.example\nMessage-ID: "
        + b"<"
        + b"x" * 5000
        + b">\n\nhello",
        b"To: acme@reply.localhost\nSubject: " + b"=?utf-8?Q?=FF" * 200 + b"\n\nhello",
        b"To: " + b"<" * 5000 + b"acme@reply.localhost\n\nhello",
    ],
)
def test_broken_mail_is_survived(raw, outreach):
    receiving.receive(raw, recipients=("acme@reply.localhost",))


def test_erasing_a_person_takes_unmatched_mail_along(outreach, written):
    receiving.receive(mail("unmatched-human", written))
    with acting_in(outreach.organization):
        noor = outreach.candidate("noor@example.org", full_name="Noor Haddad")

        counts = erase_candidates([noor.pk])

        assert counts["campaigns.Message"] == 1
        assert not Message.objects.filter(direction="in").exists()

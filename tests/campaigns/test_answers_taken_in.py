"""What follows from an answer, wherever the person and the sequence stand."""

import pytest
import time_machine

from campaigns import signing
from campaigns.models import Enrollment, Mailbox, Message, Sender, Sequence
from campaigns.privacy import erase_candidates
from campaigns.services import delivering, dispatching, enrolling, receiving
from campaigns.services.composing import reference_of
from campaigns.services.writing import Letter, write_mail
from campaigns.signals import message_received
from candidates.models import Candidate, Notification, Suppression, Task, Touchpoint
from candidates.services import suppressing
from crm.tenancy.scope import acting_in
from tests.campaigns.answers import MAILS, MONDAY, mail, touchpoints
from tests.campaigns.conftest import Outreach

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def written(outreach: Outreach, provider) -> Message:
    """The mail of step 1 to Amara, sent; step 2 is due in three business days."""
    outreach.add_second()
    return outreach.send(outreach.candidate())


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


@pytest.mark.parametrize("name", ["human-en-top", "auto-de"])
def test_what_is_answered_has_arrived(outreach, written, name):
    """Whoever answers a mail in doubt takes the doubt away."""
    with acting_in(outreach.organization):
        Message.objects.filter(pk=written.pk).update(state="ambiguous", sent_at=None)

    receiving.receive(mail(name, written))

    settled = outreach.reload(written)
    assert (settled.state, settled.sent_at) == (Message.State.SENT, settled.handed_at)


def test_an_answer_to_a_mail_that_was_refused_or_called_back_changes_no_state(outreach, written):
    with acting_in(outreach.organization):
        Message.objects.filter(pk=written.pk).update(state="failed")

    receiving.receive(mail("human-en-top", written))

    assert outreach.reload(written).state == Message.State.FAILED


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


def in_thread(written: Message, author: str, words: str = "I will call her.", **more) -> bytes:
    """A mail of anybody's to the reply address of `written`."""
    to = signing.reply_address(reference_of(written), slug="acme")
    headers = {
        "From": author,
        "To": to,
        "Subject": "Re: A role",
        "Message-ID": f"<{author}>",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    lines = "".join(f"{name}: {value}\n" for name, value in headers.items())
    return f"{lines}\n{words}\n".encode()


@pytest.mark.parametrize("who", ["member", "own sender", "team's sender", "mailbox"])
def test_what_one_of_us_writes_into_a_thread_is_a_mail_of_ours(outreach, written, recruiter, who):
    with acting_in(outreach.organization):
        common = {"name": "Robin", "daily_cap": 10}
        Sender.objects.create(address="own@acme.example", user=recruiter, **common)
        Sender.objects.create(address="team@acme.example", **common)
        Mailbox.objects.create(
            user=recruiter, address="box@acme.example", host="x.example", username="x"
        )
    author = {
        "member": recruiter.email,
        "own sender": "own@acme.example",
        "team's sender": "TEAM@acme.example",
        "mailbox": "box@acme.example",
    }[who]
    to = signing.reply_address(reference_of(written), slug="acme")
    raw = in_thread(written, author, To=f"amara@example.com, {to}")

    first, again = receiving.receive(raw), receiving.receive(raw)

    assert first == again
    assert (first.direction, first.state, first.to_address) == ("out", "sent", "amara@example.com")
    assert first.candidate == written.candidate
    assert first.member == (None if who == "team's sender" else recruiter)
    with acting_in(outreach.organization):
        assert Enrollment.objects.get().state == Enrollment.State.ACTIVE
        assert not Task.objects.exists()
        assert not Message.objects.filter(direction="in").exists()
        sent = touchpoints(written.candidate, Touchpoint.Kind.MAIL_SENT)
        assert len(sent) == 2
        assert "I will call her." in {entry.body for entry in sent}
        assert not touchpoints(written.candidate, Touchpoint.Kind.MAIL_RECEIVED)
        told = Notification.objects.get(user=outreach.user)
        assert "wrote in your thread with Amara Okafor: Re: A role" in told.text


def test_an_automatic_answer_of_a_colleague_is_nothing(outreach, written, recruiter):
    before = outreach.inside(lambda: Enrollment.objects.values().get())

    raw = in_thread(written, recruiter.email, "I am away.", Auto_Submitted="auto-replied")

    assert receiving.receive(raw) is None
    assert outreach.inside(lambda: Enrollment.objects.values().get()) == before
    assert len(outreach.messages()) == 1


def test_a_member_who_is_the_candidate_answers_as_one(outreach, provider, recruiter):
    written = outreach.send(outreach.candidate(recruiter.email))

    received = receiving.receive(in_thread(written, recruiter.email, "Yes please."))

    assert received.direction == "in"
    assert outreach.inside(Task.objects.get).title == "Answer Amara Okafor"


@pytest.mark.parametrize("state", ["active", "paused"])
def test_who_is_on_a_sequence_and_writes_of_their_own_accord_is_known(outreach, provider, state):
    """Before the first mail has gone, from their second address, to the organization's own."""
    amara = outreach.candidate()
    with acting_in(outreach.organization):
        amara.emails.create(address="a@home.example", normalized="a@home.example")
    outreach.queue(amara)
    outreach.inside(lambda: Enrollment.objects.update(state=state))

    received = receiving.receive(
        b"From: a@home.example\nTo: acme@reply.localhost\nMessage-ID: <1@home>\n\nA question."
    )

    assert (received.candidate, received.matched_by) == (amara, "sender")
    assert outreach.enrollment(amara).stop_reason == Enrollment.StopReason.REPLIED
    assert [one.state for one in outreach.messages(direction="out")] == ["cancelled"]


def test_somebody_on_no_sequence_whom_nobody_wrote_to_is_decided_by_hand(outreach, provider):
    outreach.candidate()

    received = receiving.receive(
        b"From: amara@example.com\nTo: acme@reply.localhost\nMessage-ID: <1@home>\n\nHello."
    )

    assert received.candidate is None


def test_one_mail_may_answer_several_people(outreach, provider):
    """As an assistant writes for two: each of them has it, once."""
    outreach.add_second()
    amara, ben = outreach.candidate(), outreach.candidate("ben@example.com", full_name="Ben Li")
    outreach.queue(amara, ben)
    delivering.deliver_due(outreach.organization)
    answers = [
        in_thread(written, "office@example.com", Message_ID="<both@office>")
        for written in outreach.messages()
    ]

    received = [receiving.receive(raw) for raw in (*answers, *answers)]

    assert [one.candidate_id for one in received] == [amara.pk, ben.pk] * 2
    assert len(set(received)) == 2
    for person in (amara, ben):
        assert outreach.enrollment(person).stop_reason == Enrollment.StopReason.REPLIED


def answering_all(written: list[Message], author: str) -> bytes:
    """One mail to the reply addresses of all of these."""
    to = [signing.reply_address(reference_of(one), slug=one.organization.slug) for one in written]
    return (
        f"From: Somebody <{author}>\nTo: {', '.join(to)}\nSubject: Re: A role\n"
        "Message-ID: <all@office>\n\nBoth are interested.\n"
    ).encode()


def test_one_delivery_to_several_reply_addresses_comes_into_each_conversation(outreach, provider):
    outreach.add_second()
    amara, ben = outreach.candidate(), outreach.candidate("ben@example.com", full_name="Ben Li")
    outreach.queue(amara, ben)
    delivering.deliver_due(outreach.organization)
    raw = answering_all(outreach.messages(), "office@example.com")

    first, again = receiving.receive(raw), receiving.receive(raw)

    received = outreach.messages(direction="in")
    assert [mail.candidate_id for mail in received] == [amara.pk, ben.pk]
    assert first == again == received[0]
    for person in (amara, ben):
        assert outreach.enrollment(person).stop_reason == Enrollment.StopReason.REPLIED
    with acting_in(outreach.organization):
        assert Task.objects.count() == 2


def test_one_delivery_reaches_every_organization_that_it_answers(
    outreach, written, globex, stranger
):
    there = Outreach(globex, stranger)
    there.add_second()
    second = there.send(there.candidate())

    receiving.receive(answering_all([written, second], "amara@example.com"))

    for one in (outreach, there):
        with acting_in(one.organization):
            assert Message.objects.get(direction="in").candidate.full_name == "Amara Okafor"
            assert Enrollment.objects.get().stop_reason == Enrollment.StopReason.REPLIED


def test_an_answer_to_two_sequences_of_one_person_ends_both(outreach, written):
    """Neither of them stops on mail that answers the other."""
    amara = written.candidate
    with acting_in(outreach.organization):
        other = Sequence.objects.create(
            name="Other", sender=outreach.sender, state="active", is_exclusive=False, quiet_days=0
        )
        for position in (1, 2):
            other.steps.create(
                position=position, subject="Hello", body="Hi", wait_business_days=position - 1
            )
        Sequence.objects.update(stops_on_other_mail=False)
        Sender.objects.update(gap_seconds=0)
        assert enrolling.enroll(other, [amara.pk], by=outreach.user, despite_contact=True).enrolled
    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization)
    (second,) = outreach.messages(enrollment__sequence=other)

    receiving.receive(answering_all([written, second], "amara@example.com"))

    with acting_in(outreach.organization):
        assert set(Enrollment.objects.values_list("stop_reason", flat=True)) == {"replied"}
        assert Message.objects.filter(direction="in").count() == 1


def test_a_mail_of_nobody_that_comes_again_in_a_thread_is_its_persons(outreach, written):
    lost = in_thread(written, "new@example.net", To="acme@reply.localhost", Message_ID="<same@new>")
    first = receiving.receive(lost)
    assert first.candidate is None

    again = receiving.receive(in_thread(written, "new@example.net", Message_ID="<same@new>"))
    once_more = receiving.receive(lost)

    assert first == again == once_more
    assert (again.candidate, again.matched_by) == (written.candidate, "address")
    with acting_in(outreach.organization):
        assert Enrollment.objects.get().stop_reason == Enrollment.StopReason.REPLIED
        assert Task.objects.count() == 1


@pytest.mark.parametrize("folded", ["abc\n def", "<abc\n def@x.example>", "<abc@x.example>\n (a)"])
def test_a_folded_message_id_is_one_line(outreach, written, folded):
    received = receiving.receive(in_thread(written, "amara@example.com", Message_ID=folded))

    assert received.message_id in {"abcdef", "<abcdef@x.example>", "<abc@x.example>"}
    letter = Letter(sender=outreach.sender, subject="Re", body="Thanks", answers=received)
    answer = outreach.inside(write_mail, written.candidate, letter, by=outreach.user)
    delivering.deliver_due(outreach.organization)
    assert outreach.reload(answer).state == Message.State.SENT

"""Private threads of mail: who reads their words, and that copies of them are nowhere else."""

import pytest

from campaigns.models import Enrollment, Mailbox, MailReader, Message
from campaigns.privacy import erase_candidates
from campaigns.services import dispatching, receiving, threads, writing
from campaigns.services.threads import NotYourThread, holder_of, make_private, share, thread_of
from candidates.models import Candidate, Notification, Task, Touchpoint
from candidates.services.changes.undoing import start_undo, undo_batch
from candidates.services.merging.merging import merge_people
from crm.audit.models import AuditEntry
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from crm.tenancy.services import remove_member
from tests.campaigns.answers import mail as answering
from tests.pages import text_of

pytestmark = pytest.mark.django_db

SUBJECT, BODY = "Quokka salary", "Wombat says yes."


def from_mailbox(outreach, user, *, number=1, begins_private=False, **headers: str) -> Message:
    """A mail of Amara's that came through the user's own mailbox."""
    with acting_in(outreach.organization):
        mailbox, _ = Mailbox.objects.update_or_create(
            address=user.email,
            defaults={"user": user, "begins_private": begins_private, "host": "imap.example.com"},
        )
    lines = {"From": "amara@example.com", "To": user.email, "Subject": SUBJECT}
    lines |= {"Message-ID": f"<{number}@example.com>"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    raw = "\r\n".join(f"{name}: {value}" for name, value in lines.items()) + f"\r\n\r\n{BODY}\r\n"
    with acting_in(outreach.organization):
        message = receiving.receive_from_mailbox(
            outreach.organization, raw.encode(), mailbox=mailbox
        )
    assert message
    return outreach.reload(message)


@pytest.fixture
def amara(outreach, sourcer) -> Candidate:
    return outreach.candidate(owner=sourcer)


@pytest.fixture
def came(outreach, recruiter, amara) -> Message:
    return from_mailbox(outreach, recruiter)


def entries(outreach) -> list[tuple[str, str, str]]:
    with acting_in(outreach.organization):
        found = Touchpoint.objects.filter(kind__in=threads.KINDS).order_by("pk")
        return list(found.values_list("summary", "body", "link"))


def test_a_private_mail_leaves_its_words_in_no_copy_and_shared_again_gives_them_back(
    outreach, recruiter, came
):
    before = entries(outreach)
    with acting_in(outreach.organization):
        make_private(came, by=recruiter)
        notification = Notification.objects.get(kind="reply")

    link = f"sequences/mails/{came.pk}/"
    assert before == [(SUBJECT, BODY, link)]
    assert entries(outreach) == [("A private mail with Amara Okafor", "", link)]
    assert notification.text == "A private mail with Amara Okafor"
    assert outreach.reload(came).body_text == BODY
    with acting_in(outreach.organization):
        share(came, by=recruiter)
        log = AuditEntry.objects.filter(action__startswith="mail.").order_by("-pk")
        acts = list(log.values_list("action", "details"))
    assert entries(outreach) == before
    assert acts == [("mail.shared", {"mails": 1}), ("mail.made_private", {"mails": 1})]


def test_later_mails_of_the_thread_are_private_from_the_first_second(outreach, recruiter, came):
    with acting_in(outreach.organization):
        make_private(came, by=recruiter)
        letter = writing.Letter(
            sender=outreach.sender, subject=f"Re: {SUBJECT}", body=BODY, answers=came
        )
        answered = writing.write_mail(came.candidate, letter, by=recruiter)
    again = from_mailbox(outreach, recruiter, number=2, References="<1@example.com>")
    bare = from_mailbox(outreach, recruiter, number=3, Subject=f"AW: {SUBJECT}")
    other = from_mailbox(outreach, recruiter, number=4, Subject="Something else")

    assert [one.is_private for one in (answered, again, bare, other)] == [True, True, True, False]
    assert [line for line, _, _ in entries(outreach)].count("A private mail with Amara Okafor") == 3
    with acting_in(outreach.organization):
        assert not Notification.objects.filter(text__contains=SUBJECT).exists()
        assert not Task.objects.filter(title__contains=SUBJECT).exists()


def test_a_whole_sequence_with_its_answer_is_one_thread_of_its_owner(outreach, owner, amara):
    sent = outreach.send(amara)
    receiving.receive(answering("human-en-top", sent))
    with acting_in(outreach.organization):
        thread = thread_of(sent)
        make_private(sent, by=owner)

    assert [mail.direction for mail in thread] == ["out", "in"]
    assert holder_of(thread) == owner
    assert {line for line, _, _ in entries(outreach)} == {"A private mail with Amara Okafor"}


def test_follow_ups_of_a_private_thread_are_private(outreach, owner, recruiter, amara):
    outreach.add_second()
    first = outreach.send(amara)
    with acting_in(outreach.organization):
        make_private(first, by=owner, readers=[recruiter])
        Enrollment.objects.update(next_at=first.created_at)
    dispatching.dispatch(outreach.organization)
    (_, second) = outreach.messages()

    assert (second.is_private, second.member_id) == (True, owner.pk)
    with acting_in(outreach.organization):
        assert MailReader.objects.filter(message=second, user=recruiter).exists()


def test_only_whose_thread_it_is_switches_it(outreach, owner, recruiter, sourcer, came):
    with acting_in(outreach.organization):
        for other in (owner, sourcer):
            with pytest.raises(NotYourThread):
                make_private(came, by=other)
        make_private(came, by=recruiter, readers=[sourcer])
        with pytest.raises(NotYourThread):
            share(came, by=sourcer)


def test_a_mailbox_may_begin_private(outreach, recruiter, amara):
    came = from_mailbox(outreach, recruiter, begins_private=True)

    assert (came.is_private, came.member) == (True, recruiter)
    assert entries(outreach) == [
        ("A private mail with Amara Okafor", "", f"sequences/mails/{came.pk}/")
    ]
    with acting_in(outreach.organization):
        share(came, by=recruiter)
    assert not from_mailbox(
        outreach, recruiter, number=2, begins_private=True, In_Reply_To="<1@example.com>"
    ).is_private


def test_mails_of_a_backlog_are_told_apart(outreach, recruiter, amara):
    """Many come in the same second: each entry is its own mail's."""
    one = from_mailbox(outreach, recruiter)
    from_mailbox(outreach, recruiter, number=2, Subject="Another thing")
    before = entries(outreach)
    with acting_in(outreach.organization):
        make_private(one, by=recruiter)
        assert [line for line, _, _ in entries(outreach)] == [
            "A private mail with Amara Okafor",
            "Another thing",
        ]
        share(one, by=recruiter)
    assert entries(outreach) == before


def test_an_entry_in_words_of_before_is_found_by_its_moment(outreach, recruiter, came):
    with acting_in(outreach.organization):
        Touchpoint.objects.filter(summary=SUBJECT).update(body="Cut otherwise, wombat")
        make_private(came, by=recruiter)
    assert entries(outreach)[0][1] == ""


def test_switching_on_the_page(as_user, outreach, recruiter, sourcer, viewer, came):
    page = f"/acme/sequences/mails/{came.pk}/"
    assert "Everybody who reads records reads this thread" in text_of(as_user(recruiter).get(page))
    assert "Make it private" not in text_of(as_user(viewer).get(page))

    as_user(recruiter).post(f"{page}privacy/", {"is_private": "1", "readers": [sourcer.pk]})

    told = text_of(as_user(recruiter).get(page))
    assert f"Only you and {sourcer} read this thread" in told
    assert SUBJECT in told
    assert SUBJECT in text_of(as_user(sourcer).get(page))
    hidden = text_of(as_user(viewer).get(page))
    assert SUBJECT not in hidden
    assert f"{recruiter} keeps it private" in hidden
    assert as_user(viewer).get(f"{page}body/").status_code == 404
    assert as_user(viewer).post(f"{page}privacy/", {}).status_code == 403

    as_user(recruiter).post(f"{page}privacy/", {})
    assert SUBJECT in text_of(as_user(viewer).get(page))


def test_who_left_keeps_what_was_private(as_user, outreach, owner, recruiter, came):
    with acting_in(outreach.organization):
        make_private(came, by=recruiter)
        remove_member(Membership.objects.get(user=recruiter), by=owner)

    page = text_of(as_user(owner).get(f"/acme/sequences/mails/{came.pk}/"))

    assert SUBJECT not in page
    assert f"{recruiter} keeps it private" in page


def test_contact_and_replies_count_for_all(outreach, recruiter, amara):
    from_mailbox(outreach, recruiter, begins_private=True)
    with acting_in(outreach.organization):
        assert Candidate.objects.get(pk=amara.pk).last_replied_at


def test_merging_undoing_and_erasing_keep_it_private(outreach, owner, recruiter, amara, came):
    double = outreach.candidate("a.okafor@example.com", full_name="A. Okafor")
    with acting_in(outreach.organization):
        change_set = merge_people(double, [amara.pk], by=owner)
        make_private(came, by=recruiter, readers=[owner])
        assert Message.objects.get(pk=came.pk).candidate == double
        start_undo(change_set, by=owner)
        while not undo_batch(change_set.pk):
            pass
    assert (outreach.reload(came).candidate, outreach.reload(came).is_private) == (amara, True)
    assert SUBJECT not in str(entries(outreach))
    with acting_in(outreach.organization):
        share(came, by=recruiter)
        assert SUBJECT in str(entries(outreach))
        make_private(came, by=recruiter, readers=[owner])
        counts = erase_candidates([amara.pk])
        assert counts["campaigns.MailReader"] == 1
        assert not Message.objects.filter(pk=came.pk).exists()

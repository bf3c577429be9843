"""Members' mailboxes, looked into over IMAP: against a real server, Debian's Dovecot."""

import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.utils import timezone
from imap_tools import MailBoxUnencrypted

from campaigns import signing
from campaigns.models import Enrollment, Mailbox
from campaigns.services import accounts, receiving, syncing
from campaigns.services.composing import reference_of
from candidates.models import EmailAddress, Notification, Touchpoint
from crm.tenancy.scope import acting_in, is_acting
from tests.campaigns import dovecot
from tests.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server() -> Iterator[dovecot.Dovecot]:
    if not dovecot.is_installed():
        if os.environ.get("CI"):
            pytest.fail("CI installs dovecot-imapd; it is not here.")
        pytest.skip("Needs Dovecot: apt install dovecot-imapd")
    # Its other users must get in, and its sockets have short names: not the folder of pytest.
    with TemporaryDirectory(prefix="imap") as folder:
        running = dovecot.start(Path(folder))
        yield running
        running.stop()


@pytest.fixture
def box(server) -> Iterator[MailBoxUnencrypted]:
    """The mailbox as its owner sees it, emptied."""
    mailbox = MailBoxUnencrypted("127.0.0.1", server.port)
    mailbox.login(dovecot.USER, dovecot.PASSWORD)
    for folder in ("Clients", "Private"):
        if mailbox.folder.exists(folder):
            mailbox.folder.delete(folder)
    mailbox.delete(mailbox.uids("ALL"))
    yield mailbox
    mailbox.logout()


@pytest.fixture
def mailbox(outreach, owner, server, settings) -> Mailbox:
    settings.PRIVATE_MAIL_HOSTS = True
    with acting_in(outreach.organization):
        return accounts.save_mailbox(
            Mailbox(
                address="robin@acme.example",
                host="127.0.0.1",
                port=server.port,
                security="none",
                username=dovecot.USER,
            ),
            secret=dovecot.PASSWORD,
            by=owner,
        )


def put(box, *, author: str = "amara@example.com", number: int = 1, folder="INBOX", **headers):
    lines = {
        "From": author,
        "To": "robin@acme.example",
        "Subject": "Re: A role",
        "Message-ID": f"<{number}@mail.example.com>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    box.append(f"{head}\r\nYes, let us talk.\r\n".encode(), folder, flag_set=())


def sync(outreach, mailbox) -> syncing.SyncReport:
    with acting_in(outreach.organization):
        Mailbox.objects.filter(pk=mailbox.pk).update(next_sync_at=timezone.now())
    report = syncing.sync_mailbox(outreach.organization, mailbox.pk)
    assert report is not None
    outreach.inside(mailbox.refresh_from_db)
    return report


def test_a_candidates_answer_stops_the_sequence(outreach, provider, box, mailbox):
    outreach.add_second()
    outreach.send(outreach.candidate())
    put(box)

    report = sync(outreach, mailbox)

    assert (report.seen, report.kept, report.problem) == (1, 1, "")
    with acting_in(outreach.organization):
        assert Enrollment.objects.get().stop_reason == "replied"
        assert Touchpoint.objects.filter(kind=Touchpoint.Kind.MAIL_RECEIVED).count() == 1
    assert mailbox.synced_at is not None
    assert mailbox.behind == 0


def test_mail_of_anybody_else_leaves_no_trace(outreach, box, mailbox):
    outreach.candidate()
    put(box, author="grandma@family.example", Subject="Sunday dinner")

    report = sync(outreach, mailbox)

    assert (report.seen, report.kept) == (1, 0)
    assert outreach.messages() == []
    with acting_in(outreach.organization):
        assert not Touchpoint.objects.filter(kind=Touchpoint.Kind.MAIL_RECEIVED).exists()


def test_no_mail_becomes_read(outreach, box, mailbox):
    outreach.candidate()
    put(box)
    put(box, number=2, author="grandma@family.example")

    sync(outreach, mailbox)

    flags = [mail.flags for mail in box.fetch("ALL", mark_seen=False)]
    assert len(flags) == 2
    assert not [mail for mail in flags if "\\Seen" in mail]


def test_a_second_look_finds_only_what_is_new(outreach, box, mailbox):
    outreach.candidate()
    put(box)
    sync(outreach, mailbox)
    put(box, number=2)

    report = sync(outreach, mailbox)

    assert (report.seen, report.kept) == (1, 1)
    assert sync(outreach, mailbox).seen == 0
    assert (mailbox.seen_count, mailbox.kept_count) == (2, 2)


def test_a_mail_that_came_another_way_counts_once(outreach, provider, box, mailbox):
    written = outreach.send(outreach.candidate())
    to = signing.reply_address(reference_of(written), slug="acme")
    raw = f"From: amara@example.com\r\nTo: {to}\r\nMessage-ID: <7@x>\r\n\r\nHello\r\n".encode()
    receiving.receive(raw)
    box.append(raw, "INBOX", flag_set=())

    sync(outreach, mailbox)

    assert len(outreach.messages(direction="in")) == 1


def test_a_slow_server_is_left_after_a_while_and_gone_on_with_at_once(
    outreach, box, mailbox, monkeypatch
):
    monkeypatch.setattr(syncing, "LONGEST_TURN", timedelta(0))
    outreach.candidate()
    for number in range(3):
        put(box, number=number)

    turns = [sync(outreach, mailbox) for _ in range(3)]

    assert [(turn.seen, turn.behind) for turn in turns] == [(1, 2), (1, 1), (1, 0)]
    assert len(outreach.messages(direction="in")) == 3


def test_a_server_that_counts_anew_makes_nothing_twice(outreach, box, mailbox):
    outreach.candidate()
    put(box)
    sync(outreach, mailbox)
    with acting_in(outreach.organization):
        Mailbox.objects.filter(pk=mailbox.pk).update(positions={"INBOX": [1, 99]})

    report = sync(outreach, mailbox)

    assert report.seen == 1
    assert len(outreach.messages(direction="in")) == 1


def test_only_the_named_folders_are_looked_into(outreach, box, mailbox):
    outreach.candidate()
    for number, folder in enumerate(("Clients", "Private"), start=1):
        box.folder.create(folder)
        put(box, number=number, folder=folder)
    with acting_in(outreach.organization):
        Mailbox.objects.filter(pk=mailbox.pk).update(folders=["INBOX", "Clients"])

    sync(outreach, mailbox)

    (kept,) = outreach.messages(direction="in")
    assert kept.message_id == "<1@mail.example.com>"


def test_who_is_never_to_be_kept_is_not(outreach, box, mailbox):
    outreach.candidate()
    outreach.candidate("second@other.example")
    put(box)
    put(box, number=2, author="second@other.example")
    with acting_in(outreach.organization):
        Mailbox.objects.filter(pk=mailbox.pk).update(ignored="amara@example.com\n@other.example")

    assert sync(outreach, mailbox).kept == 0


def test_an_answer_from_another_address_is_known_by_its_thread(outreach, provider, box, mailbox):
    written = outreach.send(outreach.candidate())
    put(box, author="private@home.example", In_Reply_To=written.message_id)

    assert sync(outreach, mailbox).kept == 1
    assert outreach.messages(direction="in")[0].candidate_id == written.candidate_id


def test_a_report_in_the_mailbox_retires_the_address(outreach, provider, box, mailbox):
    written = outreach.send(outreach.candidate())
    report = (Path(__file__).parent / "mails" / "bounce-unknown-user.eml").read_bytes()
    raw = report.replace(b"%REPLY_TO%", b"robin@acme.example")
    box.append(raw.replace(b"%MESSAGE_ID%", written.message_id.encode()), "INBOX", flag_set=())

    sync(outreach, mailbox)

    with acting_in(outreach.organization):
        assert EmailAddress.objects.get().state == EmailAddress.State.BOUNCED


def test_more_than_a_turn_holds_goes_on_in_the_next(outreach, box, mailbox, monkeypatch):
    monkeypatch.setattr(syncing, "BATCH", 2)
    for number in range(5):
        put(box, number=number, author="grandma@family.example")

    first = sync(outreach, mailbox)
    assert (first.seen, first.behind, mailbox.synced_at) == (2, 3, None)
    assert mailbox.next_sync_at <= timezone.now()

    assert [sync(outreach, mailbox).seen for _ in range(2)] == [2, 1]
    assert mailbox.behind == 0
    assert mailbox.synced_at is not None


def test_a_worker_that_dies_goes_on_where_it_was(outreach, box, mailbox, monkeypatch):
    outreach.candidate()
    for number in range(3):
        put(box, number=number)
    taken = receiving.receive_from_mailbox
    calls = []

    def dying(organization, raw, **where):
        calls.append(raw)
        if len(calls) == 2:
            raise SystemExit
        return taken(organization, raw, **where)

    monkeypatch.setattr(receiving, "receive_from_mailbox", dying)
    with pytest.raises(SystemExit):
        sync(outreach, mailbox)

    assert sync(outreach, mailbox).seen == 2
    assert len(outreach.messages(direction="in")) == 3


def test_a_mail_that_cannot_be_taken_in_holds_up_the_others_for_a_while_only(
    outreach, owner, box, mailbox, monkeypatch
):
    outreach.candidate()
    for number in range(3):
        put(box, number=number)
    taken = receiving.receive_from_mailbox

    def failing(organization, raw, **where):
        if b"<1@mail.example.com>" in raw:
            raise ValueError("broken in a way that nobody has thought of")
        return taken(organization, raw, **where)

    monkeypatch.setattr(receiving, "receive_from_mailbox", failing)

    for failures in range(1, syncing.TRIES + 1):
        report = sync(outreach, mailbox)
        assert report.problem == mailbox.problem
        assert report.problem == "A mail could not be taken in. It is tried again."
        assert mailbox.failures == failures
        assert mailbox.next_sync_at > timezone.now()
    assert len(outreach.messages(direction="in")) == 1

    report = sync(outreach, mailbox)

    assert (report.seen, report.kept, report.passed_over) == (2, 1, 1)
    assert "was passed over" in mailbox.problem
    assert len(outreach.messages(direction="in")) == 2
    with acting_in(outreach.organization):
        told = Notification.objects.get(user=owner, kind="sender")
        assert "Look into robin@acme.example yourself" in told.text
    assert (sync(outreach, mailbox).seen, mailbox.problem, mailbox.failures) == (0, "", 0)


def test_no_transaction_is_open_while_the_server_is_asked(outreach, box, mailbox, monkeypatch):
    outreach.candidate()
    put(box)
    fetch, inside = syncing._fetch, []

    def watching(*args, **kwargs):
        inside.append(is_acting())
        return fetch(*args, **kwargs)

    monkeypatch.setattr(syncing, "_fetch", watching)

    assert sync(outreach, mailbox).kept == 1
    assert inside == [False, False]


def test_two_workers_do_not_look_at_once(outreach, mailbox):
    with acting_in(outreach.organization):
        Mailbox.objects.filter(pk=mailbox.pk).update(
            next_sync_at=timezone.now() + timedelta(minutes=4)
        )

    assert syncing.sync_mailbox(outreach.organization, mailbox.pk) is None


def test_a_wrong_password_is_told_once_and_not_tried_again(as_user, outreach, owner, box, mailbox):
    with acting_in(outreach.organization):
        accounts.save_mailbox(mailbox, secret="wrong", by=owner)

    report = sync(outreach, mailbox)

    assert "refused" in report.problem
    assert not mailbox.is_on
    assert mailbox.synced_at is None
    assert syncing.due_mailboxes() == []
    with acting_in(outreach.organization):
        assert Notification.objects.filter(kind="sender", user=owner).count() == 1
    html = text_of(as_user(owner).get("/acme/settings/mailboxes/"))
    assert "refused the user" in html
    assert "never" in html


def test_a_server_that_is_away_is_tried_again_later(outreach, server, mailbox):
    with acting_in(outreach.organization):
        Mailbox.objects.filter(pk=mailbox.pk).update(port=1)

    report = sync(outreach, mailbox)

    assert "could not be reached" in report.problem
    assert mailbox.is_on
    assert mailbox.failures == 1
    assert mailbox.next_sync_at > timezone.now()
    assert mailbox.synced_at is None


def test_a_mail_that_the_server_refuses_for_the_moment_is_not_passed_by(
    outreach, server, box, mailbox
):
    outreach.candidate()
    put(box)
    # What the server cannot read it answers with NO, and the connection stays.
    (stored,) = [
        path for name in ("new", "cur") for path in (server.base / "mail" / name).iterdir()
    ]
    mode = stored.stat().st_mode
    stored.chmod(0)

    report = sync(outreach, mailbox)

    assert (report.kept, mailbox.failures, mailbox.synced_at) == (0, 1, None)
    assert mailbox.problem == "A mail could not be taken in. It is tried again."
    assert mailbox.next_sync_at > timezone.now()

    stored.chmod(mode)

    assert (sync(outreach, mailbox).kept, mailbox.problem) == (1, "")
    assert len(outreach.messages(direction="in")) == 1


def test_a_server_whose_name_cannot_be_looked_up_for_a_while_is_tried_again(
    outreach, mailbox, settings, monkeypatch
):
    settings.PRIVATE_MAIL_HOSTS = False
    with acting_in(outreach.organization):
        Mailbox.objects.filter(pk=mailbox.pk).update(host="imap.acme.example", port=993)

    def fail(*args, **kwargs):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    report = sync(outreach, mailbox)

    assert "could not be reached" in report.problem
    assert mailbox.is_on
    assert mailbox.next_sync_at > timezone.now()


def test_a_folder_that_is_not_there_is_said(outreach, box, mailbox):
    with acting_in(outreach.organization):
        Mailbox.objects.filter(pk=mailbox.pk).update(folders=["Nowhere"])

    box.folder.create("Recruiting")
    assert sync(outreach, mailbox).problem == (
        "There is no folder “Nowhere” in the mailbox. There are: “Recruiting”, “INBOX”."
    )


def test_a_mailbox_is_nobody_elses_business(as_user, recruiter, outreach, mailbox):
    client = as_user(recruiter)

    assert client.get(f"/acme/settings/mailboxes/{mailbox.pk}/").status_code == 409
    assert "robin@acme.example" not in text_of(client.get("/acme/settings/mailboxes/"))
    assert client.post(f"/acme/settings/mailboxes/{mailbox.pk}/remove/").status_code == 409

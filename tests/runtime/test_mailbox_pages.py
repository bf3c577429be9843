"""The local mailbox: reading what would have left, answering it, and letting days pass."""

import importlib
import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default as modern

import pytest
from django.core.mail import EmailMultiAlternatives, send_mail
from django.utils import timezone

from campaigns.models import Enrollment, Message
from candidates.models import EmailAddress, Suppression, Task, Touchpoint
from candidates.queries.search import ANY_READER, PeopleQuery, parse, prepare
from candidates.services.saved_searches import save_search
from crm import urls
from crm.runtime import answering, jumping, mailbox_views, tasks
from crm.runtime.models import MailboxMessage
from crm.tenancy.scope import acting_in
from crm.tenancy.services import invite, send_next_invitation
from crm.web.mails import attach_calendar
from pipelines import calendars
from tests.campaigns.conftest import Outreach
from tests.factories import CandidateFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db

INBOX = "/demo/mail/"


@pytest.fixture(autouse=True)
def _kept(settings) -> None:
    """Mail goes to the local mailbox, as it does in local mode."""
    settings.EMAIL_BACKEND = "crm.runtime.mailbox.MailboxBackend"


@pytest.fixture
def outreach(acme, owner) -> Outreach:
    return Outreach(acme, owner)


@pytest.fixture
def amara(outreach):
    return outreach.candidate()


@pytest.fixture
def stored(outreach, amara) -> MailboxMessage:
    """The first mail of the sequence, as it lies in Amara's mailbox; a second step waits."""
    outreach.add_second()
    outreach.send(amara)
    return MailboxMessage.objects.get()


def press(client, stored: MailboxMessage, **answer):
    return client.post(f"{INBOX}{stored.pk}/answer/", answer)


@pytest.mark.parametrize(
    ("write", "sequence", "asks"),
    [
        (calendars.invitation, 0, "invites"),
        (calendars.invitation, 1, "changes the appointment"),
        (calendars.cancellation, 2, "takes the appointment back"),
    ],
)
def test_a_calendar_file_is_told_in_words(client, write, sequence, asks):
    at = datetime(2026, 3, 3, 10, tzinfo=UTC)
    entry = calendars.Entry(
        *("1@acme", sequence, at, at + timedelta(minutes=45), "Technical interview"),
        place="Room 4",
    )
    party = calendars.Party("Lena", "lena@example.com")
    letter = EmailMultiAlternatives("Interview", "Come", "a@example.com", ["lena@example.com"])
    attach_calendar(letter, write(entry, organizer=party, guest=party, now=at), "REQUEST")
    letter.attach("other.ics", b"BEGIN:NONSENSE", "text/calendar")
    letter.send()

    html = text_of(client.get(f"{INBOX}{MailboxMessage.objects.get().pk}/"))

    words = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    told = (
        f"invite.ics {asks}: Technical interview , Tuesday, 3 Mar 2026, 10:00 to 10:45 UTC, Room 4"
    )
    assert words.count(told) == 1
    assert "other.ics cannot be read" in words


def test_everyone_on_this_machine_may_read_it(client, stored):
    html = text_of(client.get(INBOX))

    assert "Amara Okafor" in html
    assert "Welcome · step 1" in html
    assert "Acme" in html


def test_mails_of_rapport_itself_appear_too(client, db):
    send_mail("Reset your password", "Follow the link", None, ["lena@acme.example"])

    html = text_of(client.get(f"{INBOX}{MailboxMessage.objects.get().pk}/"))

    assert "Reset your password" in html
    assert "nobody reads answers" in html
    assert "Send the reply" not in html


def test_the_list_is_narrowed_to_an_organization(client, stored, globex, stranger):
    other = Outreach(globex, stranger)
    other.send(other.candidate("noor@example.com", full_name="Noor Rahman"))
    send_mail("Reset your password", "Follow the link", None, ["lena@acme.example"])

    everything = text_of(client.get(INBOX))
    narrowed = client.get(INBOX, {"organization": "globex"})

    assert "Amara Okafor" in everything
    assert "Noor Rahman" in everything
    html = text_of(narrowed)
    assert "Noor Rahman" in html
    # Rapport's own mails belong to nobody.
    assert "Reset your password" in html
    assert "Amara Okafor" not in html
    assert b'href="/globex/"' in narrowed.content
    noor = MailboxMessage.objects.get(to_address="noor@example.com")
    assert f'href="{INBOX}{noor.pk}/?organization=globex"' in narrowed.content.decode()


def test_notices_to_members_are_in_the_list_of_their_organization(client, acme, globex, stranger):
    with acting_in(globex):
        invite(email="new@example.com", role="recruiter", by=stranger)
    assert send_next_invitation()

    here = text_of(client.get(INBOX, {"organization": "globex"}))
    elsewhere = text_of(client.get(INBOX, {"organization": "acme"}))

    assert "new@example.com" in here
    assert "new@example.com" not in elsewhere


def test_a_narrowed_list_says_nothing_while_nothing_of_it_is_new(client, stored, globex, stranger):
    other = Outreach(globex, stranger)
    other.send(other.candidate("noor@example.com"))
    asked = {"organization": "acme", "newest": stored.pk}

    assert client.get(INBOX, asked, headers={"HX-Request": "true"}).status_code == 204
    assert (
        client.get(INBOX, {"newest": stored.pk}, headers={"HX-Request": "true"}).status_code == 200
    )


def test_an_answer_keeps_the_list_narrowed(client, stored):
    response = client.post(f"{INBOX}{stored.pk}/answer/?organization=acme", {"quick": "interested"})

    assert response["Location"] == f"{INBOX}{stored.pk}/?organization=acme"


def test_search(client, stored):
    send_mail("Reset your password", "Follow the link", None, ["lena@acme.example"])

    html = text_of(client.get(INBOX, {"q": "LENA@"}))

    assert "Reset your password" in html
    assert "Amara Okafor" not in html


def test_list_asks_again_only_for_news(client, stored):
    ask = {"headers": {"HX-Request": "true"}}

    assert client.get(INBOX, {"newest": stored.pk}, **ask).status_code == 204
    fresh = client.get(INBOX, {"newest": stored.pk - 1}, **ask)

    assert fresh.status_code == 200
    assert "<!doctype" not in text_of(fresh)


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_for_every_length(client, outreach, rows, django_assert_num_queries):
    for number in range(rows):
        outreach.send(outreach.candidate(f"person{number}@example.com"))

    # The newest, the page, whose mails there are, the organizations, and per organization: savepoint, scope, mails, scope, release.
    with django_assert_num_queries(9):
        response = client.get(INBOX)

    assert len(response.context["mails"]) == rows


def test_pages_follow_each_other(client, db):
    for number in range(31):
        send_mail(f"Mail {number}", "Hi", None, ["lena@acme.example"])

    first = client.get(INBOX).context["page"]
    second = client.get(INBOX, {"cursor": first.next_cursor}).context["page"]

    assert (len(first.rows), len(second.rows)) == (30, 1)


@pytest.mark.parametrize(
    ("show", "words"),
    [("html", "<iframe"), ("text", "shall we talk?"), ("headers", "List-Unsubscribe-Post")],
)
def test_a_mail_shows_its_parts(client, stored, show, words):
    assert words in text_of(client.get(f"{INBOX}{stored.pk}/", {"show": show}))


def test_html_is_served_for_a_sandboxed_frame(client, stored):
    response = client.get(f"{INBOX}{stored.pk}/html/")

    assert "Hi Amara," in text_of(response)
    assert "sandbox" in response["Content-Security-Policy"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize(
    "answer", [{"quick": "interested"}, {"quick": "not_now"}, {"text": "Yes!"}]
)
def test_an_answer_stops_the_sequence(client, outreach, stored, amara, answer):
    response = press(client, stored, **answer)

    assert response["Location"] == f"{INBOX}{stored.pk}/"
    enrollment = outreach.enrollment(amara)
    assert (enrollment.state, enrollment.stop_reason) == ("stopped", "replied")
    with acting_in(outreach.organization):
        assert Touchpoint.objects.filter(kind=Touchpoint.Kind.MAIL_RECEIVED).count() == 1
        assert Task.objects.get().origin == Task.Origin.REPLY
        received = Message.objects.get(direction=Message.Direction.IN)
    assert (received.from_address, received.matched_by) == ("amara@example.com", "address")
    assert "Stopped: replied" in text_of(client.get(f"{INBOX}{stored.pk}/"))


def test_an_answer_is_a_mail_like_any_other(outreach, stored, monkeypatch):
    seen: list[bytes] = []
    monkeypatch.setattr(answering, "_arrive", seen.append)

    answering.answer(stored, text="Yes, please.")

    mail = message_from_bytes(seen[0], policy=modern)
    assert mail["From"] == "Amara Okafor <amara@example.com>"
    assert mail["In-Reply-To"] == stored.message_id
    assert stored.message_id in mail["References"]
    assert mail["Subject"] == "Re: A role for Amara"
    lines = mail.get_content().splitlines()
    assert lines[0] == "Yes, please."
    assert "> shall we talk?" in lines


def test_out_of_office_does_not_stop_it(client, outreach, stored, amara):
    before = outreach.enrollment(amara).next_at

    press(client, stored, quick="out_of_office")

    enrollment = outreach.enrollment(amara)
    assert enrollment.state == "active"
    assert enrollment.next_at > before
    assert enrollment.waits_for.startswith("Away until")


def test_bounce_ends_it_for_the_address(client, outreach, stored, amara):
    press(client, stored, quick="bounce")

    assert outreach.enrollment(amara).stop_reason == "bounced"
    with acting_in(outreach.organization):
        assert EmailAddress.objects.get().state == EmailAddress.State.BOUNCED


def test_unsubscribe_posts_to_the_one_click_link(client, outreach, stored, amara):
    press(client, stored, quick="unsubscribe")

    assert outreach.enrollment(amara).stop_reason == "unsubscribed"
    with acting_in(outreach.organization):
        assert Suppression.objects.get().reason == Suppression.Reason.UNSUBSCRIBED


def test_what_was_answered_is_shown(client, stored):
    press(client, stored, quick="not_now")

    assert "Answered: not now" in text_of(client.get(INBOX))


@pytest.mark.parametrize("answer", [{}, {"text": "  "}, {"quick": "shout"}])
def test_an_empty_answer_is_refused(client, outreach, stored, amara, answer):
    assert press(client, stored, **answer).status_code == 422
    assert outreach.enrollment(amara).state == "active"


def test_rapports_own_mails_are_not_answered(client, db):
    send_mail("Reset your password", "Follow the link", None, ["lena@acme.example"])
    stored = MailboxMessage.objects.get()

    assert press(client, stored, text="Thanks").status_code == 409
    assert press(client, stored, quick="unsubscribe").status_code == 409


def test_looking_answers_nothing(client, outreach, stored, amara):
    assert client.get(f"{INBOX}{stored.pk}/answer/").status_code == 405
    assert client.get(f"{INBOX}jump/").status_code == 405
    assert outreach.enrollment(amara).state == "active"


def jump(client) -> None:
    """Press the button; then the worker does what it was rung for."""
    assert client.post(f"{INBOX}jump/").status_code == 302
    tasks.send_at_any_hour()


def test_a_jump_answers_at_once_and_leaves_the_sending_to_a_worker(
    client, acme, owner, monkeypatch
):
    waiting = Outreach(acme, owner, gap_seconds=0)
    waiting.enroll(waiting.candidate())
    rung = []
    monkeypatch.setattr(mailbox_views, "ring", rung.append)

    response = client.post(f"{INBOX}jump/?organization=acme")

    assert response["Location"] == f"{INBOX}?organization=acme"
    assert rung == [tasks.send_at_any_hour]
    assert not MailboxMessage.objects.exists()


def test_a_long_turn_of_a_worker_queues_up_again(client, acme, owner, monkeypatch):
    many = Outreach(acme, owner, gap_seconds=0)
    many.enroll(*(many.candidate(f"p{number}@example.com") for number in range(3)))
    monkeypatch.setattr(jumping, "MAILS_AT_ONCE", 2)
    again = []
    monkeypatch.setattr(tasks.send_at_any_hour, "delay", lambda: again.append(True))

    tasks.send_at_any_hour()
    assert (MailboxMessage.objects.count(), len(again)) == (2, 1)

    tasks.send_at_any_hour()
    assert (MailboxMessage.objects.count(), len(again)) == (3, 1)


def test_a_jump_brings_the_mail_of_a_saved_search(client, acme, owner):
    with acting_in(acme):
        query = PeopleQuery(parse("title:cook", searcher=ANY_READER))
        prepared = prepare(query, searcher=ANY_READER)
        save_search(prepared, by=owner, name="Cooks", is_shared=False, alert="daily")
        CandidateFactory(headline="Cook")

    tasks.send_at_any_hour()
    jump(client)
    # It waits for some minutes: whoever reads it in the bell is not mailed.
    assert not MailboxMessage.objects.exists()
    jump(client)

    mail = MailboxMessage.objects.get()
    assert (mail.to_address, mail.subject) == (owner.email, "1 new person matches “Cooks”")
    jump(client)
    assert MailboxMessage.objects.count() == 1


def test_a_jump_lets_a_day_pass(client, outreach, stored, amara):
    before = outreach.enrollment(amara).next_at

    jump(client)

    assert outreach.enrollment(amara).next_at == before - timedelta(days=1)


def test_jumps_bring_the_next_step_at_any_hour(client, acme, owner):
    tomorrow = (timezone.now() + timedelta(days=1)).weekday()
    closed_now = Outreach(acme, owner, window_days=[tomorrow], gap_seconds=0)
    closed_now.enroll(closed_now.candidate())

    jump(client)

    assert MailboxMessage.objects.get().to_address == "amara@example.com"


def test_a_jump_frees_the_cap(client, acme, owner):
    capped = Outreach(acme, owner, daily_cap=1, gap_seconds=0)
    capped.queue(capped.candidate(), capped.candidate("priya@example.com"))

    for arrived in (1, 2):
        jump(client)
        assert MailboxMessage.objects.count() == arrived


def test_a_jump_leaves_the_past_alone(client, outreach, stored, amara):
    with acting_in(outreach.organization):
        Enrollment.objects.update(state="stopped", stop_reason="manual")
        before = Message.objects.get().sent_at

    jump(client)

    with acting_in(outreach.organization):
        assert Message.objects.get().sent_at == before
    assert MailboxMessage.objects.count() == 1


def test_time_does_not_jump_outside_local_mode(settings, outreach, stored, amara):
    settings.DEMO_MAILBOX = False
    before = outreach.enrollment(amara).next_at

    with pytest.raises(jumping.OnlyLocally):
        jumping.jump_one_day()
    with pytest.raises(jumping.OnlyLocally):
        jumping.send_at_any_hour()

    assert outreach.enrollment(amara).next_at == before


def test_the_mailbox_has_no_address_outside_local_mode(settings):
    settings.DEMO_MAILBOX = False
    try:
        routes = {str(pattern.pattern) for pattern in importlib.reload(urls).urlpatterns}
    finally:
        settings.DEMO_MAILBOX = True
        importlib.reload(urls)

    assert "demo/mail/" not in routes
    assert "hooks/" in routes


def test_a_search_for_what_no_mail_can_hold_finds_nothing(client):
    send_mail("Hello", "Text", None, ["amara@example.com"])

    assert "Hello" not in text_of(client.get(INBOX, {"q": "a\0b"}))

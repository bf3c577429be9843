"""Asking for a new password tells nobody who signs in here."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm.accounts import services
from crm.accounts.models import AccountMail, User
from crm.accounts.tasks import send_account_mails
from crm.web.mails import send_mail
from tests.accounts.conftest import PASSWORD
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NEW = "quiet river 19 stones"


def ask(email: str, *, ip: str = "203.0.113.1", client: Client | None = None):
    return (client or Client()).post("/accounts/password/reset/", {"email": email}, REMOTE_ADDR=ip)


def link_in(message) -> str:
    return re.search(r"http://testserver(/\S+)", message.body)[1]


def set_password(client: Client, path: str, password: str = NEW):
    page = client.get(path, follow=True)
    target = page.redirect_chain[-1][0]
    return client.post(target, {"password1": password, "password2": password})


def outward(response) -> tuple[object, ...]:
    headers = {key: value for key, value in response.headers.items() if key != "X-Request-ID"}
    return response.status_code, response.content, headers


def test_every_address_gets_the_same_answer(ada):
    gone = UserFactory(email="gone@example.com", is_active=False)
    answers = []
    for number, email in enumerate([ada.email, "nobody@example.com", gone.email]):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = ask(email, ip=f"203.0.113.{number + 1}")
        shapes = [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries]
        answers.append((outward(response), shapes))

    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0][0] == 302


def test_every_address_gets_a_mail_by_the_same_path(ada):
    gone = UserFactory(email="gone@example.com", is_active=False)
    for email in [ada.email, "nobody@example.com", gone.email]:
        ask(email)
    assert mail.outbox == [], "the request itself sends nothing"

    send_account_mails()

    assert [message.to for message in mail.outbox] == [
        [ada.email],
        ["nobody@example.com"],
        [gone.email],
    ]
    assert "/accounts/password/reset/key/" in mail.outbox[0].body
    for message in mail.outbox[1:]:
        assert "nobody signs in to Rapport with this address" in message.body
        assert "/accounts/password/reset/key/" not in message.body
    assert not AccountMail.objects.exists()


def test_mail_is_marked_automatic_and_has_both_parts(ada):
    ask(ada.email)
    send_account_mails()

    (message,) = mail.outbox
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    html, kind = message.alternatives[0]
    assert kind == "text/html"
    assert link_in(message) in html
    assert "<style" not in html, "styles are inlined: mail programs drop style sheets"


def test_link_sets_the_password_once(ada):
    ask(ada.email)
    send_account_mails()
    path = link_in(mail.outbox[0])

    set_password(Client(), path)

    ada.refresh_from_db()
    assert ada.check_password(NEW)
    again = Client().get(path, follow=True)
    assert again.context["token_fail"]


def test_link_expires(ada):
    with time_machine.travel(NOON, tick=False) as clock:
        ask(ada.email)
        send_account_mails()
        clock.shift(timedelta(hours=4, seconds=1))

        assert Client().get(link_in(mail.outbox[0]), follow=True).context["token_fail"]


def test_setting_the_password_does_not_sign_in_and_ends_sessions(ada, sign_in):
    elsewhere, here = Client(), Client()
    sign_in(elsewhere, ada.email)
    ask(ada.email)
    send_account_mails()

    set_password(here, link_in(mail.outbox[0]))

    assert here.get("/accounts/profile/").status_code == 302
    assert elsewhere.get("/accounts/profile/").status_code == 302


def test_setting_the_password_is_noticed_by_mail(ada):
    ask(ada.email)
    send_account_mails()
    set_password(Client(), link_in(mail.outbox[0]))

    send_account_mails()

    assert mail.outbox[1].subject == "Your Rapport password was changed"
    assert NEW not in mail.outbox[1].body


def test_setting_the_password_makes_a_known_browser(ada, sign_in):
    """So a stranger's tries cannot keep the owner of an address out."""
    with time_machine.travel(NOON, tick=False):
        for network in range(25):
            sign_in(Client(), ada.email, "wrong", ip=f"203.0.113.{network}")
        assert sign_in(Client(), ada.email, ip="192.0.2.1").status_code == 200
        owner = Client()
        ask(ada.email, client=owner, ip="192.0.2.1")
        send_account_mails()

        set_password(owner, link_in(mail.outbox[0]))

        assert sign_in(owner, ada.email, NEW, ip="192.0.2.1").status_code == 302


def test_one_address_gets_few_mails_and_nobody_learns_it(ada):
    with time_machine.travel(NOON, tick=False):
        answers = [outward(ask(ada.email)) for _ in range(5)]

    assert len(set(map(str, answers))) == 1
    assert AccountMail.objects.count() == 3


def test_one_network_asks_for_few_addresses(db):
    with time_machine.travel(NOON, tick=False):
        codes = [ask(f"somebody{number}@example.com").status_code for number in range(22)]

    assert codes == [302] * 20 + [200] * 2
    assert AccountMail.objects.count() == 20


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("password123", "too common"),
        ("iloveyou123", "too common"),
        ("short 1", "too short"),
        ("recruiter@acme", "too similar"),
    ],
)
def test_bad_passwords_are_refused(ada, password, sentence):
    ask(ada.email)
    send_account_mails()

    response = set_password(Client(), link_in(mail.outbox[0]), password)

    assert sentence in str(response.context["form"].errors)
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


@pytest.mark.parametrize(
    "password", ["x9 " + "long-word " * 6 + "!", "Žluťoučký kůň 馬 🐎 été", " spaces at both ends "]
)
def test_good_passwords_are_taken_as_they_are(ada, sign_in, password):
    ask(ada.email)
    send_account_mails()

    set_password(Client(), link_in(mail.outbox[0]), password)

    assert sign_in(Client(), ada.email, password).status_code == 302
    assert sign_in(Client(), ada.email, password.strip() + "?").status_code == 200


def test_password_fields_allow_pasting(ada):
    page = Client().get("/accounts/login/").content.decode()

    assert "onpaste" not in page
    assert "maxlength" not in re.search(r"<input[^>]*type=\"password\"[^>]*>", page)[0]


def test_mail_that_cannot_be_sent_is_tried_again_for_a_day(ada, settings, monkeypatch):
    def refuse(*args, **kwargs):
        raise ConnectionRefusedError

    with time_machine.travel(NOON, tick=False) as clock:
        ask(ada.email)
        monkeypatch.setattr("crm.accounts.services.send_mail", refuse)
        assert services.send_next_mail()
        assert not services.send_next_mail(), "not at once"
        waiting = AccountMail.objects.get()
        assert (waiting.attempts, waiting.due_at) == (1, NOON + timedelta(minutes=2))

        monkeypatch.undo()
        clock.shift(timedelta(minutes=2))
        send_account_mails()
        assert len(mail.outbox) == 1

        ask(ada.email)
        monkeypatch.setattr("crm.accounts.services.send_mail", refuse)
        for _ in range(60):
            clock.shift(timedelta(hours=1))
            send_account_mails()
        assert not AccountMail.objects.exists()


def test_a_mail_that_cannot_be_made_holds_up_no_other(ada, monkeypatch):
    def fail_for_ada(*args, to, **kwargs):
        if to == ada.email:
            raise KeyError(to)
        send_mail(*args, to=to, **kwargs)

    monkeypatch.setattr("crm.accounts.services.send_mail", fail_for_ada)
    services.queue_mail(AccountMail.Kind.RESET, ada.email)
    services.queue_mail(AccountMail.Kind.RESET, "nobody@example.com")

    send_account_mails()

    assert [message.to for message in mail.outbox] == [["nobody@example.com"]]
    assert AccountMail.objects.get().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_mail_is_sent(monkeypatch):
    seen = []
    monkeypatch.setattr(
        "crm.accounts.services.send_mail",
        lambda *args, **kwargs: seen.append(connection.in_atomic_block),
    )
    services.queue_mail(AccountMail.Kind.RESET, "nobody@example.com")

    assert services.send_next_mail()
    assert seen == [False]


def test_a_user_of_another_case_is_the_same(ada):
    ask(ada.email.upper())
    send_account_mails()

    assert "/accounts/password/reset/key/" in mail.outbox[0].body
    assert User.objects.count() == 1


def test_an_address_longer_than_any_is_refused_in_words(db):
    response = ask(f"{'a' * 300}@example.com")

    assert "at most 254 characters" in response.content.decode()
    assert not AccountMail.objects.exists()


def test_password_pages_are_labelled_in_our_words(ada):
    client = Client()
    client.force_login(ada)

    page = client.get("/accounts/password/change/").text

    labels = re.findall(r"<label[^>]*>\s*([^<]+?)\s*<", page)
    assert labels == ["Current password", "New password", "New password again"]
    assert "placeholder" not in page

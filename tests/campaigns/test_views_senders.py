"""Senders in the settings, and the kill switch."""

import pytest

from campaigns.models import Sender
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from tests.campaigns.test_views_sequences import FRAME
from tests.pages import text_of

pytestmark = pytest.mark.django_db

ADDRESS = "/acme/settings/senders/"
SENDER = {
    "name": "Jo Park",
    "address": "Jo@acme.example",
    "daily_cap": "50",
    "window_days": ["0", "1", "6"],
    "window_start": "08:30",
    "window_end": "17:00",
    "time_zone": "Asia/Tokyo",
}


def test_recruiters_do_not_see_them(as_user, recruiter, outreach):
    assert as_user(recruiter).get(ADDRESS).status_code == 403


def test_list_shows_what_is_used_of_the_cap(as_user, owner, outreach):
    outreach.send(outreach.candidate())
    outreach.queue(outreach.candidate("priya@example.com"))

    ((sender, use),) = as_user(owner).get(ADDRESS).context["rows"]

    assert (sender.name, use.sent, use.queued) == ("Robin Reyes", 1, 1)


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_for_every_length(
    client, owner, outreach, rows, django_assert_num_queries
):
    for number in range(1, rows):
        with acting_in(outreach.organization):
            Sender.objects.create(name="Other", address=f"other{number}@acme.example", user=owner)
    client.force_login(owner)

    with django_assert_num_queries(FRAME + 2):
        response = client.get(ADDRESS)

    assert len(response.context["rows"]) == rows


def test_add(as_user, owner, acme):
    response = as_user(owner).post(f"{ADDRESS}add/", {**SENDER, "user": owner.pk})

    assert response["Location"] == ADDRESS
    with acting_in(acme):
        sender = Sender.objects.get()
    assert (sender.address, sender.window_days, sender.user_id) == (
        "jo@acme.example",
        [0, 1, 6],
        owner.pk,
    )
    assert f"{sender.window_start:%H:%M}" == "08:30"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"address": "robin@ACME.example"}, "This address is a sender already."),
        ({"address": "nobody"}, "Enter a valid email address."),
        ({"daily_cap": "0"}, "Between 1 and 2,000 mails."),
        ({"window_days": []}, "This field is required."),
        ({"window_end": "08:00"}, "The window must end after it starts."),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice."),
    ],
)
def test_a_wrong_sender_is_refused(as_user, owner, outreach, wrong, sentence):
    response = as_user(owner).post(f"{ADDRESS}add/", {**SENDER, **wrong})

    assert response.status_code == 422
    assert sentence in text_of(response)
    with acting_in(outreach.organization):
        assert Sender.objects.count() == 1


def test_a_window_may_last_until_midnight_or_all_day(as_user, owner, acme):
    client = as_user(owner)
    for number, start in enumerate(("08:00", "00:00")):
        window = {
            "window_start": start,
            "window_end": "00:00",
            "address": f"a{number}@acme.example",
        }
        client.post(f"{ADDRESS}add/", {**SENDER, **window})

    html = text_of(client.get(ADDRESS))

    assert "08:00–24:00" in html
    assert ", all day" in html


def test_a_stranger_cannot_stand_behind_a_sender(as_user, owner, stranger):
    response = as_user(owner).post(f"{ADDRESS}add/", {**SENDER, "user": stranger.pk})

    assert response.status_code == 422


def test_edit_frees_the_sender_at_once(as_user, owner, outreach):
    with acting_in(outreach.organization):
        Sender.objects.update(blocked_until="2100-01-01T00:00Z", blocked_because="Cap")
    sender = outreach.sender

    as_user(owner).post(f"{ADDRESS}{sender.pk}/", {**SENDER, "address": sender.address})

    with acting_in(outreach.organization):
        sender.refresh_from_db()
        entry = AuditEntry.objects.get(action="sender.edited")
    assert (sender.name, sender.blocked_until) == ("Jo Park", None)
    assert "daily_cap" in entry.details["fields"]


def test_pause_needs_a_reason_and_tells_the_waiting_mails(as_user, owner, outreach):
    (message,) = outreach.queue(outreach.candidate())
    act = f"{ADDRESS}{outreach.sender.pk}/pause/"
    client = as_user(owner)

    assert client.post(act, {"because": ""}).status_code == 422
    client.post(act, {"because": "Holidays"})

    with acting_in(outreach.organization):
        assert Sender.objects.get().paused_because == "Holidays"
    assert outreach.waits_for(message) == "The sender is paused: Holidays"


def test_resume(as_user, owner, outreach):
    (message,) = outreach.queue(outreach.candidate())
    client = as_user(owner)
    client.post(f"{ADDRESS}{outreach.sender.pk}/pause/", {"because": "Holidays"})

    client.post(f"{ADDRESS}{outreach.sender.pk}/resume/")

    with acting_in(outreach.organization):
        assert Sender.objects.get().paused_at is None
    assert outreach.waits_for(message) == ""


def test_kill_switch(as_user, owner, outreach):
    client = as_user(owner)

    client.post(f"{ADDRESS}pause/")
    outreach.organization.refresh_from_db()
    assert outreach.organization.sending_paused_at is not None
    assert "All sending is stopped" in text_of(client.get("/acme/sequences/"))

    client.post(f"{ADDRESS}resume/")
    outreach.organization.refresh_from_db()
    assert outreach.organization.sending_paused_at is None
    with acting_in(outreach.organization):
        actions = AuditEntry.objects.filter(action__startswith="sending.").order_by("pk")
        assert [entry.action for entry in actions] == ["sending.paused", "sending.resumed"]


def test_kill_switch_is_not_a_link(as_user, owner, outreach):
    client = as_user(owner)

    assert client.get(f"{ADDRESS}pause/").status_code == 405
    outreach.organization.refresh_from_db()
    assert outreach.organization.sending_paused_at is None


@pytest.mark.parametrize("is_demo", [True, False])
def test_the_demo_says_why_it_writes_on_all_days(as_user, owner, outreach, settings, is_demo):
    settings.DEMO_MAILBOX = is_demo

    html = text_of(as_user(owner).get("/acme/settings/senders/"))

    assert "At any time" in html
    assert ("“At any time” means all seven days" in html) is is_demo

"""The page of those to be told, the notice of its own through the outbox, and the wording in the settings."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from campaigns.models import CarriedNotice, Enrollment, Message, Sender, Sequence, Step
from campaigns.services import delivering, disclosing
from campaigns.services.disclosing import queue_notices
from campaigns.services.permissions import MayNotSend
from candidates.models import (
    DEFAULT_TEXT,
    BulkAct,
    Candidate,
    NoticeRules,
    PrivacyNotice,
    Suppression,
)
from candidates.services import suppressing
from candidates.services.bulk import work_on
from candidates.services.candidates import create_candidate
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from tests.campaigns.conftest import Outreach
from tests.campaigns.test_views_sequences import FRAME
from tests.factories import MembershipFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db

DAY_ZERO = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
URL = "/acme/settings/privacy/to-be-told/"


@pytest.fixture
def clock():
    with time_machine.travel(DAY_ZERO, tick=False) as traveller:
        yield traveller


@pytest.fixture
def outreach(acme, owner, clock) -> Outreach:
    return Outreach(acme, owner)


@pytest.fixture
def add(outreach):
    """Somebody found by us, who is to be told."""

    def somebody(name: str, *addresses: str, **values) -> Candidate:
        with acting_in(outreach.organization):
            return create_candidate(by=outreach.user, full_name=name, emails=addresses, **values)

    return somebody


def words_of(response) -> str:
    """What a page says, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", text_of(response)).split())


def send(client, outreach, show: str = "") -> BulkAct:
    response = client.post(f"{URL}send/", {"sender": outreach.sender.pk, "show": show})
    with acting_in(outreach.organization):
        act = BulkAct.objects.latest("pk")
        assert response["Location"].endswith(f"/{act.pk}/")
    work_on(outreach.organization, act.pk)
    with acting_in(outreach.organization):
        act.refresh_from_db()
    return act


def test_the_page_says_who_why_and_by_when(as_user, recruiter, outreach, add):
    add("Ada Byron", "ada@example.com")
    add("Bo Beil")
    add("Cy Clop", "cy@example.com", status="do_not_contact")
    outreach.enroll(add("Di Dell", "di@example.com"))

    page = words_of(as_user(recruiter).get(URL))

    assert "Ada Byron our own research 1 Jul 2026 Waiting for a first mail" in page
    assert "Has no e-mail address. Add an address, or tell them in another way" in page
    assert "Is marked “Do not contact”. No mail goes to them" in page
    assert "On the sequence “Welcome”: its next mail tells them" in page
    assert "Send the notice to 1 person" in page


NOT_TELLING = {
    "draft": lambda: Sequence.objects.update(state="draft"),
    "paused": lambda: Sequence.objects.update(state="paused"),
    "no mail left": lambda: Step.objects.update(kind="task"),
    "too far ahead": lambda: Enrollment.objects.update(next_at=DAY_ZERO + timedelta(days=31)),
}


@pytest.mark.parametrize("why", NOT_TELLING)
def test_whom_no_sequence_tells_in_time_gets_the_notice(
    as_user, recruiter, outreach, add, provider, why
):
    outreach.enroll(add("Di Dell", "di@example.com"))
    outreach.inside(NOT_TELLING[why])
    client = as_user(recruiter)
    page = words_of(client.get(URL))
    assert "Waiting for a first mail or the notice" in page
    assert "its next mail tells them" not in page

    assert send(client, outreach).changed_count == 1
    delivering.deliver_due(outreach.organization)

    assert [mail.to for mail in provider.accepted] == [["di@example.com"]]


def test_late_on_a_sequence_that_runs_the_notice_is_offered(
    as_user, recruiter, outreach, add, clock
):
    outreach.enroll(add("Di Dell", "di@example.com"))
    clock.move_to(DAY_ZERO + timedelta(days=40))

    page = words_of(as_user(recruiter).get(URL))

    assert "Nobody writes to them before the notice went" in page
    assert "Send the notice to 1 person" in page


def test_who_joined_a_sequence_meanwhile_is_left_to_it(recruiter, outreach, add):
    people = [add("Di Dell", "di@example.com"), add("Ada Byron", "ada@example.com")]
    outreach.enroll(people[0])

    with acting_in(outreach.organization):
        queued, left_out = queue_notices(
            [one.pk for one in people], sender=outreach.sender, by=recruiter
        )

    assert (queued, left_out) == (1, {"on a sequence that tells them": 1})


@pytest.mark.parametrize("people", [1, 3])
def test_the_page_asks_as_much_for_three_as_for_one(
    as_user, recruiter, add, people, django_assert_num_queries
):
    for number in range(people):
        add(f"Person {number}", f"p{number}@example.com")
    client = as_user(recruiter)
    client.get(URL)

    with django_assert_num_queries(FRAME + 11):
        client.get(URL)


def test_the_list_is_narrowed_by_what_is_pressing(as_user, recruiter, add, clock):
    add("Early Bird", "early@example.com")
    clock.move_to(DAY_ZERO + timedelta(days=20))
    add("Late Riser")
    client = as_user(recruiter)
    clock.move_to(DAY_ZERO + timedelta(days=21))

    soon, stuck = (
        words_of(client.get(f"{URL}?show=soon")),
        words_of(client.get(f"{URL}?show=stuck")),
    )

    assert ("Early Bird" in soon, "Late Riser" in soon) == (True, False)
    assert ("Early Bird" in stuck, "Late Riser" in stuck) == (False, True)


def test_the_notice_goes_out_once_and_then_they_know(as_user, recruiter, outreach, add, provider):
    ada = add("Ada Byron", "ada@example.com")
    add("Bo Beil")
    client = as_user(recruiter)

    act = send(client, outreach)
    assert (act.total, act.changed_count) == (1, 1)
    assert "The notice is in the outbox" in words_of(client.get(URL))
    assert "Send the notice to" not in words_of(client.get(URL))
    with acting_in(outreach.organization):
        assert queue_notices([ada.pk], sender=outreach.sender, by=recruiter)[0] == 0
    delivering.deliver_due(outreach.organization)

    (mail,) = provider.accepted
    assert (mail.to, mail.subject) == (
        ["ada@example.com"],
        "Acme: what we know of you, and from where",
    )
    assert mail.body.count("from: our own research") == 1
    assert "List-Unsubscribe" in mail.extra_headers
    with acting_in(outreach.organization):
        notice = PrivacyNotice.objects.get(candidate=ada)
    assert (notice.told_at, notice.how) == (DAY_ZERO, "own_mail")
    assert "Ada Byron" not in words_of(client.get(URL))


def test_whoever_is_late_gets_the_notice_and_the_sequence_goes_on(
    as_user,
    recruiter,
    outreach,
    add,
    provider,
    clock,
):
    ada = add("Ada Byron", "ada@example.com")
    outreach.queue(ada)
    clock.move_to(DAY_ZERO + timedelta(days=40))
    delivering.deliver_due(outreach.organization)
    assert provider.accepted == []
    assert "Late" in words_of(as_user(recruiter).get(URL))

    send(as_user(recruiter), outreach)
    delivering.deliver_due(outreach.organization)
    delivering.deliver_due(outreach.organization)

    assert [mail.subject for mail in provider.accepted] == [
        "Acme: what we know of you, and from where",
        "A role for Ada",
    ]
    assert "from: our own research" not in provider.accepted[1].body


def test_told_or_silent_since_it_was_written_the_notice_stays_home(
    recruiter,
    outreach,
    add,
    provider,
):
    told, objected = add("Ada", "ada@example.com"), add("Bo", "bo@example.com")
    with acting_in(outreach.organization):
        queue_notices([told.pk, objected.pk], sender=outreach.sender, by=recruiter)
        disclosing.mark_told(told, by=recruiter)
        suppressing.suppress("email", "bo@example.com", reason=Suppression.Reason.OBJECTED)

    delivering.deliver_due(outreach.organization)

    assert provider.accepted == []
    assert {(mail.state, mail.problem) for mail in outreach.messages()} == {
        (Message.State.CANCELLED, "Was told in the meantime."),
        (Message.State.CANCELLED, "Objected to being contacted."),
    }


def test_the_senders_cap_holds_for_notices(recruiter, outreach, add, provider):
    people = [add(f"Person {number}", f"p{number}@example.com").pk for number in range(3)]
    with acting_in(outreach.organization):
        Sender.objects.update(daily_cap=2)
        queue_notices(people, sender=outreach.sender, by=recruiter)

    delivering.deliver_due(outreach.organization)

    assert len(provider.accepted) == 2
    with acting_in(outreach.organization):
        assert PrivacyNotice.objects.filter(told_at=None).count() == 1
        assert CarriedNotice.objects.count() == 3


def test_nobody_sends_in_a_colleagues_name(recruiter, outreach, acme, add):
    ada = add("Ada", "ada@example.com")
    colleague = MembershipFactory(organization=acme).user
    with acting_in(acme):
        Sender.objects.update(user=colleague)
        outreach.sender.refresh_from_db()
        with pytest.raises(MayNotSend):
            queue_notices([ada.pk], sender=outreach.sender, by=recruiter)
    assert outreach.messages() == []


def test_a_sender_must_be_chosen(as_user, recruiter, add):
    add("Ada", "ada@example.com")

    response = as_user(recruiter).post(f"{URL}send/", {"sender": "0", "show": ""})

    assert response.status_code == 422
    assert "Ada" in words_of(response)


def test_told_on_the_phone_counts_and_is_audited(as_user, recruiter, outreach, add):
    ada = add("Ada")
    client = as_user(recruiter)
    assert "Not yet; by 1 Jul 2026" in words_of(client.get(f"/acme/candidates/{ada.pk}/"))

    client.post(f"{URL}{ada.pk}/told/")

    with acting_in(outreach.organization):
        notice = PrivacyNotice.objects.get()
        assert (notice.told_at, notice.how, notice.told_by) == (DAY_ZERO, "by_hand", recruiter)
        assert AuditEntry.objects.filter(action="notice.told_by_hand").count() == 1
    assert "1 Jun 2026, in another way" in words_of(client.get(f"/acme/candidates/{ada.pk}/"))


def test_my_day_has_a_line_ten_days_before(as_user, recruiter, viewer, add, clock):
    add("Ada", "ada@example.com")
    clock.move_to(DAY_ZERO + timedelta(days=19))
    assert "must be told" not in words_of(as_user(recruiter).get("/acme/tasks/"))

    clock.move_to(DAY_ZERO + timedelta(days=20))
    assert "1 person must be told within 10 days" in words_of(
        as_user(recruiter).get("/acme/tasks/")
    )
    assert "must be told" not in words_of(as_user(viewer).get("/acme/tasks/"))


def test_the_wording_is_checked_and_saved(as_user, owner, acme):
    client = as_user(owner)
    url = "/acme/settings/privacy/notice/"
    assert "Why you hear from us" in client.get(url).text

    refused = client.post(url, {"is_enabled": "on", "text": "Hello {{ company }}"})
    assert (refused.status_code, "is not a merge field" in words_of(refused)) == (422, True)
    assert (
        client.post(url, {"is_enabled": "on", "days": "31", "text": "{{ source }}"}).status_code
        == 422
    )

    assert (
        client.post(url, {"is_enabled": "on", "days": "14", "text": DEFAULT_TEXT}).status_code
        == 302
    )
    with acting_in(acme):
        rules = NoticeRules.objects.get()
        assert (rules.days, rules.text, rules.wording) == (14, "", DEFAULT_TEXT)
    client.post(url, {"text": "From {{ source }}"})
    with acting_in(acme):
        rules = NoticeRules.objects.get()
        assert (rules.is_enabled, rules.days, rules.wording) == (False, None, "From {{ source }}")
        assert rules.updated_at.date() >= date(2026, 1, 1)

"""One click on somebody's answer, and all that follows from it."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from campaigns import signing
from campaigns.inbound.intents import Intent
from campaigns.models import Enrollment, Message
from campaigns.replies import cards_of
from campaigns.services import answering, receiving
from campaigns.services.composing import reference_of
from campaigns.services.reaching import Obstacle, reach
from candidates.models import Candidate, EmailAddress, Notification, Task, Touchpoint
from candidates.services import snoozing
from crm.tenancy.scope import acting_in
from tests.campaigns.test_views_sequences import FRAME
from tests.pages import text_of

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
PAGE = "/acme/sequences/replies/"


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


def reply_to(
    outreach, written: Message, text: str, *, author: str = "amara@example.com", number: int = 1
) -> Message:
    """`text` as an answer to a mail of ours, the first one or a later one."""
    to = signing.reply_address(reference_of(written), slug="acme")
    raw = (
        f"From: Amara <{author}>\nTo: {to}\nSubject: Re: A role\n"
        f"Message-ID: <{number}.{written.pk}@x>\n\n{text}\n"
    )
    received = receiving.receive(raw.encode())
    assert received is not None
    return received


@pytest.fixture
def answered(outreach, provider) -> Message:
    outreach.add_second()
    return reply_to(
        outreach, outreach.send(outreach.candidate()), "Not now, ask again in half a year."
    )


def choose(client, mail: Message, intent: str, **data):
    return client.post(f"{PAGE}{mail.pk}/sort/", {"intent": intent, **data})


def test_an_answer_waits_with_what_it_seems_to_want(as_user, recruiter, outreach, answered):
    html = text_of(as_user(recruiter).get(PAGE))

    assert "Amara Okafor" in html
    assert "Not now, ask again in half a year." in html
    assert "Not now until 30 Nov 2026" in html
    assert answered.suggested_intent == "not_now"


def test_the_owner_is_told_in_the_same_moment(outreach, answered):
    with acting_in(outreach.organization):
        assert Notification.objects.get(kind=Notification.Kind.REPLY).user == outreach.user
        assert Task.objects.get().assignee == outreach.user
        assert Enrollment.objects.get().stop_reason == "replied"


def test_not_now_is_one_click(as_user, recruiter, outreach, answered):
    client = as_user(recruiter)

    choose(client, answered, "not_now", until="2026-11-30")

    with acting_in(outreach.organization):
        candidate = Candidate.objects.get()
        assert candidate.status == Candidate.Status.NOT_NOW
        assert snoozing.snooze_of(candidate).until_on == date(2026, 11, 30)
        assert not Task.objects.filter(done_at=None).exists()
    assert client.get(PAGE).context["cards"] == []
    (card,) = client.get(f"{PAGE}?show=sorted").context["cards"]
    assert card.mail.sorted_by == recruiter


@pytest.mark.parametrize("until", ["", "2026-06-01", "yesterday"])
def test_a_day_that_does_not_lie_ahead_is_refused(as_user, recruiter, outreach, answered, until):
    response = choose(as_user(recruiter), answered, "not_now", until=until)

    assert response.status_code == 422
    assert outreach.reload(answered).intent == ""


@pytest.mark.parametrize("intent", ["interested", "referral"])
def test_what_is_owed_an_answer_keeps_its_task(as_user, recruiter, outreach, answered, intent):
    client = as_user(recruiter)
    choose(client, answered, intent)

    with acting_in(outreach.organization):
        assert Task.objects.filter(done_at=None).count() == 1
    assert outreach.reload(answered).intent == intent
    leads_on = "Add whom they name" in text_of(client.get(PAGE, {"show": "sorted"}))
    assert leads_on == (intent == "referral")


def test_no_thanks_is_noted_and_closes_the_task(as_user, recruiter, outreach, answered):
    choose(as_user(recruiter), answered, "no_thanks")

    with acting_in(outreach.organization):
        assert not Task.objects.filter(done_at=None).exists()
        assert Touchpoint.objects.filter(summary="Reply read as: no, thanks").exists()


def test_remove_me_ends_all_mail(as_user, recruiter, outreach, answered):
    choose(as_user(recruiter), answered, "remove_me")

    with acting_in(outreach.organization):
        candidate = Candidate.objects.get()
        assert isinstance(reach([candidate])[candidate.pk], Obstacle)


def test_wrong_person_retires_the_address_and_keeps_the_others(
    as_user, recruiter, outreach, provider
):
    candidate = outreach.candidate(emails=["amara@example.com", "second@example.com"])
    mail = reply_to(outreach, outreach.send(candidate), "I am not Amara.")

    choose(as_user(recruiter), mail, "wrong_person")

    with acting_in(outreach.organization):
        states = dict(EmailAddress.objects.values_list("normalized", "state"))
        assert states["amara@example.com"] == "wrong"
        assert str(reach([candidate])[candidate.pk]) == "second@example.com"


def test_a_wrong_person_who_answers_from_elsewhere_retires_what_was_written_to(
    as_user, recruiter, outreach, provider
):
    candidate = outreach.candidate()
    written = outreach.send(candidate)
    mail = reply_to(outreach, written, "I am not Amara.", author="colleague@other.example")
    client = as_user(recruiter)

    choose(client, mail, "wrong_person")

    assert "Nothing more goes to amara@example.com." in text_of(client.get(PAGE))
    again = reply_to(outreach, written, "Not me!", author="amara@example.com", number=2)
    with acting_in(outreach.organization):
        assert again.candidate == candidate
        assert EmailAddress.objects.get().state == "wrong"
        assert isinstance(reach([candidate])[candidate.pk], Obstacle)


def test_where_nobody_knows_which_address_is_wrong_that_is_said(
    as_user, recruiter, outreach, provider
):
    candidate = outreach.candidate()
    with acting_in(outreach.organization):
        mail = Message.objects.create(
            direction="in", state="received", candidate=candidate, from_address="who@other.example"
        )
    client = as_user(recruiter)

    choose(client, mail, "wrong_person")

    assert "who@other.example is no address of Amara" in text_of(client.get(PAGE))
    with acting_in(outreach.organization):
        assert EmailAddress.objects.get().state != "wrong"


def test_asking_to_be_deleted_is_said_in_the_task_and_leads_to_erasing(
    as_user, recruiter, outreach, provider
):
    mail = reply_to(outreach, outreach.send(outreach.candidate()), "Please delete my data.")
    client = as_user(recruiter)

    assert "Wants their data deleted" in text_of(client.get(PAGE))
    choose(client, mail, "erase_me")

    with acting_in(outreach.organization):
        assert Task.objects.get().title == "Amara Okafor seems to want their data deleted"
    assert "Erase the record" in text_of(client.get(f"{PAGE}?show=sorted"))


def open_tasks(outreach) -> list[str]:
    with acting_in(outreach.organization):
        return sorted(Task.objects.filter(done_at=None).values_list("title", flat=True))


def test_a_wish_has_a_task_of_its_own_beside_one_that_is_open(outreach, provider):
    written = outreach.send(outreach.candidate())
    replies = ["Call me.", "Please delete all my data.", "Have you deleted all my data?", "Hello?"]
    replies += ["Please stop writing to me.", "Delete all my data now."]

    for number, words in enumerate(replies):
        reply_to(outreach, written, words, number=number)

    assert open_tasks(outreach) == [
        "Amara Okafor seems to want no more mail",
        "Amara Okafor seems to want their data deleted",
        "Answer Amara Okafor",
    ]


def test_an_answer_after_a_wish_is_owed_too(outreach, provider):
    written = outreach.send(outreach.candidate())

    reply_to(outreach, written, "Please delete all my data.")
    reply_to(outreach, written, "But call me first.", number=2)

    assert open_tasks(outreach) == [
        "Amara Okafor seems to want their data deleted",
        "Answer Amara Okafor",
    ]


def test_sorting_one_reply_leaves_what_another_wishes(outreach, provider):
    written = outreach.send(outreach.candidate())
    first = reply_to(outreach, written, "Not for me.")
    second = reply_to(outreach, written, "Please delete all my data.", number=2)

    outreach.inside(answering.sort_reply, first, Intent.NO_THANKS, by=outreach.user)
    assert open_tasks(outreach) == ["Amara Okafor seems to want their data deleted"]

    outreach.inside(answering.sort_reply, second, Intent.ERASE_ME, by=outreach.user)
    assert open_tasks(outreach) == []


def test_a_new_address_is_offered_and_kept(as_user, recruiter, outreach, provider):
    mail = reply_to(
        outreach, outreach.send(outreach.candidate()), "Use this one.", author="amara@home.example"
    )
    client = as_user(recruiter)

    assert "amara@home.example, which is not on the record" in text_of(client.get(PAGE))
    client.post(f"{PAGE}{mail.pk}/keep-address/")

    with acting_in(outreach.organization):
        assert EmailAddress.objects.get(normalized="amara@home.example").state == "valid"
    assert client.post(f"{PAGE}{mail.pk}/keep-address/").status_code == 409


def test_the_record_shows_the_answer_with_its_buttons(as_user, recruiter, outreach, answered):
    html = text_of(as_user(recruiter).get(f"/acme/candidates/{answered.candidate_id}/"))

    assert f"/acme/sequences/replies/{answered.pk}/sort/" in html
    assert "Not now?" in html


def test_who_may_only_read_gets_no_buttons(as_user, viewer, outreach, answered):
    html = text_of(as_user(viewer).get(PAGE))

    assert "Amara Okafor" in html
    assert "/sort/" not in html


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_for_every_length(
    client, recruiter, outreach, provider, rows, django_assert_num_queries
):
    for number in range(rows):
        written = outreach.send(outreach.candidate(f"person{number}@example.com"))
        reply_to(outreach, written, "Tell me more.", author=f"person{number}@example.com")
    client.force_login(recruiter)

    # The rows, their addresses, reasons, sequences, and the three counts on the tabs.
    with django_assert_num_queries(FRAME + 7):
        response = client.get(PAGE)

    assert len(response.context["cards"]) == rows


def test_sorting_what_is_no_answer_is_refused(as_user, recruiter, outreach, provider):
    sent = outreach.send(outreach.candidate())

    assert choose(as_user(recruiter), sent, "interested").status_code == 409


def test_an_outgoing_day_in_the_past_is_never_offered(outreach, answered):
    with acting_in(outreach.organization):
        (card,) = cards_of([answered], today=MONDAY.date() + timedelta(days=400))

    assert card.until > MONDAY.date() + timedelta(days=400)

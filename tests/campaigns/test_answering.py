"""One click on somebody's answer, and all that follows from it."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from campaigns import signing
from campaigns.inbound.intents import Intent
from campaigns.models import Enrollment, Message, Sequence, Step
from campaigns.replies import cards_of
from campaigns.services import answering, delivering, dispatching, receiving, threads
from campaigns.services.composing import reference_of
from campaigns.services.reaching import Obstacle, reach
from candidates.models import Candidate, EmailAddress, Notification, Task, Touchpoint
from candidates.services import snoozing
from crm.tenancy.scope import acting_in
from tests.campaigns.test_views_sequences import FRAME
from tests.pages import text_of
from tests.pipelines.test_meanwhile import fields_in, fields_of

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


@pytest.fixture
def nurture(outreach) -> Sequence:
    """Where the sequence that was answered lets people go on."""
    with acting_in(outreach.organization):
        nurture = Sequence.objects.create(
            name="Nurture", sender=outreach.sender, owner=outreach.user, state="active"
        )
        Step.objects.create(sequence=nurture, position=1, subject="Hello again", body="Hi!")
        Step.objects.create(
            sequence=nurture, position=2, wait_business_days=2, subject="News", body="Well?"
        )
        Sequence.objects.filter(pk=outreach.sequence.pk).update(after_not_now=nurture)
        return nurture


def test_a_nurture_sequence_is_one_click_and_answers_in_the_thread_on_its_day(
    as_user, recruiter, outreach, answered, nurture, provider
):
    client = as_user(recruiter)
    with time_machine.travel(MONDAY + timedelta(hours=1), tick=False):
        page = client.get(PAGE)
        assert "until 30 Nov 2026</span>, then “Nurture”" in text_of(page)
        fields = fields_in(re.findall(r'<form id="nurture-.*?</form>', page.text, re.DOTALL)[0])
        client.post(f"{PAGE}{answered.pk}/sort/", fields | {"until": "2026-06-10"})

    accepted = len(provider.accepted)
    for day, expected in ((9, 0), (10, 0), (11, 1), (12, 1), (15, 2)):
        with time_machine.travel(MONDAY.replace(day=day, hour=12), tick=False):
            with acting_in(outreach.organization):
                snoozing.return_due()
            dispatching.dispatch(outreach.organization)
            delivering.deliver_due(outreach.organization)
            assert len(provider.accepted) - accepted == expected, day
    again, news = provider.accepted[-2:]
    assert (again.subject, again.body.split()[0]) == ("Re: A role", "Hi!")
    assert again.extra_headers["In-Reply-To"] == answered.message_id
    assert answered.in_reply_to in again.extra_headers["References"]
    # A later step begins a thread of its own where it has a subject.
    assert (news.subject, "In-Reply-To" in news.extra_headers) == ("News", False)


def test_a_private_thread_is_taken_up_in_private(recruiter, owner, outreach, answered, nurture):
    with acting_in(outreach.organization):
        threads.make_private(answered, by=owner, readers=[recruiter])
        rest = answering.Rest(until=date(2026, 6, 10), sequence=nurture)
        answering.sort_reply(answered, Intent.NOT_NOW, by=owner, rest=rest)
    with time_machine.travel(MONDAY.replace(day=11, hour=12), tick=False):
        outreach.inside(snoozing.return_due)
        dispatching.dispatch(outreach.organization)

    (queued,) = outreach.messages(state="queued")
    with acting_in(outreach.organization):
        assert (queued.is_private, queued.member) == (True, owner)
        assert queued.readers.get().user == recruiter


def test_what_nurtures_is_neither_what_was_answered_nor_a_draft(
    as_user, recruiter, outreach, answered, nurture
):
    with acting_in(outreach.organization):
        draft = Sequence.objects.create(name="Draft", sender=outreach.sender)
        Step.objects.create(sequence=draft, position=1, subject="Hello", body="Hi!")

    html = as_user(recruiter).get(PAGE).text

    (select,) = re.findall(r'<select[^>]*name="sequence".*?</select>', html, re.DOTALL)
    assert re.findall(r"<option[^>]*>\s*(.*?)\s*</option>", select) == [
        "No sequence: only remind me",
        "Nurture",
    ]


def test_a_nurture_sequence_that_is_put_away_is_not_offered(
    as_user, recruiter, outreach, answered, nurture
):
    with acting_in(outreach.organization):
        Sequence.objects.filter(pk=nurture.pk).update(state="archived")

    assert "then “Nurture”" not in text_of(as_user(recruiter).get(PAGE))


def test_which_sequence_nurtures_is_said_in_the_settings(as_user, recruiter, outreach, nurture):
    path = f"/acme/sequences/{outreach.sequence.pk}/edit/"
    client = as_user(recruiter)
    fields = fields_of(client.get(path).text)
    assert fields["after_not_now"] == [str(nurture.pk)]

    client.post(path, fields | {"after_not_now": ""})

    with acting_in(outreach.organization):
        assert Sequence.objects.get(pk=outreach.sequence.pk).after_not_now is None
    answer = client.post(
        path, fields_of(client.get(path).text) | {"after_not_now": outreach.sequence.pk}
    )
    assert answer.status_code == 422


def test_who_was_nurtured_before_is_so_again(as_user, recruiter, outreach, answered):
    with acting_in(outreach.organization):
        nurture = Sequence.objects.create(
            name="Nurture", sender=outreach.sender, state="active", entry=Sequence.Entry.ALWAYS
        )
        Step.objects.create(sequence=nurture, position=1, subject="Hello again", body="Hi!")
        Enrollment.objects.create(
            sequence=nurture, candidate=answered.candidate, state="finished", ended_at=MONDAY
        )

    response = choose(
        as_user(recruiter), answered, "not_now", until="2026-06-10", sequence=nurture.pk
    )

    assert response.status_code < 400
    with acting_in(outreach.organization):
        before, again = Enrollment.objects.filter(sequence=nurture).order_by("pk")
        assert (before.state, again.state) == ("finished", "active")
        assert again.waits_for == "Not now until 10 Jun 2026"


def test_somebody_who_cannot_join_the_sequence_is_not_snoozed_either(
    as_user, recruiter, outreach, answered
):
    """One transaction: all of it, or nothing."""
    response = choose(
        as_user(recruiter), answered, "not_now", until="2026-11-30", sequence=outreach.sequence.pk
    )

    assert response.status_code == 409
    assert "Was on this sequence before" in text_of(response)
    with acting_in(outreach.organization):
        assert Candidate.objects.get().status != Candidate.Status.NOT_NOW
    assert outreach.reload(answered).sorted_at is None


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

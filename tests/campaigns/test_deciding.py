"""Deciding at once about all mails in doubt, or all that were refused: those that the page named, and no other."""

import re

import pytest

from campaigns.models import Enrollment, Message, Sender, Sequence
from campaigns.services import deciding, delivering
from crm.tenancy.scope import acting_in
from tests.campaigns.test_views_mails import LOOK, doubtful
from tests.pages import text_of
from tests.pipelines.test_meanwhile import fields_in

pytestmark = pytest.mark.django_db
State = Message.State


@pytest.fixture
def refused(outreach) -> list[Message]:
    return [doubtful(outreach, f"p{number}@example.com", State.FAILED) for number in range(3)]


@pytest.fixture
def in_doubt(outreach) -> list[Message]:
    return [doubtful(outreach, f"d{number}@example.com") for number in range(2)]


def form_of(client, act: str, state: str = "") -> dict:
    """The fields of the page's form that does this to all."""
    page = client.get(LOOK).text
    forms = re.findall(rf'<form[^>]*action="[^"]*needs-a-look/{act}/".*?</form>', page, re.DOTALL)
    fields = [fields_in(form) for form in forms]
    (found,) = [one for one in fields if not state or one["state"] == [state]]
    return found


def states(outreach, mails) -> list[str]:
    return [str(outreach.reload(mail).state) for mail in mails]


def test_all_that_were_refused_are_queued_again(as_user, recruiter, outreach, refused, in_doubt):
    client = as_user(recruiter)
    assert "Resend all 3 that were refused" in text_of(client.get(LOOK))

    client.post(f"{LOOK}resend/", form_of(client, "resend", "failed"))

    assert states(outreach, refused) == ["queued"] * 3
    assert states(outreach, in_doubt) == ["ambiguous"] * 2
    assert "3 mails are in the queue again." in text_of(client.get(LOOK))


def test_all_in_doubt_are_marked_as_sent(as_user, recruiter, outreach, refused, in_doubt):
    client = as_user(recruiter)
    assert "Mark all 2 in doubt as sent" in text_of(client.get(LOOK))

    client.post(f"{LOOK}mark-sent/", form_of(client, "mark-sent"))

    assert states(outreach, in_doubt) == ["sent"] * 2
    assert states(outreach, refused) == ["failed"] * 3


def test_all_in_doubt_are_sent_again_only_where_somebody_says_so(
    as_user, recruiter, outreach, refused, in_doubt
):
    client = as_user(recruiter)

    client.post(f"{LOOK}resend/", form_of(client, "resend", "ambiguous"))

    assert states(outreach, in_doubt) == ["queued"] * 2
    assert states(outreach, refused) == ["failed"] * 3


def test_pressed_twice_nobody_gets_it_twice(as_user, recruiter, outreach, provider, in_doubt):
    """The second form is one of another member, drawn before: its mails have gone since, and one is in doubt anew."""
    client = as_user(recruiter)
    fields = form_of(client, "resend", "ambiguous")
    client.post(f"{LOOK}resend/", fields)
    with acting_in(outreach.organization):
        Sender.objects.update(gap_seconds=0)
    delivering.deliver_due(outreach.organization)
    assert len(provider.accepted) == 2
    with acting_in(outreach.organization):
        Message.objects.filter(pk=in_doubt[0].pk).update(state=State.AMBIGUOUS)

    client.post(f"{LOOK}resend/", fields)

    assert states(outreach, in_doubt) == ["ambiguous", "sent"]
    page = text_of(client.get(LOOK))
    assert "0 mails are in the queue again. Left alone: 2 decided about already" in page


def test_many_that_were_refused_do_not_hide_those_in_doubt(
    as_user, recruiter, outreach, in_doubt, refused, monkeypatch
):
    monkeypatch.setattr(deciding, "MOST", 2)
    page = text_of(as_user(recruiter).get(LOOK))

    assert "Resend all 2 that were refused" in page
    assert "Mark all 2 in doubt as sent" in page


def test_one_that_came_after_the_page_was_drawn_is_left_alone(
    as_user, recruiter, outreach, refused
):
    client = as_user(recruiter)
    fields = form_of(client, "resend", "failed")
    later = doubtful(outreach, "later@example.com", State.FAILED)

    client.post(f"{LOOK}resend/", fields)

    assert states(outreach, [*refused, later]) == ["queued", "queued", "queued", "failed"]


def test_what_may_not_go_is_named_and_the_others_go(as_user, recruiter, owner, outreach, refused):
    with acting_in(outreach.organization):
        own = Sender.objects.create(name="Olga", address="olga@acme.example", user=owner)
        Message.objects.filter(pk=refused[0].pk).update(sender=own)
    client = as_user(recruiter)
    form = form_of(client, "resend", "failed")
    with acting_in(outreach.organization):
        enrollment = outreach.reload(refused[1]).enrollment
        enrollment.state, enrollment.stop_reason = "stopped", "replied"
        enrollment.save()

    client.post(f"{LOOK}resend/", form)

    assert states(outreach, refused) == ["failed", "failed", "queued"]
    page = text_of(client.get(LOOK))
    assert "1 mail is in the queue again." in page
    assert "in whose name you may not send" in page
    assert "1 to people who have left the sequence meanwhile" in page


@pytest.mark.parametrize(
    ("elsewhere", "why"),
    [(False, "is on this sequence again"), (True, "is on the sequence “Other” by now")],
)
def test_who_runs_again_is_not_sent_the_mail_of_before(
    as_user, recruiter, outreach, in_doubt, *, elsewhere, why
):
    """The doubtful mail counted as the last one sent, and the sequence takes people again."""
    first = outreach.reload(in_doubt[0]).enrollment
    with acting_in(outreach.organization):
        Enrollment.objects.filter(pk=first.pk).update(
            state="finished", next_step=None, next_at=None
        )
        into = (
            Sequence.objects.create(name="Other", sender=outreach.sender)
            if elsewhere
            else outreach.sequence
        )
        Enrollment.objects.create(sequence=into, candidate=first.candidate, version=into.version)
    client = as_user(recruiter)
    form = form_of(client, "resend", "ambiguous")

    refused = client.post(f"{LOOK}{in_doubt[0].pk}/resend/")
    client.post(f"{LOOK}resend/", form)

    assert refused.status_code == 409
    assert f"{first.candidate} {why}, so the mail is not sent again." in text_of(refused)
    assert states(outreach, in_doubt) == ["ambiguous", "queued"]
    assert "1 to people who have left the sequence meanwhile, or are on one again" in text_of(
        client.get(LOOK)
    )
    with acting_in(outreach.organization):
        assert Enrollment.objects.get(pk=first.pk).state == "finished"


def test_what_is_no_mail_of_ours_is_passed_over(as_user, recruiter, outreach, refused):
    client = as_user(recruiter)
    fields = form_of(client, "resend", "failed")
    with acting_in(outreach.organization):
        Message.objects.filter(pk=refused[0].pk).update(state=State.SENT)

    client.post(f"{LOOK}resend/", fields | {"mails": f"{fields['mails'][0]} 999999-0 x-y -"})

    assert states(outreach, refused) == ["sent", "queued", "queued"]


def test_one_alone_has_no_button_for_all(as_user, recruiter, outreach):
    doubtful(outreach, "amara@example.com", State.FAILED)

    assert "Resend all" not in text_of(as_user(recruiter).get(LOOK))

"""The first mails before people are enrolled: shown person by person, each with an opening line of its own."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import PersonalMail, Step
from campaigns.services import dispatching, opening
from campaigns.services.opening import with_opening
from campaigns.services.personalizing import write_personal_mail
from crm.tenancy.scope import acting_in
from tests.campaigns.enrolling_pages import ADDRESS, enrolled
from tests.pages import text_of

pytestmark = pytest.mark.django_db
LINE = "Your talk in Lisbon stayed with me."


@pytest.fixture
def amara(outreach):
    outreach.inside(Step.objects.update, body="Hi {{ first_name }},\n\nwe build a team.")
    return outreach.candidate()


def asked(outreach, *people, **more):
    ids = ",".join(str(person.pk) for person in people)
    return {"candidates": ids, "sequence": outreach.sequence.pk, **more}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Hi {{ first_name }},\n\nWe hire.", "Hi {{ first_name }},\n\nLINE\n\nWe hire."),
        ("Hello!\r\nWe hire.\r\nYou?", "Hello!\n\nLINE\n\nWe hire.\nYou?"),
        ("Good morning,", "Good morning,\n\nLINE"),
        ("We hire.\n\nYou?", "LINE\n\nWe hire.\n\nYou?"),
        (f"{'We hire ' * 12},\nyou?", f"LINE\n\n{'We hire ' * 12},\nyou?"),
    ],
)
def test_a_line_comes_after_the_greeting(body, expected):
    assert with_opening(body, "LINE") == expected
    assert with_opening(body, "") == body


def test_looking_shows_the_line_and_writes_nothing(as_user, recruiter, outreach, amara):
    page = as_user(recruiter).post(ADDRESS, asked(outreach, amara, **{f"line-{amara.pk}": LINE}))

    (mail,) = page.context["preflight"].first_mails
    words = "".join(piece.text for piece in mail.preview.body)
    assert words == f"Hi Amara,\n\n{LINE}\n\nwe build a team."
    assert f">{LINE}</textarea>" in page.content.decode()
    assert enrolled(outreach) == []
    assert not outreach.inside(PersonalMail.objects.exists)


def test_whoever_is_enrolled_gets_their_line_and_nobody_else_does(
    as_user, recruiter, outreach, amara
):
    priya = outreach.candidate("priya@example.com", full_name="Priya Raman")
    stranger = outreach.candidate("sam@example.com", full_name="Sam Noor")
    lines = {f"line-{amara.pk}": f"  {LINE}\n", f"line-{stranger.pk}": LINE}

    as_user(recruiter).post(ADDRESS, asked(outreach, amara, priya, confirm="1", **lines))
    dispatching.dispatch(outreach.organization)

    assert {one.to_address: LINE in one.body_text for one in outreach.messages()} == {
        "amara@example.com": True,
        "priya@example.com": False,
    }
    assert outreach.inside(PersonalMail.objects.get).candidate_id == amara.pk


@pytest.mark.parametrize(
    ("line", "sentence"),
    [("x" * 501, "at most 500 characters; this one has 501"), ("Hi {{ nme }}", "nme")],
)
def test_a_line_that_cannot_be_sent_keeps_everybody_back(
    as_user, recruiter, outreach, amara, line, sentence
):
    page = as_user(recruiter).post(
        ADDRESS, asked(outreach, amara, confirm="1", **{f"line-{amara.pk}": line})
    )

    assert page.status_code == 422
    assert sentence in text_of(page)
    assert f">{line}</textarea>" in page.content.decode()
    assert enrolled(outreach) == []


def test_a_mail_written_by_hand_is_left_alone(as_user, recruiter, outreach, amara):
    with acting_in(outreach.organization):
        step = outreach.sequence.steps.get()
        write_personal_mail(step, amara, subject="Ours", body="By hand", by=recruiter)
    client, lines = as_user(recruiter), {f"line-{amara.pk}": LINE}

    page = client.post(ADDRESS, asked(outreach, amara, **lines))
    client.post(ADDRESS, asked(outreach, amara, confirm="1", **lines))

    assert "By hand" in text_of(page)
    assert f'name="line-{amara.pk}"' not in page.content.decode()
    assert enrolled(outreach) == ["Amara Okafor"]
    assert outreach.inside(PersonalMail.objects.get).body == "By hand"


@pytest.mark.parametrize("number", [1, 12])
def test_reading_twelve_costs_the_same(recruiter, outreach, amara, number):
    people = [outreach.candidate(f"p{one}@example.com") for one in range(number)]

    with acting_in(outreach.organization), CaptureQueriesContext(connection) as captured:
        mails = opening.first_mails(outreach.sequence, people, {}, viewer=recruiter)

    assert [mail.may_open for mail in mails] == [True] * number
    assert len(captured) == 7


def test_every_mail_can_be_opened_to_be_written_by_hand(as_user, recruiter, outreach, amara):
    step = outreach.inside(outreach.sequence.steps.get)

    page = as_user(recruiter).get(f"/acme/sequences/steps/{step.pk}/for/{amara.pk}/")

    assert "we build a team." in page.context["form"]["body"].value()


def test_of_many_some_are_shown(as_user, recruiter, outreach, amara, monkeypatch):
    monkeypatch.setattr(opening, "MOST", 1)
    priya = outreach.candidate("priya@example.com", full_name="Priya Raman")

    found = as_user(recruiter).post(ADDRESS, asked(outreach, amara, priya)).context["preflight"]

    assert (found.first_mails, len(found.samples)) == ([], 2)

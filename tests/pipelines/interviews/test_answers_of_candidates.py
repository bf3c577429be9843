"""Candidates who accept or decline in their own calendar: whoever arranged the interview is told."""

import re
from types import SimpleNamespace

import pytest
from django.conf import settings

from campaigns.models import Message
from campaigns.services.receiving import receive
from crm.tenancy.scope import acting_in
from pipelines.models import Interview, Interviewer
from pipelines.services.interviews import scheduling
from tests.pipelines.conftest import words
from tests.pipelines.talks import TUESDAY_TEN, arrange, told
from tests.pipelines.test_calendar_answers import reply


@pytest.fixture
def invited(acme, job, put_on, recruiter, sourcer, wishes):
    ada = put_on(job, "Ada Byron", emails=["ada@example.com"])
    with acting_in(acme):
        return arrange(ada, sourcer, by=recruiter, starts_at=TUESDAY_TEN)


def reply_of_candidate(wishes, interview, *, comment="", **more) -> bytes:
    """The same, from the candidate, to whom the invitation that they were mailed names."""
    invitation = wishes[-1].calendar
    organizer = re.search(r"ORGANIZER;CN=[^:]*:mailto:(\S+)", invitation.replace("\r\n ", ""))[1]
    ada = SimpleNamespace(name="Ada Byron", email="ada@example.com")
    raw = reply(interview, ada, to=organizer, **more)
    return raw.replace(b"SUMMARY:", f"COMMENT:{comment}\r\nSUMMARY:".encode()) if comment else raw


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ("ACCEPTED", "accepted in their calendar: {what}."),
        ("TENTATIVE", "said “maybe” in their calendar: {what}."),
        (
            "DECLINED",
            "declined in their calendar: {what}. It still stands: move it, or cancel it. They wrote: I am {ill}",
        ),
    ],
)
def test_whoever_arranged_it_hears_what_the_candidate_answered(
    acme, invited, recruiter, wishes, says, words
):
    what = "Technical interview, Tuesday, 3 March 2026, 10:00 (UTC, UTC+00:00)"
    comment = "I am {ill}" if says == "DECLINED" else ""
    for _ in range(2):
        raw = reply_of_candidate(wishes, invited, says=says, comment=comment)
        assert receive(raw, recipients=(f"acme@{settings.INBOUND_DOMAIN}",)) is None

    with acting_in(acme):
        assert told(recruiter)[-1] == "Ada Byron " + words.replace("{what}", what)
        assert sum("in their calendar" in line for line in told(recruiter)) == 1
        assert not Message.objects.filter(direction=Message.Direction.IN).exists()
        invited.refresh_from_db()
        assert invited.state == Interview.State.BOOKED


@pytest.mark.parametrize(
    ("says", "badge"),
    [
        ("ACCEPTED", "Candidate accepted"),
        ("TENTATIVE", "Candidate says maybe"),
        ("DECLINED", "Candidate declined"),
    ],
)
def test_the_answer_stands_at_the_interview_until_it_is_moved(
    as_user, acme, invited, recruiter, wishes, says, badge
):
    pages = (
        f"/acme/interviews/{invited.pk}/",
        "/acme/interviews/",
        f"/acme/jobs/candidacies/{invited.candidacy_id}/",
        f"/acme/candidates/{invited.candidacy.candidate_id}/",
    )
    client = as_user(recruiter)
    assert not any(badge in words(client.get(page)) for page in pages)

    receive(reply_of_candidate(wishes, invited, says=says))

    assert [page for page in pages if badge not in words(client.get(page))] == []
    with acting_in(acme):
        scheduling.move(invited, starts_at=TUESDAY_TEN.replace(hour=14), by=recruiter)
    assert not any(badge in words(client.get(page)) for page in pages)


def test_an_answer_that_was_overtaken_by_a_later_one_does_not_stand(acme, invited, wishes):
    later = reply_of_candidate(wishes, invited, says="DECLINED")
    stamp = re.search(rb"DTSTAMP:(\d{8})T", later)[1]
    earlier = reply_of_candidate(wishes, invited, says="ACCEPTED").replace(stamp, b"20250101")

    for mail in (later, earlier):
        assert receive(mail) is None

    with acting_in(acme):
        invited.refresh_from_db()
        assert invited.candidate_answer == "declined"


def test_an_answer_of_a_candidate_counts_for_the_time_that_stands(acme, invited, recruiter, wishes):
    with acting_in(acme):
        scheduling.move(invited, starts_at=TUESDAY_TEN.replace(hour=14), by=recruiter)
    assert receive(reply_of_candidate(wishes, invited, sequence=0)) is None
    assert receive(reply_of_candidate(wishes, invited, sequence=1, says="NEEDS-ACTION")) is None
    with acting_in(acme):
        assert not any("in their calendar" in line for line in told(recruiter))

    assert receive(reply_of_candidate(wishes, invited, sequence=1)) is None
    with acting_in(acme):
        assert "declined in their calendar" in told(recruiter)[-1]
        scheduling.cancel(invited, by=recruiter)
    assert receive(reply_of_candidate(wishes, invited, sequence=2, says="ACCEPTED")) is None
    with acting_in(acme):
        assert not any("accepted" in line for line in told(recruiter))


def test_an_answer_counts_though_others_take_part_since(
    acme, invited, recruiter, sourcer, owner, wishes
):
    with acting_in(acme):
        Interviewer.objects.update(mailed_sequence=0)
        scheduling.edit(invited, interviewers=[owner], by=recruiter)
        invited.refresh_from_db()
        assert invited.sequence == 1

    assert receive(reply_of_candidate(wishes, invited, sequence=0, says="DECLINED")) is None

    with acting_in(acme):
        invited.refresh_from_db()
        assert invited.candidate_answer == "declined"
        assert any("declined in their calendar" in line for line in told(recruiter))

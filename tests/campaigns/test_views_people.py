"""The people on a sequence."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Enrollment
from campaigns.services import dispatching
from candidates.models import Candidate
from crm.tenancy.scope import acting_in
from tests.campaigns.answers import take_answer_of
from tests.campaigns.test_views_sequences import FRAME
from tests.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(outreach) -> str:
    return f"/acme/sequences/{outreach.sequence.pk}/people/"


def test_everybody_is_listed_with_where_they_are(as_user, viewer, outreach, address):
    outreach.add_second()
    amara = outreach.candidate()
    outreach.send(amara)

    html = text_of(as_user(viewer).get(address))

    assert "Amara Okafor" in html
    assert "Step 2 is next" in html


def test_why_somebody_waits(as_user, viewer, outreach, address):
    amara = outreach.candidate()
    outreach.queue(amara)
    with acting_in(outreach.organization):
        amara.messages.update(waits_for="Outside the sender's hours: goes Mon 09:00")

    html = text_of(as_user(viewer).get(address))

    assert "Outside the sender&#x27;s hours: goes Mon 09:00" in html


@pytest.mark.parametrize(
    ("state", "values"),
    [
        ("active", {"state": "active"}),
        ("paused", {"state": "paused"}),
        ("missing_data", {"state": "paused", "stop_reason": "missing_data"}),
        ("replied", {"state": "stopped", "stop_reason": "replied"}),
        ("finished", {"state": "finished"}),
        ("stopped", {"state": "stopped", "stop_reason": "manual"}),
    ],
)
def test_filter_by_state(as_user, viewer, outreach, address, state, values):
    amara, priya = outreach.candidate(), outreach.candidate("priya@example.com")
    outreach.enroll(amara, priya)
    with acting_in(outreach.organization):
        Enrollment.objects.update(state="active", stop_reason="")
        if state == "active":
            Enrollment.objects.filter(candidate=priya).update(state="finished")
        if state == "replied":
            take_answer_of(amara)
        Enrollment.objects.filter(candidate=amara).update(**values)

    rows = as_user(viewer).get(address, {"state": state}).context["rows"]

    assert [enrollment.candidate_id for enrollment, *_ in rows] == [amara.pk]


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_for_every_length(
    client, viewer, outreach, address, rows, django_assert_num_queries
):
    for number in range(rows):
        outreach.send(outreach.candidate(f"person{number}@example.com"))
    client.force_login(viewer)

    # The sequence, the rows, their last mails, the count, and two for the tab.
    with django_assert_num_queries(FRAME + 6):
        response = client.get(address)

    assert len(response.context["rows"]) == rows


def test_pages_follow_each_other(client, viewer, outreach, address):
    people = [outreach.candidate(f"person{number}@example.com") for number in range(51)]
    outreach.enroll(*people)
    client.force_login(viewer)

    first = client.get(address).context["page"]
    second = client.get(address, {"cursor": first.next_cursor}).context["page"]

    seen = {row.pk for row in first.rows} | {row.pk for row in second.rows}
    assert (len(first.rows), len(second.rows), len(seen)) == (50, 1, 51)


def test_stop_pause_and_resume_one(as_user, recruiter, outreach):
    amara = outreach.candidate()
    outreach.enroll(amara)
    act = f"/acme/sequences/enrollments/{outreach.enrollment(amara).pk}"
    client = as_user(recruiter)

    for name, state in (("pause", "paused"), ("resume", "active"), ("stop", "stopped")):
        assert client.get(f"{act}/{name}/").status_code == 405
        response = client.post(f"{act}/{name}/", {"next": f"/acme/candidates/{amara.pk}/"})
        assert response["Location"] == f"/acme/candidates/{amara.pk}/"
        assert outreach.enrollment(amara).state == state


def test_who_was_stopped_does_not_go_on(as_user, recruiter, outreach):
    amara = outreach.candidate()
    outreach.enroll(amara)
    act = f"/acme/sequences/enrollments/{outreach.enrollment(amara).pk}"
    client = as_user(recruiter)
    client.post(f"{act}/stop/")

    assert client.post(f"{act}/resume/").status_code == 409
    assert outreach.enrollment(amara).state == "stopped"


def test_return_address_stays_on_this_host(as_user, recruiter, outreach):
    amara = outreach.candidate()
    outreach.enroll(amara)
    act = f"/acme/sequences/enrollments/{outreach.enrollment(amara).pk}/pause/"

    response = as_user(recruiter).post(act, {"next": "https://elsewhere.example/"})

    assert response["Location"] == f"/acme/sequences/{outreach.sequence.pk}/people/"


@pytest.fixture
def held(outreach):
    """Somebody whose mail names their company, which is not on the record."""
    outreach.first.body = "Hi {{ first_name }}, how is {{ company }}?"
    outreach.inside(outreach.first.save)
    amara = outreach.candidate(company="")
    outreach.enroll(amara)
    dispatching.dispatch(outreach.organization)
    assert outreach.enrollment(amara).stop_reason == "missing_data"
    return amara


def test_who_needs_data_gets_it_on_the_list_and_goes_on(
    as_user, recruiter, outreach, address, held
):
    client = as_user(recruiter)
    page = text_of(client.get(address, {"state": "missing_data"}))
    assert "Company of Amara Okafor" in page

    response = client.post(
        f"{address}fill/",
        {f"value-{held.pk}-company": "Initech", "next": f"{address}?state=missing_data"},
        follow=True,
    )

    assert "Saved in the record. 1 goes on." in text_of(response)
    assert outreach.enrollment(held).state == "active"
    (message,) = outreach.queue()
    assert message.state == "queued"
    with acting_in(outreach.organization):
        assert Candidate.objects.get().company == "Initech"


def test_nothing_typed_lets_nobody_go_on(as_user, recruiter, outreach, address, held):
    response = as_user(recruiter).post(
        f"{address}fill/", {f"value-{held.pk}-company": " "}, follow=True
    )

    assert "Nothing was filled in." in text_of(response)
    assert outreach.enrollment(held).state == "paused"


def test_who_only_reads_is_asked_for_nothing(as_user, viewer, outreach, address, held):
    page = text_of(as_user(viewer).get(address, {"state": "missing_data"}))

    assert "Needs data: company" in page
    assert "Company of Amara Okafor" not in page
    assert "Save and go on" not in page


def test_what_cannot_be_filled_in_here_is_named(as_user, recruiter, outreach, address, held):
    outreach.first.body = "Hi {{ custom.level }}"
    outreach.inside(outreach.first.save)

    page = text_of(as_user(recruiter).get(address, {"state": "missing_data"}))

    assert "custom.level" in page
    assert "Save and go on" not in page


def test_a_list_of_people_who_lack_data_asks_as_often_as_one_of_one(
    as_user, recruiter, outreach, address, held, django_assert_num_queries
):
    client = as_user(recruiter)
    client.get(address, {"state": "missing_data"})
    with CaptureQueriesContext(connection) as one:
        client.get(address, {"state": "missing_data"})
    others = [outreach.candidate(f"p{number}@example.com", company="") for number in range(5)]
    outreach.enroll(*others)
    dispatching.dispatch(outreach.organization)

    with django_assert_num_queries(len(one)):
        page = text_of(client.get(address, {"state": "missing_data"}))

    assert page.count('aria-label="Company of') == 6

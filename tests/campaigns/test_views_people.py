"""The people on a sequence."""

import pytest

from campaigns.models import Enrollment
from crm.tenancy.scope import acting_in
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
        Enrollment.objects.filter(candidate=amara).update(**values)

    rows = as_user(viewer).get(address, {"state": state}).context["rows"]

    assert [enrollment.candidate_id for enrollment, _ in rows] == [amara.pk]


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

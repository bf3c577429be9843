"""The list of sequences, and starting, pausing and putting away."""

from datetime import time

import pytest

from campaigns.models import Enrollment, Message, Sequence
from campaigns.templatetags.campaigns import hours
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from pipelines.services import jobs
from tests.campaigns.answers import take_answer_of
from tests.campaigns.conftest import Outreach
from tests.pages import text_of

pytestmark = pytest.mark.django_db

# Session, user, membership, organizations of the side bar; savepoint and scope, on the way in and out.
FRAME = 8


@pytest.fixture
def draft(outreach: Outreach) -> Sequence:
    with acting_in(outreach.organization):
        outreach.sequence.state = Sequence.State.DRAFT
        outreach.sequence.save()
    return outreach.sequence


def state_of(sequence: Sequence, organization) -> str:
    with acting_in(organization):
        return Sequence.objects.get(pk=sequence.pk).state


def test_list_counts_people_and_replies(as_user, viewer, outreach):
    amara, priya = outreach.candidate(), outreach.candidate("priya@example.com")
    outreach.send(amara)
    outreach.enroll(priya)
    outreach.inside(take_answer_of, amara)

    (row,) = as_user(viewer).get("/acme/sequences/").context["rows"]

    numbers = row[1]
    assert (numbers.steps, numbers.active, numbers.finished, numbers.replied) == (1, 1, 1, 1)
    assert (numbers.contacted, numbers.reply_rate) == (1, 100)


def test_list_hides_the_archived_ones(as_user, viewer, outreach):
    outreach.inside(Sequence.objects.update, state=Sequence.State.ARCHIVED)
    client = as_user(viewer)

    assert "Welcome" not in text_of(client.get("/acme/sequences/"))
    assert "Welcome" in text_of(client.get("/acme/sequences/?state=archived"))


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_for_every_length(
    client, viewer, outreach, rows, django_assert_num_queries
):
    for number in range(1, rows):
        with acting_in(outreach.organization):
            Sequence.objects.create(name=f"Other {number}", sender=outreach.sender)
    outreach.send(outreach.candidate())
    client.force_login(viewer)

    # The page's own are five: the rows, their people, their steps, and the two counts on the tabs.
    with django_assert_num_queries(FRAME + 6):
        response = client.get("/acme/sequences/")

    assert len(response.context["rows"]) == rows


def test_sequence_is_created_as_a_draft(as_user, recruiter, outreach):
    form = {"name": "Spring", "sender": outreach.sender.pk, "owner": recruiter.pk}

    response = as_user(recruiter).post("/acme/sequences/add/", form)

    with acting_in(outreach.organization):
        made = Sequence.objects.get(name="Spring")
    assert response["Location"] == f"/acme/sequences/{made.pk}/"
    assert (made.state, made.owner_id) == ("draft", recruiter.pk)


def test_a_taken_name_is_refused_with_the_form(as_user, recruiter, outreach):
    form = {"name": "Welcome", "sender": outreach.sender.pk, "owner": recruiter.pk}

    response = as_user(recruiter).post("/acme/sequences/add/", form)

    assert response.status_code == 422
    assert "There is a sequence of this name already." in text_of(response)


def test_only_members_who_may_write_can_own(as_user, recruiter, viewer, stranger, outreach):
    for user in (viewer, stranger):
        form = {"name": "Spring", "sender": outreach.sender.pk, "owner": user.pk}
        assert as_user(recruiter).post("/acme/sequences/add/", form).status_code == 422


def test_rename(as_user, recruiter, outreach):
    form = {"name": "Hello", "sender": outreach.sender.pk, "owner": recruiter.pk}

    as_user(recruiter).post(f"/acme/sequences/{outreach.sequence.pk}/edit/", form)

    with acting_in(outreach.organization):
        assert Sequence.objects.get().name == "Hello"
        assert AuditEntry.objects.filter(action="sequence.edited").count() == 1


def test_what_stops_it_is_chosen_and_kept(as_user, recruiter, outreach):
    client, address = as_user(recruiter), f"/acme/sequences/{outreach.sequence.pk}/edit/"
    with acting_in(outreach.organization):
        jobs.create_job(by=recruiter, title="Engineer")
    html = client.get(address).content.decode()
    assert "What stops it" in html
    assert 'value="hired" id="id_stop_kinds_4" checked' in html
    assert "Phone screen" in html

    kept = {"name": "Welcome", "sender": outreach.sender.pk, "owner": recruiter.pk}
    client.post(
        address,
        kept
        | {"stops_on_interview": "on", "stop_kinds": ["offer"], "stop_names": ["Phone screen"]},
    )

    sequence = outreach.inside(Sequence.objects.get)
    assert (sequence.stops_on_reply, sequence.stops_on_other_mail) == (False, False)
    assert (sequence.stops_on_interview, sequence.stops_on_bounce) == (True, False)
    assert (sequence.stop_kinds, sequence.stop_names) == (["offer"], ["Phone screen"])
    assert 'value="Phone screen" id="id_stop_names_' in client.get(address).content.decode()
    refused = client.post(address, kept | {"stop_kinds": ["nonsense"], "stop_names": ["Nowhere"]})
    assert refused.status_code == 422
    assert outreach.inside(Sequence.objects.get).stop_kinds == ["offer"]


def test_a_new_sequence_begins_with_all_that_stops_it(as_user, recruiter, outreach):
    form = as_user(recruiter).get("/acme/sequences/add/").context["form"]

    on = ("stops_on_reply", "stops_on_other_mail", "stops_on_interview", "stops_on_bounce")
    assert all(form[name].value() for name in on)
    assert form["stop_kinds"].value() == ["hired"]


def test_start_pause_and_resume(as_user, recruiter, outreach, draft):
    client, address = as_user(recruiter), f"/acme/sequences/{draft.pk}"

    for act, state in (("activate", "active"), ("pause", "paused"), ("activate", "active")):
        assert client.post(f"{address}/{act}/").status_code == 302
        assert state_of(draft, outreach.organization) == state


def test_a_sequence_that_cannot_be_sent_does_not_start(as_user, recruiter, outreach, draft):
    outreach.inside(type(outreach.first).objects.update, subject="")

    response = as_user(recruiter).post(f"/acme/sequences/{draft.pk}/activate/")

    assert response.status_code == 409
    assert "Step 1: The first mail needs a subject" in text_of(response)
    assert state_of(draft, outreach.organization) == "draft"


def test_looking_at_start_and_archive_does_nothing(as_user, recruiter, outreach, draft):
    client = as_user(recruiter)

    for act in ("activate", "pause", "archive"):
        assert client.get(f"/acme/sequences/{draft.pk}/{act}/").status_code == 405

    assert state_of(draft, outreach.organization) == "draft"


def test_archive_stops_everybody_and_cancels_what_is_queued(as_user, recruiter, outreach):
    people = [outreach.candidate(), outreach.candidate("priya@example.com")]
    outreach.queue(*people)

    as_user(recruiter).post(f"/acme/sequences/{outreach.sequence.pk}/archive/")

    assert state_of(outreach.sequence, outreach.organization) == "archived"
    with acting_in(outreach.organization):
        assert set(Enrollment.objects.values_list("state", "stop_reason")) == {
            ("stopped", "manual")
        }
        assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}
        assert people[0].touchpoints.filter(summary__contains="it was archived").exists()


def test_an_archived_sequence_is_not_changed(as_user, recruiter, outreach):
    outreach.inside(Sequence.objects.update, state=Sequence.State.ARCHIVED)
    form = {"name": "Hello", "sender": outreach.sender.pk, "owner": recruiter.pk}

    response = as_user(recruiter).post(f"/acme/sequences/{outreach.sequence.pk}/edit/", form)

    assert response.status_code == 409


@pytest.mark.parametrize(
    ("window", "holidays", "says"),
    [
        ({}, "", "at any time"),
        ({}, "DE", "at any time, not on holidays of DE"),
        ({"window_start": time(9), "window_end": time(17)}, "", "Every day, 09:00–17:00, the sender's time zone"),
    ],
)  # fmt: skip
def test_hours_name_a_clock_only_where_it_matters(outreach, window, holidays, says):
    for name, value in window.items():
        setattr(outreach.sequence, name, value)
    outreach.sequence.holidays = holidays

    assert outreach.inside(hours, outreach.sequence) == says

"""The steps of a sequence: adding, editing, moving, deleting, and the preview beside them."""

import pytest

from campaigns.models import Sequence, Step
from crm.tenancy.scope import acting_in
from tests.campaigns.answers import take_answer_of
from tests.campaigns.test_views_sequences import FRAME
from tests.factories import CandidateFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db

MAIL = {
    "kind": "mail",
    "wait_business_days": "3",
    "subject": "Again, {{ first_name | you }}",
    "body": "Still there?",
    "task_title": "",
}


@pytest.fixture
def address(outreach) -> str:
    return f"/acme/sequences/{outreach.sequence.pk}/"


def steps(outreach) -> list[Step]:
    with acting_in(outreach.organization):
        outreach.sequence.refresh_from_db()
        return list(outreach.sequence.current_steps())


def test_page_shows_steps_with_their_numbers(as_user, viewer, outreach, address):
    outreach.add_second()
    outreach.send(outreach.candidate())
    outreach.enroll(outreach.candidate("priya@example.com"))

    first, second = as_user(viewer).get(address).context["rows"]

    assert vars(first["numbers"]) == {
        "waiting": 1,
        "queued": 0,
        "sent": 1,
        "doubtful": 0,
        "replied": 0,
    }
    assert second["numbers"].waiting == 1


def test_a_reply_counts_for_the_last_step_that_was_got(as_user, viewer, outreach, address):
    outreach.add_second()
    amara = outreach.candidate()
    outreach.send(amara)
    outreach.inside(take_answer_of, amara)

    rows = as_user(viewer).get(address).context["rows"]

    assert [row["numbers"].replied for row in rows] == [1, 0]


@pytest.mark.parametrize("more", [0, 2])
def test_page_costs_the_same_for_every_number_of_steps(
    client, viewer, outreach, address, more, django_assert_num_queries
):
    for _ in range(more):
        outreach.add_second()
    outreach.send(outreach.candidate())
    client.force_login(viewer)

    # The sequence, its steps and variants, three counts of steps, two of the sequence, whether it is in use, who
    # joins by itself, whom the preview is for and in which words, custom fields.
    with django_assert_num_queries(FRAME + 14):
        client.get(address)


def test_reply_is_said_to_stop_it(client, viewer, outreach, address):
    client.force_login(viewer)

    html = text_of(client.get(address))

    assert "<b>A reply stops it.</b> So does unsubscribing, always." in html
    assert "When they reply, they send other mail, an interview is booked" in html
    assert "or they reach Hired" in html
    assert "Add a mail" not in html

    outreach.inside(
        Sequence.objects.update,
        stops_on_reply=False,
        stops_on_other_mail=False,
        stops_on_bounce=False,
        stop_kinds=["offer", "hired"],
        stop_names=["Phone screen"],
    )
    html = text_of(client.get(address))
    assert "reply does not stop it</b>: the next step comes all the same." in html
    assert "When an interview is booked or they reach Offer, Hired or “Phone screen”" in html


def test_add_step(as_user, recruiter, outreach, address, mode):
    response = as_user(recruiter).post(f"{address}steps/add/", MAIL)

    added = steps(outreach)[1]
    assert (added.position, added.wait_business_days, added.body) == (2, 3, "Still there?")
    if mode == "htmx":
        assert "steps-changed" in response["HX-Trigger"]
        assert "Still there?" in text_of(response)
        assert "<!doctype" not in text_of(response)
    else:
        assert response["Location"] == address


def test_added_step_reaches_those_whose_last_mail_is_still_queued(
    as_user, recruiter, outreach, address
):
    amara = outreach.candidate()
    outreach.queue(amara)

    as_user(recruiter).post(f"{address}steps/add/", {**MAIL, "whom": "all"})

    assert outreach.enrollment(amara).next_step.position == 2


def test_added_step_is_for_those_who_join_from_now_on(as_user, recruiter, outreach, address):
    amara = outreach.candidate()
    outreach.queue(amara)

    as_user(recruiter).post(f"{address}steps/add/", MAIL)

    assert outreach.enrollment(amara).next_step is None
    assert len(steps(outreach)) == 2


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"body": "Hi {{ frist_name }}"}, "Line 1, column 4: “frist_name” is not a merge field."),
        ({"subject": "Hi {{ first_name"}, "Line 1, column 4: “{{” has no partner"),
        ({"body": ""}, "Write the mail."),
        ({"kind": "task"}, "Say what is to be done."),
        ({"kind": "task", "task_title": "Call {{ nobody }}"}, "“nobody” is not a merge field."),
        ({"wait_business_days": "261"}, "less than or equal to 260"),
    ],
)
def test_a_wrong_step_is_refused_with_its_place(
    as_user, recruiter, outreach, address, wrong, sentence
):
    response = as_user(recruiter).post(f"{address}steps/add/", {**MAIL, **wrong})

    assert response.status_code == 422
    assert sentence in text_of(response)
    assert len(steps(outreach)) == 1


def test_a_task_keeps_no_mail(as_user, recruiter, outreach, address):
    task = {**MAIL, "kind": "task", "task_title": "Call {{ first_name | them }}"}

    as_user(recruiter).post(f"{address}steps/add/", task)

    added = steps(outreach)[1]
    assert (added.task_title, added.subject, added.body) == ("Call {{ first_name | them }}", "", "")


def test_edit_says_who_is_affected_and_reaches_who_has_not_got_it(
    as_user, recruiter, outreach, address
):
    outreach.send(outreach.candidate())
    priya = outreach.candidate("priya@example.com")
    outreach.enroll(priya)
    step = f"/acme/sequences/steps/{outreach.first.pk}/"
    client = as_user(recruiter)

    form = text_of(client.get(step))
    client.post(step, {**MAIL, "wait_business_days": "0", "whom": "all"})

    assert "1 waiting for exactly this step" in form
    assert "What was sent stays as it is." in form
    assert steps(outreach)[0].body == "Still there?"
    assert outreach.enrollment(priya).next_step.body == "Still there?"


def test_an_edit_makes_a_version_and_people_keep_theirs(as_user, recruiter, outreach, address):
    priya = outreach.candidate("priya@example.com")
    outreach.enroll(priya)

    as_user(recruiter).post(
        f"/acme/sequences/steps/{outreach.first.pk}/", {**MAIL, "wait_business_days": "0"}
    )

    page = text_of(as_user(recruiter).get(address))
    assert "1 person is still on version 1." in page
    assert steps(outreach)[0].body == "Still there?"
    assert outreach.enrollment(priya).next_step_id == outreach.first.pk


def test_people_are_moved_to_the_new_version_by_a_button(as_user, recruiter, outreach, address):
    priya = outreach.candidate("priya@example.com")
    outreach.enroll(priya)
    client = as_user(recruiter)
    client.post(f"/acme/sequences/steps/{outreach.first.pk}/", {**MAIL, "wait_business_days": "0"})

    client.post(f"{address}people/move/")

    assert outreach.enrollment(priya).next_step.body == "Still there?"
    assert "still on version" not in text_of(client.get(address))


def test_a_running_sequence_is_not_edited_into_one_that_cannot_send(as_user, recruiter, outreach):
    step = f"/acme/sequences/steps/{outreach.first.pk}/"

    response = as_user(recruiter).post(step, {**MAIL, "subject": ""})

    assert response.status_code == 409
    assert steps(outreach)[0].subject != ""


def test_a_mail_that_went_becomes_another_step_when_it_becomes_a_task(as_user, recruiter, outreach):
    outreach.send(outreach.candidate())
    step = f"/acme/sequences/steps/{outreach.first.pk}/"

    as_user(recruiter).post(step, {**MAIL, "kind": "task", "task_title": "Call"})

    (changed,) = steps(outreach)
    assert (changed.kind, changed.version) == ("task", 2)
    assert changed.lineage != outreach.first.lineage


def test_steps_change_places_while_nobody_is_on_them(as_user, recruiter, outreach):
    second = outreach.add_second(subject="Second")
    client = as_user(recruiter)

    client.post(f"/acme/sequences/steps/{second.pk}/move/", {"to": "up"})
    assert steps(outreach)[0].subject == "Second"

    client.post(f"/acme/sequences/steps/{second.pk}/move/", {"to": "up"})
    client.post(f"/acme/sequences/steps/{second.pk}/move/", {"to": "down"})
    assert [step.position for step in steps(outreach)] == [1, 2]
    assert steps(outreach)[1].subject == "Second"


def test_steps_keep_their_places_for_people_who_are_on_them(as_user, recruiter, outreach):
    second = outreach.add_second(subject="Second")
    amara = outreach.candidate()
    outreach.enroll(amara)

    as_user(recruiter).post(f"/acme/sequences/steps/{second.pk}/move/", {"to": "up"})

    assert [step.subject for step in steps(outreach)] == ["Second", outreach.first.subject]
    assert outreach.enrollment(amara).next_step_id == outreach.first.pk


def test_deleting_a_step_leaves_it_to_its_people(as_user, recruiter, outreach):
    second = outreach.add_second()
    outreach.add_second(body="Last words")
    amara = outreach.candidate()
    outreach.send(amara)

    as_user(recruiter).post(f"/acme/sequences/steps/{second.pk}/delete/")

    assert [step.body for step in steps(outreach)] == [outreach.first.body, "Last words"]
    assert [step.position for step in steps(outreach)] == [1, 2]
    assert outreach.enrollment(amara).next_step_id == second.pk


def test_who_moves_to_a_version_without_their_step_is_done(as_user, recruiter, outreach, address):
    second = outreach.add_second()
    amara = outreach.candidate()
    outreach.send(amara)
    client = as_user(recruiter)

    client.post(f"/acme/sequences/steps/{second.pk}/delete/")
    client.post(f"{address}people/move/")

    enrollment = outreach.enrollment(amara)
    assert (enrollment.state, enrollment.next_at) == ("finished", None)
    assert enrollment.ended_at is not None


def test_deleting_the_last_step_leaves_the_mail_before_it_in_the_queue(
    as_user, recruiter, outreach
):
    second = outreach.add_second()
    amara = outreach.candidate()
    (queued,) = outreach.queue(amara)

    as_user(recruiter).post(f"/acme/sequences/steps/{second.pk}/delete/")

    assert (outreach.enrollment(amara).state, outreach.reload(queued).state) == ("active", "queued")


def test_a_step_of_an_older_version_is_not_changed(as_user, recruiter, outreach):
    outreach.add_second(subject="Second")
    outreach.send(outreach.candidate())
    client = as_user(recruiter)
    client.post(f"/acme/sequences/steps/{outreach.first.pk}/delete/")

    response = client.post(f"/acme/sequences/steps/{outreach.first.pk}/delete/")

    assert response.status_code == 409
    assert [step.subject for step in steps(outreach)] == ["Second"]


def test_deleting_the_subject_of_a_running_thread_is_refused(as_user, recruiter, outreach):
    outreach.add_second()

    response = as_user(recruiter).post(f"/acme/sequences/steps/{outreach.first.pk}/delete/")

    assert response.status_code == 409
    assert len(steps(outreach)) == 2


def test_preview_is_for_the_chosen_candidate(as_user, viewer, outreach, address):
    outreach.candidate()
    priya = outreach.candidate("priya@example.com", full_name="Priya Raman")

    html = text_of(as_user(viewer).get(f"{address}preview/?candidate={priya.pk}"))

    assert "as Priya Raman gets it" in html
    assert '<span class="merge as-filled">Priya</span>' in html


def test_preview_finds_people_by_name(as_user, viewer, outreach, address):
    outreach.candidate(full_name="Zoë Park")
    outreach.candidate("priya@example.com", full_name="Priya Raman")

    found = as_user(viewer).get(f"{address}preview/?q=zoe").context["found"]

    assert [str(person) for person in found] == ["Zoë Park"]


def test_preview_marks_what_is_missing(as_user, viewer, outreach, address):
    outreach.inside(Step.objects.update, body="About {{ company }}")
    outreach.candidate(company="")

    html = text_of(as_user(viewer).get(f"{address}preview/"))

    assert '<span class="merge as-missing"><span class="sr">missing: </span>company</span>' in html
    assert "would not get this mail" in html


def test_preview_of_another_organizations_person_shows_ones_own(
    as_user, viewer, outreach, globex, address
):
    outreach.candidate()
    with acting_in(globex):
        foreign = CandidateFactory(full_name="Secret Person")

    html = text_of(as_user(viewer).get(f"{address}preview/?candidate={foreign.pk}"))

    assert "Secret Person" not in html
    assert "as Amara Okafor gets it" in html


def test_draft_is_previewed_without_being_saved(as_user, recruiter, outreach, address):
    outreach.candidate()
    draft = {**MAIL, "body": "Dear {{ first_name }}"}

    html = text_of(as_user(recruiter).post(f"{address}preview/draft/", draft))

    assert 'Dear <span class="merge as-filled">Amara</span>' in html
    assert len(steps(outreach)) == 1


def test_a_value_is_shown_as_text(as_user, viewer, outreach, address):
    outreach.candidate(full_name="<script>alert(1)</script>")

    html = text_of(as_user(viewer).get(address))

    assert "<script>alert" not in html


def test_an_archived_sequence_cannot_be_extended(as_user, recruiter, outreach, address):
    outreach.inside(Sequence.objects.update, state=Sequence.State.ARCHIVED)

    assert as_user(recruiter).post(f"{address}steps/add/", MAIL).status_code == 409
    assert len(steps(outreach)) == 1


def test_a_draft_says_why_it_does_not_start(as_user, recruiter, outreach):
    with acting_in(outreach.organization):
        draft = Sequence.objects.create(
            name="Empty", owner=recruiter, sender=outreach.sequence.sender
        )

    html = text_of(as_user(recruiter).get(f"/acme/sequences/{draft.pk}/"))

    assert "A sequence needs at least one step." in html

"""Two people with the same step, sequence or template open: nothing is lost, and nothing is overwritten unseen."""

import html

import pytest

from campaigns.models import Sequence, Step, TemplateText
from campaigns.services import sequences, templating
from crm.tenancy.scope import acting_in
from tests.pages import text_of
from tests.pipelines.test_meanwhile import fields_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(as_user, recruiter, owner):
    """Two who have the form at an address open: `send(who, **typed)`."""

    def open_at(path: str):
        clients = [as_user(recruiter), as_user(owner)]
        forms = [fields_of(client.get(path).text) for client in clients]

        def send(who: int, fields: dict | None = None, **typed):
            return clients[who].post(path, (fields or forms[who]) | typed)

        return send

    return open_at


def the_step(outreach) -> Step:
    with acting_in(outreach.organization):
        return Step.objects.get()


def test_the_second_of_two_who_edit_a_step_sees_what_the_first_wrote(two, outreach):
    send = two(f"/acme/sequences/steps/{outreach.first.pk}/")
    first = send(0, subject="Hello", body="The first wrote this")
    assert first.status_code in (200, 204, 302)

    answer = send(1, body="The second wrote this")

    assert answer.status_code == 422
    assert "Meanwhile somebody else has written “The first wrote this”" in html.unescape(
        text_of(answer)
    )
    assert (the_step(outreach).subject, the_step(outreach).body) == (
        "Hello",
        "The first wrote this",
    )
    again = fields_of(answer.text)
    assert (again["subject"], again["body"]) == (["Hello"], ["The second wrote this"])
    assert send(1, again).status_code in (200, 204, 302)
    assert (the_step(outreach).subject, the_step(outreach).body) == (
        "Hello",
        "The second wrote this",
    )


def test_a_text_in_another_language_that_was_added_meanwhile_stays(two, outreach):
    send = two(f"/acme/sequences/steps/{outreach.first.pk}/")
    send(0, new_language="de", new_subject="Hallo", new_body="Auf Deutsch")

    answer = send(1, body="The second wrote this")

    assert answer.status_code == 422
    assert send(1, fields_of(answer.text)).status_code in (200, 204, 302)
    step = the_step(outreach)
    with acting_in(outreach.organization):
        assert step.body == "The second wrote this"
        assert step.variants.get().body == "Auf Deutsch"


def test_the_settings_of_a_sequence_are_not_overwritten_unseen(two, outreach):
    send = two(f"/acme/sequences/{outreach.sequence.pk}/edit/")
    assert send(0, starts_per_day="5", quiet_days="7").status_code == 302

    answer = send(1, starts_per_day="9")

    assert answer.status_code == 422
    with acting_in(outreach.organization):
        assert Sequence.objects.get().starts_per_day == 5
    again = fields_of(answer.text)
    assert (again["starts_per_day"], again["quiet_days"]) == (["9"], ["7"])
    assert send(1, again).status_code == 302
    with acting_in(outreach.organization):
        now = Sequence.objects.get()
        assert (now.starts_per_day, now.quiet_days) == (9, 7)


def test_the_text_of_a_template_is_not_overwritten_unseen(two, outreach, owner):
    with acting_in(outreach.organization):
        details = templating.TemplateDetails(name="First", subject="Hello", body="Hi")
        template = templating.save_template(None, details, by=owner).template
    send = two(f"/acme/sequences/templates/{template.pk}/")
    assert send(0, body="The first wrote this").status_code == 302

    answer = send(1, body="The second wrote this")

    assert answer.status_code == 422
    assert "Meanwhile somebody else has written “The first wrote this”" in html.unescape(
        text_of(answer)
    )
    with acting_in(outreach.organization):
        assert TemplateText.objects.order_by("version").last().body == "The first wrote this"
    assert send(1, fields_of(answer.text)).status_code == 302


@pytest.fixture
def template(outreach, owner):
    with acting_in(outreach.organization):
        for body in ("The oldest", "The second"):
            details = templating.TemplateDetails(name="First", subject="Hello", body=body)
            found = templating.save_template(
                TemplateText.objects.first() and TemplateText.objects.first().template,
                details,
                by=owner,
            ).template
        return found


def newest_body(outreach) -> str:
    with acting_in(outreach.organization):
        return TemplateText.objects.order_by("version").last().body


def test_an_old_text_is_not_saved_over_one_that_came_meanwhile(
    two, outreach, template, as_user, owner
):
    path = f"/acme/sequences/templates/{template.pk}/"
    send = two(f"{path}?version=1")
    as_user(owner).post(path, fields_of(as_user(owner).get(path).text) | {"body": "The third"})

    answer = send(0)

    assert answer.status_code == 422
    assert "Meanwhile somebody else has written “The third”" in html.unescape(text_of(answer))
    assert newest_body(outreach) == "The third"
    again = fields_of(answer.text)
    assert again["body"] == ["The oldest"]
    assert send(0, again).status_code == 302
    assert newest_body(outreach) == "The oldest"


def test_an_old_text_is_saved_again_at_once_where_nothing_came_meanwhile(two, outreach, template):
    assert two(f"/acme/sequences/templates/{template.pk}/?version=1")(0).status_code == 302

    assert newest_body(outreach) == "The oldest"


def test_who_saves_a_step_of_a_version_before_sees_what_the_newer_one_says(two, outreach):
    """People are on the sequence: the first of the two to save makes a version."""
    outreach.enroll(outreach.candidate())
    send = two(f"/acme/sequences/steps/{outreach.first.pk}/")
    assert send(0, body="The first wrote this").status_code in (200, 302)

    answer = send(1, body="The second wrote this")

    assert answer.status_code == 422
    assert "Meanwhile somebody else has written “The first wrote this”" in html.unescape(
        text_of(answer)
    )
    again = fields_of(answer.text)
    assert again["body"] == ["The second wrote this"]
    assert send(1, again).status_code in (200, 302)
    with acting_in(outreach.organization):
        steps = {step.version: step.body for step in Step.objects.all()}
    assert steps == {1: outreach.first.body, 2: "The second wrote this"}


def test_a_step_that_is_gone_from_the_newest_version_is_not_changed(two, outreach, owner):
    outreach.add_second(subject="Second")
    outreach.enroll(outreach.candidate())
    send = two(f"/acme/sequences/steps/{outreach.first.pk}/")
    outreach.inside(sequences.delete_step, outreach.first, by=owner)

    answer = send(0, body="New words")

    assert answer.status_code == 409
    assert "belongs to version 1" in text_of(answer)

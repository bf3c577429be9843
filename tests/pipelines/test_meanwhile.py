"""Two people with the same form open: nothing is lost, and nothing is overwritten unseen."""

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from crm.tenancy.scope import acting_in
from pipelines.models import Interview, Job, JobMember, Stage
from tests.pipelines.conftest import words
from tests.pipelines.talks import arrange


def fields_of(page: str) -> dict[str, list[str]]:
    """What a browser would send of the page's main form."""
    form = next(part for part in page.split("<form")[1:] if 'name="seen' in part)
    return fields_in(form.split("</form>")[0])


def fields_in(form: str) -> dict[str, list[str]]:
    """What a browser would send of this form."""
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        parts = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        is_box = parts.get("type") in {"checkbox", "radio"}
        if "name" in parts and (not is_box or re.search(r"\schecked\b", tag)):
            value = html.unescape(parts.get("value", "on" if is_box else ""))
            sent.setdefault(parts["name"], []).append(value)
    for name, inside in re.findall(r'<select[^>]*name="([\w-]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.findall(r'<option value="([^"]*)" selected', inside)
        sent[name] = chosen or [""]
    for name, text in re.findall(
        r'<textarea[^>]*name="([\w-]+)"[^>]*>(.*?)</textarea>', form, re.S
    ):
        sent[name] = [html.unescape(text).removeprefix("\n")]
    return sent


def now(acme, job: Job) -> Job:
    with acting_in(acme):
        return Job.objects.get(pk=job.pk)


@pytest.fixture
def two(as_user, recruiter, owner):
    """Two who have the form at an address open: `send(who, **typed)`."""

    def open_at(path: str):
        clients = [as_user(recruiter), as_user(owner)]
        forms = [fields_of(client.get(path).text) for client in clients]

        def send(who: int, fields: dict | None = None, **typed):
            sent = (fields or forms[who]) | typed
            return clients[who].post(path, sent)

        return send

    return open_at


def test_a_form_opened_twice_is_saved_twice_where_nobody_was_faster(two, acme, job):
    send = two(f"/acme/jobs/{job.pk}/edit/")

    assert send(0, title="Principal Engineer").status_code in (204, 302)

    job = now(acme, job)
    assert job.title == "Principal Engineer"


def test_the_second_of_two_learns_what_the_first_has_changed(two, acme, manager, job):
    send = two(f"/acme/jobs/{job.pk}/edit/")
    send(0, title="Principal Engineer", openings="4", must="Go, SQL", managers=[manager.pk])

    answer = send(1, title="Lead Engineer", place="Lisbon")

    text = words(answer)
    assert answer.status_code == 422
    assert "Somebody else has saved this meanwhile" in text
    assert "Title" in text
    assert "Openings" in text
    assert "Meanwhile somebody else has written “Principal Engineer”" in html.unescape(text)
    job = now(acme, job)
    assert (job.title, job.openings, job.place) == ("Principal Engineer", 4, "")
    again = fields_of(answer.text)
    assert (again["title"], again["place"]) == (["Lead Engineer"], ["Lisbon"])
    assert (again["openings"], again["must"]) == (["4"], ["Go, SQL"])
    assert again["managers"] == [str(manager.pk)]

    assert send(1, again).status_code in (204, 302)

    job = now(acme, job)
    assert (job.title, job.openings, job.place) == ("Lead Engineer", 4, "Lisbon")
    with acting_in(acme):
        assert [skill.skill.name for skill in job.job_skills.order_by("pk")] == ["Go", "SQL"]
        assert JobMember.objects.get(job=job).user == manager


def test_who_changes_the_same_to_the_same_is_not_asked(two, acme, job):
    send = two(f"/acme/jobs/{job.pk}/edit/")
    send(0, openings="4")

    assert send(1, openings="4", place="Lisbon").status_code in (204, 302)

    job = now(acme, job)
    assert (job.openings, job.place) == (4, "Lisbon")


def test_a_box_that_the_other_has_ticked_stays_ticked(two, acme, stages):
    stage = stages["Phone screen"]
    send = two(f"/acme/jobs/stages/{stage.pk}/edit/")
    send(0, is_blind="on", guide="Ask\r\nkindly")

    answer = send(1, name="Call")

    assert answer.status_code == 422
    again = fields_of(answer.text)
    assert again["is_blind"] == ["on"]
    send(1, again)
    with acting_in(acme):
        stage = Stage.objects.get(pk=stage.pk)
    assert (stage.name, stage.is_blind, stage.guide) == ("Call", True, "Ask\r\nkindly")


def test_interviews_are_edited_by_two(two, acme, recruiter, owner, job, put_on):
    with acting_in(acme):
        soon = timezone.now() + timedelta(days=2)
        talk = arrange(put_on(job, "Ada Byron"), owner, by=recruiter, starts_at=soon)
    send = two(f"/acme/interviews/{talk.pk}/edit/")
    send(0, kit="Read the plan")

    answer = send(1, place="Room 4")

    assert answer.status_code == 422
    send(1, fields_of(answer.text))
    with acting_in(acme):
        talk = Interview.objects.get(pk=talk.pk)
    assert (talk.kit, talk.place) == ("Read the plan", "Room 4")

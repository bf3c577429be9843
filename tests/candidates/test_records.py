"""A person's record, and what is done there."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from candidates import panels
from candidates.models import Candidate, Note, PoolMembership, Task, Touchpoint
from candidates.queries import access
from candidates.services.notes import add_note
from candidates.services.timeline import add_touchpoint
from crm.audit.models import AuditEntry
from crm.tenancy.roles import MEMBERS
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import (
    CandidateFactory,
    TalentPoolFactory,
    TaskFactory,
)


def test_record_shows_everything_we_know(ana, path, acme, recruiter, as_user):
    with acting_in(acme):
        TaskFactory(candidate=ana, title="Send the offer")
        add_touchpoint(ana, Touchpoint.Kind.STAGE, "Moved to Onsite", link="jobs/7/")

    response = as_user(recruiter).get(path)
    text = seen(response)

    for shown in [
        *("Ana Silva", "Engineer", "Initech", "Lisbon, PT", "90k EUR", "Meetup", "Legitimate interest"),
        *("ana@example.com", "+351 210 123 456", "people.example/ana", "Go", "Berlin", "Silver"),
        *("Send the offer", "Moved to Onsite", "Recruiter of Acme"),
    ]:  # fmt: skip
        assert shown in text, shown
    assert 'href="/acme/jobs/7/"' in response.text


def test_opening_a_record_is_recorded_and_turning_its_pages_is_not(ana, path, acme, viewer, client):
    client.force_login(viewer)

    client.get(path)
    client.get(f"{path}?show=mail", headers={"HX-Request": "true"})
    client.get(f"{path}?cursor=x")

    with acting_in(acme):
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.actor, entry.object_id) == ("candidate.viewed", viewer, ana.pk)
        assert entry.details == {}


def test_a_record_read_part_by_part_is_recorded_once(ana, path, acme, viewer, client):
    client.force_login(viewer)

    for _ in range(2):
        client.get(path, headers={"HX-Request": "true"})
        client.get(f"{path}background/", headers={"HX-Request": "true"})

    with acting_in(acme):
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.actor, entry.object_id) == ("candidate.viewed", viewer, ana.pk)


def test_a_look_covers_the_parts_of_a_page_for_an_hour(ana, path, acme, viewer, client):
    client.force_login(viewer)
    with time_machine.travel(timezone.now() - timedelta(minutes=61)):
        client.get(path)

    client.get(path, headers={"HX-Request": "true"})

    with acting_in(acme):
        assert AuditEntry.objects.count() == 2


def test_private_notes_are_seen_by_their_author_only(ana, path, acme, recruiter, sourcer, as_user):
    with acting_in(acme):
        add_note(ana, body="For all to read", by=sourcer)
        add_note(ana, body="For me alone", by=sourcer, is_private=True)

    theirs, mine = as_user(recruiter).get(path).text, as_user(sourcer).get(path).text

    assert "For all to read" in theirs
    assert "For me alone" not in theirs
    assert "Private note" not in theirs
    assert "For me alone" in mine
    assert "Only you see this" in " ".join(mine.split())


@pytest.mark.parametrize(
    ("show", "shown"),
    [
        ("", {"Wrote a mail", "Rang", "Moved", "Did it"}),
        ("mail", {"Wrote a mail"}),
        ("notes", {"Rang"}),
        ("tasks", {"Did it"}),
        ("changes", {"Moved"}),
        ("junk", {"Wrote a mail", "Rang", "Moved", "Did it"}),
    ],
)
def test_timeline_can_be_narrowed(ana, path, acme, recruiter, as_user, show, shown):
    with acting_in(acme):
        for kind, summary in [
            ("mail_sent", "Wrote a mail"), ("call", "Rang"), ("stage", "Moved"), ("task", "Did it"),
        ]:  # fmt: skip
            add_touchpoint(ana, Touchpoint.Kind(kind), summary)

    timeline = as_user(recruiter).get(f"{path}?show={show}").context["timeline"]

    assert {entry.summary for entry in timeline.rows} == shown


def test_timeline_goes_on_with_earlier_entries(ana, path, acme, recruiter, as_user, mode):
    now = timezone.now()
    with acting_in(acme):
        for n in range(35):
            add_touchpoint(ana, Touchpoint.Kind.CALL, f"Call {n}", at=now - timedelta(hours=n))
    client = as_user(recruiter)

    newest = client.get(path)
    older = client.get(f"{path}?cursor={newest.context['timeline'].next_cursor}")

    assert [entry.summary for entry in newest.context["timeline"].rows] == [
        f"Call {n}" for n in range(30)
    ]
    assert [entry.summary for entry in older.context["timeline"].rows] == [
        f"Call {n}" for n in range(30, 35)
    ]
    assert ("Details" in older.text) == (mode == "plain")


@pytest.mark.parametrize("entries", [1, 30])
def test_record_takes_the_same_queries_for_any_history(
    ana, path, acme, recruiter, client, bare_panels, count_queries, entries
):
    with acting_in(acme):
        for n in range(entries):
            add_note(ana, body=f"Note {n}", by=recruiter)
            TaskFactory(candidate=ana, assignee=recruiter)
    client.force_login(recruiter)

    # Session, user, membership, organizations, bell; candidate, audit entry, timeline, readers of its notes,
    # tasks, addresses, numbers, links, tags, skills, wishes, languages, custom fields, pools, acquaintances,
    # names to choose from, people to share a note with.
    assert count_queries(client, path) == 23


@pytest.fixture
def granted(ana, monkeypatch):
    """A higher app lets the hiring manager see Ana."""
    monkeypatch.setattr(access, "_grants", [])
    access.grant_hiring_managers(
        lambda membership: Candidate.objects.filter(pk=ana.pk).values("pk")
    )


def test_hiring_manager_sees_a_granted_record_without_what_is_not_theirs(
    ana, path, acme, manager, recruiter, as_user, granted
):
    with acting_in(acme):
        add_note(ana, body="Strong on databases", by=recruiter)
        add_note(ana, body="Private thought", by=recruiter, is_private=True)
        add_note(ana, body=f"{Note.IMPORTED}\nSalary expectation: 85k", by=recruiter)
        add_touchpoint(ana, Touchpoint.Kind.MAIL_RECEIVED, "Replied", body="My phone is broken")
        TaskFactory(candidate=ana, title="Send the offer")

    text = as_user(manager).get(path).text

    for shown in ("Ana Silva", "Initech", "Go", "people.example/ana", "Strong on databases"):
        assert shown in text, shown
    for hidden in [
        *("ana@example.com", "+351 210", "90k EUR", "85k", "Silver", "Berlin", "Private thought"),
        *("My phone is broken", "Send the offer", "Meetup"),
    ]:
        assert hidden not in text, hidden


def test_hiring_manager_finds_nobody_else(ana, path, acme, manager, as_user, granted):
    with acting_in(acme):
        other = CandidateFactory()

    assert as_user(manager).get(f"/acme/candidates/{other.pk}/").status_code == 404


def test_panels_of_higher_apps_appear_for_their_roles(
    ana, path, recruiter, manager, as_user, bare_panels, granted
):
    def loader(candidate, request):
        return {"candidate": candidate} if candidate.full_name == "Ana Silva" else None

    panels.register_panel("candidates/status.html", loader, panels.CANDIDATE_SIDE, order=2)
    panels.register_panel(
        "candidates/due.html",
        lambda *_: {"day": None},
        panels.CANDIDATE_SIDE,
        order=1,
        roles=MEMBERS,
    )
    panels.register_panel("candidates/status.html", lambda *_: None, panels.CANDIDATE_NOTICE)

    for user, in_order in [(recruiter, ["due muted", "stage"]), (manager, ["due muted"])]:
        side = as_user(user).get(path).text.split('<aside class="side-col"')[1]
        assert re.findall(r'<span\s+class="(due muted|stage)"', side) == in_order


def test_panels_refuse_a_place_that_is_none():
    with pytest.raises(ValueError, match=r"“candidate\.top” is no position"):
        panels.register_panel("x.html", lambda *_: None, "candidate.top")


def test_note_is_added_and_shown(ana, path, acme, recruiter, as_user, mode):
    response = as_user(recruiter).post(
        f"{path}note/", {"body": "Prefers mornings", "seen_by": "me"}, follow=True
    )

    assert "Prefers mornings" in response.text
    assert ("<html" in response.text) == (mode == "plain")
    with acting_in(acme):
        note = Note.objects.get()
        assert (note.body, note.is_private, note.author) == ("Prefers mornings", True, recruiter)


@pytest.mark.parametrize(
    ("act", "data", "sentence"),
    [
        ("note", {"body": " "}, "This field is required."),
        ("note", {"body": "x" * 20_001}, "A note holds at most 20,000 characters."),
        ("contact", {"kind": "call"}, "This field is required."),
        ("task", {"title": ""}, "This field is required."),
        ("task", {"title": "x", "due_on": "soon"}, "Enter a valid date."),
        ("tag", {}, "Write a word."),
        ("skill", {"add": "x" * 61}, "at most 60 characters"),
    ],
)
def test_what_is_wrongly_filled_in_is_said_beside_the_field(
    ana, path, recruiter, as_user, act, data, sentence
):
    response = as_user(recruiter).post(f"{path}{act}/", data)

    assert response.status_code == 422
    assert sentence in seen(response)


def test_call_counts_as_a_contact(ana, path, acme, recruiter, as_user):
    as_user(recruiter).post(
        f"{path}contact/", {"kind": "call", "summary": "Open to move", "body": "In spring"}
    )

    with acting_in(acme):
        entry = ana.touchpoints.get()
        assert (entry.kind, entry.summary, entry.body) == ("call", "Open to move", "In spring")
        ana.refresh_from_db()
        assert ana.last_contacted_at == entry.at


def test_task_is_added(ana, path, acme, recruiter, sourcer, as_user):
    response = as_user(recruiter).post(
        f"{path}task/",
        {"title": "Send the offer", "due_on": "2030-02-01", "assignee": sourcer.pk},
        follow=True,
    )

    assert "Send the offer" in response.text
    with acting_in(acme):
        task = Task.objects.get()
        assert (task.candidate, task.assignee, task.created_by) == (ana, sourcer, recruiter)


def test_tags_and_skills_are_put_on_and_taken_off(ana, path, acme, recruiter, as_user):
    client = as_user(recruiter)
    with acting_in(acme):
        berlin, go = ana.candidate_tags.get().tag, ana.candidate_skills.get().skill

    client.post(f"{path}tag/", {"add": "Speaker"})
    client.post(f"{path}tag/", {"remove": berlin.pk})
    client.post(f"{path}skill/", {"add": "Rust"})
    client.post(f"{path}skill/", {"remove": go.pk})

    with acting_in(acme):
        assert [row.tag.name for row in ana.candidate_tags.all()] == ["Speaker"]
        assert [row.skill.name for row in ana.candidate_skills.all()] == ["Rust"]
        assert list(ana.touchpoints.order_by("pk").values_list("summary", flat=True)) == [
            "Tagged Speaker",
            "Untagged Berlin",
        ]


def test_owner_and_status_change(ana, path, acme, recruiter, sourcer, as_user):
    client = as_user(recruiter)

    client.post(f"{path}owner/", {"owner": sourcer.pk})
    client.post(f"{path}status/", {"status": "do_not_contact"})

    with acting_in(acme):
        ana.refresh_from_db()
        assert (ana.owner, ana.status) == (sourcer, "do_not_contact")
    assert "Nobody should write to Ana." in seen(client.get(path))


@pytest.mark.parametrize("role", ["viewer", "manager", "stranger"])
def test_owner_must_be_somebody_who_works_with_people(
    ana, path, acme, recruiter, as_user, role, request
):
    outsider = request.getfixturevalue(role)

    assert as_user(recruiter).post(f"{path}owner/", {"owner": outsider.pk}).status_code == 422


def test_pools_are_joined_and_left(ana, path, acme, recruiter, as_user):
    client = as_user(recruiter)
    with acting_in(acme):
        spring, archived = TalentPoolFactory(), TalentPoolFactory(archived_at=timezone.now())
        silver = ana.pool_memberships.get().pool

    client.post(f"{path}pools/join/", {"pool": spring.pk})
    client.post(f"{path}pools/{silver.pk}/leave/")
    refused = client.post(f"{path}pools/join/", {"pool": archived.pk})

    assert refused.status_code == 422
    with acting_in(acme):
        membership = PoolMembership.objects.get()
        assert (membership.pool, membership.added_by) == (spring, recruiter)


def test_own_note_is_deleted_with_its_entry(ana, acme, recruiter, sourcer, as_user):
    with acting_in(acme):
        note = add_note(ana, body="Wrong person", by=recruiter)
        theirs = add_note(ana, body="Stays", by=sourcer)
        hidden = add_note(ana, body="Hidden", by=sourcer, is_private=True)
    client = as_user(recruiter)

    answers = [
        client.post(f"/acme/candidates/notes/{one.pk}/delete/", follow=True).status_code
        for one in (note, theirs, hidden)
    ]

    assert answers == [200, 409, 404]
    with acting_in(acme):
        assert set(Note.objects.all()) == {theirs, hidden}
        assert ana.touchpoints.count() == 2


def test_text_of_people_is_never_markup(acme, recruiter, as_user):
    evil = '<img src=x onerror="alert(1)">'
    with acting_in(acme):
        person = CandidateFactory(
            full_name=evil, headline=evil, company=evil, tags=[evil], skills=[evil]
        )
        add_note(person, body=evil, by=recruiter)
        add_touchpoint(person, Touchpoint.Kind.CALL, evil, body=evil, link='"><script>')
    client = as_user(recruiter)

    for page in (f"/acme/candidates/{person.pk}/", "/acme/candidates/"):
        text = client.get(page).text
        assert "&lt;img src=x" in text
        assert "<img" not in text
        assert "<script>" not in text

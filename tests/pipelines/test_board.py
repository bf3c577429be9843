"""The board: what it shows to whom, moves with and without htmx, and what they cost."""

import gzip
import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates.models import Candidate, Task, Touchpoint
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, JobMember
from pipelines.services import candidacies, jobs
from tests.factories import TaskFactory, TouchpointFactory
from tests.pipelines.conftest import words

# What opens and closes transactions, and is no work of the database's.
CONTROL = ("SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "COMMIT")


def url(job, rest: str = "") -> str:
    return f"/acme/jobs/{job.pk}/{rest}"


def move(client, card, stage, version=None, **fields):
    return client.post(
        f"/acme/jobs/{card.job_id}/move/",
        {
            "card": card.pk,
            "stage": stage.pk,
            "version": card.version if version is None else version,
            "before": "",
            **fields,
        },
    )


def stage_of(acme, card) -> str:
    with acting_in(acme):
        return Candidacy.objects.select_related("stage").get(pk=card.pk).stage.name


def test_board_shows_columns_and_cards(as_user, acme, recruiter, job, put_on):
    card = put_on(job, "Ada Byron", headline="Analyst", company="Engines", skills=["Go", "SQL"])
    with acting_in(acme):
        TouchpointFactory(
            candidate=card.candidate,
            kind=Touchpoint.Kind.MAIL_RECEIVED,
            summary="Reply: gladly on Monday",
        )

    response = as_user(recruiter).get(url(job))

    content = response.content.decode()
    assert "Ada Byron Analyst Engines" in words(response)
    assert "Reply: gladly on Monday Go SQL 0 d" in words(response)
    assert "Rejected 0 No one here" in words(response)
    assert f'data-card="{card.pk}"' in content
    assert 'data-version="0"' in content


def test_board_warns_of_what_is_due_and_of_who_waits_long(as_user, acme, viewer, job, put_on):
    card = put_on(job, "Ada Byron")
    with acting_in(acme):
        TaskFactory(candidate=card.candidate, title="Send the offer", due_on=timezone.localdate())
        entered = timezone.now() - timedelta(days=14)
        Candidacy.objects.filter(pk=card.pk).update(entered_stage_at=entered)

    response = as_user(viewer).get(url(job))

    assert "Due: Send the offer Waits too long: 14 d" in words(response)
    assert 'class="age stale"' in response.content.decode()


@pytest.mark.parametrize("people", [1, 3])
def test_board_costs_the_same_for_three_cards(
    as_user, recruiter, job, put_on, people, around, mode, django_assert_num_queries
):
    for number in range(people):
        put_on(job, f"Person {number}", skills=["Go"])
    client = as_user(recruiter)

    # job, cards, stages, team; the filter's owners and the job's own fields on a whole page
    with django_assert_num_queries(around + 4 + 3 * (mode == "plain")):
        content = client.get(url(job)).content.decode()

    assert content.count("data-card=") == people


@pytest.mark.parametrize("people", [1, 3])
def test_table_costs_the_same_for_three_people(
    as_user, recruiter, job, put_on, people, around, mode, django_assert_num_queries
):
    for number in range(people):
        put_on(job, f"Person {number}", skills=["Go"])
    client = as_user(recruiter)

    # job, stages, ids, people, team; the filter's owners and the job's own fields on a whole page
    with django_assert_num_queries(around + 5 + 3 * (mode == "plain")):
        content = client.get(url(job, "table/")).content.decode()

    assert content.count('class="who"') == people


def test_board_of_many_cards_stays_small(as_user, acme, recruiter, job, stages):
    with acting_in(acme):
        people = Candidate.objects.bulk_create(
            Candidate(full_name=f"Person {number}", headline="Engineer", company=f"Firm {number}")
            for number in range(200)
        )
        candidacies.add_to_job(job, [person.pk for person in people], by=recruiter)
        for index, stage in enumerate(stages.values()):
            Candidacy.objects.filter(candidate__in=people[index * 25 : index * 25 + 25]).update(
                stage=stage
            )

    content = as_user(recruiter).get(url(job)).content

    assert content.count(b"data-card=") == 160
    assert len(gzip.compress(content)) < 60_000


def test_table_filters_by_stage(as_user, acme, recruiter, job, put_on, stages):
    ada, bob = put_on(job, "Ada Byron"), put_on(job, "Bob Kahn")
    with acting_in(acme):
        candidacies.move_card(bob, to=stages["Offer"], by=recruiter)

    content = (
        as_user(recruiter).get(url(job, "table/"), {"stage": stages["Offer"].pk}).content.decode()
    )

    assert "Bob Kahn" in content
    assert str(ada.candidate) not in content


def test_board_shows_twenty_cards_a_column_and_then_more(as_user, mode, recruiter, job, put_on):
    for number in range(23):
        put_on(job, f"Person {number:02}")
    client = as_user(recruiter)

    content = client.get(url(job)).content.decode()

    assert content.count("data-card=") == 20
    assert "Person 03" in content
    assert "Person 02" not in content
    more = (
        content.split("col-more")[1].split('hx-get="')[1].split('"')[0] if mode == "htmx" else None
    )
    if more:
        rest = client.get(more.replace("&amp;", "&")).content.decode()
        assert rest.count("data-card=") == 3
        assert "Show more" not in rest
    else:
        stage = content.split("?stage=")[1].split('"')[0]
        assert client.get(url(job, "table/"), {"stage": stage}).content.count(b"Person ") >= 23


def test_more_of_another_jobs_stage_is_404(as_user, acme, recruiter, job):
    with acting_in(acme):
        other = jobs.create_job(by=recruiter, title="Engineering Manager").first_stage

    assert as_user(recruiter).get(url(job, f"stages/{other.pk}/")).status_code == 404


def test_move_answers_with_the_card_or_the_board(
    as_user, mode, acme, recruiter, job, put_on, stages
):
    card = put_on(job, "Ada Byron")

    response = move(as_user(recruiter), card, stages["Replied"])

    assert stage_of(acme, card) == "Replied"
    if mode == "htmx":
        assert response.status_code == 200
        assert response.content.decode().strip().startswith("<li")
        assert f'id="card-{card.pk}"' in response.content.decode()
        assert 'data-version="1"' in response.content.decode()
        toast = json.loads(response.headers["HX-Trigger"])["toast"]
        assert "Ada Byron moved to Replied." in json.dumps(toast)
        assert f"/acme/jobs/candidacies/{card.pk}/undo/1/" in json.dumps(toast)
    else:
        assert (response.status_code, response.url) == (302, url(job))


def test_move_returns_to_where_it_was_asked_from(as_user, mode, recruiter, job, put_on, stages):
    card = put_on(job, "Ada Byron")
    target = f"/acme/candidates/{card.candidate_id}/"

    response = move(as_user(recruiter), card, stages["Replied"], next=target)

    if mode == "plain":
        assert response.url == target


def test_move_takes_at_most_twelve_statements(as_user, recruiter, job, put_on, stages):
    card = put_on(job, "Ada Byron", skills=["Go"])
    client = as_user(recruiter)

    with CaptureQueriesContext(connection) as queries:
        move(client, card, stages["Replied"])

    work = [query["sql"] for query in queries if not query["sql"].startswith(CONTROL)]
    assert len(work) == 12, work


def test_move_of_a_card_that_was_moved_meanwhile_is_refused(
    as_user, mode, acme, recruiter, job, put_on, stages
):
    card = put_on(job, "Ada Byron")
    with acting_in(acme):
        candidacies.move_card(Candidacy.objects.get(pk=card.pk), to=stages["Contacted"], by=None)

    response = move(as_user(recruiter), card, stages["Offer"], version=0)

    content = response.content.decode()
    assert response.status_code == 409
    assert "Somebody else has moved Ada Byron to “Contacted” meanwhile." in content
    assert stage_of(acme, card) == "Contacted"
    assert ("data-refusal" in content) == (mode == "htmx")
    if mode == "htmx":
        # The board gets the card as it is, and puts it there.
        assert f'data-in="{stages["Contacted"].pk}"' in content
        assert 'data-version="1"' in content


def test_move_of_a_rejected_card_is_refused_until_reopened(
    as_user, acme, recruiter, job, put_on, stages
):
    card = put_on(job, "Ada Byron")
    client = as_user(recruiter)
    client.post(f"/acme/jobs/candidacies/{card.pk}/reject/", {"note": ""})

    refused = move(client, card, stages["Offer"], version=1)
    board = client.get(url(job)).content.decode()
    client.post(f"/acme/jobs/candidacies/{card.pk}/reopen/")

    assert refused.status_code == 409
    assert "Reopen it first." in refused.content.decode()
    # By this the menu offers to reopen it.
    assert re.search(rf'data-card="{card.pk}"[^>]*\bdata-closed\b', board)
    assert stage_of(acme, card) == "Sourced"


def test_move_to_a_stage_that_is_gone_is_refused(as_user, acme, recruiter, job, put_on, stages):
    card = put_on(job, "Ada Byron")
    with acting_in(acme):
        stages["Offer"].delete()
    stages["Offer"].pk = 10**9

    response = move(as_user(recruiter), card, stages["Offer"])

    assert response.status_code == 409
    assert "The stages here have changed." in response.content.decode()


def test_undo_takes_the_move_back_unless_moved_again(as_user, acme, recruiter, job, put_on, stages):
    card = put_on(job, "Ada Byron")
    client = as_user(recruiter)
    client.post(f"/acme/jobs/candidacies/{card.pk}/reject/", {"note": ""})

    late = client.post(f"/acme/jobs/candidacies/{card.pk}/undo/0/")
    client.post(f"/acme/jobs/candidacies/{card.pk}/undo/1/")

    assert late.status_code == 409
    assert stage_of(acme, card) == "Sourced"
    with acting_in(acme):
        assert Candidacy.objects.get(pk=card.pk).closed_at is None
        assert card.stage_changes.count() == 3


def test_remove_takes_off_who_was_added_by_mistake(as_user, acme, recruiter, job, put_on):
    card = put_on(job, "Ada Byron")

    as_user(recruiter).post(f"/acme/jobs/candidacies/{card.pk}/remove/")

    with acting_in(acme):
        assert not job.candidacies.exists()


def test_candidacy_shows_its_history(as_user, acme, recruiter, job, put_on, stages):
    card = put_on(job, "Ada Byron")
    move(as_user(recruiter), card, stages["Onsite"])

    told = words(as_user(recruiter).get(f"/acme/jobs/candidacies/{card.pk}/"))

    assert "Recruiter of Acme moved from Sourced to Onsite" in told
    assert "Recruiter of Acme added to Sourced" in told


def test_viewers_read_the_board_but_do_not_move(as_user, acme, viewer, job, put_on, stages):
    card = put_on(job, "Ada Byron")
    client = as_user(viewer)

    content = client.get(url(job)).content.decode()

    assert "Ada Byron" in content
    assert "data-move" not in content.replace("data-move-url", "")
    assert move(client, card, stages["Offer"]).status_code == 403
    assert stage_of(acme, card) == "Sourced"


def test_hiring_managers_see_the_jobs_they_are_put_on(as_user, acme, manager, recruiter, put_on):
    with acting_in(acme):
        mine = jobs.create_job(by=recruiter, title="Staff Engineer", managers=[manager])
        other = jobs.create_job(by=recruiter, title="Secret Plan")
    card, hidden = put_on(mine, "Ada Byron"), put_on(other, "Bob Kahn")
    with acting_in(acme):
        candidacies.add_to_shortlist([card.pk], job=mine, by=recruiter)
    client = as_user(manager)

    listed = client.get("/acme/jobs/").content.decode()

    assert "Staff Engineer" in listed
    assert "Secret Plan" not in listed
    assert "Ada Byron" in client.get(url(mine)).content.decode()
    assert client.get(f"/acme/jobs/candidacies/{card.pk}/").status_code == 200
    for path in (
        url(other),
        url(other, "table/"),
        f"/acme/jobs/candidacies/{hidden.pk}/",
        f"/acme/jobs/{other.pk}/stages/{hidden.stage_id}/",
    ):
        assert client.get(path).status_code == 404
    assert client.get(url(mine, "people/")).status_code == 403
    with acting_in(acme):
        JobMember.objects.all().delete()
    assert client.get(url(mine)).status_code == 404


def test_colleagues_are_reminded_of_a_stage(acme, recruiter, sourcer, job, stages, client):
    client.force_login(recruiter)
    stage = next(iter(stages.values()))
    path = f"/acme/jobs/{job.pk}/stages/{stage.pk}/remind/"

    client.post(path, {"title": "Who waits?", "assignees": [recruiter.pk, sourcer.pk]})

    with acting_in(acme):
        assert (
            Task.objects.filter(
                about=f"{job} · {stage}", link=f"jobs/{job.pk}/table/?stage={stage.pk}"
            ).count()
            == 2
        )


def test_board_and_table_are_filtered_alike(as_user, acme, recruiter, job, put_on, stages):
    ada = put_on(job, "Ada Byron", company="Engines", owner=recruiter)
    put_on(job, "Bob Kahn", company="Initech")
    old = put_on(job, "Cai Lund", company="Engines")
    with acting_in(acme):
        long_ago = timezone.now() - timedelta(days=stages["Sourced"].stale_after_days, hours=1)
        Candidacy.objects.filter(pk=old.pk).update(entered_stage_at=long_ago, rating=4)
        candidacies.add_to_shortlist([ada.pk], job=job, by=recruiter)
    client = as_user(recruiter)

    def found(query: str) -> list[set[str]]:
        pages = [
            client.get(url(job, f"{rest}?{query}")).content.decode() for rest in ("", "table/")
        ]
        return [
            {name for name in ("Ada Byron", "Bob Kahn", "Cai Lund") if name in page}
            for page in pages
        ]

    for query, names in {
        "q=engines": {"Ada Byron", "Cai Lund"},
        "waiting=1": {"Cai Lund"},
        f"owner={recruiter.pk}": {"Ada Byron"},
        "rating=4": {"Cai Lund"},
        "shortlisted=1": {"Ada Byron"},
        "origin=applied": set(),
        "q=engines&waiting=1": {"Cai Lund"},
        "rating=x&owner=99999999999999999999": {"Ada Byron", "Bob Kahn", "Cai Lund"},
    }.items():
        assert found(query) == [names, names], query
    assert "Sourced 2 of 3" in words(client.get(url(job, "?q=engines")))


def test_a_stage_over_its_limit_says_so_in_words(as_user, acme, recruiter, job, put_on, stages):
    with acting_in(acme):
        stages["Sourced"].limit = 1
        stages["Sourced"].save()
    put_on(job, "Ada Byron")
    assert "Sourced 1 max 1" in words(as_user(recruiter).get(url(job)))

    put_on(job, "Bob Kahn")

    assert "Sourced 2 over 1" in words(as_user(recruiter).get(url(job)))

"""The report: each number by its formula, and the list behind each number."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from analytics import queries
from campaigns.models import Enrollment
from campaigns.services.reaching import Address, reach
from candidates.models import Candidate
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy
from pipelines.services import candidacies, jobs, transferring
from tests.factories import CandidateFactory

OVERVIEW = "/acme/analytics/"
NUMBER = re.compile(r'href="(/acme/analytics/people/\?[^"]+)">([\d,]+)</a>')
PERSON = re.compile(r'class="who"\s+href="/acme/candidates/(\d+)/"')
NEXT = re.compile(r'rel="next"\s+href="([^"]+)"')


def listed(client, url: str) -> list[str]:
    """Everybody on the list behind a number, page after page."""
    content = client.get(url).content.decode()
    people = PERSON.findall(content)
    if found := NEXT.search(content):
        people += listed(client, "/acme/analytics/people/" + unescape(found.group(1)))
    return people


def test_funnel_counts_whom_the_cohort_ever_brought_where(in_acme, job):
    (funnel,) = queries.funnels([job], queries.Period("90"))

    assert funnel.total == 9
    assert [(step.stage.name, step.reached, step.current) for step in funnel.steps] == [
        ("Sourced", 9, 3),
        ("Contacted", 5, 0),
        ("Replied", 5, 2),
        ("Phone screen", 3, 0),
        ("Onsite", 2, 0),
        ("Offer", 2, 1),
        ("Hired", 1, 1),
    ]
    assert [(step.stage.name, step.current) for step in funnel.rejected] == [("Rejected", 2)]
    assert [step.passed and round(step.passed) for step in funnel.steps] == [
        *(None, 56, 100, 60, 67, 100),
        50,
    ]


def reached_by_job(*counted) -> list[tuple[int, list[int]]]:
    """For each of these jobs how many it has, and how many of them ever reached each stage."""
    found = queries.funnels(counted, queries.Period("90"))
    return [(funnel.total, [step.reached for step in funnel.steps]) for funnel in found]


def test_who_was_moved_over_counts_only_for_the_new_job_and_its_stages(in_acme, job, recruiter):
    other = jobs.create_job(by=recruiter, title="Data Engineer")
    at_replied, at_offer = (
        Candidacy.objects.filter(job=job, stage__name=name).order_by("pk")[0]
        for name in ("Replied", "Offer")
    )
    before = reached_by_job(job)

    for card in (at_replied, at_offer):
        transferring.transfer_candidacy(card, to=other, by=recruiter)

    # Who had got to Replied stands at the beginning here: the first stage of the same kind.
    assert [card.stage.name for card in (at_replied, at_offer)] == ["Sourced", "Offer"]
    assert reached_by_job(job, other) == [
        (7, [7, 3, 3, 2, 1, 1, 1]),
        (2, [2, 1, 1, 1, 1, 1, 0]),
    ]

    for card in (at_replied, at_offer):
        candidacies.undo_move(card, by=recruiter, version=card.version)

    assert reached_by_job(job, other) == [*before, (0, [0, 0, 0, 0, 0, 0, 0])]


def test_who_was_moved_over_began_on_the_new_job_that_day(in_acme, job, recruiter):
    """Put on a job half a year ago, moved over to another today: of the other's people of this quarter."""
    other = jobs.create_job(by=recruiter, title="Data Engineer")
    card = Candidacy.objects.filter(job=job, stage__name="Offer").get()
    long_ago = timezone.now() - timedelta(days=180)
    Candidacy.objects.filter(pk=card.pk).update(created_at=long_ago)
    card.stage_changes.filter(origin=None).update(at=long_ago)
    card.refresh_from_db()
    (before,) = reached_by_job(job)

    transferring.transfer_candidacy(card, to=other, by=recruiter)
    assert reached_by_job(other) == [(1, [1, 1, 1, 1, 1, 1, 0])]

    candidacies.undo_move(card, by=recruiter, version=card.version)
    card.refresh_from_db()
    assert card.created_at == long_ago
    assert reached_by_job(job) == [before]


def test_who_was_copied_counts_for_both_jobs_each_by_its_own_stages(in_acme, job, recruiter):
    other = jobs.create_job(by=recruiter, title="Data Engineer")
    before = reached_by_job(job)
    card = Candidacy.objects.get(job=job, stage__name="Offer")

    copy = transferring.copy_candidacy(card, to=other, by=recruiter)
    stages = {stage.name: stage for stage in other.pipeline.stages.all()}
    candidacies.move_card(copy, to=stages["Contacted"], by=recruiter)

    assert reached_by_job(job, other) == [*before, (1, [1, 1, 0, 0, 0, 0, 0])]


def test_funnel_of_all_time_and_of_closed_ones(in_acme, job):
    (ever,) = queries.funnels([job], queries.Period("all"))
    (closed,) = queries.funnels([job], queries.Period("90"), closed_only=True)

    assert ever.total == 10
    assert ever.steps[4].reached == 3
    assert [step.reached for step in closed.steps] == [3, 2, 2, 2, 1, 1, 1]


def test_sequence_rates_are_of_those_delivered_to(in_acme, sequence):
    (row,) = queries.sequence_rows(queries.Period("90"))

    assert row.numbers == {
        "enrolled": 11,
        "sent": 9,
        "bounced": 1,
        "delivered": 7,
        "replied": 2,
        "unsubscribed": 1,
    }


def test_sequence_counts_the_enrolled_of_the_period(in_acme, sequence):
    Enrollment.objects.update(enrolled_at=timezone.now() - timedelta(days=100))

    assert queries.sequence_rows(queries.Period("90")) == []
    assert len(queries.sequence_rows(queries.Period("365"))) == 1


def test_contactable_are_those_whom_sending_would_reach(in_acme, pool):
    (row,) = queries.pool_rows([pool])
    members = Candidate.objects.filter(pool_memberships__pool=pool).prefetch_related("emails")
    reached = reach(members)

    assert (row.members, row.contactable) == (8, 3)
    assert set(queries.contactable_among(members).values_list("pk", flat=True)) == {
        pk for pk, found in reached.items() if isinstance(found, Address)
    }


@pytest.mark.parametrize(
    "query", ["", "?period=30", "?period=365", "?period=all", "?closed=on", "?period=all&closed=on"]
)
def test_each_number_opens_as_many_people(
    as_user, mode, acme, recruiter, viewer, job, sequence, pool, query
):
    with acting_in(acme):
        for _ in range(60):
            CandidateFactory()
    client = as_user(viewer)

    numbers = NUMBER.findall(client.get(OVERVIEW + query).content.decode())
    whole = as_user(viewer)
    whole.defaults.pop("HTTP_HX_REQUEST", None)

    assert len(numbers) > (10 if "closed" in query else 20)
    for url, number in numbers:
        people = listed(whole, unescape(url))
        assert len(people) == len(set(people)) == int(number.replace(",", "")), url


def test_people_list_is_of_those_counted(as_user, acme, viewer, job, sequence):
    content = as_user(viewer).get(OVERVIEW).content.decode()
    replied = next(url for url, _ in NUMBER.findall(content) if "metric=replied" in url)

    people = as_user(viewer).get(unescape(replied)).content.decode()

    assert "Mail 6" in people
    assert "Mail 7" not in people


@pytest.mark.parametrize(
    "query",
    ["", "?metric=unknown", "?metric=reached", "?metric=members&id=x", "?metric=members&id=999999"],
)
def test_people_of_an_unknown_number_are_404(as_user, viewer, acme, query):
    assert as_user(viewer).get(f"/acme/analytics/people/{query}").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_overview_costs_the_same_for_three(
    as_user, mode, acme, recruiter, viewer, number, django_assert_num_queries
):
    with acting_in(acme):
        for index in range(number):
            jobs.create_job(by=recruiter, title=f"Engineer {index}")
    client = as_user(viewer)

    with django_assert_num_queries(21 if mode == "plain" else 19):
        content = client.get(OVERVIEW).content.decode()

    assert content.count('id="funnel-') == number


def test_overview_shows_the_chosen_job(as_user, acme, recruiter, viewer, job):
    with acting_in(acme):
        other = jobs.create_job(by=recruiter, title="Filled", status="filled")

    content = as_user(viewer).get(f"{OVERVIEW}?job={other.pk}").content.decode()

    assert f'id="funnel-{other.pk}"' in content
    assert f'id="funnel-{job.pk}"' not in content


def test_overview_is_closed_to_hiring_managers(as_user, acme, manager):
    assert as_user(manager).get(OVERVIEW).status_code == 403
    assert as_user(manager).get(f"{OVERVIEW}people/?metric=added").status_code == 403

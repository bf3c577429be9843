"""Matching people with a job: what counts and why, questions instead of guesses, an order that no name decides."""

import html
import re
from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from candidates.models import (
    Candidate,
    CandidatePreference,
    PeopleSettings,
    SpokenLanguage,
    Suppression,
)
from candidates.services.freshening import freshen_batch
from candidates.services.gazetteer import find_place
from candidates.services.skills.resolving import skills_named
from candidates.services.suppressing import suppress
from candidates.services.tagging import add_skill
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from pipelines.models import Job, JobPool, JobSkill, MatchCriteria
from pipelines.services import candidacies
from pipelines.services.jobs import create_job, edit_job
from pipelines.services.matching import (
    match_job,
    match_people,
    people_of_job_pools,
    wanted_of,
)
from pipelines.services.matching.scoring import (
    UNKNOWN,
    Facts,
    SkillHeld,
    SkillWanted,
    Wanted,
    level_of_title,
    score_of_terms,
    terms_of,
)
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory, TalentPoolFactory

WEIGHTS = {
    "must": 6, "nice": 2, "seniority": 4, "place": 4, "working": 2, "language": 4, "start": 2, "past": 3,
}  # fmt: skip
GO = SkillWanted(1, "Go", is_must=True, related={2: "Rust"})
SURE, UNSURE = SkillHeld(True, False), SkillHeld(False, False)


def score(facts: Facts, wanted: Wanted) -> int | None:
    return score_of_terms(terms_of(facts, wanted))


@pytest.fixture
def reader(in_acme, recruiter) -> Membership:
    return Membership.objects.get(user=recruiter)


@pytest.fixture
def asks(job):
    """`asks(must=["Go"], nice=["SQL"])` lets the job ask for skills."""

    def ask(must=(), nice=()):
        for need, names in (("must", must), ("nice", nice)):
            for skill in skills_named(names):
                JobSkill.objects.create(job=job, skill=skill, need=need)

    return ask


@pytest.mark.parametrize(
    ("held", "points"),
    [({1: SURE}, 100), ({1: UNSURE}, 90), ({2: SURE}, 50), ({}, 0)],
)
def test_skill_counts_by_how_sure_and_how_near_it_is(held, points):
    wanted = Wanted(job=1, skills=(GO,), weights=WEIGHTS)

    assert score(Facts(1, "Ana", skills=held), wanted) == points


def test_missing_evidence_is_a_question_and_counts_neither_way():
    wanted = Wanted(
        job=1, seniority=3, place=find_place("Lisbon"), working="hybrid",
        languages=(("German", "german"),), starts_by=date(2026, 1, 1), weights=WEIGHTS,
    )  # fmt: skip
    terms = terms_of(Facts(1, "Ana"), wanted)

    assert {term.fit for term in terms} == {None}
    assert score_of_terms(terms) == round(100 * UNKNOWN)
    assert {term.question for term in terms} == {
        "What does Ana do at present?",
        "Could Ana work in Lisbon?",
        "Does Ana want to work hybrid?",
        "Does Ana speak German?",
        "When could Ana start?",
    }


@pytest.mark.parametrize(
    ("title", "level"),
    [
        ("Senior Engineer", 3), ("Sr. Engineer", 3), ("Engineer", 2), ("Head of Data", 5),
        ("Lead Designer", 4), ("Junior Buyer", 1), ("Director, Sales", 5), ("Leader of none", 2), ("", None),
    ],
)  # fmt: skip
def test_titles_say_how_senior_somebody_is(title, level):
    assert level_of_title(title) == level


def test_distance_and_country_count():
    wanted = Wanted(job=1, place=find_place("Lisbon"), within_km=50, weights=WEIGHTS)
    near = Facts(1, "Ana", city="Sintra", country="PT", latitude=38.80, longitude=-9.38)
    far = Facts(2, "Ben", city="Porto", country="PT", latitude=41.15, longitude=-8.61)
    abroad = Facts(3, "Eve", country="DE")

    assert [score(facts, wanted) for facts in (near, far, abroad)] == [100, 30, 10]
    assert terms_of(near, wanted)[0].reason.startswith("Sintra, 2")


@given(
    skills=st.dictionaries(st.integers(1, 4), st.booleans()),
    weights=st.fixed_dictionaries({name: st.integers(0, 10) for name in WEIGHTS}),
    level=st.sampled_from(["", "Senior Cook", "Cook"]),
)
def test_terms_shown_recompute_to_the_score(skills, weights, level):
    wanted = Wanted(
        job=1,
        skills=tuple(SkillWanted(pk, f"S{pk}", is_must=pk < 3) for pk in range(1, 5)),
        seniority=3,
        weights=weights,
    )
    held = {pk: SkillHeld(sure, False) for pk, sure in skills.items()}
    terms = terms_of(Facts(1, "Ana", headline=level, skills=held), wanted)

    # By what the page shows alone: fits in percent, and weights.
    whole = sum(term.weight for term in terms)
    shown = sum(term.weight * term.percent for term in terms) / whole if whole else None
    assert score_of_terms(terms) == (None if shown is None else round(shown))


def test_best_fit_is_first_and_nobody_is_left_out(in_acme, job, asks, recruiter, reader):
    asks(must=["Go", "PostgreSQL"], nice=["Kubernetes"])
    best, some, none = (CandidateFactory(full_name=name) for name in ("Zoe", "Yan", "Xi"))
    for name in ("Go", "PostgreSQL", "Kubernetes"):
        add_skill(best, name, by=recruiter)
    add_skill(some, "MySQL", by=recruiter)

    found = match_job(job, Candidate.objects.all(), reader)

    assert [match.candidate for match in found.rows] == [best, some, none]
    assert [match.score for match in found.rows] == [100, 21, 0]
    assert "MySQL is near it" in str([term.reason for term in found.rows[1].terms])
    assert found.people == len(found.rows) == 3


def test_records_are_read_for_every_term(in_acme, job, asks, recruiter):
    asks(must=["Go"])
    job.place, job.remote = "Lisbon", "hybrid"
    job.save()
    MatchCriteria.objects.create(
        job=job, seniority=3, languages=["German"], starts_by=timezone.localdate()
    )
    ana = CandidateFactory(headline="Senior Engineer", city="Lisboa", country="PT", skills=["Go"])
    CandidatePreference.objects.create(candidate=ana, remote="any", starts_on=date(2020, 1, 1))
    SpokenLanguage.objects.create(candidate=ana, name="German", normalized="german", level="c1")
    freshen_batch()

    (match,) = match_people(wanted_of(job), [ana.pk])

    assert {term.label: term.percent for term in match.terms} == {
        "Go": 90, "Seniority": 100, "Place": 100, "German": 100, "Way of working": 100, "Availability": 100,
    }  # fmt: skip
    assert match.questions == []


def test_past_processes_count_and_a_confidential_job_stays_unsaid(in_acme, job, recruiter):
    other = create_job(by=recruiter, title="Backend Engineer")
    ana = CandidateFactory()
    candidacies.add_to_job(other, [ana.pk], by=recruiter)
    candidacy = ana.candidacies.get()
    interview = other.pipeline.stages.filter(kind="interview").first()
    candidacies.move_card(candidacy, to=interview, by=recruiter)

    (match,) = match_people(wanted_of(job), [ana.pk])
    assert [(term.label, term.reason) for term in match.terms] == [
        ("Past processes", "came to interview for Backend Engineer")
    ]

    other.is_confidential = True
    other.save()
    (match,) = match_people(wanted_of(job), [ana.pk])
    assert match.terms == ()
    assert match.score is None


def test_equal_scores_are_in_no_order_of_names(in_acme, job, asks, reader):
    asks(must=["Go"])
    people = [CandidateFactory(full_name=f"{letter} Same") for letter in "ABCDEFGHIJ"]

    rows = match_job(job, Candidate.objects.all(), reader).rows
    names = [match.candidate.full_name for match in rows]

    assert names != sorted(names)
    assert names != sorted(names, reverse=True)
    assert names == [
        match.candidate.full_name for match in match_job(job, Candidate.objects.all(), reader).rows
    ]
    assert {match.candidate for match in rows} == set(people)


def test_warnings_speak_but_do_not_count(in_acme, job, asks, recruiter, reader):
    asks(must=["Go"])
    ana = CandidateFactory(skills=["Go"], status=Candidate.Status.DO_NOT_CONTACT)
    Candidate.objects.filter(pk=ana.pk).update(last_contacted_at=timezone.now() - timedelta(days=3))

    CandidateFactory(full_name="Bo", skills=["Go"], emails=["bo@example.com"])
    suppress("email", "bo@example.com", reason=Suppression.Reason.UNSUBSCRIBED, by=recruiter)

    first, second = match_job(job, Candidate.objects.all(), reader).rows

    assert first.score == second.score == 90
    assert {match.candidate.full_name: match.warnings for match in (first, second)} == {
        ana.full_name: ("Do not contact", "Contacted 3 days ago"),
        "Bo": ("Unsubscribed or bounced",),
    }


def test_of_many_the_most_skilled_are_scored_and_then_all_others(in_acme, job, asks, reader):
    asks(must=["Go"], nice=["SQL"])
    others = [CandidateFactory() for _ in range(3)]
    one = CandidateFactory(skills=["SQL"])
    two = CandidateFactory(skills=["Go"])
    both = CandidateFactory(skills=["Go", "SQL"])

    def scored(first: int) -> list[Candidate]:
        found = match_job(job, Candidate.objects.all(), reader, first=first, most=2)
        assert (found.people, found.before) == (6, min(first // 2 * 2, 4))
        return [match.candidate for match in found.rows]

    assert scored(0) == scored(1) == [both, two]
    assert scored(2)[0] == one
    assert {*scored(2)[1:], *scored(4)} == set(others)
    # Of a list that has become shorter the end is scored.
    assert scored(99) == scored(4)


def test_everybody_is_reached_page_by_page_also_where_the_job_is_closed(
    acme, job, recruiter, as_user
):
    with acting_in(acme):
        Candidate.objects.bulk_create(
            Candidate(organization=acme, full_name=f"Person {number:03}") for number in range(603)
        )
        edit_job(job, by=recruiter, status=Job.Status.CANCELLED)
    client, shown = as_user(recruiter), []
    address = "?people=all"
    while address:
        text = client.get(f"/acme/jobs/{job.pk}/match/{address}").content.decode()
        shown += re.findall(r"<b>(Person \d+)</b>", text)
        more = re.search(r'href="([^"]*)"\s*>More<', text)
        address = html.unescape(more[1]) if more else ""

    assert len(shown) == 603
    assert len(set(shown)) == 603
    assert "Put the ticked ones on the job" not in text
    assert "Better fits" in text


def test_matching_takes_as_many_queries_for_three_as_for_one(
    in_acme, job, asks, django_assert_num_queries
):
    asks(must=["Go"])
    people = [CandidateFactory(skills=["Go"]) for _ in range(3)]
    wanted = wanted_of(job)

    for count in (1, 3):
        with django_assert_num_queries(6):
            match_people(wanted, [person.pk for person in people[:count]])


def test_page_explains_and_puts_the_ticked_on_the_job(acme, job, asks, recruiter, as_user):
    with acting_in(acme):
        asks(must=["Go"])
        pool = TalentPoolFactory(name="Backend")
        JobPool.objects.create(job=job, pool=pool)
        ana = CandidateFactory(full_name="Ana Silva", skills=["Go"], pools=[pool])
        CandidateFactory(full_name="Outside Pool", skills=["Go"])

    page = seen(as_user(recruiter).get(f"/acme/jobs/{job.pk}/match/"))
    assert "Ana Silva" in page
    assert "on the record, not confirmed" in page
    assert "Outside Pool" not in page
    assert "Outside Pool" in seen(as_user(recruiter).get(f"/acme/jobs/{job.pk}/match/?people=all"))

    as_user(recruiter).post(f"/acme/jobs/{job.pk}/people/", {"ids": [ana.pk]})
    with acting_in(acme):
        assert ana.candidacies.get().job == job
        assert people_of_job_pools(job).count() == 1


def test_criteria_are_saved_and_count(acme, job, recruiter, as_user, reader):
    with acting_in(acme):
        CandidateFactory(headline="Cook")
    data = {"seniority": 3, "languages": "German, German ,", "within_km": 30} | {
        f"{name}_weight": 1 for name in WEIGHTS
    }

    as_user(recruiter).post(f"/acme/jobs/{job.pk}/match/criteria/", data)

    with acting_in(acme):
        criteria = MatchCriteria.objects.get()
        assert (criteria.languages, criteria.within_km) == (["German"], 30)
        (match,) = match_job(job, Candidate.objects.all(), reader).rows
        assert {term.label for term in match.terms} == {"Seniority", "German"}


def test_switched_off_there_is_nothing_of_it(acme, job, recruiter, owner, client):
    with acting_in(acme):
        PeopleSettings.objects.create(shows_match=False)
    client.force_login(recruiter)

    assert client.get(f"/acme/jobs/{job.pk}/match/").status_code == 404
    assert client.get(f"/acme/jobs/{job.pk}/match/criteria/").status_code == 404
    assert "match" not in client.get(f"/acme/jobs/{job.pk}/").content.decode().lower()
    assert "atch people" not in client.get(f"/acme/jobs/{job.pk}/people/").content.decode()

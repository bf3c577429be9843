"""What a search means where it is easily taken for something else."""

from datetime import date

import pytest

from candidates.models import (
    Candidate,
    CandidateCustomValue,
    CandidatePlace,
    CandidatePreference,
    CustomField,
    Note,
    Touchpoint,
)
from candidates.queries.search import ANY_READER, PeopleQuery, Searcher, find_people, parse
from candidates.services.gazetteer import box_around
from candidates.services.timeline import add_touchpoint
from crm.tenancy.models import Membership
from pipelines.models import Candidacy, JobMember
from pipelines.services import candidacies, jobs
from tests.factories import CandidateFactory


def searcher_of(user) -> Searcher:
    return Searcher(Membership.objects.get(user=user))


def found(text: str, searcher: Searcher = ANY_READER) -> set[str]:
    query = PeopleQuery(parse(text, searcher=searcher))
    ids = [row.pk for row in find_people(query, searcher=searcher)]
    return set(Candidate.objects.filter(pk__in=ids).values_list("full_name", flat=True))


def test_all_of_several_beginnings_asks_for_one_of_each(in_acme):
    for name, skills in (
        ("Both", ["Python", "Go"]),
        ("Other", ["PyTorch", "Go"]),
        ("Half", ["Go"]),
        ("Snakes", ["Python", "PyTorch"]),
    ):
        CandidateFactory(full_name=name, skills=skills)

    assert found("skill:py*&go") == {"Both", "Other"}
    assert found("skill:py*&g*") == {"Both", "Other"}
    assert found("skill:python&go") == {"Both"}
    # Nothing begins so: nobody has all of these.
    assert found("skill:zzz*&go") == set()
    assert found("skill:zzz*,go") == {"Both", "Other", "Half"}


@pytest.fixture
def noted(in_acme, recruiter) -> None:
    """Ana has a note of the recruiter's own alone; Bo has one for all; Cy has none."""
    ana, bo, _ = (CandidateFactory(full_name=name) for name in ("Ana", "Bo", "Cy"))
    Note.objects.create(candidate=ana, body="Knows Javascript.", is_private=True, author=recruiter)
    Note.objects.create(candidate=bo, body="Knows Javascript.")


def test_a_private_note_is_known_to_those_who_read_it(noted, recruiter, owner):
    assert found("has:note", searcher_of(recruiter)) == {"Ana", "Bo"}
    assert found("no:note", searcher_of(recruiter)) == {"Cy"}
    assert found("has:note", searcher_of(owner)) == {"Bo"}
    assert found("no:note") == {"Ana", "Cy"}


@pytest.mark.parametrize("field", ["", "note:"])
def test_private_notes_hold_whole_words_as_others_do(noted, recruiter, field):
    mine = searcher_of(recruiter)
    assert found(f"{field}java", mine) == set()
    assert found(f"{field}java*", mine) == found(f"{field}javascript", mine) == {"Ana", "Bo"}


def test_where_somebody_works_is_not_known_by_other_wishes(in_acme):
    for name, wishes in (("Ana", {"remote": "hybrid"}), ("Bo", {"starts_on": date(2026, 9, 1)})):
        CandidatePreference.objects.create(candidate=CandidateFactory(full_name=name), **wishes)

    assert found("has:remote") == {"Ana"}
    assert found("no:remote") == {"Bo"}


def test_warmth_that_everybody_has_says_so_in_any_group(in_acme):
    CandidateFactory(full_name="Cold")
    add_touchpoint(CandidateFactory(full_name="Warm"), Touchpoint.Kind.MAIL_RECEIVED, "Wrote")

    assert found("warmth:>=0 OR name:nobody") == {"Cold", "Warm"}
    assert found("NOT warmth:>=0") == set()
    assert found("warmth:<=-1") == found("warmth:-5") == found("warmth:-9..-1") == set()
    assert found("warmth:0") == found("warmth:-3..0") == {"Cold"}


def test_a_score_is_whole_and_compared_with_parts_as_that(in_acme):
    """An answer of today gives 41."""
    add_touchpoint(CandidateFactory(full_name="Warm"), Touchpoint.Kind.MAIL_RECEIVED, "Wrote")

    assert found("warmth:41") == found("warmth:>=40.5") == found("warmth:<=41.5") == {"Warm"}
    assert found("warmth:40.5..41.5") == {"Warm"}
    assert found("warmth:>=41.5") == found("warmth:<=40.5") == set()
    assert found("warmth:41.5") == found("warmth:40.5") == set()


def test_the_box_around_a_place_holds_all_that_lies_near(in_acme):
    """Straight to the north, a meter within the distance; a degree has 111.195 km."""
    person = CandidateFactory(full_name="North")
    lisbon = (38.73, -9.15)
    CandidatePlace.objects.create(
        candidate=person,
        place="Somewhere, PT",
        name="Somewhere",
        country="PT",
        latitude=lisbon[0] + 4999.999 / 111.19492664,
        longitude=lisbon[1],
        time_zone="Europe/Lisbon",
    )

    assert found("near:Lisbon, PT 5000 km") == {"North"}
    assert found("near:Lisbon, PT 4999 km") == set()
    box = box_around(0, 0, 50)
    assert min(box.north, -box.south, box.east, -box.west) * 111.19492664 > 50


def test_the_last_day_of_the_calendar_is_a_day(in_acme):
    field = CustomField.objects.create(key="until", name="Until", kind=CustomField.Kind.DATE)
    for name, day in (("Always", date.max), ("Soon", date(2026, 9, 1))):
        CandidateCustomValue.objects.create(
            candidate=CandidateFactory(full_name=name), field=field, day=day
        )

    assert found("field.until:9999-12-31") == {"Always"}
    assert found("field.until:2026-01-01..9999-12-31") == {"Always", "Soon"}
    assert found("field.until:<9999-12-31") == {"Soon"}
    assert found("field.until:next9000y") == {"Always"}


def test_hiring_managers_find_by_the_candidacies_that_they_are_shown(in_acme, recruiter, manager):
    nurse, cook = (jobs.create_job(by=recruiter, title=title) for title in ("Nurse", "Cook"))
    ana = CandidateFactory(full_name="Ana")
    for job in (nurse, cook):
        JobMember.objects.create(job=job, user=manager)
        candidacies.add_to_job(job, [ana.pk], by=recruiter)
    Candidacy.objects.filter(job=nurse).update(shortlisted_at=nurse.created_at)

    mine = searcher_of(manager)
    assert found("job:Nurse", mine) == {"Ana"}
    assert found("job:Cook", mine) == set()
    assert found("job:Cook", searcher_of(recruiter)) == {"Ana"}

"""Warmth: what contacts are worth, how they fade, that the database keeps it right whatever wrote the contact."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from candidates.models import Candidate, Touchpoint
from candidates.queries.warmth import (
    EPOCH,
    HALF_LIFE,
    ONE_SIDED,
    WEIGHTS,
    heat_of,
    score_of,
    warmth_of,
)
from candidates.services.contacts import log_contact, remove_contact
from candidates.services.merging.merging import merge_people
from candidates.services.timeline import add_touchpoint, add_touchpoints
from candidates.services.warming import rewarm
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory

Kind = Touchpoint.Kind


def touch(candidate, kind, *, days: float = 0) -> Touchpoint:
    return add_touchpoint(candidate, kind, "Contact", at=timezone.now() - timedelta(days=days))


def stored(candidate) -> int:
    candidate.refresh_from_db()
    return score_of(candidate.heat, timezone.now())


def test_answers_warm_and_silence_does_not(in_acme):
    silent, answering = CandidateFactory(), CandidateFactory()
    for days in (30, 20, 10):
        touch(silent, Kind.MAIL_SENT, days=days)
        touch(answering, Kind.MAIL_SENT, days=days)
    touch(answering, Kind.MAIL_RECEIVED)

    assert stored(CandidateFactory()) == 0
    assert stored(silent) < 5
    assert 40 <= stored(answering) <= 55


def test_contacts_fade_by_half_in_ninety_days_without_being_written_again(in_acme):
    ana = CandidateFactory()
    touch(ana, Kind.MAIL_RECEIVED)
    ana.refresh_from_db()
    now = timezone.now()

    assert score_of(ana.heat, now) == round(100 * (1 - 2 ** -(30 / 40)))
    assert score_of(ana.heat, now + HALF_LIFE) == round(100 * (1 - 2 ** -(15 / 40)))
    assert score_of(ana.heat, now + 12 * HALF_LIFE) == 0


def test_reasons_add_up_to_the_score_that_is_sorted_by(in_acme):
    ana = CandidateFactory()
    for kind, days in [
        (Kind.MEETING, 100),
        (Kind.CALL, 40),
        (Kind.MAIL_RECEIVED, 12),
        (Kind.MAIL_SENT, 5),
        (Kind.SOCIAL, 2),
    ]:
        touch(ana, kind, days=days)

    warmth = warmth_of(ana)

    counted = warmth.theirs + min(warmth.ours, warmth.theirs) + ONE_SIDED * warmth.unanswered
    assert warmth.score == round(100 * (1 - 2 ** -(counted / 40))) == stored(ana)
    assert {term.kind for term in warmth.terms} == {
        "meeting", "call", "mail_received", "mail_sent", "social",
    }  # fmt: skip
    assert warmth.trend == warmth.score - warmth.before > 0
    assert warmth.months[-1] == warmth.score
    assert len(warmth.months) == 12


def test_unsubscribing_cools(in_acme):
    ana = CandidateFactory()
    touch(ana, Kind.MEETING, days=3)
    before = stored(ana)
    touch(ana, Kind.UNSUBSCRIBE, days=1)

    assert stored(ana) == warmth_of(ana).score < before / 4
    touch(ana, Kind.MAIL_RECEIVED)
    assert stored(ana) == warmth_of(ana).score > 40


def test_removing_a_contact_and_undoing_it_keep_the_warmth_right(in_acme, recruiter):
    ana = CandidateFactory()
    entry = log_contact(ana, kind=Kind.CALL, summary="Call", by=recruiter)
    warm = stored(ana)
    remove_contact(entry, by=recruiter)

    assert warm > 30
    assert stored(ana) == 0


def test_merging_brings_the_warmth_of_both(in_acme, recruiter):
    one, other = CandidateFactory(), CandidateFactory()
    touch(one, Kind.CALL, days=9)
    touch(other, Kind.MAIL_RECEIVED, days=3)

    merge_people(one, [other.pk], by=recruiter)

    assert stored(one) == warmth_of(one).score > 50


def test_many_entries_at_once_change_nobody_needlessly(in_acme):
    people = [CandidateFactory().pk for _ in range(3)]
    touch(Candidate.objects.get(pk=people[0]), Kind.CALL)
    heats = dict(Candidate.objects.values_list("pk", "heat"))

    add_touchpoints(people, Kind.TAG, "Tagged Berlin")

    assert dict(Candidate.objects.values_list("pk", "heat")) == heats


def test_sweep_heals_what_triggers_missed(acme):
    with acting_in(acme):
        ana = CandidateFactory()
        touch(ana, Kind.CALL)
        right = stored(ana)
        Candidate.objects.filter(pk=ana.pk).update(heat=5)

    assert rewarm(acme) == 1
    assert rewarm(acme) == 0
    with acting_in(acme):
        assert stored(ana) == right


contacts = st.lists(
    st.tuples(st.sampled_from([*WEIGHTS, "unsubscribe", "note"]), st.integers(0, 900)), max_size=8
)


@settings(
    max_examples=30,
)
@given(contacts=contacts)
def test_database_and_reasons_agree_on_any_history(in_acme, contacts):
    ana, now = CandidateFactory(), timezone.now()
    Touchpoint.objects.bulk_create(
        Touchpoint(candidate=ana, kind=kind, at=now - timedelta(days=days), summary="x")
        for kind, days in contacts
    )
    ana.refresh_from_db()

    assert score_of(ana.heat, now) == warmth_of(ana, now).score


@given(score=st.integers(1, 99), days=st.integers(0, 20000))
def test_heat_of_a_score_is_the_least_that_shows_as_it(score, days):
    now = EPOCH + timedelta(days=days)
    heat = heat_of(score, now)

    assert score_of(heat * 1.0001, now) == score
    assert score_of(heat * 0.9999, now) == score - 1


def test_warmest_are_found_by_an_index(in_acme):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM candidates_candidate WHERE organization_id = %s"
            " ORDER BY heat DESC, id DESC LIMIT 50",
            [in_acme.pk],
        )
        plan = "\n".join(row for (row,) in cursor.fetchall())

    assert "candidate_warmest" in plan


def test_record_and_list_say_how_warm_somebody_is(acme, recruiter, as_user):
    with acting_in(acme):
        ana = CandidateFactory(full_name="Ana")
        touch(ana, Kind.CALL, days=1)
        score = stored(ana)

    record = seen(as_user(recruiter).get(f"/acme/candidates/{ana.pk}/"))
    assert f"Lukewarm: {score} of 100" in record
    assert "1 call, last" in record
    assert f"{score}" in seen(as_user(recruiter).get("/acme/candidates/"))

"""Retention erases whose time is up, and nobody else (T59's rule, one policy per organization)."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from candidates.models import Candidate
from crm.audit.models import AuditEntry
from crm.privacy.models import PurgeRun, RetentionPolicy
from crm.privacy.queries import expired_candidates
from crm.privacy.services import retaining
from crm.privacy.tasks import resume_retention, run_retention, sweep_retention
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Job, Pipeline, Stage
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db

NOW = timezone.now()
LONG_AGO = NOW - timedelta(days=800)
LATELY = NOW - timedelta(days=20)


def old(**fields):
    candidate = CandidateFactory(**{"created_at": LONG_AGO, **fields})
    Candidate.objects.filter(pk=candidate.pk).update(
        created_at=LONG_AGO,
        **{name: fields.get(name) for name in ("last_contacted_at", "last_replied_at")},
    )
    return candidate


def candidacy_of(candidate, *, closed_at=None):
    pipeline = Pipeline.objects.create(name="Hiring")
    stage = Stage.objects.create(pipeline=pipeline, name="Lead", kind=Stage.Kind.LEAD, position=1)
    job = Job.objects.create(title="Nurse", pipeline=pipeline)
    return Candidacy.objects.create(job=job, candidate=candidate, stage=stage, closed_at=closed_at)


def finish(run):
    while retaining.run_batch(run.pk, size=2):
        pass
    run.refresh_from_db()
    return run


@pytest.mark.parametrize(
    ("fields", "expired"),
    [
        ({}, True),
        ({"last_contacted_at": LONG_AGO}, True),
        ({"last_contacted_at": LATELY}, False),
        ({"last_replied_at": LATELY}, False),
        ({"status": Candidate.Status.HIRED}, False),
        ({"status": Candidate.Status.IN_PROCESS}, False),
        ({"status": Candidate.Status.DO_NOT_CONTACT}, True),
    ],
)
def test_clock_starts_at_the_last_contact(in_acme, fields, expired):
    candidate = old(**fields)

    people = expired_candidates(cutoff_at=retaining.cutoff(730))

    assert list(people) == ([candidate] if expired else [])


def test_open_candidacy_stops_the_clock(in_acme):
    open_one, closed_one = old(), old()
    candidacy_of(open_one)
    candidacy_of(closed_one, closed_at=LONG_AGO)

    assert list(expired_candidates(cutoff_at=retaining.cutoff(730))) == [closed_one]


def test_new_person_is_not_expired(in_acme):
    CandidateFactory()
    assert not expired_candidates(cutoff_at=retaining.cutoff(730)).exists()


def test_run_erases_in_batches_and_certifies(in_acme, owner):
    for _ in range(5):
        old()
    kept = CandidateFactory()

    run = finish(retaining.start_run(by=owner))

    assert list(Candidate.objects.all()) == [kept]
    assert (run.state, run.candidate_count) == (PurgeRun.State.DONE, 5)
    assert run.counts["candidates.Candidate"] == 5
    assert run.finished_at is not None
    assert run.certificate()["candidates"] == 5


def test_dry_run_counts_the_same_and_erases_nobody(in_acme, owner):
    for _ in range(5):
        old()

    dry = finish(retaining.start_run(by=owner, is_dry_run=True))
    assert Candidate.objects.count() == 5
    real = finish(retaining.start_run(by=owner))

    assert dry.candidate_count == real.candidate_count == 5
    assert dry.counts == real.counts


def test_killed_run_goes_on_with_the_same_people(in_acme, owner):
    for _ in range(5):
        old()
    run = retaining.start_run(by=owner)
    assert retaining.run_batch(run.pk, size=2)
    # The worker is gone; the rule changes meanwhile.
    RetentionPolicy.objects.update(keep_days=10_000)

    finish(run)

    assert run.candidate_count == 5
    assert not Candidate.objects.exists()


def test_finished_run_does_nothing_more(in_acme, owner):
    run = finish(retaining.start_run(by=owner))
    old()

    assert not retaining.run_batch(run.pk)
    assert Candidate.objects.count() == 1


def test_who_replied_just_before_the_lock_stays(in_acme, owner, monkeypatch):
    old()
    run = retaining.start_run(by=owner)
    lock = retaining.lock_candidates

    def reply_then_lock(ids):
        Candidate.objects.filter(pk__in=ids).update(last_replied_at=NOW)
        return lock(ids)

    monkeypatch.setattr(retaining, "lock_candidates", reply_then_lock)

    finish(run)

    assert Candidate.objects.count() == 1
    assert (run.state, run.candidate_count, run.counts) == (PurgeRun.State.DONE, 0, {})


@pytest.mark.parametrize("days", [0, -1, 36_501, 10**9, 10**30])
def test_command_refuses_days_that_are_no_term(acme, days):
    with pytest.raises(CommandError, match="from 1 to 36,500"):
        call_command("run_retention", organization="acme", keep_days=days)


def test_a_stored_term_beyond_the_calendar_keeps_everybody(in_acme):
    policy = RetentionPolicy.objects.create(is_enabled=True, keep_days=2_000_000_000)
    CandidateFactory(created_at=datetime(1990, 1, 1, tzinfo=UTC))

    run = retaining.start_nightly_run(slot=date(2026, 11, 21))

    finish(run)
    assert (run.keep_days, run.candidate_count) == (policy.keep_days, 0)


def test_second_run_beside_one_is_refused(in_acme, owner):
    retaining.start_run(by=owner)
    with pytest.raises(retaining.PurgeRunning, match="still going"):
        retaining.start_run(by=owner)


def test_night_starts_one_run_and_only_where_the_policy_asks(in_acme):
    night = date(2026, 11, 21)
    assert retaining.start_nightly_run(slot=night) is None

    RetentionPolicy.objects.create(is_enabled=True, keep_days=30)

    first = retaining.start_nightly_run(slot=night)
    assert first is not None
    assert first.keep_days == 30
    finish(first)
    assert retaining.start_nightly_run(slot=night) is None
    assert retaining.start_nightly_run(slot=night + timedelta(days=1)) is not None


def test_task_works_a_run_off(acme, globex, owner, monkeypatch):
    with acting_in(acme):
        old()
        run = retaining.start_run(by=owner)
    with acting_in(globex):
        old()

    run_retention(acme.pk, run.pk)

    with acting_in(acme):
        assert not Candidate.objects.exists()
    with acting_in(globex):
        assert Candidate.objects.count() == 1


@pytest.mark.parametrize("sweep", [sweep_retention, resume_retention])
def test_sweep_rings_for_unfinished_runs(acme, owner, monkeypatch, sweep):
    with acting_in(acme):
        run = retaining.start_run(by=owner)
    rung = []
    monkeypatch.setattr(run_retention, "delay", lambda *args: rung.append(args))

    sweep()

    assert rung == [(acme.pk, run.pk)]


def test_command_reports(acme):
    with acting_in(acme):
        old()
    out = StringIO()

    call_command("run_retention", organization="acme", dry_run=True, stdout=out)
    call_command("run_retention", organization="acme", stdout=out)

    report = out.getvalue()
    assert "Acme: 1 candidates would go (no contact for 730 days" in report
    assert "Acme: 1 candidates erased" in report
    assert "seal" in report
    with acting_in(acme):
        assert not Candidate.objects.exists()


def test_command_reports_no_run_that_a_worker_has_not_ended(acme, monkeypatch):
    """A worker may hold the run just now: the report waits until it is over, whoever ends it."""
    with acting_in(acme):
        old()
    run_batch, turns = retaining.run_batch, []

    def held_at_first(run_id):
        turns.append(run_id)
        return False if len(turns) == 1 else run_batch(run_id)

    monkeypatch.setattr(retaining, "run_batch", held_at_first)
    out = StringIO()

    call_command("run_retention", organization="acme", stdout=out)

    assert "Acme: 1 candidates erased" in out.getvalue()


def test_command_refuses_an_unknown_organization(db):
    with pytest.raises(CommandError, match="no organization “nowhere”"):
        call_command("run_retention", organization="nowhere")


def test_the_night_waits_for_a_run_that_is_going_on_and_is_recorded(in_acme):
    RetentionPolicy.objects.create(is_enabled=True, keep_days=365)
    manual = retaining.start_run(by=None)

    assert retaining.start_nightly_run(slot=date(2026, 11, 21)) is None

    finish(manual)
    night = retaining.start_nightly_run(slot=date(2026, 11, 21))
    assert night is not None
    recorded = AuditEntry.objects.filter(action="retention.started").values_list(
        "object_id", flat=True
    )
    assert set(recorded) == {manual.pk, night.pk}

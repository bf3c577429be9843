"""Who comes into a pool or a stage, or has something happen to them, joins; who was in it or had it before does not.

Who leaves a pool or a stage is taken off where that is wished.
"""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import AutoEnrollment, Enrollment, Sequence
from campaigns.services import auto_enrolling, enrolling
from candidates.models import EmailAddress
from candidates.services.candidates import edit_candidate
from candidates.services.pools import add_to_pool, remove_from_pool
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Interview, Referral, ReferralLink
from pipelines.services import candidacies, jobs, referring
from pipelines.services.interviews.wording import booking_url
from tests.campaigns.conftest import Killed
from tests.factories import TalentPoolFactory
from tests.pages import text_of
from tests.pipelines.talks import NOW, TUESDAY_TEN, arrange, offer
from tests.pipelines.test_referrals import FORM as REFERRAL

pytestmark = pytest.mark.django_db

Event = AutoEnrollment.Event


@pytest.fixture
def pool(outreach):
    with acting_in(outreach.organization):
        return TalentPoolFactory(name="Silver medalists")


def add_rule(outreach, **of):
    return outreach.inside(auto_enrolling.add_rule, outreach.sequence, by=outreach.user, **of)


def put_in(outreach, pool, *candidates) -> None:
    outreach.inside(add_to_pool, pool, [one.pk for one in candidates], by=None)


def test_the_page_of_the_sequence_says_who_joins(outreach, pool, client, owner):
    add_rule(outreach, event=Event.REFERRED)
    add_rule(outreach, pool=pool)

    client.force_login(owner)
    page = text_of(client.get(f"/acme/sequences/{outreach.sequence.pk}/"))

    for rule in outreach.inside(lambda: list(map(str, AutoEnrollment.objects.all()))):
        assert f"Whoever {rule}" in page


def test_who_comes_in_joins_once_and_who_was_there_does_not(outreach, pool):
    early, late = outreach.candidate(), outreach.candidate("ben@example.com")
    put_in(outreach, pool, early)
    add_rule(outreach, pool=pool)
    put_in(outreach, pool, late)

    assert auto_enrolling.auto_enroll_everywhere().enrolled == 1
    assert auto_enrolling.auto_enroll_everywhere().enrolled == 0

    assert outreach.enrollment(late).auto_id is not None
    with acting_in(outreach.organization):
        assert not Enrollment.objects.filter(candidate=early).exists()


@pytest.mark.parametrize("ends", [True, False])
def test_who_leaves_is_taken_off_where_the_rule_says_so(outreach, pool, ends):
    amara = outreach.candidate()
    add_rule(outreach, pool=pool, ends_on_leaving=ends)
    put_in(outreach, pool, amara)
    auto_enrolling.auto_enroll_everywhere()

    outreach.inside(remove_from_pool, pool, [amara.pk], by=None)
    auto_enrolling.auto_enroll_everywhere()

    state = Enrollment.State.STOPPED if ends else Enrollment.State.ACTIVE
    assert outreach.enrollment(amara).state == state


def test_who_was_put_on_by_hand_stays_when_they_leave_the_pool(outreach, pool):
    amara = outreach.candidate()
    outreach.enroll(amara)
    add_rule(outreach, pool=pool, ends_on_leaving=True)
    put_in(outreach, pool, amara)

    report = auto_enrolling.auto_enroll_everywhere()

    assert (report.enrolled, report.ended) == (0, 0)


def test_a_sequence_that_does_not_run_takes_nobody(outreach, pool):
    add_rule(outreach, pool=pool)
    outreach.inside(type(outreach.sequence).objects.update, state="paused")
    put_in(outreach, pool, outreach.candidate())

    assert auto_enrolling.auto_enroll_everywhere().enrolled == 0


def test_a_rule_that_is_made_again_is_changed(outreach, pool):
    first = add_rule(outreach, pool=pool)

    second = add_rule(outreach, pool=pool, ends_on_leaving=True)

    assert (second.pk, second.since, second.ends_on_leaving) == (first.pk, first.since, True)


@pytest.fixture
def job(outreach):
    with acting_in(outreach.organization):
        return jobs.create_job(by=outreach.user, title="Engineer", owner=outreach.user)


def apply_for(outreach, job, candidate) -> None:
    outreach.inside(
        candidacies.add_to_job,
        job,
        [candidate.pk],
        by=None,
        origin=Candidacy.Origin.APPLIED,
    )


def test_who_is_put_on_a_job_as_one_who_applied_joins_by_themselves(
    as_user, recruiter, outreach, job
):
    add_rule(outreach, event="applied")
    amara = outreach.candidate()

    as_user(recruiter).post(
        f"/acme/jobs/consider/{amara.pk}/", {"job": job.pk, "origin": "applied"}
    )
    outreach.inside(auto_enrolling.follow_rules)

    assert outreach.enrollment(amara).auto_id is not None


def refer(outreach, job, candidate) -> None:
    """As with the form that colleagues send."""
    with acting_in(outreach.organization):
        link = ReferralLink.objects.create(name="Intranet")
        email = candidate.emails.get().address
        referring.refer(
            link,
            referring.Referred(name=candidate.full_name, email=email),
            job=job,
            referrer_name="Kim",
            referrer_email="kim@acme.example",
            relation=Referral.Relation.WORKED_WITH,
            note="",
        )


def book(outreach, job, candidate) -> None:
    with acting_in(outreach.organization):
        candidacies.add_to_job(job, [candidate.pk], by=outreach.user)
        card = Candidacy.objects.select_related("candidate", "job", "stage").get(
            candidate=candidate
        )
        # Nobody has two at once.
        day = timezone.now() + timedelta(days=3 + Interview.objects.count())
        arrange(card, outreach.user, by=outreach.user, starts_at=day)


HAPPENINGS = {Event.APPLIED: apply_for, Event.REFERRED: refer, Event.BOOKED: book}


def test_every_event_has_its_rows_and_its_test():
    assert set(auto_enrolling.EVENTS) == set(auto_enrolling.JOBS) == set(HAPPENINGS) == set(Event)


@pytest.mark.parametrize("event", Event)
def test_to_whom_it_happens_joins_once_and_whom_it_happened_to_does_not(event, outreach, job):
    early, late = outreach.candidate(), outreach.candidate("ben@example.com", full_name="Ben Li")
    HAPPENINGS[event](outreach, job, early)
    rule = add_rule(outreach, event=event)
    HAPPENINGS[event](outreach, job, late)

    assert auto_enrolling.auto_enroll_everywhere().enrolled == 1
    assert auto_enrolling.auto_enroll_everywhere().enrolled == 0

    assert outreach.enrollment(late).auto_id == rule.pk
    with acting_in(outreach.organization):
        assert not Enrollment.objects.filter(candidate=early).exists()
        added, joined = AuditEntry.objects.filter(
            action__in=["auto_enrollment.added", "sequence.enrolled"]
        ).order_by("pk")
    assert added.details["event"] == event
    assert (joined.details["enrolled"], joined.actor) == (1, outreach.user)


def test_who_is_referred_with_the_public_form_joins(outreach, job, client):
    add_rule(outreach, event=Event.REFERRED, job=job)
    with acting_in(outreach.organization):
        form = referring.open_link(name="Intranet", job=job, by=outreach.user)
        path = referring.form_url(form).removeprefix("http://testserver")

    client.post(path, REFERRAL)

    assert auto_enrolling.auto_enroll_everywhere().enrolled == 1
    with acting_in(outreach.organization):
        assert Enrollment.objects.get().candidate.full_name == REFERRAL["name"]


def test_who_chooses_a_time_on_the_public_page_joins(outreach, job, client):
    amara = outreach.candidate()
    with time_machine.travel(NOW, tick=False):
        add_rule(outreach, event=Event.BOOKED)
        with acting_in(outreach.organization):
            candidacies.add_to_job(job, [amara.pk], by=outreach.user)
            card = Candidacy.objects.select_related("candidate", "job", "stage").get()
            offer(outreach.user, last=TUESDAY_TEN.date())
            interview = arrange(card, outreach.user, by=outreach.user)
            path = booking_url(interview).removeprefix("http://testserver")
        assert auto_enrolling.auto_enroll_everywhere().enrolled == 0

        client.post(path, {"starts_at": TUESDAY_TEN.isoformat(), "zone": "UTC"})

        assert auto_enrolling.auto_enroll_everywhere().enrolled == 1
    assert outreach.enrollment(amara).state == Enrollment.State.ACTIVE


@pytest.mark.parametrize("event", Event)
def test_an_event_of_another_job_does_not_count(event, outreach, job):
    with acting_in(outreach.organization):
        other = jobs.create_job(by=outreach.user, title="Designer", owner=outreach.user)
    add_rule(outreach, event=event, job=other)
    amara, ben = outreach.candidate(), outreach.candidate("ben@example.com", full_name="Ben Li")
    HAPPENINGS[event](outreach, job, amara)
    HAPPENINGS[event](outreach, other, ben)

    assert auto_enrolling.auto_enroll_everywhere().enrolled == 1
    assert outreach.enrollment(ben).auto_id


@pytest.mark.parametrize(("entry", "joins"), [("once", 0), ("always", 1)])
def test_the_second_time_it_happens_the_sequence_decides(entry, joins, outreach, job):
    outreach.inside(Sequence.objects.update, entry=entry, quiet_days=0)
    amara = outreach.candidate()
    add_rule(outreach, event=Event.REFERRED)
    refer(outreach, job, amara)
    auto_enrolling.auto_enroll_everywhere()
    outreach.inside(enrolling.stop, outreach.enrollment(amara), Enrollment.StopReason.MANUAL)

    # The same event puts nobody on again, a new one may.
    assert auto_enrolling.auto_enroll_everywhere().enrolled == 0
    refer(outreach, job, amara)

    assert auto_enrolling.auto_enroll_everywhere().enrolled == joins


def test_a_sweep_that_is_killed_is_made_up_for(outreach, job, monkeypatch):
    add_rule(outreach, event=Event.APPLIED)
    amara = outreach.candidate()
    apply_for(outreach, job, amara)

    def die(*args, **more):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(enrolling, "record", die)
        auto_enrolling.auto_enroll_everywhere()
    with acting_in(outreach.organization):
        assert not Enrollment.objects.exists()

    assert auto_enrolling.auto_enroll_everywhere().enrolled == 1


def test_people_who_may_not_join_do_not_stand_in_the_way_of_others(outreach, pool, monkeypatch):
    monkeypatch.setattr(auto_enrolling, "BATCH", 2)
    add_rule(outreach, pool=pool)
    without = [outreach.candidate(f"p{number}@example.com") for number in range(3)]
    outreach.inside(lambda: EmailAddress.objects.all().delete())
    put_in(outreach, pool, *without)
    put_in(outreach, pool, outreach.candidate())

    assert auto_enrolling.auto_enroll_everywhere().enrolled == 1


def test_who_may_not_join_is_asked_about_now_and_then_and_joins_once_it_is_possible(
    outreach, pool, monkeypatch
):
    asked, check = [], enrolling.check_candidates

    def note(sequence, people, **more):
        asked.append(list(people))
        return check(sequence, people, **more)

    monkeypatch.setattr(enrolling, "check_candidates", note)
    with time_machine.travel(NOW, tick=False) as clock:
        add_rule(outreach, pool=pool)
        amara = outreach.candidate()
        outreach.inside(lambda: EmailAddress.objects.all().delete())
        put_in(outreach, pool, amara)
        for _ in range(3):
            clock.shift(timedelta(minutes=6))
            auto_enrolling.auto_enroll_everywhere()
        assert asked == [[amara.pk], [], [amara.pk]]
        with acting_in(outreach.organization):
            edit_candidate(amara, by=outreach.user, emails=["amara@example.com"])
        ben = outreach.candidate("ben@example.com", full_name="Ben Li")
        put_in(outreach, pool, ben)
        assert auto_enrolling.auto_enroll_everywhere().enrolled == 1
        clock.shift(timedelta(minutes=11))
        assert auto_enrolling.auto_enroll_everywhere().enrolled == 1

    assert outreach.enrollment(amara).auto_id == outreach.enrollment(ben).auto_id


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({}, "Choose a pool, a stage or an event: one of them."),
        ({"event": "applied", "pool": True}, "Choose a pool, a stage or an event: one of them."),
        ({"pool": True, "job": True}, "A job belongs to an event."),
        ({"event": "applied", "ends_on_leaving": "on"}, "nobody can leave it."),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(chosen, sentence, as_user, outreach, pool, job):
    choice = {"pool": pool.pk, "job": job.pk}
    data = {name: choice.get(name, value) for name, value in chosen.items()}

    response = as_user(outreach.user).post(
        f"/acme/sequences/{outreach.sequence.pk}/auto/add/", data
    )

    assert response.status_code == 422
    assert sentence in text_of(response)
    assert not outreach.inside(AutoEnrollment.objects.exists)


def test_the_page_makes_a_rule_of_an_event_and_takes_it_away(as_user, outreach, job):
    client, page = as_user(outreach.user), f"/acme/sequences/{outreach.sequence.pk}"

    response = client.post(f"{page}/auto/add/", {"event": "applied", "job": job.pk}, follow=True)

    assert "From now on, whoever applies for a job: Engineer joins by themselves." in text_of(
        response
    )
    rule = outreach.inside(AutoEnrollment.objects.get)
    assert (rule.event, rule.job_id) == ("applied", job.pk)
    assert "Whoever applies for a job: Engineer" in text_of(client.get(f"{page}/edit/"))
    client.post(f"/acme/sequences/auto/{rule.pk}/remove/")
    assert not outreach.inside(AutoEnrollment.objects.exists)

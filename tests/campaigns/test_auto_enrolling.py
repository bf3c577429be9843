"""Who comes into a pool or a stage joins; who was in it does not; who leaves is taken off where that is wished."""

import pytest

from campaigns.models import Enrollment
from campaigns.services import auto_enrolling
from candidates.services.pools import add_to_pool, remove_from_pool
from crm.tenancy.scope import acting_in
from tests.factories import TalentPoolFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def pool(outreach):
    with acting_in(outreach.organization):
        return TalentPoolFactory(name="Silver medalists")


def add_rule(outreach, **of):
    return outreach.inside(auto_enrolling.add_rule, outreach.sequence, by=outreach.user, **of)


def put_in(outreach, pool, *candidates) -> None:
    outreach.inside(add_to_pool, pool, [one.pk for one in candidates], by=None)


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

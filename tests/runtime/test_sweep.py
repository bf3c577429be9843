"""Whatever beat does can be done by hand."""

from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from candidates.models import Candidate
from crm.privacy.models import PurgeRun, RetentionPolicy
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("name", sorted(settings.CELERY_BEAT_SCHEDULE))
def test_every_sweep_runs_by_hand_and_twice(name):
    out = StringIO()

    call_command("sweep", name, stdout=out)
    call_command("sweep", name, stdout=out)

    assert out.getvalue().count(f"{name}: done in") == 2


def test_sweep_does_the_work_of_the_night(acme):
    with acting_in(acme):
        RetentionPolicy.objects.create(is_enabled=True, keep_days=30)
        CandidateFactory()
        Candidate.objects.update(created_at=timezone.now() - timedelta(days=31))

    out = StringIO()
    call_command("sweep", "sweep_retention", stdout=out)
    call_command("sweep", "sweep_retention", "forget_old_tries", stdout=out)

    first, second, third = out.getvalue().splitlines()
    assert f"added 1 {PurgeRun._meta.verbose_name_plural}" in first
    assert "handed to the workers: 1 run_retention" in first
    assert "added" not in second
    assert third.endswith(": nothing was due")
    with acting_in(acme):
        assert PurgeRun.objects.filter(trigger=PurgeRun.Trigger.NIGHTLY).count() == 1


def test_sweeps_are_listed():
    out = StringIO()
    call_command("sweep", list=True, stdout=out)
    assert [line.split()[0] for line in out.getvalue().splitlines()] == list(
        settings.CELERY_BEAT_SCHEDULE
    )


def test_unknown_sweep_is_refused_with_the_known_ones():
    with pytest.raises(CommandError) as refused:
        call_command("sweep", "dust")
    known = ", ".join(sorted(settings.CELERY_BEAT_SCHEDULE))
    assert str(refused.value) == f"There is no sweep “dust”. There are: {known}."

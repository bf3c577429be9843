"""T28, T30: real workers are killed again and again while hundreds of mails go out. No mail twice, none lost.

`make soak` sends 10,000 and kills 50 times.
"""

import os
import signal
import subprocess
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache

from campaigns.models import Enrollment, Message, Sender
from campaigns.services import enrolling, reconciling
from campaigns.tasks import dispatch_due
from candidates.models import Candidate, EmailAddress
from crm.celery import app
from crm.tenancy.scope import acting_in
from tests.workers import children_of, kill, start_worker

pytestmark = pytest.mark.django_db(transaction=True)

SOAK = bool(os.environ.get("SOAK"))
MAILS, KILLS = (10_000, 50) if SOAK else (300, 5)
FEW, FEW_KILLS = (2_000, 20) if SOAK else (120, 4)
CONCURRENCY = 2
# On a machine that does nothing else it takes half a minute.
DEADLINE = 7200 if SOAK else 300
# A deployment waits so long for a worker that was asked to end.
GRACE = 60


@pytest.fixture
def campaign(outreach, tmp_path):
    app.control.purge()
    cache.clear()
    running = Campaign(outreach, tmp_path)
    yield running
    running.end()


class Campaign:
    """A worker that sends through a provider which outlives it."""

    def __init__(self, outreach, folder: Path) -> None:
        self.outreach = outreach
        self.accepted, self.log = folder / "accepted", folder / "worker.log"
        self.deadline = time.monotonic() + DEADLINE
        self.worker: subprocess.Popen | None = None

    def start(self) -> None:
        self.worker = start_worker(
            self.log,
            concurrency=CONCURRENCY,
            EMAIL_BACKEND="tests.campaigns.file_provider.Backend",
            ACCEPTED_FILE=str(self.accepted),
        )

    def end(self) -> None:
        if self.worker and self.worker.poll() is None:
            kill(self.worker)

    def lines(self) -> list[str]:
        return self.accepted.read_text().splitlines() if self.accepted.exists() else []

    def go_on(self) -> None:
        """What beat does, with less patience."""
        assert time.monotonic() < self.deadline, self.log.read_text()[-3000:]
        dispatch_due.delay()
        reconciling.reconcile_sending(lease=timedelta(seconds=3))
        time.sleep(0.5)

    def is_settled(self) -> bool:
        with acting_in(self.outreach.organization):
            open_mail = Message.objects.filter(
                state__in=(Message.State.QUEUED, Message.State.SENDING)
            )
            waiting = Enrollment.objects.filter(state=Enrollment.State.ACTIVE)
            return not open_mail.exists() and not waiting.exists()

    def put_on_sequence(self, count: int) -> None:
        with acting_in(self.outreach.organization):
            Sender.objects.update(daily_cap=2 * count)
            people = Candidate.objects.bulk_create(
                Candidate(full_name=f"Person {number}") for number in range(count)
            )
            EmailAddress.objects.bulk_create(
                EmailAddress(
                    candidate=person,
                    address=f"person{number}@example.com",
                    normalized=f"person{number}@example.com",
                    is_primary=True,
                )
                for number, person in enumerate(people)
            )
            ids = [person.pk for person in people]
            result = enrolling.enroll(self.outreach.sequence, ids, by=self.outreach.user)
        assert result.enrolled == count

    def assert_once_each(self, count: int, *, doubtful: int) -> None:
        """Each mail is there once, sent or listed as doubtful with a reason, of which there are at most so many."""
        lines = self.lines()
        assert [line for line, times in Counter(lines).items() if times > 1] == []
        messages = self.outreach.messages()
        with acting_in(self.outreach.organization):
            assert Enrollment.objects.filter(state=Enrollment.State.FINISHED).count() == count
        states = Counter(message.state for message in messages)
        assert states.keys() <= {Message.State.SENT, Message.State.AMBIGUOUS}
        assert states.total() == count
        assert states[Message.State.AMBIGUOUS] <= doubtful
        delivered = {line.split()[0] for line in lines}
        for message in messages:
            if message.state == Message.State.SENT:
                assert message.message_id in delivered
            else:
                assert message.problem
        assert delivered <= {message.message_id for message in messages}


def test_a_worker_killed_again_and_again_sends_no_mail_twice_and_loses_none(campaign):
    campaign.put_on_sequence(MAILS)
    # Kills fall where much is under way: after each sixth of the mails.
    kill_at = [MAILS * number // (KILLS + 1) for number in range(1, KILLS + 1)]
    campaign.start()
    while not campaign.is_settled():
        campaign.go_on()
        if kill_at and len(campaign.lines()) >= kill_at[0]:
            kill_at.pop(0)
            kill(campaign.worker)
            campaign.start()

    assert kill_at == []
    campaign.assert_once_each(MAILS, doubtful=KILLS * CONCURRENCY)


def test_single_processes_of_a_worker_are_killed_as_for_lack_of_memory(campaign):
    """The worker itself lives, and starts others in their place."""
    campaign.put_on_sequence(FEW)
    kill_at = [FEW * number // (FEW_KILLS + 1) for number in range(1, FEW_KILLS + 1)]
    campaign.start()
    while not campaign.is_settled():
        campaign.go_on()
        if kill_at and len(campaign.lines()) >= kill_at[0]:
            kill_at.pop(0)
            os.kill(children_of(campaign.worker)[-1], signal.SIGKILL)

    assert kill_at == []
    assert campaign.worker.poll() is None
    campaign.assert_once_each(FEW, doubtful=FEW_KILLS)


def test_a_worker_that_is_asked_to_end_leaves_nothing_in_doubt(campaign):
    """As when a new version is deployed: what it has begun it brings to its end."""
    campaign.put_on_sequence(FEW)
    for part in (1, 2, 3):
        campaign.start()
        while len(campaign.lines()) < FEW * part // 4:
            campaign.go_on()
        os.kill(campaign.worker.pid, signal.SIGTERM)
        campaign.worker.wait(GRACE)
        assert campaign.outreach.messages(state=Message.State.SENDING) == []
    campaign.start()
    while not campaign.is_settled():
        campaign.go_on()

    campaign.assert_once_each(FEW, doubtful=0)

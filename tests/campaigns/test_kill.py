"""T28: a real worker is killed again and again while hundreds of mails go out. No mail twice, none lost.

`make soak` sends 10,000 and kills 50 times.
"""

import os
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
from tests.workers import kill, start_worker

pytestmark = pytest.mark.django_db(transaction=True)

SOAK = bool(os.environ.get("SOAK"))
MAILS, KILLS = (10_000, 50) if SOAK else (300, 5)
CONCURRENCY = 2
# On a machine that does nothing else it takes half a minute.
DEADLINE = 7200 if SOAK else 300


def start(accepted: Path, log: Path) -> subprocess.Popen:
    return start_worker(
        log,
        concurrency=CONCURRENCY,
        EMAIL_BACKEND="tests.campaigns.file_provider.Backend",
        ACCEPTED_FILE=str(accepted),
    )


def lines_of(accepted: Path) -> list[str]:
    return accepted.read_text().splitlines() if accepted.exists() else []


def put_on_sequence(outreach) -> None:
    with acting_in(outreach.organization):
        Sender.objects.update(daily_cap=2 * MAILS)
        people = Candidate.objects.bulk_create(
            Candidate(full_name=f"Person {number}") for number in range(MAILS)
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
        result = enrolling.enroll(
            outreach.sequence, [person.pk for person in people], by=outreach.user
        )
    assert result.enrolled == MAILS


def test_a_worker_killed_again_and_again_sends_no_mail_twice_and_loses_none(outreach, tmp_path):
    accepted, log = tmp_path / "accepted", tmp_path / "worker.log"
    app.control.purge()
    cache.clear()
    put_on_sequence(outreach)
    # Kills fall where much is under way: after each sixth of the mails.
    kill_at = [MAILS * number // (KILLS + 1) for number in range(1, KILLS + 1)]
    deadline = time.monotonic() + DEADLINE
    worker = start(accepted, log)
    try:
        while _unsettled(outreach):
            assert time.monotonic() < deadline, log.read_text()[-3000:]
            # What beat does, with less patience.
            dispatch_due.delay()
            reconciling.reconcile_sending(lease=timedelta(seconds=3))
            time.sleep(0.5)
            if kill_at and len(lines_of(accepted)) >= kill_at[0]:
                kill_at.pop(0)
                kill(worker)
                worker = start(accepted, log)
    finally:
        kill(worker)

    assert kill_at == []
    lines = lines_of(accepted)
    assert [line for line, count in Counter(lines).items() if count > 1] == []
    with acting_in(outreach.organization):
        messages = list(Message.objects.all())
        assert Enrollment.objects.filter(state=Enrollment.State.FINISHED).count() == MAILS
    states = Counter(message.state for message in messages)
    assert states.keys() <= {Message.State.SENT, Message.State.AMBIGUOUS}
    assert states.total() == MAILS
    assert states[Message.State.AMBIGUOUS] <= KILLS * CONCURRENCY
    delivered = {line.split()[0] for line in lines}
    for message in messages:
        if message.state == Message.State.SENT:
            assert message.message_id in delivered
        else:
            assert message.problem
    assert delivered <= {message.message_id for message in messages}


def _unsettled(outreach) -> bool:
    with acting_in(outreach.organization):
        queued = Message.objects.filter(
            state__in=(Message.State.QUEUED, Message.State.SENDING)
        ).exists()
        return queued or Enrollment.objects.filter(state=Enrollment.State.ACTIVE).exists()

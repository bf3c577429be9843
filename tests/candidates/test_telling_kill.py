"""A real worker is killed while it tells of new matches, and while it mails that: nobody is told twice, nobody is forgotten."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import timezone

from candidates.models import Candidate, Notification, SavedSearch
from candidates.queries.search import PeopleQuery, Searcher, parse, prepare
from candidates.services.saved_searches import save_search
from candidates.services.searching import refresh_search_text
from candidates.tasks import mail_notifications, tell_of_matches
from crm.celery import app
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from tests.factories import MembershipFactory
from tests.workers import kill, start_worker

pytestmark = pytest.mark.django_db(transaction=True)

MEMBERS, PEOPLE = 60, 200
KILL_AT = (5, 20, 40)
DEADLINE = 300


@pytest.fixture
def watching(acme) -> list[Membership]:
    """Members who saved a search each, whose day has come; then new people match all of them."""
    app.control.purge()
    cache.clear()
    members = MembershipFactory.create_batch(MEMBERS, organization=acme, role="recruiter")
    with acting_in(acme):
        for member in members:
            searcher = Searcher(member)
            asked = prepare(PeopleQuery(parse("title:nurse", searcher=searcher)), searcher=searcher)
            save_search(asked, by=member.user, name="Nurses", is_shared=True, alert="daily")
        SavedSearch.objects.update(told_at=timezone.now() - timedelta(days=2))
        Candidate.objects.bulk_create(
            Candidate(full_name=f"Person {number}", headline="Nurse") for number in range(PEOPLE)
        )
        refresh_search_text(Candidate.objects.values_list("pk", flat=True))
    return members


def work_through_kills(
    ring: Callable[[], object], done: Callable[[], int], log: Path, **environment: str
) -> list[int]:
    """Let workers work until `done` is all, killing one at each of KILL_AT; how far it was after each of them."""
    deadline = time.monotonic() + DEADLINE
    progress = []
    for wanted in (*KILL_AT, MEMBERS):
        worker = start_worker(log, concurrency=1, **environment)
        try:
            ring()
            while done() < wanted:
                assert time.monotonic() < deadline, log.read_text()[-3000:]
                time.sleep(0.005)
        finally:
            kill(worker)
        progress.append(done())
    # At least once it died on the way.
    assert 0 < progress[0] < MEMBERS
    return progress


def test_nobody_is_told_twice_or_forgotten_by_workers_that_die(acme, watching, tmp_path):
    def told() -> int:
        with acting_in(acme):
            return Notification.objects.count()

    def settled() -> int:
        with acting_in(acme):
            return Notification.objects.filter(mail_due_at=None).count()

    users = {member.user_id for member in watching}
    work_through_kills(tell_of_matches.delay, told, tmp_path / "telling.log")
    with acting_in(acme):
        lines = Notification.objects.values_list("user", "text")
        assert Counter(lines) == Counter(
            (pk, f"{PEOPLE} new people match “Nurses”") for pk in users
        )
        Notification.objects.update(mail_due_at=timezone.now(), mailed_at=None)

    accepted = tmp_path / "accepted"
    work_through_kills(
        mail_notifications.delay,
        settled,
        tmp_path / "mailing.log",
        EMAIL_BACKEND="tests.campaigns.file_provider.Backend",
        ACCEPTED_FILE=str(accepted),
    )
    mailed = Counter(line.split()[-1] for line in accepted.read_text().splitlines())
    assert set(mailed.values()) == {1}
    assert mailed.keys() <= {member.user.email for member in watching}
    # Of a mail in the hands of a worker that died nobody knows: it is not sent again, and the line stands in the app.
    assert len(mailed) >= MEMBERS - len(KILL_AT) - 1
    with acting_in(acme):
        assert Notification.objects.filter(mailed_at=None).count() == 0
        assert set(Notification.objects.values_list("user", flat=True)) == users

"""The demo data: made by the services, in all states, with a past."""

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import phonenumbers
import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from campaigns.models import Enrollment, Message, Sequence
from candidates.models import (
    Candidate,
    DuplicatePair,
    Import,
    Notification,
    RejectionReason,
    TalentPool,
    Task,
    Touchpoint,
)
from candidates.services.duplicates import refreshing
from candidates.services.duplicates.scoring import CERTAIN, LIKELY
from crm.accounts.models import User
from crm.privacy.queries import expired_candidates
from crm.privacy.services import retaining
from crm.runtime.demo.people import invent_people
from crm.runtime.models import MailboxMessage
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from pipelines.models import (
    Candidacy,
    Interview,
    Job,
    Referral,
    Review,
    Scorecard,
    Stage,
    StageRule,
)

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def counting_statements():
    """Counts what is asked of the database; `connection.queries` forgets all but the last 9,000."""
    counted = Counter()

    def count(execute, sql, params, many, context):
        counted[sql[:20]] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield counted


def test_seed_tells_a_story_with_a_past(settings):
    # Django replaces the mail backend in tests.
    settings.EMAIL_BACKEND = "crm.runtime.mailbox.MailboxBackend"
    out = StringIO()

    with counting_statements() as statements:
        call_command("seed", password="believable-password", people=240, stdout=out)

    # The first start waits for it: 600 people one by one would take more than its 20 seconds.
    assert statements.total() < 12_000
    assert "recruiter@acme.example" in out.getvalue()
    assert User.objects.get(email="recruiter@acme.example").check_password("believable-password")
    month_ago = timezone.now() - timedelta(days=30)
    with acting_in(Organization.objects.get(slug="acme")):
        # One of them was recommended by a colleague, four stand there twice.
        assert Candidate.objects.count() == 185
        while refreshing.compare_batch():
            pass
        confidences = sorted(DuplicatePair.objects.values_list("confidence", flat=True))
        assert confidences[0] < LIKELY
        assert len(confidences) == 4
        assert confidences[1] >= CERTAIN
        assert Candidate.objects.filter(created_at__lt=month_ago).count() > 100
        # Most came in lists, which can be looked at and say so.
        lists = Import.objects.all()
        assert {row.state for row in lists} == {Import.State.DONE}
        assert {sum(row.counts.values()) for row in lists} == {
            row.counts["create"] for row in lists
        }
        assert sum(row.row_count for row in lists) == 162
        assert lists.filter(created_at__lt=month_ago).exists()
        assert not Notification.objects.filter(kind="import", read_at=None).exists()
        assert set(Sequence.objects.values_list("state", flat=True)) == set(Sequence.State)
        assert Enrollment.objects.filter(stop_reason=Enrollment.StopReason.REPLIED).exists()
        assert Enrollment.objects.filter(state=Enrollment.State.ACTIVE).exists()
        assert Message.objects.filter(state=Message.State.SENT).count() > 15
        assert Job.objects.count() == 3
        (smart,) = TalentPool.objects.filter(query__isnull=False)
        assert smart.memberships.count() > 10
        assert smart.filled_at
        assert Candidacy.objects.exclude(closed_at=None).exists()
        # The lists that every organization begins with are there, and sources stand in them once.
        assert "Withdrew" in RejectionReason.objects.values_list("name", flat=True)
        used = {row.source.name for row in lists.select_related("source")}
        assert used == {"LinkedIn", "Event", "Careers page", "Referral"}
        assert Task.objects.filter(done_at=None).exists()
        wanted = Job.objects.get(title="Staff Backend Engineer").job_skills
        assert set(wanted.values_list("skill__name", "need")) == {
            ("Go", "must"),
            ("PostgreSQL", "must"),
            ("Kubernetes", "nice"),
        }
        assert StageRule.objects.get().stage.kind == Stage.Kind.OFFER
        judged = Scorecard.objects.filter(submitted_at__lt=timezone.now() - timedelta(days=1))
        assert judged.count() == Scorecard.objects.count() > 2
        assert sorted(Interview.objects.values_list("state", "mail_problem")) == [
            ("booked", ""),
            ("offered", ""),
        ]
        assert Interview.objects.get(state="booked").starts_at > timezone.now()
        assert Review.objects.get().answer == Review.Answer.YES
        referred = Referral.objects.get().candidate
        assert referred.candidacies.get().origin == Candidacy.Origin.REFERRED
        assert expired_candidates(cutoff_at=retaining.cutoff(730)).exists()
        # What happened after somebody was added stands after it on the timeline.
        assert not Touchpoint.objects.filter(at__gt=timezone.now()).exists()
        mistimed = [
            person.pk
            for person in Candidate.objects.prefetch_related("touchpoints")
            if any(
                touchpoint.at < person.created_at - timedelta(minutes=1)
                for touchpoint in person.touchpoints.all()
            )
        ]
        assert mistimed == []
    with acting_in(Organization.objects.get(slug="globex")):
        assert Candidate.objects.count() == 65
    assert MailboxMessage.objects.exists()


def test_seed_leaves_an_installation_alone(acme):
    out = StringIO()

    call_command("seed", password="believable-password", stdout=out)

    assert "nothing is added" in out.getvalue()
    assert Organization.objects.count() == 1


def test_invented_people_have_numbers_that_exist():
    numbers = [person.phone for person in invent_people(300, seed=3) if person.phone]

    assert len(numbers) > 100
    assert [
        one for one in numbers if not phonenumbers.is_valid_number(phonenumbers.parse(one))
    ] == []

"""A sequence that may send at any hour, people to put on it, and a provider that tests script."""

from collections.abc import Callable, Iterator
from datetime import time
from types import ModuleType

import pytest
from django.utils import timezone

from campaigns import faults
from campaigns.models import Enrollment, Message, Sender, Sequence, Step
from campaigns.services import delivering, dispatching, enrolling, explaining
from candidates.models import Candidate
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Job
from pipelines.services import jobs
from tests.campaigns import provider as fake_provider
from tests.campaigns.staging import put_on
from tests.factories import CandidateFactory

EVERY_DAY = list(range(7))


@pytest.fixture
def provider(settings) -> Iterator[ModuleType]:
    settings.EMAIL_BACKEND = "tests.campaigns.provider.Backend"
    fake_provider.reset()
    yield fake_provider
    fake_provider.reset()


@pytest.fixture
def outreach(acme: Organization, owner) -> "Outreach":
    return Outreach(acme, owner)


class Killed(BaseException):
    """What `kill -9` looks like from inside: nothing after it runs, nothing is committed."""


@pytest.fixture
def amara(outreach, provider) -> Candidate:
    outreach.add_second()
    return outreach.candidate()


@pytest.fixture
def job(outreach) -> Job:
    return outreach.inside(jobs.create_job, by=outreach.user, title="Engineer", owner=outreach.user)


@pytest.fixture
def card(outreach, job, amara) -> Candidacy:
    return put_on(outreach, job, amara)


@pytest.fixture
def die_at(monkeypatch):
    def arm(point: str) -> None:
        def reach(reached: str) -> None:
            if reached == point:
                monkeypatch.setattr(faults, "reach", lambda _: None)
                raise Killed(point)

        monkeypatch.setattr(faults, "reach", reach)

    return arm


class Outreach:
    """Acme's sequence of two mails and a task, and short ways through its days."""

    def __init__(self, organization: Organization, user, **sender) -> None:
        self.organization, self.user = organization, user
        organization.postal_address = "1 Main Street, Springfield"
        organization.save()
        with acting_in(organization):
            self.sender = Sender.objects.create(
                name="Robin Reyes",
                address=f"robin@{organization.slug}.example",
                **{
                    "daily_cap": 1000,
                    "window_days": EVERY_DAY,
                    "window_start": time(0),
                    "window_end": time(0),
                    **sender,
                },
            )
            self.sequence = Sequence.objects.create(
                name="Welcome", sender=self.sender, owner=user, state=Sequence.State.ACTIVE
            )
            self.first = self.add_step(
                subject="A role for {{ first_name | you }}",
                body="Hi {{ first_name }},\n\nshall we talk?",
            )

    def add_step(self, **values) -> Step:
        self.sequence.refresh_from_db()
        position = self.sequence.current_steps().count() + 1
        return Step.objects.create(
            sequence=self.sequence, version=self.sequence.version, position=position, **values
        )

    def add_second(self, **values) -> Step:
        with acting_in(self.organization):
            return self.add_step(
                **{"wait_business_days": 3, "body": "Did you see my mail?", **values}
            )

    def candidate(self, address: str = "amara@example.com", **values) -> Candidate:
        with acting_in(self.organization):
            return CandidateFactory(**{"full_name": "Amara Okafor", "emails": [address], **values})

    def people(self, count: int) -> list[Candidate]:
        return [
            self.candidate(f"p{number}@example.com", full_name=f"Person {number}")
            for number in range(count)
        ]

    def enroll(self, *candidates: Candidate) -> enrolling.EnrollResult:
        with acting_in(self.organization):
            return enrolling.enroll(
                self.sequence, [candidate.pk for candidate in candidates], by=self.user
            )

    def enrollment(self, candidate: Candidate) -> Enrollment:
        with acting_in(self.organization):
            return Enrollment.objects.select_related("sequence", "candidate", "next_step").get(
                candidate=candidate
            )

    def queue(self, *candidates: Candidate, started: bool = False) -> list[Message]:
        """Enroll and dispatch: one queued mail each; `started`: as follow-ups, which no gate keeps back."""
        self.enroll(*candidates)
        if started:
            with acting_in(self.organization):
                Enrollment.objects.filter(started_at=None).update(started_at=timezone.now())
        dispatching.dispatch(self.organization)
        return self.messages()

    def send(self, candidate: Candidate) -> Message:
        """Enroll, dispatch, deliver: one sent mail."""
        (*_, message) = self.queue(candidate)
        delivering.deliver_due(self.organization)
        return self.reload(message)

    def messages(self, **filters) -> list[Message]:
        with acting_in(self.organization):
            return list(
                Message.objects.filter(**filters).select_related("enrollment").order_by("pk")
            )

    def reload(self, message: Message) -> Message:
        with acting_in(self.organization):
            return Message.objects.select_related(
                "enrollment__sequence", "candidate", "sender"
            ).get(pk=message.pk)

    def waits_for(self, message: Message) -> str:
        """What the pages say that it waits for."""
        with acting_in(self.organization):
            return explaining.why_queued([self.reload(message)])[message.pk]

    def inside(self, act: Callable, *args, **kwargs):
        with acting_in(self.organization):
            return act(*args, **kwargs)

"""An organization with something to count, of every kind, with exceptions of every kind."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Enrollment, Message, MessageEvent, Sender, Sequence, Step
from candidates.models import Candidate, EmailAddress, PoolMembership, Suppression, TalentPool
from candidates.services.suppressing import suppress
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Job
from pipelines.services import candidacies, jobs
from tests.factories import CandidateFactory


def people(prefix: str, number: int, **fields) -> list[Candidate]:
    return [
        CandidateFactory(
            full_name=f"{prefix} {index}", emails=[f"{prefix}{index}@example.com".lower()], **fields
        )
        for index in range(number)
    ]


@pytest.fixture
def job(acme, recruiter) -> Job:
    """Ten on the board: 3 sourced, 2 replied, 1 skipped to the offer, 1 hired, 2 rejected; 1 came long ago."""
    with acting_in(acme):
        job = jobs.create_job(by=recruiter, title="Staff Engineer")
        candidacies.add_to_job(job, [one.pk for one in people("Job", 10)], by=recruiter)
        stages = {stage.name: stage for stage in job.pipeline.stages.all()}
        cards = list(job.candidacies.select_related("candidate").order_by("candidate_id"))
        paths = [
            *([], [], [], ["Replied"], ["Contacted", "Replied"], ["Offer"]),
            ["Replied", "Phone screen", "Onsite", "Offer", "Hired"],
            *(["Rejected"], ["Phone screen", "Rejected"], ["Onsite"]),
        ]
        for card, path in zip(cards, paths, strict=True):
            for name in path:
                candidacies.move_card(card, to=stages[name], by=recruiter)
        long_ago = timezone.now() - timedelta(days=200)
        Candidacy.objects.filter(pk=cards[-1].pk).update(created_at=long_ago)
        return job


@pytest.fixture
def sequence(acme, recruiter) -> Sequence:
    """Eleven enrolled: one for each fate of a mail, and one who answered another sequence."""
    with acting_in(acme):
        sender = Sender.objects.create(name="Rita", address="rita@acme.example")
        sequence = Sequence.objects.create(
            name="Backend in Lisbon", sender=sender, state=Sequence.State.ACTIVE
        )
        step = Step.objects.create(sequence=sequence, position=1, subject="Hello", body="Hello")
        fates = [
            *("waiting", "sent", "ambiguous", "refused", "bounced", "confirmed"),
            *("replied", "automatic", "unsubscribed", "replied elsewhere", "wrote"),
        ]
        for person, fate in zip(people("Mail", len(fates)), fates, strict=True):
            _write(sequence, step, person, fate)
        return sequence


def _write(sequence: Sequence, step: Step, person: Candidate, fate: str) -> None:
    state = {
        "waiting": Message.State.QUEUED,
        "ambiguous": Message.State.AMBIGUOUS,
        "confirmed": Message.State.AMBIGUOUS,
        "refused": Message.State.FAILED,
    }.get(fate, Message.State.SENT)
    ended = {
        "replied": Enrollment.StopReason.REPLIED,
        "replied elsewhere": Enrollment.StopReason.REPLIED,
        "wrote": Enrollment.StopReason.REPLIED,
        "unsubscribed": Enrollment.StopReason.UNSUBSCRIBED,
    }.get(fate)
    enrollment = Enrollment.objects.create(
        sequence=sequence,
        candidate=person,
        state=Enrollment.State.STOPPED if ended else Enrollment.State.ACTIVE,
        stop_reason=ended or "",
    )
    sent = state in {Message.State.SENT, Message.State.AMBIGUOUS}
    mail = Message.objects.create(
        direction=Message.Direction.OUT,
        state=state,
        candidate=person,
        enrollment=enrollment,
        step=step,
        sender=sequence.sender,
        sent_at=timezone.now() if sent else None,
    )
    told = {
        "bounced": MessageEvent.Kind.BOUNCED,
        "confirmed": MessageEvent.Kind.DELIVERED,
        "unsubscribed": MessageEvent.Kind.UNSUBSCRIBED,
    }.get(fate)
    if told:
        MessageEvent.objects.create(message=mail, kind=told, event_id=f"{told}-{mail.pk}")
    if fate in {"replied", "automatic", "wrote"}:
        Message.objects.create(
            direction=Message.Direction.IN,
            state=Message.State.RECEIVED,
            candidate=person,
            enrollment=None if fate == "wrote" else enrollment,
            is_automatic=fate == "automatic",
        )


@pytest.fixture
def pool(acme) -> TalentPool:
    """Eight people, of whom three can be written to."""
    with acting_in(acme):
        pool = TalentPool.objects.create(name="Silver medalists")
        members = [*people("Pool", 7), CandidateFactory(full_name="Nowhere")]
        for person in members:
            PoolMembership.objects.create(pool=pool, candidate=person)
        Candidate.objects.filter(pk=members[0].pk).update(status=Candidate.Status.DO_NOT_CONTACT)
        Candidate.objects.filter(pk=members[1].pk).update(status=Candidate.Status.NOT_NOW)
        EmailAddress.objects.filter(candidate=members[2]).update(state=EmailAddress.State.BOUNCED)
        suppress("email", "pool3@example.com", reason=Suppression.Reason.UNSUBSCRIBED)
        EmailAddress.objects.create(
            candidate=members[4], address="second@example.com", normalized="second@example.com"
        )
        suppress("email", "second@example.com", reason=Suppression.Reason.BOUNCED)
        return pool

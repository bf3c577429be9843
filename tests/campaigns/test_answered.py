"""An answer counts the same in every list, number and comparison, and to the last mail of a sequence too."""

from datetime import timedelta

import pytest
from django.utils import timezone

from analytics.queries import Period, sequence_rows
from campaigns.models import Enrollment, Message, StepVariant
from campaigns.queries import count_sequences, count_steps, enrollments_of
from campaigns.services import receiving
from campaigns.services.comparing import compare_variants
from crm.tenancy.scope import acting_in

pytestmark = pytest.mark.django_db


def counted(outreach) -> list[int]:
    """How many answers each page tells of: sequences, steps, people, wordings, analytics."""
    with acting_in(outreach.organization):
        sequence, step = outreach.sequence, outreach.first
        (arms,) = [one.arms for one in compare_variants([step]).values()]
        (row,) = sequence_rows(Period("90"))
        return [
            count_sequences([sequence])[sequence.pk].replied,
            count_steps(sequence)[step.lineage].replied,
            enrollments_of(sequence, state="replied").count(),
            sum(arm.answered for arm in arms),
            row.numbers["replied"],
        ]


@pytest.fixture
def written(outreach, provider) -> Message:
    """The only mail of a sequence, which has gone to Amara."""
    outreach.inside(
        StepVariant.objects.create, step=outreach.first, letter="B", subject="Other", body="Hello"
    )
    message = outreach.send(outreach.candidate())
    assert outreach.inside(Enrollment.objects.get).state == Enrollment.State.FINISHED
    assert counted(outreach) == [0] * 5
    return message


def take_in(outreach, headers: list[str]) -> None:
    """Amara writes."""
    lines = ["From: Amara <amara@example.com>", f"To: {outreach.sender.address}", "Subject: Hello"]
    raw = "\r\n".join([*lines, *headers, "", "Yes, let us talk."]).encode()
    with acting_in(outreach.organization):
        assert receiving.receive_from_mailbox(outreach.organization, raw)


@pytest.mark.parametrize("names_it", [True, False])
def test_an_answer_to_the_last_mail_counts_everywhere(names_it, outreach, written):
    take_in(outreach, [f"In-Reply-To: {written.message_id}"] if names_it else [])

    assert counted(outreach) == [1] * 5


def test_an_automatic_answer_counts_nowhere(outreach, written):
    take_in(outreach, [f"In-Reply-To: {written.message_id}", "Auto-Submitted: auto-replied"])

    assert counted(outreach) == [0] * 5


def test_who_writes_after_somebody_else_wrote_to_them_answers_that(outreach, written):
    with acting_in(outreach.organization):
        Message.objects.create(
            direction="out",
            state="sent",
            candidate=written.candidate,
            sender=outreach.sender,
            handed_at=timezone.now(),
            sent_at=timezone.now(),
        )
    take_in(outreach, [])

    assert counted(outreach) == [0] * 5


def test_who_writes_long_after_the_end_answers_something_else(outreach, written):
    with acting_in(outreach.organization):
        Enrollment.objects.update(ended_at=timezone.now() - timedelta(days=91))
    take_in(outreach, [])

    assert counted(outreach) == [0] * 5

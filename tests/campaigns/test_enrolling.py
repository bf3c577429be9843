from datetime import UTC, datetime, time

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Enrollment, Message, Sender, Sequence
from campaigns.services import delivering, dispatching, enrolling, resuming
from candidates.models import Candidate, EmailAddress, Suppression, Touchpoint
from candidates.services import suppressing
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from tests.campaigns.conftest import Outreach

pytestmark = pytest.mark.django_db

SATURDAY = datetime(2026, 6, 6, 12, tzinfo=UTC)


def reasons(result: enrolling.EnrollResult) -> dict[int, str]:
    return dict(result.refused)


def test_enroll_puts_people_on_the_sequence(outreach):
    amara, ben = outreach.candidate(), outreach.candidate("ben@example.com")

    result = outreach.enroll(amara, ben, amara)

    assert (result.enrolled, result.refused) == (2, [])
    with acting_in(outreach.organization):
        enrollment = Enrollment.objects.get(candidate=amara)
        assert enrollment.next_step == outreach.first
        assert enrollment.enrolled_by == outreach.user
        entry = Touchpoint.objects.get(candidate=amara)
        assert entry.summary == "Put on the sequence “Welcome”"
        assert entry.link == f"sequences/{outreach.sequence.pk}/"
        audit = AuditEntry.objects.get(action="sequence.enrolled")
        assert audit.details == {"enrolled": 2, "refused": 0}


def test_the_first_step_waits_for_the_senders_window(acme, owner):
    office = Outreach(
        acme,
        owner,
        window_days=[0, 1, 2, 3, 4],
        window_start=time(9),
        window_end=time(18),
        time_zone="Europe/Berlin",
    )
    amara = office.candidate()

    with time_machine.travel(SATURDAY, tick=False):
        office.enroll(amara)

    # Monday, nine in Berlin.
    assert office.enrollment(amara).next_at == datetime(2026, 6, 8, 7, tzinfo=UTC)


def _suppress(reason: Suppression.Reason):
    def act(candidate: Candidate) -> None:
        suppressing.suppress("email", "amara@example.com", reason=reason)

    return act


def _status(status: Candidate.Status):
    def act(candidate: Candidate) -> None:
        Candidate.objects.filter(pk=candidate.pk).update(status=status)

    return act


def _bounced(candidate: Candidate) -> None:
    EmailAddress.objects.filter(candidate=candidate).update(state=EmailAddress.State.BOUNCED)


def _no_address(candidate: Candidate) -> None:
    EmailAddress.objects.filter(candidate=candidate).delete()


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (_suppress(Suppression.Reason.UNSUBSCRIBED), "Has unsubscribed."),
        (_suppress(Suppression.Reason.COMPLAINED), "Marked an earlier mail as spam."),
        (_suppress(Suppression.Reason.OBJECTED), "Objected to being contacted."),
        (_suppress(Suppression.Reason.ERASED), "Must not be written to."),
        (_suppress(Suppression.Reason.BOUNCED), "Mail to the address came back."),
        (_bounced, "Mail to the address came back."),
        (_no_address, "Has no e-mail address."),
        (_status(Candidate.Status.DO_NOT_CONTACT), "Is marked “Do not contact”."),
        (_status(Candidate.Status.NOT_NOW), "Is marked “Not now”."),
    ],
)
def test_enroll_refuses_who_must_not_or_cannot_be_written_to(act, sentence, outreach):
    amara, ben = outreach.candidate(), outreach.candidate("ben@example.com")
    outreach.inside(act, amara)

    with acting_in(outreach.organization):
        preview = enrolling.check_candidates(outreach.sequence, [amara.pk, ben.pk])
    result = outreach.enroll(amara, ben)

    assert preview == result
    assert result.enrolled == 1
    assert reasons(result) == {amara.pk: sentence}
    with acting_in(outreach.organization):
        assert list(Enrollment.objects.values_list("candidate", flat=True)) == [ben.pk]


def test_a_second_address_is_used_when_the_first_bounced(outreach):
    amara = outreach.candidate()
    with acting_in(outreach.organization):
        EmailAddress.objects.update(state=EmailAddress.State.BOUNCED)
        EmailAddress.objects.create(
            candidate=amara, address="Amara@home.example", normalized="amara@home.example"
        )

    (message,) = outreach.queue(amara)

    assert message.to_address == "Amara@home.example"


def test_enroll_refuses_who_is_or_was_on_it_or_is_on_another(outreach):
    amara, ben, chidi = (
        outreach.candidate(f"{name}@example.com") for name in ("amara", "ben", "chidi")
    )
    outreach.enroll(amara, ben)
    with acting_in(outreach.organization):
        enrolling.stop(
            Enrollment.objects.get(candidate=ben), Enrollment.StopReason.MANUAL, by=outreach.user
        )
        other = Sequence.objects.create(name="Other", sender=outreach.sender)
        other.steps.create(position=1, subject="x", body="y", organization=outreach.organization)
        enrolling.enroll(other, [chidi.pk], by=outreach.user)

    result = outreach.enroll(amara, ben, chidi)

    assert reasons(result) == {
        amara.pk: "Is on this sequence already.",
        ben.pk: "Was on this sequence before.",
        chidi.pk: "Is on the sequence “Other”.",
    }


def test_enroll_knows_nobody_of_another_organization(outreach, globex, stranger):
    theirs = Outreach(globex, stranger).candidate()

    result = outreach.enroll(theirs)

    assert result.refused == [(theirs.pk, "No such candidate.")]


def test_enroll_refuses_a_sequence_without_steps_or_put_away(outreach):
    amara = outreach.candidate()
    with acting_in(outreach.organization):
        empty = Sequence.objects.create(name="Empty", sender=outreach.sender)
        with pytest.raises(enrolling.SequenceNotReady, match="no steps"):
            enrolling.enroll(empty, [amara.pk], by=outreach.user)
        Sequence.objects.filter(pk=outreach.sequence.pk).update(state=Sequence.State.ARCHIVED)
        with pytest.raises(enrolling.SequenceNotReady, match="archived"):
            enrolling.enroll(outreach.sequence, [amara.pk], by=outreach.user)


def test_two_thousand_people_join_in_a_handful_of_queries(outreach):
    with acting_in(outreach.organization):
        people = Candidate.objects.bulk_create(
            Candidate(full_name=f"Person {number}") for number in range(2500)
        )
        EmailAddress.objects.bulk_create(
            EmailAddress(
                candidate=person,
                address=f"p{person.pk}@example.com",
                normalized=f"p{person.pk}@example.com",
                is_primary=True,
            )
            for person in people
        )
        suppressing.suppress(
            "email", f"p{people[0].pk}@example.com", reason=Suppression.Reason.UNSUBSCRIBED
        )

        with CaptureQueriesContext(connection) as queries:
            result = enrolling.enroll(
                outreach.sequence, [person.pk for person in people], by=outreach.user
            )

    assert (result.enrolled, len(result.refused)) == (2499, 1)
    assert len(queries) < 50


def test_people_on_a_draft_wait_until_it_starts(outreach, provider):
    with acting_in(outreach.organization):
        Sequence.objects.update(state=Sequence.State.DRAFT)
        outreach.sequence.refresh_from_db()
    outreach.enroll(outreach.candidate())

    assert dispatching.dispatch_due().organizations == 0
    outreach.inside(lambda: Sequence.objects.update(state=Sequence.State.ACTIVE))
    assert dispatching.dispatch_due().queued == 1


def test_stop_ends_it_and_cancels_what_is_queued(outreach, provider):
    amara = outreach.candidate()
    (message,) = outreach.queue(amara)

    enrollment = outreach.inside(
        enrolling.stop,
        outreach.enrollment(amara),
        Enrollment.StopReason.MANUAL,
        by=outreach.user,
    )

    assert (enrollment.state, enrollment.stop_reason) == ("stopped", "manual")
    assert enrollment.ended_at
    assert outreach.reload(message).state == Message.State.CANCELLED
    assert delivering.deliver_due(outreach.organization).taken == 0
    with acting_in(outreach.organization):
        assert AuditEntry.objects.filter(action="enrollment.stopped").count() == 1
        enrolling.stop(enrollment, Enrollment.StopReason.REPLIED, by=outreach.user)
        assert AuditEntry.objects.filter(action="enrollment.stopped").count() == 1
        assert Enrollment.objects.get().stop_reason == "manual"


def test_pause_holds_and_resume_goes_on(outreach, provider):
    amara = outreach.candidate()
    (message,) = outreach.queue(amara)

    outreach.inside(enrolling.pause, outreach.enrollment(amara), by=outreach.user)
    assert delivering.deliver_due(outreach.organization).taken == 0
    assert outreach.waits_for(message) == "Paused by hand"
    outreach.inside(resuming.resume, outreach.enrollment(amara), by=outreach.user)

    assert outreach.waits_for(message) == ""
    delivering.deliver_due(outreach.organization)
    assert len(provider.accepted) == 1


def test_resume_waits_for_the_next_window(acme, owner):
    office = Outreach(
        acme, owner, window_days=[0, 1, 2, 3, 4], window_start=time(9), window_end=time(18)
    )
    amara = office.candidate()
    with time_machine.travel(SATURDAY, tick=False):
        office.enroll(amara)
        office.inside(enrolling.pause, office.enrollment(amara), by=owner)
        office.inside(lambda: Enrollment.objects.update(next_at=datetime(2026, 6, 1, tzinfo=UTC)))

        office.inside(resuming.resume, office.enrollment(amara), by=owner)

    assert office.enrollment(amara).next_at == datetime(2026, 6, 8, 9, tzinfo=UTC)


def test_what_has_ended_is_not_resumed(outreach):
    amara = outreach.candidate()
    outreach.enroll(amara)
    with acting_in(outreach.organization):
        enrollment = enrolling.stop(
            Enrollment.objects.get(), Enrollment.StopReason.REPLIED, by=outreach.user
        )
        with pytest.raises(enrolling.EnrollmentEnded, match="Replied"):
            resuming.resume(enrollment, by=outreach.user)


def test_a_window_without_days_counts_as_working_days(acme, owner):
    odd = Outreach(acme, owner)
    amara = odd.candidate()
    with acting_in(acme):
        Sender.objects.update(window_days=[])
        odd.sequence.refresh_from_db()
    with time_machine.travel(SATURDAY, tick=False):
        odd.enroll(amara)

    assert odd.enrollment(amara).next_at.date().isoformat() == "2026-06-08"


@pytest.mark.parametrize(
    ("state", "waits_for"), [("active", ""), ("paused", "Away until 19 Jun 2026")]
)
def test_once_the_mail_has_gone_nobody_waits_for_the_day_it_waited_for(outreach, state, waits_for):
    outreach.enroll(outreach.candidate())
    with acting_in(outreach.organization):
        Enrollment.objects.update(next_at=None, state=state, waits_for="Away until 19 Jun 2026")

        enrolling.go_on(Enrollment.objects.get())

        enrollment = Enrollment.objects.get()
    assert enrollment.next_at is not None
    assert enrollment.waits_for == waits_for

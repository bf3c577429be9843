"""Shortlists: whom a job is proposed, why, what to know before, and one act that adds, shares, and leads to the mails."""

import re
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Enrollment, PersonalMail, Sequence, Step
from candidates.models import Candidate, EmailAddress, Notification, RejectionReason
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy
from pipelines.queries import propose
from pipelines.services import candidacies, jobs, rejecting
from tests.factories import CandidateFactory, TalentPoolFactory
from tests.pipelines.conftest import add_sender, words


@pytest.fixture
def pool(in_acme):
    return TalentPoolFactory(name="Berlin engineers")


@pytest.fixture
def wanted(in_acme, recruiter, manager, pool):
    return jobs.create_job(
        by=recruiter,
        title="Backend Engineer",
        place="Berlin",
        must=["Python", "Django"],
        nice=["Kafka"],
        pools=[pool],
        managers=[manager],
    )


def proposed(job, recruiter, q: str = ""):
    membership = Membership.objects.get(user=recruiter)
    return {one.candidate.full_name: one for one in propose(job, membership, q=q)}


def test_people_are_proposed_with_reasons_the_most_fitting_first(
    wanted, recruiter, pool, job, stages, put_on
):
    CandidateFactory(full_name="Only Pool", pools=[pool])
    CandidateFactory(full_name="Both Musts", skills=["Python", "Django", "Kafka"], pools=[pool])
    CandidateFactory(full_name="One Must", skills=["python"])
    CandidateFactory(full_name="Neither", skills=["Cobol"])
    medallist = put_on(job, "Silver Medal")
    jobs.set_skills(job, must=["Django"], by=recruiter)
    candidacies.move_card(medallist, to=stages["Onsite"], by=recruiter)
    rejecting.reject_candidacy(medallist, by=recruiter)
    early = put_on(job, "Early Out")
    rejecting.reject_candidacy(early, by=recruiter)
    there = CandidateFactory(full_name="There Already", skills=["Python"])
    candidacies.add_to_job(wanted, [there.pk], by=recruiter)

    found = proposed(wanted, recruiter)

    assert list(found) == ["Both Musts", "Silver Medal", "One Must", "Only Pool"]
    assert found["Both Musts"].reasons == [
        "Python, Django, Kafka (2 of 2 musts)",
        "In the pool Berlin engineers",
    ]
    assert found["Silver Medal"].reasons == ["Came close for Staff Backend Engineer"]
    assert found["One Must"].reasons == ["Python (1 of 2 musts)"]


def test_warnings_name_what_to_know_before(wanted, recruiter, pool, job, put_on):
    reason = RejectionReason.objects.create(name="Salary", normalized="salary")
    reached = CandidateFactory(
        full_name="Reached", emails=["r@example.com"], city="Berlin", pools=[pool]
    )
    Candidate.objects.filter(pk=reached.pk).update(
        last_contacted_at=timezone.now() - timedelta(days=3)
    )
    CandidateFactory(full_name="Unknown", pools=[pool])
    bounced = CandidateFactory(full_name="Bounced", emails=["b@example.com"], pools=[pool])
    EmailAddress.objects.filter(candidate=bounced).update(state="bounced")
    CandidateFactory(full_name="Never", status="do_not_contact", city="Berlin", pools=[pool])
    rejected = put_on(job, "Rejected", pools=[pool], emails=["x@example.com"], city="Rome")
    rejecting.reject_candidacy(rejected, by=recruiter, reason=reason)
    put_on(job, "Busy", pools=[pool], emails=["y@example.com"], city="Rome")

    found = proposed(wanted, recruiter)

    assert {name: one.warnings for name, one in found.items()} == {
        "Reached": ["Contacted 3 days ago"],
        "Unknown": ["No address that works", "Place unknown"],
        "Bounced": ["No address that works", "Place unknown"],
        "Never": ["Do not contact"],
        "Rejected": ["Rejected for Staff Backend Engineer: Salary"],
        "Busy": ["On Staff Backend Engineer now: Sourced"],
    }
    assert {name for name, one in found.items() if not one.is_contactable} == {
        *("Unknown", "Bounced", "Never")
    }


def test_the_query_narrows(wanted, recruiter, pool):
    CandidateFactory(full_name="Amara Okafor", company="Tidewater", pools=[pool])
    CandidateFactory(full_name="Bo Li", company="Initech", pools=[pool])
    CandidateFactory(full_name="Chi Ono", company="Tidewater")

    assert set(proposed(wanted, recruiter, q="tidewater")) == {"Amara Okafor", "Chi Ono"}


@pytest.mark.parametrize("number", [1, 12])
def test_proposing_costs_the_same_for_twelve(wanted, recruiter, pool, number):
    for index in range(number):
        CandidateFactory(skills=["Python"], pools=[pool], emails=[f"p{index}@example.com"])
    membership = Membership.objects.get(user=recruiter)

    with CaptureQueriesContext(connection) as captured:
        assert len(propose(wanted, membership)) == number

    assert len(captured) == 12


def test_confidential_jobs_of_others_are_no_reason(wanted, recruiter, owner):
    secret = jobs.create_job(
        by=owner, title="New Finance Chief", is_confidential=True, must=["Python"]
    )
    person = CandidateFactory(full_name="Ada Byron")
    candidacies.add_to_job(secret, [person.pk], by=owner)
    card = secret.candidacies.select_related("job", "stage", "candidate").get()
    candidacies.move_card(card, to=secret.pipeline.stages.get(name="Onsite"), by=owner)
    rejecting.reject_candidacy(card, by=owner)

    assert proposed(wanted, recruiter) == {}


def asked_by(address: str) -> dict[str, str]:
    """What an address asks for."""
    return dict(parse_qsl(urlsplit(address).query))


def test_one_act_adds_and_shares_and_leads_to_the_look_before_enrolling(
    as_user, acme, recruiter, manager, wanted, pool
):
    sender = add_sender(acme, recruiter)
    sequence = Sequence.objects.create(name="Hello", sender=sender, state=Sequence.State.ACTIVE)
    Step.objects.create(sequence=sequence, position=1, subject="Hi", body="Hello")
    person = CandidateFactory(
        full_name="Ada Byron", emails=["ada@example.com"], skills=["Python"], pools=[pool]
    )
    client, path = as_user(recruiter), f"/acme/jobs/{wanted.pk}/shortlist/"

    page = client.get(path)
    lead = client.post(path, {"ids": person.pk, "sequence": sequence.pk, "act": "share"}).url
    checked = client.get(lead)
    with acting_in(acme):
        assert not Enrollment.objects.exists()
    enrolled = client.post(
        "/acme/sequences/enroll/", {**asked_by(lead), f"line-{person.pk}": "Hi Ada", "confirm": "1"}
    )

    assert "Ada Byron" in words(checked)
    assert enrolled.url == f"/acme/jobs/{wanted.pk}/"
    told = words(page)
    assert "Ada Byron" in told
    assert re.search(r"Match \d+ % Python \(1 of 2 musts\)", told)
    assert "In the pool Berlin engineers" in told
    with acting_in(acme):
        card = Candidacy.objects.get(job=wanted)
        assert (card.stage, card.shortlisted_by) == (wanted.first_stage, recruiter)
        assert Enrollment.objects.get().candidate == person
        assert PersonalMail.objects.get().body == "Hi Ada\n\nHello"
        notice = Notification.objects.get(user=manager)
        assert notice.text == "1 person to look at for Backend Engineer"
    # Where one press decides, with what speaks for them.
    assert notice.link == f"review/{wanted.pk}/"
    sheet = words(as_user(manager).get(f"/acme/{notice.link}"))
    assert re.search(r"Ada Byron .*Has 1 of 2 musts: Python", sheet)


def test_sourcers_add_but_enroll_nobody(as_user, acme, sourcer, wanted, pool, recruiter):
    sender = add_sender(acme, recruiter)
    sequence = Sequence.objects.create(name="Hello", sender=sender, state=Sequence.State.ACTIVE)
    Step.objects.create(sequence=sequence, position=1, subject="Hi", body="Hello")
    person = CandidateFactory(emails=["ada@example.com"], pools=[pool])
    client, path = as_user(sourcer), f"/acme/jobs/{wanted.pk}/shortlist/"

    assert "Hello" not in client.get(path).content.decode().split("data-bulk")[-1]
    client.post(path, {"ids": person.pk, "sequence": sequence.pk, "act": "add"})

    with acting_in(acme):
        assert Candidacy.objects.get(job=wanted).shortlisted_at is None
        assert not Enrollment.objects.exists()

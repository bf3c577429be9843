"""Adding and editing people by hand."""

import pytest

from candidates.models import Candidate, EmailAddress, Touchpoint
from candidates.services.candidates import (
    AddressTaken,
    AddressUnreadable,
    assign_owner,
    create_candidate,
    edit_candidate,
)
from crm.audit.models import AuditEntry
from tests.factories import CandidateFactory, SourceFactory

pytestmark = pytest.mark.usefixtures("in_acme")


def test_create_candidate_keeps_everything_given(recruiter):
    candidate = create_candidate(
        by=recruiter,
        full_name="Zoë Åkesson",
        company="Łódź Labs",
        country="SE",
        source=SourceFactory(name="Referral"),
        emails=["Zoe@Example.com", "zoe.work@example.com", "zoe@example.com"],
        phones=["08-123 456 78"],
        links=["https://www.linkedin.com/in/Zoe/"],
        skills=["Go", "go", "Rust"],
        tags=["Stockholm"],
    )

    assert list(
        candidate.emails.order_by("pk").values_list("address", "normalized", "is_primary")
    ) == [
        ("Zoe@Example.com", "zoe@example.com", True),
        ("zoe.work@example.com", "zoe.work@example.com", False),
    ]
    assert candidate.phones.get().normalized == "+46812345678"
    assert candidate.links.get().normalized == "linkedin.com/in/zoe"
    assert list(candidate.candidate_skills.values_list("skill__name", flat=True)) == ["Go", "Rust"]
    assert list(candidate.candidate_tags.values_list("tag__name", flat=True)) == ["Stockholm"]
    candidate.refresh_from_db()
    assert candidate.search_text == (
        "zoe akesson\nlodz labs\nzoe@example.com\nzoe.work@example.com\n+46812345678\ngo\nrust"
    )
    assert candidate.touchpoints.get().summary == "Added · Referral"
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_id, entry.actor) == (
        "candidate.created",
        candidate.pk,
        recruiter,
    )


def test_create_candidate_refuses_an_address_that_somebody_has(recruiter):
    CandidateFactory(full_name="Ana Silva", emails=["ana@example.com"])

    with pytest.raises(AddressTaken, match="belongs to Ana Silva already"):
        create_candidate(by=recruiter, full_name="Ana S.", emails=["ANA@example.com"])

    assert Candidate.objects.count() == 1


def test_create_candidate_refuses_what_is_no_address(recruiter):
    with pytest.raises(AddressUnreadable, match="“nobody” is not an e-mail address"):
        create_candidate(by=recruiter, full_name="Ana", emails=["nobody"])


def test_edit_candidate_changes_only_what_is_given_and_says_what(recruiter):
    candidate = CandidateFactory(
        full_name="Ana Silva", emails=["ana@example.com", "old@example.com"], phones=["+4930901820"]
    )
    candidate.emails.update(
        state=EmailAddress.State.VALID, provenance_kind="import", provenance_label="3"
    )

    edit_candidate(
        candidate,
        by=recruiter,
        full_name="Ana Souza",
        company=candidate.company,
        emails=["new@example.com", "ana@example.com"],
    )

    assert list(
        candidate.emails.order_by("pk").values_list(
            "address", "is_primary", "state", "provenance_kind"
        )
    ) == [
        ("ana@example.com", False, "valid", "import"),
        ("new@example.com", True, "unknown", "person"),
    ]
    assert candidate.phones.count() == 1
    candidate.refresh_from_db()
    assert candidate.search_text == (
        "ana souza\ninitech\nengineer\nana@example.com\nnew@example.com\n+4930901820"
    )
    assert candidate.touchpoints.get().summary == "Changed full name, e-mail addresses"
    assert AuditEntry.objects.get().details == {"fields": ["emails", "full_name"]}


def test_edit_candidate_without_a_change_leaves_no_trace(recruiter):
    candidate = CandidateFactory(emails=["ana@example.com"])

    edit_candidate(candidate, by=recruiter, company="Initech", emails=["ANA@example.com"])

    assert not candidate.touchpoints.exists()
    assert not AuditEntry.objects.exists()


def test_assign_owner_changes_only_those_with_another_owner(recruiter, sourcer):
    unowned, owned = CandidateFactory(), CandidateFactory(owner=sourcer)

    assert assign_owner([unowned.pk, owned.pk], owner=sourcer, by=recruiter) == {unowned.pk: None}

    unowned.refresh_from_db()
    assert unowned.owner == sourcer
    assert Touchpoint.objects.get().summary == "Owner is now Sourcer of Acme"

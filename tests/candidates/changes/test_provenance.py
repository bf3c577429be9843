"""Every value knows where it comes from, and what a person typed is replaced by a person only."""

import pytest
from django.utils import timezone

from candidates.models import Candidate, Origin, Proposal
from candidates.services.candidates import assign_owner, create_candidate, edit_candidate
from candidates.services.provenance import Provenance, is_by_hand, propose, provenance_of
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(acme, recruiter) -> Candidate:
    with acting_in(acme):
        return create_candidate(
            by=recruiter,
            full_name="Ana Silva",
            headline="Engineer",
            company="Initech",
            provenance=Provenance(Origin.IMPORT, timezone.now(), label="fair.csv", by=recruiter.pk),
        )


def test_a_column_falls_back_to_where_the_person_came_from(ana, acme, owner, recruiter):
    with acting_in(acme):
        ana = edit_candidate(ana, by=owner, headline="Captain")
        assign_owner([ana.pk], owner=owner, by=recruiter)
        ana.refresh_from_db()

    told = {name: provenance_of(ana, name) for name in ("headline", "company", "owner")}
    assert {name: (found.kind, found.label, found.by) for name, found in told.items()} == {
        "headline": (Origin.PERSON, "", owner.pk),
        "company": (Origin.IMPORT, "fair.csv", recruiter.pk),
        "owner": (Origin.PERSON, "", recruiter.pk),
    }
    assert is_by_hand(ana.provenance, "headline")
    assert not is_by_hand(ana.provenance, "company")
    # Where nothing was recorded a person may have typed it.
    assert is_by_hand({}, "company")


def test_the_record_says_where_its_values_come_from(ana, recruiter, client):
    client.force_login(recruiter)

    words = seen(client.get(f"/acme/candidates/{ana.pk}/"))

    assert f"Current title Import, fair.csv, {recruiter}" in words


def test_a_proposal_is_shown_taken_and_dismissed(ana, acme, recruiter, client):
    with acting_in(acme):
        resume = Provenance(Origin.RESUME, timezone.now(), label="cv.pdf")
        assert propose(ana, {"headline": "Captain", "company": "Initech"}, provenance=resume) == 1
        assert propose(ana, {"headline": "Captain"}, provenance=resume) == 0
        assert propose(ana, {"company": "Globo"}, provenance=resume) == 1
        title, company = Proposal.objects.order_by("pk")
    client.force_login(recruiter)

    words = seen(client.get(f"/acme/candidates/{ana.pk}/"))
    client.post(f"/acme/candidates/proposals/{title.pk}/take/")
    client.post(f"/acme/candidates/proposals/{company.pk}/dismiss/")

    assert "Résumé cv.pdf gives another current title: “Captain”. Here it is “Engineer”." in words
    with acting_in(acme):
        ana.refresh_from_db()
        assert (ana.headline, ana.company) == ("Captain", "Initech")
        assert is_by_hand(ana.provenance, "headline")
        assert not Proposal.objects.exists()

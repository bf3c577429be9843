"""The command palette: what it finds, and for whom."""

import pytest

from campaigns.models import Sender, Sequence
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from pipelines.services.jobs import create_job
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory, TalentPoolFactory

JUMP = "/acme/jump/"


@pytest.fixture
def named(acme, globex):
    with acting_in(globex):
        CandidateFactory(full_name="Nora of Globex")
        TalentPoolFactory(name="Nordics of Globex")
    with acting_in(acme):
        TalentPoolFactory(name="Nordics")
        return CandidateFactory(full_name="Nora Okafor")


def test_people_pools_and_actions_are_found_by_name(named, recruiter, as_user, mode):
    client = as_user(recruiter)

    found = seen(client.get(JUMP, {"q": "nor"}))
    assert "Nora Okafor" in found
    assert "Nordics" in found
    assert "Globex" not in found
    assert "Add a candidate" in seen(client.get(JUMP, {"q": "add"}))
    assert "Nora Okafor" in seen(client.get(JUMP, {"q": "okafr"}))
    assert ("<html" in client.get(JUMP, {"q": "nor"}).text) == (mode == "plain")


def test_names_are_found_whatever_their_accents(acme, recruiter, as_user):
    with acting_in(acme):
        TalentPoolFactory(name="Łódź nurses")
        create_job(by=recruiter, title="Ingénieur")
        Sequence.objects.create(
            name="Grüße", sender=Sender.objects.create(name="R", address="r@a.example")
        )
    client = as_user(recruiter)

    for words, name in (("lodz", "Łódź nurses"), ("INGENIEUR", "Ingénieur"), ("grus", "Grüße")):
        assert name in seen(client.get(JUMP, {"q": words}))


def test_who_may_not_do_something_is_not_offered_it(named, viewer, as_user):
    assert "Add a candidate" not in seen(as_user(viewer).get(JUMP, {"q": "add"}))


def test_a_hiring_manager_finds_own_people_only(named, recruiter, as_user):
    Membership.objects.filter(user=recruiter).update(role="hiring_manager")

    found = seen(as_user(recruiter).get(JUMP, {"q": "nor"}))

    assert "Nora" not in found
    assert "Nordics" not in found

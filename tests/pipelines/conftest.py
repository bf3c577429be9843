"""A job with its stages, and a way to put people on it."""

import re
from datetime import time

import pytest

from campaigns.models import Sender
from candidates.models import Candidate
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Job, Stage
from pipelines.services import candidacies, jobs
from tests.factories import CandidateFactory


@pytest.fixture
def job(acme, recruiter) -> Job:
    with acting_in(acme):
        return jobs.create_job(by=recruiter, title="Staff Backend Engineer")


@pytest.fixture
def stages(acme, job) -> dict[str, Stage]:
    with acting_in(acme):
        return {stage.name: stage for stage in job.pipeline.stages.all()}


@pytest.fixture
def put_on(acme, recruiter):
    """`put_on(job, "Ada Byron", skills=["Go"])` makes a person and returns the candidacy."""

    def make(job: Job, name: str, **fields) -> Candidacy:
        with acting_in(acme):
            person: Candidate = CandidateFactory(full_name=name, **fields)
            candidacies.add_to_job(job, [person.pk], by=recruiter)
            return Candidacy.objects.select_related("candidate").get(job=job, candidate=person)

    return make


@pytest.fixture
def around(mode) -> int:
    """Statements round every page: session, user, membership, two of the transaction's, two of the organization's.

    The side bar of a whole page lists the other organizations.
    """
    return 8 if mode == "plain" else 7


def words(response) -> str:
    """The text of a page as a reader sees it, without markup and line breaks."""
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def add_sender(organization, user) -> Sender:
    """One that writes at any hour."""
    organization.postal_address = "1 Main Street, Springfield"
    organization.save()
    return Sender.objects.create(
        name=user.name,
        address=user.email,
        user=user,
        gap_seconds=0,
        window_days=list(range(7)),
        window_start=time(0),
        window_end=time(0),
    )


@pytest.fixture
def ada(job, put_on) -> Candidacy:
    return put_on(job, "Ada Byron", emails=["ada@example.com"])

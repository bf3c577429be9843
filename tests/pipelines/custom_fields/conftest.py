"""Fields of jobs and candidacies for the tests here."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from candidates.models import (
    CustomField,
)
from candidates.queries import custom_values_of
from candidates.services import custom_fields
from crm.tenancy.models import Membership
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from pipelines.models import Job
from pipelines.services import jobs
from tests.candidates.resumes import files
from tests.factories import UserFactory

Kind, Subject = CustomField.Kind, CustomField.Subject


@pytest.fixture
def add(acme, owner):
    """`add("Budget", of="job", kind="money")` adds a field."""

    def make(name: str, *, of: str, kind: str = Kind.TEXT, **settings) -> CustomField:
        with acting_in(acme):
            return custom_fields.add_field(name=name, kind=kind, subject=of, by=owner, **settings)

    return make


@pytest.fixture
def manager(acme, job):
    """A hiring manager in the job's team."""
    user = UserFactory(name="Grace Murray")
    Membership.objects.create(user=user, organization=acme, role=Role.HIRING_MANAGER)
    with acting_in(acme):
        jobs.set_managers(job, [user], by=None)
    return user


def whole_page(user, address: str):
    client = Client()
    client.force_login(user)
    return client.get(address)


def upload(name: str = "plan.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, files.pdf())


def shown(owner, subject: str) -> dict[str, str]:
    values = custom_values_of(owner.pk, role=Role.OWNER, subject=subject)
    return {one.field.key: one.shown for one in values}


def given(job: Job, **more) -> dict[str, object]:
    """What the form of a job sends."""
    return {"title": job.title, "openings": "1", "status": "open"} | more


# Jobs

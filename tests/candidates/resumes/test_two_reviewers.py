"""Two reviewers at the same moment, on two connections: one person sent their résumé twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from candidates.models import Candidate, ChangeSet, EmailAddress, Resume
from candidates.services.resumes import running, storing
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.candidates.resumes import files
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db(transaction=True)
State = Resume.State
ADDRESS = "amara.okafor@example.com"


@pytest.fixture
def twice(acme, recruiter) -> list[Resume]:
    with acting_in(acme):
        resumes = [
            storing.store_upload(
                [SimpleUploadedFile(f"{number}.txt", f"{files.TEXT}\n{number}".encode())],
                by=recruiter,
            ).resumes.get()
            for number in range(2)
        ]
        assert running.read_waiting(acme)
    return resumes


@pytest.mark.parametrize("is_known", [True, False])
def test_the_second_is_told_whose_the_address_is_and_loses_nothing(
    is_known, twice, acme, recruiter, owner, monkeypatch
):
    looked = Barrier(2)
    people = ["new", "new"]
    if is_known:
        with acting_in(acme):
            people = [str(CandidateFactory(full_name=f"Amara {n}").pk) for n in range(2)]

    def look_both_first(*args, **kwargs):
        """Both have looked whose the address is before either writes it."""
        looked.wait(timeout=30)
        return store(*args, **kwargs)

    store = EmailAddress.objects.bulk_create
    monkeypatch.setattr(EmailAddress.objects, "bulk_create", look_both_first)

    def accept(number):
        try:
            client = Client()
            client.force_login([recruiter, owner][number])
            return client.post(
                f"/acme/{twice[number].path}accept/",
                {
                    "person": people[number], "full_name": "Amara Okafor", "headline": f"Typed by {number}",
                    "emails": ADDRESS, "work-TOTAL_FORMS": "0", "work-INITIAL_FORMS": "0",
                    "education-TOTAL_FORMS": "0", "education-INITIAL_FORMS": "0",
                },
            )  # fmt: skip
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(accept, range(2)))

    assert sorted(answer.status_code for answer in answers) == [302, 422]
    late = next(number for number, answer in enumerate(answers) if answer.status_code == 422)
    told = seen(answers[late])
    assert f"{ADDRESS} belongs to Amara Okafor already." in told
    assert f'value="Typed by {late}"' in answers[late].text
    with acting_in(acme):
        assert EmailAddress.objects.get().candidate.headline == f"Typed by {1 - late}"
        assert Candidate.objects.count() == (2 if is_known else 1)
        assert ChangeSet.objects.count() == 1
        twice[late].refresh_from_db()
        assert twice[late].state == State.READY

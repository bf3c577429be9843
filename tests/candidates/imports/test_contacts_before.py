"""Last contacts that files told of, in databases from before that was kept."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from candidates.models import Candidate
from candidates.services.contacts import log_contact
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db


def test_databases_from_before_know_what_files_told_of(import_text, recruiter, monkeypatch):
    """As the owner of the tables would, a person a batch; twice changes nothing."""
    import_text(
        "Name;Last contact\nAda One;2025-03-04\nBo Two;2025-03-04\nCy Three;\nDi Four;2025-03-04\n"
    )
    typed = CandidateFactory(full_name="Ed Five")
    noon = datetime(2025, 3, 5, 12, tzinfo=UTC)
    people = {person.full_name: person for person in Candidate.objects.all()}
    for name, at in [
        ("Bo Two", noon),
        ("Cy Three", noon),
        ("Di Four", timezone.now()),
        ("Ed Five", noon),
    ]:
        log_contact(people[name], kind="call", by=recruiter, summary="Call", at=at)
    # Nobody imported them: whatever this is, no file told of it.
    Candidate.objects.filter(pk=typed.pk).update(last_contacted_at=noon - timedelta(days=1))
    Candidate.objects.update(imported_contact_at=None)
    migration = import_module("candidates.migrations.0056_contacts_that_files_told_of")
    monkeypatch.setattr(migration, "BATCH", 1)

    for _ in range(2):
        migration.fill(None, SimpleNamespace(connection=connection))
        told = dict(
            Candidate.objects.exclude(imported_contact_at=None).values_list(
                "full_name", "imported_contact_at"
            )
        )
        assert told == {"Ada One": datetime(2025, 3, 4, 12, tzinfo=UTC)}

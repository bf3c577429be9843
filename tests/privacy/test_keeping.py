"""What a record says of how long a person is kept."""

from datetime import UTC, datetime

import pytest

from crm.privacy.models import RetentionPolicy
from crm.privacy.queries import keeping
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory

ADDED, CONTACTED = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("enabled", "fields", "words"),
    [
        (True, {}, "20 Jan 2026"),
        (True, {"last_contacted_at": CONTACTED}, "11 Mar 2026"),
        (True, {"last_replied_at": CONTACTED}, "11 Mar 2026"),
        (True, {"status": "hired"}, "While hired or in process"),
        (False, {}, "No limit is set"),
    ],
)
def test_record_says_how_long_the_person_is_kept(acme, viewer, client, enabled, fields, words):
    with acting_in(acme):
        RetentionPolicy.objects.update_or_create(defaults={"is_enabled": enabled, "keep_days": 10})
        person = CandidateFactory(created_at=ADDED, **fields)
    client.force_login(viewer)

    assert words in client.get(f"/acme/candidates/{person.pk}/").text


def test_nobody_is_kept_by_a_policy_that_is_not_there(in_acme):
    assert keeping(CandidateFactory()) is None

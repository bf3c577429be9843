"""Keyset pages: nobody is lost between two pages."""

import pytest
from django.utils import timezone

from candidates.models import Candidate
from crm.web.pagination import keyset_page
from tests.factories import CandidateFactory


@pytest.mark.parametrize("order", [("-created_at", "-id"), ("created_at", "id")])
def test_rows_of_the_same_moment_are_neither_skipped_nor_repeated(in_acme, order):
    moment = timezone.now().replace(microsecond=123456)
    CandidateFactory.create_batch(5, created_at=moment)

    seen, cursor = [], ""
    while len(seen) < 10:
        page = keyset_page(Candidate.objects.all(), order=order, cursor=cursor, size=2)
        seen += [row.pk for row in page.rows]
        cursor = page.next_cursor
        if not cursor:
            break

    assert seen == sorted(seen, reverse=order[0].startswith("-"))
    assert len(seen) == 5

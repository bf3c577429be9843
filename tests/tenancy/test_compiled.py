"""Statements that are built once: they give what the ORM gives, to each reader and organization their own."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from candidates.models import Candidate
from candidates.queries.people import _rows_statement, list_rows
from candidates.services.notes import add_note
from crm.tenancy.compiled import THOSE, compiled, run
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db


def test_a_statement_is_run_for_the_ids_given(in_acme):
    ana, bo, _ = (CandidateFactory(full_name=name) for name in ("Ana", "Bo", "Cy"))
    statement = compiled(
        Candidate.objects.filter(pk__in=THOSE).order_by("pk").values_list("full_name")
    )

    assert run(statement, [ana.pk, bo.pk]) == [("Ana",), ("Bo",)]
    assert run(statement, [bo.pk]) == [("Bo",)]
    assert run(statement, []) == []


def test_a_kept_statement_shows_nobody_of_another_organization(acme, globex):
    with acting_in(acme):
        ana = CandidateFactory()
        statement = compiled(Candidate.objects.filter(pk__in=THOSE).values_list("pk"))
        assert run(statement, [ana.pk]) == [(ana.pk,)]

    with acting_in(globex):
        assert run(statement, [ana.pk]) == []


def test_each_reader_of_a_list_has_a_statement_of_their_own(in_acme, recruiter, sourcer):
    ana = CandidateFactory()
    add_note(ana, body="Hush", by=sourcer, is_private=True)

    def last(viewer):
        (row,) = list_rows([ana.pk], viewer=viewer)
        return row.last_entry

    for _ in range(2):
        assert last(sourcer) is not None
        assert last(recruiter) is None


def test_a_list_is_built_once_for_each_reader(in_acme, recruiter):
    _rows_statement.cache_clear()
    ids = [CandidateFactory(skills=["Go", "Rust"]).pk, CandidateFactory().pk]

    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            rows = list_rows(ids, viewer=recruiter)
        assert len(queries) == 1

    assert [row.pk for row in rows] == ids
    assert rows[0].skill_names == ["Go", "Rust"]
    assert (_rows_statement.cache_info().misses, _rows_statement.cache_info().hits) == (1, 2)

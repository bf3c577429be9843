"""Many rows in one statement: the organization's, with the defaults that `save` would give."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from candidates.models import Candidate, Task
from crm.tenancy.bulk import among_texts, array_of, insert_rows
from crm.tenancy.scope import OutsideOrganization, acting_in
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db


def test_rows_get_the_organization_and_the_defaults(in_acme):
    people = [CandidateFactory(), CandidateFactory()]
    titles = ["Call “Ana”, {soon}", 'a\\b, "c"']

    with CaptureQueriesContext(connection) as queries:
        insert_rows(
            Task,
            {"candidate_id": [person.pk for person in people], "title": titles},
            due_on="2030-01-02",
        )

    assert len(queries) == 1
    first, second = Task.objects.order_by("pk")
    assert [first.title, second.title] == titles
    assert (first.organization_id, first.candidate_id) == (in_acme.pk, people[0].pk)
    assert first.origin == Task.Origin.MANUAL
    assert str(first.due_on) == "2030-01-02"
    assert first.created_at is not None
    assert first.assignee_id is None


def test_no_rows_are_no_rows(in_acme):
    insert_rows(Task, {"title": []})

    assert not Task.objects.exists()


def test_a_person_of_another_organization_is_refused(globex, acme):
    with acting_in(globex):
        theirs = CandidateFactory().pk

    with pytest.raises(IntegrityError), transaction.atomic(), acting_in(acme):
        insert_rows(Task, {"candidate_id": [theirs], "title": ["Call"]})
        connection.check_constraints()


def test_outside_of_any_organization_nothing_is_inserted(db):
    with pytest.raises(OutsideOrganization):
        insert_rows(Task, {"title": ["Call"]})


def test_arrays_are_read_as_they_were_given(in_acme):
    texts = [
        "plain",
        "",
        "NULL",
        "a,b",
        '"',
        "\\",
        '\\"',
        "{x}",
        "line\nbreak",
        "\u00e9 \U0001f600 \t",
        "%s",
    ]

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s::text[], %s::bigint[], %s::text[]",
            [array_of(texts), array_of([7, -1, 2**60]), array_of([])],
        )
        assert cursor.fetchone() == (texts, [7, -1, 2**60], [])
    CandidateFactory(full_name='Ana "Nan" O\\Neill')
    CandidateFactory(full_name="Ana")
    found = Candidate.objects.filter(full_name__in=among_texts(['Ana "Nan" O\\Neill', "nobody"]))
    assert found.count() == 1

"""Many rows in one statement: the organization's, with the defaults that `save` would give."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates.models import Candidate, PhoneNumber, Task
from crm.tenancy.bulk import (
    among_texts,
    array_of,
    commit_without_waiting,
    insert_rows,
    rows_by_key,
    update_rows,
)
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


def test_rows_are_found_by_the_values_of_a_column_in_the_organization_alone(in_acme, globex):
    ana, ben, eve = (
        CandidateFactory(city="Lisbon"),
        CandidateFactory(city="Graz"),
        CandidateFactory(city="Lisbon"),
    )
    with acting_in(globex):
        CandidateFactory(city="Graz")

    found = rows_by_key(Candidate, "city", ["Lisbon", "Graz", 'a "b"'], "id")

    assert sorted(found) == [("Graz", ben.pk), ("Lisbon", ana.pk), ("Lisbon", eve.pk)]
    assert rows_by_key(Candidate, "id", [ben.pk], "city", "status") == [(ben.pk, "Graz", "new")]


def test_each_value_is_looked_up_in_the_index_of_the_key(in_acme):
    numbers = [f"+49151{number:07d}" for number in range(3000)]
    insert_rows(
        PhoneNumber, {"number": numbers, "normalized": numbers}, candidate_id=CandidateFactory().pk
    )

    with CaptureQueriesContext(connection) as queries:
        rows_by_key(PhoneNumber, "normalized", numbers, "candidate_id")

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Scan using phone_normalized" in plan
    assert "normalized" in plan.partition("Index Cond:")[2].partition("\n")[0]


def test_rows_are_updated_by_their_ids_and_the_planner_goes_on_as_before(in_acme, globex):
    ana, ben = CandidateFactory(city="Lisbon"), CandidateFactory(city="Graz")
    with acting_in(globex):
        theirs = CandidateFactory(city="Graz")

    update_rows(
        Candidate,
        {"city": "text"},
        [(ana.pk, "Porto"), (theirs.pk, "Porto")],
        "city = fresh.city, headline = %s",
        ["Engineer"],
    )

    assert list(Candidate.objects.order_by("pk").values_list("city", "headline")) == [
        ("Porto", "Engineer"),
        ("Graz", ben.headline),
    ]
    with acting_in(globex):
        assert Candidate.objects.get().city == "Graz"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('enable_hashjoin'), current_setting('enable_seqscan')"
        )
        assert cursor.fetchone() == ("on", "on")


@pytest.mark.django_db(transaction=True)
def test_one_commit_alone_does_not_wait_for_the_disk(acme):
    def chosen_by():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT setting, source FROM pg_settings WHERE name = 'synchronous_commit'"
            )
            return cursor.fetchone()

    with acting_in(acme):
        as_configured = chosen_by()
        commit_without_waiting()
        assert chosen_by() == ("off", "session") != as_configured

    with acting_in(acme):
        assert chosen_by() == as_configured


def read_of(table):
    """Rows of a table that this transaction has read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = %s",
            [table],
        )
        return cursor.fetchone()[0]


def test_thousands_that_are_new_are_not_held_against_each_other(in_acme):
    """Of tables that have just begun to fill the planner knows nothing, as in a first import."""
    number = 1500
    names = [f"Person {one}" for one in range(number)]
    insert_rows(Candidate, {"full_name": names}, updated_at=timezone.now())
    ids = list(Candidate.objects.order_by("pk").values_list("pk", flat=True))
    numbers = [f"+49151{one:07d}" for one in range(number)]
    insert_rows(PhoneNumber, {"candidate_id": ids, "number": numbers, "normalized": numbers})
    marks, people = read_of("candidates_personmark"), read_of("candidates_candidate")

    update_rows(Candidate, {"city": "text"}, [(pk, "Porto") for pk in ids], "city = fresh.city")

    assert marks < 10 * number
    assert read_of("candidates_candidate") - people < 10 * number
    assert Candidate.objects.filter(city="Porto").count() == number

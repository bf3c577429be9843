"""Finding people: what matches, and that it stays fast and walled in."""

import json
import os

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from candidates.models import Candidate, CandidateSearch, SearchView
from candidates.queries import page_of_candidates
from candidates.queries.search import (
    ANY_READER,
    PeopleQuery,
    find_people,
    parse,
    prepare,
    words_query,
)
from crm.tenancy.models import Organization
from crm.tenancy.scope import OutsideOrganization, acting_in
from tests.factories import CandidateFactory, OrganizationFactory, TagFactory


def names(query: PeopleQuery) -> set[str]:
    ids = find_people(query, searcher=ANY_READER).values_list("pk", flat=True)
    return set(Candidate.objects.filter(pk__in=list(ids)).values_list("full_name", flat=True))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("zoe", {"Zoë Åkesson"}),
        ("akes lodz", {"Zoë Åkesson"}),
        ("zoe@exam", {"Zoë Åkesson"}),
        ("zoe initech", set()),
        ("initech", {"Ana Silva"}),
        ("ana", {"Ana Silva"}),
        ("100%", set()),
        ("%%%", set()),
        ("+49 30 901 820", {"Ana Silva"}),
        ("030 901 820", {"Ana Silva"}),
        ("+49 30 901 821", set()),
        ("", {"Zoë Åkesson", "Ana Silva"}),
    ],
)
def test_words_query_finds_people_with_every_word(in_acme, words, found):
    CandidateFactory(full_name="Zoë Åkesson", company="Łódź Labs", emails=["Zoe@example.com"])
    CandidateFactory(
        full_name="Ana Silva", company="Initech", headline="Urbana planner", phones=["+4930901820"]
    )

    assert names(words_query(words)) == found


SEARCH_VIEWS = sorted(
    model._meta.db_table for model in apps.get_models() if issubclass(model, SearchView)
)


@pytest.mark.parametrize("sort", ["", "touched", "untouched"])
def test_pages_hold_everybody_once_in_order(in_acme, recruiter, monkeypatch, sort):
    monkeypatch.setitem(page_of_candidates.__kwdefaults__, "size", 3)
    same_moment = timezone.now()
    CandidateFactory.create_batch(5, created_at=same_moment)
    CandidateFactory.create_batch(3)

    seen, cursor = [], ""
    while True:
        prepared = prepare(PeopleQuery(sort=sort), searcher=ANY_READER)
        page = page_of_candidates(prepared, viewer=recruiter, cursor=cursor)
        seen += [person.pk for person in page.rows]
        cursor = page.next_cursor
        if not cursor:
            break

    everybody = list(Candidate.objects.order_by("pk").values_list("pk", flat=True))
    assert seen == (everybody if sort == "untouched" else everybody[::-1])


def test_search_shows_nothing_outside_and_nothing_of_others(acme, globex):
    with acting_in(globex):
        CandidateFactory(full_name="Greta of Globex")
    with acting_in(acme):
        CandidateFactory(full_name="Ana of Acme")
        assert names(PeopleQuery()) == {"Ana of Acme"}

    with pytest.raises(OutsideOrganization):
        CandidateSearch.objects.count()
    with connection.cursor() as cursor:
        for view in SEARCH_VIEWS:
            cursor.execute(f"SELECT count(*) FROM {view}")
            assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("view", SEARCH_VIEWS)
def test_search_views_cannot_be_written(in_acme, view):
    CandidateFactory()

    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'INSERT, UPDATE, DELETE, TRUNCATE')", [view])
        assert cursor.fetchone() == (False,)
    for write in (f"UPDATE {view} SET id = 1", f"DELETE FROM {view}"):
        # A view of several tables is refused before anybody's rights are looked at.
        refusal = pytest.raises(DatabaseError, match=r"permission denied|cannot (update|delete)")
        with refusal, transaction.atomic():
            connection.cursor().execute(write)


@pytest.fixture
def crowded(transactional_db) -> Organization:
    """10,000 people in each of two organizations, one in 500 of them named Quist; with statistics."""
    organizations = [OrganizationFactory(), OrganizationFactory()]
    for organization in organizations:
        with acting_in(organization), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO candidates_candidate (organization_id, full_name, preferred_name, headline,"
                " company, city, country, salary_expectation, status, lawful_basis, created_at,"
                " updated_at, search_text, provenance)"
                " SELECT %s, name, '', '', '', '', '', '', 'new', 'legitimate_interest',"
                " now() - n * interval '1 minute', now(), lower(name) || md5(n::text), '{}'"
                " FROM generate_series(1, 10000) n, LATERAL (SELECT"
                " CASE WHEN n %% 500 = 0 THEN 'Quist ' ELSE 'Person ' END || n AS name) named",
                [organization.pk],
            )
    # Only the owner of the tables may gather statistics and empty the index's pending list.
    database = settings.DATABASES["default"]["NAME"]
    with psycopg.connect(os.environ["TEST_ADMIN_URL"], dbname=database, autocommit=True) as admin:
        admin.execute("VACUUM (ANALYZE) candidates_candidate")
    return organizations[0]


def index_conditions(node: dict) -> list[str]:
    found = [node["Index Cond"]] if node["Node Type"].startswith("Bitmap Index") else []
    for child in node.get("Plans", []):
        found += index_conditions(child)
    return found


def plan(queryset) -> list[str]:
    sql, params = queryset.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        answer = cursor.fetchone()[0]
    parsed = answer if isinstance(answer, list) else json.loads(answer)
    return index_conditions(parsed[0]["Plan"])


def newest(text: str):
    query = PeopleQuery(parse(text, searcher=ANY_READER))
    found = find_people(query, searcher=ANY_READER)
    return found.order_by("-created_at", "-id")[:51]


def test_search_words_are_index_conditions(crowded):
    with acting_in(crowded):
        TagFactory(name="Good")
        for text in ("quist", '"quist"', "quist*", "quist person", "name:quist", "quist no:pool"):
            fenced = plan(newest(f"{text} -tag:Good added:1y"))
            assert any(
                "@@" in one and "quist" in one and "organization_id" in one for one in fenced
            ), (text, fenced)
        fenced = plan(newest("qiust~"))
        assert any("%>" in one and "organization_id" in one for one in fenced), fenced
        # Why there is a fence: if this fails, it may not be needed any more.
        naive = Candidate.objects.filter(search_text__contains="quist").order_by("-created_at")
        assert not any("quist" in condition for condition in plan(naive[:51]))

"""One query object finds the same people everywhere: page, count, selection, export, saved search, pool, and sequence."""

import csv
from io import StringIO
from urllib.parse import urlencode

import pytest
from django.http import QueryDict

from campaigns.models import Enrollment
from campaigns.services import auto_enrolling
from candidates.forms.selection import selected_ids
from candidates.models import Export
from candidates.queries import page_of_candidates
from candidates.queries.search import PeopleQuery, Searcher, parse, prepare
from candidates.services.exporting import running
from candidates.services.pools import create_pool
from candidates.services.saved_searches import save_search
from candidates.services.smart_pools import fill
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from crm.web.pagination import capped_count
from tests.factories import CandidateFactory, NoteFactory, TalentPoolFactory

pytestmark = pytest.mark.django_db

QUERIES = {
    "zoe": ["zoe"],
    "skill:python": ["zoe", "ana"],
    "skill:python NOT city:lisbon": ["ana"],
    "(tag:Good OR pool:Leads) city:lisbon": ["zoe", "ben"],
    "-tag:Good": ["ana", "ben", "eva"],
    'title:"data engineer"': ["ana"],
    "company:north*": ["ben", "eva"],
    "relocate": ["eva"],
    "contactable:yes": ["zoe", "ana", "ben"],
    "contacted:>90d": [],
    "-has:contacted": ["zoe", "ana", "ben", "eva"],
    "country:PT status:new": ["ben"],
    "email:mailbox.test -has:owner": ["zoe", "ana", "ben"],
    "warmth:<=10": ["zoe", "ana", "ben", "eva"],
}


@pytest.fixture
def people(outreach) -> dict[str, int]:
    """Four people, by their first names."""
    with acting_in(outreach.organization):
        leads = TalentPoolFactory(name="Leads")
        made = [
            CandidateFactory(full_name="Zoe Dias", city="Lisbon", skills=["Python"], tags=["Good"],
                             emails=["zoe@mailbox.test"], company="Acme", headline="Nurse"),
            CandidateFactory(full_name="Ana Silva", city="Porto", skills=["Python"], company="Acme",
                             emails=["ana@mailbox.test"], headline="Data engineer"),
            CandidateFactory(full_name="Ben Cole", city="Lisbon", country="PT", pools=[leads],
                             emails=["ben@mailbox.test"], company="Northwind", headline="Nurse"),
            CandidateFactory(full_name="Eva Lang", city="Berlin", company="Northwind", headline="Nurse",
                             emails=[]),
        ]  # fmt: skip
        NoteFactory(candidate=made[3], body="Would relocate")
        return {person.full_name.split()[0].lower(): person.pk for person in made}


def exported(outreach, query: PeopleQuery) -> list[int]:
    with acting_in(outreach.organization):
        export = running.request_export(Export.Kind.PEOPLE, by=outreach.user, wanted=query)
    running.work_on(outreach.organization, export.pk)
    with acting_in(outreach.organization):
        export.refresh_from_db()
        with export.file.open("rb") as file:
            text = file.read().decode("utf-8-sig")
    return [int(row["Rapport: id"]) for row in csv.DictReader(StringIO(text))]


@pytest.mark.parametrize("text", QUERIES)
def test_every_reader_of_a_query_finds_the_same_people(outreach, people, text):
    organization, user = outreach.organization, outreach.user
    expected = sorted(people[name] for name in QUERIES[text])
    with acting_in(organization):
        membership = Membership.objects.get(user=user, organization=organization)
        searcher = Searcher(membership)
        query = PeopleQuery(parse(text, searcher=searcher))
        prepared = prepare(query, searcher=searcher)
        assert prepared.problems == []
        assert sorted(row.pk for row in page_of_candidates(prepared, viewer=user).rows) == expected
        assert capped_count(prepared.people()).number == len(expected)
        selection = QueryDict(mutable=True)
        selection.update({"everything": "1", "query": urlencode({"q": text})})
        if expected:
            assert sorted(selected_ids(selection, membership=membership)) == expected
        search = save_search(prepared, by=user, name="Kept", is_shared=True, alert="daily")
        assert sorted(search.matches.values_list("candidate", flat=True)) == expected
        pool = create_pool(by=user, name="Smart", query=PeopleQuery.from_json(search.query))
        auto_enrolling.add_rule(outreach.sequence, pool=pool, by=user)
        fill(pool)
        assert sorted(pool.memberships.values_list("candidate", flat=True)) == expected
    assert sorted(exported(outreach, query)) == expected
    auto_enrolling.auto_enroll_everywhere()
    with acting_in(organization):
        enrolled = Enrollment.objects.filter(sequence=outreach.sequence)
        # Whoever has no address is in the pool and is not written to.
        written = [pk for pk in expected if pk != people["eva"]]
        assert sorted(enrolled.values_list("candidate", flat=True)) == written

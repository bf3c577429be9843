"""The do-not-contact list of companies: whom it concerns, and how it is kept."""

import json
from datetime import date, timedelta
from io import BytesIO
from itertools import count

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from candidates.models import Candidate, CandidateSearch, CompanyRule, EmailAddress, WorkExperience
from candidates.queries.company_rules import concerns_of, ids_blocked, works_where_blocked
from candidates.queries.search import ANY_READER, PeopleQuery, find_people, parse
from candidates.services.company_rules import (
    BadEntry,
    CompanyListed,
    NoCompanies,
    import_rules,
    keys_of,
    read_domain,
    remove_rule,
    save_rule,
)
from candidates.services.pools import create_pool
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory

ADDRESS = "/acme/settings/people/do-not-contact/"
NUMBERS = count()
THIS_YEAR = timezone.now().year
BLOCK, WARN = CompanyRule.Effect.BLOCK, CompanyRule.Effect.WARN


def add(owner, name: str = "Tidewater", **values) -> CompanyRule:
    return save_rule(CompanyRule(name=name, **values), by=owner)


def person(**values):
    """Somebody with an address; `job` are the values of one position."""
    job = values.pop("job", None)
    candidate = CandidateFactory(**{"emails": [f"person{next(NUMBERS)}@mailbox.test"], **values})
    if job:
        WorkExperience.objects.create(candidate=candidate, title="Engineer", **job)
    return candidate


def said_of(candidate) -> list[tuple[str, str]]:
    return [
        (one.effect.value, one.sentence)
        for one in concerns_of([candidate.pk]).get(candidate.pk, [])
    ]


def found_where_blocked() -> list[int]:
    condition = works_where_blocked()
    found = (
        CandidateSearch.objects.filter(condition) if condition else CandidateSearch.objects.none()
    )
    return list(found.values_list("pk", flat=True))


def asked(text: str) -> PeopleQuery:
    return PeopleQuery(parse(text, searcher=ANY_READER))


def can_be_written_to() -> set[int]:
    found = find_people(asked("contactable:yes"), searcher=ANY_READER)
    return set(found.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tidewater GmbH", "tidewater"),
        ("Tidewater GmbH & Co. KG", "TIDEWATER"),
        ("Tidewater, Inc.", "Tidewater Ltd"),
        ("Café Müller S.A.R.L.", "cafe muller"),
        ("Robota Sp. z o.o.", "Robota"),
        ("C++ Werke AG", "C++ Werke"),
    ],
)
def test_spelling_and_legal_forms_do_not_matter(in_acme, one, other):
    keys = keys_of([one, other])

    assert keys[one] == keys[other] != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("Delta Group", "Delta"), ("AB", "AG"), ("Tidewater", "Tidewater Robotics"), ("C++", "C")],
)
def test_other_companies_stay_others(in_acme, one, other):
    keys = keys_of([one, other])

    assert keys[one] != keys[other]


NOW, PAST, MAIL = "Works at Tidewater", "Worked at Tidewater", "Has a mail address of Tidewater"


@pytest.mark.parametrize(
    ("rule", "who", "said"),
    [
        ({}, {"company": "Tidewater Ltd."}, NOW),
        ({}, {"company": "Elsewhere"}, None),
        ({}, {"company": ""}, None),
        ({}, {"job": {"company": "TIDEWATER", "is_current": True}}, NOW),
        ({}, {"job": {"company": "Tidewater", "end_year": THIS_YEAR}}, None),
        ({"scope": "ever"}, {"job": {"company": "Tidewater", "end_year": 1999}}, PAST),
        ({"scope": "ever"}, {"job": {"company": "Elsewhere", "end_year": 1999}}, None),
        ({"scope": "recent", "years": 2}, {"job": {"company": "Tidewater", "end_year": THIS_YEAR - 1}}, PAST),
        ({"scope": "recent", "years": 2}, {"job": {"company": "Tidewater", "end_year": THIS_YEAR - 4}}, None),
        ({"scope": "recent", "years": 2}, {"job": {"company": "Tidewater"}}, PAST),
        ({"domain": "tidewater.test"}, {"emails": ["a@tidewater.test"]}, MAIL),
        ({"domain": "tidewater.test"}, {"emails": ["a@mail.tidewater.test"]}, MAIL),
        ({"domain": "tidewater.test"}, {"emails": ["a@nottidewater.test"]}, None),
        ({"expires_on": "yesterday"}, {"company": "Tidewater"}, None),
        ({"expires_on": "today"}, {"company": "Tidewater"}, NOW),
    ],
)  # fmt: skip
def test_whom_a_rule_concerns(in_acme, owner, rule, who, said):
    days = {"yesterday": timedelta(days=1), "today": timedelta()}
    if "expires_on" in rule:
        rule = {"expires_on": timezone.now().date() - days[rule["expires_on"]]}
    concerned, bystander = person(**who), person(company="Riverbank")
    add(owner, **rule)

    expected = [("block", f"{said}, which is on the do-not-contact list.")] if said else []
    assert said_of(concerned) == expected
    assert said_of(bystander) == []
    # Searching by it says the same.
    assert can_be_written_to() == {bystander.pk} | (set() if said else {concerned.pk})


def test_an_address_that_is_dead_says_nothing(in_acme, owner):
    left = person(emails=["a@tidewater.test"])
    EmailAddress.objects.update(state=EmailAddress.State.BOUNCED)
    add(owner, domain="tidewater.test")

    assert said_of(left) == []


def test_a_warning_keeps_nobody_from_being_found(in_acme, owner):
    warned = person(company="Tidewater")
    add(owner, effect=WARN)

    assert said_of(warned) == [("warn", f"{NOW}, which is on the do-not-contact list.")]
    assert can_be_written_to() == {warned.pk}


def test_each_company_is_said_once_the_nearest_reason_first(in_acme, owner):
    both = person(
        company="Tidewater",
        emails=["a@tidewater.test"],
        job={"company": "Tidewater", "is_current": True},
    )
    add(owner, scope="ever", domain="tidewater.test")
    add(owner, "Riverbank")

    assert said_of(both) == [("block", f"{NOW}, which is on the do-not-contact list.")]


def test_rules_of_another_organization_concern_nobody_here(in_acme, globex, owner, stranger):
    ours = person(company="Tidewater")
    with acting_in(globex):
        add(stranger)

    assert said_of(ours) == []


def test_smart_pools_that_ask_for_it_are_filled_anew(in_acme, owner):
    asking = create_pool(name="Reachable", by=owner, query=asked("contactable:yes"))
    other = create_pool(name="Robots", by=owner, query=asked("title:robot"))
    type(asking).objects.update(due_at=None)

    rule = add(owner)

    asking.refresh_from_db(), other.refresh_from_db()
    assert asking.due_at is not None
    assert other.due_at is None
    type(asking).objects.update(due_at=None)
    remove_rule(rule, by=owner)
    asking.refresh_from_db()
    assert asking.due_at is not None


def test_one_company_has_one_entry(in_acme, owner):
    add(owner)

    with pytest.raises(CompanyListed, match="“Tidewater Inc” is on the list already"):
        add(owner, "Tidewater Inc")
    with pytest.raises(BadEntry, match="no name of a company"):
        add(owner, "!!!")
    with pytest.raises(BadEntry, match="for how many years"):
        add(owner, "Riverbank", scope="recent")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", ""),
        ("@Tidewater.test", "tidewater.test"),
        ("https://www.tidewater.test/jobs", "tidewater.test"),
        ("anna@mail.tidewater.test", "mail.tidewater.test"),
    ],
)
def test_domains_are_read_as_people_write_them(written, read):
    assert read_domain(written) == read


@pytest.mark.parametrize(
    ("written", "sentence"),
    [("tidewater", "is no mail domain"), ("gmail.com", "Anybody can have an address at gmail.com")],
)
def test_what_is_no_domain_of_a_company_is_refused(written, sentence):
    with pytest.raises(BadEntry, match=sentence):
        read_domain(written)


FILE = """Company;Domain;Scope;Years;Effect;Expires;Note
Tidewater GmbH;tidewater.test;;;;;Customer
Riverbank;;recent;2;warn;2099-12-31;
;nowhere.test;;;;;
Tide water;;sometimes;;;;
TIDEWATER;;;;;;twice
Oakfield;gmail.com;;;;;
Birchfield;;recent;;;;
Elmfield;;;;;31.12.2099;
Ashfield;;;many;;;
"""
FILE += f"Beechfield;{'a' * 120}.test;;;;;\n"


def test_a_file_adds_and_changes_and_gives_back_what_it_cannot_take(in_acme, owner):
    known = add(owner, "Riverbank Inc", note="Partner", domain="riverbank.test")

    report = import_rules(BytesIO(FILE.encode()), by=owner)

    assert (report.added, report.changed) == (1, 1)
    assert [(row.line, row.sentence) for row in report.bad] == [
        (4, "The company is missing."),
        (5, "Whom it concerns is one of: now, recent, ever. “sometimes” is none of them."),
        (6, "The same company stands in line 2 already."),
        (
            7,
            "Anybody can have an address at gmail.com: it says nothing about where they work. Leave it out.",
        ),
        (8, "Say for how many years after they left."),
        (9, "Write the day like 2027-12-31. “31.12.2099” cannot be read."),
        (10, "Years are a number from 1 to 50. “many” is not."),
        (11, "The mail domain has more than 120 letters."),
    ]
    new = CompanyRule.objects.get(key="tidewater")
    assert (new.name, new.domain, new.scope, new.effect, new.note, new.created_by) == (
        "Tidewater GmbH", "tidewater.test", "now", "block", "Customer", owner,
    )  # fmt: skip
    known.refresh_from_db()
    assert (known.name, known.domain, known.scope, known.years, known.effect, known.note) == (
        "Riverbank Inc", "riverbank.test", "recent", 2, "warn", "Partner",
    )  # fmt: skip
    assert known.expires_on == date(2099, 12, 31)
    entry = AuditEntry.objects.get(action="company_rules.imported")
    assert entry.details == {"added": 1, "edited": 1}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("Colour,Size\nred,3\n", "The first row must hold titles, one of them “company”"),
        ("Company\n" + "".join(f"Firm {n}\n" for n in range(5001)), "more than 5,000 companies"),
    ],
)
def test_a_file_that_cannot_be_a_list_is_refused_whole(in_acme, owner, content, sentence):
    with pytest.raises(NoCompanies, match=sentence):
        import_rules(BytesIO(content.encode()), by=owner)
    assert not CompanyRule.objects.exists()


def test_admin_keeps_the_list(as_user, acme, owner):
    client = as_user(owner)
    entry = {
        "name": "Tidewater",
        "scope": "recent",
        "years": "2",
        "effect": "warn",
        "note": "Partner",
    }

    client.post(ADDRESS, entry)
    page = seen(client.get(ADDRESS))

    assert "Works there, or left in the last 2 years" in page
    assert "Partner" in page
    with acting_in(acme):
        rule = CompanyRule.objects.get()
    assert seen(client.post(ADDRESS, entry)).count("is on the list already") >= 1
    client.post(f"{ADDRESS}{rule.pk}/", entry | {"scope": "ever", "effect": "block"})
    with acting_in(acme):
        rule.refresh_from_db()
        assert (rule.scope, rule.years, rule.effect) == ("ever", None, "block")
    client.post(f"{ADDRESS}{rule.pk}/remove/")
    with acting_in(acme):
        assert not CompanyRule.objects.exists()


def test_page_gives_rows_back_with_what_is_wrong(as_user, acme, owner):
    file = SimpleUploadedFile("list.csv", b"company,effect\nTidewater,block\nRiverbank,shout\n")

    response = as_user(owner).post(f"{ADDRESS}import/", {"file": file})

    page = seen(response)
    assert "1 new, 0 changed, 1 not taken." in page
    assert "Line 3: What happens is one of: block, warn. “shout” is none of them." in page
    assert "Riverbank,shout," in page
    with acting_in(acme):
        assert [rule.name for rule in CompanyRule.objects.all()] == ["Tidewater"]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_three(client, acme, owner, rows, django_assert_num_queries):
    with acting_in(acme):
        for number in range(rows):
            add(owner, f"Tidewater {number}")
    client.force_login(owner)
    client.get(ADDRESS)

    with django_assert_num_queries(9):
        client.get(ADDRESS)


def test_everybody_and_somebody_are_told_the_same(in_acme, owner):
    add(owner, domain="tidewater.test", scope=CompanyRule.Scope.RECENT, years=2)
    add(owner, "Hooli", effect=WARN)
    add(owner, "Gone", expires_on=date(2020, 1, 1))
    people = [
        person(company="Tidewater GmbH"),
        person(job={"company": "Tidewater", "end_year": THIS_YEAR}),
        person(job={"company": "Tidewater", "end_year": THIS_YEAR - 9}),
        person(emails=["a@tidewater.test"]),
        person(emails=["b@mail.tidewater.test"]),
        person(company="Hooli"),
        person(company="Gone"),
    ]

    told = concerns_of([one.pk for one in people])
    blocked = {pk for pk, found in told.items() if any(one.effect == BLOCK for one in found)}
    assert blocked == {people[n].pk for n in (0, 1, 3, 4)}
    assert set(ids_blocked().values_list("candidate", flat=True)) == blocked
    assert set(found_where_blocked()) == blocked


def test_each_rule_finds_its_people_by_index(in_acme, owner):
    add(owner, domain="tidewater.test")
    # So many that one index is cheaper than another; among three people all cost the same.
    Candidate.objects.bulk_create(
        Candidate(full_name=f"Person {number}", company=f"Company {number}")
        for number in range(500)
    )

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE candidates_candidate")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT candidate_id FROM company_rule_person")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    for index in ("candidate_company_key", "email_at_domain", "email_below_domain"):
        assert f" {index} " in f"{plan} ", plan


@pytest.mark.parametrize("years", [1, 2])
@pytest.mark.parametrize("months_ago", range(10, 27))
def test_searching_agrees_with_the_reasons_about_who_left_when(in_acme, owner, years, months_ago):
    add(owner, scope=CompanyRule.Scope.RECENT, years=years)
    left = timezone.localdate().replace(day=1)
    months = left.year * 12 + left.month - 1 - months_ago
    someone = person(
        job={"company": "Tidewater", "end_year": months // 12, "end_month": months % 12 + 1}
    )

    assert found_where_blocked() == ([someone.pk] if months_ago <= 12 * years else [])
    assert bool(said_of(someone)) == (months_ago <= 12 * years)


def test_a_rule_that_is_over_or_only_warns_blocks_nobody(in_acme, owner):
    person(company="Hooli")
    person(company="Gone")
    assert works_where_blocked() is None

    add(owner, "Hooli", effect=WARN)
    add(owner, "Gone", expires_on=date(2020, 1, 1))

    assert works_where_blocked() is None


def nodes_of(plan: dict) -> list[dict]:
    return [plan, *(node for part in plan.get("Plans", []) for node in nodes_of(part))]


def test_a_page_asks_only_about_its_people(in_acme, owner, django_assert_num_queries):
    for name in ("Tidewater", "Hooli"):
        add(owner, name, domain=f"{name.lower()}.test", scope=CompanyRule.Scope.EVER)
    for number in range(300):
        person(
            company="Tidewater" if number % 7 == 0 else "Elsewhere",
            job={"company": "Hooli GmbH" if number % 5 == 0 else "Somewhere", "end_year": 2015},
        )
    with django_assert_num_queries(1):
        people = find_people(asked("contactable:yes"), searcher=ANY_READER)
    with connection.cursor() as cursor:
        # As the planner does for many people: the newest first, by their index.
        for way in ("seqscan", "sort", "bitmapscan", "hashjoin", "mergejoin", "material"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        page, parameters = people.order_by("-created_at", "-id")[:51].query.sql_with_params()
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {page}", parameters)
        ((explained,),) = cursor.fetchall()
    whole = json.loads(explained) if isinstance(explained, str) else explained
    nodes = nodes_of(whole[0]["Plan"])

    asked_about = {
        node["Relation Name"]: node["Actual Loops"]
        for node in nodes
        if node.get("Subplan Name") or node.get("Parent Relationship") == "Outer"
        if "Relation Name" in node
    }
    assert not any("hashed" in str(node.get("Filter")) for node in nodes)
    assert 51 <= asked_about["candidates_workexperience"] < 100, asked_about

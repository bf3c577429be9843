"""The database agrees with the plainest reading of a search, on random people and random trees."""

from datetime import date, timedelta
from typing import NamedTuple

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from candidates.models import (
    CandidateCustomValue,
    CandidateSkill,
    CustomField,
    SpokenLanguage,
    Touchpoint,
)
from candidates.queries.search import (
    ANY_READER,
    Combine,
    Condition,
    Group,
    PeopleQuery,
    Searcher,
    parse,
    prepare,
    simplified,
    write,
)
from candidates.services.searching import refresh_search_text
from crm.tenancy.models import Membership
from tests.candidates.search.naive import Person, matches
from tests.factories import (
    CandidateFactory,
    NoteFactory,
    SkillFactory,
    TagFactory,
    TalentPoolFactory,
    TouchpointFactory,
)

WORDS = (
    "ana",
    "Zoë",
    "java",
    "javascript",
    "C++",
    "C#",
    "node.js",
    "Łódź",
    "o'brien",
    "3d",
    "x1",
    "staff",
)
LANGUAGES, LEVELS = ("german", "french"), ("", "a2", "b2", "native")


class Labels(NamedTuple):
    """What all people of the test share."""

    tags: list[int]
    skills: dict[int, str]
    pools: list[int]
    members: list[int]
    fields: dict[str, CustomField]


@pytest.fixture
def labels(in_acme, recruiter, owner) -> Labels:
    return Labels(
        [TagFactory().pk for _ in range(2)],
        {row.pk: row.name for row in SkillFactory.create_batch(2)},
        [TalentPoolFactory().pk for _ in range(2)],
        [recruiter.pk, owner.pk],
        {
            key: CustomField.objects.create(key=key, name=key, kind=kind)
            for key, kind in (
                ("notice", CustomField.Kind.NUMBER),
                ("visa", CustomField.Kind.BOOLEAN),
            )
        },
    )


text = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)
emails = st.sets(st.sampled_from(("ana", "zoe.o", "java+x", "staff1")), max_size=2)


@st.composite
def people(draw, tags, skills, pools, members, fields):
    """A dozen people who share words, labels and days."""
    several = st.frozensets
    return [
        Person(
            name=f"{draw(text)} n{number}",
            company=draw(text),
            title=draw(text),
            city=draw(st.sampled_from(("", "Łódź", "New York"))),
            country=draw(st.sampled_from(("", "PL", "US"))),
            status=draw(st.sampled_from(("new", "nurturing", "do_not_contact", "not_now"))),
            owner=draw(st.sampled_from((None, *members))),
            contacted=draw(st.sampled_from((None, 0, 1, 6, 7, 8, 29, 30, 31, 400))),
            tags=draw(several(st.sampled_from(tags))),
            skills={pk: name for pk, name in skills.items() if draw(st.booleans())},
            pools=draw(several(st.sampled_from(pools))),
            emails=tuple(sorted(f"{local}.{number}@example.com" for local in draw(emails))),
            notes=tuple(draw(st.lists(text, max_size=2))),
            private_notes=tuple(draw(st.lists(text, max_size=1))),
            notice=draw(st.sampled_from((None, 0, 1, 2, 3))),
            visa=draw(st.sampled_from((None, True, False))),
            languages={
                name: draw(st.sampled_from(LEVELS))
                for name in draw(several(st.sampled_from(LANGUAGES)))
            },
            unsubscribed=draw(st.booleans()),
        )
        for number in range(12)
    ]


@st.composite
def trees(draw, tags, skills, pools, members, fields):
    """A tree of every kind of condition and group."""
    word = st.sampled_from(WORDS)
    term = st.one_of(
        word,
        word.map("{}*".format),
        st.tuples(word, word).map('"{0[0]} {0[1]}"'.format),
        word.map('"{}"'.format),
    )
    terms = st.lists(term, min_size=1, max_size=2).map(tuple)
    day = st.integers(0, 40).map(lambda ago: (date.today() - timedelta(days=ago)).isoformat())  # noqa: DTZ011
    span = st.sampled_from(("0d", "1d", "1w", "30d", "1m", "1y"))
    number = st.sampled_from(("0", "1", "2.5", "3"))

    def listed(values, operators=("any", "none", "all", "set", "empty")):
        chosen = st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)
        return st.sampled_from(operators).flatmap(
            lambda op: (
                st.just((op, ()))
                if op in {"set", "empty"}
                else chosen.map(lambda v: (op, tuple(map(str, v))))
            )
        )

    def of(field, pairs):
        return pairs.map(lambda pair: Condition(field, *pair))

    def one(operators, values):
        return st.tuples(st.sampled_from(operators), values.map(lambda value: (value,)))

    known = st.sampled_from((("set", ()), ("empty", ())))
    conditions = st.one_of(
        of("text", st.tuples(st.sampled_from(("any", "all", "none")), terms)),
        *(of(name, st.one_of(known, st.tuples(st.sampled_from(("any", "none")), terms))) for name in ("company", "title", "city")),
        of("name", st.tuples(st.sampled_from(("any", "none")), terms)),
        of("note", st.one_of(known, st.tuples(st.sampled_from(("any", "all", "none")), terms))),
        of("tag", listed(tags)),
        of("skill", listed(list(skills))),
        of("pool", listed(pools)),
        of("owner", listed(members, ("any", "none", "set", "empty"))),
        of("country", listed(("PL", "US", "DE"), ("any", "none", "set", "empty"))),
        of("status", listed(("new", "nurturing", "hired"), ("any", "none"))),
        of("language", listed(("german", "german b2", "french a2"))),
        of("contactable", st.sampled_from((("yes", ()), ("no", ())))),
        of("contacted", st.one_of(known, one(("within", "not_within", "older"), span), one(("from", "before", "on"), day), st.tuples(st.just("between"), st.tuples(day, day)))),
        of("field.notice", st.one_of(known, one(("at_least", "at_most", "equals"), number), st.tuples(st.just("between"), st.tuples(number, number)))),
        of("field.visa", st.one_of(known, listed(("True", "False"), ("any", "none")))),
    )  # fmt: skip
    nodes = st.recursive(
        conditions,
        lambda inner: st.builds(
            Group, st.sampled_from(Combine), st.lists(inner, min_size=1, max_size=3).map(tuple)
        ),
        max_leaves=8,
    )
    return Group(Combine.ALL, tuple(draw(st.lists(nodes, min_size=1, max_size=3))))


def store(person: Person, labels: Labels, author) -> int:
    noon = timezone.localtime().replace(hour=12)
    row = CandidateFactory(
        full_name=person.name,
        company=person.company,
        headline=person.title,
        city=person.city,
        country=person.country,
        status=person.status,
        owner_id=person.owner,
        last_contacted_at=None
        if person.contacted is None
        else noon - timedelta(days=person.contacted),
        emails=list(person.emails),
    )
    row.candidate_tags.bulk_create(
        row.candidate_tags.model(candidate=row, tag_id=pk) for pk in person.tags
    )
    row.pool_memberships.bulk_create(
        row.pool_memberships.model(candidate=row, pool_id=pk) for pk in person.pools
    )
    CandidateSkill.objects.bulk_create(
        CandidateSkill(candidate=row, skill_id=pk) for pk in person.skills
    )
    SpokenLanguage.objects.bulk_create(
        SpokenLanguage(candidate=row, name=name, normalized=name, level=level)
        for name, level in person.languages.items()
    )
    for body in person.notes:
        NoteFactory(candidate=row, body=body)
    for body in person.private_notes:
        NoteFactory(candidate=row, body=body, is_private=True, author=author)
    if person.notice is not None:
        CandidateCustomValue.objects.create(
            candidate=row, field=labels.fields["notice"], number=person.notice
        )
    if person.visa is not None:
        CandidateCustomValue.objects.create(
            candidate=row, field=labels.fields["visa"], yes=person.visa
        )
    if person.unsubscribed:
        TouchpointFactory(candidate=row, kind=Touchpoint.Kind.UNSUBSCRIBE)
    refresh_search_text([row.pk])
    return row.pk


@pytest.mark.parametrize("reads_private", [False, True])
@hypothesis_settings(
    max_examples=4,
    deadline=None,
    # Making a failure smaller would store people for minutes.
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(data=st.data())
def test_the_database_agrees_with_the_plain_reading(
    in_acme, recruiter, labels, reads_private, data
):
    member = Membership.objects.get(user=recruiter, organization=in_acme)
    searcher = Searcher(member) if reads_private else ANY_READER
    # Each example has its own people.
    before = transaction.savepoint()
    try:
        drawn = data.draw(people(*labels))
        persons = {store(person, labels, recruiter): person for person in drawn}
        for _ in range(15):
            agrees(data.draw(trees(*labels)), persons, searcher, reads_private=reads_private)
    finally:
        transaction.savepoint_rollback(before)


def agrees(tree: Group, persons: dict[int, Person], searcher: Searcher, *, reads_private: bool):
    prepared = prepare(PeopleQuery(tree), searcher=searcher)
    assert prepared.problems == []
    found = set(prepared.people().values_list("pk", flat=True))
    expected = {
        pk for pk, one in persons.items() if matches(tree, one, reads_private=reads_private)
    }
    assert found == expected, tree
    # The same tree, stored, and written as text.
    assert PeopleQuery.from_json(PeopleQuery(tree).as_json()).where == simplified(tree)
    written = write(tree, fields=prepared.fields, names=prepared.names)
    assert parse(written, searcher=searcher) == simplified(tree), written

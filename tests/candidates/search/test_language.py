"""The text language: what each way of writing means, and where an error points."""

import pytest

from candidates.models import CustomField, CustomFieldOption
from candidates.queries.search import (
    ANY_READER,
    Combine,
    Condition,
    Group,
    PeopleQuery,
    QueryError,
    parse,
    prepare,
    write,
)
from tests.factories import SkillFactory, TagFactory, TalentPoolFactory


@pytest.fixture
def named(in_acme):
    """Names that searches name, by name; with one custom field of each sort that needs names or not."""
    notice = CustomField.objects.create(name="Notice", key="notice", kind=CustomField.Kind.NUMBER)
    level = CustomField.objects.create(name="Level", key="level", kind=CustomField.Kind.SINGLE)
    option = CustomFieldOption.objects.create(field=level, name="Senior", normalized="senior")
    return {
        "good": TagFactory(name="Job fair").pk,
        "no": TagFactory(name="Not a fit").pk,
        "py": SkillFactory(name="Python").pk,
        "go": SkillFactory(name="Go").pk,
        "c": SkillFactory(name="C++").pk,
        "rd": SkillFactory(name="R&D").pk,
        "pool": TalentPoolFactory(name="Nordics").pk,
        "senior": option.pk,
        "notice": notice.pk,
    }


def words(*terms):
    return tuple(Condition("text", "any", (term,)) for term in terms)


def all_of(*parts):
    return Group(Combine.ALL, parts)


def any_of(*parts):
    return Group(Combine.ANY, parts)


def none_of(*parts):
    return Group(Combine.NONE, parts)


def c(field, operator, *values):
    return Condition(field, operator, values)


TABLE = [
    ("", all_of()),
    ("   ", all_of()),
    ("python", all_of(*words("python"))),
    ("python django", all_of(*words("python", "django"))),
    ("python AND django", all_of(*words("python", "django"))),
    ("python and django", all_of(*words("python", "and", "django"))),
    ("python OR go", all_of(any_of(*words("python", "go")))),
    ("a b OR c", all_of(any_of(all_of(*words("a", "b")), *words("c")))),
    ("a (b OR c)", all_of(*words("a"), any_of(*words("b", "c")))),
    ("((a))", all_of(*words("a"))),
    ("NOT java", all_of(c("text", "none", "java"))),
    ("-java", all_of(c("text", "none", "java"))),
    ("--java", all_of(*words("--java"))),
    ("NOT NOT java", all_of(*words("java"))),
    ("NOT (a OR b)", all_of(none_of(*words("a", "b")))),
    ("-(a b)", all_of(none_of(all_of(*words("a", "b"))))),
    ('"staff engineer"', all_of(*words('"staff engineer"'))),
    ("“staff engineer”", all_of(*words('"staff engineer"'))),
    ("engin*", all_of(*words("engin*"))),
    ("okafr~", all_of(*words("okafr~"))),
    ("c++ node.js", all_of(*words("c++", "node.js"))),
    ("zoe@example.com", all_of(*words("zoe@example.com"))),
    ("https://github.com/zoe", all_of(*words("https://github.com/zoe"))),
    ("berlin, germany", all_of(*words("berlin", "germany"))),
    ("Müller & Söhne", all_of(*words("Müller", "Söhne"))),
    ("smith - london", all_of(*words("smith", "london"))),
    ("smith | london – uk", all_of(*words("smith", "london", "uk"))),
    ("smith -london", all_of(*words("smith"), c("text", "none", "london"))),
    ("+49 151 2345678 python", all_of(*words('"+49 151 2345678"', "python"))),
    ("0151 23 45 67", all_of(*words('"0151 23 45 67"'))),
    ("+49 (0) 151/2345678", all_of(*words('"+49 (0) 151/2345678"'))),
    ("python 2019 2020", all_of(*words("python", "2019", "2020"))),
    ("007 bond", all_of(*words("007", "bond"))),
    ("phone:0151 23 45 lisbon", all_of(c("phone", "any", "01512345"), *words("lisbon"))),
    ("company:acme&globex", "A person has one company: write a comma"),
    ("added:>=90d", "Write a day as 2026-03-31"),
    ("x" * 201, "have at most 200 letters"),
    ("a OR b (c OR d (" * 7 + "e" + "))" * 7, "Groups lie at most 12 deep"),
    ("company:acme & globex", "“&” stands here alone"),
    ("smith &", "“&” stands here alone"),
    ("OR", "OR stands between two things"),
    ("a OR", "OR stands between two things"),
    ("AND b", "AND stands between two things"),
    ("a AND AND b", "AND stands between two things"),
    ("(a", "opened here and not closed"),
    ("a)", "closed here that was not opened"),
    ("()", "nothing in these parentheses"),
    ('"a', "quote is opened here"),
    ("NOT", "what must not be"),
    ("!!!", "no letter or digit"),
    ("ab~", "at least 3 letters"),
    ("note:kafka~", "likeness is looked for in the record, not in notes"),
    ("resume:kafka~", "Write “kafka*” there"),
    (" ".join(f"abc{number}~" for number in range(11)), "at most 10 words by their likeness"),
    ("company:" + ",".join(["go"] * 501), "A condition names at most 500 values."),
    ("company:acme", all_of(c("company", "any", "acme"))),
    ("company:acme,globex", all_of(c("company", "any", "acme", "globex"))),
    ('company:"acme corp"', all_of(c("company", "any", '"acme corp"'))),
    ("COMPANY:acme", all_of(c("company", "any", "acme"))),
    ("-company:acme", all_of(c("company", "none", "acme"))),
    ("company:", "Say after “company:”"),
    ("company: acme", "Say after “company:”"),
    ("compny:acme", "Did you mean “company”?"),
    ("skill:python", all_of(c("skill", "any", "{py}"))),
    ("skill:golang", all_of(c("skill", "any", "{go}"))),
    ("skill:PYTHON,go", all_of(c("skill", "any", "{py}", "{go}"))),
    ("skill:python&go", all_of(c("skill", "all", "{py}", "{go}"))),
    ("skill:c++", all_of(c("skill", "any", "{c}"))),
    ('skill:"R&D"', all_of(c("skill", "any", "{rd}"))),
    ("skill:py*", all_of(c("skill", "any", "py*"))),
    ("skill:a,b&c", "not both"),
    ("skill:pyhton", "Did you mean “Python”?"),
    ('tag:"Job fair"', all_of(c("tag", "any", "{good}"))),
    ("-tag:#{no}", all_of(c("tag", "none", "{no}"))),
    ("tag:Job fair", "There is no tag “Job”. Did you mean “Job fair”?"),
    ("tag:fit", "There is no tag “fit”. Did you mean “Not a fit”?"),
    ("tag:air", "There is no tag “air”."),
    ("pool:nordics", all_of(c("pool", "any", "{pool}"))),
    ("owner:me", all_of(c("owner", "any", "me"))),
    ("no:owner", all_of(c("owner", "empty"))),
    ("has:resume", all_of(c("resume", "set"))),
    ("-has:resume", all_of(c("resume", "empty"))),
    ("no:status", "cannot be compared"),
    ("warmth:>20", "Write >= before a number: it counts itself."),
    ("status:nurturing", all_of(c("status", "any", "nurturing"))),
    ('status:"not now"', all_of(c("status", "any", "not_now"))),
    ("country:de,france", all_of(c("country", "any", "DE", "FR"))),
    ("country:Atlantis", "There is no country “Atlantis”."),
    ("language:german", all_of(c("language", "any", "german"))),
    ('language:"German B2"', all_of(c("language", "any", "german b2"))),
    ("contacted:90d", all_of(c("contacted", "within", "90d"))),
    ("-contacted:90d", all_of(c("contacted", "not_within", "90d"))),
    ("contacted:>90d", all_of(c("contacted", "older", "90d"))),
    ("no:contacted", all_of(c("contacted", "empty"))),
    ("added:2026-01-31", all_of(c("added", "on", "2026-01-31"))),
    ("added:>=2026-01-31", all_of(c("added", "from", "2026-01-31"))),
    # A day counts itself unless it says otherwise.
    ("added:>2026-01-31", all_of(c("added", "from", "2026-02-01"))),
    ("added:<=2026-02-28", all_of(c("added", "before", "2026-03-01"))),
    ("added:>2026-02-31", "There is no day 2026-02-31."),
    ("added:<2026-01-31", all_of(c("added", "before", "2026-01-31"))),
    ("added:2026-01-01..2026-01-31", all_of(c("added", "between", "2026-01-01", "2026-01-31"))),
    ("added:2026-02-31", "There is no day 2026-02-31."),
    ("added:soon", "Write a day as 2026-03-31, or a number and a unit"),
    ("added:next3w", "cannot be compared"),
    ("snoozed:next3w", all_of(c("snoozed", "next", "3w"))),
    ("contactable:yes", all_of(c("contactable", "yes"))),
    ("-contactable:yes", all_of(c("contactable", "no"))),
    ("contactable:perhaps", "is yes or no"),
    ("field.notice:>=2", all_of(c("field.notice", "at_least", "2"))),
    ("notice:1..3", all_of(c("field.notice", "between", "1", "3"))),
    ('notice:<="80000 EUR"', all_of(c("field.notice", "at_most", "80000EUR"))),
    ("notice:many", "Write a number"),
    ("level:senior", all_of(c("field.level", "any", "{senior}"))),
    ("field.gone:3", "There is no field “field.gone”."),
    ("(" * 13 + "a" + ")" * 13, "deep"),
    ("a " * 101, "at most 100 conditions"),
]


def with_ids(node, ids):
    if isinstance(node, Condition):
        return Condition(node.field, node.operator, tuple(v.format(**ids) for v in node.values))
    return Group(node.combine, tuple(with_ids(part, ids) for part in node.parts))


@pytest.mark.parametrize(("text", "meaning"), TABLE, ids=[text[:40] for text, _ in TABLE])
def test_parse(named, text, meaning):
    text = text.replace("{no}", str(named["no"]))
    if isinstance(meaning, str):
        with pytest.raises(QueryError) as wrong:
            parse(text, searcher=ANY_READER)
        assert meaning in wrong.value.sentence
        assert 0 <= wrong.value.at <= len(text)
    else:
        assert parse(text, searcher=ANY_READER) == with_ids(meaning, named)


@pytest.mark.parametrize("text", [t for t, m in TABLE if not isinstance(m, str)])
def test_write_means_the_same(named, text):
    tree = parse(text.replace("{no}", str(named["no"])), searcher=ANY_READER)
    prepared = prepare(PeopleQuery(tree), searcher=ANY_READER)
    assert prepared.problems == ([] if "owner:me" not in text else prepared.problems)

    written = write(tree, fields=prepared.fields, names=prepared.names)

    assert parse(written, searcher=ANY_READER) == tree


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("python compny:acme", "compny"),
        ("python skill:go,pyhton", "pyhton"),
        ("a (b OR c", "("),
        ("added:soon python", "soon"),
        ("a OR (b AND)", "AND"),
        ("zoe tag:“No such tag”", "“No such tag”"),
    ],
)
def test_an_error_points_at_its_place(named, text, place):
    with pytest.raises(QueryError) as wrong:
        parse(text, searcher=ANY_READER)

    at, length = wrong.value.at, wrong.value.length
    assert text[at : at + length] == place


def test_names_are_looked_up_once_for_each_field(named, django_assert_num_queries):
    with django_assert_num_queries(2):
        parse(
            "skill:python skill:go (skill:c++ OR tag:'x' OR tag:\"Not a fit\")".replace(
                "tag:'x' OR ", ""
            ),
            searcher=ANY_READER,
        )

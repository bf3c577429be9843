import pytest

from campaigns.models import Sender
from campaigns.services.rendering import FIELDS, check, render
from candidates.models import Candidate
from candidates.services import custom_fields
from candidates.services.provenance import by_hand
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender(in_acme) -> Sender:
    return Sender(name="Robin Reyes", address="robin@acme.example")


@pytest.fixture
def amara(in_acme) -> Candidate:
    return CandidateFactory(full_name="Amara Ngozi Okafor", headline="Engineer", city="Lagos")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi {{ first_name }},", "Hi Amara,"),
        ("Hi {{first_name}},", "Hi Amara,"),
        ("Hi {{ first_name | there }},", "Hi Amara,"),
        ("{{ last_name }} · {{ full_name }}", "Ngozi Okafor · Amara Ngozi Okafor"),
        ("{{ title }} at {{ company }} in {{ city }}", "Engineer at Initech in Lagos"),
        ("{{ sender_name }}, {{ sender_first_name }}", "Robin Reyes, Robin"),
        ("{{ sender_address }} of {{ organization }}", "robin@acme.example of Acme"),
        ("no field, { one brace } and }", "no field, { one brace } and }"),
    ],
)
def test_render_fills_fields(text, expected, amara, sender):
    rendered = render(text, amara, sender=sender)

    assert (rendered.text, rendered.missing) == (expected, [])


def test_render_uses_the_fallback_where_there_is_no_value(amara, sender):
    amara.company = " "

    assert render("at {{ company | your company }}", amara, sender=sender).text == "at your company"


def test_render_says_what_is_missing(amara, sender):
    amara.company = amara.city = ""

    rendered = render("{{ company }} {{ city | }} {{ title }}", amara, sender=sender)

    assert rendered.missing == ["company", "city"]


def test_a_preferred_name_is_the_first_name(amara, sender):
    amara.preferred_name = "Ama"

    assert render("{{ first_name }}", amara, sender=sender).text == "Ama"


@pytest.mark.parametrize("name", ["amara@example.com", "?uayp ?afak", "Ren\ufffd"])
def test_what_is_no_name_is_not_written_to(amara, sender, name):
    amara.full_name = name

    assert render("Hi {{ first_name }}", amara, sender=sender).missing == ["first_name"]


@pytest.mark.parametrize(
    "value",
    [
        "{{ company }}",
        "{{ first_name | {{ company }} }}",
        "{% load static %}",
        "{0.__class__}",
        "%(company)s",
        "${company}",
        "\\g<0>",
        "\\1",
    ],
)
def test_a_value_is_never_expanded_again(value, amara, sender):
    amara.company = value

    assert render("At {{ company }}!", amara, sender=sender).text == f"At {value}!"


def test_a_value_cannot_start_a_new_line(amara, sender):
    amara.company = "Initech\r\nBcc: everybody@example.com\u2028x\x00"

    assert render("{{ company }}", amara, sender=sender).text == (
        "Initech Bcc: everybody@example.com x"
    )


def test_a_value_has_an_end(amara, sender):
    amara.company = "x" * 12_000

    assert len(render("{{ company }}", amara, sender=sender).text) == 200


# What people try, or mistype. None of it may be saved; if it is in the table nevertheless, nothing goes out.
REFUSED = [
    "{{ 7*7 }}",
    "{{ first_name.__class__ }}",
    "{{ first_name.upper }}",
    "{{ first_name|upper|lower }} {{ nickname }}",
    "{{ candidate.notes }}",
    "{{ organization.users }}",
    "{{ organization_id }}",
    "{{ request }}",
    "{{ settings.SECRET_KEY }}",
    "{{ salary_expectation }}",
    "{{ First_Name }}",
    "{{ first name }}",
    "{{ firstname }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ self }}",
    "{{ }}",
    "{{}}",
    "{{ | there }}",
    "{{{ first_name }}}",
    "{{ {{ first_name }} }}",
    "{{ config.items() }}",
    "{{ 'a'*99999999 }}",
    "{{ include 'x' }}",
    "{{ first_name\n.x }}",
    "{{# each #}}",
    "{{ ﬁrst_name }}",
    "{{ first_name\u200b }}",
    "{{ first_name.__init__.__globals__ }}",
    "{{ sender.password }}",
    "{{ sender_name.user.password }}",
    "{{ custom.__class__ }}",
    "{{ custom. }}",
    "{{ custom.notes.secret }}",
    "{{ request.META }}",
    "{{ block.super }}",
    "{{ joiner }}{{ cycler.__init__ }}",
    "{{ lipsum.__globals__.os }}",
    "{{ first_name() }}",
    "{{ first_name[0] }}",
    "{{ 1/0 }}",
    "{{ None }}",
    "{{ candidate_id }}",
    "{{ email }}",
    "{{ debug }}",
    "{{ csrf_token }}",
    "{{ forloop.counter }}",
    "{{ first_name; company }}",
    "{{ first_name, company }}",
    "{{ #with first_name }}",
    "{{ ../company }}",
    "{{ @root }}",
    "{{ > partial }}",
    "{{ & first_name }}",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_field_is_refused_and_never_sent(text, amara, sender):
    assert check(text)
    assert render(text, amara, sender=sender).missing


@pytest.mark.parametrize("text", ["Hi {{ first_name", "Hi first_name }}", "{{", "}} {{"])
def test_braces_that_do_not_close_are_refused(text):
    assert check(text)


# These are texts like any other.
LITERAL = [
    "{% load static %}{% debug %}",
    "{% for x in y %}{% endfor %}",
    "{# comment #}",
    "{0.__class__.__init__.__globals__}",
    "%s %(first_name)s %n",
    "${first_name} $first_name #{7*7} <%= 7*7 %>",
    "{first_name}",
    "[[first_name]] *|FNAME|*",
    "<script>alert(1)</script>",
    "\\u007b\\u007b 7*7 \\u007d\\u007d",
    "&#123;&#123; 7*7 &#125;&#125;",
    "@{first_name} ~~x~~ `id` $(id)",
    "{$first_name} {php}{/php}",
    "#set($x=1) #foreach($i in [1]) $i #end",
    "<#assign x=1> <%- first_name %> {%- if x -%}",
    "%{first_name} :first_name: __first_name__",
]


@pytest.mark.parametrize("text", LITERAL)
def test_other_languages_of_templates_mean_nothing(text, amara, sender):
    assert check(text) == []
    assert render(text, amara, sender=sender).text == text


def test_a_problem_says_where_it_is():
    problems = check("Hi {{ first_name }},\nwe liked {{ compny }}\n\n{{ first_name")

    assert [(problem.line, problem.column) for problem in problems] == [(2, 10), (4, 1)]
    assert str(problems[0]).startswith(
        "Line 2, column 10: “compny” is not a merge field. Known are"
    )


def test_every_field_can_be_read(amara, sender):
    text = " ".join(f"{{{{ {name} }}}}" for name in FIELDS)

    assert check(text) == []
    assert render(text, amara, sender=sender).missing == []


def test_a_long_text_is_read_quickly(amara, sender):
    text = "{{ " * 50_000

    assert render(text, amara, sender=sender).text == text
    assert render(f"{text}}}}}", amara, sender=sender).missing != []
    assert len(check("{{ x }}" * 200)) == 200


@pytest.fixture
def custom(amara, owner):
    custom_fields.add_field(name="Notice", kind="text", by=owner)
    custom_fields.add_field(name="Pay", kind="money", by=owner)
    custom_fields.add_field(name="Secret", kind="text", visible_to="admins", by=owner)
    custom_fields.set_values(
        amara, {"notice": "3\nmonths", "secret": "hidden"}, provenance=by_hand(owner)
    )


@pytest.mark.parametrize(
    ("text", "expected", "missing"),
    [
        ("{{ custom.notice }}", "3 months", []),
        ("{{custom.notice|soon}}", "3 months", []),
        ("{{ custom.pay | fair pay }}", "fair pay", []),
        ("{{ custom.pay }}", "", ["custom.pay"]),
        ("{{ custom.secret | x }}", "x", ["custom.secret"]),
        ("{{ custom.unknown | x }}", "x", ["custom.unknown"]),
    ],
)
def test_custom_fields_are_merge_fields_unless_they_are_hidden(
    amara, sender, custom, text, expected, missing
):
    rendered = render(text, amara, sender=sender)

    assert (rendered.text, rendered.missing) == (expected, missing)


def test_check_knows_custom_fields(custom):
    assert check("{{ custom.notice | soon }}") == []
    (problem,) = check("{{ custom.secret }}")
    assert "“custom.secret” is not a merge field." in str(problem)
    assert "custom.notice" in str(problem)
    assert "custom.secret," not in str(problem)


def test_texts_without_custom_fields_ask_the_database_nothing(
    amara, sender, custom, django_assert_num_queries
):
    with django_assert_num_queries(0):
        render("Hi {{ first_name }}", amara, sender=sender)

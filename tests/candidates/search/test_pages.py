"""The search on the list's page, and the filter builder, both also without JavaScript."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from candidates.models import CustomField, Note
from candidates.queries.search import registry
from crm.tenancy.scope import acting_in
from pipelines.services.candidacies import add_to_job
from pipelines.services.jobs import create_job
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory, NoteFactory, TagFactory

LIST, BUILD = "/acme/candidates/", "/acme/candidates/search/"


@pytest.fixture
def people(acme, recruiter):
    with acting_in(acme):
        tag = TagFactory(name="Job fair")
        ana = CandidateFactory(
            full_name="Ana Okafor", tags=[tag.name], skills=["Go"], owner=recruiter
        )
        bo = CandidateFactory(full_name="Bo Ek", company="Acme Corp", skills=["Python"])
        return {"tag": tag, "ana": ana, "bo": bo}


def names(response) -> set[str]:
    return {name for name in ("Ana Okafor", "Bo Ek") if name in seen(response)}


def test_an_error_is_shown_at_its_place(people, recruiter, as_user):
    response = as_user(recruiter).get(LIST, {"q": "ana compny:x"})

    assert names(response) == set()
    assert "There is no field “compny”. Did you mean “company”?" in seen(response)
    assert "<code>ana <mark>compny</mark>:x</code>" in response.text


def test_what_is_gone_is_said_and_finds_nobody(acme, people, recruiter, as_user):
    with acting_in(acme):
        gone = people["tag"].pk
        people["tag"].delete()

    for query in (f"where=-tag:%23{gone}", f"tag={gone}"):
        response = as_user(recruiter).get(f"{LIST}?{query}")
        assert names(response) == set()
        assert "A tag that this search names is not there any more: nobody is found." in seen(
            response
        )


def test_a_misspelled_name_finds_similar_ones_and_says_so(people, recruiter, as_user):
    client = as_user(recruiter)
    response = client.get(LIST, {"q": "okafr"})

    assert names(response) == {"Ana Okafor"}
    assert "Nobody has exactly “okafr”: these are similar." in seen(response)
    # Two letters exchanged leave too few groups of three alike.
    client_sees = client.get(LIST, {"q": "kooafor"})
    assert names(client_sees) == set()
    client_sees = client.get(LIST, {"q": "oakfor"})
    assert names(client_sees) == {"Ana Okafor"}
    # Acts on all of them mean those that are shown.
    bulk = client.post(f"{LIST}bulk/tag/", {"everything": "1", "query": response.context["meant"]})
    assert bulk.context["form"].initial["frozen"] == str(people["ana"].pk)


def test_another_word_for_a_skill_finds_who_has_it(people, recruiter, as_user):
    client = as_user(recruiter)

    response = client.get(LIST, {"q": "golang okafor"})
    misspelled = client.get(LIST, {"q": "golang okafr"})

    assert names(response) == names(misspelled) == {"Ana Okafor"}
    assert response.context["meant"] == urlencode({"q": "skill:Go okafor"})
    assert "Nobody has exactly “golang okafor”: these are similar." in seen(response)


def test_signs_in_small_letters_are_understood_where_they_find_nobody_as_words(
    people, recruiter, as_user
):
    client = as_user(recruiter)

    response = client.get(LIST, {"q": 'okafor or "nobody or none"'})
    both = client.get(LIST, {"q": "ana and okafor"})

    assert names(response) == names(both) == {"Ana Okafor"}
    assert response.context["meant"] == urlencode({"q": 'okafor OR "nobody or none"'})


def test_chips_say_the_search_and_take_it_back_part_by_part(people, recruiter, as_user):
    query = {"q": "a", "where": 'tag:"Job fair" -company:globex (has:email OR owner:me)'}
    response = as_user(recruiter).get(LIST, query)

    assert names(response) == {"Ana Okafor"}
    chips = {str(chip): chip.without for chip in response.context["chips"]}
    assert list(chips) == [
        "Tag is Job fair",
        "Company has none of globex",
        "Any of E-mail is known or Owner is me",
    ]
    rest = parse_qs(urlsplit(chips["Company has none of globex"]).query)
    assert rest == {"q": ["a"], "where": ['tag:"Job fair" (has:email OR owner:me)']}


def test_private_notes_are_found_by_their_author_alone(acme, people, recruiter, sourcer, as_user):
    with acting_in(acme):
        NoteFactory(
            candidate=people["bo"], body="Wants to sail.", is_private=True, author=recruiter
        )

    assert names(as_user(recruiter).get(LIST, {"q": "sail"})) == {"Bo Ek"}
    assert names(as_user(sourcer).get(LIST, {"q": "sail"})) == set()
    with acting_in(acme):
        Note.objects.update(is_private=False)
    assert names(as_user(sourcer).get(LIST, {"q": "sail"})) == {"Bo Ek"}


def test_a_field_that_one_does_not_see_is_not_searched_by(acme, people, owner, recruiter, as_user):
    with acting_in(acme):
        CustomField.objects.create(
            name="Pay", key="pay", kind="number", visible_to=CustomField.Visibility.ADMINS
        )

    assert names(as_user(owner).get(LIST, {"q": "no:field.pay"})) == {"Ana Okafor", "Bo Ek"}
    response = as_user(recruiter).get(LIST, {"q": "no:field.pay"})
    assert names(response) == set()
    assert "There is no field “field.pay”." in seen(response)


def press(client, data, do):
    return client.get(BUILD, {**data, "do": do})


def test_a_search_is_built_press_by_press(people, recruiter, as_user, mode):
    client = as_user(recruiter)
    root = {"node-0": "group", "in-0": "", "all-0": "all"}
    assert "Show 2 people" in seen(client.get(BUILD))
    added = press(client, root, "add:0")
    assert 'name="field-1"' in added.text
    tagged = {
        **root,
        "node-1": "condition",
        "in-1": "0",
        "field-1": "tag",
        "was-1": "tag",
        "is-1": "none",
        "of-1": str(people["tag"].pk),
    }
    assert "Show 1 person" in seen(press(client, tagged, "again"))
    grouped = press(client, tagged, "group:0")
    assert 'name="all-2"' in grouped.text
    nested = {
        **tagged,
        "node-2": "group",
        "in-2": "0",
        "all-2": "any",
        "node-3": "condition",
        "in-3": "2",
        "field-3": "company",
        "was-3": "company",
        "is-3": "any",
        "of-3": "hooli, acme corp",
    }
    found = press(client, nested, "find")
    to = found.headers["HX-Redirect"] if mode == "htmx" else found.url
    where = parse_qs(urlsplit(to).query)["where"][0]
    assert where == '-tag:"Job fair" company:hooli,"acme corp"'
    assert names(client.get(to)) == {"Bo Ek"}
    removed = press(client, nested, "remove:2")
    assert 'name="field-3"' not in removed.text


def test_the_builder_opens_with_the_list_s_search(people, recruiter, as_user):
    response = as_user(recruiter).get(BUILD, {"where": 'tag:"Job fair"', "q": "ana", "owner": "me"})

    assert 'owner:me ana tag:"Job fair"' in response.context["text"]
    assert "Show 1 person" in seen(response)


def test_the_builder_says_what_of_a_search_it_cannot_show(people, recruiter, as_user):
    response = as_user(recruiter).get(BUILD, {"where": 'tag:"No such"'})

    assert [mistake.place for mistake in response.context["errors"]] == ['"No such"']
    assert "<mark>&quot;No such&quot;</mark>" in response.text


def asked_for(field, operator, **more):
    """The form with one condition; `more` says what stands in its value's fields."""
    named = {f"{name.replace('_', '-')}-1": value for name, value in more.items()}
    data = {"node-0": "group", "all-0": "all", "node-1": "condition", "in-1": "0"}
    return {**data, "field-1": field, "was-1": field, "is-1": operator, **named}


def test_values_are_added_by_name_and_dropped_one_by_one(acme, people, recruiter, as_user):
    with acting_in(acme):
        tags = [TagFactory(name=f"Tag {number:02}") for number in range(40)]
    client = as_user(recruiter)
    data = asked_for("tag", "any", of=[str(people["tag"].pk)])

    # So many tags are typed, not chosen from a menu; case does not matter.
    opened = press(client, data, "again")
    assert 'list="names-tag"' in opened.text
    assert '<option value="Tag 07">' in opened.text
    added = press(client, {**data, "more-1": "tag 07"}, "again")
    assert added.context["text"] == 'tag:"Job fair","Tag 07"'
    both = asked_for("tag", "any", of=[str(people["tag"].pk), str(tags[7].pk)])
    dropped = press(client, both, f"drop:1:{people['tag'].pk}")
    assert dropped.context["text"] == 'tag:"Tag 07"'
    unknown = press(client, {**both, "more-1": "Tag 77"}, "again")
    assert "There is no tag “Tag 77”." in seen(unknown)
    assert 'value="Tag 77"' in unknown.text
    assert unknown.context["text"] == 'tag:"Job fair","Tag 07"'


def test_few_values_are_chosen_from_a_menu(people, recruiter, as_user):
    chosen = press(
        as_user(recruiter), asked_for("status", "any", of=["new"], more="hired"), "again"
    )

    assert '<select id="more-1"' in chosen.text
    assert chosen.context["text"] == "status:New,Hired"


@pytest.mark.parametrize(
    ("field", "operator", "filled", "text"),
    [
        ("contacted", "within", {"of": ["6"], "unit": "w"}, "contacted:6w"),
        ("contacted", "older", {"of": ["90"], "unit": "d"}, "contacted:>90d"),
        ("added", "between", {"of": ["2026-01-01", "2026-03-31"]}, "added:2026-01-01..2026-03-31"),
        # What was written for another comparison is no day.
        ("added", "before", {"of": ["6"], "unit": "w"}, ""),
        ("warmth", "between", {"of": ["20", "60"]}, "warmth:20..60"),
        ("warmth", "between", {"of": ["20", ""]}, ""),
        ("company", "any", {"of": ['foo "bar, or "abc']}, 'company:"foo bar","or abc"'),
        ("near", "any", {"of": ["Berlin 50 km"]}, 'near:"Berlin 50 km"'),
    ],
)
def test_spans_days_and_ranges_are_written_as_one_types_them(
    people, recruiter, as_user, field, operator, filled, text
):
    response = press(as_user(recruiter), asked_for(field, operator, **filled), "again")

    assert response.context["text"] == text


def test_what_stands_far_from_an_error_is_left_out_and_said_so(people, recruiter, as_user):
    response = as_user(recruiter).get(LIST, {"q": f"{'ana ' * 20}stage:interveiw{' bo' * 20}"})

    (mistake,) = response.context["errors"]
    assert mistake.place == "interveiw"
    assert mistake.before == f"…{('ana ' * 20 + 'stage:')[-40:]}"
    assert mistake.after == f"{(' bo' * 20)[:40]}…"


def test_a_value_that_cannot_be_read_keeps_what_was_typed(people, recruiter, as_user):
    data = {
        "node-0": "group",
        "all-0": "all",
        "node-1": "condition",
        "in-1": "0",
        "field-1": "contacted",
        "was-1": "contacted",
        "is-1": "within",
        "of-1": "soon",
    }
    response = press(as_user(recruiter), data, "find")

    assert response.status_code == 200
    assert 'value="soon"' in response.text
    assert "Write a number and a unit" in seen(response)


def test_of_two_jobs_of_one_title_the_one_that_was_chosen_is_meant(
    acme, people, recruiter, as_user
):
    with acting_in(acme):
        older, newer = (create_job(title="Twin Engineer", by=recruiter) for _ in range(2))
        add_to_job(older, [people["ana"].pk], by=recruiter)
    client = as_user(recruiter)
    chosen = {"node-0": "group", "all-0": "all", "node-1": "condition", "in-1": "0", "do": "find"}
    job = {"field-1": "job", "was-1": "job", "is-1": "any"}

    found = client.get(BUILD, {**chosen, **job, "of-1": older.pk})

    address = found.headers.get("HX-Redirect") or found["Location"]
    assert parse_qs(urlsplit(address).query)["where"] == [f"job:#{older.pk}"]
    assert names(client.get(address)) == {"Ana Okafor"}
    found = client.get(BUILD, {**chosen, **job, "of-1": newer.pk})
    address = found.headers.get("HX-Redirect") or found["Location"]
    assert parse_qs(urlsplit(address).query)["where"] == ['job:"Twin Engineer"']
    assert names(client.get(address)) == set()


def test_whatever_has_names_is_chosen_by_name(acme, people, recruiter, as_user):
    """Some fields' names depend on who asks: jobs and stages as much as tags."""
    client = as_user(recruiter)
    fields = [one.key for one in registry.fields.values() if one.is_named]
    assert {"tag", "job", "stage"} <= set(fields)
    for key in fields:
        draft = {"node-0": "group", "all-0": "all", "node-1": "condition", "in-1": "0"}
        page = client.get(BUILD, {**draft, "field-1": key, "was-1": key, "is-1": "any"}).text
        assert 'name="more-1"' in page, key
        assert 'id="of-1"' not in page, key

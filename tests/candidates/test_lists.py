"""The list of candidates, and acts on many of them."""

from types import SimpleNamespace

import pytest

from candidates import panels
from candidates.models import Candidate, CandidateTag, Change, ChangeSet, TalentPool, Touchpoint
from candidates.queries import page_of_candidates
from candidates.services.candidates import assign_owner
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory, TagFactory, TalentPoolFactory, TaskFactory

LIST = "/acme/candidates/"


@pytest.fixture
def people(acme, recruiter, sourcer):
    with acting_in(acme):
        pool, tag = TalentPoolFactory(name="Silver"), TagFactory(name="Berlin")
        return {
            "ana": CandidateFactory(full_name="Ana Silva", owner=recruiter, tags=[tag.name]),
            "bo": CandidateFactory(
                full_name="Bo Ek", owner=sourcer, pools=[pool], company="Ørsted"
            ),
            "cy": CandidateFactory(full_name="Cy Young", emails=["cy@example.com"]),
            "pool": pool,
            "tag": tag,
        }


def shown(response) -> set[str]:
    words = seen(response)
    return {name for name in ("Ana Silva", "Bo Ek", "Cy Young") if name in words}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Ana Silva", "Bo Ek", "Cy Young"}),
        ("q=SILVA", {"Ana Silva"}),
        ("q=orsted", {"Bo Ek"}),
        ("q=cy%40example", {"Cy Young"}),
        ("tag={tag.pk}", {"Ana Silva"}),
        ("pool={pool.pk}", {"Bo Ek"}),
        ("owner=me", {"Ana Silva"}),
        ("owner=none", {"Cy Young"}),
        ("owner={bo.owner_id}&pool={pool.pk}", {"Bo Ek"}),
        ("owner=me&pool={pool.pk}", set()),
        ("status=hired", set()),
        ("sort=untouched", {"Ana Silva", "Bo Ek", "Cy Young"}),
        ("owner=%00&sort=up&cursor=junk", {"Ana Silva", "Bo Ek", "Cy Young"}),
        # What is not there must not widen the list to everybody.
        ("tag=x", set()),
        ("pool=99999999999999999999", set()),
        ("status=none", set()),
        ("q=(ana", set()),
        ("q=ana&where=tag:Berlin", {"Ana Silva"}),
        ("where=-tag:Berlin%20no:owner", {"Cy Young"}),
        ("q=%00", {"Ana Silva", "Bo Ek", "Cy Young"}),
    ],
)  # fmt: skip
def test_list_shows_who_matches(people, recruiter, as_user, query, names):
    response = as_user(recruiter).get(f"{LIST}?{query.format(**people)}")

    assert shown(response) == names
    assert f'<span id="count" class="hide-sm">{len(names)}</span>' in response.text


def test_list_answers_htmx_with_a_part_of_the_page(people, recruiter, as_user, mode):
    text = as_user(recruiter).get(LIST).text

    assert ("<html" in text) == (mode == "plain")
    assert 'id="results"' in text
    assert 'id="page-foot"' in text


def test_list_names_the_filters_that_are_on(people, recruiter, as_user):
    path = f"{LIST}?q=a&tag={people['tag'].pk}&owner=me"
    response = as_user(recruiter).get(path)

    assert "Tag is Berlin" in seen(response)
    assert "Owner is me" in seen(response)
    assert 'href="?q=a&amp;owner=me"' in response.text


def test_list_shows_the_last_activity_but_no_private_note_of_others(
    acme, people, recruiter, sourcer, as_user
):
    with acting_in(acme):
        TaskFactory(candidate=people["ana"], due_on="2020-01-01")
        Touchpoint.objects.create(candidate=people["ana"], kind="call", summary="Rang twice")
        note = people["ana"].notes.create(author=sourcer, body="Hush", is_private=True)
        Touchpoint.objects.create(
            candidate=people["ana"], kind="note", summary="Private note", note=note, actor=sourcer
        )

    text = as_user(recruiter).get(f"{LIST}?q=ana").text

    assert "Rang twice" in text
    assert "Private note" not in text
    assert "Overdue" in text


def test_a_tag_hides_no_contact(acme, people, recruiter, as_user):
    with acting_in(acme):
        for kind, summary in [("call", "Rang twice"), ("tag", "Tagged LinkedIn Nov")]:
            Touchpoint.objects.create(candidate=people["ana"], kind=kind, summary=summary)

    text = as_user(recruiter).get(f"{LIST}?q=ana").text

    assert "Rang twice" in text
    assert "Tagged LinkedIn Nov" not in text


def test_list_pages_hold_fifty(acme, recruiter, as_user, monkeypatch):
    monkeypatch.setitem(page_of_candidates.__kwdefaults__, "size", 2)
    with acting_in(acme):
        for name in ("First", "Second", "Third"):
            CandidateFactory(full_name=name)
    client = as_user(recruiter)

    newest = client.get(LIST)
    oldest = client.get(f"{LIST}?cursor={newest.context['page'].next_cursor}")

    assert [person.full_name for person in newest.context["page"].rows] == ["Third", "Second"]
    assert [person.full_name for person in oldest.context["page"].rows] == ["First"]
    assert "Nobody here yet" not in oldest.text


def test_empty_lists_say_what_to_do(acme, recruiter, as_user):
    client = as_user(recruiter)

    assert "Nobody here yet" in seen(client.get(LIST))
    assert "Nobody matches" in seen(client.get(f"{LIST}?q=x"))


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_the_same_queries_for_any_number_of_rows(
    acme, recruiter, client, bare_panels, count_queries, rows
):
    with acting_in(acme):
        pool = TalentPoolFactory()
        for _ in range(rows):
            person = CandidateFactory(
                emails=None, tags=["A", "B"], skills=["Go"], pools=[pool], owner=recruiter
            )
            TaskFactory(candidate=person, due_on="2030-01-01")
    client.force_login(recruiter)

    # Session, user, membership, frame; ids, rows, count.
    assert count_queries(client, LIST) == 7


@pytest.mark.parametrize("rows", [1, 3])
def test_whole_list_takes_eight_queries(acme, recruiter, client, count_queries, rows):
    """With what jobs and sequences show in it."""
    with acting_in(acme):
        CandidateFactory.create_batch(rows)
    client.force_login(recruiter)

    # The stages of jobs besides.
    assert count_queries(client, LIST) == 8


def test_names_to_filter_by_come_when_the_menu_opens(people, recruiter, as_user, mode):
    client = as_user(recruiter)

    assert "Berlin" not in client.get(LIST, headers={"HX-Request": ""}).text
    response = client.get(f"{LIST}filters/")

    if mode == "htmx":
        assert "<html" not in response.text
    else:
        # Without JavaScript the link in the menu brings the list with them.
        assert response.url == f"{LIST}?filters=1"
        response = client.get(response.url)
        assert "<html" in response.text
    assert '<select name="tag"' in response.text
    assert all(word in seen(response) for word in ("Berlin", "Silver", "Nobody"))


def test_columns_of_higher_apps_replace_the_status(people, recruiter, as_user, bare_panels):

    panels.register_column(
        "Stage",
        "pipelines/panels/stage.html",
        lambda ids, request: {
            people["ana"].pk: SimpleNamespace(job="<Job>", stage="Onsite", ring="")
        },
    )

    response = as_user(recruiter).get(LIST)

    assert "Name Stage Warmth Skills" in seen(response)
    assert response.text.count("Onsite") == 1
    assert 'title="&lt;Job&gt;"' in response.text
    # The others have nothing to show in the first column: their status stands there.
    assert seen(response).count("Nurturing") + seen(response).count("New") >= 2


def test_readers_who_may_not_edit_get_no_selection(people, viewer, as_user):
    text = as_user(viewer).get(LIST).text

    assert shown(as_user(viewer).get(LIST)) == {"Ana Silva", "Bo Ek", "Cy Young"}
    assert 'name="ids"' not in text
    assert "data-bulk" not in text


def bulk(client, action, **data):
    return client.post(f"{LIST}bulk/{action}/", data, follow=True)


def test_bulk_first_counts_and_freezes_the_selection(people, recruiter, as_user):
    response = bulk(as_user(recruiter), "pool", ids=[people["ana"].pk, people["cy"].pk], next=LIST)

    assert "Add 2 people to a pool" in seen(response)
    assert response.context["form"].initial["frozen"] == f"{people['ana'].pk},{people['cy'].pk}"


def test_bulk_everything_means_all_that_match_the_lists_filter(people, recruiter, as_user):
    response = bulk(as_user(recruiter), "tag", everything="1", query="q=&owner=me&cursor=x")

    assert "Tag 1 person" in seen(response)
    assert response.context["form"].initial["frozen"] == str(people["ana"].pk)


def test_bulk_acts_on_the_frozen_people_though_more_match_by_now(acme, people, recruiter, as_user):
    frozen = f"{people['ana'].pk},{people['bo'].pk}"
    with acting_in(acme):
        late = CandidateFactory()

    bulk(as_user(recruiter), "pool", frozen=frozen, everything="1", pool=people["pool"].pk)

    with acting_in(acme):
        members = set(people["pool"].memberships.values_list("candidate", flat=True))
        assert members == {people["ana"].pk, people["bo"].pk}
        assert late.pk not in members
        joined = Touchpoint.objects.get()
        assert (joined.candidate_id, joined.summary) == (
            people["ana"].pk,
            "Added to the pool Silver",
        )
        assert AuditEntry.objects.get(action="pool.joined").details == {"count": 1}


def test_bulk_makes_a_new_pool_on_the_way(acme, people, recruiter, as_user):
    bulk(as_user(recruiter), "pool", frozen=str(people["cy"].pk), new_pool="Spring")

    with acting_in(acme):
        pool = TalentPool.objects.get(name="Spring")
        assert pool.owner == recruiter
        assert pool.memberships.get().candidate == people["cy"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Choose a pool, or name a new one."),
        ({"new_pool": "silver"}, "There is a pool with this name."),
    ],
)
def test_bulk_refuses_an_unclear_pool(people, recruiter, as_user, data, sentence):
    response = bulk(as_user(recruiter), "pool", frozen=str(people["cy"].pk), **data)

    assert response.status_code == 422
    assert sentence in seen(response)


def test_bulk_tags_and_undo_takes_the_tag_off_those_who_got_it(acme, people, recruiter, as_user):
    client = as_user(recruiter)
    frozen = f"{people['ana'].pk},{people['bo'].pk}"

    bulk(client, "tag", frozen=frozen, tag="bérlin")
    with acting_in(acme):
        tagged = set(CandidateTag.objects.values_list("candidate", flat=True))
        assert tagged == {people["ana"].pk, people["bo"].pk}
        change_set = ChangeSet.objects.get()
    assert change_set.title == "Tagged 1 person Berlin"

    response = client.post(f"{LIST}changes/{change_set.pk}/undo/", follow=True)

    assert response.status_code == 200
    with acting_in(acme):
        assert CandidateTag.objects.get().candidate == people["ana"]


def test_bulk_owner_can_be_undone_to_each_former_owner(acme, people, recruiter, sourcer, as_user):
    ids = [people[name].pk for name in ("ana", "bo", "cy")]
    with acting_in(acme):
        former = dict(Candidate.objects.values_list("pk", "owner"))
    bulk(as_user(recruiter), "owner", frozen=",".join(map(str, ids)), owner=sourcer.pk)
    with acting_in(acme):
        assert set(Candidate.objects.values_list("owner", flat=True)) == {sourcer.pk}
        assign_owner([people["cy"].pk], owner=recruiter, by=recruiter)
        change_set = ChangeSet.objects.get()

    response = as_user(recruiter).post(f"{LIST}changes/{change_set.pk}/undo/", follow=True)

    with acting_in(acme):
        # Whoever got another owner since keeps that one.
        former[people["cy"].pk] = recruiter.pk
        assert dict(Candidate.objects.values_list("pk", "owner")) == former
        kept = Change.objects.get(outcome="kept")
        assert (kept.candidate, kept.kept_by) == (people["cy"], recruiter)
    assert response.status_code == 200


def test_bulk_refuses_an_empty_selection(people, recruiter, as_user, mode):
    response = bulk(as_user(recruiter), "pool")

    assert response.status_code == 409
    assert "Nobody is selected" in seen(response)


def test_bulk_owner_must_be_a_member(people, recruiter, stranger, as_user):
    response = bulk(as_user(recruiter), "owner", frozen=str(people["cy"].pk), owner=stranger.pk)

    assert response.status_code == 422


def test_an_act_that_changes_nobody_leaves_no_change_set(acme, people, recruiter, as_user):
    bulk(as_user(recruiter), "tag", frozen=str(people["ana"].pk), tag="Berlin")

    with acting_in(acme):
        assert not ChangeSet.objects.exists()


def test_a_count_that_takes_long_comes_after_the_page(acme, recruiter, client, monkeypatch):
    with acting_in(acme):
        for name in ("Ana One", "Ana Two", "Bo"):
            CandidateFactory(full_name=name)
    monkeypatch.setattr("candidates.views.lists.quick_count", lambda people: None)
    monkeypatch.setattr("candidates.views.searches.quick_count", lambda people: None)
    client.force_login(recruiter)

    page = client.get("/acme/candidates/?q=ana")
    builder = client.get("/acme/candidates/search/?where=ana")

    assert page.context["count"] is None
    assert 'hx-get="/acme/candidates/count/?q=ana"' in page.text
    assert 'data-total="All who match selected"' in page.text
    # All of them stand on this page.
    assert "data-select-everything" not in page.text
    assert 'hx-get="/acme/candidates/count/?where=ana"' in builder.text
    counted = client.get("/acme/candidates/count/?q=ana", headers={"HX-Request": "true"})
    assert counted.text.strip() == '<span id="count" class="hide-sm">2</span>'
    # Without JavaScript the number is a link away.
    plain = client.get("/acme/candidates/count/?q=ana", follow=True)
    assert '<span id="count" class="hide-sm">2</span>' in " ".join(plain.text.split())


def test_a_selection_of_too_many_is_refused_with_the_number(acme, recruiter, client, monkeypatch):
    with acting_in(acme):
        CandidateFactory.create_batch(3)
    monkeypatch.setattr("candidates.forms.selection.MOST_SELECTED", 2)
    client.force_login(recruiter)

    answer = client.post("/acme/candidates/bulk/tag/", {"everything": "1", "query": ""})

    assert answer.status_code == 409
    assert "More than 2 people match. Narrow the list first." in seen(answer)

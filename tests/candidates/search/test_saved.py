"""Saved searches: whose they are, what they find, and that nobody is told of twice."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from candidates.models import Notification, SavedSearch
from candidates.queries.saved_searches import searches_of
from candidates.queries.search import PeopleQuery, Searcher, parse, prepare
from candidates.services.notifying import notify
from candidates.services.saved_searches import (
    CannotBeSaved,
    NotTheOwner,
    delete_search,
    save_search,
    tell_of_matches,
)
from candidates.services.tagging import tag_candidates, untag_candidates
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory, TagFactory


@pytest.fixture
def asked(in_acme, recruiter):
    searcher = Searcher(Membership.objects.get(user=recruiter, organization=in_acme))
    return lambda text: prepare(PeopleQuery(parse(text, searcher=searcher)), searcher=searcher)


def told(user) -> list[str]:
    return list(
        Notification.objects.filter(user=user).order_by("pk").values_list("text", flat=True)
    )


def test_nobody_is_told_of_twice(in_acme, asked, recruiter):
    tag = TagFactory(name="Good")
    first, second = CandidateFactory(tags=["Good"]), CandidateFactory()
    save_search(asked("tag:Good"), by=recruiter, name="Good ones", is_shared=False, alert="daily")
    day = timedelta(days=1)

    with time_machine.travel(timezone.now() + day):
        assert tell_of_matches(in_acme) == 0
        tag_candidates(tag, [second.pk], by=recruiter)
    with time_machine.travel(timezone.now() + 2 * day):
        assert tell_of_matches(in_acme) == 1
        assert tell_of_matches(in_acme) == 0
        untag_candidates(tag, [first.pk, second.pk], by=recruiter)
    with time_machine.travel(timezone.now() + 3 * day):
        tag_candidates(tag, [first.pk, second.pk], by=recruiter)
        CandidateFactory.create_batch(2, tags=["Good"])
        assert tell_of_matches(in_acme) == 1

    assert told(recruiter) == [
        "1 new person matches “Good ones”",
        "2 new people match “Good ones”",
    ]


def test_a_run_that_dies_has_told_whole_searches_and_the_next_one_goes_on(
    in_acme, asked, recruiter, monkeypatch
):
    for name in ("First", "Second"):
        save_search(
            asked(f"company:{name}"), by=recruiter, name=name, is_shared=False, alert="daily"
        )
        CandidateFactory(company=name)
    told_before_it_died = []

    def dies_at_the_second(*args, **kwargs):
        if told_before_it_died:
            raise KeyboardInterrupt
        told_before_it_died.append(kwargs["text"])
        notify(*args, **kwargs)

    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        with monkeypatch.context() as dying:
            dying.setattr("candidates.services.saved_searches.notify", dies_at_the_second)
            with pytest.raises(KeyboardInterrupt):
                tell_of_matches(in_acme)
        assert len(told_before_it_died) == 1
        assert told(recruiter) == ["1 new person matches “First”"]

        assert [tell_of_matches(in_acme), tell_of_matches(in_acme)] == [1, 0]

    assert told(recruiter) == ["1 new person matches “First”", "1 new person matches “Second”"]


def test_a_weekly_search_waits_a_week(in_acme, asked, recruiter):
    save_search(asked("name:ana"), by=recruiter, name="Anas", is_shared=False, alert="weekly")
    CandidateFactory(full_name="Ana New")

    with time_machine.travel(timezone.now() + timedelta(days=6)):
        assert tell_of_matches(in_acme) == 0
    with time_machine.travel(timezone.now() + timedelta(days=7)):
        assert tell_of_matches(in_acme) == 1


def test_a_search_whose_tag_is_gone_says_so(in_acme, asked, recruiter):
    tag = TagFactory(name="Good")
    save_search(asked("-tag:Good"), by=recruiter, name="Rest", is_shared=False, alert="daily")
    CandidateFactory()
    tag.delete()

    with time_machine.travel(timezone.now() + timedelta(days=1)):
        tell_of_matches(in_acme)

    assert told(recruiter) == [
        "“Rest” finds nobody any more: A tag that this search names is not there any more."
    ]


def test_private_searches_are_their_owner_s(asked, recruiter, sourcer):
    private = save_search(asked("name:ana"), by=recruiter, name="A", is_shared=False)
    shared = save_search(asked("name:bo"), by=recruiter, name="B", is_shared=True)

    assert list(searches_of(recruiter)) == [private, shared]
    assert list(searches_of(sourcer)) == [shared]
    with pytest.raises(NotTheOwner):
        delete_search(shared, by=sourcer)
    for text in ("", "name:!"):
        with pytest.raises((CannotBeSaved, ValueError)):
            save_search(asked(text), by=recruiter, name="C", is_shared=False)


def test_a_search_becomes_the_rule_of_a_pool(recruiter, viewer, as_user):
    page = as_user(recruiter).get("/acme/searches/save/", {"q": "ana", "where": "no:owner"})
    address = "/acme/pools/add/?where=ana+no%3Aowner"

    assert f'href="{address}"' in page.content.decode()
    assert ">\nana no:owner</textarea>" in as_user(recruiter).get(address).content.decode()
    may_not = as_user(viewer).get("/acme/searches/save/", {"q": "ana"})
    assert "Make it a smart pool" not in seen(may_not)


def test_a_search_is_saved_and_opened(acme, recruiter, as_user, mode):
    client = as_user(recruiter)
    page = client.get("/acme/searches/save/", {"q": "ana", "where": "no:owner"})
    assert page.context["form"]["where"].value() == "ana no:owner"

    data = {"name": "Anas", "where": "ana no:owner", "sort": "touched", "is_shared": "on"}
    saved = client.post("/acme/searches/save/", data)
    to = saved.headers["HX-Redirect"] if mode == "htmx" else saved.url
    opened = client.get(to)

    assert opened.url.endswith("?where=ana+no%3Aowner&sort=touched&saved=" + to.split("/")[-2])
    assert "Anas" in seen(client.get("/acme/searches/"))
    assert client.post("/acme/searches/save/", {"name": ""}).status_code == 422
    assert client.post(f"{to}delete/").status_code in {200, 204, 302}
    with acting_in(acme):
        assert not SavedSearch.objects.exists()


def test_ones_own_search_is_changed_under_its_name(acme, recruiter, sourcer, client):
    client.force_login(recruiter)
    kept = {"name": "Anas", "where": "ana", "is_shared": "on", "alert": "weekly"}
    address = client.post("/acme/searches/save/", kept).url

    page = client.get(client.get(f"{address}?change=1").url)

    assert page.context["form"]["name"].value() == "Anas"
    assert page.context["form"]["alert"].value() == "weekly"
    assert page.context["form"]["where"].value() == "ana"
    client.post("/acme/searches/save/", kept | {"where": "ana no:owner", "alert": ""})
    with acting_in(acme):
        search = SavedSearch.objects.get()
    assert (search.alert, f"/acme/searches/{search.pk}/") == ("", address)
    # A colleague sees it, and neither its owner's news nor a way to change it.
    client.post("/acme/searches/save/", kept)
    client.force_login(sourcer)
    seen_by_sourcer = seen(client.get("/acme/searches/"))
    assert f"shared by {recruiter}" in seen_by_sourcer
    assert "every week" not in seen_by_sourcer
    assert "Change" not in seen_by_sourcer
    assert client.get(client.get(f"{address}?change=1").url).context["form"]["name"].value() is None


def test_a_search_that_cannot_be_read_any_more_says_so(acme, recruiter, client):
    with acting_in(acme):
        search = SavedSearch.objects.create(
            name="Old", owner=recruiter, query={"where": {"all": 1}}
        )

    client.force_login(recruiter)
    page = client.get(f"/acme/searches/{search.pk}/", follow=True)

    assert "“Old” cannot be opened: This search cannot be read. Build it again." in seen(page)

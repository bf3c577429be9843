"""From record to record through the list one came from."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from candidates.models import Candidate, Resume
from candidates.services.contacts import log_contact
from candidates.services.notes import add_note
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory, NoteFactory


@pytest.fixture
def people(acme) -> list[Candidate]:
    """Five people, the newest first; the odd ones are tagged."""
    now = timezone.now()
    with acting_in(acme):
        return [
            CandidateFactory(
                full_name=f"Person {n}",
                created_at=now - timedelta(hours=n),
                last_contacted_at=now - timedelta(days=30 - n),
                tags=["Odd"] if n % 2 else [],
            )
            for n in range(5)
        ]


def opened(client, query: str, name: str) -> str:
    """The address with which the list opens the person."""
    page = client.get(f"/acme/candidates/?{query}")
    row = next(row for row in page.context["page"].rows if row.full_name == name)
    return f"/acme/candidates/{row.pk}/{page.context['walk']}{row.at}"


def names(client, address: str) -> list[str]:
    """Who is shown from `address` on, following “next” to the end."""
    shown = []
    while address:
        response = client.get(address)
        shown.append(response.context["candidate"].full_name)
        address = response.context["walk"].following
    return shown


def test_walking_goes_through_the_list_in_its_order(people, recruiter, client):
    client.force_login(recruiter)

    start = opened(client, "", "Person 1")
    walk = client.get(start).context["walk"]

    assert names(client, start) == ["Person 1", "Person 2", "Person 3", "Person 4"]
    assert client.get(walk.previous).context["candidate"] == people[0]
    assert (walk.position, str(walk.total)) == (2, "5")
    assert client.get(walk.previous).context["walk"].previous == ""


def test_filters_and_order_are_kept(people, acme, recruiter, client):
    client.force_login(recruiter)
    with acting_in(acme):
        tag = people[1].candidate_tags.get().tag_id

    start = opened(client, urlencode({"tag": tag, "sort": "untouched"}), "Person 1")

    assert names(client, start) == ["Person 1", "Person 3"]


def test_who_moves_by_a_contact_does_not_break_the_walk(people, acme, recruiter, client):
    client.force_login(recruiter)
    start = opened(client, "sort=untouched", "Person 1")
    with acting_in(acme):
        log_contact(people[1], kind="call", summary="Spoke", by=recruiter)

    # At the very end stands who was just spoken with.
    assert names(client, start) == ["Person 1", "Person 2", "Person 3", "Person 4", "Person 1"]


def test_who_dropped_out_of_the_filter_still_has_neighbors(people, acme, recruiter, client):
    client.force_login(recruiter)
    start = opened(client, "status=new", "Person 1")
    with acting_in(acme):
        Candidate.objects.filter(pk=people[1].pk).update(status="hired")
        Candidate.objects.filter(pk=people[2].pk).delete()

    assert names(client, start) == ["Person 1", "Person 3", "Person 4"]


def test_back_leads_to_a_page_on_which_the_person_stands(people, recruiter, client, monkeypatch):
    monkeypatch.setattr("crm.web.pagination.PAGE_SIZE", 2)
    client.force_login(recruiter)
    address = opened(client, "sort=untouched", "Person 0")
    for name in ("Person 1", "Person 2", "Person 3"):
        address = client.get(address).context["walk"].following

        back = client.get(address).context["walk"].back

        assert name in [row.full_name for row in client.get(back).context["page"].rows]
        assert "sort=untouched" in back


@pytest.mark.parametrize(
    "query",
    [
        {"list": "tag=x&cursor=junk&sort=junk&owner=nobody", "at": "junk"},
        {"list": "", "at": "WzFd"},
        {"list": "%00", "at": "\0"},
        {"list": "q=" + "x" * 5000},
        {"list": "cursor=a&cursor=b"},
    ],
)
def test_an_address_that_is_not_ours_is_no_error(people, recruiter, client, query):
    client.force_login(recruiter)

    response = client.get(f"/acme/candidates/{people[1].pk}/?{urlencode(query)}")

    assert response.status_code == 200


def test_without_a_list_there_is_no_walk(people, recruiter, client, count_queries):
    client.force_login(recruiter)
    path = f"/acme/candidates/{people[1].pk}/"
    listed = opened(client, "", "Person 1")

    assert client.get(path).context["walk"] is None
    # The neighbors on both sides, how many come before, how many there are.
    assert count_queries(client, listed) - count_queries(client, path) == 4


def marked(html: str) -> list[str]:
    return re.findall(r"<mark>(.*?)</mark>", html)


def test_what_was_searched_for_is_marked_on_the_record(acme, recruiter, viewer, as_user):
    with acting_in(acme):
        ana = CandidateFactory(
            full_name="Ana Okafor", headline="Streaming engineer", skills=["Kafka", "Go"]
        )
        add_note(ana, body="Ran kafka <b>\nand Flink, @nobody.", by=recruiter)
        add_note(ana, body="Secret kafka.", by=recruiter, is_private=True)
    address = f"/acme/candidates/{ana.pk}/"

    def page(user, query: str) -> str:
        return as_user(user).get(address, {"list": query}).text

    assert sorted(marked(page(recruiter, "q=kafka"))) == ["Kafka", "kafka", "kafka"]
    # A private note is not there for others, marked or not.
    assert sorted(marked(page(viewer, "q=kafka"))) == ["Kafka", "kafka"]
    assert "Ran <mark>kafka</mark> &lt;b&gt;<br>" in page(recruiter, "q=kafka")
    assert marked(page(recruiter, "q=streaming+-kafka")) == ["Streaming"]
    for query in ("", "q=(kafka", "pool=1", "sort=touched"):
        assert marked(page(recruiter, query)) == []
    assert marked(as_user(recruiter).get(address).text) == []


def test_the_record_says_in_which_long_text_the_search_found_its_words(acme, recruiter, as_user):
    with acting_in(acme):
        dana = CandidateFactory(full_name="Dana Quiet")
        NoteFactory(candidate=dana, author=recruiter, body="Ran Kafka for a bank.")
        Resume.objects.create(
            candidate=dana,
            file_name="cv.pdf",
            digest="0" * 64,
            state=Resume.State.ACCEPTED,
            text="Welder. Elixir in the evenings.",
        )
    address = f"/acme/candidates/{dana.pk}/"

    def found(query: str) -> str:
        html = as_user(recruiter).get(address, {"list": query}).text
        told = re.search(r'<p class="found small">.*?</p>', html, re.S)
        return " ".join(re.sub(r"<svg.*?</svg>", "", told[0], flags=re.S).split()) if told else ""

    assert "<b>Found in a note:</b> Ran <mark>Kafka</mark> for a bank." in found("q=kafka")
    assert "<b>Found in the résumé:</b> Welder. <mark>Elixir</mark> in" in found("q=elixir")
    # The name stands at the top anyway.
    assert found("q=dana") == ""

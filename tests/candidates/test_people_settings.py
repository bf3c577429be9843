"""Tags and lists in the settings: names, colors, merging, archiving, who may make tags, what a new organization has."""

import pytest

from candidates.models import (
    Candidate,
    CandidateTag,
    ContactKind,
    NotNowReason,
    PeopleSettings,
    RejectionReason,
    Source,
    Tag,
)
from candidates.queries import choices
from candidates.services.tag_keeping import MayNotMakeTags, SameTag, merge_tags, tags_named
from crm.tenancy.scope import acting_in
from crm.tenancy.services import create_organization
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory, SourceFactory, TagFactory

SETTINGS = "/acme/settings/people/"


def tags_of(candidate) -> list[str]:
    return sorted(
        CandidateTag.objects.filter(candidate=candidate).values_list("tag__name", flat=True)
    )


def test_merging_tags_moves_everybody_once(in_acme, owner):
    one, both = CandidateFactory(tags=["JS"]), CandidateFactory(tags=["JS", "JavaScript"])
    js, script = Tag.objects.get(name="JS"), Tag.objects.get(name="JavaScript")

    assert merge_tags(js, into=script, by=owner) == 2

    assert tags_of(one) == tags_of(both) == ["JavaScript"]
    assert not Tag.objects.filter(name="JS").exists()
    with pytest.raises(SameTag):
        merge_tags(script, into=script, by=owner)


def test_only_named_roles_make_tags_and_everybody_uses_them(in_acme, recruiter, sourcer):
    PeopleSettings.objects.create(tag_makers=["recruiter"])

    assert [tag.name for tag in tags_named(["Café"], by=recruiter)] == ["Café"]
    assert [tag.name for tag in tags_named(["CAFE "], by=sourcer)] == ["Café"]
    with pytest.raises(MayNotMakeTags, match="There is no tag “Tea”"):
        tags_named(["Tea"], by=sourcer)
    assert not Tag.objects.filter(name="Tea").exists()


def test_sourcer_is_told_that_new_tags_are_not_theirs(acme, sourcer, client):
    with acting_in(acme):
        PeopleSettings.objects.create(tag_makers=[])
        ana = CandidateFactory()
    client.force_login(sourcer)

    assert client.post(f"/acme/candidates/{ana.pk}/tag/", {"add": "Tea"}).status_code == 409


def test_tags_page_counts_people_and_leads_to_them(acme, owner, client):
    with acting_in(acme):
        for _ in range(2):
            CandidateFactory(tags=["Berlin"])
        tag = Tag.objects.get()
    client.force_login(owner)

    page = client.get(f"{SETTINGS}tags/")

    assert "2 people" in seen(page)
    assert f'href="/acme/candidates/?tag={tag.pk}"' in page.text


@pytest.mark.parametrize("rows", [1, 3])
def test_tags_page_takes_the_same_queries_for_any_number(acme, owner, client, count_queries, rows):
    with acting_in(acme):
        for number in range(rows):
            CandidateFactory(tags=[f"Tag {number}"])
    client.force_login(owner)

    # Session, user, membership, tags, their people, frame.
    assert count_queries(client, f"{SETTINGS}tags/") == 6


def test_tag_is_made_renamed_and_colored(acme, owner, client):
    client.force_login(owner)
    client.post(f"{SETTINGS}tags/", {"name": "Berlin", "hue": 0})
    with acting_in(acme):
        tag = Tag.objects.get()
        TagFactory(name="Paris")

    client.post(f"{SETTINGS}tags/{tag.pk}/", {"name": "  München ", "hue": 4})

    with acting_in(acme):
        tag.refresh_from_db()
        assert (tag.name, tag.normalized, tag.css_class) == ("München", "munchen", "tag tint hue-4")
    for path, name in ((f"{SETTINGS}tags/", "MÜNCHEN"), (f"{SETTINGS}tags/{tag.pk}/", "paris")):
        assert client.post(path, {"name": name, "hue": 0}).status_code == 409
    assert client.post(f"{SETTINGS}tags/{tag.pk}/", {"name": "", "hue": 9}).status_code == 422


def test_tag_is_merged_and_deleted_from_its_page(acme, owner, client):
    with acting_in(acme):
        ana = CandidateFactory(tags=["JS", "Berlin"])
        js, berlin, script = *Tag.objects.order_by("-name"), TagFactory(name="JavaScript")
    client.force_login(owner)

    page = client.post(f"{SETTINGS}tags/{js.pk}/merge/", {"into": script.pk}, follow=True)
    assert "1 person of “JS” carry “JavaScript” now." in seen(page)
    page = client.post(f"{SETTINGS}tags/{berlin.pk}/delete/", follow=True)
    assert "The tag “Berlin” is gone; 1 person carried it." in seen(page)

    with acting_in(acme):
        assert tags_of(ana) == ["JavaScript"]
    client.post(f"{SETTINGS}tags/{script.pk}/merge/", {"into": script.pk})
    with acting_in(acme):
        assert Tag.objects.get() == script


@pytest.mark.parametrize("kind", ["sources", "rejections", "not-now", "contacts"])
def test_list_is_kept(acme, owner, client, kind):
    client.force_login(owner)
    path = f"{SETTINGS}lists/{kind}/"

    client.post(path, {"name": "First"})
    entry = client.get(path).context["offered"][0]
    assert client.post(path, {"name": "FIRST"}).status_code == 409
    client.post(f"{path}{entry.pk}/", {"name": "Second"})
    client.post(f"{path}{entry.pk}/archive/")
    page = client.get(path)
    assert (page.context["offered"], [str(one) for one in page.context["archived"]]) == (
        [],
        ["Second"],
    )
    client.post(f"{path}{entry.pk}/archive/", {"restore": "1"})
    assert [str(one) for one in client.get(path).context["offered"]] == ["Second"]
    assert client.get(f"{SETTINGS}lists/moods/").status_code == 404


def test_sources_are_merged_and_archived_ones_no_longer_offered(acme, owner, client):
    with acting_in(acme):
        old, new = SourceFactory(name="Linked in"), SourceFactory(name="LinkedIn")
        ana = CandidateFactory(source=old)
    client.force_login(owner)

    client.post(f"{SETTINGS}sources/{old.pk}/merge/", {"into": new.pk})

    with acting_in(acme):
        assert Candidate.objects.get(pk=ana.pk).source == new
        assert list(Source.objects.all()) == [new]
    client.post(f"{SETTINGS}lists/sources/{new.pk}/archive/")
    with acting_in(acme):
        assert choices("sources").sources == []


def test_new_organization_begins_with_the_usual_lists(db):
    organization, _ = create_organization(slug="new", name="New", owner_email="o@new.example")

    with acting_in(organization):
        for model in (Source, RejectionReason, NotNowReason, ContactKind):
            assert model.objects.count() >= 5
        assert not Tag.objects.exists()

"""Links of their own in mails, where an organization counts clicks: what they open, and which clicks are people's."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile as Bytes
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.content_numbers import counts_of
from campaigns.models import ContentClick, ContentFile, ContentItem, Enrollment, SharedContent
from campaigns.services import library, sharing
from campaigns.services.sending_rules import edit_sending_rules
from candidates.services.files import delete_orphans
from crm.tenancy import public_links
from crm.tenancy.scope import acting_in
from tests.campaigns.test_content import URL, link, send, with_file

pytestmark = pytest.mark.django_db

PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
BOTH = "See {{ content.our_team }} and {{ content.benefits }}"


@pytest.fixture
def counting(outreach) -> None:
    with acting_in(outreach.organization):
        edit_sending_rules(by=outreach.user, counts_clicks=True)


@pytest.fixture
def items(outreach) -> tuple[ContentItem, ContentItem]:
    with acting_in(outreach.organization):
        return link(outreach.user), with_file(outreach.user)


@pytest.fixture
def shown(outreach, provider, counting, items) -> list[SharedContent]:
    """What a mail showed that went out a minute ago: a link and a file."""
    message = send(outreach, outreach.candidate(), BOTH)
    with acting_in(outreach.organization):
        type(message).objects.update(sent_at=message.sent_at - timedelta(minutes=1))
        return list(SharedContent.objects.select_related("item", "message").order_by("item_id"))


def address(row: SharedContent) -> str:
    return "/c/" + sharing.link_of(row).rpartition("/c/")[2]


def opened(row: SharedContent, method: str = "get", **headers):
    headers = {"User-Agent": PERSON, **headers}
    return getattr(Client(), method)(address(row), headers=headers)


def machines(outreach) -> list[str]:
    with acting_in(outreach.organization):
        return list(ContentClick.objects.order_by("pk").values_list("machine", flat=True))


def test_off_is_where_one_begins_and_leaves_links_untouched(outreach, provider, items):
    send(outreach, outreach.candidate(), BOTH)

    (mail,) = provider.accepted
    whole = mail.body + mail.alternatives[0].content
    assert f"Our team ({URL})" in mail.body
    assert f"Benefits ({outreach.inside(library.address_of, items[1])})" in mail.body
    assert "/c/file/" in whole
    assert whole.count("/c/") == 2
    assert "<img" not in whole


def test_on_each_mail_holds_its_own_short_links_in_both_parts(outreach, provider, shown):
    (mail,) = provider.accepted
    team, benefits = (sharing.link_of(row) for row in shown)

    assert f"See Our team ({team}) and Benefits ({benefits})" in mail.body
    html = mail.alternatives[0].content
    assert f'<a href="{team}">Our team</a> and <a href="{benefits}">Benefits</a>' in html
    assert "acme.example/team" not in mail.body + html
    assert "/c/file/" not in mail.body + html


def test_a_link_that_only_begins_like_an_item_stays_as_it_is(outreach, provider, counting, items):
    body = f"{{{{ content.our_team }}}} [jobs]({URL}/jobs) {URL}/more"
    send(outreach, outreach.candidate(), body)

    (mail,) = provider.accepted
    assert f"jobs ({URL}/jobs) {URL}/more" in mail.body
    assert 'href="https://acme.example/team?a=1&amp;b=2/jobs"' in mail.alternatives[0].content


def test_a_click_leads_to_the_items_own_address_and_is_kept(outreach, shown):
    team, _ = shown

    answer = opened(team)

    assert (answer.status_code, answer["Location"]) == (302, URL)
    assert machines(outreach) == [""]
    with acting_in(outreach.organization):
        numbers = counts_of([team.item])[team.item_id]
    assert (numbers.people, numbers.clicked) == (1, 1)


def test_nothing_in_the_address_decides_where_it_leads(shown):
    answer = Client().get(f"{address(shown[0])}?url=https://evil.example&next=//evil.example")

    assert answer["Location"] == URL


@pytest.mark.parametrize("kind", ["pdf", "html", "svg"])
def test_a_file_is_handed_out_and_never_opened_in_place(outreach, shown, kind):
    _, benefits = shown
    with acting_in(outreach.organization):
        ContentFile.objects.update(kind=kind, file_name=f"benefits.{kind}")
        plain = library.address_of(benefits.item).rpartition("/c/")[2]

    for answer in (opened(benefits), Client().get(f"/c/{plain}")):
        assert answer.status_code == 200
        assert answer["Content-Disposition"] == f"attachment; filename*=UTF-8''benefits.{kind}"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["Content-Type"] == (
            "application/pdf" if kind == "pdf" else "application/octet-stream"
        )
        assert answer.content.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("method", "headers", "machine"),
    [
        ("get", {}, ""),
        ("head", {}, "head"),
        ("get", {"Sec-Purpose": "prefetch;prerender"}, "prefetch"),
        ("get", {"Purpose": "prefetch"}, "prefetch"),
        ("get", {"X-Moz": "prefetch"}, "prefetch"),
        ("get", {"User-Agent": ""}, "agent"),
        ("get", {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, "agent"),
        ("get", {"User-Agent": "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"}, "agent"),
        ("get", {"User-Agent": "Barracuda Sentinel (EE)"}, "agent"),
        ("get", {"User-Agent": "SafeLinks/1.0"}, "agent"),
        ("get", {"User-Agent": "python-requests/2.32"}, "agent"),
        ("get", {"User-Agent": "Slackbot-LinkExpanding 1.0"}, "agent"),
    ],
)
def test_what_a_machine_opens_is_told_apart(outreach, shown, method, headers, machine):
    opened(shown[0], method, **headers)

    assert machines(outreach) == [machine]
    with acting_in(outreach.organization):
        assert counts_of([shown[0].item])[shown[0].item_id].clicked == (0 if machine else 1)


@pytest.mark.parametrize(
    ("seconds", "machine"), [(-1, "soon"), (0, "soon"), (9.9, "soon"), (10, ""), (3600, "")]
)
def test_nobody_clicks_within_ten_seconds_of_delivery(outreach, shown, seconds, machine):
    (row, _), message = shown, shown[0].message
    with acting_in(outreach.organization):
        message.refresh_from_db()
        sharing.note_click(row, at=message.sent_at + timedelta(seconds=seconds))

    assert machines(outreach) == [machine]


def test_delivery_counts_from_when_the_provider_says(outreach, shown):
    row = shown[0]
    with acting_in(outreach.organization):
        row.message.refresh_from_db()
        late = row.message.sent_at + timedelta(minutes=5)
        row.message.events.create(kind="delivered", at=late, event_id="1")
        for seconds in (5, 15):
            sharing.note_click(row, at=late + timedelta(seconds=seconds))

    assert machines(outreach) == ["soon", ""]


@pytest.mark.parametrize(
    ("gap", "found"), [(0, ["all", "all"]), (2, ["all", "all"]), (2.1, ["", ""])]
)
def test_all_links_of_a_mail_within_two_seconds_are_a_machines(outreach, shown, gap, found):
    with acting_in(outreach.organization):
        shown[0].message.refresh_from_db()
        at = shown[0].message.sent_at + timedelta(hours=1)
        sharing.note_click(shown[0], at=at)
        sharing.note_click(shown[1], at=at + timedelta(seconds=gap))

    assert machines(outreach) == found


def test_twice_the_same_link_is_not_all_of_them(outreach, shown):
    opened(shown[0])
    opened(shown[0])

    assert machines(outreach) == ["", ""]


def test_a_mail_with_one_link_is_not_opened_whole_by_its_click(outreach, provider, counting, items):
    message = send(outreach, outreach.candidate(), "{{ content.our_team }}")
    with acting_in(outreach.organization):
        row = SharedContent.objects.get()
        sharing.note_click(row, at=message.sent_at + timedelta(hours=1))

    assert machines(outreach) == [""]


def test_a_click_drives_no_sequence(outreach, shown):
    with acting_in(outreach.organization):
        before = list(Enrollment.objects.values())

    opened(shown[0])

    with acting_in(outreach.organization):
        assert list(Enrollment.objects.values()) == before


def test_turned_off_again_links_still_open_and_nothing_is_kept(outreach, shown):
    with acting_in(outreach.organization):
        edit_sending_rules(by=outreach.user, counts_clicks=False)

    assert opened(shown[0]).status_code == 302
    assert machines(outreach) == []


def test_a_flood_opens_and_is_not_kept(outreach, shown):
    for _ in range(sharing.MOST_CLICKS + 2):
        assert opened(shown[0]).status_code == 302

    assert len(machines(outreach)) == 50


@pytest.mark.parametrize(
    "how", ["unknown", "forged", "archived", "erased", "closed", "other purpose"]
)
def test_a_link_that_opens_nothing_says_so_and_no_more(outreach, shown, how):
    row, place = shown[0], address(shown[0])
    if how == "unknown":
        place = "/c/nothing/"
    elif how == "forged":
        place = place[:-2] + ("a/" if place[-2] != "a" else "b/")
    elif how == "other purpose":
        token = public_links.sign("booking", organization_id=row.organization_id, object_id=row.pk)
        place = f"/c/{token}/"
    elif how == "closed":
        outreach.organization.closed_at = row.created_at
        outreach.organization.save()
    else:
        with acting_in(outreach.organization):
            if how == "archived":
                library.archive_item(row.item, by=outreach.user)
            else:
                ContentClick.objects.all().delete()
                row.delete()

    answer = Client().get(place, headers={"User-Agent": PERSON})

    assert answer.status_code == 404
    assert "This link is no longer valid" in answer.content.decode()
    assert URL not in answer.content.decode()


def test_a_link_says_whose_it_is_so_another_organizations_opens_nothing(outreach, globex, shown):
    row = shown[0]
    token = public_links.sign(sharing.SHARED, organization_id=globex.pk, object_id=row.pk)

    assert Client().get(f"/c/{token}/").status_code == 404
    item = public_links.sign(library.FILE, organization_id=globex.pk, object_id=shown[1].item_id)
    assert Client().get(f"/c/file/{item}/").status_code == 404


def test_a_file_that_is_lost_is_a_clear_page(outreach, shown):
    with acting_in(outreach.organization):
        kept = ContentFile.objects.get()
        kept.file.storage.delete(kept.file.name)

    assert opened(shown[1]).status_code == 404


def test_mails_cost_nothing_more_where_clicks_are_not_counted(outreach, provider):
    person, other = outreach.people(2)
    outreach.queue(person)
    outreach.queue(other)
    with acting_in(outreach.organization), CaptureQueriesContext(connection) as queries:
        message = outreach.messages()[0]
        assert sharing.track(message, counts_clicks=False) == {}

    assert not [query for query in queries if "sharedcontent" in query["sql"]]


def test_files_of_the_library_are_swept_like_any_other(outreach, items, settings):
    with acting_in(outreach.organization):
        kept = ContentFile.objects.get().file
        lost = kept.storage.save(f"{kept.name}0", Bytes(b"lost"))

    delete_orphans(now=items[0].created_at + timedelta(days=3))

    assert kept.storage.exists(kept.name)
    assert not kept.storage.exists(lost)

"""The content library: what may be in it, who may change it, how mails show it, and with whom it was shared."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns.models import ContentFile, ContentItem, Message, SharedContent
from campaigns.privacy import export_candidate
from campaigns.services import delivering, library, markup, rendering
from campaigns.services.library import ItemDetails, ItemRefused, clean_address, clean_tags
from campaigns.services.previewing import fill
from campaigns.services.sending_rules import sending_rules
from campaigns.services.writing import Letter, write_mail
from candidates.services.merging.merging import merge_people
from crm.audit.models import AuditEntry
from crm.privacy.services.erasing import erase_candidate
from crm.tenancy.scope import acting_in
from crm.web.pagination import keyset_page
from tests.access.world import PDF
from tests.pages import text_of

pytestmark = pytest.mark.django_db

# Whatever is on them.
LIST_QUERIES, ITEM_QUERIES = 16, 13
PAGE = "/acme/sequences/content/"
URL = "https://acme.example/team?a=1&b=2"


def pdf(name: str = "benefits.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, content_type="text/html")


def link(by, title: str = "Our team", url: str = URL, **values) -> ContentItem:
    return library.add_item("link", ItemDetails(title=title, url=url, **values), by=by)


def with_file(by, title: str = "Benefits") -> ContentItem:
    return library.add_item("file", ItemDetails(title=title, upload=pdf()), by=by)


@pytest.fixture
def amara(outreach):
    return outreach.candidate()


def send(outreach, candidate, body: str) -> Message:
    with acting_in(outreach.organization):
        outreach.first.body = body
        outreach.first.save()
    return outreach.send(candidate)


def test_an_item_has_a_key_of_its_own_that_stays(in_acme, owner, recruiter):
    first, second = link(owner, "Our Team – Zürich!"), link(owner, "our team zürich")

    library.edit_item(first, ItemDetails(title="The team", url=URL), by=recruiter)

    assert [first.key, second.key] == ["our_team_zurich", "our_team_zurich_2"]
    first.refresh_from_db()
    assert (first.title, first.key, first.owner) == ("The team", "our_team_zurich", owner)
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert [name for name in actions if name.startswith("content.")] == [
        "content.added",
        "content.added",
        "content.changed",
    ]


@pytest.mark.parametrize(
    "address",
    [
        "http://acme.example/",
        "javascript:alert(1)",
        "//acme.example",
        "/team",
        "https://",
        "https://user:pass@acme.example/",
        "https://[::1]/",
        "https://acme.example/" + "a" * 1000,
        "data:text/html,<b>",
    ],
)
def test_only_whole_https_addresses_are_taken(in_acme, owner, address):
    with pytest.raises(ValidationError):
        clean_address(address)
    with pytest.raises(ItemRefused):
        link(owner, url=address)
    assert not ContentItem.objects.exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" https://acme.example/a ", "https://acme.example/a"),
        ("https://Bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("https://acme.example/*a*(b)[c]'", "https://acme.example/%2Aa%2A%28b%29%5Bc%5D%27"),
        ("https://acme.example:8443/%20?q=1&r=2#x", "https://acme.example:8443/%20?q=1&r=2#x"),
    ],
)
def test_an_address_is_kept_so_that_it_means_nothing_else_in_a_mail(given, kept):
    assert clean_address(given) == kept


def test_tags_are_counted_once_and_not_without_end():
    assert clean_tags("Team,  tech , team,,") == ("Team", "tech")
    with pytest.raises(ValidationError):
        clean_tags(",".join(map(str, range(11))))
    with pytest.raises(ValidationError):
        clean_tags("a" * 41)


@pytest.mark.parametrize(
    "content", [b"<html><script>alert(1)</script></html>", b"PK\x03\x04rest", b"MZ\x90\x00", b""]
)
def test_a_file_is_looked_at_before_it_is_kept(as_user, recruiter, acme, content):
    upload = SimpleUploadedFile("benefits.pdf", content, content_type="application/pdf")

    response = as_user(recruiter).post(
        f"{PAGE}add/?kind=file", {"title": "Benefits", "upload": upload}
    )

    assert response.status_code == 422
    with acting_in(acme):
        assert not ContentItem.objects.exists()
        assert not ContentFile.objects.exists()


def test_another_file_takes_the_place_of_the_one_before(
    in_acme, owner, django_capture_on_commit_callbacks
):
    item = with_file(owner)
    before = item.file.file

    with django_capture_on_commit_callbacks(execute=True):
        library.edit_item(item, ItemDetails(title="Benefits", upload=pdf("new.pdf")), by=owner)

    assert [kept.file_name for kept in ContentFile.objects.all()] == ["new.pdf"]
    assert not before.storage.exists(before.name)


def test_a_mail_that_names_what_is_not_there_is_refused_with_its_place(in_acme, owner):
    gone = link(owner, "Old talk")
    library.archive_item(gone, by=owner)
    link(owner)

    assert rendering.check("See {{ content.our_team }}, {{ content.our_team | it }}") == []
    assert [str(problem) for problem in rendering.check("Hi,\n see {{ content.old_talk }}")] == [
        "Line 2, column 6: “Old talk” is archived in the content library. "
        "Restore it there, or take it out here."
    ]
    (unknown,) = rendering.check("{{ content.nothing }}")
    assert str(unknown).startswith("Line 1, column 1: “content.nothing” is not in the content")


def test_an_item_is_a_link_where_signs_mean_something_and_its_title_elsewhere(in_acme, outreach):
    item = link(outreach.user, "Team [A] *one*")
    person = outreach.candidate()
    text = "See {{ content.team_a_one }}"

    marked = rendering.render(text, person, sender=outreach.sender, quote=markup.quote)
    plain = rendering.render(text, person, sender=outreach.sender)

    assert marked.items == (item,)
    assert marked.text == f"See [Team \\[A\\] \\*one\\*]({URL})"
    assert (plain.text, plain.items) == ("See Team [A] *one*", ())
    (_, piece) = fill(text, person, sender=outreach.sender, has_links=True)
    assert (piece.text, piece.kind) == (f"Team [A] *one* ({URL})", "filled")


def test_a_mail_holds_the_address_in_both_parts_and_one_row_says_so(outreach, provider, amara):
    outreach.inside(link, outreach.user)
    message = send(outreach, amara, "See {{ content.our_team }} and {{ content.our_team }}")

    (mail,) = provider.accepted
    assert f"See Our team ({URL}) and Our team ({URL})" in mail.body
    html = mail.alternatives[0].content
    assert html.count('<a href="https://acme.example/team?a=1&amp;b=2">Our team</a>') == 2
    with acting_in(outreach.organization):
        row = SharedContent.objects.get()
        assert (row.message_id, row.candidate_id) == (message.pk, amara.pk)
        assert (row.shared_by, row.is_tracked) == (outreach.user, False)


def test_a_file_stands_in_mails_as_a_link_that_names_nobody(outreach, provider, amara):
    item = outreach.inside(with_file, outreach.user)
    other = outreach.candidate("bo@example.com", full_name="Bo Ek")
    for person in (amara, other):
        send(outreach, person, "See {{ content.benefits }}")

    address = outreach.inside(library.address_of, item)
    assert all(f"Benefits ({address})" in mail.body for mail in provider.accepted)
    assert len(provider.accepted) == 2


def test_a_mail_of_an_archived_item_waits(outreach, provider, amara):
    item = outreach.inside(link, outreach.user)
    with acting_in(outreach.organization):
        outreach.first.body = "See {{ content.our_team }}"
        outreach.first.save()
    outreach.queue(amara)
    outreach.inside(library.archive_item, item, by=outreach.user)

    delivering.deliver_due(outreach.organization)

    assert provider.accepted == []
    assert "content.our_team" in outreach.enrollment(amara).waits_for
    with acting_in(outreach.organization):
        assert not SharedContent.objects.exists()


def test_trying_again_writes_no_second_row(outreach, provider, amara):
    outreach.inside(link, outreach.user)

    def refuse() -> None:
        raise ConnectionRefusedError

    provider.opening = refuse
    message = send(outreach, amara, "See {{ content.our_team }}")
    assert message.state == Message.State.QUEUED
    provider.opening = None
    with acting_in(outreach.organization):
        Message.objects.update(due_at=message.created_at)
    delivering.deliver_due(outreach.organization)

    assert outreach.reload(message).state == Message.State.SENT
    with acting_in(outreach.organization):
        assert SharedContent.objects.count() == 1


def test_a_letter_is_shared_once_it_has_gone(as_user, outreach, provider, amara):
    item = outreach.inside(link, outreach.user)
    with acting_in(outreach.organization):
        letter = Letter(sender=outreach.sender, subject="Hi", body="See {{ content.our_team }}")
        write_mail(amara, letter, by=outreach.user)
    client = as_user(outreach.user)
    assert client.get(f"{PAGE}{item.pk}/").context["page"].rows == []

    delivering.deliver_due(outreach.organization)

    page = client.get(f"{PAGE}{item.pk}/")
    (row,) = page.context["page"].rows
    assert (row.candidate, row.shared_by) == (amara, outreach.user)
    assert "Amara Okafor" in text_of(page)
    mail = client.get(f"/acme/sequences/mails/{row.message_id}/")
    assert f'href="{PAGE}{item.pk}/"' in text_of(mail)


def test_merging_moves_what_was_shared_and_erasing_deletes_it(outreach, provider, amara):
    outreach.inside(link, outreach.user)
    send(outreach, amara, "See {{ content.our_team }}")
    survivor = outreach.candidate("a.okafor@example.com", full_name="A. Okafor")
    with acting_in(outreach.organization):
        merge_people(survivor, [amara.pk], by=outreach.user)
        assert SharedContent.objects.get().candidate == survivor
        erase_candidate(survivor, by=outreach.user)

        assert not SharedContent.objects.exists()
        assert ContentItem.objects.count() == 1


def test_an_item_is_added_found_put_away_and_brought_back(as_user, recruiter, acme):
    client = as_user(recruiter)
    client.post(f"{PAGE}add/?kind=link", {"title": "Our team", "url": URL, "tags": "Team, Tech"})
    client.post(f"{PAGE}add/?kind=file", {"title": "Benefits", "upload": pdf(), "tags": "Pay"})
    with acting_in(acme):
        team, benefits = ContentItem.objects.order_by("pk")

    def shown(query: str) -> list[str]:
        return [item.title for item, _ in client.get(f"{PAGE}{query}").context["rows"]]

    assert shown("") == ["Benefits", "Our team"]
    assert shown("?q=TEAM") == ["Our team"]
    assert shown("?tag=Pay") == ["Benefits"]
    assert shown("?tag=Pay&q=team") == []
    assert client.get(PAGE).context["tags"] == ["Pay", "Team", "Tech"]
    client.post(f"{PAGE}{team.pk}/archive/")
    assert (shown(""), shown("?archived=1")) == (["Benefits"], ["Our team"])
    client.post(f"{PAGE}{team.pk}/restore/")
    assert shown("") == ["Benefits", "Our team"]
    with acting_in(acme):
        actions = AuditEntry.objects.filter(object_id=team.pk, action__startswith="content.")
        assert list(actions.order_by("pk").values_list("action", flat=True)) == [
            "content.added",
            "content.archived",
            "content.restored",
        ]
    page = text_of(client.get(f"{PAGE}{benefits.pk}/"))
    assert "{{ content.benefits }}" in page
    assert "benefits.pdf" in page


def test_the_form_says_what_is_wrong_and_keeps_what_was_written(as_user, recruiter, acme):
    response = as_user(recruiter).post(
        f"{PAGE}add/", {"title": "Our team", "url": "http://acme.example", "tags": "Team"}
    )

    assert response.status_code == 422
    html = text_of(response)
    assert "Enter a whole address that begins with https://" in html
    assert "http://acme.example" in html


def test_editing_keeps_the_file_that_is_there(as_user, recruiter, acme):
    client = as_user(recruiter)
    client.post(f"{PAGE}add/?kind=file", {"title": "Benefits", "upload": pdf()})
    with acting_in(acme):
        item = ContentItem.objects.get()

    client.post(f"{PAGE}{item.pk}/edit/", {"title": "What we offer", "tags": ""})

    with acting_in(acme):
        item.refresh_from_db()
        assert (item.title, item.file.file_name) == ("What we offer", "benefits.pdf")


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_same_for_one_item_and_three(
    as_user, recruiter, outreach, django_assert_num_queries, count
):
    with acting_in(outreach.organization):
        for number in range(count):
            link(recruiter, f"Item {number}")
    for person in outreach.people(count):
        send(outreach, person, "{{ content.item_0 }}")
    client = as_user(recruiter)
    client.get(PAGE)

    with django_assert_num_queries(LIST_QUERIES):
        rows = client.get(PAGE).context["rows"]

    assert len(rows) == count
    assert rows[0][1].people == count


@pytest.mark.parametrize("count", [1, 3])
def test_whom_it_was_shared_with_asks_the_same_for_one_person_and_three(
    as_user, recruiter, outreach, django_assert_num_queries, count
):
    item = outreach.inside(link, recruiter)
    for person in outreach.people(count):
        send(outreach, person, "{{ content.our_team }}")
    client = as_user(recruiter)
    client.get(f"{PAGE}{item.pk}/")

    with django_assert_num_queries(ITEM_QUERIES):
        page = client.get(f"{PAGE}{item.pk}/").context["page"]

    names = [row.candidate.full_name for row in page.rows]
    assert names == [f"Person {number}" for number in reversed(range(count))]


def test_both_lists_go_on_where_a_page_ends(as_user, recruiter, outreach, monkeypatch):
    monkeypatch.setattr("crm.web.pagination.PAGE_SIZE", 2)
    monkeypatch.setitem(keyset_page.__kwdefaults__, "size", 2)
    with acting_in(outreach.organization):
        items = [link(recruiter, f"Item {number}") for number in range(3)]
    for person in outreach.people(3):
        send(outreach, person, "{{ content.item_0 }}")
    client = as_user(recruiter)

    first = client.get(PAGE).context["page"]
    second = client.get(PAGE, {"cursor": first.next_cursor}).context["page"]
    assert [row.pk for row in (*first.rows, *second.rows)] == [item.pk for item in items]
    place = f"{PAGE}{items[0].pk}/"
    latest = client.get(place).context["page"]
    rest = client.get(place, {"cursor": latest.next_cursor}).context["page"]
    names = [row.candidate.full_name for row in (*latest.rows, *rest.rows)]
    assert names == ["Person 2", "Person 1", "Person 0"]


@pytest.mark.parametrize(
    "page",
    [
        "/acme/sequences/templates/add/",
        "/acme/sequences/{sequence}/steps/add/?kind=mail",
        "/acme/sequences/write/{candidate}/",
    ],
)
def test_content_is_offered_wherever_a_mail_is_written(as_user, recruiter, outreach, amara, page):
    with acting_in(outreach.organization):
        link(recruiter)
        library.archive_item(link(recruiter, "Old talk"), by=recruiter)
    place = page.format(sequence=outreach.sequence.pk, candidate=amara.pk)

    html = text_of(as_user(recruiter).get(place))

    assert "Insert content" in html
    assert 'data-merge="{{ content.our_team }}"' in html
    assert "old_talk" not in html


def test_the_preview_of_a_draft_shows_what_the_person_gets(as_user, recruiter, outreach, amara):
    outreach.inside(link, recruiter)
    response = as_user(recruiter).post(
        f"/acme/sequences/{outreach.sequence.pk}/preview/draft/",
        {"kind": "mail", "subject": "Hi", "body": "{{ content.our_team }} {{ content.gone }}"},
    )

    html = text_of(response)
    assert "Our team (https://acme.example/team?a=1&amp;b=2)" in html
    assert '<span class="sr">missing: </span>content.gone' in html


def test_clicks_are_counted_once_an_admin_says_so(as_user, owner, recruiter, acme):
    page = "/acme/settings/senders/rules/"
    client = as_user(owner)
    html = text_of(client.get(page))
    assert "Count clicks on items of the content library" in html
    assert "no sequence acts on a click" in html
    with acting_in(acme):
        assert not sending_rules().counts_clicks
    form = client.get(page).context["form"]
    data = {name: value for name, value in form.initial.items() if value is not None}

    client.post(page, {**data, "counts_clicks": "on"})

    with acting_in(acme):
        assert sending_rules().counts_clicks
        entry = AuditEntry.objects.get(action="sending_rules.edited")
        assert entry.details["fields"] == ["counts_clicks"]


def test_a_persons_export_says_what_they_were_shown(outreach, provider, amara):
    outreach.inside(link, outreach.user)
    send(outreach, amara, "See {{ content.our_team }}")

    with acting_in(outreach.organization):
        (row,) = export_candidate(amara)["links and files shown to you"]

    assert (row["item__title"], row["item__url"]) == ("Our team", URL)

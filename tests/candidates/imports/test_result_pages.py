"""The pages of imports that ended, or were thrown away: groups, failed rows, whose text is only text."""

import csv
import re
from html import unescape
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from candidates.models import Candidate, Import, PrivacyNotice
from candidates.services import suppressing
from candidates.services.importing import running, uploading
from crm.tenancy.scope import acting_in
from tests.candidates.imports.conftest import FILES
from tests.candidates.imports.pages import (
    CHOICES,
    COLUMNS,
    LIST,
    TWO,
    check_file,
    file_of,
    target,
    words_of,
)
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db


def test_when_it_is_done_the_whole_page_changes(client, done, mode):
    response = client.get(f"{LIST}{done.pk}/?from=progress")

    assert target(response) == f"{LIST}{done.pk}/"
    assert response.status_code == (302 if mode == "plain" else 200)
    assert "is imported." in words_of(client.get(LIST))


def test_the_result_says_who_is_to_be_told_by_when(client, done, acme, mode):
    with acting_in(acme):
        due_on = PrivacyNotice.objects.first().due_on
    page = " ".join(re.sub(r"<[^>]+>", " ", words_of(client.get(f"{LIST}{done.pk}/"))).split())
    told = f"2 people to be told where their data came from by {due_on:%-d %b %Y}"

    assert (told in page) == (mode == "plain")


def test_the_result_links_to_people_and_adds_up(client, done, acme, mode):
    page = words_of(client.get(f"{LIST}{done.pk}/"))

    with acting_in(acme):
        anna = Candidate.objects.get(full_name="Anna Muster")
    assert f'href="/acme/candidates/{anna.pk}/"' in page
    if mode == "plain":
        assert "Every row is accounted for: 2 of 2." in page


def test_a_group_can_be_empty_and_an_unknown_one_is_the_first(client, done):
    assert "No rows here" in words_of(client.get(f"{LIST}{done.pk}/?show=blocked"))
    assert "Anna Muster" in words_of(client.get(f"{LIST}{done.pk}/?show=nonsense"))
    assert "Anna Muster" in words_of(client.get(f"{LIST}{done.pk}/?cursor=nonsense"))


def test_groups_come_in_pages(client, acme):
    content = "Name\n" + "".join(f"Person {number:02}\n" for number in range(45))
    response = client.post(f"{LIST}add/", {"file": file_of(content)})
    address = target(response)
    client.post(f"{address}columns/", {"column_0": "full_name", **CHOICES})

    seen: list[str] = []
    query: str | None = "?show=create"
    while query is not None:
        page = words_of(client.get(f"{address}{query}"))
        seen += re.findall(r"<b>(Person \d\d)</b>", page)
        found = re.search(r'rel="next" href="([^"]*)"', page)
        query = unescape(found[1]) if found else None

    assert seen == [f"Person {number:02}" for number in range(45)]


def test_the_refused_are_not_named(client, acme):
    with acting_in(acme):
        suppressing.suppress("email", "anna@example.com", reason=suppressing.Reason.ERASED)
    address = target(client.post(f"{LIST}add/", {"file": file_of(TWO)}))
    client.post(f"{address}columns/", {**COLUMNS, **CHOICES})

    page = words_of(client.get(f"{address}?show=blocked"))

    assert "Not shown" in page
    assert "must not be stored again" in page
    assert "Anna" not in page
    assert "anna@example.com" not in page


def test_a_sourcer_takes_out_only_the_failed_rows_of_their_own_file(
    client, acme, sourcer, as_user, mode
):
    address = target(
        client.post(f"{LIST}add/", {"file": file_of("Name,Email\nAna,a@b.example\n,\n")})
    )
    client.post(f"{address}columns/", {**COLUMNS, **CHOICES})
    client.post(f"{address}start/")
    running.work_on(acme, int(address.rstrip("/").rpartition("/")[2]))

    assert b"Rapport: reason" in b"".join(client.get(f"{address}failed.csv"))
    # A fragment has no head with buttons.
    assert ("failed.csv" in client.get(address).text) is (mode == "plain")
    other = as_user(sourcer)
    refused = other.get(f"{address}failed.csv")
    assert refused.status_code == 409
    assert "taken out by who imported the file, or by a recruiter" in refused.text
    assert "failed.csv" not in other.get(address).text


def test_undo_is_offered_to_who_may_press_it(client, done, sourcer, as_user, mode):
    # A fragment has no head with buttons.
    assert ("Undo the import" in client.get(f"{LIST}{done.pk}/").text) is (mode == "plain")
    assert "Undo the import" not in as_user(sourcer).get(f"{LIST}{done.pk}/").text


def test_failed_rows_come_back_as_a_file_that_can_be_imported_again(client, acme):
    content = (FILES / "messy-candidates.csv").read_bytes() + b";;+49 30 1;=1+1;;;;;;;;;;\r\n"
    address = target(client.post(f"{LIST}add/", {"file": file_of(content, "messy.csv")}))
    pk = int(address.rstrip("/").rpartition("/")[2])
    with acting_in(acme):
        mapping = Import.objects.get(pk=pk).mapping
    client.post(
        f"{address}columns/", {f"column_{n}": kind for n, kind in mapping.items()} | CHOICES
    )
    client.post(f"{address}start/")
    running.work_on(acme, pk)

    response = client.get(f"{address}failed.csv")

    assert (
        response["Content-Disposition"] == "attachment; filename*=UTF-8''messy%20failed%20rows.csv"
    )
    content = b"".join(response)
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][-2:] == ["Rapport: line", "Rapport: reason"]
    assert [row[-2:] for row in rows[1:]] == [
        ["44", "Empty row"],
        ["249", "No name and no e-mail address: nobody to import"],
    ]
    assert rows[2][2:4] == ["'+49 30 1", "'=1+1"]

    with acting_in(acme):
        again = uploading.store_upload(
            SimpleUploadedFile("again.csv", content),
            size=len(content),
            name="again.csv",
            by=Import.objects.get(pk=pk).created_by,
        )
    running.work_on(acme, again.pk)
    with acting_in(acme):
        again.refresh_from_db()
        assert list(again.mapping.values())[-2:] == ["-", "-"]
        assert again.rows.get(line=3).cells[2:4] == ["+49 30 1", "=1+1"]


def test_a_file_can_be_thrown_away_before_it_is_imported(client, uploaded, acme):
    response = client.post(f"{LIST}{uploaded.pk}/discard/")

    assert target(response) == LIST
    with acting_in(acme):
        assert not Import.objects.exists()


def test_a_done_import_cannot_be_thrown_away(client, done, stored):
    assert client.post(f"{LIST}{done.pk}/discard/").status_code == 409
    assert stored(done).state == Import.State.DONE


def test_a_failed_import_says_why_and_can_go_on(client, uploaded, acme, stored):
    check_file(client, uploaded)
    with acting_in(acme):
        Import.objects.update(state="failed", problem="It stopped.", started_at=uploaded.created_at)

    page = client.get(f"{LIST}{uploaded.pk}/")
    assert "Anna Muster" in words_of(page)
    client.post(f"{LIST}{uploaded.pk}/start/")

    assert stored(uploaded).state == Import.State.QUEUED


@pytest.mark.parametrize("mode", ["plain"], indirect=True)
def test_an_import_that_stopped_and_was_undone_does_not_offer_to_go_on(client, done, acme):
    with acting_in(acme):
        Import.objects.update(state="failed", problem="It stopped.")
    assert "Go on" in client.get(f"{LIST}{done.pk}/").text
    client.post(f"/acme/candidates/changes/{done.change_set_id}/undo/")

    page = client.get(f"{LIST}{done.pk}/").text

    assert "This import was undone" in page
    assert "Go on" not in page


def test_one_cannot_see_an_import_of_another_organization(client, globex, stranger):
    with acting_in(globex):
        import_file = Import.objects.create(file_name="secret.csv", file_digest="x")

    for path in ("", "columns/", "failed.csv"):
        assert client.get(f"{LIST}{import_file.pk}/{path}").status_code == 404


@pytest.mark.parametrize("payload", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_names_and_titles_from_a_file_are_text(client, acme, payload):
    content = f'"{payload.replace(chr(34), chr(34) * 2)}";Name\n"{payload.replace(chr(34), chr(34) * 2)}";Anna\n'
    address = target(client.post(f"{LIST}add/", {"file": file_of(content, f"{payload}.csv")}))

    page = words_of(client.get(address))

    assert payload not in page
    assert "&lt;" in page


# How the file is read


def test_whose_an_address_is_stands_beside_the_warning(client, acme):
    with acting_in(acme):
        anna = CandidateFactory(full_name="Anna Muster", emails=["info@example.com"])
    content = (
        "Name;E-Mail\n"
        "Peter Erst;office@example.com\n"
        "Paula Zweit;paula@example.com, office@example.com\n"
        "Petra Dritt;info@example.com\n"
    )
    client.post(f"{LIST}add/", {"file": file_of(content)})
    with acting_in(acme):
        import_file = Import.objects.get()
    body = {
        "column_0": "full_name",
        "column_1": "email",
        "policy": "fill",
        "lawful_basis": "consent",
    }
    client.post(f"{LIST}{import_file.pk}/columns/", body)
    path = f"{LIST}{import_file.pk}/?show=warnings"

    checked = words_of(client.get(path))
    client.post(f"{LIST}{import_file.pk}/start/")
    running.work_on(acme, import_file.pk)
    done = words_of(client.get(path))

    here = f'info@example.com: <a class="link" href="/acme/candidates/{anna.pk}/" >Anna Muster</a>'
    assert re.search(r"office@example.com: <span ?>Peter Erst</span> <span ?>\(line 2\)", checked)
    assert here in checked
    assert "office@example.com: <a" in done
    assert ">Peter Erst</a>" in done
    assert here in done
    with acting_in(acme):
        anna.delete()
    assert "Anna Muster" not in words_of(client.get(path))

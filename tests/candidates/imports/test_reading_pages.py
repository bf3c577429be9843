"""How a file is read, chosen on the page; files that are read in the background."""

import re

import pytest

from candidates.models import Import, TalentPool
from candidates.services.importing import loading, running, uploading
from candidates.tasks import work_on_import
from crm.tenancy.scope import acting_in
from tests.candidates.imports.pages import CHOICES, COLUMNS, LIST, TWO, file_of, target, words_of
from tests.candidates.imports.workbooks import (
    cell,
    document,
    inline,
    ods_row,
    row,
    table,
    titles,
    workbook,
)

pytestmark = pytest.mark.django_db


def page_of(client, address: str) -> str:
    """The whole page, also for a client that asks as htmx."""
    return words_of(client.get(address, headers={"HX-History-Restore-Request": "true"}))


def test_the_first_rows_are_shown_as_they_stand_in_the_file(client):
    content = "Our list;;\n\nName;E-Mail;Ort\n" + "".join(
        f"Person {n};p{n}@example.com;Köln\n" for n in range(30)
    )
    page = page_of(client, target(client.post(f"{LIST}add/", {"file": file_of(content)})))

    assert "How the file is read" in page
    assert "Our list" in page
    assert "Person 17" in page
    assert (
        "Person 18"
        not in re.sub(r"<select.*?</select>", "", page).split("What the columns hold")[0]
    )
    assert "1 line above" in page or "2 lines above" in page


def test_a_wrong_encoding_is_put_right_on_the_page(client, acme, stored):
    content = "Name;E-Mail\nJiøí;j@example.com\n".encode("cp1252")
    address = target(client.post(f"{LIST}add/", {"file": file_of(content)}))
    with acting_in(acme):
        import_file = Import.objects.get()
    assert "Jiøí" in words_of(client.get(address))

    response = client.post(
        f"{address}reading/", {"encoding": "cp1250", "delimiter": ";", "header_line": "1"}
    )

    assert target(response) == address
    assert "Jiří" in words_of(client.get(address))
    read = stored(import_file)
    assert (read.encoding, read.state, read.row_count) == ("cp1250", "draft", 1)
    with acting_in(acme):
        assert read.rows.get().cells == ["Jiří", "j@example.com"]


def test_another_sheet_is_read_with_titles_of_its_own(client, acme, stored):
    team = titles("Name", "E-mail") + "".join(row(n, inline(f"A{n}", "Anna")) for n in range(2, 9))
    old = row(1, inline("A1", "Old people")) + titles("Name", "Phone", line=3)
    old += row(4, inline("A4", "Bert"))
    content = workbook(("Team", team), ("Old", old))
    address = target(client.post(f"{LIST}add/", {"file": file_of(content, "people.xlsx")}))
    with acting_in(acme):
        import_file = Import.objects.get()
    assert stored(import_file).sheet == "Team"

    client.post(f"{address}reading/", {"sheet": "Old", "header_line": "1"})

    read = stored(import_file)
    assert (read.sheet, read.header, read.header_line) == ("Old", ["Name", "Phone"], 3)
    with acting_in(acme):
        assert [one.cells for one in read.rows.all()] == [["Bert"]]


def test_a_row_of_titles_that_is_empty_is_refused_and_nothing_is_changed(client, uploaded, stored):
    response = client.post(
        f"{LIST}{uploaded.pk}/reading/",
        {"encoding": "utf-8-sig", "delimiter": ";", "header_line": "99"},
    )

    assert response.status_code == 422
    assert "Row 99 is empty" in words_of(response)
    assert stored(uploaded).row_count == 2


def test_a_started_import_is_not_read_again(client, uploaded, acme, stored):
    client.post(f"{LIST}{uploaded.pk}/columns/", COLUMNS | CHOICES)
    client.post(f"{LIST}{uploaded.pk}/start/")
    running.work_on(acme, uploaded.pk)

    response = client.post(
        f"{LIST}{uploaded.pk}/reading/",
        {"encoding": "cp1250", "delimiter": ";", "header_line": "1"},
    )

    assert response.status_code == 409
    assert (stored(uploaded).file, stored(uploaded).state) == ("", "done")


def test_a_large_file_is_read_in_the_background(client, acme, stored, monkeypatch):
    monkeypatch.setattr("candidates.views.imports.READ_AT_ONCE", 10)
    address = target(client.post(f"{LIST}add/", {"file": file_of(TWO)}))
    with acting_in(acme):
        import_file = Import.objects.get()
    assert "Reading the file" in words_of(client.get(address))

    work_on_import(acme.pk, import_file.pk)

    assert stored(import_file).state == "draft"
    assert "Anna Muster" in words_of(client.get(address))


def test_unfinished_files_are_listed_to_go_on_with(client, uploaded):
    page = words_of(client.get(LIST))

    assert "Not finished" in page
    assert 'aria-label="Go on with people.csv"' in page
    assert "Earlier files" not in page, "it stands once"
    client.post(f"{LIST}{uploaded.pk}/discard/")
    assert "Not finished" not in words_of(client.get(LIST))


def test_the_same_file_again_is_noticed_with_a_choice(client, uploaded):
    again = target(client.post(f"{LIST}add/", {"file": file_of(TWO, "copy.csv")}))

    page = words_of(client.get(again))

    assert "This very file was uploaded before" in page
    assert f'href="{LIST}{uploaded.pk}/"' in page
    assert "Go on with the earlier one" in page
    assert "Throw this one away" in page


def test_repaired_rows_are_imported_with_everything_chosen_as_it_was(client, acme, stored):
    with acting_in(acme):
        pool = TalentPool.objects.create(name="Berlin")
    content = "Wer;Kontakt\nAnna Muster;anna@example.com\n;+49 30 901820\n"
    address = target(client.post(f"{LIST}add/", {"file": file_of(content)}))
    mapping = {"column_0": "full_name", "column_1": "email"}
    client.post(f"{address}columns/", mapping | CHOICES | {"pool": pool.pk, "tag": "Fair"})
    client.post(f"{address}start/")
    with acting_in(acme):
        first = Import.objects.get()
    running.work_on(acme, first.pk)
    failed = b"".join(client.get(f"{address}failed.csv")).decode("utf-8-sig")
    assert failed.splitlines()[1].startswith(";'+49 30 901820;3;No name")

    repaired = failed.replace(";'+49 30 901820", "Bert Beispiel;bert@example.com")
    again = target(client.post(f"{LIST}add/", {"file": file_of(repaired, "repaired.csv")}))

    with acting_in(acme):
        second = Import.objects.exclude(pk=first.pk).get()
        assert (second.pool, second.lawful_basis, str(second.tag)) == (pool, "consent", "Fair")
    assert second.mapping == {"0": "full_name", "1": "email", "2": "-", "3": "-"}
    assert "failed rows of “people.csv”" in words_of(client.get(again))


def test_reading_that_died_goes_on_without_a_row_twice(acme, recruiter, monkeypatch):
    monkeypatch.setattr(loading, "_STORED_AT_ONCE", 10)
    content = "Name,E-mail\n" + "".join(f"P{n},p{n}@example.com\n" for n in range(45))
    with acting_in(acme):
        import_file = uploading.store_upload(
            file_of(content), size=len(content), name="people.csv", by=recruiter
        )
    assert not running.work_on(acme, import_file.pk, seconds=0)
    with acting_in(acme):
        assert import_file.rows.count() == 10

    while not running.work_on(acme, import_file.pk, seconds=0):
        pass

    with acting_in(acme):
        import_file.refresh_from_db()
        lines = list(import_file.rows.order_by("line").values_list("line", flat=True))
    assert lines == list(range(2, 47))
    assert (import_file.state, import_file.row_count) == ("draft", 45)
    assert import_file.hints["filled"] == [45, 45]


def test_a_file_that_cannot_be_read_to_its_end_says_so_and_can_be_read_otherwise(client, acme):
    anna = ods_row(cell("Anna"), cell("a@example.com"))
    gap = ods_row(cell(""), attributes='table:number-rows-repeated="1048576"')
    rows = [ods_row(cell("Name"), cell("E-Mail")), *[anna] * 3000, gap, anna]
    content = document(table("People", *rows))

    address = target(client.post(f"{LIST}add/", {"file": file_of(content, "people.ods")}))

    page = page_of(client, address)
    assert "The sheet “People” goes on after row 1,048,576, where Rapport stops to read." in page
    assert "Read again" in page
    with acting_in(acme):
        assert Import.objects.get().row_count == 0

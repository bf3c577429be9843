"""The pages of an import, as a page load and as htmx asks for them."""

import csv
import re
from html import unescape
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from candidates.models import Candidate, Import, PrivacyNotice, TalentPool
from candidates.services import suppressing
from candidates.services.importing import loading, running, uploading
from candidates.tasks import work_on_import
from crm.tenancy.scope import acting_in
from tests.candidates.imports.conftest import FILES
from tests.candidates.imports.workbooks import inline, row, titles, workbook

pytestmark = pytest.mark.django_db

LIST = "/acme/candidates/imports/"
TWO = "Name;E-Mail;Schuhgröße\nAnna Muster;anna@example.com;38\nBert Beispiel;bert@example.com;44\n"


def file_of(content: str | bytes, name: str = "people.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


@pytest.fixture
def client(as_user, recruiter):
    return as_user(recruiter)


@pytest.fixture
def uploaded(client, acme) -> Import:
    client.post(f"{LIST}add/", {"file": file_of(TWO)})
    with acting_in(acme):
        return Import.objects.get()


@pytest.fixture
def stored(acme):
    """Reads the import, and other rows, from inside the organization."""

    def read(import_file: Import) -> Import:
        with acting_in(acme):
            return Import.objects.get(pk=import_file.pk)

    return read


CHOICES = {"policy": "fill", "lawful_basis": "consent"}
COLUMNS = {"column_0": "full_name", "column_1": "email", "column_2": ""}


def words_of(response) -> str:
    """The page with its line breaks as spaces, as a browser shows them."""
    return " ".join(response.content.decode().split())


def target(response) -> str:
    """Where the browser goes next."""
    return response.headers.get("HX-Redirect") or response.headers.get("Location", "")


def test_the_list_offers_a_drop_zone_and_earlier_files(client, uploaded):
    page = words_of(client.get(LIST))

    assert 'type="file"' in page
    assert "people.csv" in page
    assert "Waiting for you" in page


def test_the_list_costs_the_same_for_one_file_and_three(client, uploaded):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)
        return len(captured)

    one = queries()
    for number in range(2):
        client.post(f"{LIST}add/", {"file": file_of(TWO + f"P{number};p@example.com;1\n")})

    assert queries() == one == 10


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"Name;E-Mail\n", "no row below them"),
        (b"%PDF-1.7 x", "This is a PDF"),
        (bytes(range(256)) * 20, "no table that Rapport can read"),
    ],
)
def test_an_unreadable_file_is_refused_beside_its_field(client, acme, content, words):
    response = client.post(f"{LIST}add/", {"file": file_of(content)})

    assert response.status_code == 422
    assert words in words_of(response)
    with acting_in(acme):
        assert not Import.objects.exists()


def test_no_file_is_refused(client, acme):
    response = client.post(f"{LIST}add/", {})

    assert response.status_code == 422
    assert "Choose a file." in words_of(response)


def test_an_upload_leads_to_its_columns(client, acme):
    response = client.post(f"{LIST}add/", {"file": file_of(TWO, "../x/people.csv")})

    with acting_in(acme):
        import_file = Import.objects.get()
    assert target(response) == f"{LIST}{import_file.pk}/"
    page = words_of(client.get(target(response)))
    assert "Anna Muster" in page
    assert "2 of 2 filled" in page
    assert '<option value="full_name" selected>Full name</option>' in page
    assert '<option value="" selected>Kept as a note</option>' in page


def test_the_same_file_is_noticed(client, uploaded, stored):
    response = client.post(f"{LIST}add/", {"file": file_of(TWO)})

    page = words_of(client.get(target(response)))
    assert "This very file was uploaded before" in page
    assert f'href="{LIST}{uploaded.pk}/"' in page


def test_choosing_checks_a_small_file_at_once(client, uploaded, stored, mode):
    response = client.post(
        f"{LIST}{uploaded.pk}/columns/", {**COLUMNS, **CHOICES, "source": "Fair"}
    )

    assert target(response) == f"{LIST}{uploaded.pk}/"
    checked = stored(uploaded)
    assert checked.state == Import.State.CHECKED
    assert checked.counts == {"create": 2}
    page = words_of(client.get(target(response)))
    assert "Anna Muster" in page
    if mode == "plain":
        assert "Import 2" in page
    else:
        assert page.lstrip().startswith("<section")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"column_0": "", "column_1": ""},
            "Say which column holds the name or the e-mail address.",
        ),
        ({"column_2": "full_name"}, "cannot both be the full name"),
        ({"column_2": "no-such-field"}, "Select a valid choice"),
        ({"policy": "destroy"}, "Select a valid choice"),
        ({"owner": "99999999"}, "Select a valid choice"),
    ],
)
def test_impossible_choices_are_refused(client, uploaded, stored, changes, words):
    response = client.post(f"{LIST}{uploaded.pk}/columns/", {**COLUMNS, **CHOICES, **changes})

    assert response.status_code == 422
    assert words in words_of(response)
    assert stored(uploaded).state == Import.State.DRAFT


def test_another_organizations_owner_and_pool_are_unknown(
    client, uploaded, stored, globex, stranger
):
    with acting_in(globex):
        pool = TalentPool.objects.create(name="Secret pool of Globex")

    for foreign in ({"owner": stranger.pk}, {"pool": pool.pk}):
        response = client.post(f"{LIST}{uploaded.pk}/columns/", {**COLUMNS, **CHOICES, **foreign})
        assert response.status_code == 422
        assert "Secret pool" not in words_of(response)
    assert stored(uploaded).state == Import.State.DRAFT


def test_viewers_and_managers_cannot_own_imported_people(client, uploaded, viewer, manager):
    for user in (viewer, manager):
        response = client.post(
            f"{LIST}{uploaded.pk}/columns/", {**COLUMNS, **CHOICES, "owner": user.pk}
        )
        assert response.status_code == 422


def check(client, import_file: Import, **choices: object) -> None:
    client.post(f"{LIST}{import_file.pk}/columns/", {**COLUMNS, **CHOICES, **choices})


def test_starting_waits_for_a_worker_and_shows_how_far_it_is(
    client, uploaded, stored, acme, django_capture_on_commit_callbacks, monkeypatch
):
    rung = []
    monkeypatch.setattr(work_on_import, "apply_async", lambda args, **options: rung.append(args))
    check(client, uploaded)

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(f"{LIST}{uploaded.pk}/start/")

    assert target(response) == f"{LIST}{uploaded.pk}/"
    assert rung == [(acme.pk, uploaded.pk)]
    page = words_of(client.get(target(response)))
    assert "Waiting for a worker" in page
    assert "every 2s" in page
    assert "0 of 2" in page


def test_starting_twice_is_starting_once(client, uploaded, stored, acme):
    check(client, uploaded)

    for _ in range(2):
        assert client.post(f"{LIST}{uploaded.pk}/start/").status_code in {200, 302}
    running.work_on(acme, uploaded.pk)

    with acting_in(acme):
        assert Candidate.objects.count() == 2


def test_an_unchecked_import_does_not_start(client, uploaded, stored):
    assert client.post(f"{LIST}{uploaded.pk}/start/").status_code == 409
    assert stored(uploaded).state == Import.State.DRAFT


@pytest.fixture
def done(client, uploaded, acme, stored) -> Import:
    check(client, uploaded)
    client.post(f"{LIST}{uploaded.pk}/start/")
    running.work_on(acme, uploaded.pk)
    return stored(uploaded)


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
    rows = list(csv.reader(StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][-2:] == ["Rapport: line", "Rapport: reason"]
    assert [row[-2:] for row in rows[1:]] == [
        ["44", "Empty row"],
        ["249", "No name and no e-mail address: nobody to import"],
    ]
    assert rows[2][2:4] == ["'+49 30 1", "'=1+1"]

    with acting_in(acme):
        again = uploading.store_upload(
            SimpleUploadedFile("again.csv", response.content),
            size=len(response.content),
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
    check(client, uploaded)
    with acting_in(acme):
        Import.objects.update(state="failed", problem="It stopped.", started_at=uploaded.created_at)

    page = client.get(f"{LIST}{uploaded.pk}/")
    assert "Anna Muster" in words_of(page)
    client.post(f"{LIST}{uploaded.pk}/start/")

    assert stored(uploaded).state == Import.State.QUEUED


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
    failed = client.get(f"{address}failed.csv").content.decode("utf-8-sig")
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
    wide = ";".join(["x"] * 1001)
    content = "Name;E-Mail\n" + "Anna;a@example.com\n" * 100 + wide + "\n"

    address = target(client.post(f"{LIST}add/", {"file": file_of(content)}))

    page = page_of(client, address)
    assert "The file has 1,001 columns; Rapport reads at most 1,000." in page
    assert "Read again" in page
    with acting_in(acme):
        assert Import.objects.get().row_count == 0

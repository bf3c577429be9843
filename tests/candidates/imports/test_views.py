"""The pages on the way to an import, as a page load and as htmx asks for them."""

import gzip
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from candidates.models import Candidate, Import, TalentPool
from candidates.services.importing import running
from candidates.tasks import work_on_import
from crm.tenancy.scope import acting_in
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

pytestmark = pytest.mark.django_db


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


def test_starting_waits_for_a_worker_and_shows_how_far_it_is(
    client, uploaded, stored, acme, django_capture_on_commit_callbacks, monkeypatch
):
    rung = []
    monkeypatch.setattr(work_on_import, "apply_async", lambda args, **options: rung.append(args))
    check_file(client, uploaded)

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(f"{LIST}{uploaded.pk}/start/")

    assert target(response) == f"{LIST}{uploaded.pk}/"
    assert rung == [(acme.pk, uploaded.pk)]
    page = words_of(client.get(target(response)))
    assert "Waiting for a worker" in page
    assert "every 2s" in page
    assert "0 of 2" in page


def test_starting_twice_is_starting_once(client, uploaded, stored, acme):
    check_file(client, uploaded)

    for _ in range(2):
        assert client.post(f"{LIST}{uploaded.pk}/start/").status_code in {200, 302}
    running.work_on(acme, uploaded.pk)

    with acting_in(acme):
        assert Candidate.objects.count() == 2


def test_an_unchecked_import_does_not_start(client, uploaded, stored):
    assert client.post(f"{LIST}{uploaded.pk}/start/").status_code == 409
    assert stored(uploaded).state == Import.State.DRAFT


def test_a_broken_workbook_is_told_as_one_on_the_page(client):
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "nothing")

    response = client.post(f"{LIST}add/", {"file": file_of(file.getvalue(), name="broken.xlsx")})

    assert response.status_code == 422
    assert "There is no workbook in this file" in words_of(response)


def test_a_thousand_columns_are_shown_at_once(client, acme, count_queries, mode):
    def page_of(width: int) -> str:
        titles = ["Name", *(f"Title {number}" for number in range(1, width))]
        cells = ["Anna Muster", *(f"value {number}" for number in range(1, width))]
        client.post(f"{LIST}add/", {"file": file_of(f"{';'.join(titles)}\n{';'.join(cells)}\n")})
        with acting_in(acme):
            return f"{LIST}{Import.objects.latest('pk').pk}/"

    narrow, wide = page_of(3), page_of(1000)
    statements = {"plain": 12, "htmx": 11}[mode]
    assert count_queries(client, narrow) == count_queries(client, wide) == statements

    page = client.get(wide).content
    assert page.count(b"<select") >= 2000
    assert len(gzip.compress(page)) < 150_000

"""Small odd files as they are uploaded: each ends on its columns with the good rows in it, or in a sentence beside its field."""

import pytest

from candidates.models import Import
from crm.tenancy.scope import acting_in
from tests.candidates.imports.pages import LIST, file_of, target, words_of
from tests.candidates.imports.test_workbooks import STYLES, dated
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


def sheet(*rows: str) -> str:
    return titles("Name", "Last contact") + "".join(rows)


def last_contact(serial: object) -> str:
    anna = row(2, inline("A2", "Anna"), dated("B2", serial, 1))
    return sheet(anna, row(3, inline("A3", "Bert"), dated("B3", 45000, 1)))


def card(charset: str, sent: str) -> str:
    return (
        f"BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:{sent}\nEND:VCARD\n"
        "BEGIN:VCARD\nFN:Bert\nEND:VCARD\n"
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("twice.xlsx", workbook(("P", sheet(row(2, inline("A2", "Anna")), row(2, inline("A2", "Bert")))))),
        ("1904.xlsx", workbook(("P", last_contact(2958000)), styles=STYLES, book='<workbookPr date1904="1"/>')),
        ("9999.xlsx", workbook(("P", last_contact("2958465.999999")), styles=STYLES)),
        ("long.xlsx", workbook(("P" * 400, sheet(row(2, inline("A2", "Anna")), row(3, inline("A3", "Bert")))))),
        ("far.xlsx", workbook(("P", sheet(row(2, inline("A2", "Anna")), row(99999999999, inline("A3", "Bert")))))),
        ("undefined.vcf", card("undefined", "Anna")),
        ("nul.vcf", card("utf\x00-8", "Anna")),
        ("escape.vcf", card("unicode_escape", "\\ud800")),
        ("utf7.vcf", card("utf-7", "+2AA-")),
    ],
)  # fmt: skip
def test_a_small_odd_file_comes_in_with_its_good_rows(client, acme, mode, name, content):
    given = content.encode() if isinstance(content, str) else content

    response = client.post(f"{LIST}add/", {"file": file_of(given, name)})

    with acting_in(acme):
        draft = Import.objects.get()
        assert (draft.state, draft.rows.count()) == (Import.State.DRAFT, 2)
    assert "Bert" in words_of(client.get(target(response)))


def test_a_sheet_of_few_bytes_and_many_cells_is_refused_with_the_limit(client, acme):
    wide = cell("x", 'office:value-type="string" table:number-columns-repeated="900"')
    rows = [ods_row(wide, attributes='table:number-rows-repeated="20000"')] * 40
    content = document(table("People", ods_row(cell("Name"), cell("City")), *rows))
    assert len(content) < 1500

    response = client.post(f"{LIST}add/", {"file": file_of(content, "dragged.ods")})

    assert response.status_code == 422
    assert "more than 1,000,000 cells are copies" in words_of(response)
    with acting_in(acme):
        assert not Import.objects.exists()

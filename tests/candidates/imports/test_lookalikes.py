"""New rows that look like somebody here: told at the door of an import, with a link, and queued afterwards."""

import pytest

from candidates.models import Candidate, DuplicatePair
from candidates.services.duplicates.refreshing import compare_batch
from candidates.services.importing import planning, running
from crm.tenancy.scope import acting_in
from tests.candidates.imports.pages import LIST
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db
HEADER = "Name;E-Mail;Firma;Ort\n"


@pytest.fixture
def thiago(in_acme):
    return CandidateFactory(
        full_name="Thiago Nogueira", company="Betalix", city="Porto", emails=["tn@example.org"]
    )


def look_alike(import_file):
    return {row.line: row.details.get("likes", []) for row in import_file.rows.order_by("line")}


def test_a_new_row_of_the_same_name_and_employer_says_whom_it_looks_like(thiago, upload, check):
    text = (
        "Thiago  NOGUEIRA;thiago@betalix.example;Betalix SA;Porto\n"
        "Thiago Nogueira;t@else.example;Elsewhere;Porto\n"
        "Thiago Nogueira;t2@else.example;;Porto\n"
        "Ana Nogueira;ana@betalix.example;Betalix;Porto\n"
        "Thiago Nogueira;tn@example.org;Betalix;Porto\n"
    )

    checked = check(upload("people.csv", HEADER + text))

    assert look_alike(checked) == {2: [thiago.pk], 3: [], 4: [], 5: [], 6: []}
    assert checked.counts == {"create": 4, "duplicate": 1}
    assert checked.rows.get(line=2).details["warnings"] == [planning.LIKE]


def test_it_is_imported_as_new_and_the_pair_is_queued(thiago, import_text):
    import_text(HEADER + "Thiago Nogueira;thiago@betalix.example;Betalix;Porto\n")

    assert Candidate.objects.filter(full_name="Thiago Nogueira").count() == 2
    compare_batch()
    assert DuplicatePair.objects.get().candidate == thiago


def test_the_preview_links_to_the_record(acme, upload, check, as_user, recruiter, thiago):
    checked = check(upload("people.csv", HEADER + "Thiago Nogueira;n@new.example;Betalix;Porto\n"))

    page = as_user(recruiter).get(f"{LIST}{checked.pk}/?show=warnings").content.decode()

    words = " ".join(page.split())
    assert "Worth a look" in words
    assert f'href="/acme/candidates/{thiago.pk}/" >Thiago Nogueira</a> (Betalix)' in words
    assert planning.LIKE not in words


def test_somebody_who_is_gone_meanwhile_is_not_named(
    acme, upload, check, as_user, recruiter, thiago
):
    checked = check(upload("people.csv", HEADER + "Thiago Nogueira;n@new.example;Betalix;Porto\n"))
    with acting_in(acme):
        thiago.delete()

    page = as_user(recruiter).get(f"{LIST}{checked.pk}/?show=warnings").content.decode()

    assert planning.LIKE in page


def test_lookalikes_of_a_batch_are_asked_for_once(thiago, upload, check, monkeypatch):
    asked = []
    blocks_of = planning.blocks_of
    monkeypatch.setattr(planning, "blocks_of", lambda keys: asked.append(keys) or blocks_of(keys))
    monkeypatch.setattr(running, "BATCH_ROWS", 10)
    rows = "".join(f"Thiago Nogueira;n{n}@new.example;Betalix;Porto\n" for n in range(25))

    checked = check(upload("people.csv", HEADER + rows))

    assert list(look_alike(checked).values()) == [[thiago.pk]] * 25
    assert len(asked) == 3

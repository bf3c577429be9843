"""People are found by where they worked and learned, however that came into the record."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection

from candidates.models import Candidate, Education, WorkExperience
from candidates.queries.search import ANY_READER, PeopleQuery, parse, prepare
from candidates.services import rows
from candidates.services.changes.undoing import start_undo, undo_batch
from candidates.services.merging.merging import merge_people
from candidates.services.searching import refresh_search_text
from tests.factories import CandidateFactory


def found(text: str) -> set[str]:
    prepared = prepare(PeopleQuery(parse(text, searcher=ANY_READER)), searcher=ANY_READER)
    assert prepared.problems == []
    ids = list(prepared.people().values_list("pk", flat=True))
    return set(Candidate.objects.filter(pk__in=ids).values_list("full_name", flat=True))


@pytest.fixture
def zoe(in_acme, recruiter) -> Candidate:
    """Was a nurse at Charité, is one at Klinikum, learned in Łódź."""
    zoe = CandidateFactory(full_name="Zoë", company="Klinikum", headline="Nurse")
    CandidateFactory(full_name="Ana", company="Charité", headline="Surgeon")
    rows.save_row(
        WorkExperience(candidate=zoe), by=recruiter, title="Ward lead", company="Charité Berlin"
    )
    rows.save_row(
        WorkExperience(candidate=zoe),
        by=recruiter,
        title="Head nurse",
        company="Vivantes",
        is_current=True,
    )
    rows.save_row(
        Education(candidate=zoe),
        by=recruiter,
        school="Uniwersytet Łódź",
        degree="BSc",
        field="Care",
    )
    return zoe


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("charite", {"Zoë", "Ana"}),
        ("vivantes", {"Zoë"}),
        ('"ward lead"', {"Zoë"}),
        ("lodz bsc", {"Zoë"}),
        ("company:charite", {"Ana"}),
        ("past_company:charit", {"Zoë"}),
        ("past_company:charitee~", {"Zoë"}),
        ("past_company:vivantes", set()),
        ("past_title:lead", {"Zoë"}),
        ("past_title:charite", set()),
        ("school:uniwersytet", {"Zoë"}),
        ("NOT past_company:charite", {"Ana"}),
    ],
)
def test_past_employers_titles_and_schools_are_searched(zoe, text, people):
    assert found(text) == people


def test_what_is_changed_removed_and_undone_is_found_as_it_is(zoe, recruiter):
    held = WorkExperience.objects.get(company="Vivantes")
    rows.save_row(held, by=recruiter, company="Helios")
    assert (found("vivantes"), found("helios")) == (set(), {"Zoë"})

    change_set = rows.remove_row(held, by=recruiter)
    assert found("helios") == set()
    undo = start_undo(change_set, by=recruiter)
    while not undo_batch(undo.pk):
        pass
    assert found("helios") == {"Zoë"}


def test_who_is_merged_brings_the_history_along(zoe, recruiter):
    ana = Candidate.objects.get(full_name="Ana")

    merge_people(ana, [zoe.pk], by=recruiter)

    assert found("past_company:charite") == {"Ana"}
    assert found("uniwersytet") == {"Ana"}


def test_databases_from_before_get_the_words(zoe, monkeypatch):
    """As the owner of the tables would, a person a batch; twice changes nothing."""
    migration = import_module("candidates.migrations.0047_search_of_histories")
    kept = dict(Candidate.objects.values_list("pk", "search_text"))
    with connection.cursor() as cursor:
        for pk, text in kept.items():
            short = "\n".join(text.split("\n")[:3]) if pk == zoe.pk else text
            cursor.execute(
                "UPDATE candidates_candidate SET search_text = %s WHERE id = %s", [short, pk]
            )
    assert found("charite") == {"Ana"}
    monkeypatch.setattr(migration, "BATCH", 1)

    for _ in range(2):
        migration.fill(None, SimpleNamespace(connection=connection))
        filled = dict(Candidate.objects.values_list("pk", "search_text"))
        refresh_search_text(kept)
        assert filled == dict(Candidate.objects.values_list("pk", "search_text"))
    assert found("charite") == {"Zoë", "Ana"}

"""Importing in batches: killed anywhere and run again, no row twice and none lost."""

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from candidates.models import (
    Candidate,
    EmailAddress,
    Import,
    Touchpoint,
)
from candidates.services import tagging
from candidates.services.importing import knowing, planning, running, uploading, writing
from candidates.services.importing.remembering import Memory
from candidates.services.merging.merging import merge_people
from tests.candidates.imports.conftest import HEADER, people, row_states
from tests.conftest import lose_rights
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What `kill -9` is to the process: nothing catches it."""


# Killed and run again


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("batch", [1, 2, 3])
def test_a_killed_run_goes_on_where_it_stopped(
    in_acme, upload, check, recruiter, monkeypatch, when, batch
):
    monkeypatch.setattr(running, "BATCH_ROWS", 10)
    import_file = check(upload("people.csv", people(25)))
    uploading.start(import_file, by=recruiter)
    write_batch, batches = writing.write_batch, []

    def dying(*args):
        batches.append(1)
        if len(batches) == batch and when == "before":
            raise Killed
        write_batch(*args)
        if len(batches) == batch:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(running, "write_batch", dying)
        with pytest.raises(Killed):
            running.work_on(in_acme, import_file.pk)
    # The batch that died left nothing; those before it stayed.
    assert Candidate.objects.count() == (batch - 1) * 10

    assert running.work_on(in_acme, import_file.pk)

    import_file.refresh_from_db()
    assert import_file.state == Import.State.DONE
    assert import_file.counts == {"create": 25}
    assert Candidate.objects.count() == EmailAddress.objects.count() == 25
    assert Touchpoint.objects.filter(kind="imported").count() == 25


@pytest.mark.parametrize("change", ["removed", "viewer", "inactive"])
def test_an_import_of_who_may_not_any_more_waits_for_somebody_else(
    in_acme, upload, check, recruiter, owner, change
):
    """T11: what somebody started stops at the next batch once they are gone."""
    import_file = check(upload("people.csv", people(25)))
    uploading.start(import_file, by=recruiter)
    running._run_batch(in_acme, import_file.pk, 10)
    assert Candidate.objects.count() == 10

    lose_rights(recruiter, change)
    assert running.work_on(in_acme, import_file.pk)

    import_file.refresh_from_db()
    assert import_file.state == Import.State.FAILED
    assert import_file.problem.startswith("Whoever started it may not import any more.")
    assert Candidate.objects.count() == 10

    uploading.start(import_file, by=owner)
    assert running.work_on(in_acme, import_file.pk)
    import_file.refresh_from_db()
    assert (import_file.state, import_file.created_by) == (Import.State.DONE, owner)
    assert Candidate.objects.count() == 25


def test_a_finished_import_run_again_does_nothing(in_acme, import_text, recruiter):
    import_file = import_text(people(5))
    before = Touchpoint.objects.count()

    assert running.work_on(in_acme, import_file.pk)
    uploading.start(import_file, by=recruiter)
    assert running.work_on(in_acme, import_file.pk)

    assert Candidate.objects.count() == 5
    assert Touchpoint.objects.count() == before


def test_the_same_file_twice_makes_nobody_twice(import_text):
    import_text(people(12))

    again = import_text(people(12))

    assert again.counts == {"duplicate": 12}
    assert Candidate.objects.count() == 12
    assert set(again.rows.values_list("reason", flat=True)) == {
        "Already here: the file says nothing new (same e-mail address)"
    }


def test_a_run_stops_when_its_time_is_up_and_says_so(
    in_acme, upload, check, recruiter, monkeypatch
):
    monkeypatch.setattr(running, "BATCH_ROWS", 10)
    import_file = check(upload("people.csv", people(25)))
    uploading.start(import_file, by=recruiter)

    assert not running.work_on(in_acme, import_file.pk, seconds=0)
    assert Candidate.objects.count() == 0
    assert running.work_on(in_acme, import_file.pk)
    assert Candidate.objects.count() == 25


def test_the_check_and_the_run_agree_over_batches(upload, check, run, monkeypatch):
    text = HEADER + "".join(
        f"Person {n % 7} Alike;p{n % 9}@example.com;0151 3470380{n % 5};;;DE;;;;;\n"
        for n in range(60)
    )
    whole = check(upload("people.csv", text))
    planned = list(whole.rows.order_by("line").values_list("line", "outcome", "reason"))

    monkeypatch.setattr(running, "BATCH_ROWS", 7)
    done = run(check(upload("people.csv", text)))

    assert list(done.rows.order_by("line").values_list("line", "outcome", "reason")) == planned
    assert sum(done.counts.values()) == 60


def switchboard(number: int) -> str:
    """Everybody has one telephone, and every third row repeats somebody by telephone and name alone."""
    names = [f"Person{chr(97 + n % 26)} Number{chr(97 + n // 26)}" for n in range(number)]
    lines = [f"{name};;0151 34703805;;;DE;Go;;;;" for name in names]
    again = [f"{name};;0151 34703805;;;DE;SQL;;;;" for name in names[::3]]
    return HEADER + "\n".join([*lines, *again]) + "\n"


def test_a_check_over_batches_remembers_everybody(upload, check, run, monkeypatch):
    CandidateFactory(full_name="Persona Numbera", phones=["+49 151 34703805"])
    whole = check(upload("people.csv", switchboard(40)))
    planned = list(whole.rows.order_by("line").values_list("line", "outcome", "reason", "details"))

    monkeypatch.setattr(running, "BATCH_ROWS", 6)
    parted = check(upload("again.csv", switchboard(40)))

    rows = parted.rows.order_by("line")
    assert list(rows.values_list("line", "outcome", "reason", "details")) == planned
    assert parted.counts == whole.counts == {"update": 1, "create": 39, "duplicate": 14}
    assert not parted.checkpoints.exists()


def test_a_check_goes_on_where_it_stopped(in_acme, upload, check, recruiter, monkeypatch):
    whole = check(upload("people.csv", switchboard(20)))
    monkeypatch.setattr(running, "BATCH_ROWS", 6)
    import_file = upload("again.csv", switchboard(20))
    uploading.choose(import_file, mapping=uploading.mapping_of(import_file), by=recruiter)
    decided = []
    decide = planning.Planner.decide

    def dying(self, rows):
        decided.append(rows[0][1])
        if len(decided) == 3:
            raise SystemExit
        return decide(self, rows)

    monkeypatch.setattr(planning.Planner, "decide", dying)
    with pytest.raises(SystemExit):
        running.work_on(in_acme, import_file.pk)
    assert not running.work_on(in_acme, import_file.pk, seconds=0)
    assert running.work_on(in_acme, import_file.pk)

    # The third batch was begun twice, no other one.
    assert decided == [2, 8, 14, 14, 20, 26]
    import_file.refresh_from_db()
    assert (import_file.state, import_file.counts) == (Import.State.CHECKED, whole.counts)


def test_of_two_checks_at_once_one_gives_way(in_acme, upload, check, recruiter, monkeypatch):
    monkeypatch.setattr(running, "BATCH_ROWS", 6)
    import_file = upload("people.csv", switchboard(20))
    uploading.choose(import_file, mapping=uploading.mapping_of(import_file), by=recruiter)

    with Memory() as behind:
        assert not running.work_on(in_acme, import_file.pk, seconds=0)
        assert running._check_batch(in_acme, import_file.pk, 0, behind) is None

    import_file.refresh_from_db()
    assert import_file.done_count == 6


# Rows that nobody foresaw


def test_a_poisonous_row_fails_alone(import_text, monkeypatch):
    decide = planning.Planner._decide

    def choke(self, row_id, line, person, suppressed):
        if person.full_name == "Person 3 Number3":
            raise ValueError("nobody foresaw this")
        return decide(self, row_id, line, person, suppressed)

    def checked(self, row_id, line, person, suppressed):
        return (
            decide(self, row_id, line, person, suppressed)
            if self.memory
            else choke(self, row_id, line, person, suppressed)
        )

    monkeypatch.setattr(planning.Planner, "_decide", checked)

    done = import_text(people(6))

    assert done.state == Import.State.DONE
    assert done.counts == {"create": 5, "invalid": 1}
    assert row_states(done)[3] == (5, "failed")
    assert done.rows.get(line=5).reason == running.UNSTORABLE


def test_somebody_added_in_between_is_found_on_the_second_try(import_text, recruiter, monkeypatch):
    write_batch, tries = running.write_batch, []

    def late(*args):
        tries.append(1)
        if len(tries) == 1:
            raise IntegrityError("duplicate key value violates unique constraint")
        write_batch(*args)

    monkeypatch.setattr(running, "write_batch", late)

    done = import_text(people(3))

    assert done.counts == {"create": 3}
    assert len(tries) >= 2


def test_somebody_merged_while_a_check_looks_is_found_where_they_are_now(
    in_acme, upload, check, recruiter, monkeypatch
):
    old = CandidateFactory(full_name="Ana Okafor", emails=["ana@example.com"])
    kept = CandidateFactory(full_name="Ana Okafor", emails=["okafor@example.com"])
    find, looks = knowing.find_matches, []

    def merging(*values):
        found = find(*values)
        if not looks:
            merge_people(kept, [old.pk], by=recruiter)
        looks.append(found)
        return found

    monkeypatch.setattr(knowing, "find_matches", merging)

    checked = check(upload("people.csv", "Name,Email,City\nAna Okafor,ana@example.com,Porto\n"))

    assert checked.state == Import.State.CHECKED
    assert checked.counts == {"update": 1}
    assert len(looks) == 2


def test_statements_do_not_grow_with_the_rows(upload, check, in_acme, recruiter):
    def statements(number: int) -> int:
        import_file = check(upload("people.csv", people(number)))
        uploading.start(import_file, by=recruiter)
        with CaptureQueriesContext(connection) as queries:
            running._run_batch(in_acme, import_file.pk, 1000)
        Candidate.objects.all().delete()
        return len(queries)

    # The first one makes the skills.
    statements(10)
    assert statements(10) == statements(60) == 33
    # Larger batches are copied into temporary tables first.
    assert statements(350) == statements(500) == 42


def test_labels_are_made_once(import_text, in_acme):
    tagging.labels_named(tagging.Skill, ["PYTHON"])

    import_text(people(10))

    assert sorted(tagging.Skill.objects.values_list("name", flat=True)) == [
        "PYTHON",
        *(f"Skill {number}" for number in range(7)),
    ]

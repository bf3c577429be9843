"""Importing in batches: killed anywhere and run again, no row twice and none lost; refused stay refused."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates.models import (
    Candidate,
    CandidateTag,
    EmailAddress,
    Import,
    ImportRow,
    Origin,
    PoolMembership,
    Source,
    TalentPool,
    Touchpoint,
)
from candidates.services import suppressing, tagging
from candidates.services.candidates import create_candidate, edit_candidate
from candidates.services.importing import planning, running, uploading, writing
from candidates.services.importing.fields import Field
from candidates.services.importing.remembering import Memory
from candidates.services.importing.uploading import FileTooLarge, ImportNotWaiting
from candidates.services.provenance import Provenance
from candidates.tasks import resume_imports, work_on_import
from crm.audit.models import AuditEntry
from crm.web.errors import DomainError
from tests.candidates.imports.conftest import row_states
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db

HEADER = "Name;E-Mail;Tel;Firma;Ort;Land;Skills;Quelle;Letzter Kontakt;Notiz;Schuhgröße\n"


def people(number: int) -> str:
    return "Name;E-Mail;Skills\n" + "".join(
        f"Person {n} Number{n};p{n}@example.com;Python, Skill {n % 7}\n" for n in range(number)
    )


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


# What a row becomes


def test_a_row_becomes_a_person_with_all_of_it(import_text, recruiter, time_machine):
    time_machine.move_to(datetime(2026, 11, 22, 9, tzinfo=UTC), tick=False)
    pool = TalentPool.objects.create(name="Spring")
    done = import_text(
        HEADER + "BRUN, GRÉGOIRE;G.Brun@Example.com;0151 34703805;Acme;Köln;Deutschland;"
        "Go/SQL;Messe;gestern;Calls back;43\n",
        source="LinkedIn",
        owner=recruiter,
        pool=pool,
        tag="Fair 2026",
        lawful_basis="consent",
    )

    person = Candidate.objects.get()
    assert person.full_name == "Grégoire Brun"
    assert (person.company, person.city, person.country) == ("Acme", "Köln", "DE")
    assert (person.owner, person.created_by, person.lawful_basis) == (
        recruiter,
        recruiter,
        "consent",
    )
    assert person.source.name == "Messe"
    assert person.last_contacted_at == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert (
        person.search_text
        == "gregoire brun\nacme\nkoln\ng.brun@example.com\n+4915134703805\ngo\nsql"
    )
    email = person.emails.get()
    assert (
        email.address,
        email.normalized,
        email.is_primary,
        email.state,
        email.provenance_label,
    ) == (
        "G.Brun@Example.com",
        "g.brun@example.com",
        True,
        "unknown",
        "people.csv",
    )
    assert list(person.phones.values_list("number", "normalized")) == [
        ("0151 34703805", "+4915134703805")
    ]
    assert sorted(person.candidate_skills.values_list("skill__name", flat=True)) == ["Go", "SQL"]
    assert list(person.candidate_tags.values_list("tag__name", flat=True)) == ["Fair 2026"]
    assert list(person.pool_memberships.values_list("pool", "reason")) == [
        (pool.pk, "Import: people.csv")
    ]
    assert list(person.notes.order_by("pk").values_list("body", "author")) == [
        ("Calls back", recruiter.pk),
        ("From the import:\nSchuhgröße: 43", recruiter.pk),
    ]
    entries = person.touchpoints.order_by("pk").values_list("kind", "summary", "link")
    assert ("imported", "Imported from people.csv", f"candidates/imports/{done.pk}/") in entries
    assert sorted(kind for kind, _, _ in entries) == ["imported", "note", "note", "pool", "tag"]
    assert person.touchpoints.filter(note__isnull=False).count() == 2


def test_the_source_of_the_import_is_for_rows_without_one(import_text):
    Source.objects.create(name="LinkedIn")

    import_text(
        "Name;E-Mail;Quelle\nAnna A;a@example.com;linkedin\nBert B;b@example.com;\n",
        source="Fair",
    )

    assert set(Candidate.objects.values_list("full_name", "source__name")) == {
        ("Anna A", "LinkedIn"),
        ("Bert B", "Fair"),
    }
    assert Source.objects.count() == 2


@pytest.fixture
def anna(in_acme, recruiter) -> Candidate:
    return create_candidate(
        by=recruiter,
        full_name="Anna Muster",
        company="Old Ltd",
        emails=["anna@example.com"],
        skills=["Go"],
    )


ANNA = "Name;E-Mail;Firma;Ort;Skills\nAnna Muster;ANNA@example.com; New Ltd;Bonn;Go, SQL\n"


def test_filling_keeps_what_is_there_and_loses_nothing(import_text, anna):
    done = import_text(ANNA, policy="fill")

    anna.refresh_from_db()
    assert done.counts == {"update": 1}
    assert (anna.company, anna.city) == ("Old Ltd", "Bonn")
    assert sorted(anna.candidate_skills.values_list("skill__name", flat=True)) == ["Go", "SQL"]
    assert anna.notes.get().body == "From the import:\nCompany: New Ltd"
    row = done.rows.get()
    assert (row.state, row.candidate, row.reason) == (
        "updated",
        anna,
        "Found by the same e-mail address",
    )
    assert row.details["changes"] == [
        ["City", "", "Bonn"],
        ["Skills", "", "SQL"],
        ["Note", "", "From the import:\nCompany: New Ltd"],
    ]
    assert anna.touchpoints.filter(summary="From people.csv: city, note, skills").exists()


@pytest.fixture
def imported_anna(anna):
    """Anna, whose company came from a file and whose name a person has set."""
    entry = Provenance(Origin.IMPORT, timezone.now(), label="older.csv").as_json()
    anna.provenance = {"company": entry}
    anna.save()
    return anna


def test_overwriting_takes_the_file(import_text, imported_anna):
    done = import_text(ANNA, policy="overwrite")

    anna = imported_anna
    anna.refresh_from_db()
    assert (anna.company, anna.city) == ("New Ltd", "Bonn")
    assert not anna.notes.exists()
    assert done.rows.get().details["changes"][0] == ["Company", "Old Ltd", "New Ltd"]
    assert anna.search_text == "anna muster\nnew ltd\nbonn\nanna@example.com\ngo\nsql"
    assert {anna.provenance[name]["label"] for name in ("company", "city")} == {"people.csv"}


def test_what_a_person_typed_is_not_overwritten_but_proposed(import_text, anna, recruiter):
    edit_candidate(anna, by=recruiter, company="Typed Ltd")

    done = import_text(ANNA, policy="overwrite")

    anna.refresh_from_db()
    assert (anna.company, anna.city) == ("Typed Ltd", "Bonn")
    row = done.rows.get()
    assert (row.outcome, row.details["proposed"]) == (
        "update", [["Company", "Typed Ltd", "New Ltd"]],
    )  # fmt: skip
    proposal = anna.proposals.get()
    assert (proposal.field, proposal.value, proposal.provenance_label) == (
        "company", "New Ltd", "people.csv",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("policies", "company", "city", "skills"),
    [
        ({"company": "replace"}, "New Ltd", "Bonn", 2),
        ({"company": "overwrite"}, "Typed Ltd", "Bonn", 2),
        ({"company": "keep", "city": "keep", "skills": "keep"}, "Typed Ltd", "", 1),
        ({}, "Typed Ltd", "Bonn", 2),
    ],
)
def test_each_column_has_its_own_policy(
    policies, company, city, skills, import_text, anna, recruiter
):
    edit_candidate(anna, by=recruiter, company="Typed Ltd")

    import_text(ANNA, policies=policies)

    anna.refresh_from_db()
    assert (anna.company, anna.city) == (company, city)
    assert anna.candidate_skills.count() == skills
    if policies.get("company") == "keep":
        assert not anna.notes.exists()


def test_skipping_changes_nothing_at_all(import_text, anna, recruiter):
    pool = TalentPool.objects.create(name="Spring")
    before = anna.updated_at

    done = import_text(ANNA + "Anna Muster;anna@example.com;;Ulm;\n", policy="skip", pool=pool)

    anna.refresh_from_db()
    assert done.counts == {"duplicate": 2}
    assert anna.updated_at == before
    assert not PoolMembership.objects.exists()
    assert [row.reason for row in done.rows.order_by("line")] == [
        "Already here: left as it is (same e-mail address)",
        "Same person as line 2: same e-mail address",
    ]


def test_somebody_known_in_full_still_joins_pool_and_tag(import_text, anna):
    pool = TalentPool.objects.create(name="Spring")

    done = import_text("Name;E-Mail\nAnna Muster;anna@example.com\n", pool=pool, tag="Fair")

    assert done.counts == {"duplicate": 1}
    assert PoolMembership.objects.get().candidate == anna
    assert CandidateTag.objects.get().candidate == anna


def test_people_are_found_by_number_and_by_profile(import_text, in_acme, recruiter):
    create_candidate(by=recruiter, full_name="Anna Muster", phones=["+49 151 34703805"])
    create_candidate(
        by=recruiter, full_name="Bert Beispiel", links=["https://linkedin.com/in/bert"]
    )

    done = import_text(
        "Name;Tel;LinkedIn;Ort;Land\n"
        "Muster, Anna;0151 34703805;;Bonn;DE\n"
        "Peter Muster;0151 34703805;;Bonn;DE\n"
        "B. Beispiel;;https://de.linkedin.com/in/Bert/?trk=x;Ulm;\n"
    )

    assert [row.reason for row in done.rows.order_by("line")] == [
        "Found by the same phone number",
        "",
        "Found by the same profile link",
    ]
    assert done.counts == {"update": 2, "create": 1}


def test_an_address_of_somebody_else_stays_theirs(import_text, anna, in_acme, recruiter):
    bert = create_candidate(by=recruiter, full_name="Bert Beispiel", emails=["bert@example.com"])

    done = import_text("Name;E-Mail\nBert Beispiel;bert@example.com, anna@example.com\n")

    assert list(bert.emails.values_list("normalized", flat=True)) == ["bert@example.com"]
    assert bert.notes.get().body == "From the import:\nE-mail address: anna@example.com"
    assert done.rows.get().details["warnings"] == [
        "anna@example.com belongs to somebody else: kept in the note"
    ]


def test_a_shared_mailbox_makes_no_two_people_one(import_text):
    done = import_text(
        "Name;E-Mail\nAnna Muster;info@example.com\nPeter Beispiel;info@example.com\n"
    )

    assert done.counts == {"create": 2}
    assert EmailAddress.objects.get().candidate.full_name == "Anna Muster"


def test_last_contact_only_moves_forward(import_text, anna):
    Candidate.objects.filter(pk=anna.pk).update(last_contacted_at=datetime(2025, 5, 1, tzinfo=UTC))

    import_text("Name;E-Mail;Last contact\nAnna Muster;anna@example.com;2025-04-01\n")
    anna.refresh_from_db()
    assert anna.last_contacted_at == datetime(2025, 5, 1, tzinfo=UTC)

    import_text("Name;E-Mail;Last contact\nAnna Muster;anna@example.com;2025-06-01\n")
    anna.refresh_from_db()
    assert anna.last_contacted_at == datetime(2025, 6, 1, 12, tzinfo=UTC)


# Who must not come back


@pytest.mark.parametrize(
    "row",
    [
        "Anna;ANNA@example.com;;",
        "Anna;anna+again@example.com;;",
        "Anna;x@example.com;0049 151 347 038 05;",
        "Anna;y@example.com;;https://de.linkedin.com/in/Anna/?utm_source=x",
    ],
)
def test_the_erased_are_refused_and_their_row_is_not_kept(import_text, in_acme, row):
    suppressing.suppress("email", "anna@example.com", reason=suppressing.Reason.ERASED)
    suppressing.suppress("phone", "+49 151 34703805", reason=suppressing.Reason.ERASED)
    suppressing.suppress("profile", "linkedin.com/in/anna", reason=suppressing.Reason.ERASED)

    done = import_text(f"Name;E-Mail;Tel;LinkedIn\n{row}\nBert;bert@example.com;;\n")

    assert done.counts == {"blocked": 1, "create": 1}
    blocked = done.rows.get(line=2)
    assert (blocked.state, blocked.candidate, blocked.cells) == ("failed", None, [])
    assert blocked.reason == "Refused: this person must not be stored again"
    assert "anna" not in str(blocked.details).lower()
    assert Candidate.objects.get().full_name == "Bert"


def test_the_unsubscribed_are_imported_with_a_warning(import_text, in_acme):
    suppressing.suppress("email", "anna@example.com", reason=suppressing.Reason.UNSUBSCRIBED)

    done = import_text("Name;E-Mail\nAnna;anna@example.com\n")

    assert done.rows.get().details["warnings"] == ["Must not be written to: unsubscribed"]
    assert done.counts == {"create": 1}


# Uploading, choosing, starting


def test_the_same_file_is_noticed(upload, check, run):
    first = run(check(upload("a.csv", people(2))))

    again = upload("b.csv", people(2))

    assert uploading.same_file_before(again) == first
    assert uploading.same_file_before(upload("c.csv", people(3))) is None


def test_the_next_file_with_these_titles_is_mapped_alike(upload, check, run):
    import_file = upload("a.csv", "Wer;Was\nAnna Muster;Go\n")
    mapping = {0: Field.FULL_NAME, 1: Field.SKILLS}
    run(check(import_file, mapping=mapping, policy="overwrite", source="Fair"))

    again = upload("b.csv", "Wer;Was\nBert Beispiel;SQL\n")

    assert uploading.mapping_of(again) == mapping
    assert (again.policy, again.source.name) == ("overwrite", "Fair")
    assert "mapped as in “a.csv”" in again.notices[-1]


def test_too_large_a_file_is_refused(upload, settings):
    settings.IMPORT_MAX_BYTES = 1024 * 1024
    with pytest.raises(FileTooLarge, match="at most 1 MB"):
        upload("people.csv", "Name\n" + "Anna\n" * 300_000)
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\files\\people.csv", "people.csv"),
        ("a\u202egpj.csv\x00", "agpj.csv"),
        ("", "file"),
        ("x" * 300 + ".csv", ("x" * 300 + ".csv")[-255:]),
    ],
)
def test_file_names_are_bare(name, expected):
    assert uploading.clean_file_name(name) == expected


def test_a_started_import_can_be_neither_changed_nor_thrown_away(import_text, recruiter):
    done = import_text(people(1))

    with pytest.raises(ImportNotWaiting):
        uploading.choose(done, mapping={}, by=recruiter)
    with pytest.raises(ImportNotWaiting):
        uploading.discard(done, by=recruiter)


def test_an_unchecked_import_does_not_start(upload, recruiter):
    with pytest.raises(DomainError, match="Check the file first"):
        uploading.start(upload("people.csv", people(1)), by=recruiter)


def test_discarding_leaves_nothing_but_the_audit_entry(upload, check, recruiter):
    uploading.discard(check(upload("people.csv", people(3))), by=recruiter)

    assert not Import.objects.exists()
    assert not ImportRow.objects.exists()
    assert AuditEntry.objects.filter(action="import.discarded", details={"rows": 3}).exists()


def test_what_was_done_is_in_the_audit_log_without_names(import_text):
    import_text(people(3))

    entries = AuditEntry.objects.filter(action__startswith="import.").order_by("pk")
    assert [(entry.action, entry.details) for entry in entries] == [
        ("import.uploaded", {"size": 163}),
        ("import.mapped", {"fields": ["email", "full_name", "skills"]}),
        ("import.started", {"rows": 3}),
        ("import.finished", {"create": 3}),
    ]


def test_a_pool_archived_meanwhile_stays_empty_and_it_is_said(upload, check, run):
    pool = TalentPool.objects.create(name="Spring")
    import_file = check(upload("people.csv", people(2)), pool=pool)
    TalentPool.objects.update(archived_at=timezone.now())

    done = run(import_file)

    assert done.counts == {"create": 2}
    assert not PoolMembership.objects.exists()
    assert "was archived meanwhile" in done.notices[-1]


# Those that stand still


@pytest.fixture
def stalled(in_acme, upload, check, recruiter) -> Import:
    import_file = check(upload("people.csv", people(4)))
    uploading.start(import_file, by=recruiter)
    return import_file


def later(**delta: int) -> datetime:
    return timezone.now() + timedelta(**delta)


def test_a_lost_import_is_found_and_finished(stalled, in_acme):
    assert running.organizations_with_stalled_imports() == []
    assert running.organizations_with_stalled_imports(later(minutes=3)) == [in_acme]

    (found,) = running.stalled_imports(in_acme, later(minutes=3))
    assert running.work_on(found.organization, found.import_id)

    assert running.organizations_with_stalled_imports(later(minutes=9)) == []
    assert Candidate.objects.count() == 4


def test_an_import_that_dies_again_and_again_is_given_up(stalled, in_acme, recruiter):
    for turn in range(running.MOST_RESTARTS):
        assert running.stalled_imports(in_acme, later(minutes=3 * (turn + 1)))

    assert running.stalled_imports(in_acme, later(hours=1)) == []

    stalled.refresh_from_db()
    assert stalled.state == Import.State.FAILED
    assert "stopped 5 times" in stalled.problem
    assert AuditEntry.objects.filter(action="import.given_up").count() == 1
    # What is done stays, and somebody may press the button again.
    stalled.started_at = timezone.now()
    stalled.save()
    uploading.start(stalled, by=recruiter)
    assert running.work_on(in_acme, stalled.pk)
    assert Candidate.objects.count() == 4


def test_command_runs_what_waits_and_reports(stalled, capsys):
    call_command("run_imports", organization="acme")
    call_command("run_imports")

    assert capsys.readouterr().out == (
        "acme: people.csv: Done; 4 of 4 rows: 4 new\nNo import waits.\n"
    )
    with pytest.raises(CommandError, match="no organization “nobody”"):
        call_command("run_imports", organization="nobody")


def test_task_works_and_calls_itself_again_until_done(stalled, in_acme, monkeypatch):
    calls = []
    monkeypatch.setattr(work_on_import, "delay", lambda *args: calls.append(args))
    monkeypatch.setattr(running, "work_on", lambda *args: False)

    work_on_import(in_acme.pk, stalled.pk)

    assert calls == [(in_acme.pk, stalled.pk)]


def test_sweep_rings_for_what_stands_still(stalled, in_acme, monkeypatch):
    calls = []
    monkeypatch.setattr(work_on_import, "delay", lambda *args: calls.append(args))
    Import.objects.update(beat_at=timezone.now() - timedelta(minutes=3))

    resume_imports()
    resume_imports()

    assert calls == [(in_acme.pk, stalled.pk)]


def test_another_organizations_import_is_nobodys(stalled, globex):
    assert running.work_on(globex, stalled.pk)

    stalled.refresh_from_db()
    assert stalled.state == Import.State.QUEUED


def test_rows_are_forgotten_when_nobody_needs_them(import_text, upload):
    done = import_text(people(3))
    draft = upload("other.csv", people(2))

    assert running.forget_old_rows(later(days=29)) == 0
    assert running.forget_old_rows(later(days=31)) == 2
    assert not Import.objects.filter(pk=draft.pk).exists()
    assert done.rows.count() == 3

    assert running.forget_old_rows(later(days=91)) == 3
    done.refresh_from_db()
    assert (done.rows.count(), done.counts) == (0, {"create": 3})
    assert Candidate.objects.count() == 3


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
    assert statements(10) == statements(60) == 29
    # Larger batches are copied into temporary tables first.
    assert statements(350) == statements(500) == 38


def test_labels_are_made_once(import_text, in_acme):
    tagging.labels_named(tagging.Skill, ["PYTHON"])

    import_text(people(10))

    assert sorted(tagging.Skill.objects.values_list("name", flat=True)) == [
        "PYTHON",
        *(f"Skill {number}" for number in range(7)),
    ]


def test_file_lies_in_its_organizations_folder(in_acme, upload):
    import_file = upload("people.csv", "Name,Email\nAmara Okafor,amara@example.com\n")

    assert import_file.file.name.startswith(f"imports/{in_acme.pk}/")

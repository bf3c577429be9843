"""An import that is undone leaves nothing behind, and takes nothing away that came after it."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.errors import DeadlockDetected

from candidates.models import (
    Candidate,
    Change,
    ChangeMark,
    ChangeSet,
    CustomField,
    Import,
    ImportRow,
    Notification,
    Tag,
    TalentPool,
)
from candidates.queries.search import ANY_READER, PeopleQuery, parse
from candidates.services.bulk_edits import put_into_pool
from candidates.services.candidates import create_candidate, edit_candidate, source_named
from candidates.services.changes import undoing
from candidates.services.changes.sweeping import forget_old_values, stalled_undos
from candidates.services.changes.undoing import NotUndoable, start_undo, work_on_undo
from candidates.services.custom_fields import add_field, set_values
from candidates.services.importing import running, uploading
from candidates.services.notes import add_note
from candidates.services.notifying import notify
from candidates.services.pools import create_pool
from candidates.services.provenance import from_import
from candidates.services.smart_pools import fill
from candidates.services.tagging import labels_named, tag_candidates
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from crm.web.errors import DomainError
from pipelines.models import PoolPlace
from pipelines.services.candidacies import move_card
from pipelines.services.pool_stages import give_stages
from tests.candidates.changes.snapshots import snapshot
from tests.factories import TagFactory

pytestmark = pytest.mark.django_db
HEADER = "Name;E-Mail;Tel;Firma;Ort;Titel;Skills;Tags;Quelle;Letzter Kontakt;Notiz;LinkedIn;Pet\n"
POLICIES = ["fill", "overwrite", "skip"]


@pytest.fixture
def undo(in_acme, recruiter):
    def back(change_set: ChangeSet, *, by=None) -> ChangeSet:
        start_undo(change_set, by=by or recruiter)
        assert work_on_undo(in_acme, change_set.pk)
        change_set.refresh_from_db()
        return change_set

    return back


@pytest.fixture
def anna(in_acme, recruiter) -> Candidate:
    return create_candidate(
        by=recruiter,
        full_name="Anna Muster",
        company="Old Ltd",
        emails=["anna@example.com"],
        skills=["Go"],
    )


def without_rows(held):
    """Rows of the file itself stay, for the report; they only forget whom they were about."""
    return {label: rows for label, rows in held.items() if label != "candidates.ImportRow"}


def test_labels_made_for_an_import_go_with_it(import_text, undo, anna):
    before = snapshot()

    done = import_text("Name;E-Mail\nBert Beil;b@example.com\n", source="Fair", tag="Spring")
    undo(done.change_set)

    assert without_rows(snapshot()) == without_rows(before)


def test_an_undo_that_gave_way_to_somebody_goes_on_at_once(import_text, undo, anna, monkeypatch):
    done = import_text("Name;E-Mail\nBert Beil;b@example.com\n")
    back, deadlocks = undoing.undo_batch, [DeadlockDetected("deadlock detected")]

    def giving_way(change_set_id):
        finished = back(change_set_id)
        if deadlocks:
            raise OperationalError from deadlocks.pop()
        return finished

    monkeypatch.setattr(undoing, "undo_batch", giving_way)

    assert undo(done.change_set).state == ChangeSet.State.UNDONE
    assert not Candidate.objects.filter(full_name="Bert Beil").exists()


def test_a_source_that_somebody_took_meanwhile_stays(import_text, undo, anna):
    done = import_text("Name;E-Mail\nBert Beil;b@example.com\n", source="Fair")
    Candidate.objects.filter(pk=anna.pk).update(source=source_named("Fair"))

    undo(done.change_set)

    anna.refresh_from_db()
    assert str(anna.source) == "Fair"
    assert not Candidate.objects.filter(full_name="Bert Beil").exists()


words = st.sampled_from(["", "Ada", "Bo", "Initech", "Ulm", "Go, SQL", "Fair 2026", "n/a", "“x”"])
rows = st.lists(
    st.tuples(
        st.sampled_from(["Anna Muster", "Bert Beil", "Cy Clop", "", "Dora D"]),
        st.sampled_from(["", "anna@example.com", "b@example.com", "cy@example.com; x@example.com"]),
        st.sampled_from(["", "0151 34703805", "+49 30 901820"]),
        *[words] * 6,
        st.sampled_from(["", "3.11.2026"]),
        words,
        st.sampled_from(["", "linkedin.com/in/anna"]),
        words,
    ),
    min_size=1,
    max_size=8,
)


@given(
    lines=rows,
    policy=st.sampled_from(POLICIES),
    policies=st.dictionaries(
        st.sampled_from(["company", "city", "headline", "skills", "email", "custom.pet"]),
        st.sampled_from(["keep", "fill", "overwrite", "replace"]),
    ),
    batch=st.sampled_from([1, 3, 1000]),
    undo_batch=st.sampled_from([1, 7, 2000]),
)
@settings(
    max_examples=25,
)
def test_import_and_undo_is_identity(
    lines, policy, policies, batch, undo_batch, in_acme, import_text, undo, anna, recruiter
):
    with acting_in(in_acme), pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "BATCH_ROWS", batch)
        patch.setattr(undoing, "BATCH", undo_batch)
        pool, _ = TalentPool.objects.get_or_create(name="Spring")
        labels_named(Tag, ["From the fair"])
        source_named("Fair")
        if not CustomField.objects.exists():
            add_field(name="Pet", kind=CustomField.Kind.TEXT, by=recruiter)
            set_values(anna, {"pet": "Bo"}, provenance=from_import(Import(file_name="old.csv")))
        before = snapshot()

        done = import_text(
            HEADER + "".join(";".join(line) + "\n" for line in lines),
            policy=policy,
            policies=policies,
            pool=pool,
            tag="From the fair",
            source="Fair",
            owner=recruiter,
        )
        change_set = undo(done.change_set)

        assert without_rows(snapshot()) == without_rows(before)
        assert not change_set.changes.filter(outcome="kept").exists()
        assert change_set.state == ChangeSet.State.UNDONE
        ImportRow.objects.all().delete()


def test_what_came_after_is_kept_and_listed(import_text, undo, anna, owner, recruiter):
    done = import_text(
        "Name;E-Mail;Firma;Ort\nAnna Muster;anna@example.com;;Bonn\n"
        "Bert Beil;bert@example.com;Acme;Ulm\nCy Clop;cy@example.com;Acme;Ulm\n"
        "Dora Dee;dora@example.com;Acme;Ulm\nEve Eel;eve@example.com;Acme;Ulm\n"
    )
    bert, cy, dora = Candidate.objects.filter(full_name__regex="Bert|Cy|Dora").order_by("full_name")
    add_note(bert, by=owner, body="Called me back", is_private=False)
    edit_candidate(cy, by=owner, headline="Captain")
    tag_candidates(TagFactory(name="Good"), [dora.pk], by=owner)
    edit_candidate(anna, by=owner, city="Köln")

    change_set = undo(done.change_set)

    assert list(Candidate.objects.order_by("full_name").values_list("full_name", flat=True)) == [
        "Anna Muster", "Bert Beil", "Cy Clop", "Dora Dee",
    ]  # fmt: skip
    kept = change_set.changes.filter(outcome="kept").order_by("candidate__full_name")
    assert [(change.candidate.full_name, change.reason, change.kept_by) for change in kept] == [
        ("Anna Muster", "Changed since", owner),
        ("Bert Beil", "Edited since: 1 note", owner),
        ("Cy Clop", "Edited since", owner),
        ("Dora Dee", "Edited since: 1 candidate tag", owner),
    ]
    assert all(change.kept_at for change in kept)
    anna.refresh_from_db()
    assert anna.city == "Köln"
    assert change_set.counts == {
        "people": 5, "created": 4, "changes": 1, "steps": 6, "removed": 2, "kept": 4,
    }  # fmt: skip
    assert AuditEntry.objects.get(action="changes.undone").details == change_set.counts


def test_what_smart_pools_and_notifications_did_keeps_nobody(import_text, undo, recruiter):
    query = PeopleQuery(parse("city:Ulm", searcher=ANY_READER))
    pool = create_pool(by=recruiter, name="Ulm", query=query)
    done = import_text(
        "Name;E-Mail;Ort\nBert Beil;bert@example.com;Ulm\nCy Clop;cy@example.com;Ulm\n"
    )
    fill(pool)
    bert, cy = Candidate.objects.order_by("full_name")
    assert pool.memberships.filter(origin="rule").count() == 2
    notify(recruiter, kind=Notification.Kind.REPLY, text="A line", candidate=bert)
    put_into_pool(create_pool(by=recruiter, name="Picked"), [cy.pk], by=recruiter)

    change_set = undo(done.change_set)

    assert list(Candidate.objects.all()) == [cy]
    (kept,) = change_set.changes.filter(outcome="kept", candidate=cy)
    assert kept.reason == "Edited since: 1 pool membership"


def test_places_in_a_pool_keep_only_whom_somebody_moved(import_text, undo, recruiter):
    query = PeopleQuery(parse("city:Ulm", searcher=ANY_READER))
    staged = give_stages(create_pool(by=recruiter, name="Ulm", query=query), by=recruiter)
    done = import_text(
        "Name;E-Mail;Ort\nBert Beil;bert@example.com;Ulm\nCy Clop;cy@example.com;Ulm\n"
    )
    fill(staged.pool)
    place = PoolPlace.objects.get(candidate__full_name="Cy Clop")
    move_card(place, to=staged.pipeline.stages.get(name="Replied"), by=recruiter)

    undo(done.change_set)

    assert [place.candidate.full_name for place in PoolPlace.objects.all()] == ["Cy Clop"]


class Killed(BaseException):
    """What `kill -9` is to the process: nothing catches it."""


@pytest.mark.parametrize("killed_at", [1, 2, 4])
def test_a_killed_undo_goes_on_where_it_stopped(
    import_text, undo, recruiter, in_acme, monkeypatch, killed_at
):
    monkeypatch.setattr(undoing, "BATCH", 5)
    before = snapshot()
    done = import_text(
        "Name;E-Mail\n" + "".join(f"Person {n};p{n}@example.com\n" for n in range(23))
    )
    removed, calls = undoing.remove_people, []

    def remove_people(*args):
        calls.append(1)
        verdicts = removed(*args)
        if len(calls) == killed_at:
            raise Killed
        return verdicts

    monkeypatch.setattr(undoing, "remove_people", remove_people)
    start_undo(done.change_set, by=recruiter)
    with pytest.raises(Killed):
        work_on_undo(in_acme, done.change_set.pk)
    assert Candidate.objects.count() == 23 - 5 * (killed_at - 1)
    (stalled,) = stalled_undos(timezone.now() + timedelta(minutes=5))
    assert (stalled.organization, stalled.change_set_id) == (in_acme, done.change_set.pk)

    assert work_on_undo(in_acme, stalled.change_set_id)

    assert without_rows(snapshot()) == without_rows(before)
    assert done.change_set.changes.filter(outcome="removed").count() == 23
    assert stalled_undos(timezone.now() + timedelta(minutes=9)) == []


WAYS = ("indexscan", "indexonlyscan", "bitmapscan")


def test_an_undo_reads_no_table_for_each_person(import_text, in_acme, recruiter):
    """Also where the session has planned the checks of keys as is best for small tables, and keeps those plans."""
    people = 150
    first = import_text("Name;E-Mail\nBo B;b@example.com\n")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute("; ".join(f"SET LOCAL enable_{way} = off" for way in WAYS))
    start_undo(first.change_set, by=recruiter)
    assert work_on_undo(in_acme, first.change_set.pk)
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET LOCAL enable_{way} = on" for way in WAYS))
    done = import_text(
        "Name;E-Mail\n" + "".join(f"Person {n};p{n}@example.com\n" for n in range(people)),
        name="more.csv",
    )
    before = times_read_whole()

    start_undo(done.change_set, by=recruiter)
    assert work_on_undo(in_acme, done.change_set.pk)
    connection.check_constraints()

    assert not Candidate.objects.exists()
    read = {table: count - before.get(table, 0) for table, count in times_read_whole().items()}
    assert {table: count for table, count in read.items() if count >= people} == {}


def times_read_whole() -> dict[str, int]:
    """How often this transaction has read tables from end to end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE seq_scan > 0")
        return dict(cursor.fetchall())


def test_undoing_twice_is_undoing_once(import_text, undo, anna, recruiter):
    done = import_text("Name;E-Mail;Ort\nAnna Muster;anna@example.com;Bonn\n")
    undo(done.change_set)
    edit_candidate(anna, by=recruiter, city="Bonn")

    change_set = undo(done.change_set)

    anna.refresh_from_db()
    assert anna.city == "Bonn"
    assert anna.touchpoints.filter(kind="undone").count() == 1
    assert change_set.counts["restored"] == 1
    assert AuditEntry.objects.filter(action="changes.undo_started").count() == 1


def test_after_thirty_days_it_is_refused_and_the_values_are_gone(
    import_text, undo, anna, recruiter
):
    done = import_text(
        "Name;E-Mail;Ort\nAnna Muster;anna@example.com;Bonn\nBo B;b@example.com;Ulm\n"
    )
    change = done.change_set.changes.get(field="city")
    assert (change.before, change.after) == ("", "Bonn")

    with time_machine.travel(timezone.now() + timedelta(days=29)):
        assert forget_old_values() == 0
        assert done.change_set.is_undoable
    with time_machine.travel(timezone.now() + timedelta(days=30, minutes=1)):
        with pytest.raises(NotUndoable, match="for 30 days"):
            undo(done.change_set)
        assert forget_old_values() == 1
        assert forget_old_values() == 0

    change.refresh_from_db()
    assert (change.before, change.after) == (None, None)
    assert not Change.objects.exclude(before=None, after=None, provenance=None).exists()
    assert not ChangeMark.objects.exists()
    done.change_set.refresh_from_db()
    assert done.change_set.forgotten_at
    assert done.change_set.counts["people"] == 2


def test_a_running_import_is_not_undone(import_text, undo):
    done = import_text("Name;E-Mail\nBo B;b@example.com\n")
    ChangeSet.objects.update(state=ChangeSet.State.APPLYING)

    with pytest.raises(NotUndoable, match="still running"):
        undo(done.change_set)


def test_an_undone_import_is_not_started_again(import_text, undo, recruiter):
    done = import_text("Name;E-Mail\nBo B;b@example.com\n")
    undo(done.change_set)
    type(done).objects.filter(pk=done.pk).update(state="failed")

    with pytest.raises(DomainError, match="was undone"):
        uploading.start(done, by=recruiter)


def test_another_organizations_change_set_is_not_there(import_text, globex, stranger, in_acme):
    done = import_text("Name;E-Mail\nBo B;b@example.com\n")

    with acting_in(globex):
        with pytest.raises(ChangeSet.DoesNotExist):
            start_undo(done.change_set, by=stranger)
        assert not ChangeSet.objects.exists()
    assert work_on_undo(globex, done.change_set.pk)
    assert Candidate.objects.filter(full_name="Bo B").exists()

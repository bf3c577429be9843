"""Checking and running an import in batches, each committed by itself.

What is done stands in the rows: a run that dies is continued by the next one, and two runs at once
take turns at the import's row, so that no row is imported twice.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from candidates.models import ChangeSet, CustomField, Import, ImportRow, Notification
from candidates.services.changes.recording import close_change_set, open_change_set
from candidates.services.duplicates.refreshing import AT_THE_DOOR, compare_waiting
from candidates.services.importing.adding import Decision, Outcome
from candidates.services.importing.custom import CustomColumns, required_left_empty
from candidates.services.importing.exact import ExactReader
from candidates.services.importing.fields import Field
from candidates.services.importing.guessing import Hints, HintsCollector, columns_of
from candidates.services.importing.loading import load
from candidates.services.importing.made_for_files import forget_made, kept_hint, record_made
from candidates.services.importing.memory import no_search_for_cycles
from candidates.services.importing.planning import Planner, Row, count_outcomes
from candidates.services.importing.presets import RAPPORT
from candidates.services.importing.remembering import Memory
from candidates.services.importing.rows import RowReader
from candidates.services.importing.unforeseen import PASSING
from candidates.services.importing.uploading import drop_file, mapping_of
from candidates.services.importing.writing import forget_plan, write_batch, write_plan
from candidates.services.notifying import notify
from crm.audit.services import record
from crm.tenancy.bulk import commit_without_waiting
from crm.tenancy.models import Organization
from crm.tenancy.queries import is_still
from crm.tenancy.roles import EDITORS
from crm.tenancy.scope import acting_in

logger = logging.getLogger(__name__)

State = Import.State
BATCH_ROWS = 4000
# Below the tasks' time limit, with room for the last batch.
RUN_SECONDS = 200
# A batch takes seconds: whoever has not moved for so long is dead.
STALE_AFTER = timedelta(minutes=2)
# Whoever looks on wonders earlier.
QUIET_AFTER = timedelta(seconds=20)
MOST_RESTARTS = 5
UNSTORABLE = "Rapport could not store this row. The others were not affected."
# Rows hold personal data that nobody asked for: the report is there for a while, not for ever.
ROWS_KEPT = timedelta(days=90)
DRAFTS_KEPT = timedelta(days=30)


def work_on(organization: Organization, import_id: int, *, seconds: float = RUN_SECONDS) -> bool:
    """Check or run the import until it is done or the time is up; True when nothing is left to do."""
    with acting_in(organization):
        state = Import.objects.filter(pk=import_id).values_list("state", flat=True).first()
    if state == State.READING:
        return load(organization, import_id, seconds=seconds)
    if state == State.CHECKING:
        return _check(organization, import_id, seconds=seconds)
    if state in {State.QUEUED, State.RUNNING}:
        return _run(organization, import_id, seconds=seconds)
    return True


# The check


def _check(organization: Organization, import_id: int, *, seconds: float) -> bool:
    """Decide every row and store nobody: what the preview shows. Goes on where a run before stopped."""
    until = monotonic() + seconds
    with acting_in(organization):
        import_file = _locked(import_id)
        if import_file.state != State.CHECKING:
            return True
        after = import_file.checkpoints.aggregate(last=Max("line"))["last"] or 0
        if not after:
            _begin_check(import_file)
        memory = Memory(_remembered(import_file))
    with memory:
        place: int | None = after
        while place is not None:
            try:
                place = _check_batch(organization, import_id, place, memory)
            except PASSING:
                raise
            except Exception:
                # The edge of the check: trying again would only fail again.
                logger.exception("check failed import=%s after=%s", import_id, place)
                _give_up_check(organization, import_id, place or 0)
                return True
            if place is not None and monotonic() > until:
                return False
    return True


def _give_up_check(organization: Organization, import_id: int, after: int) -> None:
    with acting_in(organization):
        import_file = _locked(import_id)
        if import_file.state == State.CHECKING:
            where = f"the rows after line {after:,}" if after else "the first rows"
            _halt(
                import_file,
                f"Rapport could not check {where}, and nobody was imported. Choose other columns, "
                "or upload the file without those rows.",
            )


def _remembered(import_file: Import) -> Iterator[bytes]:
    """What earlier runs of the check remembered, part by part: all of them at once would fill the memory."""
    lines = import_file.checkpoints.order_by("line").values_list("line", flat=True)
    for line in list(lines):
        yield bytes(import_file.checkpoints.values_list("marks", flat=True).get(line=line))


def _begin_check(import_file: Import) -> None:
    """Look at every row once for what only all of them tell; what an earlier check planned is forgotten."""
    # Whoever has just come in can be told of, too.
    compare_waiting(AT_THE_DOOR)
    mapping = mapping_of(import_file)
    own = CustomColumns.named_in(mapping)
    # Our own export needs no guess: its numbers are written in one way.
    guessed = import_file.recognized != RAPPORT
    collector = HintsCollector(
        import_file.header,
        mapping,
        dates=own.of_kind(CustomField.Kind.DATE, mapping),
        numbers=own.of_kind(CustomField.Kind.NUMBER, mapping) if guessed else (),
        amounts=own.of_kind(CustomField.Kind.MONEY, mapping) if guessed else (),
        salaries=columns_of(mapping, Field.SALARY) if guessed else (),
    )
    rows = import_file.rows.order_by("line").values_list("line", "cells")
    looked_at = list(rows[:BATCH_ROWS])
    while looked_at and collector.is_curious:
        for _, cells in looked_at:
            collector.look_at(cells)
        looked_at = list(rows.filter(line__gt=looked_at[-1][0])[:BATCH_ROWS])
    import_file.hints = {
        "filled": import_file.hints.get("filled", []),
        **kept_hint(import_file),
        **collector.hints().as_json(),
    }
    import_file.counts = {}
    import_file.save(update_fields=["hints", "counts"])
    forget_plan(import_file)


@no_search_for_cycles()
def _check_batch(
    organization: Organization, import_id: int, after: int, memory: Memory
) -> int | None:
    """Decide the rows after this line in one transaction; returns the last one's, None when this run is over."""
    with acting_in(organization):
        import_file = _locked(import_id)
        last = import_file.checkpoints.aggregate(last=Max("line"))["last"] or 0
        # Somebody chose otherwise, or another run got further: it remembers what this one does not.
        if import_file.state != State.CHECKING or last != after:
            return None
        commit_without_waiting()
        rows = _next_rows(import_file.rows.filter(line__gt=after), BATCH_ROWS)
        planner = Planner(import_file, row_reader(import_file, organization), memory=memory)
        decisions = planner.decide(rows)
        write_plan(decisions)
        counts = Counter(import_file.counts) + Counter(count_outcomes(decisions))
        import_file.counts, import_file.done_count = dict(counts), counts.total()
        import_file.beat_at, import_file.restarts = timezone.now(), 0
        is_last = len(rows) < BATCH_ROWS
        if is_last:
            import_file.state = State.CHECKED
            import_file.checkpoints.all().delete()
        else:
            marks = planner.remember(decisions)
            import_file.checkpoints.create(line=rows[-1][1], marks=marks)
        import_file.save(update_fields=["counts", "done_count", "beat_at", "restarts", "state"])
    return None if is_last else rows[-1][1]


def row_reader(import_file: Import, organization: Organization) -> RowReader:
    """Reads the rows of this import as its check and its run do."""
    reader = ExactReader if import_file.recognized == RAPPORT else RowReader
    mapping = mapping_of(import_file)
    return reader(
        header=import_file.header,
        mapping=mapping,
        custom=CustomColumns.named_in(mapping),
        hints=Hints.from_json(import_file.hints),
        today=import_file.created_at.astimezone(ZoneInfo(organization.time_zone)).date(),
    )


def _locked(import_id: int) -> Import:
    return (
        Import.objects.select_for_update(of=("self",))
        .select_related("source", "owner", "pool", "tag", "created_by", "change_set")
        .get(pk=import_id)
    )


def _next_rows(rows: QuerySet[ImportRow], size: int) -> list[Row]:
    """The first `size` of these rows in the order of the file."""
    return list(rows.order_by("line").values_list("pk", "line", "cells")[:size])


# The run


def _run(organization: Organization, import_id: int, *, seconds: float) -> bool:
    """Import batch after batch. A batch that cannot be stored is tried again in smaller ones."""
    until = monotonic() + seconds
    size = BATCH_ROWS
    while monotonic() < until:
        try:
            if _run_batch(organization, import_id, size):
                return True
            size = min(BATCH_ROWS, size * 4)
        except PASSING:
            # The database is gone or somebody else goes first: later, not smaller.
            raise
        except Exception:
            # The edge of the work: one row that nobody foresaw must not stop the others.
            logger.exception("import batch failed import=%s size=%s", import_id, size)
            if size == 1:
                _set_aside_next(organization, import_id)
            size = max(1, size // 20)
    return False


@no_search_for_cycles()
def _run_batch(organization: Organization, import_id: int, size: int) -> bool:
    """Import the next rows in one transaction; True when there are none left."""
    with acting_in(organization):
        import_file = _locked(import_id)
        if import_file.state not in {State.QUEUED, State.RUNNING}:
            return True
        rows = _pending(import_file, size)
        if not rows:
            _finish(import_file)
            return True
        if not is_still(import_file.created_by, EDITORS):
            _halt(
                import_file,
                "Whoever started it may not import any more. Somebody else can go on with it.",
            )
            return True
        commit_without_waiting()
        change_set = _open_change_set(import_file)
        planner = Planner(import_file, row_reader(import_file, organization))
        decisions = planner.decide(rows)
        write_batch(import_file, change_set, decisions, planner.touched)
        _move_on(import_file, decisions)
    return False


def _open_change_set(import_file: Import) -> ChangeSet:
    """Everything that the import does is one change set, also what a second try does."""
    if import_file.change_set is None:
        import_file.change_set = open_change_set(
            ChangeSet.Kind.IMPORT,
            f"Import of {import_file.file_name}",
            by=import_file.created_by,
            link=f"candidates/imports/{import_file.pk}/",
        )
        import_file.save(update_fields=["change_set"])
        record_made(import_file, import_file.change_set)
    return import_file.change_set


def _pending(import_file: Import, size: int) -> list[Row]:
    return _next_rows(import_file.rows.filter(state=ImportRow.State.PENDING), size)


def _move_on(import_file: Import, decisions: list[Decision]) -> None:
    if import_file.started_at is None:
        import_file.started_at = timezone.now()
    import_file.state = State.RUNNING
    import_file.done_count += len(decisions)
    counts = Counter(import_file.counts) + Counter(count_outcomes(decisions))
    import_file.counts = dict(counts)
    import_file.beat_at, import_file.restarts = timezone.now(), 0
    import_file.save(
        update_fields=["started_at", "state", "done_count", "counts", "beat_at", "restarts"]
    )


def _set_aside_next(organization: Organization, import_id: int) -> None:
    """Fail the one row that cannot be stored."""
    with acting_in(organization):
        import_file = _locked(import_id)
        change_set = _open_change_set(import_file)
        decisions = [
            Decision(pk, line, Outcome.INVALID, UNSTORABLE)
            for pk, line, _ in _pending(import_file, 1)
        ]
        write_batch(import_file, change_set, decisions, [])
        _move_on(import_file, decisions)


def _finish(import_file: Import) -> None:
    """Count what became of the rows, from the rows themselves."""
    counted = import_file.rows.values_list("outcome").annotate(Count("pk")).order_by()
    import_file.counts = dict(counted)
    import_file.done_count = sum(import_file.counts.values())
    import_file.state, import_file.finished_at = State.DONE, timezone.now()
    import_file.started_at = import_file.started_at or import_file.finished_at
    import_file.notices = [*import_file.notices, *required_left_empty(import_file)]
    if import_file.pool and import_file.pool.archived_at:
        import_file.notices = [
            *import_file.notices,
            f"The pool “{import_file.pool}” was archived meanwhile: nobody was put into it.",
        ]
    import_file.save()
    if import_file.change_set:
        close_change_set(import_file.change_set)
    record("import.finished", import_file, by=import_file.created_by, **import_file.counts)
    _tell(import_file, f"The import of {import_file.file_name} is done")


def _halt(import_file: Import, problem: str) -> None:
    """Stop where it is: what was imported stays, and `uploading.start` goes on from there."""
    import_file.state, import_file.problem = State.FAILED, problem
    import_file.save(update_fields=["state", "problem"])
    if import_file.change_set:
        close_change_set(import_file.change_set)
    record("import.halted", import_file)


def _tell(import_file: Import, text: str) -> None:
    notify(
        import_file.created_by,
        kind=Notification.Kind.IMPORT,
        text=text,
        link=f"candidates/imports/{import_file.pk}/",
    )


# Those that stand still


def stands_still(import_file: Import) -> bool:
    """Whether nothing has happened to the import for so long that its page had better say why."""
    beat_at = import_file.beat_at
    return beat_at is not None and timezone.now() - beat_at > QUIET_AFTER


@dataclass(frozen=True)
class Stalled:
    organization: Organization
    import_id: int
    file_name: str
    state: State


def organizations_with_stalled_imports(now: datetime | None = None) -> list[Organization]:
    """Where an import waits or stands still. Asked over all organizations; tells their ids alone."""
    before = (now or timezone.now()) - STALE_AFTER
    with connection.cursor() as cursor:
        cursor.execute("SELECT candidates_organizations_with_imports(%s)", [before])
        ids = [organization_id for (organization_id,) in cursor.fetchall()]
    return list(Organization.objects.filter(pk__in=ids).order_by("pk"))


def stalled_imports(
    organization: Organization, now: datetime | None = None, *, patience: timedelta = STALE_AFTER
) -> list[Stalled]:
    """The organization's imports that nobody works on. Those that died too often are given up."""
    now = now or timezone.now()
    stalled: list[Stalled] = []
    with acting_in(organization):
        waiting = Import.objects.select_for_update(of=("self",), skip_locked=True).filter(
            state__in=[State.READING, State.CHECKING, State.QUEUED, State.RUNNING],
            beat_at__lte=now - patience,
        )
        for import_file in waiting.order_by("pk"):
            import_file.restarts += 1
            import_file.beat_at = now
            if import_file.restarts > MOST_RESTARTS:
                import_file.state = State.FAILED
                import_file.problem = (
                    f"It stopped {MOST_RESTARTS} times without getting on. "
                    "What is done stays; try again, or ask whoever runs Rapport to look at the log."
                )
                if import_file.change_set:
                    # What is done stays, and can be taken back.
                    close_change_set(import_file.change_set)
                record("import.given_up", import_file, restarts=MOST_RESTARTS)
                _tell(import_file, f"The import of {import_file.file_name} failed")
            else:
                stalled.append(
                    Stalled(
                        organization,
                        import_file.pk,
                        import_file.file_name,
                        State(import_file.state),
                    )
                )
            import_file.save(update_fields=["restarts", "beat_at", "state", "problem"])
    return stalled


@transaction.atomic
def forget_old_rows(now: datetime | None = None) -> int:
    """Delete the rows of imports that ended long ago, or that nobody went on with, and files that nobody imported.

    Returns how many rows.
    """
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT candidates_organizations_with_old_imports(%s, %s)",
            [now - ROWS_KEPT, now - DRAFTS_KEPT],
        )
        ids = [organization_id for (organization_id,) in cursor.fetchall()]
    forgotten = 0
    for organization in Organization.objects.filter(pk__in=ids):
        with acting_in(organization):
            halted = Q(state=State.FAILED, started_at__isnull=False, beat_at__lte=now - ROWS_KEPT)
            old = Import.objects.filter(Q(finished_at__lte=now - ROWS_KEPT) | halted)
            drafts = Import.objects.filter(
                started_at=None, created_at__lte=now - DRAFTS_KEPT
            ).exclude(state__in=[State.READING, State.CHECKING, State.QUEUED, State.RUNNING])
            count, _ = ImportRow.objects.filter(import_file__in=old | drafts).delete()
            forgotten += count
            for draft in drafts:
                drop_file(draft)
                forget_made(draft)
            drafts.delete()
    return forgotten

"""A walk over every Celery task (T7): a new task without a rule fails the build."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from celery import Task
from django.conf import settings
from django.db import connection
from django.utils import timezone, translation

from campaigns.models import Enrollment, Mailbox, Sequence
from candidates.models import BulkAct, Candidate, ChangeSet, Import, Note, Resume, TalentPool
from crm.celery import app
from crm.privacy.models import PurgeRun
from crm.tenancy import scope
from crm.tenancy.models import Organization
from crm.tenancy.scope import OutsideOrganization, acting_in, is_acting
from tests.access.world import World, build_world, snapshot

pytestmark = pytest.mark.django_db

OUR_MODULES = ("crm.", "candidates.", "pipelines.", "campaigns.", "analytics.")


@dataclass(frozen=True)
class TaskRule:
    """How the walk calls a task: `arguments` from a world's organization and a world's rows, or a sweep without any.

    `make_due` gives the task something to do in a world whose rows, as they are, ask for nothing.
    """

    arguments: Callable[[World, World], tuple[Any, ...]] | None = None
    make_due: Callable[[World], object] | None = None


def step_is_due(world: World) -> None:
    Sequence.objects.update(state=Sequence.State.ACTIVE)
    Enrollment.objects.update(
        next_step=world["campaigns.Step"], next_at=timezone.now() - timedelta(minutes=1)
    )


def everybody_is_due(world: World) -> None:
    PurgeRun.objects.update(
        state=PurgeRun.State.RUNNING, cutoff_at=timezone.now() + timedelta(days=1)
    )


def bulk_act_is_due(world: World) -> None:
    BulkAct.objects.update(
        state=BulkAct.State.QUEUED,
        action="tag",
        chosen={"tag": world["candidates.Tag"].pk},
        candidate_ids=[world["candidates.Candidate"].pk],
        total=1,
        change_set=None,
    )


def pool_is_due(world: World) -> None:
    TalentPool.objects.update(
        query={"where": {"all": [{"field": "name", "is": "any", "of": ["a"]}]}, "sort": ""},
        due_at=timezone.now(),
    )


SWEEP = TaskRule()
TASKS: dict[str, TaskRule] = {
    "campaigns.tasks.dispatch_due": SWEEP,
    "campaigns.tasks.auto_enroll": SWEEP,
    "campaigns.tasks.go_on_filled": SWEEP,
    "campaigns.tasks.reconcile_sending": SWEEP,
    "campaigns.tasks.sync_mailboxes": SWEEP,
    "campaigns.tasks.sync_mailbox": TaskRule(
        lambda here, there: (here.organization.pk, there["campaigns.Mailbox"].pk),
        make_due=lambda world: Mailbox.objects.update(next_sync_at=timezone.now()),
    ),
    "campaigns.tasks.send_due": TaskRule(
        lambda here, there: (here.organization.pk,), make_due=step_is_due
    ),
    "pipelines.tasks.run_stage_rules": SWEEP,
    "candidates.tasks.forget_import_rows": SWEEP,
    "candidates.tasks.forget_notifications": SWEEP,
    "candidates.tasks.mail_notifications": SWEEP,
    "candidates.tasks.tell_of_matches": SWEEP,
    "candidates.tasks.tell_watchers": SWEEP,
    "candidates.tasks.forget_files": SWEEP,
    "candidates.tasks.read_resumes": TaskRule(
        lambda here, there: (here.organization.pk,),
        make_due=lambda world: Resume.objects.update(state=Resume.State.WAITING),
    ),
    "candidates.tasks.return_snoozed": SWEEP,
    "candidates.tasks.tell_of_the_day": SWEEP,
    "candidates.tasks.resume_imports": SWEEP,
    "candidates.tasks.forget_old_changes": SWEEP,
    "candidates.tasks.resume_undos": SWEEP,
    "candidates.tasks.work_on_undo": TaskRule(
        lambda here, there: (here.organization.pk, there["candidates.ChangeSet"].pk),
        make_due=lambda world: ChangeSet.objects.update(state=ChangeSet.State.UNDOING),
    ),
    "candidates.tasks.tend_exports": SWEEP,
    "candidates.tasks.write_export": TaskRule(
        lambda here, there: (here.organization.pk, there["candidates.Export"].pk)
    ),
    "candidates.tasks.resume_reading": SWEEP,
    "candidates.tasks.work_on_import": TaskRule(
        lambda here, there: (here.organization.pk, there["candidates.Import"].pk),
        make_due=lambda world: Import.objects.update(state=Import.State.CHECKING),
    ),
    "candidates.tasks.compare_everybody": SWEEP,
    "candidates.tasks.compare_in": TaskRule(lambda here, there: (here.organization.pk,)),
    "candidates.tasks.compare_people": SWEEP,
    "candidates.tasks.merge_all": TaskRule(
        lambda here, there: (here.organization.pk, there["candidates.ChangeSet"].pk),
        make_due=lambda world: ChangeSet.objects.update(
            kind=ChangeSet.Kind.MERGE,
            state=ChangeSet.State.APPLYING,
            counts={"at_least": 95, "last_pair": 0, "groups": 0, "done": 0},
        ),
    ),
    "candidates.tasks.resume_bulk_acts": SWEEP,
    "candidates.tasks.work_on_bulk_act": TaskRule(
        lambda here, there: (here.organization.pk, there["candidates.BulkAct"].pk),
        make_due=bulk_act_is_due,
    ),
    "candidates.tasks.fill_pools": SWEEP,
    "candidates.tasks.fill_every_pool": SWEEP,
    "candidates.tasks.fill_pools_in": TaskRule(
        lambda here, there: (here.organization.pk,), make_due=pool_is_due
    ),
    "candidates.tasks.freshen_people": SWEEP,
    "candidates.tasks.freshen_in": TaskRule(lambda here, there: (here.organization.pk,)),
    "candidates.tasks.rewarm_everybody": SWEEP,
    "candidates.tasks.resume_merging": SWEEP,
    "pipelines.tasks.forget_from_jobs": SWEEP,
    "pipelines.tasks.mail_from_jobs": SWEEP,
    "pipelines.tasks.tend_interviews": SWEEP,
    "crm.accounts.tasks.forget_old_sessions": SWEEP,
    "crm.accounts.tasks.forget_old_tries": SWEEP,
    "crm.accounts.tasks.send_account_mails": SWEEP,
    "crm.runtime.tasks.heartbeat": SWEEP,
    "crm.runtime.tasks.heartbeat_of_inbound": SWEEP,
    "crm.runtime.tasks.send_at_any_hour": SWEEP,
    "crm.tenancy.tasks.send_invitations": SWEEP,
    "crm.privacy.tasks.run_retention": TaskRule(
        lambda here, there: (here.organization.pk, there["privacy.PurgeRun"].pk),
        make_due=everybody_is_due,
    ),
    "crm.privacy.tasks.sweep_retention": SWEEP,
    "crm.privacy.tasks.resume_retention": SWEEP,
}


WITH_ARGUMENTS = sorted(name for name, rule in TASKS.items() if rule.arguments)
SWEEPS = sorted(set(TASKS) - set(WITH_ARGUMENTS))


def our_tasks() -> set[str]:
    app.loader.import_default_modules()
    return {name for name in app.tasks if name.startswith(OUR_MODULES)}


def leftovers() -> tuple[bool, str, str | None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.organization_id', true)")
        (setting,) = cursor.fetchone()
    return is_acting(), setting or "", translation.get_language()


@pytest.fixture
def here(acme, owner) -> World:
    return build_world(acme, owner, marker="acme-text")


@pytest.fixture
def there(globex, stranger) -> World:
    return build_world(globex, stranger, marker="globex-secret")


def test_every_task_has_a_rule():
    assert our_tasks() == set(TASKS), "Add to TASKS in tests/access/test_tasks.py"


def test_an_unlisted_task_is_noticed():
    @app.task(name="candidates.tasks.forgotten")
    def forgotten() -> None: ...

    try:
        assert our_tasks() - set(TASKS) == {"candidates.tasks.forgotten"}
    finally:
        app.tasks.unregister("candidates.tasks.forgotten")


def test_every_beat_entry_names_a_task_that_needs_no_arguments():
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        rule = TASKS[str(entry["task"])]
        assert rule.arguments is None
        assert not entry.get("args")


@pytest.mark.parametrize("name", WITH_ARGUMENTS)
def test_task_refuses_another_organizations_object(name, here, there):
    arguments = TASKS[name].arguments
    assert arguments is not None
    assert name in our_tasks()
    before, clean = snapshot(there.organization), leftovers()

    app.tasks[name](*arguments(here, there))

    assert snapshot(there.organization) == before
    assert leftovers() == clean


def run(task: Task, *arguments: Any) -> None:
    """As a worker's child runs it, one task after the other; then nothing of it may be left."""
    clean = leftovers()
    task.apply(args=arguments, throw=True)
    assert leftovers() == clean
    with pytest.raises(OutsideOrganization):
        Candidate.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM candidates_note")
        assert cursor.fetchone() == (0,)


def run_in_turn(task: Task, rule: TaskRule, here: World, there: World) -> None:
    """For one organization, for the other, then sweeps that act in none, all in this process."""
    assert rule.arguments is not None
    for own, other in ((here, there), (there, here)):
        with acting_in(own.organization):
            if rule.make_due:
                rule.make_due(own)
        before, others = snapshot(own.organization), snapshot(other.organization)
        run(task, *rule.arguments(own, own))
        assert snapshot(own.organization) != before, "It did nothing: give its rule a `make_due`"
        assert snapshot(other.organization) == others
    for sweep in SWEEPS:
        run(app.tasks[sweep])


@pytest.mark.parametrize("name", WITH_ARGUMENTS)
@pytest.mark.django_db(transaction=True)
def test_task_leaves_nothing_for_the_next_organization(name, here, there):
    assert name in our_tasks()
    run_in_turn(app.tasks[name], TASKS[name], here, there)


def leaks_nothing(organization: Organization) -> None:
    """What the leaks below are compared with."""


def leaks_scope(organization: Organization) -> None:
    scope._current.set(organization)


def leaks_setting(organization: Organization) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.organization_id', %s, false)", [str(organization.pk)]
        )


def leaks_language(organization: Organization) -> None:
    translation.activate("de")


def writes_to_everybody(organization: Organization) -> None:
    for other in Organization.objects.exclude(pk=organization.pk):
        with acting_in(other):
            Note.objects.update(body="Leaked")


@contextmanager
def mended() -> Iterator[None]:
    """What a leak spoiled is put right, for the tests that come after it."""
    language, before = translation.get_language(), scope._current.get()
    try:
        yield
    finally:
        translation.activate(language or settings.LANGUAGE_CODE)
        scope._current.set(before)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.organization_id', '', false)")


@pytest.mark.parametrize(
    ("leak", "is_noticed"),
    [
        (leaks_nothing, False),
        (leaks_scope, True),
        (leaks_setting, True),
        (leaks_language, True),
        (writes_to_everybody, True),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_a_leaking_task_is_noticed(leak, is_noticed, here, there):
    @app.task(name="candidates.tasks.leaking")
    def leaking(organization_id: int) -> None:
        organization = Organization.objects.get(pk=organization_id)
        with acting_in(organization):
            Note.objects.update(body="Changed")
        leak(organization)

    rule = TaskRule(lambda here, there: (here.organization.pk,))
    try:
        with mended():
            if is_noticed:
                with pytest.raises(AssertionError):
                    run_in_turn(leaking, rule, here, there)
            else:
                run_in_turn(leaking, rule, here, there)
    finally:
        app.tasks.unregister("candidates.tasks.leaking")

"""A walk over every Celery task (T7): a new task without a rule fails the build."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils.translation import get_language

from crm.celery import app
from crm.tenancy.scope import is_acting
from tests.access.world import World, build_world, snapshot

pytestmark = pytest.mark.django_db

OUR_MODULES = ("crm.", "candidates.", "pipelines.", "campaigns.", "analytics.")


@dataclass(frozen=True)
class TaskRule:
    """How the walk calls a task: `arguments` from a world's organization and a world's rows, or a sweep without any."""

    arguments: Callable[[World, World], tuple[Any, ...]] | None = None


SWEEP = TaskRule()
TASKS: dict[str, TaskRule] = {
    "campaigns.tasks.dispatch_due": SWEEP,
    "campaigns.tasks.reconcile_sending": SWEEP,
    "campaigns.tasks.send_due": TaskRule(lambda here, there: (here.organization.pk,)),
    "candidates.tasks.forget_import_rows": SWEEP,
    "candidates.tasks.resume_imports": SWEEP,
    "candidates.tasks.work_on_import": TaskRule(
        lambda here, there: (here.organization.pk, there["candidates.Import"].pk)
    ),
    "crm.accounts.tasks.forget_old_tries": SWEEP,
    "crm.accounts.tasks.send_account_mails": SWEEP,
    "crm.runtime.tasks.heartbeat": SWEEP,
    "crm.tenancy.tasks.send_invitations": SWEEP,
    "crm.privacy.tasks.run_retention": TaskRule(
        lambda here, there: (here.organization.pk, there["privacy.PurgeRun"].pk)
    ),
    "crm.privacy.tasks.sweep_retention": TaskRule(),
}


def our_tasks() -> set[str]:
    app.loader.import_default_modules()
    return {name for name in app.tasks if name.startswith(OUR_MODULES)}


def leftovers() -> tuple[bool, str, str | None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.organization_id', true)")
        (setting,) = cursor.fetchone()
    return is_acting(), setting or "", get_language()


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


@pytest.mark.parametrize("name", sorted(name for name, rule in TASKS.items() if rule.arguments))
def test_task_refuses_another_organizations_object(name, here, there):
    arguments = TASKS[name].arguments
    assert arguments is not None
    assert name in our_tasks()
    before, clean = snapshot(there.organization), leftovers()

    app.tasks[name](*arguments(here, there))

    assert snapshot(there.organization) == before
    assert leftovers() == clean

"""The Celery application: a doorbell and a process runner, never the place where work is remembered."""

import os
from typing import Any

import structlog
from celery import Celery, Task
from celery.signals import setup_logging, task_prerun
from django.db import connections
from django_structlog.celery.signals import bind_extra_task_metadata
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

# Mail servers of others may hang: who looks into mailboxes is a worker of its own, and holds up nothing else.
INBOUND = "inbound"
WITHOUT_INBOUND = ("default", "send", "bulk")
QUEUES = (*WITHOUT_INBOUND, INBOUND)

app = Celery("rapport")
# The web's threads must find it too: "current" alone counts for this thread only.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def keep_logging_as_configured(**kwargs: Any) -> None:
    """Django has set logging up already; with a receiver here Celery leaves it alone."""


@task_prerun.connect
def begin_outside_transactions(task: Task[..., Any], **kwargs: Any) -> None:
    """A task that was cancelled with its broker may leave its process inside a transaction without a connection.

    Django opens no other there: every later task of that process would fail, until somebody ends it.
    """
    if task.request.is_eager:
        return
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            if connection.connection is not None:
                connection.connection.close()
            del connections[connection.alias]


def name_task(task: Task[..., Any], **kwargs: Any) -> None:
    """Every line that a task logs says which task it was."""
    structlog.contextvars.bind_contextvars(task=task.name)


bind_extra_task_metadata.connect(name_task)

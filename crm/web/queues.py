"""Telling the workers that something is due. The broker is a doorbell: nothing depends on its ringing."""

import logging
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def ring(task: "Task[Any, Any]", *args: Any) -> None:
    """Have `task` run soon, once the transaction is committed.

    Only for tasks that beat runs anyway: without a broker the work waits for the next sweep.
    """

    def enqueue() -> None:
        try:
            task.apply_async(args, retry=False)
        except OperationalError:
            logger.warning("broker unreachable, left to the next sweep task=%s", task.name)

    transaction.on_commit(enqueue)

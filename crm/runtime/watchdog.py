"""Ends a worker that has stopped listening, so that whoever runs it starts it again.

After a lost broker connection a consumer can hang for ever while its process lives. A worker that
has nothing to do, with messages waiting, is such a one: beat alone rings every half minute.
"""

import os
import signal
import threading
import time
from typing import Any, cast

import structlog
from celery.signals import task_received, worker_ready
from celery.worker import state
from kombu.exceptions import OperationalError
from kombu.transport.virtual import Channel

from crm.celery import app

LOOK_EVERY = 30.0
LONGEST_DEAFNESS = 180.0
# A worker that hangs may not manage to end by itself either.
LONGEST_GOODBYE = 20.0

logger = structlog.get_logger(__name__)


class Watchdog:
    """Remembers when the worker last took a message, and looks whether more are waiting."""

    def __init__(self, queues: list[str]) -> None:
        self.queues = queues
        self.heard_at = time.monotonic()

    def connect(self) -> None:
        task_received.connect(self.hear)
        worker_ready.connect(self.start)

    def hear(self, **kwargs: Any) -> None:
        self.heard_at = time.monotonic()

    def start(self, **kwargs: Any) -> None:
        self.hear()
        threading.Thread(target=self.watch, daemon=True, name="watchdog").start()

    def watch(self) -> None:
        while not self.is_deaf():
            time.sleep(LOOK_EVERY)
        logger.error("worker_is_deaf", seconds=round(time.monotonic() - self.heard_at))
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(LONGEST_GOODBYE)
        os._exit(1)

    def is_deaf(self) -> bool:
        """Whether it is idle, has long heard nothing, and messages are waiting."""
        if state.active_requests:
            self.hear()
        return time.monotonic() - self.heard_at > LONGEST_DEAFNESS and self.waiting() > 0

    def waiting(self) -> int:
        """How many messages wait in our queues; 0 when the broker does not answer."""
        try:
            with app.connection_for_read() as connection:
                connection.ensure_connection(max_retries=1, interval_start=0, timeout=5)
                channel = cast(Channel, connection.default_channel)
                # Declared as Celery declares them; the answer holds their length.
                declared = [
                    channel.queue_declare(queue, durable=True, auto_delete=False)
                    for queue in self.queues
                ]
            return sum(answer.message_count for answer in declared)
        except (OperationalError, OSError):
            return 0

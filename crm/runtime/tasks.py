"""The heartbeat: beat enqueues it, a worker writes it, and both are seen to work. And days that pass at a click."""

from typing import Any

from celery import shared_task
from celery.signals import beat_init, before_task_publish, worker_ready
from django.conf import settings
from django.db import connection

from crm.celery import INBOUND
from crm.runtime import jumping
from crm.runtime.models import Heartbeat
from crm.runtime.services import beat_heart


@shared_task(ignore_result=True, expires=120)
def heartbeat() -> None:
    """Through the broker, a queue and a worker's child process: what a real task passes."""
    beat_heart(Heartbeat.Part.WORKER)


@shared_task(ignore_result=True, expires=900)
def heartbeat_of_inbound() -> None:
    """The same for the worker that looks into mailboxes, through its own queue: there one waits its turn."""
    beat_heart(Heartbeat.Part.INBOUND)


@shared_task(ignore_result=True, expires=120)
def send_at_any_hour() -> None:
    """Local mode: what a jump made due; a long turn queues up again, so that others get theirs."""
    if jumping.send_at_any_hour():
        send_at_any_hour.delay()


@beat_init.connect
def start_beating(**kwargs: Any) -> None:
    """From now on this process is beat: whenever it rings for a heartbeat, it has itself one."""
    before_task_publish.connect(note_beat, sender=heartbeat.name)
    heartbeat.delay()


@worker_ready.connect
def ring_once(sender: Any, **kwargs: Any) -> None:
    """A new worker shows at once that it works, not only when beat rings next: through a queue that it takes from."""
    queues = sender.app.amqp.queues.consume_from
    if INBOUND in queues:
        heartbeat_of_inbound.delay()
    if settings.CELERY_TASK_DEFAULT_QUEUE in queues:
        heartbeat.delay()


def note_beat(**kwargs: Any) -> None:
    beat_heart(Heartbeat.Part.BEAT)
    # Every half minute a new connection: beat needs none in between, and none to go stale.
    connection.close()

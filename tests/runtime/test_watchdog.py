"""The watchdog ends a worker that no longer listens, and no other."""

import time

import pytest
from celery.signals import task_received
from celery.worker import state

from crm.celery import app
from crm.runtime.tasks import heartbeat
from crm.runtime.watchdog import LONGEST_DEAFNESS, Watchdog

QUEUE = "watched"


@pytest.fixture
def deaf():
    """A watchdog that has long heard nothing, with one message waiting."""
    watchdog = Watchdog([QUEUE, "empty"])
    watchdog.heard_at = time.monotonic() - LONGEST_DEAFNESS - 1
    heartbeat.apply_async(queue=QUEUE)
    yield watchdog
    with app.connection_for_write() as connection:
        connection.default_channel.queue_purge(QUEUE)


def test_idle_worker_with_messages_waiting_is_deaf(deaf):
    assert deaf.waiting() == 1
    assert deaf.is_deaf()


def test_worker_that_heard_something_lately_is_not_deaf(deaf):
    task_received.connect(deaf.hear)
    task_received.send(sender=None)

    assert not deaf.is_deaf()


def test_worker_with_nothing_to_do_is_not_deaf(deaf):
    deaf.queues = ["empty"]

    assert not deaf.is_deaf()


def test_busy_worker_is_not_deaf(deaf, monkeypatch):
    monkeypatch.setattr(state, "active_requests", {"a request"})

    assert not deaf.is_deaf()


def test_worker_without_a_broker_is_not_deaf(deaf, monkeypatch):
    monkeypatch.setattr(app.conf, "broker_read_url", "redis+socket:///nowhere/valkey.sock")

    assert deaf.waiting() == 0
    assert not deaf.is_deaf()

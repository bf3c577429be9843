"""A worker's process that lost its transaction in the middle works on."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from celery.signals import task_prerun
from django.db import DatabaseError, connection

from campaigns.tasks import dispatch_due

pytestmark = pytest.mark.django_db(transaction=True)


def ask() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return int(cursor.fetchone()[0])


def break_off_and_go_on() -> int:
    """As a signal does that comes while a transaction is ending: Django still believes to be inside."""
    try:
        ask()
        connection.in_atomic_block = True
        connection.close()
        with pytest.raises(DatabaseError):
            ask()
        task_prerun.send(sender=dispatch_due, task=dispatch_due)
        return ask()
    finally:
        connection.close()


def test_the_next_task_gets_a_connection_after_one_that_was_cancelled_inside_a_transaction():
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(break_off_and_go_on).result() == 1

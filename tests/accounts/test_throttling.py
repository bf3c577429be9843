"""Counts of tries, by many at once."""

import threading

import pytest
from django.db import connection, transaction

from crm.accounts import throttling
from crm.accounts.models import TryCounter
from crm.accounts.throttling import Limit

pytestmark = pytest.mark.django_db(transaction=True)

KEYS = ("c", "a", "b")


def test_trying_and_taking_back_at_once_never_wait_for_each_other():
    """Rows that were updated stand in another order than that in which tries are counted."""
    many = dict.fromkeys(KEYS, Limit(10_000, 60))
    for key in KEYS:
        throttling._count({key: many[key]})
    errors: list[Exception] = []
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        try:
            for _ in range(60):
                done = throttling._count(many)
                with transaction.atomic():
                    done.take_back()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert {round(level) for level in TryCounter.objects.values_list("level", flat=True)} <= {0, 1}

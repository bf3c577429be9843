"""Two at work at the same rows at the same moment, on connections of their own."""

import time
from collections.abc import Callable
from concurrent.futures import Future

from django.db import connection


def elsewhere(act: Callable, *args, **kwargs):
    """What `act` returns, done on this thread's own connection."""
    try:
        return act(*args, **kwargs)
    finally:
        connection.close()


def wait_until_blocked(other: Future) -> None:
    """Until the other connection waits for a lock of ours, or is done without asking for it."""
    deadline = time.monotonic() + 10
    while not other.done() and time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)

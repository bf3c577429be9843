"""How the work on a batch deals with this process's memory."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Let the collector of cyclic garbage rest; also a decorator.

    A batch makes hundreds of thousands of objects that refer to each other in no circle and go with the batch:
    to go through them again and again costs as much as to make them. For one batch at a time, so that
    whatever does leave circles is found in between.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

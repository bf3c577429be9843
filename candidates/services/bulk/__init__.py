"""Acts on many people in the background: exactly those who were counted, a batch at a time, resumable after any death.

Each batch is one transaction that holds the act's row, changes its people and moves `done_count` on. Whoever is killed
loses the batch it was in, which is done again; two workers at once wait for each other; one that comes too late finds
nothing left to do. What an act changed is one change set, taken back like any other.

Higher apps add actions of their own in `AppConfig.ready()` with `register_action`.
"""

from candidates.services.bulk.actions import (
    Applied,
    BulkAction,
    action_of,
    address_of_result,
    register_action,
    where_next,
)
from candidates.services.bulk.running import (
    SMALL,
    freeze,
    frozen_ids,
    organizations_with_bulk_acts,
    start,
    stop,
    tend,
    work_on,
)

__all__ = [
    "SMALL",
    "Applied",
    "BulkAction",
    "action_of",
    "address_of_result",
    "freeze",
    "frozen_ids",
    "organizations_with_bulk_acts",
    "register_action",
    "start",
    "stop",
    "tend",
    "where_next",
    "work_on",
]

"""The dispatcher: steps that are due become outbox rows, in the transaction that advances the enrollment."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class DispatchReport:
    """What one sweep did."""

    organizations: int = 0
    queued: int = 0
    tasks: int = 0
    held: int = 0
    stopped: int = 0


def dispatch_due(now: datetime | None = None) -> DispatchReport:
    """Dispatch what is due in every organization, in turns. Outside any organization and transaction."""
    raise NotImplementedError

"""What the days ahead look like, as `foretelling` finds it and a row keeps it."""

from dataclasses import dataclass, field
from datetime import date, datetime

from pydantic import TypeAdapter


@dataclass
class Day:
    """What one day will see of the people that are asked about."""

    on: date
    first: int = 0
    follow_ups: int = 0
    by_hand: int = 0

    @property
    def mails(self) -> int:
        return self.first + self.follow_ups


@dataclass
class Plan:
    """The days on which something happens, and when it is over, where that could be foretold."""

    days: list[Day] = field(default_factory=list)
    mails: int = 0
    started_by: datetime | None = None
    finished_at: datetime | None = None
    # Why starts and mails had to wait, and how often.
    waits: dict[str, int] = field(default_factory=dict)
    passed_over: int = 0
    # So much is planned already that the end was not reached: it is not before this day.
    is_cut: bool = False
    # Nor can it be foretold how much of the organization's cap other senders need: it is not before `not_before`.
    is_shared: bool = False
    not_before: date | None = None

    @property
    def ends_at(self) -> datetime | date | None:
        """When the last step is done, or the day before which it is not."""
        return self.finished_at or self.not_before

    @property
    def busiest(self) -> int:
        return max((day.mails for day in self.days), default=0)


# As JSON a row keeps it: `dump_python(plan, mode="json")`, `validate_python(kept)`.
PLAN: TypeAdapter[Plan] = TypeAdapter(Plan)

"""How long somebody waits for parts that start: as long as they work on it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

# So long nothing may move. On a busy machine a start takes minutes, and moves.
LONGEST_STANDSTILL = 60.0
LONGEST_START = 600.0
# Idle parts look around now and then: that is no movement.
MOVEMENT = 0.5
LOOK_EVERY = 1.0
WORD_EVERY = 20.0


@dataclass
class Patience:
    """Asked again and again while somebody waits. `work` tells how many seconds of work were done so far."""

    work: Callable[[], float]
    clock: Callable[[], float] = time.monotonic
    began_at: float = field(init=False)
    moved_at: float = field(init=False)
    looked_at: float = field(init=False)
    spoke_at: float = field(init=False)
    done: float = field(init=False)
    waits_for: str = ""

    def __post_init__(self) -> None:
        self.began_at = self.moved_at = self.looked_at = self.spoke_at = self.clock()
        self.done = self.work()

    def is_over(self, waits_for: str) -> bool:
        """Whether what it waits for has stood still too long, or takes too long however it moves."""
        now = self.clock()
        if waits_for != self.waits_for:
            self.waits_for, self.moved_at = waits_for, now
        if now - self.looked_at >= LOOK_EVERY:
            self.looked_at, done = now, self.work()
            # Less than before: one ended, and another was started in its place.
            if not 0 <= done - self.done < MOVEMENT:
                self.moved_at, self.done = now, done
        return now - self.moved_at > LONGEST_STANDSTILL or now - self.began_at > LONGEST_START

    def word(self) -> str:
        """What to tell who waits at the terminal, now and then."""
        now = self.clock()
        if now - self.spoke_at < WORD_EVERY:
            return ""
        self.spoke_at = now
        return f"Waiting for {self.waits_for} ({now - self.began_at:.0f} s so far): this machine is busy…"

    def complaint(self) -> str:
        waited = self.clock() - self.began_at
        return (
            f"{self.waits_for} has not become ready in {waited:.0f} s. What was made so far stays: if this machine is busy, "
            "start again once it is not"
        )

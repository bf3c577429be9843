"""How long a start is waited for: as long as something moves, and what is said meanwhile."""

import os
import subprocess
import sys

from crm.runtime.patience import LONGEST_STANDSTILL, LONGEST_START, Patience
from crm.runtime.processes import seconds_of_work


class Machine:
    """A clock, and what the parts have done by it."""

    def __init__(self, work_each_second: float) -> None:
        self.now, self.pace = 1000.0, work_each_second
        self.patience = Patience(lambda: (self.now - 1000) * self.pace, clock=lambda: self.now)

    def wait(self, seconds: int, name: str = "worker") -> float | None:
        """When patience is over, within this time."""
        for _ in range(seconds):
            self.now += 1
            if self.patience.is_over(name):
                return self.now - 1000
        return None


def test_what_stands_still_is_given_up():
    assert Machine(0.001).wait(600) == LONGEST_STANDSTILL + 1 + 1


def test_what_still_works_is_waited_for_but_not_for_ever():
    busy = Machine(0.2)

    assert busy.wait(590) is None
    assert busy.wait(60) == LONGEST_START + 1


def test_the_next_part_has_its_own_time():
    machine = Machine(0)

    assert machine.wait(50, "web") is None
    assert machine.wait(55, "worker") is None
    assert machine.wait(10, "worker") is not None


def test_who_waits_is_told_for_what_now_and_then():
    machine = Machine(0.2)
    machine.wait(10)
    assert machine.patience.word() == ""

    machine.wait(10)

    assert machine.patience.word() == "Waiting for worker (20 s so far): this machine is busy…"
    assert machine.patience.word() == ""
    assert machine.patience.complaint().startswith("worker has not become ready in 20 s.")


def test_work_is_counted_for_whole_groups_of_processes():
    busy = subprocess.Popen(
        [sys.executable, "-c", "import time\nwhile time.process_time() < .5: pass\ninput()"],
        stdin=subprocess.PIPE,
        process_group=0,
    )
    idle = subprocess.Popen(["sleep", "60"], process_group=0)
    try:
        while seconds_of_work({busy.pid}) < 0.4:
            assert busy.poll() is None
        assert seconds_of_work({idle.pid}) < 0.2
        assert seconds_of_work({os.getpid() + 10_000_000}) == 0
    finally:
        for process in (busy, idle):
            process.kill()
            process.communicate()

"""Times variants round-robin, so that a busy machine hurts all alike, and keeps medians and ratios."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """One measure: its median, the median of its limit from the same run, and the ratio with its gate."""

    bench: str
    measure: str
    unit: str
    value: float
    limit: float
    ratio: float
    gate: str
    # Of the value, where single ones were kept.
    p95: float | None = None

    @property
    def holds(self) -> bool:
        operator, bound = self.gate.split()
        return self.ratio <= float(bound) if operator == "<=" else self.ratio >= float(bound)


def medians(
    variants: dict[str, Callable[[], object]],
    *,
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Seconds of each variant: the median of `timings`."""
    timed = timings(variants, rounds=rounds, clock=clock)
    return {name: statistics.median(seconds) for name, seconds in timed.items()}


def timings(
    variants: dict[str, Callable[[], object]],
    *,
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Seconds of each of `rounds` interleaved calls of each variant, after one call to warm up.

    With `time.process_time` as `clock` only this process's own work counts, not the database's.
    """
    times: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(rounds + 1):
        for name, call in variants.items():
            started = clock()
            call()
            if number:
                times[name].append(clock() - started)
    return times


def p95(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def ratio(
    bench: str,
    measure: str,
    value: float,
    limit: float,
    gate: str,
    unit: str = "ms",
    *,
    p95: float | None = None,
) -> Result:
    """`value` as a ratio to `limit`; both in seconds for `ms`, else as they are. `p95` is the value's."""
    scale = 1000 if unit == "ms" else 1
    return Result(
        bench,
        measure,
        unit,
        round(value * scale, 3),
        round(limit * scale, 3),
        round(value / limit, 3),
        gate,
        None if p95 is None else round(p95 * scale, 3),
    )


def report(results: list[Result], file: Path) -> None:
    """Append JSON lines to `file` and print a table. A timing never fails: the gate is only shown."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lines:
        for result in results:
            lines.write(json.dumps({"at": time.time(), **asdict(result)}) + "\n")
    print(
        f"{'bench':<12} {'measure':<46} {'value':>10} {'p95':>9} {'limit':>10} {'ratio':>8}  gate"
    )
    for result in results:
        p95 = "" if result.p95 is None else f"{result.p95:.2f}"
        print(
            f"{result.bench:<12} {result.measure:<46} {result.value:>10.2f} {p95:>9} "
            f"{result.limit:>10.2f} {result.ratio:>8.2f}  {result.gate} "
            f"{'' if result.holds else '  MISSED'}"
        )

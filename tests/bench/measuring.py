"""Times variants round-robin, so that a busy machine hurts all alike, and keeps medians and ratios."""

import json
import statistics
import time
from collections.abc import Callable
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
    """Seconds of each variant: the median over `rounds` interleaved calls, after one call to warm up.

    With `time.process_time` as `clock` only this process's own work counts, not the database's.
    """
    times: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(rounds + 1):
        for name, call in variants.items():
            started = clock()
            call()
            if number:
                times[name].append(clock() - started)
    return {name: statistics.median(values) for name, values in times.items()}


def ratio(
    bench: str, measure: str, value: float, limit: float, gate: str, unit: str = "ms"
) -> Result:
    """`value` as a ratio to `limit`; both in seconds for `ms`, else as they are."""
    scale = 1000 if unit == "ms" else 1
    return Result(
        bench,
        measure,
        unit,
        round(value * scale, 3),
        round(limit * scale, 3),
        round(value / limit, 3),
        gate,
    )


def report(results: list[Result], file: Path) -> None:
    """Append JSON lines to `file` and print a table. A timing never fails: the gate is only shown."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lines:
        for result in results:
            lines.write(json.dumps({"at": time.time(), **asdict(result)}) + "\n")
    print(f"{'bench':<12} {'measure':<46} {'value':>10} {'limit':>10} {'ratio':>8}  gate")
    for result in results:
        print(
            f"{result.bench:<12} {result.measure:<46} {result.value:>10.2f} {result.limit:>10.2f} "
            f"{result.ratio:>8.2f}  {result.gate} {'' if result.holds else '  MISSED'}"
        )

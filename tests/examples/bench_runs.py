"""Candidates judged per second in the warm worker, against one process for each candidate. `python -m examples.bench_runs` in tests/."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.collect import examples_of
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken
from astral_runtime.sandbox.run import SandboxSettings

MODULE = '''"""Prices."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter


@dataclasses.dataclass
class Line:
    name: str
    price: float
    count: int = 1


def total(lines: list[Line], discount: float = 0.0) -> float:
    """
    >>> total([])
    0.0
    >>> total([Line("tea", 2.5, 2), Line("bread", 3.0)])
    8.0
    >>> total([Line("tea", 2.5, 2)], discount=0.5)
    2.5
    """
    amount = 0.0
    for line in lines:
        amount += ...
    return amount * (1 - discount)
'''

WARM, SUBPROCESSES = 2000, 40
ROUNDS = 7


def candidates(count: int) -> list[str]:
    """Different texts, of which the first is right."""
    return ["line.price * line.count", *(f"line.price * line.count + {number}" for number in range(1, count))]


def one_process_each(text: str, path: Path) -> bool:
    """The same examples by `python -m doctest`, in a process of its own."""
    path.write_text(MODULE.replace("...", text))
    return subprocess.run([sys.executable, "-m", "doctest", str(path)], capture_output=True, check=False).returncode == 0


def seconds(work: Callable[[], object]) -> float:
    """How long it took."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def quantiles(values: Sequence[float]) -> str:
    """Median and 95th percentile in milliseconds."""
    ordered = sorted(values)
    return f"p50 {statistics.median(ordered) * 1000:.1f} ms  p95 {ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))] * 1000:.1f} ms"


def main() -> None:
    """Print both rates and the time of one request."""
    with tempfile.TemporaryDirectory() as folder:
        document = DocumentSnapshot(Path(folder, "prices.py"), Snapshot(MODULE), root=Path(folder))
        hole, runner = document.holes()[0], Runner(SandboxSettings(trusted=True, limits_only=True))
        examples = examples_of(document, hole)

        def judged(count: int) -> list[str]:
            return [each.verdict.outcome for each in runner.tested(document, hole, candidates(count), examples, CancelToken(), 60_000)]

        assert judged(3) == ["pass", "fail", "fail"]
        warm = [WARM / seconds(lambda: judged(WARM)) for _ in range(ROUNDS)]
        ten = [seconds(lambda: judged(10)) for _ in range(20)]
        first = candidates(SUBPROCESSES)
        alone = [SUBPROCESSES / seconds(lambda: [one_process_each(text, Path(folder, "alone.py")) for text in first]) for _ in range(3)]
        assert one_process_each(first[0], Path(folder, "alone.py"))
        runner.close()
    print(f"level {runner.level.number}, {len(examples)} examples")
    print(
        f"warm worker: {statistics.median(warm):.0f} candidates/s, {statistics.median(warm) * len(examples):.0f} runs/s (median of {ROUNDS})"
    )
    print(
        f"one process each: {statistics.median(alone):.1f} candidates/s; {statistics.median(warm) / statistics.median(alone):.0f} times slower"
    )
    print(f"ten candidates in one request: {quantiles(ten)}")


if __name__ == "__main__":
    main()

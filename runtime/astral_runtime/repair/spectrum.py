"""Where a fault lies, by the lines that failing and passing tests come to (spectrum-based localisation)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

RunOutcome = Literal["passed", "failed", "timeout", "skipped", "denied"]


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """One test on one text. `lines` of the module that it came to, from 1; `ms` of CPU time, lines watched. `message` in one line."""

    name: str
    outcome: RunOutcome
    lines: frozenset[int]
    message: str = ""
    ms: float = 0.0

    @property
    def is_failing(self) -> bool:
        """Whether it found a fault; what was skipped or denied found nothing out."""
        return self.outcome in ("failed", "timeout")


def suspiciousness(runs: Iterable[SuiteRun]) -> dict[int, float]:
    """Line → how much it is under suspicion, in (0, 1]: Ochiai's failed(l) / sqrt(failed · (failed(l) + passed(l))).

    Lines that no failing test comes to are left out.
    """
    judged = [run for run in runs if run.is_failing or run.outcome == "passed"]
    failing = [run for run in judged if run.is_failing]
    failed = Counter(line for run in failing for line in run.lines)
    reached = Counter(line for run in judged for line in run.lines)
    return {line: count / math.sqrt(len(failing) * reached[line]) for line, count in failed.items()}

"""The schedule κ of the masked path: how likely a position is still masked at time t (§2.1).

Glossary
    t: time, from 1 (all mask) down to 0 (clean)    s: the next, earlier-in-path time, s < t    κ_t: P(masked at t)    α_t = 1 − κ_t
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schedule:
    """κ_t = t^power with power > 0. The paper's is power 1; a larger one reveals more at first, a smaller one more at the end."""

    power: float = 1.0

    def masked(self, t: float) -> float:
        """κ_t, in [0, 1]: κ_0 = 0, κ_1 = 1."""
        return float(t**self.power)

    def times(self, steps: int) -> list[float]:
        """steps + 1 times from 1 down to 0, evenly apart: h = 1/N."""
        return [1.0 - n / steps for n in range(steps)] + [0.0]

    def leaving(self, t: float, s: float) -> float:
        """P(a position masked at t is revealed by s) = (κ_t − κ_s)/κ_t: the rate κ̇/κ integrated over the step. For κ_t = t it is h/t."""
        here = self.masked(t)
        return 1.0 if here <= 0 else min(1.0, max(0.0, (here - self.masked(s)) / here))

"""How long a fill is, before it is known: CAL's estimate from the first step's confidence (§3.3, CAL).

Glossary
    L: length in slots    Φ(L): mean over the slots of the largest probability in the first step, all slots masked
    B(L) = a·e^(−bL) + c·e^(−dL) + e: what Φ is at that length whatever the hole, fitted once per network
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from astral_runtime.backends.protocol import Floats

Lengths = NDArray[np.float64]
Measure = Callable[[Sequence[int]], Sequence[float]]
"""Φ of several lengths at once."""

RATES = np.geomspace(0.005, 2.0, 24)


@dataclass(frozen=True, slots=True)
class Baseline:
    """B(L): a, b, c, d, e of the glossary."""

    a: float
    b: float
    c: float
    d: float
    e: float

    def at(self, length: float) -> float:
        """B(L), kept above zero: it divides."""
        value = self.a * np.exp(-self.b * length) + self.c * np.exp(-self.d * length) + self.e
        return max(1e-6, float(value))


FLAT = Baseline(0.0, 1.0, 0.0, 1.0, 1.0)
"""No baseline: Φ itself is compared."""


def fit_baseline(lengths: Sequence[int], phi: Sequence[float]) -> Baseline:
    """Least squares over grids of rates b > d, each finer, linear in a, c, e. Needs at least three different lengths (ValueError)."""
    if len(set(lengths)) < 3:
        raise ValueError("a baseline needs three lengths")
    x, y = np.asarray(lengths, np.float64), np.asarray(phi, np.float64)
    best = _best_rates(x, y, [(fast, slow) for slow in RATES for fast in RATES if fast > slow])
    for spread in (1.2, 1.05, 1.01):
        near = np.geomspace(1 / spread, spread, 9)
        best = _best_rates(x, y, [(best.b * i, best.d * j) for i in near for j in near if best.b * i > best.d * j])
    return best


def _best_rates(x: Lengths, y: Lengths, pairs: Sequence[tuple[float, float]]) -> Baseline:
    found: list[tuple[float, Baseline]] = []
    for fast, slow in pairs:
        design = np.stack([np.exp(-fast * x), np.exp(-slow * x), np.ones_like(x)], 1)
        (a, c, e), *_ = np.linalg.lstsq(design, y, rcond=None)
        loss = float(((design @ (a, c, e) - y) ** 2).sum())
        found.append((loss, Baseline(float(a), float(fast), float(c), float(slow), float(e))))
    return min(found, key=lambda pair: pair[0])[1]


def first_step_confidence(logits: Floats) -> float:
    """Φ of one all-masked trajectory: logits (l, v)."""
    shifted = logits - logits.max(-1, keepdims=True)
    return float((1.0 / np.exp(shifted).sum(-1)).mean())


def climb(measure: Measure, baseline: Baseline, start: int = 8, longest: int = 96, rounds: int = 8) -> list[int]:
    """Lengths by falling Φ/B, the best first: climbs from `start`, looking near and far each round, until no neighbour is better.

    Every round is one batch. All lengths that were measured are returned: the runners-up are starts for further trajectories.
    """
    scores: dict[int, float] = {}
    best = min(max(1, start), longest)
    for _ in range(rounds):
        around = (best, best - 1, best + 1, best - 2, best + 2, best // 2, best * 2)
        fresh = sorted({length for length in around if 1 <= length <= longest} - set(scores))
        scores |= {length: phi / baseline.at(length) for length, phi in zip(fresh, measure(fresh), strict=True)} if fresh else {}
        top = max(scores, key=lambda length: (scores[length], -length))
        if top == best:
            break
        best = top
    return sorted(scores, key=lambda length: (-scores[length], length))

"""Tier 2, SoftEnergyIR (§4.2): E(x, t) = Σ λ_d α_d(t) E_d(x) over constraint domains, applied to the rates of the chain (§2.2).

ũ(y | x) = u(y | x) · exp(−[E(x ⊕ y, t) − E(x, t)]). As logits that is a subtraction; what a softmax makes of it keeps the total rate of
a slot, so the rate conditions hold for every step size, not only below Proposition 2's bound.

Terms are cheap surrogates that read names and tokens, not a parse. None of them excludes anything: that is the hard tier's part.

Glossary
    n: masked slots    v: vocabulary    ΔE: what committing a token adds to E_d, in [0, 1] for every term    t: 1 all mask, 0 clean
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from astral_runtime.backends.protocol import Floats, Ints

Domain = Literal["syntax", "types", "imports", "control_flow", "semantics", "spec"]

OFF, LOW, MEDIUM, HIGH = 0.0, 0.25, 0.5, 1.0

SCHEDULE: dict[Domain, tuple[float, float, float]] = {
    "syntax": (LOW, MEDIUM, HIGH),
    "types": (LOW, HIGH, HIGH),
    "imports": (OFF, MEDIUM, HIGH),
    "control_flow": (MEDIUM, MEDIUM, MEDIUM),
    "semantics": (OFF, LOW, HIGH),
    "spec": (OFF, LOW, HIGH),
}
"""§4.2's table: α_d early (t > 0.7), mid, and late (t < 0.3). `spec` is not in it; it is taken like semantics."""

EARLY, LATE = 0.7, 0.3


def strength(domain: Domain, t: float) -> float:
    """α_d(t)."""
    early, mid, late = SCHEDULE[domain]
    return early if t > EARLY else late if t < LATE else mid


class Term(Protocol):
    """One E_d. `weight` is λ_d: nats that a whole violation costs at full strength."""

    @property
    def domain(self) -> Domain:
        """The constraint domain, whose schedule it follows."""

    @property
    def weight(self) -> float:
        """λ_d ≥ 0."""

    def rises(self, ids: Sequence[int], slots: Ints) -> Floats:
        """ΔE of each token in each masked slot of a trajectory, (n, v) in [0, 1]; 0 where nothing is known."""


@dataclass(frozen=True, slots=True)
class SoftEnergy:
    """The compiled soft tier of one hole."""

    terms: tuple[Term, ...]

    def rises(self, ids: Sequence[int], slots: Ints, t: float) -> Floats | float:
        """E(x ⊕ y, t) − E(x, t) in nats, (n, v); 0.0 when no term is at work at t."""
        working = [(term, term.weight * strength(term.domain, t)) for term in self.terms]
        parts = [weight * term.rises(ids, slots) for term, weight in working if weight > 0]
        return np.asarray(sum(parts[1:], parts[0]), np.float32) if parts else 0.0

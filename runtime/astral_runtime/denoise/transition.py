"""One step of the continuous-time Markov chain of §2.1, with or without a corrector that masks positions again (§6, ReMDM).

Glossary
    p: the denoiser's distribution of a position (…, v)    u: rate of leaving for a token    h: step size, t − s
    σ: probability that a revealed position is masked again within the step    κ, α, t, s: see `schedule`
"""

from __future__ import annotations

import numpy as np

from astral_runtime.backends.protocol import Bools, Floats
from astral_runtime.denoise.schedule import Schedule


def rates(p: Floats, masked: Bools, schedule: Schedule, t: float, s: float) -> Floats:
    """u_t(y | x) of the finite step t → s, (…, v): p(y)·leaving/h where masked, 0 elsewhere.

    p gives the mask token no probability. Rate conditions: u ≥ 0, and Σ_y u·h ≤ 1 for every h, not only for small ones.
    """
    return np.asarray(p * (schedule.leaving(t, s) / (t - s)) * masked[..., None], np.float32)


def remask_limit(schedule: Schedule, t: float, s: float) -> float:
    """σ_max = min(1, (1 − α_s)/α_t): the most that can be masked again while the marginals of the path still hold."""
    alpha = 1.0 - schedule.masked(t)
    return 1.0 if alpha <= 0 else min(1.0, schedule.masked(s) / alpha)


def reveal_probability(schedule: Schedule, t: float, s: float, sigma: float) -> float:
    """P(masked at t is revealed by s) when revealed ones are masked again with σ: (α_s − (1 − σ)α_t)/(1 − α_t). `leaving` for σ = 0."""
    masked = schedule.masked(t)
    if masked <= 0:
        return 1.0
    return min(1.0, max(0.0, (1.0 - schedule.masked(s) - (1.0 - sigma) * (1.0 - masked)) / masked))


def remask_by_confidence(confidence: Floats, revealed: Bools, limit: float) -> Floats:
    """σ of each position (l,): `limit` shared out over the revealed ones by softmax of minus their confidence; 0 elsewhere."""
    if not revealed.any():
        return np.zeros(len(confidence), np.float32)
    weights = np.where(revealed, np.exp(-confidence), 0.0)
    return np.asarray(limit * weights / weights.sum(), np.float32)

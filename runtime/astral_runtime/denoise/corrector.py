"""Correctors: what was committed may be masked again and thought over (§2.1 corrector steps, §6; ReMDM).

Glossary
    l: slots    σ: probability of a revealed slot to be masked again within a step    σ_max: see `transition.remask_limit`
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from astral_runtime.backends.protocol import Bools, Floats
from astral_runtime.denoise.schedule import Schedule
from astral_runtime.denoise.transition import remask_by_confidence, remask_limit


class Corrector(Protocol):
    """How likely slots are masked again between t and s."""

    def remask(self, confidence: Floats, revealed: Bools, schedule: Schedule, t: float, s: float) -> Floats:
        """σ of every slot (l,); 0 where nothing is revealed, and everywhere in the last step."""

    def open_sigma(self, schedule: Schedule, t: float, s: float) -> float:
        """The σ that open slots make up for by leaving sooner, so that the path keeps its marginals; 0 when they need not."""


@dataclass(frozen=True, slots=True)
class NoCorrector:
    """A commit is final."""

    def remask(self, confidence: Floats, revealed: Bools, schedule: Schedule, t: float, s: float) -> Floats:
        """Nothing is masked again."""
        return np.zeros(len(revealed), np.float32)

    def open_sigma(self, schedule: Schedule, t: float, s: float) -> float:
        """Nothing to make up for."""
        return 0.0


@dataclass(frozen=True, slots=True)
class EvenRemask:
    """Every revealed slot alike: σ = share·σ_max. Keeps the marginals of the path."""

    share: float = 0.1

    def remask(self, confidence: Floats, revealed: Bools, schedule: Schedule, t: float, s: float) -> Floats:
        """σ where revealed."""
        return np.where(revealed, np.float32(self.open_sigma(schedule, t, s)), np.float32(0.0))

    def open_sigma(self, schedule: Schedule, t: float, s: float) -> float:
        """The same σ."""
        return self.share * remask_limit(schedule, t, s) if s > 0 else 0.0


@dataclass(frozen=True, slots=True)
class DoubtRemask:
    """The less sure a commit was, the sooner it is masked again: share·σ_max slots a step, shared out by softmax of minus confidence."""

    share: float = 0.5

    def remask(self, confidence: Floats, revealed: Bools, schedule: Schedule, t: float, s: float) -> Floats:
        """σ where revealed."""
        limit = self.share * remask_limit(schedule, t, s) if s > 0 else 0.0
        return remask_by_confidence(confidence, revealed, limit)

    def open_sigma(self, schedule: Schedule, t: float, s: float) -> float:
        """Open slots leave at the path's own rate."""
        return 0.0

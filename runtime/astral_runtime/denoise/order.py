"""Which masked slots are committed in a step: by the chain itself, or by AST priority times confidence (§3.3, AnCoder; Fast-dLLM).

Glossary
    l: slots of one trajectory    v: vocabulary    certainty: largest probability of a slot's distribution at temperature 1
"""

from __future__ import annotations

import keyword
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from astral_runtime.backends.protocol import Bools, Floats, Ints
from astral_runtime.context.vocabulary import MARK
from astral_runtime.denoise.schedule import Schedule
from astral_runtime.denoise.transition import reveal_probability

KEYWORD, IDENTIFIER, OTHER = 0, 1, 2
ROUNDING = 1e-6
"""Of times that were counted down from 1: without it, κ_s · l falls short of the whole number that it is."""


def roles(names: Sequence[str]) -> NDArray[np.int8]:
    """Role of every token (v,): keyword, identifier (or a part of one), or anything else."""
    return np.array([_role(name) for name in names], np.int8)


def _role(name: str) -> int:
    if name.startswith("<kw>"):
        return KEYWORD if keyword.iskeyword(name.removeprefix("<kw>")) else OTHER
    return IDENTIFIER if name.removeprefix(MARK).isidentifier() else OTHER


def priority(role: NDArray[np.int8], depth: Ints, deepest: int) -> Floats:
    """1.0 for keywords, 0.8 for identifiers, else 0.5·(1 − depth/d_max) (§3.3)."""
    detail = 0.5 * (1.0 - np.minimum(depth, deepest) / deepest)
    return np.asarray(np.select([role == KEYWORD, role == IDENTIFIER], [1.0, 0.8], detail), np.float32)


@dataclass(frozen=True, slots=True)
class Open:
    """The masked slots of one trajectory at one step: (n,) each. `total` counts all its slots, `drawn` is uniform in [0, 1)."""

    certainty: Floats
    priority: Floats
    drawn: Floats
    total: int


class Commit(Protocol):
    """Chooses what is committed between t and s."""

    def choose(self, slots: Open, schedule: Schedule, t: float, s: float, sigma: float) -> Bools:
        """Which of the open slots to commit, (n,); all of them when s is 0."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Every masked position leaves on its own: the CTMC step of §2.1."""

    def choose(self, slots: Open, schedule: Schedule, t: float, s: float, sigma: float) -> Bools:
        """Independent draws at the rate of the path."""
        if s <= 0:
            return np.ones(len(slots.drawn), np.bool_)
        return np.asarray(slots.drawn < reveal_probability(schedule, t, s, sigma))


@dataclass(frozen=True, slots=True)
class Ranked:
    """The slots of highest priority × certainty, as many as the schedule wants, and every slot that is surer than `sure` (Fast-dLLM)."""

    sure: float = 1.0

    def choose(self, slots: Open, schedule: Schedule, t: float, s: float, sigma: float) -> Bools:
        """At least one slot, so that every step gets on."""
        keep = int(schedule.masked(s) * slots.total + ROUNDING) if s > 0 else 0
        count = max(1, len(slots.certainty) - keep)
        score = slots.priority * slots.certainty
        chosen = slots.certainty > self.sure
        chosen[np.argsort(-score, kind="stable")[:count]] = True
        return chosen

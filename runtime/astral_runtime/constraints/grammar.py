"""The grammar as hard mask: before every commit, in any order, only tokens that some parse of the whole still has there (§4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from astral_native import Constraints, MaskedFill, Surrounded
from astral_runtime.backends.protocol import Bools
from astral_runtime.constraints.region import region
from astral_runtime.context.tokens import Tokens
from astral_runtime.denoise.bounds import Bounds

NEWEST = 14
"""The newest minor version of Python 3 whose grammar the native core has."""


class Grammar:
    """Python's grammar over the tokens of one model; made once and shared. Thread-safe."""

    def __init__(self, names: Sequence[str], minor: int) -> None:
        """`names`: the model's tokens by id. `minor`: of the Python 3 that the files are written for; a newer one counts as the newest."""
        self._constraints = Constraints(list(names), min(minor, NEWEST))
        self._size = len(names)

    def mask(self, tokens: Tokens, where: Bounds, resizes: bool) -> GrammarMask:
        """The hard mask of one hole. `resizes`: whether the sampler may ask for slots more or fewer."""
        return GrammarMask(region(tokens, where).surrounded(self._constraints), resizes, self._size)


@dataclass(frozen=True, slots=True)
class GrammarMask:
    """The sampler's `HardMask` for one hole."""

    surrounded: Surrounded
    resizes: bool
    size: int

    def __call__(self, ids: Sequence[int]) -> GrammarGuide | Unguided:
        """Guides a trajectory that holds these ids. Without one when no fill at all would parse: the file is broken elsewhere."""
        fill = self.surrounded.growing(ids) if self.resizes else self.surrounded.fixed(ids)
        if fill.status() == "dead" and not self.surrounded.parses():
            return Unguided(self.size)
        return GrammarGuide(fill, self.size)


@dataclass(frozen=True, slots=True)
class GrammarGuide:
    """What one trajectory may hold in a step, kept up to date with its commits."""

    fill: MaskedFill
    size: int

    def allowed(self, slots: Sequence[int]) -> Bools:
        """Which tokens each of the slots may hold, (n, v); for a single slot, those that also spell something there."""
        if len(slots) == 1:
            return np.frombuffer(self.fill.exact_mask(slots[0]), np.bool_).reshape(1, self.size)
        return np.frombuffer(self.fill.masks(list(slots)), np.bool_).reshape(len(slots), self.size)

    def propose(self, slot: int, token: int) -> bool:
        """Commits the token if what is still masked can be filled so that the whole parses."""
        return self.fill.propose(slot, token)


@dataclass(frozen=True, slots=True)
class Unguided:
    """Allows everything: doubt never prunes."""

    size: int

    def allowed(self, slots: Sequence[int]) -> Bools:
        """All tokens in all slots, (n, v)."""
        return np.ones((len(slots), self.size), np.bool_)

    def propose(self, slot: int, token: int) -> bool:
        """Always."""
        return True

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

    def mask(self, tokens: Tokens, where: Bounds) -> GrammarMask:
        """The hard mask of one hole. One expression fills an expression hole, in parentheses if need be (`denoise.standing`): it must
        not bring the rest of a call or of a statement with it."""
        alone = where.kind == "expression" and not (where.head or where.tail)
        surrounded = self._constraints.expression() if alone else region(tokens, where).surrounded(self._constraints)
        return GrammarMask(surrounded, self._size)


@dataclass(frozen=True, slots=True)
class GrammarMask:
    """The sampler's `HardMask` for one hole."""

    surrounded: Surrounded
    size: int

    def growing(self, ids: Sequence[int]) -> GrammarGuide | Unguided:
        """Guides a trajectory that holds these ids, each mask any number of tokens."""
        return self._guide(self.surrounded.growing(ids))

    def fixed(self, ids: Sequence[int]) -> GrammarGuide | Unguided:
        """The same with each mask one token."""
        return self._guide(self.surrounded.fixed(ids))

    def _guide(self, fill: MaskedFill) -> GrammarGuide | Unguided:
        """No guide when no fill at all would parse: the file is broken elsewhere."""
        if fill.status() == "dead" and not self.surrounded.parses():
            return Unguided(self.size)
        return GrammarGuide(fill, self.size)


@dataclass(frozen=True, slots=True)
class GrammarGuide:
    """What one trajectory may hold in a step, kept up to date with its commits."""

    fill: MaskedFill
    size: int

    def alive(self) -> bool:
        """Whether some fill of the masks parses, or that is too much to tell."""
        return self.fill.status() != "dead"

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

    def alive(self) -> bool:
        """Always."""
        return True

    def allowed(self, slots: Sequence[int]) -> Bools:
        """All tokens in all slots, (n, v)."""
        return np.ones((len(slots), self.size), np.bool_)

    def propose(self, slot: int, token: int) -> bool:
        """Always."""
        return True

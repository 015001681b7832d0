"""Terms: typed pieces of a fill, each with what it costs and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic

from astral_runtime.holes import SUBHOLE
from astral_runtime.search.costs import COSTS
from astral_runtime.search.precedence import Binding, wrapped
from astral_runtime.search.types import T

Features = tuple[tuple[str, float], ...]
"""Names of `costs.COSTS`, each with how much of it a term has."""


@dataclass(frozen=True, slots=True, eq=False)
class Term(Generic[T]):
    """An expression in the making. `type` is None when unknown. `kind` is its top constructor.

    `own` are the features that its top constructor adds to those of `parts`; `cost` is the weighted sum of all."""

    text: str
    type: T | None
    kind: str
    cost: float
    own: Features = ()
    parts: tuple[Term[T], ...] = ()
    binding: Binding = Binding.ATOM
    leaves: int = 1

    @property
    def open(self) -> int:
        """How many sub-holes it still has."""
        return self.text.count(SUBHOLE)

    def at_least(self, binding: Binding) -> str:
        """Its text, in parentheses where the operator around it binds tighter."""
        return self.text if self.binding >= binding else wrapped(self.text)

    def features(self) -> Iterator[tuple[str, float]]:
        """All features, its parts' too."""
        yield from self.own
        for part in self.parts:
            yield from part.features()


def term(
    text: str, type: T | None, kind: str, own: Features = (), parts: tuple[Term[T], ...] = (), binding: Binding = Binding.ATOM
) -> Term[T]:
    """A term from its pieces, priced by the table."""
    cost = 0.0
    for name, amount in own:
        cost += COSTS[name] * amount
    leaves = 0
    for part in parts:
        cost += part.cost
        leaves += part.leaves
    return Term(text, type, kind, cost, own, parts, binding, leaves or 1)


def subhole(type: T | None) -> Term[T]:
    """A place that stays open."""
    return term(SUBHOLE, type, "open", (("open", 1.0),))

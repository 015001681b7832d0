"""Type-directed search: a hole's fits from Γ, the types and the file, with no model, at once.

In rust-analyzer's term_search's spirit: breadth first from names to attributes to calls and skeletons, limited by fuel,
with sub-holes left open as ▢. It runs inside the oracle process over mypy's types, and in tests over toy ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from astral_runtime.holes import Fit
from astral_runtime.search.generate import FUEL, Candidate, candidates
from astral_runtime.search.types import Hints, Name, T, Types

__all__ = ["cheapest", "search"]


def search(goal: T | None, names: Sequence[Name[T]], types: Types[T], hints: Hints, *, limit: int, fuel: int = FUEL) -> list[Fit]:
    """At most `limit` fits, cheapest first. `goal` is σ, None when unknown; `fuel` bounds the terms that are tried."""
    return cheapest(candidates(goal, names, types, hints, fuel), limit)


def cheapest(found: Iterable[Candidate[T]], limit: int) -> list[Fit]:
    """At most `limit` candidates as fits, cheapest first."""
    ranked = sorted(found, key=lambda each: (each.cost, len(each.text), each.text))
    return [Fit(each.text, each.cost) for each in ranked[: max(limit, 0)]]

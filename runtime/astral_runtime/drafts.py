"""What stands between proposing and verifying: drafts of any origin, and the order in which they are tried (§7, MODEL.md).

With a model, candidates of every proposer are ordered by its sequence energy together with what search thinks of them: both are negative
log-probabilities in nats, so their weighted sum is a product of experts. Without one, search's cost alone orders them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from astral_runtime.fill import Source
from astral_runtime.holes import Fit

ENERGY_WEIGHT = 0.21
"""What one nat of energy weighs against one of search's cost (`tests/benchmarks/fit_ranking.py`, results/ranking.json)."""

FITTED = 4.0
"""Cost of the smallest expression that fits all examples: evidence, not proof, and with few examples it may fit by chance."""

LARGER = 0.3
"""What each further one costs, smallest first."""

UNSOUGHT = 4.0
"""Cost of a draft that search did not find, fitted with the weight above. Nothing is known against it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One proposed fill. `cost` is search's, None where no search found it; `energy` is the model's. Lower is better."""

    text: str
    source: Source
    imports: tuple[str, ...] = ()
    cost: float | None = None
    energy: float | None = None

    @property
    def score(self) -> float:
        """Higher is better; comparable only within one fill."""
        cost = UNSOUGHT if self.cost is None else self.cost
        return -cost if self.energy is None else -(cost + ENERGY_WEIGHT * self.energy)


def from_search(fits: Iterable[Fit]) -> tuple[Draft, ...]:
    """The complete fits of a search."""
    return tuple(Draft(fit.text, "search", fit.imports, fit.cost) for fit in fits if fit.complete)


def from_values(texts: Iterable[str]) -> tuple[Draft, ...]:
    """Expressions that fit the examples, smallest first."""
    return tuple(Draft(text, "values", cost=FITTED + LARGER * n) for n, text in enumerate(texts))


def with_energies(drafts: Sequence[Draft], energies: Sequence[float]) -> list[Draft]:
    """The drafts with what the model thinks of each."""
    return [replace(draft, energy=energy) for draft, energy in zip(drafts, energies, strict=True)]


def merged(drafts: Iterable[Draft]) -> list[Draft]:
    """One draft per text, the first of each kept (search knows the imports that its text needs), best first."""
    kept: dict[str, Draft] = {}
    for draft in drafts:
        kept.setdefault(draft.text, draft)
    return sorted(kept.values(), key=lambda draft: -draft.score)

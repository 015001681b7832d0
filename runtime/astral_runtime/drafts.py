"""What stands between proposing and verifying: drafts of any origin, and the order in which they are tried (§7, MODEL.md).

With a model, candidates of every proposer are ordered by its sequence energy together with what search thinks of them: both are negative
log-probabilities in nats, so their weighted sum is a product of experts. Without one, search's cost alone orders them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from astral_runtime.fill import Source
from astral_runtime.holes import Fit
from astral_runtime.proposers.protocol import Proposed

ENERGY_WEIGHT = 0.12
"""What one nat of energy weighs against one of search's cost. With TYPICAL, UNSOUGHT and UNWRITTEN it was fitted on packages that neither
corpus nor benchmarks hold (`tests/benchmarks/fit_ranking.py`, `results/ranking.json`): 0.18, 1.7, 4.1, 2.6. Of its 170 holes those put 83
first, these, somewhat more cautious, 84."""

FITTED = 4.0
"""Cost of the smallest expression that fits all examples: evidence, not proof, and with few examples it may fit by chance."""

LARGER = 0.3
"""What each further one costs, smallest first."""

UNSOUGHT = 4.0
"""Cost of a draft that search did not find."""

UNWRITTEN = 2.0
"""Cost of a draft that the denoiser did not write: what two ways of looking come upon is likelier than what one does."""

LIKELIHOOD_WEIGHT = 1.0
"""What one nat of a language model weighs against one of search's cost. Set by hand: not fitted yet."""

UNREAD = 6.0
"""Nats of a draft that the language model did not write, where it wrote others: a four-hundredth is left for these. Set by hand."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One proposed fill. `cost` is search's, None where no search found it; `energy` is the model's; lower is better.

    `surprise`: −log of the share that a language model gives it among the fills that it wrote, in nats; None without one. `denoised`:
    whether the denoiser wrote it, whoever else did.
    """

    text: str
    source: Source
    imports: tuple[str, ...] = ()
    cost: float | None = None
    energy: float | None = None
    surprise: float | None = None
    denoised: bool = False

    @property
    def score(self) -> float:
        """Higher is better; comparable only within one fill."""
        cost = (UNSOUGHT if self.cost is None else self.cost) + (0.0 if self.denoised else UNWRITTEN)
        return -(cost + ENERGY_WEIGHT * (self.energy or 0.0) + LIKELIHOOD_WEIGHT * (self.surprise or 0.0))


def from_search(fits: Iterable[Fit]) -> tuple[Draft, ...]:
    """The complete fits of a search."""
    return tuple(Draft(fit.text, "search", fit.imports, fit.cost) for fit in fits if fit.complete)


def from_values(texts: Iterable[str]) -> tuple[Draft, ...]:
    """Expressions that fit the examples, smallest first."""
    return tuple(Draft(text, "values", cost=FITTED + LARGER * n) for n, text in enumerate(texts))


def from_denoiser(texts: Iterable[str]) -> tuple[Draft, ...]:
    """What the denoiser wrote."""
    return tuple(Draft(text, "denoiser", denoised=True) for text in texts)


def from_written(fills: Sequence[Proposed]) -> tuple[Draft, ...]:
    """What a language model wrote. Its log-probabilities are compared with each other only: what it gives the file is no matter."""
    most = max((fill.log_prob for fill in fills), default=0.0)
    total = most + math.log(sum(math.exp(fill.log_prob - most) for fill in fills) or 1.0)
    return tuple(Draft(fill.text, "lm", surprise=total - fill.log_prob) for fill in fills)


def read(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts, best first, those that no language model wrote marked so where one wrote others."""
    if any(draft.surprise is not None for draft in drafts):
        drafts = [draft if draft.surprise is not None else replace(draft, surprise=UNREAD) for draft in drafts]
    return sorted(drafts, key=lambda draft: -draft.score)


def with_energies(drafts: Sequence[Draft], energies: Sequence[float]) -> list[Draft]:
    """The drafts with what the model thinks of each."""
    return [replace(draft, energy=energy) for draft, energy in zip(drafts, energies, strict=True)]


def merged(drafts: Iterable[Draft]) -> list[Draft]:
    """One draft per text, the first of each (search knows the imports that its text needs) with what others know of it; best first."""
    kept: dict[str, Draft] = {}
    for draft in drafts:
        first = kept.get(draft.text, draft)
        surprise = draft.surprise if first.surprise is None else first.surprise
        kept[draft.text] = replace(first, surprise=surprise, denoised=first.denoised or draft.denoised)
    return sorted(kept.values(), key=lambda draft: -draft.score)

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
corpus nor benchmarks hold (`tests/benchmarks/fit_ranking.py`): 0.18, 1.7, 4.1, 2.6. Of its 170 holes those put 83 first, these, somewhat
more cautious, 84. A later draw of 134 holes with more parts of lines (`results/ranking.json`) asks for 0.26, 1.1, 2.6, 2.4, for the sake of
those parts: they put 80 first, these 66."""

FITTED = 4.0
"""Cost of the smallest expression that fits all examples: evidence, not proof, and with few examples it may fit by chance."""

LARGER = 0.3
"""What each further one costs, smallest first."""

UNSOUGHT = 4.0
"""Cost of a draft that search did not find."""

UNWRITTEN = 2.0
"""Cost of a draft that the denoiser did not write: what two ways of looking come upon is likelier than what one does."""

LIKELIHOOD_WEIGHT = 2.3
"""What one nat of a language model weighs against one of search's cost. Fitted with UNREAD beside the weights above, on 193 holes of the
same packages (`fit_ranking.py`, Gemma-3-270M): 68 have their answer first without the model, 112 with it, as many by weights of other
packages. All weights from 2 to 40 are about as good: where it has read the drafts, its likelihood decides."""

UNREAD = 6.7
"""Nats of a draft that the language model did not read, or found far from its best, where it wrote others."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One proposed fill. `cost` is search's, None where no search found it; `energy` is the model's; lower is better.

    `surprise`: −log of the share that a language model gives it among the fills that it wrote or read, in nats; None without one.
    `denoised`: whether the denoiser wrote it, whoever else did.
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


def from_written(fills: Iterable[Proposed]) -> tuple[Draft, ...]:
    """What a language model wrote."""
    return tuple(Draft(fill.text, "lm") for fill in fills)


def ordered(drafts: Iterable[Draft], fills: Sequence[Proposed]) -> list[Draft]:
    """The drafts, best first, with what a language model thinks of them: `fills` are those that it wrote or read, the others are UNREAD.

    Its log-probabilities are compared with each other only: what it gives the file is no matter.
    """
    if not fills:
        return sorted(drafts, key=lambda draft: -draft.score)
    most = max(fill.log_prob for fill in fills)
    total = most + math.log(sum(math.exp(fill.log_prob - most) for fill in fills))
    surprise = {fill.text: total - fill.log_prob for fill in fills}
    return sorted((replace(draft, surprise=surprise.get(draft.text, UNREAD)) for draft in drafts), key=lambda draft: -draft.score)


def with_energies(drafts: Sequence[Draft], energies: Sequence[float]) -> list[Draft]:
    """The drafts with what the model thinks of each."""
    return [replace(draft, energy=energy) for draft, energy in zip(drafts, energies, strict=True)]


def merged(drafts: Iterable[Draft]) -> list[Draft]:
    """One draft per text, the first of each (search knows the imports that its text needs) with what others know of it; best first."""
    kept: dict[str, Draft] = {}
    for draft in drafts:
        first = kept.get(draft.text, draft)
        kept[draft.text] = replace(first, denoised=first.denoised or draft.denoised)
    return sorted(kept.values(), key=lambda draft: -draft.score)

"""What is masked, and in which order it could come back: κ_t = t, whole subtrees together, lengths that may be wrong (§3.3).

Everything here is numpy over one window and takes its own random generator, so that a batch is the same however it is spread.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from astral_runtime.context.vocabulary import DELETE, EXPAND, MASK

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Corrupted:
    """A hole after corruption. `ids`: what the denoiser sees, `labels`: what it should say, −1 where not asked, `weights` per slot."""

    ids: Ints
    labels: Ints
    weights: NDArray[np.float32]

    @property
    def t(self) -> float:
        """Share of the slots that is masked."""
        return float((self.labels >= 0).mean())


def dense_mask(length: int, block: int, starts: Ints, lengths: Ints, rng: Generator, clip: tuple[float, float]) -> Bools:
    """Masks of a window cut into blocks: t per block uniform in `clip` (§9.1, A2), part of it as whole subtrees, the rest token by token.

    starts, lengths: subtrees inside the window, in tokens. Every block keeps at least one masked token.
    """
    t = rng.uniform(*clip, length // block).repeat(block)
    alone = rng.uniform(0.2, 1.0, length // block).repeat(block)
    masked: Bools = rng.random(length) < t * alone
    small = lengths <= max(2, block // 2)
    starts, lengths = starts[small], lengths[small]
    if len(starts):
        chosen = rng.integers(len(starts), size=length // 16)
        coherent = rng.random(len(chosen)) < (t * (1 - alone))[starts[chosen]]
        for i in chosen[coherent]:
            masked[starts[i] : starts[i] + lengths[i]] = True
    sure = rng.integers(block, size=length // block) + np.arange(0, length, block)
    masked[sure] = True
    return masked


def hole_mask(length: int, rng: Generator, fully: float) -> Bools:
    """Masked slots of one hole: all with probability `fully`, else a share t ~ U(0.1, 1), scattered or as one run of what is left."""
    if length == 1 or rng.random() < fully:
        return np.ones(length, np.bool_)
    count = max(1, round(rng.uniform(0.1, 1.0) * length))
    masked = np.zeros(length, np.bool_)
    if rng.random() < 0.4:
        start = rng.integers(length - count + 1)
        masked[start : start + count] = True
    else:
        masked[rng.permutation(length)[:count]] = True
    return masked


def corrupt(tokens: Ints, masked: Bools, room: int, rng: Generator, uncertain: float) -> Corrupted:
    """Hides the masked tokens. With probability `uncertain` the number of slots is wrong as in DreamOn: adjacent masks merge into one
    that asks for [EXPAND], and up to `room` masks that ask for [DELETE] stand at the end; together those weigh as much as one token."""
    ids, labels = np.where(masked, MASK, tokens), np.where(masked, tokens, -1)
    weights = np.ones(len(tokens), np.float32)
    if rng.random() >= uncertain:
        return Corrupted(ids, labels, weights)
    probability = 0.5 if rng.random() < 0.5 else 0.5 * (1 - masked.mean())
    kept = _merge(masked, labels, probability, rng)
    surplus = int(rng.integers(0, room + 1)) if rng.random() < 0.7 else 0
    extra = np.full(surplus, MASK, np.int64)
    return Corrupted(
        np.concatenate([ids[kept], extra]),
        np.concatenate([labels[kept], np.full(surplus, DELETE, np.int64)]),
        np.concatenate([weights[kept], np.full(surplus, 1 / max(1, surplus), np.float32)]),
    )


def _merge(masked: Bools, labels: Ints, probability: float, rng: Generator) -> Bools:
    """Which slots stay; the first of each merged pair is relabelled in place."""
    kept = np.ones(len(masked), np.bool_)
    i = 0
    while i + 1 < len(masked):
        if masked[i] and masked[i + 1] and rng.random() < probability:
            labels[i], kept[i + 1] = EXPAND, False
            i += 1
        i += 1
    return kept

"""A denoiser whose conditionals are known exactly: sequences of a small Markov chain, any subset of positions hidden."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

import numpy as np

from astral_runtime.backends.protocol import Bools, Floats, Ints
from astral_runtime.context.vocabulary import MASK
from astral_runtime.denoise.order import OTHER
from astral_runtime.denoise.sampler import Priorities

FIRST = 8
"""Id of the first letter: the eight specials come before."""
LETTERS = 3
VOCAB = FIRST + LETTERS
BEGIN = np.array([0.6, 0.3, 0.1])
MOVE = np.array([[0.05, 0.9, 0.05], [0.3, 0.1, 0.6], [0.8, 0.0, 0.2]])
PRIORITIES = Priorities(np.full(VOCAB, OTHER, np.int8))


def exact(length: int) -> dict[tuple[int, ...], float]:
    """Probability of every sequence of letters."""
    found = {}
    for letters in itertools.product(range(LETTERS), repeat=length):
        chance = BEGIN[letters[0]]
        for a, b in itertools.pairwise(letters):
            chance *= MOVE[a, b]
        found[letters] = float(chance)
    return found


def predict(ids: Ints, valid: Bools, share: Floats) -> Floats:
    """log p(x_i | what is revealed), by one pass forward and one backward over each row. Impossible letters are −inf, as are specials."""
    rows, length = ids.shape
    seen = np.ones((rows, length, LETTERS))
    for letter in range(LETTERS):
        seen[:, :, letter] = (ids == MASK) | (ids == FIRST + letter) | ~valid
    ahead, behind = np.zeros_like(seen), np.ones_like(seen)
    ahead[:, 0] = BEGIN
    for i in range(1, length):
        ahead[:, i] = (ahead[:, i - 1] * seen[:, i - 1]) @ MOVE
    for i in range(length - 2, -1, -1):
        behind[:, i] = (behind[:, i + 1] * seen[:, i + 1]) @ MOVE.T
    p = ahead * behind * seen
    logits = np.full((rows, length, VOCAB), -np.inf, np.float32)
    with np.errstate(divide="ignore"):
        logits[:, :, FIRST:] = np.log(p / np.maximum(p.sum(-1, keepdims=True), 1e-30))
    return logits


def blind(ids: Ints, valid: Bools, share: Floats) -> Floats:
    """A denoiser that looks at nothing: right about single positions, wrong about how they go together."""
    return predict(np.where(valid, MASK, ids), valid, share)


def distance(samples: Sequence[Sequence[int]], length: int) -> float:
    """Total variation between samples and the chain."""
    counted = Counter(tuple(token - FIRST for token in sample) for sample in samples)
    truth = exact(length)
    return 0.5 * sum(abs(counted[letters] / len(samples) - truth.get(letters, 0.0)) for letters in {*counted, *truth})

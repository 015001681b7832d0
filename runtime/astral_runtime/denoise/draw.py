"""From logits to a token: temperature, top-p, one uniform number a draw.

Glossary
    n: slots    v: vocabulary
"""

from __future__ import annotations

import numpy as np

from astral_runtime.backends.protocol import Floats, Ints

WIDEST = 64
"""Top-p looks at this many tokens at most: sorting a whole vocabulary per slot costs more than the tail is worth."""


def log_softmax(logits: Floats) -> Floats:
    """Log-probabilities over the last axis; −inf stays −inf. A row needs one finite value."""
    shifted = logits - logits.max(-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(-1, keepdims=True)), np.float32)


def log_prob(logits: Floats, token: int) -> float:
    """Of one token, from a row of logits (v,)."""
    most = logits.max()
    return float(logits[token] - most - np.log(np.exp(logits - most).sum()))


def filtered(logits: Floats, temperature: float, top_p: float) -> Floats:
    """Distribution (n, v) to draw from: softmax(logits/temperature) cut to the fewest tokens that hold `top_p` of it.

    Temperature 0 puts everything on the best token. top_p = 1 cuts nothing.
    """
    if temperature <= 0:
        sharp = np.zeros_like(logits)
        np.put_along_axis(sharp, logits.argmax(-1)[:, None], 1.0, -1)
        return sharp
    p = np.exp(log_softmax(logits / temperature))
    return p if top_p >= 1 else _nucleus(p, top_p)


def _nucleus(p: Floats, top_p: float) -> Floats:
    width = min(WIDEST, p.shape[-1])
    best = np.argpartition(-p, width - 1, -1)[:, :width]
    held = np.take_along_axis(p, best, -1)
    order = np.argsort(-held, -1, kind="stable")
    best, held = np.take_along_axis(best, order, -1), np.take_along_axis(held, order, -1)
    before = np.cumsum(held, -1) - held
    held = np.where(before < top_p, held, 0.0)
    kept = np.zeros_like(p)
    np.put_along_axis(kept, best, held / held.sum(-1, keepdims=True), -1)
    return kept


def draw(p: Floats, uniform: Floats) -> Ints:
    """One token per row of p (n, v), by inverting its distribution at uniform (n,) in [0, 1)."""
    cumulative = np.cumsum(p, -1, dtype=np.float64)
    reached = cumulative > (uniform * cumulative[:, -1])[:, None]
    return np.asarray(reached.argmax(-1), np.int64)
